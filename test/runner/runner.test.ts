/** The runner: turns, batches, timers, back-pressure, defects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner, type Runner } from '../../src/runner/runner.js';
import { createHandClock, received, toyCore, type HandClock, type Toy, type ToyBatch } from './fixtures.js';
import type { ToyEffect, ToyEvent, ToyState } from './fixtures.js';

interface Bench {
  readonly clock: HandClock;
  readonly state: ToyState;
  readonly batches: ToyBatch[];
  readonly runner: Runner<ToyState, ToyEvent>;
}

interface BenchOptions {
  queueLimit?: number;
  turnLimit?: number;
  onDrain?: () => void;
  onDefect?: (error: unknown, event: ToyEvent | null) => void;
  log?: string[];
}

function start(options: BenchOptions = {}): Bench {
  const clock = createHandClock();
  const state: ToyState = { seen: [] };
  const batches: ToyBatch[] = [];
  const { log, ...rest } = options;
  const journal = {
    append: (event: ToyEvent) => void log?.push(event.type),
    commit: (final: boolean) => void log?.push(final ? 'final' : 'commit'),
  };
  const runner = createRunner<ToyState, ToyEvent, ToyEffect, Toy>({
    core: toyCore,
    state,
    clock,
    perform(batch) {
      log?.push('perform');
      batches.push(batch);
    },
    journal,
    ...rest,
  });
  return { clock, state, batches, runner };
}

const RESULTS: Record<string, string> = { a: 'accepted', p: 'pressed', x: 'refused' };

const hello: Toy = { effects: [] };
const bye: Toy = { effects: [{ type: 'ClearTimer', timer: 'x' }] };

test('[B7] messages are taken one at a time, in order; effects follow the turn, sends grouped by link', () => {
  const { clock, runner, batches, state } = start();
  const send = (link: number, message: Toy): ToyEffect => ({ type: 'Send', link, message });
  runner.push(received(runner.now(), [send(1, hello), { type: 'Log', level: 'info', text: 'a' }]));
  runner.push(received(runner.now(), [send(2, bye), send(1, bye)]));
  assert.deepEqual(state.seen, [], 'nothing happens inside push');
  clock.settle();
  assert.deepEqual(batches, [
    {
      sends: [{ link: 1, messages: [hello, bye] }, { link: 2, messages: [bye] }],
      rest: [{ type: 'Log', level: 'info', text: 'a' }],
    },
  ]);
  assert.equal(runner.counters.turns, 1);
});

test('a message for a link that was closed before it is dropped, one sent before closing is not', () => {
  const { clock, runner, batches } = start();
  runner.push(
    received(runner.now(), [
      { type: 'Send', link: 1, message: hello },
      { type: 'CloseLink', link: 1, reason: 'enough' },
      { type: 'Send', link: 1, message: bye },
    ]),
  );
  clock.settle();
  assert.deepEqual(batches[0]?.sends, [{ link: 1, messages: [hello] }]);
  assert.deepEqual(batches[0]?.rest, [{ type: 'CloseLink', link: 1, reason: 'enough' }]);
});

test('a timer set to now fires once, after all events of the turn', () => {
  const { clock, runner, state } = start();
  const at = runner.now();
  const allocate: ToyEffect = { type: 'SetTimer', timer: 'allocate', atMs: at };
  for (let i = 0; i < 3; i++) runner.push(received(at, [allocate]));
  clock.settle();
  assert.deepEqual(state.seen, ['MessageReceived', 'MessageReceived', 'MessageReceived', `allocate@${at}`]);
});

test('timers fire in order of time; one that is set again moves, one that is cleared does not fire', () => {
  const { clock, runner, state } = start();
  const at = runner.now();
  const set = (timer: string, afterMs: number): ToyEffect => ({ type: 'SetTimer', timer, atMs: at + afterMs });
  runner.push(received(at, [set('late', 30), set('early', 10), set('gone', 20), set('moved', 5), set('moved', 40)]));
  runner.push(received(at, [{ type: 'ClearTimer', timer: 'gone' }, { type: 'ClearTimer', timer: 'never set' }]));
  clock.advance(100);
  assert.deepEqual(state.seen.slice(2), [`early@${at + 10}`, `late@${at + 30}`, `moved@${at + 40}`]);
});

test('a timer that always sets itself to now lets other things happen in between', () => {
  const clock = createHandClock();
  let fired = 0;
  const runner = createRunner<null, ToyEvent, ToyEffect, Toy>({
    core: {
      reduce(_, event, effects) {
        if (event.type === 'TimerFired') fired++;
        if (fired < 1000) effects.push({ type: 'SetTimer', timer: 'again', atMs: event.at });
      },
    },
    state: null,
    clock,
    perform: () => undefined,
  });
  runner.push({ type: 'LinkOpened', at: runner.now(), link: 1, remote: 'x' });
  clock.settle();
  assert.equal(fired, 1000);
  assert.ok(runner.counters.turns > 3, `${runner.counters.turns} turns`);
});

test('a turn is bounded, the rest of the queue is taken by the next turns', () => {
  const { clock, runner, state, batches } = start({ turnLimit: 10 });
  for (let i = 0; i < 95; i++) runner.push(received(runner.now(), [{ type: 'Send', link: i, message: hello }]));
  clock.settle();
  assert.equal(state.seen.length, 95);
  assert.equal(batches.length, 10);
  assert.equal(batches[9]?.sends[0]?.link, 90);
});

test('back-pressure: a long queue says so, a full one refuses messages only, then the sources are told', () => {
  let drained = 0;
  const { clock, runner, state } = start({ queueLimit: 10, onDrain: () => void drained++ });
  const results = Array.from({ length: 12 }, () => runner.push(received(runner.now(), [])));
  assert.deepEqual(results, 'aaaaapppppxx'.split('').map((letter) => RESULTS[letter]));
  assert.equal(runner.push({ type: 'LinkClosed', at: runner.now(), link: 1, reason: 'x' }), 'pressed');
  clock.settle();
  assert.equal(state.seen.length, 11);
  assert.equal(drained, 1);
  assert.equal(runner.counters.refused, 2);
  assert.equal(runner.counters.longestQueue, 11);
});

test('a reduce that throws: the journal has the event, nothing of the turn is performed, the runner ends', () => {
  const log: string[] = [];
  const defects: unknown[] = [];
  const onDefect = (error: unknown, event: unknown): void => void defects.push([String(error), event]);
  const { clock, runner, batches, state } = start({ log, onDefect });
  runner.push(received(runner.now(), [{ type: 'Send', link: 1, message: hello }]));
  const bad: ToyEvent = { type: 'MessageReceived', at: runner.now(), link: 1, message: { effects: [], boom: true } };
  runner.push(bad);
  clock.settle();
  assert.deepEqual(log, ['MessageReceived', 'MessageReceived', 'final']);
  assert.deepEqual(defects, [['Error: boom', bad]]);
  assert.deepEqual(batches, []);
  assert.equal(runner.push(bad), 'refused');
  clock.advance(1000);
  assert.equal(state.seen.length, 2);
});

test('without a hook a reduce that throws is thrown on', () => {
  const { clock, runner } = start();
  runner.push({ type: 'MessageReceived', at: runner.now(), link: 1, message: { effects: [], boom: true } });
  assert.throws(() => clock.settle(), /boom/);
});

test('events are journaled before anything is performed', () => {
  const log: string[] = [];
  const { clock, runner } = start({ log });
  runner.push(received(runner.now(), [{ type: 'Log', level: 'info', text: 'a' }]));
  clock.settle();
  assert.deepEqual(log, ['MessageReceived', 'commit', 'perform']);
});

test('events pushed while effects are performed belong to the next turn', () => {
  const clock = createHandClock();
  const seen: string[] = [];
  const runner: Runner<null, ToyEvent> = createRunner<null, ToyEvent, ToyEffect, Toy>({
    core: {
      reduce(_, event, effects) {
        seen.push(event.type);
        effects.push({ type: 'Log', level: 'info', text: '' });
      },
    },
    state: null,
    clock,
    perform() {
      if (seen.length < 3) runner.push({ type: 'LinkClosed', at: runner.now(), link: 1, reason: '' });
      seen.push('performed');
    },
  });
  runner.push({ type: 'LinkOpened', at: runner.now(), link: 1, remote: '' });
  clock.settle();
  assert.deepEqual(seen, ['LinkOpened', 'performed', 'LinkClosed', 'performed']);
});

test('a stopped runner takes nothing, fires nothing and has flushed its journal', () => {
  const log: string[] = [];
  const { clock, runner, state } = start({ log });
  runner.push(received(runner.now(), [{ type: 'SetTimer', timer: 't', atMs: runner.now() + 5 }]));
  clock.settle();
  runner.stop();
  runner.stop();
  clock.advance(100);
  assert.equal(runner.push(received(0, [])), 'refused');
  assert.equal(state.seen.length, 1);
  assert.deepEqual(log, ['MessageReceived', 'commit', 'final']);
});

test('the time of the runner never goes back', () => {
  let ms = 100;
  const runner = createRunner<null, ToyEvent, ToyEffect, Toy>({
    core: { reduce: () => undefined },
    state: null,
    clock: { nowMs: () => ms, wakeAt: () => () => undefined, defer: () => undefined },
    perform: () => undefined,
  });
  assert.equal(runner.now(), 100);
  ms = 50;
  assert.equal(runner.now(), 100);
});
