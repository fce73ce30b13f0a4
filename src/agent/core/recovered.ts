/**
 * What a checkpoint holds, put together: plain data from records under their keys (checkpoint.ts). What does not fit is
 * left out and said; whoever reads the checkpoint decides whether that is bearable.
 */
import type { AgentOperation } from '../../protocol/agent.js';
import type { CheckpointOf, CheckpointRecord, CheckpointType } from '../../protocol/checkpoint.js';
import type { Resource } from '../../protocol/common.js';
import type { AgentInfo, FrameworkInfo } from '../../protocol/framework.js';
import type { DrainConfig } from '../../protocol/operator-shapes.js';
import type { ContainerId, FrameworkId } from '../../protocol/schema.js';
import type { ExecutorInfo, StatusUpdate, TaskInfo } from '../../protocol/task.js';
import { KEYS } from './checkpoint.js';

export interface RecoveredTask {
  readonly info: TaskInfo;
  /** Oldest first; those of a task that had very many are not all there. */
  readonly updates: readonly StatusUpdate[];
  /** Of the first of `updates`, counted from the first ever. */
  readonly firstUpdate: number;
  /** How many of `updates` are acknowledged. */
  readonly acknowledged: number;
}

export interface RecoveredExecutor {
  readonly containerId: ContainerId;
  readonly info: ExecutorInfo;
  readonly directory: string;
  readonly user: string | null;
  readonly generated: boolean;
  readonly sentTask: boolean;
  /** Null if the agent died before it knew. */
  readonly forked: { readonly pid: number; readonly startTicks: number } | null;
  readonly tasks: readonly RecoveredTask[];
}

export interface RecoveredFramework {
  readonly info: FrameworkInfo & { readonly id: FrameworkId };
  readonly executors: readonly RecoveredExecutor[];
}

export interface RecoveredAgent {
  /** Null if no master had taken the agent in. */
  readonly agentInfo: AgentInfo | null;
  /** Where executors look for the agent. */
  readonly endpoint: string | null;
  readonly bootId: string | null;
  readonly resources: readonly Resource[];
  readonly drainConfig: DrainConfig | null;
  readonly frameworks: readonly RecoveredFramework[];
  readonly operations: readonly AgentOperation[];
  /** What was left out, and why. */
  readonly errors: readonly string[];
}

export type CheckpointEntry = readonly [key: string, record: CheckpointRecord];

interface TaskDraft {
  info: TaskInfo | null;
  readonly updates: Map<number, StatusUpdate>;
  readonly acks: Set<number>;
}

interface RunDraft {
  executor: CheckpointOf<'EXECUTOR'> | null;
  forked: CheckpointOf<'PROCESS'> | null;
  readonly tasks: Map<string, TaskDraft>;
}

interface Draft {
  readonly single: Map<string, CheckpointRecord>;
  readonly frameworks: Map<string, FrameworkInfo>;
  readonly runs: Map<string, RunDraft>;
  readonly operations: AgentOperation[];
  readonly errors: string[];
}

/** Puts the records of a checkpoint together. `unreadable` says what could not even be read. */
export function recoverAgent(
  entries: Iterable<CheckpointEntry>,
  unreadable: readonly string[] = [],
): RecoveredAgent {
  const errors = [...unreadable];
  const draft: Draft = { single: new Map(), frameworks: new Map(), runs: new Map(), operations: [], errors };
  for (const [key, record] of entries) if (!sort(draft, key, record)) draft.errors.push(`${key}: it has no place`);
  const agent = only(draft, KEYS.agent, 'AGENT');
  const resources = only(draft, KEYS.resourcesTarget, 'RESOURCES') ?? only(draft, KEYS.resources, 'RESOURCES');
  return {
    agentInfo: agent?.agentInfo ?? null,
    endpoint: agent?.endpoint ?? null,
    bootId: only(draft, KEYS.boot, 'BOOT')?.bootId ?? null,
    resources: resources?.resources ?? [],
    drainConfig: only(draft, KEYS.drain, 'DRAIN')?.config ?? null,
    frameworks: frameworksOf(draft),
    operations: draft.operations,
    errors: draft.errors,
  };
}

function only<K extends CheckpointType>(draft: Draft, key: string, type: K): CheckpointOf<K> | null {
  const record = draft.single.get(key);
  if (record === undefined) return null;
  if (record.type === type) return record as CheckpointOf<K>;
  draft.errors.push(`${key}: it holds ${record.type}`);
  return null;
}

