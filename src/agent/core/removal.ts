/** What is over becomes history: tasks, executors, frameworks, each within its bound; and the agent itself ends. */
import { checkpoint, forgetExecutor, forgetFramework, KEYS } from './checkpoint.js';
import type { Effects } from './events.js';
import { log } from './send.js';
import { type AgentState, endsWithAgent, type Executor, type Framework, type Task } from './state.js';
import { waitingContainers } from './state.js';
import { dropStreams } from './status-updates.js';

/** Makes a task history whose last update is acknowledged. */
export function completeTask(state: AgentState, framework: Framework, task: Task): void {
  const { executor } = task;
  task.stage = 'COMPLETED';
  executor.terminated.delete(task.id);
  framework.tasks.delete(task.id);
  executor.completed.push(task);
  if (executor.completed.length > state.config.maxCompletedTasksPerExecutor) executor.completed.shift();
}

/** Nothing that comes on the links of an executor counts any more. */
export function forgetLinks(state: AgentState, executor: Executor): void {
  if (executor.link !== null) state.links.delete(executor.link);
  if (executor.formerLink !== null) state.links.delete(executor.formerLink);
  executor.formerLink = null;
}

/** Closes the link of an executor that has ended. */
export function detach(state: AgentState, executor: Executor, effects: Effects): void {
  forgetLinks(state, executor);
  if (executor.link === null) return;
  effects.push({ type: 'CloseLink', link: executor.link, reason: 'the executor has ended' });
  executor.link = null;
}

/** Makes a terminated executor history. */
export function removeExecutor(state: AgentState, executor: Executor, effects: Effects): void {
  const { framework } = executor;
  detach(state, executor, effects);
  forgetExecutor(executor, effects);
  state.containers.delete(executor.containerId);
  framework.executors.delete(executor.id);
  for (const tasks of [executor.queued, executor.launched, executor.terminated]) {
    for (const id of tasks.keys()) framework.tasks.delete(id);
  }
  framework.completedExecutors.push(executor);
  if (framework.completedExecutors.length > state.config.maxCompletedExecutorsPerFramework) {
    framework.completedExecutors.shift();
  }
}

/**
 * Makes a framework history if it has no executors and all its updates are acknowledged. (Mesos does not wait for the
 * updates of tasks that never had an executor, and so may lose them.)
 */
export function removeFrameworkIfIdle(state: AgentState, framework: Framework, effects: Effects): void {
  if (framework.executors.size > 0 || state.frameworks.get(framework.id) !== framework) return;
  const ends = framework.terminating || endsWithAgent(state, framework);
  if (!ends && state.streams.byFramework.has(framework.id)) return;
  dropStreams(state.streams, framework.id);
  forgetFramework(framework, effects);
  state.frameworks.delete(framework.id);
  state.completedFrameworks.set(framework.id, framework);
  for (const oldest of state.completedFrameworks.keys()) {
    if (state.completedFrameworks.size <= state.config.maxCompletedFrameworks) break;
    state.completedFrameworks.delete(oldest);
  }
  log(effects, 'info', 'framework is gone from here', { frameworkId: framework.id });
  if (state.frameworks.size === 0) drained(state, effects);
  exitIfDone(state, effects);
}

/** Nothing is here any more. The master knows by itself. */
function drained(state: AgentState, effects: Effects): void {
  if (state.drainConfig === null) return;
  log(effects, 'info', 'finished draining');
  state.drainConfig = null;
  checkpoint(effects, KEYS.drain, null);
}

/** An agent that is terminating ends when the last framework is gone that ends with it. */
export function exitIfDone(state: AgentState, effects: Effects): void {
  if (state.phase !== 'TERMINATING' || state.exited) return;
  for (const framework of state.frameworks.values()) if (endsWithAgent(state, framework)) return;
  state.exited = true;
  const { exitReason: reason, leavesForGood: forGood, keepsExecutors } = state;
  effects.push({ type: 'Exit', reason, code: 0, forGood, keep: keepsExecutors ? waitingContainers(state) : [] });
}
