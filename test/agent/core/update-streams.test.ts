/**
 * The streams of status updates against a model: whatever is stored, lost, repeated, acknowledged late, twice or
 * wrongly, the far side of a lossy wire sees each task's updates in order, none lost, none invented.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acknowledgeUpdate,
  checkUpdate,
  dropStreams,
  dueUpdates,
  findStream,
  makeStreams,
  nextDueMs,
  nextUpdate,
  pauseStreams,
  resumeStreams,
  storeUpdate,
  type UpdateStreams,
} from '../../../src/agent/core/status-updates.js';
import type { StatusUpdate } from '../../../src/protocol/task.js';
import { AGENT, frameworkId, taskId, uuid } from './harness.js';

interface Play {
  readonly streams: UpdateStreams;
  nowMs: number;
  made: number;
  /** What the agent took, what the far side saw for the first time, and what it has not acknowledged; by task. */
  readonly taken: Map<string, StatusUpdate[]>;
  readonly seen: Map<string, StatusUpdate[]>;
  readonly wire: StatusUpdate[];
  readonly ended: Set<string>;
}

const MIN_MS = 10;
const MAX_MS = 60;

function key(update: StatusUpdate): string {
  return `${update.frameworkId}/${update.status.taskId}`;
}

function newUpdate(play: Play, which: number, terminal: boolean): StatusUpdate {
  play.made++;
  const state = terminal ? 'TASK_FINISHED' : 'TASK_RUNNING';
  const status = { taskId: taskId(`t${which % 3}`), state, uuid: uuid(play.made) } as const;
  const of = frameworkId(which < 3 ? 'F1' : 'F2');
  return { frameworkId: of, agentId: AGENT, status, timestamp: 0, uuid: uuid(play.made) };
}

/** An update leaves the agent; the wire may lose it. At most one per task is unacknowledged at a time. */
function send(play: Play, update: StatusUpdate | null, lost: boolean): void {
  if (update === null) return;
  assert.equal(play.streams.paused, false);
  const stream = findStream(play.streams, update.frameworkId, update.status.taskId);
  assert.equal(stream?.pending[0], update);
  if (!lost) play.wire.push(update);
}

function arrive(play: Play): void {
  for (const update of play.wire) {
    const seen = play.seen.get(key(update)) ?? [];
    play.seen.set(key(update), seen);
    if (!seen.includes(update)) seen.push(update);
  }
}

function add(play: Play, which: number, terminal: boolean, lost: boolean): void {
  const update = newUpdate(play, which, terminal);
  if (play.ended.has(key(update))) return; // the agent's task table refuses what follows the end of a task
  if (terminal) play.ended.add(key(update));
  assert.equal(checkUpdate(play.streams, update), 'NEW');
  const stream = storeUpdate(play.streams, update, null);
  play.taken.set(key(update), [...(play.taken.get(key(update)) ?? []), update]);
  assert.equal(checkUpdate(play.streams, update), 'DUPLICATE');
  send(play, nextUpdate(play.streams, stream, play.nowMs), lost);
}

/** An update of the wire, any that is on it, is acknowledged; it stays there for others to acknowledge again. */
function acknowledge(play: Play, n: number, lost: boolean): void {
  arrive(play);
  const update = play.wire[n % Math.max(play.wire.length, 1)];
  if (update === undefined) return;
  const { frameworkId: of, status } = update;
  const stream = findStream(play.streams, of, status.taskId);
  const fits = stream?.pending[0] === update;
  const result = acknowledgeUpdate(play.streams, of, status.taskId, update.uuid!);
  assert.equal(result !== null, fits);
  if (result === null) return;
  if (result.ended) assert.equal(findStream(play.streams, of, status.taskId), undefined);
  else send(play, nextUpdate(play.streams, result.stream, play.nowMs), lost);
}

function pass(play: Play, ms: number, lost: boolean): void {
  play.nowMs += ms;
  for (const update of dueUpdates(play.streams, play.nowMs)) send(play, update, lost);
  assert.ok(nextDueMs(play.streams) > play.nowMs);
}

type Step = readonly [kind: 'add' | 'end' | 'ack' | 'pass' | 'pause' | 'resume', n: number, lost: boolean];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('add', 'add', 'add', 'end', 'ack', 'ack', 'ack', 'pass', 'pass', 'pause', 'resume'),
    fc.nat({ max: 100 }),
    fc.boolean(),
  ),
  { maxLength: 120 },
) as fc.Arbitrary<Step[]>;

function apply(play: Play, [kind, n, lost]: Step): void {
  switch (kind) {
    case 'add':
      return add(play, n % 6, false, lost);
    case 'end':
      return add(play, n % 6, true, lost);
    case 'ack':
      return acknowledge(play, n, lost);
    case 'pass':
      return pass(play, n, lost);
    case 'pause':
      return pauseStreams(play.streams);
    default:
      for (const update of resumeStreams(play.streams, play.nowMs)) send(play, update, lost);
  }
}

/** The wire loses nothing any more and everything is acknowledged in the end. */
function settle(play: Play): void {
  for (const update of resumeStreams(play.streams, play.nowMs)) send(play, update, false);
  for (let i = 0; i < 200 && play.streams.byFramework.size > 0; i++) {
    const waiting = [...play.streams.byFramework.values()].flatMap((of) => [...of.values()]);
    if (waiting.every((stream) => stream.pending.length === 0)) break;
    arrive(play);
    for (const { frameworkId: of, taskId: id, pending } of waiting) {
      const result = pending.length === 0 ? null : acknowledgeUpdate(play.streams, of, id, pending[0]!.uuid!);
      if (result !== null && !result.ended) send(play, nextUpdate(play.streams, result.stream, play.nowMs), false);
    }
    pass(play, MAX_MS, false);
  }
  arrive(play);
}

test('[C52] the far side sees what the agent took: in order, none lost, none invented, none twice', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const play: Play = {
        streams: makeStreams(MIN_MS, MAX_MS),
        nowMs: 0,
        made: 0,
        taken: new Map(),
        seen: new Map(),
        wire: [],
        ended: new Set(),
      };
      resumeStreams(play.streams, 0);
      for (const step of list) {
        apply(play, step);
        for (const [task, seen] of play.seen) assert.deepEqual(seen, play.taken.get(task)?.slice(0, seen.length));
      }
      settle(play);
      assert.deepEqual(new Map([...play.seen].sort()), new Map([...play.taken].sort()));
      assert.equal(nextDueMs(play.streams), Infinity);
    }),
    { numRuns: 500 },
  );
});

test('[C53] pauses double from the shortest to the longest', () => {
  assert.deepEqual(makeStreams(10_000, 600_000).pausesMs, [10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000]);
  assert.deepEqual(makeStreams(5, 5).pausesMs, [5]);
});

test('streams of a framework that is gone are forgotten with their deadlines', () => {
  const play = { made: 0 } as Play;
  const streams = makeStreams(10, 10);
  resumeStreams(streams, 0);
  for (const which of [0, 1, 4]) {
    const update = newUpdate(play, which, false);
    nextUpdate(streams, storeUpdate(streams, update, null), which);
  }
  dropStreams(streams, frameworkId('F1'));
  assert.equal(nextDueMs(streams), 14);
  assert.deepEqual([...streams.byFramework.keys()], ['F2']);
});
