/**
 * The large reads of the operator API in pieces of v1 JSON. What is in a list is decided when it is asked for.
 */
import { agentInfo } from '../../../protocol/framework.js';
import { operatorAgent, operatorExecutor, operatorFramework } from '../../../protocol/operator-shapes.js';
import { task } from '../../../protocol/task.js';
import { printV1Json } from '../../../protocol/v1-json.js';
import { describeAgent, describeExecutor, describeFrameworkFully, describeTask } from '../describe.js';
import type { Executor, Framework, MasterState, Task } from '../state.js';
import { type Pieces, printItems, printWithLists } from './print.js';

const EMPTY = (): string => '{}';

/** Lists of Mesos are left out when they are empty. */
function filled(lists: Readonly<Record<string, readonly unknown[]>>): (pieces: Record<string, Pieces>) => Pieces {
  return (pieces) => {
    const there = Object.entries(pieces).filter(([name]) => lists[name]!.length > 0);
    return there.length === 0 ? ['{}'] : printWithLists(EMPTY, Object.fromEntries(there));
  };
}

function everyFramework(state: MasterState): Framework[] {
  return [...state.frameworks.values(), ...state.completedFrameworks.values()];
}

export function printGetTasks(state: MasterState): Pieces {
  const tasks: Task[] = [];
  const completed: Task[] = [];
  const unreachable: Task[] = [];
  for (const framework of everyFramework(state)) {
    for (const item of framework.tasks.values()) tasks.push(item);
    for (const item of framework.unreachableTasks.values()) unreachable.push(item);
    for (const item of framework.completedTasks.toArray()) completed.push(item);
  }
  const print = (item: Task): string => printV1Json(task, describeTask(item));
  return filled({ tasks, completed_tasks: completed, unreachable_tasks: unreachable })({
    tasks: printItems(tasks, print),
    completed_tasks: printItems(completed, print),
    unreachable_tasks: printItems(unreachable, print),
  });
}

export function printGetExecutors(state: MasterState): Pieces {
  const executors: Executor[] = [];
  for (const framework of state.frameworks.values()) executors.push(...framework.executors);
  const print = (item: Executor): string => printV1Json(operatorExecutor, describeExecutor(item));
  return filled({ executors })({ executors: printItems(executors, print) });
}

export function printGetFrameworks(state: MasterState): Pieces {
  const frameworks = [...state.frameworks.values()];
  const completed = [...state.completedFrameworks.values()];
  const print = (item: Framework): string => printV1Json(operatorFramework, describeFrameworkFully(item));
  return filled({ frameworks, completed_frameworks: completed })({
    frameworks: printItems(frameworks, print),
    completed_frameworks: printItems(completed, print),
  });
}

export function printGetAgents(state: MasterState): Pieces {
  const agents = [...state.agents.values()];
  const recovered = [...state.recoveredAgents.values()];
  return filled({ agents, recovered_agents: recovered })({
    agents: printItems(agents, (item) => printV1Json(operatorAgent, describeAgent(state, item))),
    recovered_agents: printItems(recovered, (item) => printV1Json(agentInfo, item)),
  });
}

/** Everything: tasks, executors, frameworks and agents of the same moment. */
export function printGetState(state: MasterState): Pieces {
  const parts: Record<string, Pieces> = {
    get_tasks: printGetTasks(state),
    get_executors: printGetExecutors(state),
    get_frameworks: printGetFrameworks(state),
    get_agents: printGetAgents(state),
  };
  return printParts(parts);
}

function* printParts(parts: Readonly<Record<string, Pieces>>): Generator<string> {
  let separator = '{';
  for (const [name, pieces] of Object.entries(parts)) {
    yield `${separator}"${name}":`;
    yield* pieces;
    separator = ',';
  }
  yield '}';
}
