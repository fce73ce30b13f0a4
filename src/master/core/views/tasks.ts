/** Tasks as /state and /tasks show them. */
import { containerInfo, containerStatus, discoveryInfo, healthCheck } from '../../../protocol/container.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import { labelList } from './labels.js';
import type { KeptStatus, MasterState, Task } from '../state.js';
import { type JsonObject, resourceMap } from './json.js';
import { printItems } from './print.js';
import { type Seen, seenOf } from './sight.js';

function viewStatus(status: KeptStatus): JsonObject {
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    ...(status.labels === undefined ? {} : { labels: labelList(status.labels) }),
    ...(status.containerStatus === undefined
      ? {}
      : { container_status: toV1Json(containerStatus, status.containerStatus) }),
    ...(status.healthy === undefined ? {} : { healthy: status.healthy }),
  };
}

export function viewTask(task: Task): JsonObject {
  const { labels, discovery, container, healthCheck: check, limits } = task.extras;
  return {
    id: task.id,
    name: task.name,
    framework_id: task.framework.id,
    executor_id: task.executorId ?? '',
    slave_id: task.agentId,
    state: task.state,
    resources: resourceMap(task.resources),
    ...(limits === undefined ? {} : { limits: { ...limits } }),
    role: task.role,
    statuses: task.statuses.map(viewStatus),
    ...(task.user === undefined ? {} : { user: task.user }),
    ...(labels === undefined ? {} : { labels: labelList(labels) }),
    ...(discovery === undefined ? {} : { discovery: toV1Json(discoveryInfo, discovery) }),
    ...(container === undefined ? {} : { container: toV1Json(containerInfo, container) }),
    ...(check === undefined ? {} : { health_check: toV1Json(healthCheck, check) }),
  };
}

export interface TaskQuery {
  readonly frameworkId?: string;
  readonly taskId?: string;
  /** At most so many tasks (100), after so many that are left out (0). */
  readonly limit?: number;
  readonly offset?: number;
  /** By the time of their first status, newest first by default. */
  readonly order?: 'asc' | 'des';
}

const DEFAULT_LIMIT = 100;

/** /tasks: tasks of all frameworks, ended ones too; in pieces, some of them empty while tasks are put in order. */
export function* printTasks(state: MasterState, query: TaskQuery = {}, seen: Seen = null): Generator<string> {
  const { limit = DEFAULT_LIMIT, offset = 0, order = 'des' } = query;
  const tasks: Task[] = [];
  const add = (task: Task): void => {
    if (query.taskId !== undefined && task.id !== query.taskId) return;
    if (seen === null || seen.task(task)) tasks.push(task);
  };
  const all = [...state.frameworks.values(), ...state.completedFrameworks.values()];
  for (const framework of seenOf(seen, 'framework', all)) {
    if (query.frameworkId !== undefined && framework.id !== query.frameworkId) continue;
    for (const task of framework.tasks.values()) add(task);
    for (const task of framework.unreachableTasks.values()) add(task);
    for (const task of framework.completedTasks.toArray()) add(task);
  }
  const wanted = yield* firstOf(tasks, order === 'asc' ? 1 : -1, offset + limit);
  yield '{"tasks":[';
  yield* printItems(wanted.slice(offset), (task) => JSON.stringify(viewTask(task)));
  yield ']}';
}

/** A task, and by what it is put in order. */
interface Keyed {
  readonly key: number;
  readonly task: Task;
}

/** So many tasks are put in order at once, or merged. */
const RUN = 4096;

/**
 * The first `count` tasks by the time of their first status; one without is the newest. Runs of tasks are sorted and
 * merged, each cut to what is wanted, with an empty piece after every step.
 */
function* firstOf(tasks: readonly Task[], sign: 1 | -1, count: number): Generator<string, Task[]> {
  let runs: Keyed[][] = [];
  for (let from = 0; from < tasks.length; from += RUN) {
    const run = tasks.slice(from, from + RUN);
    const keyed = run.map((task) => ({ key: sign * (task.statuses[0]?.timestamp ?? Infinity), task }));
    // The difference of two without a status is none.
    keyed.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key));
    runs.push(keyed.slice(0, count));
    yield '';
  }
  while (runs.length > 1) {
    const merged: Keyed[][] = [];
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merge(runs[i]!, runs[i + 1] ?? [], count));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ task }) => task);
}

/** Two ordered runs as one of at most `count`; of equals those of `a` come first. */
function* merge(a: readonly Keyed[], b: readonly Keyed[], count: number): Generator<string, Keyed[]> {
  const size = Math.min(count, a.length + b.length);
  const merged: Keyed[] = [];
  let i = 0;
  let j = 0;
  while (merged.length < size) {
    const isFirst = j === b.length || (i < a.length && a[i]!.key <= b[j]!.key);
    merged.push(isFirst ? a[i++]! : b[j++]!);
    if (merged.length % RUN === 0) yield '';
  }
  return merged;
}
