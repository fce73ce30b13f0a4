/**
 * What an agent shows through the operator API: frameworks, executors and tasks as Mesos' v1 messages. Pure functions
 * of the state. Facts: `_getFrameworks`, `_getExecutors`, `_getTasks` of Mesos' agent.
 */
import type { AgentExecutors, AgentFrameworks, AgentTasks } from '../../protocol/agent-operator.js';
import type { OperationRecord } from '../../protocol/operator-shapes.js';
import type { TaskMessage } from '../../protocol/task.js';
import { taskMessage } from './registration.js';
import type { AgentState, Executor, Framework, Task } from './state.js';

export function describeFrameworks(state: AgentState): AgentFrameworks {
  const infos = (frameworks: Iterable<Framework>) => [...frameworks].map(({ info }) => ({ frameworkInfo: info }));
  const { frameworks, completedFrameworks } = state;
  return { frameworks: infos(frameworks.values()), completedFrameworks: infos(completedFrameworks.values()) };
}

function* allFrameworks(state: AgentState): Generator<Framework> {
  yield* state.frameworks.values();
  yield* state.completedFrameworks.values();
}

export function describeExecutors(state: AgentState): AgentExecutors {
  const infos = (executors: Iterable<Executor>) =>
    [...executors].map(({ info, framework }) => ({ executorInfo: { ...info, frameworkId: framework.id } }));
  const frameworks = [...allFrameworks(state)];
  return {
    executors: frameworks.flatMap(({ executors }) => infos(executors.values())),
    completedExecutors: frameworks.flatMap(({ completedExecutors }) => infos(completedExecutors)),
  };
}

/** Operations whose status is not acknowledged. */
export function describeOperations(state: AgentState): OperationRecord[] {
  return [...state.operations.values()].map(({ operation }) => {
    const { operationUuid: uuid, info, latestStatus, frameworkId } = operation;
    const { id: agentId } = state.info;
    return {
      ...(frameworkId === undefined ? {} : { frameworkId }),
      ...(agentId === undefined ? {} : { agentId }),
      info,
      latestStatus,
      statuses: [latestStatus],
      uuid,
    };
  });
}

export function describeTasks(state: AgentState): AgentTasks {
  const queuedTasks: TaskMessage[] = [];
  const launchedTasks: TaskMessage[] = [];
  const terminatedTasks: TaskMessage[] = [];
  const completedTasks: TaskMessage[] = [];
  for (const framework of allFrameworks(state)) {
    const add = (to: TaskMessage[], tasks: Iterable<Task>): void => {
      for (const task of tasks) to.push(taskMessage(state, framework, task));
    };
    for (const executor of [...framework.executors.values(), ...framework.completedExecutors]) {
      add(queuedTasks, executor.queued.values());
      add(launchedTasks, executor.launched.values());
      add(terminatedTasks, executor.terminated.values());
      add(completedTasks, executor.completed);
    }
  }
  return { pendingTasks: [], queuedTasks, launchedTasks, terminatedTasks, completedTasks };
}
