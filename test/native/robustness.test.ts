/**
 * Misuse of the addon from JavaScript ends in JavaScript errors, never in a crash; nor does any order of collection.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { NodeState, Op } from '../../src/allocator/engine/opcodes.js';
import { mix32 } from '../../src/base/mix32.js';
import { loadAddon, type NativeAddon, type NativeFunctions } from '../../src/native/load-addon.js';
import { NativeEngine } from '../../src/native/native-engine.js';

const loaded = loadAddon();
const skip = 'addon' in loaded ? false : `no addon on this machine: ${loaded.reasons.join('; ')}`;

function addon(): NativeAddon {
  assert.ok('addon' in loaded);
  return loaded.addon;
}

function create(kinds = 2, from = addon()): NativeFunctions {
  return from.createEngine(kinds, 1, false, false, false, true);
}

/** Calls anything with anything. */
function call(callee: unknown, ...args: readonly unknown[]): unknown {
  return (callee as (...rest: readonly unknown[]) => unknown)(...args);
}

const METHODS = ['apply', 'cycle', 'fetch', 'amountCount', 'sort', 'shuffle', 'readNode', 'counters'] as const;

/** Values of every sort; none is what a method wants in all places. */
function oddities(): unknown[] {
  const resizable = Reflect.construct(ArrayBuffer, [64, { maxByteLength: 128 }]) as ArrayBuffer;
  const throwing = { valueOf: () => assert.fail('no JavaScript is run'), length: 5 };
  return [
    ...[undefined, null, true, -1, 0.5, NaN, Infinity, 2 ** 53, 10n, 'text', Symbol('s'), {}, [1, 2], throwing],
    ...[() => 1, new Proxy(new Float64Array(4), {}), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8)],
    ...[new Float32Array(4), new Int32Array(4), new Uint8Array(4), new BigInt64Array(2), new Float64Array(4)],
    ...[new Float64Array(0), new Int32Array(0), new Float64Array(resizable), new Int32Array(new SharedArrayBuffer(8))],
    ...[Object.create(Float64Array.prototype) as unknown, detached(new Float64Array(8)), detached(new Int32Array(8))],
  ];
}

function detached<T extends Float64Array | Int32Array>(array: T): T {
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  assert.equal(array.length, 0);
  return array;
}

