/** Journals: what is written comes back, torn tails are told, replays give the same digest. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MeteError } from '../../src/base/errors.js';
import { createJournal, type JournalOptions } from '../../src/runner/journal.js';
import { digestOf } from '../../src/runner/journal-digest.js';
import { checksum, frameOf, MAGIC, packValue } from '../../src/runner/journal-format.js';
import { openJournal, type TornTail } from '../../src/runner/journal-reader.js';
import { replay } from '../../src/runner/replay.js';
import { createRunner } from '../../src/runner/runner.js';
import { createHandClock, received, toyCore } from './fixtures.js';
import type { Toy, ToyEffect, ToyEvent, ToyState } from './fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'mete-journal-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const header = { program: '1.2.3', core: 'toy', config: { limit: Infinity }, engine: 'typescript', seed: 7 };
let files = 0;

function write(turns: readonly (readonly unknown[])[], options: Partial<JournalOptions> = {}): string {
  const path = join(folder, `journal-${++files}`);
  const journal = createJournal<unknown>({ path, header, ...options });
  for (const turn of turns) {
    for (const event of turn) journal.append(event);
    journal.commit(false);
  }
  journal.close();
  return path;
}

function read(path: string): { events: unknown[]; turns: number; torn: TornTail | null } {
  const reader = openJournal<unknown>(path);
  const events: unknown[] = [];
  let turns = 0;
  const torn = reader.eachTurn((turn) => {
    events.push(...turn);
    turns++;
  });
  reader.close();
  return { events, turns, torn };
}

test('what is written comes back: bytes, infinities, undefined, nested lists', () => {
  const events = [
    { type: 'A', at: 1_700_000_000_000, bytes: new Uint8Array([0, 255]), none: new Uint8Array(0) },
    { type: 'A', at: 1.5, most: Infinity, least: -Infinity, nothing: undefined, nil: null },
    { type: 'B', at: 2 ** 52, list: [undefined, [1, 'ä€😀'], {}], long: 'x'.repeat(70_000) },
  ];
  const path = write([[events[0], events[1]], [events[2]]]);
  assert.deepEqual(read(path), { events, turns: 2, torn: null });
  assert.deepEqual(openJournal(path).header, { version: 1, ...header });
  const [first] = read(path).events as { bytes: unknown }[];
  assert.equal(Object.getPrototypeOf(first?.bytes), Uint8Array.prototype);
});

test('a journal without events is a journal', () => {
  assert.deepEqual(read(write([[], []])), { events: [], turns: 0, torn: null });
});

test('a torn tail is told and left out, wherever it is torn', () => {
  const path = write([[{ type: 'A', at: 1 }], [{ type: 'B', at: 2 }]]);
  const whole = readFileSync(path);
  const secondAt = whole.length - frameOf(packValue([{ type: 'B', at: 2 }])).length;
  for (let size = secondAt + 1; size < whole.length; size++) {
    writeFileSync(path, whole);
    truncateSync(path, size);
    const { events, torn } = read(path);
    assert.deepEqual(events, [{ type: 'A', at: 1 }]);
    assert.equal(torn?.atByte, secondAt);
    assert.equal(torn.bytes, size - secondAt);
    assert.match(torn.reason, /cut off/);
  }
});

test('a frame with a wrong checksum or an absurd length is a torn tail', () => {
  const path = write([[{ type: 'A', at: 1 }]]);
  const whole = readFileSync(path);
  const flipped = Uint8Array.from(whole);
  flipped[whole.length - 1]! ^= 1;
  writeFileSync(path, flipped);
  assert.match(read(path).torn?.reason ?? '', /checksum/);
  writeFileSync(path, whole);
  appendFileSync(path, Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
  assert.match(read(path).torn?.reason ?? '', /longer/);
});

test('any bytes are a journal or an error of ours, never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, withMagic) => {
      const path = join(folder, 'garbage');
      writeFileSync(path, withMagic ? Buffer.concat([MAGIC, bytes]) : bytes);
      assert.throws(() => openJournal(path), (error) => error instanceof MeteError && error.code === 'INVALID_JOURNAL');
    }),
    { numRuns: 200 },
  );
});

test('another version, a missing file and a file that cannot be written are told', () => {
  const path = join(folder, 'version');
  writeFileSync(path, Buffer.concat([MAGIC, frameOf(packValue({ version: 99 }))]));
  assert.throws(() => openJournal(path), /INVALID_JOURNAL.*version 99/);
  assert.throws(() => openJournal(join(folder, 'nowhere')), /INVALID_JOURNAL.*ENOENT/);
  assert.throws(() => createJournal({ path: join(folder, 'no', 'such'), header }), /JOURNAL_FAILED.*ENOENT/);
});

test('the checksum is CRC-32', () => {
  assert.equal(checksum(new TextEncoder().encode('123456789')), 0xcbf43926);
});

test('how often the disk is asked: with each turn, with time, or at the end only', () => {
  const syncs = (sync: 'turn' | 'interval' | 'never'): number => {
    let ms = 0;
    const journal = createJournal<unknown>({ path: join(folder, 'sync'), header, sync, syncMs: 10, nowMs: () => ms });
    for (let turn = 0; turn < 20; turn++) {
      ms += 3;
      journal.append({ type: 'A', at: ms });
      journal.commit(false);
    }
    journal.close();
    return journal.counters.syncs;
  };
  assert.deepEqual([syncs('turn'), syncs('interval'), syncs('never')], [20, 5, 1]);
});

test('a long turn does not wait in memory', () => {
  const path = join(folder, 'long');
  const journal = createJournal<unknown>({ path, header, bufferLimit: 10 });
  for (let i = 0; i < 25; i++) journal.append({ type: 'A', at: i });
  assert.equal(read(path).events.length, 20);
  journal.close();
  assert.equal(read(path).events.length, 25);
});

test('a replay gives the digests of the run, and others for other events', () => {
  const path = join(folder, 'replay');
  const clock = createHandClock();
  const state: ToyState = { seen: [] };
  const effects: ToyEffect[] = [];
  const journal = createJournal<ToyEvent>({ path, header });
  const runner = createRunner<ToyState, ToyEvent, ToyEffect, Toy>({
    core: toyCore,
    state,
    clock,
    journal,
    perform: () => undefined,
    observe: (_, all, from) => effects.push(...all.slice(from)),
  });
  for (let i = 0; i < 10; i++) {
    runner.push(received(runner.now(), [{ type: 'SetTimer', timer: `t${i}`, atMs: runner.now() + i * 10 }]));
    clock.advance(15);
  }
  clock.advance(1000);
  runner.stop();
  journal.close();
  const target = () => ({ core: toyCore, state: { seen: [] as string[] }, snapshot: (toy: ToyState) => toy.seen });
  const reader = openJournal<ToyEvent>(path);
  const first = replay(reader, target);
  assert.equal(first.events, 20);
  assert.equal(first.effects, effects.length);
  assert.equal(first.stateDigest, digestOf(state.seen));
  assert.equal(replay(reader, target).digest, first.digest);
  reader.close();
  const other = openJournal<ToyEvent>(write([[received(1, [])]]));
  assert.notEqual(replay(other, target).digest, first.digest);
});