/** Files a record; false if there is no place for it. */
function sort(draft: Draft, key: string, record: CheckpointRecord): boolean {
  const [room, id, ...rest] = key.split('/');
  if (id === undefined) {
    draft.single.set(key, record);
    return true;
  }
  if (room === 'frameworks') {
    if (record.type !== 'FRAMEWORK' || record.frameworkInfo.id !== id) return false;
    draft.frameworks.set(id, record.frameworkInfo);
    return true;
  }
  if (room === 'operations') {
    if (record.type !== 'OPERATION') return false;
    draft.operations.push(record.operation);
    return true;
  }
  if (room !== 'runs') return false;
  let run = draft.runs.get(id);
  if (run === undefined) draft.runs.set(id, (run = { executor: null, forked: null, tasks: new Map() }));
  return sortRun(run, rest, record);
}

function sortRun(run: RunDraft, [what, taskId, ...rest]: readonly string[], record: CheckpointRecord): boolean {
  if (what === 'executor.info' && record.type === 'EXECUTOR') run.executor = record;
  else if (what === 'forked.pid' && record.type === 'PROCESS') run.forked = record;
  else if (what === 'tasks' && taskId !== undefined) return sortTask(run, taskId, rest, record);
  else return false;
  return true;
}

function sortTask(
  run: RunDraft,
  taskId: string,
  [what, number]: readonly string[],
  record: CheckpointRecord,
): boolean {
  let task = run.tasks.get(taskId);
  if (task === undefined) run.tasks.set(taskId, (task = { info: null, updates: new Map(), acks: new Set() }));
  const n = Number(number);
  if (what === 'task.info' && record.type === 'TASK' && record.taskInfo.taskId === taskId) task.info = record.taskInfo;
  else if (what === 'updates' && record.type === 'UPDATE' && Number.isInteger(n)) task.updates.set(n, record.update);
  else if (what === 'acks' && record.type === 'ACKNOWLEDGEMENT' && Number.isInteger(n)) task.acks.add(n);
  else return false;
  return true;
}

function frameworksOf(draft: Draft): RecoveredFramework[] {
  const executors = new Map<string, RecoveredExecutor[]>();
  for (const [containerId, run] of draft.runs) {
    const { executor } = run;
    if (executor === null || !draft.frameworks.has(executor.frameworkId)) {
      const missing = executor === null ? 'executor.info' : `framework ${executor.frameworkId}`;
      draft.errors.push(`runs/${containerId}: there is no ${missing}`);
      continue;
    }
    const list = executors.get(executor.frameworkId) ?? [];
    executors.set(executor.frameworkId, list);
    list.push(executorOf(draft, containerId as ContainerId, executor, run));
  }
  return [...draft.frameworks].map(([id, info]) => ({
    info: { ...info, id: id as FrameworkId },
    executors: executors.get(id) ?? [],
  }));
}

function executorOf(
  draft: Draft,
  containerId: ContainerId,
  executor: CheckpointOf<'EXECUTOR'>,
  run: RunDraft,
): RecoveredExecutor {
  const { executorInfo: info, directory, user = null, generated, sentTask } = executor;
  const forked = run.forked === null ? null : { pid: run.forked.pid, startTicks: run.forked.startTicks };
  const tasks: RecoveredTask[] = [];
  for (const [taskId, task] of run.tasks) {
    const recovered = taskOf(task);
    if (recovered === null) draft.errors.push(`runs/${containerId}/tasks/${taskId}: parts of it are missing`);
    else tasks.push(recovered);
  }
  return { containerId, info, directory, user, generated, sentTask, forked, tasks };
}

/** Updates are numbered without gaps, and acknowledged in order; null if they are not. */
function taskOf({ info, updates, acks }: TaskDraft): RecoveredTask | null {
  if (info === null) return null;
  const numbers = [...updates.keys()].sort((a, b) => a - b);
  const first = numbers[0] ?? 0;
  const inOrder = numbers.every((n, i) => n === first + i);
  const acknowledged = numbers.findIndex((n) => !acks.has(n));
  const count = acknowledged < 0 ? numbers.length : acknowledged;
  if (!inOrder || acks.size !== count) return null;
  return { info, updates: numbers.map((n) => updates.get(n)!), firstUpdate: first, acknowledged: count };
}
