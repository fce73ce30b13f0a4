/** Small effects that many handlers need. */
import type { LogFields, LogLevel } from '../../base/core.js';
import type { AgentCall, ExecutorEvent } from '../../protocol/messages.js';
import type { ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { Effects } from './events.js';
import { addDeadline } from './deadlines.js';
import { agentIdOf, type AgentState, type Executor, type ExecutorDeadline, type Task, TIMERS } from './state.js';

export function log(effects: Effects, level: LogLevel, text: string, fields?: LogFields): void {
  effects.push(fields === undefined ? { type: 'Log', level, text } : { type: 'Log', level, text, fields });
}

/** Counts a message that is not acted on, and says why. */
export function dropMessage(state: AgentState, effects: Effects, text: string, fields?: LogFields): void {
  state.counters.droppedMessages++;
  log(effects, 'warn', text, fields);
}

/** Sends to the master if there is a link to it; tells whether there is. */
export function sendToMaster(state: AgentState, message: AgentCall, effects: Effects): boolean {
  if (state.masterLink === null) return false;
  effects.push({ type: 'Send', link: state.masterLink, message });
  return true;
}

/** Sends to an executor if its link is open; tells whether it is. */
export function sendToExecutor(executor: Executor, message: ExecutorEvent, effects: Effects): boolean {
  if (executor.link === null) return false;
  effects.push({ type: 'Send', link: executor.link, message });
  return true;
}

export function sendKill(task: Task, effects: Effects): void {
  const killPolicy = task.kill?.policy;
  const policy = killPolicy === undefined ? {} : { killPolicy };
  sendToExecutor(task.executor, { type: 'EXECUTOR_KILL', taskId: task.id, ...policy }, effects);
}

/** Tells the master that an executor is no more, or that one it counts on was never started (status -1). */
export function sendExited(
  state: AgentState,
  frameworkId: FrameworkId,
  executorId: ExecutorId,
  status: number,
  effects: Effects,
): void {
  const agentId = agentIdOf(state);
  sendToMaster(state, { type: 'EXITED_EXECUTOR', agentId, frameworkId, executorId, status }, effects);
}

/** Has `executor` looked at again at `atMs`. */
export function addExecutorDeadline(
  state: AgentState,
  executor: Executor,
  kind: ExecutorDeadline['kind'],
  atMs: number,
  effects: Effects,
): void {
  addDeadline(state.deadlines, atMs, { executor, kind });
  armDeadlines(state, effects);
}

/** Sets the timer of executors to the first deadline, if it is not set to that or earlier. */
export function armDeadlines(state: AgentState, effects: Effects): void {
  const atMs = state.deadlines[0]?.atMs;
  if (atMs === undefined || (state.deadlinesTimerMs !== null && state.deadlinesTimerMs <= atMs)) return;
  state.deadlinesTimerMs = atMs;
  effects.push({ type: 'SetTimer', timer: TIMERS.executors, atMs });
}
