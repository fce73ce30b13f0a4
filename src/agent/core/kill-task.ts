/** Killing tasks: those not yet delivered end here, the others are their executor's business. */
import type { MessageOf } from '../../protocol/messages.js';
import type { KillPolicy } from '../../protocol/task.js';
import type { Effects } from './events.js';
import { dropMessage, log, sendKill } from './send.js';
import { type AgentState, droppedState, type Framework, type Task } from './state.js';
import { updateByAgent } from './task-status.js';

export function killTask(state: AgentState, atMs: number, message: MessageOf<'KILL_TASK'>, effects: Effects): void {
  const { frameworkId, taskId, killPolicy } = message;
  const { phase } = state;
  const framework = state.frameworks.get(frameworkId);
  const awake = phase === 'DISCONNECTED' || phase === 'RUNNING';
  if (!awake || framework === undefined || framework.terminating) {
    dropMessage(state, effects, 'ignoring a kill: the framework is not here or terminating', { taskId, phase });
    return;
  }
  const task = framework.tasks.get(taskId);
  if (task === undefined) {
    const to = droppedState(framework);
    const text = 'Cannot find executor';
    updateByAgent(state, atMs, framework, taskId, to, 'REASON_EXECUTOR_TERMINATED', text, undefined, effects);
    return;
  }
  killKnown(state, atMs, task, killPolicy, effects);
}

/** Kills a task that is here; without a policy by its own. */
export function killKnown(
  state: AgentState,
  atMs: number,
  task: Task,
  policy: KillPolicy | undefined,
  effects: Effects,
): void {
  const { executor } = task;
  if (executor.state === 'TERMINATING' || executor.state === 'TERMINATED') {
    log(effects, 'warn', 'ignoring a kill: the executor is ending', { taskId: task.id, executorId: executor.id });
    return;
  }
  if (task.stage === 'QUEUED') {
    killQueued(state, atMs, executor.framework, task, effects);
    return;
  }
  task.kill = { policy };
  sendKill(task, effects);
}

/** A task that the executor has not seen, with its group. An executor left without any ends when it subscribes. */
function killQueued(state: AgentState, atMs: number, framework: Framework, task: Task, effects: Effects): void {
  const { executor, group } = task;
  const grouped = group !== null && executor.state === 'REGISTERING';
  const text = grouped
    ? 'A task within the task group was killed before delivery to the executor'
    : 'Killed before delivery to the executor';
  const reason = 'REASON_TASK_KILLED_DURING_LAUNCH';
  for (const { id } of group === null ? [task] : group.tasks) {
    updateByAgent(state, atMs, framework, id, 'TASK_KILLED', reason, text, executor.id, effects);
  }
}
