/**
 * Tasks: entering them, moving them from state to state, removing them. A terminal state is final, and its resources
 * are free at once; the task itself stays until the terminal status is acknowledged.
 */
import type { TaskState, TaskInfo, TaskStatus } from '../../protocol/task.js';
import { isTerminal } from '../../protocol/task.js';
import type { Resources } from '../../resources/resources.js';
import { taskUpdated } from './changes.js';
import { countReason } from './counters.js';
import { holdsNothing } from './held.js';
import { forgetOldest } from './history.js';
import type { Agent, Framework, KeptStatus, MasterState, Task, TaskExtras } from './state.js';
import { reoffer } from './send.js';
import { countEnd } from './statuses.js';
import { addSums } from './sums.js';

/** Most statuses kept of one task; the oldest goes first. */
const STATUSES_KEPT = 64;

export { holdsNothing };

/** What a new task is made of, whether it is launched or reported. */
export type TaskSource = Pick<TaskInfo, 'name' | 'taskId'> & TaskExtras;

export interface TaskPlace {
  readonly framework: Framework;
  readonly agent: Agent;
  readonly executorId: Task['executorId'];
  readonly role: string;
  readonly resources: Resources;
  readonly user: string | undefined;
}

/** Only what views show is kept of a description: its data would keep whole frames in memory. */
function extrasOf(source: TaskSource): TaskExtras {
  const { labels, discovery, container, healthCheck, killPolicy, limits } = source;
  if (
    labels === undefined &&
    discovery === undefined &&
    container === undefined &&
    healthCheck === undefined &&
    killPolicy === undefined &&
    limits === undefined
  ) {
    return NO_EXTRAS;
  }
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(container === undefined ? {} : { container }),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...(killPolicy === undefined ? {} : { killPolicy }),
    ...(limits === undefined ? {} : { limits }),
  };
}

const NO_EXTRAS: TaskExtras = Object.freeze({});

/** Enters a task in a state (TASK_STAGING when it is launched). */
export function addTask(master: MasterState, source: TaskSource, place: TaskPlace, state: TaskState): Task {
  const { framework, agent } = place;
  const task: Task = {
    id: source.taskId,
    name: source.name,
    framework,
    agentId: agent.id,
    agent,
    executorId: place.executorId,
    role: place.role,
    resources: place.resources,
    user: place.user,
    extras: extrasOf(source),
    state,
    statuses: [],
    updateState: null,
    updateUuid: null,
    kill: null,
  };
  framework.tasks.set(task.id, task);
  agent.tasks.add(task);
  framework.counters.live[state]++;
  if (!holdsNothing(state)) addSums(master.counters.used, task.resources, 1);
  return task;
}

function kept(status: TaskStatus): KeptStatus {
  const { data: _data, uuid: _uuid, ...rest } = status;
  return rest;
}

function keepStatus(task: Task, status: TaskStatus): void {
  const { statuses } = task;
  const last = statuses.length - 1;
  if (last >= 0 && statuses[last]!.state === status.state) statuses[last] = kept(status);
  else statuses.push(kept(status));
  if (statuses.length > STATUSES_KEPT) statuses.shift();
}

/**
 * A task moves on. `latestState` is what its agent knows beyond this status: if that is terminal, the resources are
 * free although the framework has still to see what came before.
 */
export function updateTask(state: MasterState, task: Task, status: TaskStatus, latestState?: TaskState): void {
  const next = latestState ?? status.state;
  const ends = !holdsNothing(task.state) && holdsNothing(next);
  const before = task.state;
  if (!isTerminal(before)) task.state = next;
  keepStatus(task, status);
  if (task.state !== before) {
    countMove(task, before);
    taskUpdated(state, task, status);
  }
  if (!ends) return;
  if (task.agent !== null) addSums(state.counters.used, task.resources, -1);
  state.allocator.recoverResources(task.framework.id, task.agentId, task.role, task.resources);
  reoffer(state);
  countEnd(state, task.framework, next);
  // If the agent is ahead, the reason of the end is not known yet.
  if (status.state !== next || status.reason === undefined) return;
  countReason(state.counters, next, status.source ?? 'SOURCE_MASTER', status.reason);
}

/** Counts tasks by their states; one that is not on its agent any more is not counted. */
function countMove({ agent, framework, state }: Task, before: TaskState): void {
  if (agent === null) return;
  framework.counters.live[before]--;
  framework.counters.live[state]++;
}

/** Takes a task from its agent and into its framework's history, or among its unreachable tasks. */
export function removeTask(state: MasterState, task: Task, unreachable = false): void {
  const { framework, agent } = task;
  if (!holdsNothing(task.state)) {
    state.allocator.recoverResources(framework.id, task.agentId, task.role, task.resources);
    if (agent !== null) addSums(state.counters.used, task.resources, -1);
  }
  if (framework.tasks.delete(task.id)) framework.counters.live[task.state]--;
  agent?.tasks.delete(task);
  task.agent = null;
  if (!unreachable) {
    framework.completedTasks.add(task);
    return;
  }
  framework.unreachableTasks.set(task.id, task);
  forgetOldest(framework.unreachableTasks, state.settings.maxUnreachableTasksPerFramework);
}
