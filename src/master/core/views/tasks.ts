/** Tasks as /state and /tasks show them. */
import { containerInfo, containerStatus, discoveryInfo, healthCheck } from '../../../protocol/container.js';
import { toV1Json } from '../../../protocol/v1-json.js';
import { labelList } from './labels.js';
import type { KeptStatus, MasterState, Task } from '../state.js';
import { type Json, type JsonObject, resourceMap } from './json.js';

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

/** /tasks: tasks of all frameworks, ended ones too. */
export function viewTasks(state: MasterState, query: TaskQuery = {}): { tasks: Json[] } {
  const { limit = DEFAULT_LIMIT, offset = 0, order = 'des' } = query;
  const tasks: Task[] = [];
  for (const framework of [...state.frameworks.values(), ...state.completedFrameworks.values()]) {
    if (query.frameworkId !== undefined && framework.id !== query.frameworkId) continue;
    for (const task of framework.tasks.values()) tasks.push(task);
    for (const task of framework.unreachableTasks.values()) tasks.push(task);
    for (const task of framework.completedTasks.toArray()) tasks.push(task);
  }
  const wanted = query.taskId === undefined ? tasks : tasks.filter((task) => task.id === query.taskId);
  return { tasks: firstOf(wanted, order === 'asc' ? 1 : -1, offset + limit).slice(offset).map(viewTask) };
}

/** The first `count` tasks by the time of their first status; one without is the newest. */
function firstOf(tasks: readonly Task[], sign: 1 | -1, count: number): Task[] {
  const keyOf = (task: Task): number => sign * (task.statuses[0]?.timestamp ?? Infinity);
  // Sorting bare numbers is quick: only what cannot be beyond the last one wanted is sorted as tasks.
  const last = count < tasks.length ? Float64Array.from(tasks, keyOf).sort()[count - 1]! : Infinity;
  const candidates = tasks.filter((task) => keyOf(task) <= last);
  // The difference of two without a status is none.
  candidates.sort((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) - keyOf(b)));
  return candidates.slice(0, count);
}
