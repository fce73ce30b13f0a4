/**
 * What happens to a job's scheduler beyond what happens to every scheduler, and what it asks for.
 *
 * Duties of whoever drives it: `TakeResult` is answered by `ResultTaken` once the part is merged, or by
 * `ResultRefused`; nothing is merged without having been asked for, and each piece is asked for until it was taken
 * once. `JobEnded` comes once.
 */
import type { AgentId, TaskId } from '../../protocol/schema.js';
import type { SchedulerEffect, SchedulerInput } from './events.js';

export type JobInput =
  | SchedulerInput
  /** A part is merged; `run` took so long for it. */
  | { readonly type: 'ResultTaken'; readonly at: number; readonly piece: number; readonly runMs: number }
  /** What a task gave cannot be used: it counts as failed. */
  | { readonly type: 'ResultRefused'; readonly at: number; readonly piece: number; readonly reason: string }
  | { readonly type: 'ProgressTold'; readonly at: number; readonly taskId: string; readonly doneUnits: number }
  /** A stop for a reason outside: the user's wish, or a defect in the job. */
  | { readonly type: 'JobStopped'; readonly at: number; readonly reason: string; readonly byUser: boolean };

export interface TakeResult {
  readonly type: 'TakeResult';
  readonly piece: number;
  readonly taskId: TaskId;
  readonly agentId: AgentId;
  readonly from: number;
  readonly to: number;
  /** What the task gave, as it came. */
  readonly data: Uint8Array;
}

export type JobEnd =
  | { readonly type: 'finished' }
  | { readonly type: 'cancelled'; readonly reason: string }
  /** `unavailable`: there was no master to talk to. */
  | { readonly type: 'failed'; readonly unavailable: boolean; readonly reasons: readonly string[] };

export type JobEffect = SchedulerEffect | TakeResult | { readonly type: 'JobEnded'; readonly end: JobEnd };

export interface JobEffects {
  push(effect: JobEffect): unknown;
}
