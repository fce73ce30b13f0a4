/**
 * What framework and executor say to each other through a task: `JobTask` is in `TaskInfo.data`, `TaskResult` in the
 * `data` of TASK_FINISHED, `TaskProgress` in messages of the executor. All three are msgpack in the processes at both
 * ends; here are their types and the checks of what has been unpacked.
 */
import { MeteError } from '../base/errors.js';
import type { InputFile, OptionValue } from './job.js';

/** Parts whose msgpack form is longer are put to `resultUrl` and named by their hash in the status. */
export const INLINE_RESULT_BYTES = 64 * 1024;

/** The code of a job: one ESM bundle, whose default export is the job. */
export interface JobCode {
  readonly name: string;
  /** Of the bundle, in lower-case hex: its name in caches, and what is checked before it is loaded. */
  readonly sha256: string;
  readonly bytes: number;
  /** Where it can be had with GET. */
  readonly url: string;
}

/** An input of a piece. An agent that has `path` with the same size and time of change reads it there. */
export interface TaskInput extends InputFile {
  /** Where its bytes can be had with GET and Range. */
  readonly url: string;
}

export interface TaskLimits {
  /** Memory of the worker in MB. */
  readonly memoryMb: number;
  /** The task fails if it takes longer; 0: no limit. */
  readonly timeoutMs: number;
}

export interface JobTask {
  readonly job: JobCode;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly piece: unknown;
  /** Those of the inputs that the piece reads. */
  readonly inputs: readonly TaskInput[];
  /** Where a large part is sent with PUT, its msgpack form as the body. */
  readonly resultUrl: string;
  readonly limits: TaskLimits;
}

/** What a finished task gives: its part, or where it was put; `runMs` is the time `run` took. */
export type TaskResult =
  | { readonly type: 'inline'; readonly part: unknown; readonly runMs: number }
  | { readonly type: 'stored'; readonly sha256: string; readonly bytes: number; readonly runMs: number };

/** How far a task is, in units of its piece. Best effort: sent now and then, and not repeated. */
export interface TaskProgress {
  readonly type: 'progress';
  readonly taskId: string;
  readonly doneUnits: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** A task as it was unpacked, checked; throws MeteError INVALID_ARGUMENT that names the field. */
export function checkJobTask(value: unknown): JobTask {
  const task = fieldsOf(value, 'task.data');
  const job = fieldsOf(task['job'], 'job');
  demand(typeof job['name'] === 'string', 'job.name', job['name'], 'it is not a text');
  demand(isSha256(job['sha256']), 'job.sha256', job['sha256'], 'it is not a SHA-256 in lower-case hex');
  demand(isCount(job['bytes']), 'job.bytes', job['bytes'], 'it is not a size');
  demand(isHttp(job['url']), 'job.url', job['url'], 'it is not an http URL');
  demand(isHttp(task['resultUrl']), 'resultUrl', task['resultUrl'], 'it is not an http URL');
  const limits = fieldsOf(task['limits'], 'limits');
  demand(isAmount(limits['memoryMb']), 'limits.memoryMb', limits['memoryMb'], 'it is not a positive number');
  demand(isCount(limits['timeoutMs']), 'limits.timeoutMs', limits['timeoutMs'], 'it is not a whole number from 0');
  fieldsOf(task['options'], 'options');
  const inputs = task['inputs'];
  if (!Array.isArray(inputs)) throw refusal('inputs', inputs, 'it is not a list');
  inputs.forEach(checkInput);
  return value as JobTask;
}

function checkInput(value: unknown, at: number): void {
  const input = fieldsOf(value, `inputs[${at}]`);
  demand(isCount(input['index']), `inputs[${at}].index`, input['index'], 'it is not a whole number from 0');
  demand(typeof input['path'] === 'string', `inputs[${at}].path`, input['path'], 'it is not a text');
  demand(isCount(input['bytes']), `inputs[${at}].bytes`, input['bytes'], 'it is not a size');
  demand(typeof input['mtimeMs'] === 'number', `inputs[${at}].mtimeMs`, input['mtimeMs'], 'it is not a number');
  demand(isHttp(input['url']), `inputs[${at}].url`, input['url'], 'it is not an http URL');
}

/** A result as it was unpacked, checked; throws MeteError INVALID_ARGUMENT that names the field. */
export function checkTaskResult(value: unknown): TaskResult {
  const result = fieldsOf(value, 'status.data');
  demand(isDuration(result['runMs']), 'runMs', result['runMs'], 'it is not a time in milliseconds');
  if (result['type'] === 'inline') {
    demand('part' in result, 'part', undefined, 'it is missing');
    return value as TaskResult;
  }
  demand(result['type'] === 'stored', 'type', result['type'], 'it is neither "inline" nor "stored"');
  demand(isSha256(result['sha256']), 'sha256', result['sha256'], 'it is not a SHA-256 in lower-case hex');
  demand(isCount(result['bytes']), 'bytes', result['bytes'], 'it is not a size');
  return value as TaskResult;
}

/** A message of an executor about progress, or null if it is something else. */
export function asTaskProgress(value: unknown): TaskProgress | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Fields;
  const doneUnits = fields['doneUnits'];
  const known = fields['type'] === 'progress' && typeof fields['taskId'] === 'string' && isDuration(doneUnits);
  return known ? (value as TaskProgress) : null;
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal(field, value, 'it is not an object');
}

function demand(holds: boolean, field: string, value: unknown, reason: string): void {
  if (!holds) throw refusal(field, value, reason);
}

function refusal(field: string, value: unknown, reason: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field, value, reason, mend: 'use the same version of mete everywhere' });
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isHttp(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}

function isSha256(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
