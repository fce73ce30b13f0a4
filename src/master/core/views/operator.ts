/**
 * The large reads of the operator API: lists of things and how each is described, for whatever form they are sent in.
 * What is in a list is decided when it is asked for; each thing is described when its turn comes.
 */
import { agentInfo } from '../../../protocol/framework.js';
import { getAgents, getExecutors, getFrameworks, getTasks } from '../../../protocol/operator-shapes.js';
import { operatorAgent, type OperatorAgent, operatorExecutor } from '../../../protocol/operator-shapes.js';
import { operatorFramework, type OperatorFramework } from '../../../protocol/operator-shapes.js';
import { task, type TaskMessage } from '../../../protocol/task.js';
import { printV1Json } from '../../../protocol/v1-json.js';
import { describeAgent, describeExecutor, describeFrameworkFully, describeTask } from '../describe.js';
import type { Agent, Executor, Framework, MasterState, Task } from '../state.js';
import { type Pieces, printItems, printWithLists } from './print.js';
import { type Seen, seenAgent, seenFramework, seenOf, seenResources } from './sight.js';

/** One list of a message. */
export interface ViewList {
  /** Name of the field: ours, and in v1 JSON. */
  readonly name: string;
  readonly v1Name: string;
  readonly size: number;
  /** So many may well be described at once: a framework takes a while, since all it has is summed up. */
  readonly batch: number;
  /** Each thing as one piece of v1 JSON. */
  print(): Pieces;
  /** The things described, from one index to another. */
  describe(from: number, to: number): unknown[];
}

/** A message that is made of lists. */
export interface ViewMessage {
  readonly schema: typeof getTasks | typeof getExecutors | typeof getFrameworks | typeof getAgents;
  readonly lists: readonly ViewList[];
}

function listOf<T, D>(
  name: string,
  items: readonly T[],
  describe: (item: T) => D,
  print: (described: D) => string,
  batch = 32,
): ViewList {
  return {
    name,
    v1Name: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    size: items.length,
    batch,
    print: () => printItems(items, (item) => print(describe(item))),
    describe: (from, to) => items.slice(from, to).map(describe),
  };
}

export function viewTaskLists(state: MasterState, seen: Seen = null): ViewMessage {
  const tasks: Task[] = [];
  const completed: Task[] = [];
  const unreachable: Task[] = [];
  const all = [...state.frameworks.values(), ...state.completedFrameworks.values()];
  const sees = (item: Task): boolean => seen === null || seen.task(item);
  for (const framework of seenOf(seen, 'framework', all)) {
    for (const item of framework.tasks.values()) if (sees(item)) tasks.push(item);
    for (const item of framework.unreachableTasks.values()) if (sees(item)) unreachable.push(item);
    for (const item of framework.completedTasks.toArray()) if (sees(item)) completed.push(item);
  }
  const print = (item: TaskMessage): string => printV1Json(task, item);
  const lists = [
    listOf('tasks', tasks, describeTask, print),
    listOf('completedTasks', completed, describeTask, print),
    listOf('unreachableTasks', unreachable, describeTask, print),
  ];
  return { schema: getTasks, lists };
}

export function viewExecutorLists(state: MasterState, seen: Seen = null): ViewMessage {
  const executors: Executor[] = [];
  for (const framework of seenOf(seen, 'framework', state.frameworks.values())) {
    executors.push(...seenOf(seen, 'executor', framework.executors));
  }
  const list = listOf('executors', executors, describeExecutor, (item) => printV1Json(operatorExecutor, item));
  return { schema: getExecutors, lists: [list] };
}

export function viewFrameworkLists(state: MasterState, seen: Seen = null): ViewMessage {
  const describe = (item: Framework): OperatorFramework => seenFramework(seen, describeFrameworkFully(item));
  const list = (name: string, frameworks: Iterable<Framework>): ViewList =>
    listOf(name, seenOf(seen, 'framework', frameworks), describe, (item) => printV1Json(operatorFramework, item), 1);
  const { frameworks, completedFrameworks } = state;
  const lists = [list('frameworks', frameworks.values()), list('completedFrameworks', completedFrameworks.values())];
  return { schema: getFrameworks, lists };
}

export function viewAgentLists(state: MasterState, seen: Seen = null): ViewMessage {
  const describe = (agent: Agent): OperatorAgent => seenAgent(seen, describeAgent(state, agent));
  const agents = listOf('agents', [...state.agents.values()], describe, (item) => printV1Json(operatorAgent, item));
  const infos = [...state.recoveredAgents.values()].map((info) => {
    return seen === null ? info : { ...info, resources: seenResources(seen, info.resources ?? []) };
  });
  const recovered = listOf('recoveredAgents', infos, (info) => info, (info) => printV1Json(agentInfo, info));
  return { schema: getAgents, lists: [agents, recovered] };
}

/** Everything, of one moment, by the names of the fields in v1 JSON and in the order of their numbers from 1 on. */
export function viewStateMessages(state: MasterState, seen: Seen = null): Readonly<Record<string, ViewMessage>> {
  return {
    get_tasks: viewTaskLists(state, seen),
    get_executors: viewExecutorLists(state, seen),
    get_frameworks: viewFrameworkLists(state, seen),
    get_agents: viewAgentLists(state, seen),
  };
}

/** The v1 JSON of a message; empty lists are left out, as Mesos does. */
export function printMessage({ lists }: ViewMessage): Pieces {
  const filled = lists.filter(({ size }) => size > 0).map((list) => [list.v1Name, list.print()] as const);
  return filled.length === 0 ? ['{}'] : printWithLists(() => '{}', Object.fromEntries(filled));
}

export function* printMessages(messages: Readonly<Record<string, ViewMessage>>): Generator<string> {
  let separator = '{';
  for (const [name, message] of Object.entries(messages)) {
    yield `${separator}"${name}":`;
    yield* printMessage(message);
    separator = ',';
  }
  yield '}';
}
