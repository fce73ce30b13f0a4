/** The simulated network: order within a link, none between links, breaks, cuts, ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../src/protocol/messages.js';
import type { TaskId } from '../../src/protocol/schema.js';
import { createDice } from '../../src/sim/dice.js';
import { type LinkEnd, Network, type NetworkOptions, type Station } from '../../src/sim/network.js';
import { createWorld, type World } from '../../src/sim/world.js';

interface Peer extends Station {
  readonly heard: string[];
  readonly ends: LinkEnd[];
}

function peer(name: string): Peer {
  const heard: string[] = [];
  const ends: LinkEnd[] = [];
  return {
    name,
    host: name,
    heard,
    ends,
    linkOpened: (end) => void ends.push(end),
    received(_, messages) {
      for (const message of messages) heard.push('taskId' in message ? message.taskId : message.type);
    },
    linkClosed: (_, reason) => void heard.push(`closed: ${reason}`),
  };
}

const kill = (taskId: string): Message => ({ type: 'KILL', taskId: taskId as TaskId });

interface Bench {
  readonly world: World;
  readonly network: Network;
  readonly a: Peer;
  readonly b: Peer;
  readonly near: LinkEnd;
  readonly far: LinkEnd;
}

/** A link from a to b. */
function bench(options: Partial<NetworkOptions> = {}): Bench {
  const world = createWorld(0);
  const network = new Network({ world, delayMs: () => 10, patienceMs: () => 1000, survivors: () => 0, ...options });
  const [a, b] = [peer('a'), peer('b')];
  network.listen('b:1', b);
  let near: LinkEnd | null = null;
  network.connect(a, 'b:1', (end) => (near = end));
  world.runUntil(100);
  assert.ok(near !== null);
  return { world, network, a, b, near, far: b.ends[0]! };
}

test('within a link everything arrives once and in order, however the delays fall', () => {
  const dice = createDice(1);
  const { world, network, b, near } = bench({ delayMs: () => dice.whole(0, 50) });
  const sent = Array.from({ length: 200 }, (_, n) => `t${n}`);
  for (const id of sent) {
    network.send(near, [kill(id)]);
    world.runUntil(world.nowMs + dice.whole(0, 5));
  }
  world.runUntil(world.nowMs + 1000);
  assert.deepEqual(b.heard, sent);
});

test('links overtake each other', () => {
  let delayMs = 1;
  const { world, network, a, b, near } = bench({ delayMs: () => delayMs });
  let second: LinkEnd | null = null;
  network.connect(a, 'b:1', (end) => (second = end));
  world.runUntil(world.nowMs + 1000);
  delayMs = 100;
  network.send(near, [kill('slow')]);
  delayMs = 1;
  network.send(second!, [kill('fast')]);
  world.runUntil(world.nowMs + 1000);
  assert.deepEqual(b.heard, ['fast', 'slow']);
});

test('what arrives is a copy: nobody shares an object with the other side', () => {
  const { world, network, b, near } = bench();
  let got: Message | null = null;
  const message = kill('t');
  Object.assign(b, { received: (_: LinkEnd, messages: readonly Message[]) => void (got = messages[0]!) });
  network.send(near, [message]);
  world.runUntil(world.nowMs + 100);
  assert.deepEqual(got, message);
  assert.notEqual(got, message);
});

test('a broken link loses what was on its way, but for the survivors, and both sides notice', () => {
  const { world, network, a, b, near, far } = bench({ survivors: (count) => Math.min(1, count) });
  for (const id of ['t1', 't2', 't3']) network.send(near, [kill(id)]);
  network.send(far, [kill('back')]);
  network.break(near);
  network.send(near, [kill('late')]);
  world.runUntil(world.nowMs + 100);
  assert.deepEqual(b.heard, ['t1', 'closed: link broke']);
  assert.deepEqual(a.heard, ['back', 'closed: link broke']);
  assert.deepEqual([near.open, far.open, network.openLinks()], [false, false, []]);
});

