/**
 * Status updates on their way to the master: one stream for each task, in order, one update in flight, the next after
 * the acknowledgement, repeated with growing pauses until then. What Mesos calls the task status update manager.
 *
 * Streams wait in one set for each length of pause. A set keeps the order of insertion and all in it wait equally long,
 * so its first is the first that falls due: no heap, no timer for each task, O(1) to send and to acknowledge.
 * Streams know nothing of masters and executors; whoever stores updates durably does it between `checkUpdate` and
 * `storeUpdate`.
 */
import { isTerminal, type StatusUpdate } from '../../protocol/task.js';
import type { FrameworkId, TaskId } from '../../protocol/schema.js';
import { sameBytes } from './dice.js';

/** The most updates of one task that wait; more are refused until some are acknowledged, except the last one. */
export const MAX_PENDING = 1_000;
/** The uuids of so many acknowledged updates of a task are remembered, also in the checkpoint. */
export const MAX_REMEMBERED = 64;

export interface UpdateStream {
  readonly frameworkId: FrameworkId;
  readonly taskId: TaskId;
  /** Not acknowledged, oldest first. Each has a uuid. */
  readonly pending: StatusUpdate[];
  readonly acknowledged: Uint8Array[];
  /** Under which keys it is checkpointed; null: it is not. */
  readonly path: string | null;
  /** How many of its updates have been checkpointed so far. */
  stored: number;
  /** Which pause the first of `pending` is in; -1 if it is not in flight. */
  pause: number;
  dueMs: number;
}

export interface UpdateStreams {
  readonly byFramework: Map<FrameworkId, Map<TaskId, UpdateStream>>;
  readonly pausesMs: readonly number[];
  /** The streams in flight, by their pauses. */
  readonly waiting: readonly Set<UpdateStream>[];
  /** While there is no master nothing is sent. */
  paused: boolean;
}

/** Streams that repeat after `minMs`, then twice as long each time, at most `maxMs`. They start paused. */
export function makeStreams(minMs: number, maxMs: number): UpdateStreams {
  const pausesMs: number[] = [];
  for (let ms = minMs; ms < maxMs && pausesMs.length < 64; ms *= 2) pausesMs.push(ms);
  pausesMs.push(maxMs);
  return { byFramework: new Map(), pausesMs, waiting: pausesMs.map(() => new Set()), paused: true };
}

export function findStream(streams: UpdateStreams, frameworkId: FrameworkId, taskId: TaskId): UpdateStream | undefined {
  return streams.byFramework.get(frameworkId)?.get(taskId);
}

export type UpdateCheck = 'NEW' | 'DUPLICATE' | 'FULL';

/** Whether an update would be stored, is known by its uuid, or must come again when there is room. */
export function checkUpdate(streams: UpdateStreams, update: StatusUpdate): UpdateCheck {
  const stream = findStream(streams, update.frameworkId, update.status.taskId);
  if (stream === undefined) return 'NEW';
  const uuid = update.uuid!;
  if (stream.pending.some((known) => sameBytes(known.uuid!, uuid))) return 'DUPLICATE';
  if (stream.acknowledged.some((known) => sameBytes(known, uuid))) return 'DUPLICATE';
  return stream.pending.length >= MAX_PENDING && !isTerminal(update.status.state) ? 'FULL' : 'NEW';
}

/** Puts a new update (see `checkUpdate`) at the end of its stream; `path` is that of its checkpoint. */
export function storeUpdate(streams: UpdateStreams, update: StatusUpdate, path: string | null): UpdateStream {
  const { frameworkId } = update;
  const { taskId } = update.status;
  let ofFramework = streams.byFramework.get(frameworkId);
  if (ofFramework === undefined) {
    ofFramework = new Map<TaskId, UpdateStream>();
    streams.byFramework.set(frameworkId, ofFramework);
  }
  let stream = ofFramework.get(taskId);
  if (stream === undefined) {
    stream = { frameworkId, taskId, pending: [], acknowledged: [], path, stored: 0, pause: -1, dueMs: 0 };
    ofFramework.set(taskId, stream);
  }
  stream.pending.push(update);
  return stream;
}

/** Puts in place a stream of a former run of the agent. */
export function restoreStream(
  streams: UpdateStreams,
  { pending, acknowledged, ...stream }: Omit<UpdateStream, 'pause' | 'dueMs'>,
): void {
  let ofFramework = streams.byFramework.get(stream.frameworkId);
  if (ofFramework === undefined) {
    ofFramework = new Map<TaskId, UpdateStream>();
    streams.byFramework.set(stream.frameworkId, ofFramework);
  }
  const known = acknowledged.slice(-MAX_REMEMBERED);
  ofFramework.set(stream.taskId, { ...stream, pending: [...pending], acknowledged: known, pause: -1, dueMs: 0 });
}

