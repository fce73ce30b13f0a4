/**
 * Drives the core of a job over real links and time until it ends, and makes the outcome. Results are merged between
 * turns; progress is told at an even pace.
 */
import type { LogFields, LogLevel } from '../../base/core.js';
import type { AnyJob, FinishInfo, InputFile, OptionValue } from '../../jobs/job.js';
import { asTaskProgress } from '../../jobs/job-task.js';
import type { SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import { unpack } from '../../protocol/pack.js';
import { createRealClock } from '../../runner/clock.js';
import { createRunner, type EffectBatch } from '../../runner/runner.js';
import type { Transport } from '../../transport/transport.js';
import type { JobEffect, JobEnd, JobInput } from '../core/job-events.js';
import { type JobProgress, type JobState, viewProgress } from '../core/job-state.js';
import { reduceJob } from '../core/reduce-job.js';
import { type JobOutcome, type JobStats, printResult, writeResult } from './job-outcome.js';
import type { JobServer } from './job-server.js';
import type { MasterSource } from './master-source.js';
import { createMerger, type Merger } from './merger.js';
import { createSchedulerLink } from './scheduler-link.js';

export interface JobPlay {
  readonly job: AnyJob;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly inputs: readonly InputFile[];
  readonly server: JobServer;
  readonly masters: MasterSource;
  readonly transport: Transport;
  /** When the whole began, by `performance.now()`. */
  readonly startMs: number;
  readonly out: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: JobProgress) => void) | undefined;
  readonly progressMs: number;
  readonly onLog: (level: LogLevel, text: string, fields?: LogFields) => void;
}

/** Plays a job to its end. */
export async function playJob(state: JobState, play: JobPlay): Promise<JobOutcome> {
  const { end, merger } = await driveCore(play, state);
  play.onProgress?.(viewProgress(state));
  return makeOutcome(play, state, merger, end);
}

function driveCore(play: JobPlay, state: JobState): Promise<{ end: JobEnd; merger: Merger }> {
  return new Promise((resolve, reject) => {
    const perform = ({ sends, rest }: EffectBatch<JobEffect, SchedulerCall>): void => {
      links.send(sends);
      for (const effect of rest) performOne(effect);
    };
    const runner = createRunner<JobState, JobInput, JobEffect, SchedulerCall>({
      core: { reduce: reduceJob },
      state,
      clock: createRealClock(),
      perform,
      onDefect: (error) => finish(() => reject(error instanceof Error ? error : new Error(String(error)))),
    });
    const push = (event: JobInput): ReturnType<typeof runner.push> => runner.push(event);
    const links = createSchedulerLink({
      transport: play.transport,
      now: () => runner.now(),
      push,
      takes: (message) => takeProgress(message, (taskId, doneUnits) =>
        push({ type: 'ProgressTold', at: runner.now(), taskId, doneUnits })),
    });
    const merger = createMerger({
      job: play.job,
      options: play.options as never,
      server: play.server,
      now: () => runner.now(),
      push,
    });
    const cancel = (): void => void push({ type: 'JobStopped', at: runner.now(), reason: 'cancelled', byUser: true });
    const ticker = setInterval(() => play.onProgress?.(viewProgress(state)), play.progressMs).unref();
    const finish = (settle: () => void): void => {
      clearInterval(ticker);
      play.signal?.removeEventListener('abort', cancel);
      runner.stop();
      settle();
    };

    function performOne(effect: EffectBatch<JobEffect, SchedulerCall>['rest'][number]): void {
      switch (effect.type) {
        case 'ConnectMaster':
          links.connect(effect.address);
          break;
        case 'CloseLink':
          links.close(effect.link, effect.reason);
          break;
        case 'Log':
          play.onLog(effect.level, effect.text, effect.fields);
          break;
        case 'TakeResult':
          merger.take(effect);
          break;
        case 'JobEnded':
          // The rest of this turn, TEARDOWN among it, is performed before anybody hears of the end.
          setImmediate(finish, () => resolve({ end: effect.end, merger }));
          break;
        case 'Notify':
        case 'Stopped':
          break;
      }
    }

    if (play.signal?.aborted === true) cancel();
    play.signal?.addEventListener('abort', cancel);
    push({ type: 'Started', at: runner.now() });
    const detected = (master: string | null): void => void push({ type: 'MasterDetected', at: runner.now(), master });
    play.masters.follow(detected, play.onLog).catch((error: Error) => finish(() => reject(error)));
  });
}

/** Messages of executors are about progress; they are for the core only as such. */
function takeProgress(message: SchedulerEvent, tell: (taskId: string, doneUnits: number) => void): boolean {
  if (message.type !== 'EXECUTOR_MESSAGE') return false;
  try {
    const progress = asTaskProgress(unpack(message.data));
    if (progress !== null) tell(progress.taskId, progress.doneUnits);
  } catch {
    // Not ours; progress is best effort.
  }
  return true;
}

function percentiles(times: readonly number[]): JobStats['startMs'] {
  if (times.length === 0) return null;
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

async function makeOutcome(play: JobPlay, state: JobState, merger: Merger, end: JobEnd): Promise<JobOutcome> {
  const runSeconds = ((state.lastResultMs ?? 0) - (state.firstLaunchMs ?? state.lastResultMs ?? 0)) / 1000;
  const workSeconds = ((state.lastResultMs ?? 0) - (state.firstRunningMs ?? state.lastResultMs ?? 0)) / 1000;
  const statsNow = (): JobStats => ({
    units: state.config.work.units,
    unit: state.config.work.unit,
    tasks: state.finishedTasks,
    launched: state.launchedTasks,
    failed: state.failedTasks,
    lost: state.lostTasks,
    agents: viewProgress(state).agents,
    totalSeconds: (performance.now() - play.startMs) / 1000,
    runSeconds: Math.max(0, runSeconds),
    workSeconds: Math.max(0, workSeconds),
    startMs: percentiles(state.startTimesMs),
    mergeSeconds: merger.mergeMs / 1000,
  });
  if (end.type === 'cancelled') return { status: 'cancelled', stats: statsNow(), reason: end.reason };
  if (end.type === 'failed') {
    return { status: 'failed', stats: statsNow(), unavailable: end.unavailable, reasons: end.reasons };
  }
  const info = {
    options: play.options,
    inputs: play.inputs,
    units: state.config.work.units,
    tasks: state.finishedTasks,
    seconds: statsNow().runSeconds,
  } as FinishInfo<never>;
  const { job } = play;
  try {
    const result = job.finish === undefined ? merger.sum : job.finish(merger.sum, info);
    if (play.out !== undefined) await writeResult(play.out, job, result, info);
    return { status: 'finished', stats: statsNow(), result, print: () => printResult(job, result, info) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: 'failed', stats: statsNow(), unavailable: false, reasons: [`the end of the job: ${reason}`] };
  }
}