function isRefusal(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** Calls and accepts a result or a refusal. */
function provoke(callee: unknown, args: readonly unknown[]): void {
  try {
    call(callee, ...args);
  } catch (error) {
    assert.ok(isRefusal(error), String(error));
  }
}

test('arguments of any type are used or refused', { skip }, () => {
  const engine = create();
  engine.apply(Float64Array.of(Op.ADD_NODE, 0, -1, 0, NodeState.INTERNAL, 1), 6);
  const odd = oddities();
  for (const method of METHODS) {
    for (const first of odd) {
      provoke(engine[method], [first]);
      for (const second of odd) provoke(engine[method], [first, second]);
    }
    for (let seed = 0; seed < 3000; seed++) {
      const args = Array.from({ length: mix32(seed) % 8 }, (_, i) => odd[mix32(seed * 7 + i) % odd.length]);
      provoke(engine[method], args);
      provoke(addon().createEngine, args);
    }
  }
  assert.equal(engine.sort(0, new Int32Array(1)), 0, 'the engine still works');
});

test('wrong types are TypeErrors, wrong numbers and sizes RangeErrors', { skip }, () => {
  const engine = create();
  const ops = new Float64Array(8);
  assert.throws(() => call(engine.apply, [1, 2], 2), { name: 'TypeError', message: /must be a Float64Array/ });
  assert.throws(() => call(engine.apply, new Float32Array(8), 2), { name: 'TypeError' });
  assert.throws(() => call(engine.apply, ops, '2'), { name: 'TypeError', message: 'length must be a number' });
  assert.throws(() => engine.apply(ops, 9), { name: 'RangeError', message: /^program length 9 is not within/ });
  assert.throws(() => call(engine.cycle, 1, 1, null, null), { message: 'allAgents must be a boolean' });
  assert.throws(() => engine.cycle(-1, true, new Int32Array(4), ops), { name: 'RangeError' });
  assert.throws(() => engine.sort(7, new Int32Array(4)), { name: 'RangeError', message: 'node 7 does not exist' });
  assert.throws(() => create(1e9), { name: 'RangeError', message: '1000000000 kinds are not within 0 and 1024' });
  assert.throws(() => call(addon().createEngine), { name: 'TypeError', message: 'kinds must be a number' });
  assert.throws(() => new NativeEngine(addon(), { ...OPTIONS, seed: 0.5 }), { name: 'RangeError' });
});

const OPTIONS = {
  kinds: 2,
  seed: 1,
  randomRoles: false,
  randomFrameworks: false,
  hierarchicalRoles: false,
  incremental: true,
};

/** Programs a role, clients and agents, so that a cycle grants each agent partly: a lot cannot be read. */
function fill(engine: Pick<NativeFunctions, 'apply'>, agents: number): void {
  const program = [
    ...[Op.SET_TOTALS, 100, 100, Op.SET_MINIMUM, 0, 0, Op.ADD_NODE, 0, -1, 0, NodeState.INTERNAL, 1],
    ...[Op.ADD_NODE, 1, 0, 0, NodeState.ACTIVE, 1, Op.ADD_NODE, 2, -1, 0, NodeState.INTERNAL, 1],
    ...[Op.ADD_NODE, 3, 2, 0, NodeState.ACTIVE, 1, Op.SET_ROLE, 0, 1, 2, -1, 0, Op.SET_CLIENT, 0, 3, 0, 0, 0, 0, -1],
  ];
  for (let agent = 0; agent < agents; agent++) {
    program.push(Op.SET_AGENT, agent, agent + 1, 1, 0, Op.SET_AVAILABLE, agent, 5, 5, 1, 0, 0, 4, -1, 9, -1);
  }
  engine.apply(Float64Array.from(program), program.length);
}

test('buffers without room get nothing, and the grants can be fetched later', { skip }, () => {
  const engine = create();
  fill(engine, 10);
  const grants = new Int32Array(40);
  const amounts = new Float64Array(20);
  assert.equal(engine.cycle(1, true, grants.subarray(1), amounts), -11);
  assert.equal(engine.fetch(grants, amounts.subarray(1)), -11);
  assert.equal(engine.fetch(grants, detached(new Float64Array(20))), -11);
  assert.ok(grants.every((number) => number === 0) && amounts.every((number) => number === 0), 'nothing was written');
  assert.equal(engine.amountCount(), 20);
  assert.equal(engine.fetch(grants, amounts), 10);
  assert.ok(amounts.every((number) => number === 5));
  assert.throws(() => engine.readNode(3, new Float64Array(3)), { message: 'there is room for 3 numbers, not for 4' });
  assert.throws(() => engine.sort(2, new Int32Array(0)), { message: 'there is room for 0 numbers, not for 1' });
  assert.throws(() => engine.shuffle(2, 1, detached(new Int32Array(4))), { name: 'RangeError' });
});

test('the adapter grows its buffers when a cycle grants more than they hold', { skip }, () => {
  const engine = new NativeEngine(addon(), OPTIONS);
  fill({ apply: (ops, length) => (engine.ops.set(ops), engine.apply(length)) }, 900);
  assert.equal(engine.cycle(1, true), 900);
  assert.ok(engine.grants.length >= 3600 && engine.amounts.length >= 1800);
  assert.deepEqual([...engine.grants.subarray(3596, 3600)].slice(2), [0, 1798]);
});

test('buffers may be detached, shrunk, shared or views at any time', { skip }, () => {
  const engine = create();
  const resizable = Reflect.construct(ArrayBuffer, [800, { maxByteLength: 1600 }]) as ArrayBuffer;
  const ops = new Float64Array(resizable);
  ops.set([Op.SET_TOTALS, 1, 1]);
  engine.apply(ops, 3);
  (resizable as unknown as { resize(length: number): void }).resize(16);
  assert.throws(() => engine.apply(ops, 3), { name: 'RangeError', message: /operation buffer of 2$/ });
  assert.throws(() => engine.apply(detached(new Float64Array(8)), 1), { message: /operation buffer of 0$/ });
  const shared = new Float64Array(new SharedArrayBuffer(80), 8, 4);
  shared.set([Op.SET_TOTALS, 7, 7]);
  engine.apply(shared, 3);
  engine.apply(detached(new Float64Array(8)), 0);
});

test('a closed engine refuses every call but close', { skip }, () => {
  const engine = create();
  fill(engine, 3);
  engine.close();
  engine.close();
  const args = [0, true, new Int32Array(4), new Float64Array(4)];
  for (const method of METHODS) {
    assert.throws(() => call(engine[method], ...args), { name: 'TypeError', message: 'the engine is closed' }, method);
  }
  const adapter = new NativeEngine(addon(), OPTIONS);
  adapter.close();
  assert.throws(() => adapter.counters(), { name: 'TypeError', message: 'the engine is closed' });
});

test('functions belong to their engine, whatever they are called on', { skip }, () => {
  const [first, second] = [create(), create()];
  first.apply(Float64Array.of(Op.ADD_NODE, 0, -1, 0, NodeState.INTERNAL, 1), 6);
  const out = new Int32Array(1);
  for (const receiver of [second, null, {}, addon(), NativeEngine.prototype]) {
    assert.equal(Reflect.apply(first.sort, receiver, [0, out]), 0);
    assert.throws(() => Reflect.apply(second.sort, first, [0, out]), { message: 'node 0 does not exist' });
  }
  assert.equal(typeof Reflect.construct(first.counters, []), 'object');
  assert.throws(() => structuredClone(first), { name: 'DataCloneError' });
});

test('engines and their functions may be collected in any order', { skip }, () => {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const kept: (() => unknown)[] = [];
  for (let i = 0; i < 400; i++) {
    const engine = create(4);
    if (i % 3 === 0) engine.close();
    const { counters, amountCount } = engine;
    if (i % 4 === 0) kept.push(i % 8 === 0 ? counters : amountCount);
    if (i % 50 === 0) collect();
    if (i % 7 === 0) kept.splice(i % (kept.length + 1), 1);
  }
  collect();
  for (const method of kept) provoke(method, []);
});

test('two copies of the addon live side by side', { skip }, () => {
  assert.ok('addon' in loaded);
  const folder = mkdtempSync(join(tmpdir(), 'mete-copy-'));
  try {
    const path = join(folder, 'mete_engine.node');
    copyFileSync(loaded.path, path);
    const copy = createRequire(import.meta.url)(path) as NativeAddon;
    assert.notEqual(copy.createEngine, addon().createEngine);
    for (const engine of [create(2, copy), create(2, addon())]) {
      fill(engine, 2);
      assert.equal(engine.cycle(1, true, new Int32Array(8), new Float64Array(8)), 2);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const addon = require(workerData.path);
  const ops = new Float64Array(64);
  let sum = 0;
  for (let i = 0; i < workerData.engines; i++) {
    const engine = addon.createEngine(2, i, true, true, true, true);
    ops.set([1, 10, 10, 3, 0, -1, 0, 1, 1, 3, 1, 0, 0, 2, 1]);
    engine.apply(ops, 15);
    for (let n = 0; n < 200; n++) {
      for (let k = 0; k < 20; k++) ops[k] = (n * 31 + k * 17 + i) % 30;
      try { engine.apply(ops, 20); } catch (error) { if (!(error instanceof RangeError)) throw error; }
      sum += engine.cycle(n, true, new Int32Array(64), new Float64Array(64));
    }
    if (i === 5) parentPort.postMessage('busy');
  }
  parentPort.postMessage('done');
  if (workerData.exit) process.exit(0);
`;

/** Runs a worker until it ends, or ends it while it is at work; returns what it said. */
async function work(path: string, engines: number, exit: boolean, terminate: boolean): Promise<string[]> {
  const worker = new Worker(WORKER, { eval: true, workerData: { path, engines, exit } });
  const said: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve());
    worker.on('message', (word: string) => {
      said.push(word);
      if (terminate) void worker.terminate();
    });
  });
  await ended;
  return said;
}

test('each worker has engines of its own, and takes them along when it goes', { skip }, async () => {
  assert.ok('addon' in loaded);
  const { path } = loaded;
  const here = create();
  fill(here, 2);
  const [first, second, third] = await Promise.all([
    work(path, 50, false, false),
    work(path, 50, true, false),
    work(path, 1e9, false, true),
  ]);
  assert.ok(first.includes('done') && second.includes('done') && third.includes('busy'));
  assert.equal(here.cycle(1, true, new Int32Array(8), new Float64Array(8)), 2);
  here.close();
});
