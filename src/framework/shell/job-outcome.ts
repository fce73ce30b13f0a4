/** How a job ended, and its result in print. */
import { constants, createWriteStream } from 'node:fs';
import { access, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AnyJob, FinishInfo, Printed } from '../../jobs/job.js';
import { MeteError } from '../../base/errors.js';

export interface JobStats {
  readonly units: number;
  readonly unit: string;
  /** Tasks whose results were merged; launched, failed and lost ones. */
  readonly tasks: number;
  readonly launched: number;
  readonly failed: number;
  readonly lost: number;
  /** Agents that ran tasks. */
  readonly agents: number;
  /** From the start of `runJob` to its end. */
  readonly totalSeconds: number;
  /** From the first launch to the last result. */
  readonly runSeconds: number;
  /** From the first task that ran to the last result: without the start of executors. */
  readonly workSeconds: number;
  /** From the launch of a task to its TASK_RUNNING where the executor was there, in milliseconds; null if none was. */
  readonly startMs: { readonly p50: number; readonly p99: number } | null;
  readonly mergeSeconds: number;
}

export interface FinishedJob {
  readonly status: 'finished';
  readonly stats: JobStats;
  readonly result: unknown;
  /** The result as it is shown. */
  print(): Iterable<string | Uint8Array>;
}

export type JobOutcome =
  | FinishedJob
  | { readonly status: 'cancelled'; readonly stats: JobStats; readonly reason: string }
  /** `unavailable`: no master could be reached; it may be worth trying again. */
  | {
      readonly status: 'failed';
      readonly stats: JobStats;
      readonly unavailable: boolean;
      readonly reasons: readonly string[];
    };

/** The pieces of something printed. */
export function piecesOf(printed: Printed): Iterable<string | Uint8Array> {
  return typeof printed === 'string' || printed instanceof Uint8Array ? [printed] : printed;
}

/** A result as it is shown: by the job's `format`, else as JSON. */
export function printResult(job: AnyJob, result: unknown, info: FinishInfo<never>): Iterable<string | Uint8Array> {
  if (job.format !== undefined) return piecesOf(job.format(result, info));
  return [`${JSON.stringify(result, jsonValue, 2) ?? String(result)}\n`];
}

/** JSON knows neither Maps nor Sets nor bigints. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Whether a result could be written there, before a job is run for it. Throws MeteError INVALID_ARGUMENT. */
export async function checkOut(path: string): Promise<void> {
  try {
    await access(dirname(resolve(path)), constants.W_OK);
    if ((await stat(path).catch(() => null))?.isDirectory() === true) throw new Error('it is a directory');
  } catch (cause) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'out',
      value: path,
      reason: `the result cannot be written there: ${cause instanceof Error ? cause.message : String(cause)}`,
      mend: 'give another file',
      cause,
    });
  }
}

/** Writes a result to a file, which appears only when it is complete. Throws MeteError INVALID_ARGUMENT. */
export async function writeResult(
  path: string,
  job: AnyJob,
  result: unknown,
  info: FinishInfo<never>,
): Promise<void> {
  const printed = job.file === undefined ? printResult(job, result, info) : piecesOf(job.file(result, info));
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(printed, { objectMode: true }), createWriteStream(partial));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'out',
      value: path,
      reason: `the result cannot be written there: ${cause instanceof Error ? cause.message : String(cause)}`,
      mend: 'give another file',
      cause,
    });
  }
}
