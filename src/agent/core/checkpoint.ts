/**
 * What the agent writes down, and where. Keys follow the paths of Mesos' meta directory, shortened where a part says
 * what another says already: a container id is never used twice, so that a run needs no framework before it.
 *
 *     agent.info                                          resources.info, resources.target, drain_config, boot_id
 *     frameworks/F/framework.info
 *     operations/U
 *     runs/C/executor.info                                runs/C/forked.pid
 *     runs/C/tasks/T/task.info                            runs/C/tasks/T/updates/N, runs/C/tasks/T/acks/N
 *
 * A `Checkpoint` is plain data. Whoever drives the core has those of a turn on disk before anything else that the turn
 * asks for is done, so nobody outside ever sees what a crash could undo. Only what belongs to frameworks that want
 * checkpoints is written, as in Mesos.
 */
import type { CheckpointOf, CheckpointRecord } from '../../protocol/checkpoint.js';
import type { FrameworkId } from '../../protocol/schema.js';
import type { TaskInfo } from '../../protocol/task.js';
import type { Effects } from './events.js';
import { agentIdOf, type AgentState, type Executor, type Framework, type Task } from './state.js';
import { MAX_REMEMBERED, type UpdateStream } from './status-updates.js';

export const KEYS = {
  form: 'form',
  boot: 'boot_id',
  agent: 'agent.info',
  resources: 'resources.info',
  resourcesTarget: 'resources.target',
  drain: 'drain_config',
  frameworks: 'frameworks/',
  runs: 'runs/',
} as const;

/** Digits of the number of an update, so that keys sort as numbers do. */
const DIGITS = 8;

export function frameworkKey(id: FrameworkId): string {
  return `frameworks/${id}/framework.info`;
}

/** Of everything about a run; it ends with a slash. */
export function runPath(containerId: string): string {
  return `runs/${containerId}/`;
}

export function taskPath(runOf: string, taskId: string): string {
  return `${runOf}tasks/${taskId}/`;
}

function numbered(path: string, of: 'updates' | 'acks', n: number): string {
  return `${path}${of}/${String(n).padStart(DIGITS, '0')}`;
}

/** Writes a record; null removes it, and with a key that ends with a slash everything below. */
export function checkpoint(effects: Effects, key: string, record: CheckpointRecord | null): void {
  effects.push({ type: 'Checkpoint', key, record });
}

/** Who the agent is, once it has an id. */
export function checkpointAgent(state: AgentState, effects: Effects): void {
  if (agentIdOf(state) === '') return;
  checkpoint(effects, KEYS.agent, { type: 'AGENT', agentInfo: state.info, endpoint: state.config.endpoint });
}

/** The framework of an executor that starts, or one that changed. */
export function checkpointFramework(framework: Framework, effects: Effects): void {
  framework.stored = true;
  checkpoint(effects, frameworkKey(framework.id), { type: 'FRAMEWORK', frameworkInfo: framework.info });
}

export function forgetFramework(framework: Framework, effects: Effects): void {
  if (framework.stored) checkpoint(effects, frameworkKey(framework.id), null);
  framework.stored = false;
}

export function checkpointExecutor(executor: Executor, effects: Effects): void {
  const { path, framework, info, directory, user, generated, everSentTask } = executor;
  if (path === null) return;
  const record: CheckpointOf<'EXECUTOR'> = {
    type: 'EXECUTOR',
    frameworkId: framework.id,
    executorInfo: info,
    directory,
    generated,
    sentTask: everSentTask,
    ...(user === null ? {} : { user }),
  };
  checkpoint(effects, `${path}executor.info`, record);
}

export function checkpointProcess(executor: Executor, pid: number, startTicks: number, effects: Effects): void {
  if (executor.path === null) return;
  checkpoint(effects, `${executor.path}forked.pid`, { type: 'PROCESS', pid, startTicks });
}

/** The executor is history, with all that is left of its tasks. */
export function forgetExecutor(executor: Executor, effects: Effects): void {
  if (executor.path !== null) checkpoint(effects, executor.path, null);
}

/** Data may be large, and only the executor needs it. */
function withoutData(info: TaskInfo): TaskInfo {
  if (info.data === undefined) return info;
  const { data: _data, ...rest } = info;
  return rest;
}

/** A task as its executor is about to know it. */
export function checkpointTask(task: Task, effects: Effects): void {
  const { path } = task.executor;
  if (path === null) return;
  checkpoint(effects, `${taskPath(path, task.id)}task.info`, { type: 'TASK', taskInfo: withoutData(task.info) });
}

/** The newest update of a stream. */
export function checkpointUpdate(stream: UpdateStream, effects: Effects): void {
  const { path, pending } = stream;
  if (path === null) return;
  const update = pending[pending.length - 1]!;
  checkpoint(effects, numbered(path, 'updates', stream.stored++), { type: 'UPDATE', update });
}

/** The oldest update that waited was acknowledged; more follow it or may. */
export function checkpointAcknowledgement(stream: UpdateStream, uuid: Uint8Array, effects: Effects): void {
  const { path } = stream;
  if (path === null) return;
  const n = stream.stored - stream.pending.length - 1;
  checkpoint(effects, numbered(path, 'acks', n), { type: 'ACKNOWLEDGEMENT', uuid });
  if (n < MAX_REMEMBERED) return;
  checkpoint(effects, numbered(path, 'updates', n - MAX_REMEMBERED), null);
  checkpoint(effects, numbered(path, 'acks', n - MAX_REMEMBERED), null);
}

/** The last update of a task was acknowledged: nothing of it is left. */
export function forgetTask(stream: UpdateStream, effects: Effects): void {
  const { path, stored } = stream;
  if (path === null) return;
  checkpoint(effects, `${path}task.info`, null);
  for (let n = Math.max(0, stored - MAX_REMEMBERED - 1); n < stored; n++) {
    checkpoint(effects, numbered(path, 'updates', n), null);
    if (n < stored - 1) checkpoint(effects, numbered(path, 'acks', n), null);
  }
}
