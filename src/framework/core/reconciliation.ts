/**
 * Tasks and what became of them: the ledger of launched tasks, and the questions to the master about those that were
 * not heard of for long, about all known ones after a new subscription, and now and then about all there are.
 */
import type { TaskId } from '../../protocol/schema.js';
import { isTerminal, type TaskInfo, type TaskStatus } from '../../protocol/task.js';
import type { Effects } from './events.js';
import { type SchedulerState, TIMERS } from './scheduler-state.js';

/** Tasks of one question, so that no message is large. */
const TASKS_PER_CALL = 1000;

export function noteLaunched(state: SchedulerState, atMs: number, tasks: readonly TaskInfo[]): void {
  for (const { taskId, agentId } of tasks) state.tasks.set(taskId, { agentId, heardMs: atMs });
}

export function noteStatus(state: SchedulerState, atMs: number, status: TaskStatus): void {
  if (isTerminal(status.state)) state.tasks.delete(status.taskId);
  else {
    const task = state.tasks.get(status.taskId);
    if (task !== undefined) task.heardMs = atMs;
  }
}

function ask(state: SchedulerState, taskIds: readonly TaskId[], effects: Effects): void {
  const { link } = state;
  if (link === null) return;
  for (let from = 0; from < taskIds.length; from += TASKS_PER_CALL) {
    const tasks = taskIds.slice(from, from + TASKS_PER_CALL).map((taskId) => {
      const agentId = state.tasks.get(taskId)?.agentId;
      return agentId === undefined ? { taskId } : { taskId, agentId };
    });
    effects.push({ type: 'Send', link, message: { type: 'RECONCILE', tasks } });
  }
}

/**
 * Asks for all tasks of the ledger, and sets the timers of later questions. A master that has just been elected says
 * nothing of tasks on agents that are not back yet, so the unanswered ones are soon asked for again.
 */
export function reconcileKnown(state: SchedulerState, atMs: number, effects: Effects): void {
  const { askAgainMs, silentTaskMs } = state.config;
  ask(state, [...state.tasks.keys()], effects);
  state.subscribedMs = atMs;
  state.askAgainMs = Math.min(askAgainMs, silentTaskMs);
  effects.push({ type: 'SetTimer', timer: TIMERS.silent, atMs: atMs + state.askAgainMs });
  effects.push({ type: 'SetTimer', timer: TIMERS.reconcileAll, atMs: atMs + state.config.reconcileAllMs });
}

export function silentTimerFired(state: SchedulerState, atMs: number, effects: Effects): void {
  if (state.phase !== 'SUBSCRIBED') return;
  const { silentTaskMs } = state.config;
  const silent: TaskId[] = [];
  let unanswered = 0;
  for (const [taskId, { heardMs }] of state.tasks) {
    if (heardMs < state.subscribedMs) unanswered++;
    if (heardMs < state.subscribedMs || atMs - heardMs >= silentTaskMs) silent.push(taskId);
  }
  ask(state, silent, effects);
  state.askAgainMs = unanswered === 0 ? silentTaskMs : Math.min(2 * state.askAgainMs, silentTaskMs);
  effects.push({ type: 'SetTimer', timer: TIMERS.silent, atMs: atMs + state.askAgainMs });
}

/** Asks for all tasks, so that those are heard of that this ledger does not have. */
export function reconcileAllTimerFired(state: SchedulerState, atMs: number, effects: Effects): void {
  const { link } = state;
  if (state.phase !== 'SUBSCRIBED' || link === null) return;
  effects.push({ type: 'Send', link, message: { type: 'RECONCILE' } });
  effects.push({ type: 'SetTimer', timer: TIMERS.reconcileAll, atMs: atMs + state.config.reconcileAllMs });
}