test('a short cut delays, a long one ends the link on both sides', () => {
  const { world, network, a, b, near } = bench();
  network.cut('a', 'b');
  network.send(near, [kill('held')]);
  world.runUntil(world.nowMs + 500);
  assert.deepEqual(b.heard, []);
  network.heal('a', 'b');
  world.runUntil(world.nowMs + 2000);
  assert.deepEqual(b.heard, ['held']);
  network.cut('a', 'b');
  network.send(near, [kill('lost')]);
  world.runUntil(world.nowMs + 2000);
  assert.deepEqual([a.heard, b.heard], [['closed: link timed out'], ['held', 'closed: link timed out']]);
});

test('a side that has given up resets the other one when the cut heals before that has noticed', () => {
  const patience = [500, 60_000];
  const { world, network, a, b, near } = bench({ patienceMs: () => patience.shift() ?? 60_000 });
  network.cut('a', 'b');
  network.send(near, [kill('lost')]);
  world.runUntil(world.nowMs + 1000);
  assert.deepEqual([a.heard, b.heard], [['closed: link timed out'], []]);
  network.heal('a', 'b');
  world.runUntil(world.nowMs + 100);
  assert.deepEqual(b.heard, ['closed: connection reset']);
});

test('closing tells the other side after all that was sent before', () => {
  const { world, network, a, b, near, far } = bench();
  network.send(near, [kill('t1'), kill('t2')]);
  network.send(far, [kill('unread')]);
  network.close(near, 'enough');
  network.close(near, 'twice');
  world.runUntil(world.nowMs + 100);
  assert.deepEqual([a.heard, b.heard], [['closed: enough'], ['t1', 't2', 'closed: enough']]);
});

test('a process that is gone is not told, its peers are', () => {
  const { world, network, a, b, near } = bench();
  network.send(near, [kill('last words')]);
  network.remove(a);
  world.runUntil(world.nowMs + 100);
  assert.deepEqual([a.heard, b.heard], [[], ['last words', 'closed: peer is gone']]);
});

test('nobody answers where nobody listens, or behind a cut', () => {
  const { world, network, a, b } = bench();
  const answers: (LinkEnd | null)[] = [];
  network.connect(a, 'nowhere:1', (end) => answers.push(end));
  network.cut('a', 'b');
  network.connect(a, 'b:1', (end) => answers.push(end));
  world.runUntil(world.nowMs + 5000);
  network.healAll();
  network.remove(b);
  network.connect(a, 'b:1', (end) => answers.push(end));
  world.runUntil(world.nowMs + 5000);
  assert.deepEqual(answers, [null, null, null]);
});

test('a meddler may lose, double, or hold single messages of a frame', () => {
  const { world, network, b, near } = bench();
  const verdicts = ['lose', 'twice', 'hold'] as const;
  network.meddle = (_, __, message) => verdicts.find((verdict) => JSON.stringify(message).includes(verdict)) ?? 'pass';
  network.send(near, ['t1', 'lose', 'twice', 'hold', 't2'].map(kill));
  world.runUntil(world.nowMs + 100);
  network.release();
  world.runUntil(world.nowMs + 100);
  assert.deepEqual(b.heard, ['t1', 'twice', 'twice', 't2', 'hold']);
});

test('virtual time: things happen in order of their times, then of their making, and may be called off', () => {
  const world = createWorld(1000);
  const seen: string[] = [];
  world.schedule(1020, () => void seen.push('b'));
  world.schedule(1010, () => {
    seen.push(`a@${world.nowMs}`);
    world.schedule(0, () => void seen.push('at once'));
  });
  world.schedule(1020, () => void seen.push('c'));
  const cancel = world.schedule(1015, () => void seen.push('never'));
  cancel();
  world.runUntil(1015);
  assert.deepEqual([seen, world.nowMs], [['a@1010', 'at once'], 1015]);
  world.runUntil(2000);
  assert.deepEqual([seen, world.step(), world.nextMs()], [['a@1010', 'at once', 'b', 'c'], false, Infinity]);
});