/** The update to send now, if none of the stream is in flight; it then is. */
export function nextUpdate(streams: UpdateStreams, stream: UpdateStream, atMs: number): StatusUpdate | null {
  if (streams.paused || stream.pause >= 0 || stream.pending.length === 0) return null;
  putInFlight(streams, stream, 0, atMs);
  return stream.pending[0]!;
}

function putInFlight(streams: UpdateStreams, stream: UpdateStream, pause: number, atMs: number): void {
  stream.pause = pause;
  stream.dueMs = atMs + streams.pausesMs[pause]!;
  streams.waiting[pause]!.add(stream);
}

function takeFromFlight(streams: UpdateStreams, stream: UpdateStream): void {
  if (stream.pause >= 0) streams.waiting[stream.pause]!.delete(stream);
  stream.pause = -1;
}

export interface Acknowledged {
  readonly stream: UpdateStream;
  /** Whether the stream has ended: its last update is acknowledged. */
  readonly ended: boolean;
}

/** Takes note of an acknowledgement; null if it is not of the first update that waits. */
export function acknowledgeUpdate(
  streams: UpdateStreams,
  frameworkId: FrameworkId,
  taskId: TaskId,
  uuid: Uint8Array,
): Acknowledged | null {
  const stream = findStream(streams, frameworkId, taskId);
  const first = stream?.pending[0];
  if (stream === undefined || first === undefined || !sameBytes(first.uuid!, uuid)) return null;
  takeFromFlight(streams, stream);
  stream.pending.shift();
  const ended = isTerminal(first.status.state);
  if (ended) dropStream(streams, stream);
  else remember(stream, uuid);
  return { stream, ended };
}

function remember(stream: UpdateStream, uuid: Uint8Array): void {
  stream.acknowledged.push(uuid);
  if (stream.acknowledged.length > MAX_REMEMBERED) stream.acknowledged.shift();
}

function dropStream(streams: UpdateStreams, stream: UpdateStream): void {
  takeFromFlight(streams, stream);
  const ofFramework = streams.byFramework.get(stream.frameworkId);
  ofFramework?.delete(stream.taskId);
  if (ofFramework?.size === 0) streams.byFramework.delete(stream.frameworkId);
}

/** Ends all streams of a framework: nobody will acknowledge any more. */
export function dropStreams(streams: UpdateStreams, frameworkId: FrameworkId): void {
  for (const stream of streams.byFramework.get(frameworkId)?.values() ?? []) takeFromFlight(streams, stream);
  streams.byFramework.delete(frameworkId);
}

/** Nothing is sent or repeated until `resumeStreams`. */
export function pauseStreams(streams: UpdateStreams): void {
  streams.paused = true;
  for (const waiting of streams.waiting) {
    for (const stream of waiting) stream.pause = -1;
    waiting.clear();
  }
}

/** The first updates of all streams, or of one framework's, to be sent now whether or not they are in flight. */
export function resumeStreams(streams: UpdateStreams, atMs: number, only?: FrameworkId): StatusUpdate[] {
  if (only === undefined) streams.paused = false;
  if (streams.paused) return [];
  const updates: StatusUpdate[] = [];
  for (const [frameworkId, ofFramework] of streams.byFramework) {
    if (only !== undefined && frameworkId !== only) continue;
    for (const stream of ofFramework.values()) {
      takeFromFlight(streams, stream);
      const update = nextUpdate(streams, stream, atMs);
      if (update !== null) updates.push(update);
    }
  }
  return updates;
}

/** The updates that were not acknowledged in time, to be sent again; each then waits twice as long. */
export function dueUpdates(streams: UpdateStreams, atMs: number): StatusUpdate[] {
  if (streams.paused) return [];
  const due: UpdateStream[] = [];
  for (const waiting of streams.waiting) {
    for (const stream of waiting) {
      if (stream.dueMs > atMs) break;
      due.push(stream);
    }
  }
  return due.map((stream) => {
    const pause = Math.min(stream.pause + 1, streams.pausesMs.length - 1);
    takeFromFlight(streams, stream);
    putInFlight(streams, stream, pause, atMs);
    return stream.pending[0]!;
  });
}

/** When the next update falls due; Infinity if none is in flight. */
export function nextDueMs(streams: UpdateStreams): number {
  let nextMs = Infinity;
  for (const waiting of streams.waiting) {
    for (const stream of waiting) {
      nextMs = Math.min(nextMs, stream.dueMs);
      break;
    }
  }
  return nextMs;
}
