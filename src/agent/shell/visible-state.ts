/**
 * What somebody may see of an agent: a state with nothing in it but that, so that views need not know. Frameworks,
 * executors, tasks and containers by the users they run as. Facts: `ObjectApprovers` in the handlers of Mesos' agent.
 */
import type { Action } from '../../authorizer/actions.js';
import type { Authorizer, Subject } from '../../authorizer/authorizer.js';
import type { AgentState, Executor, Framework, Task } from '../core/state.js';

/** The user of an executor. */
export function userOf({ info, framework }: Executor): string {
  return info.command?.user ?? framework.info.user;
}

function userOfTask({ info, executor }: Task): string {
  return info.command?.user ?? info.executor?.command?.user ?? executor.framework.info.user;
}

/** The state as `subject` may see it; the very same one if there are no ACLs. */
export function visibleState(state: AgentState, authorizer: Authorizer | null, subject: Subject): AgentState {
  if (authorizer === null) return state;
  const sees = (action: Action, user: string): boolean => authorizer.approves(subject, action, user);
  const seesTask = (task: Task): boolean => sees('VIEW_TASK', userOfTask(task));
  const seesExecutor = (executor: Executor): boolean => sees('VIEW_EXECUTOR', userOf(executor));
  const executorSeen = (executor: Executor): Executor => ({
    ...executor,
    queued: only(executor.queued, seesTask),
    launched: only(executor.launched, seesTask),
    terminated: only(executor.terminated, seesTask),
    completed: executor.completed.filter(seesTask),
  });
  const frameworkSeen = (framework: Framework): Framework => {
    const executors = [...framework.executors].filter(([, executor]) => seesExecutor(executor));
    return {
      ...framework,
      executors: new Map(executors.map(([id, executor]) => [id, executorSeen(executor)])),
      completedExecutors: framework.completedExecutors.filter(seesExecutor).map(executorSeen),
      tasks: only(framework.tasks, seesTask),
    };
  };
  const frameworksSeen = (frameworks: AgentState['frameworks']): AgentState['frameworks'] => {
    const seen = [...frameworks].filter(([, { info }]) => sees('VIEW_FRAMEWORK', info.user));
    return new Map(seen.map(([id, framework]) => [id, frameworkSeen(framework)]));
  };
  return {
    ...state,
    frameworks: frameworksSeen(state.frameworks),
    completedFrameworks: frameworksSeen(state.completedFrameworks),
    containers: only(state.containers, (executor) => sees('VIEW_CONTAINER', userOf(executor))),
  };
}

function only<K, V>(map: ReadonlyMap<K, V>, sees: (value: V) => boolean): Map<K, V> {
  return new Map([...map].filter(([, value]) => sees(value)));
}
