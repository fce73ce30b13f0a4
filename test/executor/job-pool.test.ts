/** Jobs in real worker threads: what they give, and every way in which they can misbehave. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createHttpClient } from '../../src/http/client.js';
import { createJobCodeCache } from '../../src/executor/job-code.js';
import { createJobPool, type JobPool } from '../../src/executor/job-pool.js';
import { unpack } from '../../src/protocol/pack.js';
import type { TaskHandle } from '../../src/executor/task-handle.js';
import type { TaskReport } from '../../src/executor/updates.js';
import { CODE, jobTask, partOf, sha256, startFramework, type TaskOptions, type TestFramework } from './jobs.js';

const root = mkdtempSync(join(tmpdir(), 'mete-pool-'));
const inputPath = join(root, 'input');
const progress: [string, number][] = [];
let framework: TestFramework;
let pool: JobPool;
const http = createHttpClient();

before(async () => {
  writeFileSync(inputPath, Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i & 0xff)));
  framework = await startFramework(CODE, inputPath);
  pool = createJobPool({
    http,
    code: createJobCodeCache(join(root, 'cache'), http),
    progress: (taskId, doneUnits) => progress.push([taskId, doneUnits]),
    maxThreads: 2,
  });
});

after(async () => {
  await pool.close();
  http.close();
  await framework.close();
  rmSync(root, { recursive: true, force: true });
});

interface Started {
  readonly taskId: string;
  readonly handle: TaskHandle;
  readonly running: Promise<void>;
  readonly ended: Promise<TaskReport>;
}

function start(piece: unknown, options: TaskOptions = {}): Started {
  const info = jobTask(framework, piece, options);
  let running!: () => void;
  let ended!: (report: TaskReport) => void;
  const isRunning = new Promise<void>((resolve) => (running = resolve));
  const hasEnded = new Promise<TaskReport>((resolve) => (ended = resolve));
  const handle = pool.start(info, { running, ended });
  return { taskId: info.taskId, handle, running: isRunning, ended: hasEnded };
}

test('a job gives its part', async () => {
  const value = { list: [1, 2.5, 'ü'], map: new Map([['k', 1]]), bytes: new Uint8Array(3) };
  const { ended } = start({ kind: 'echo', value });
  const report = await ended;
  assert.equal(report.state, 'TASK_FINISHED', report.message);
  const part = partOf(report) as { list: unknown[]; map: Map<string, number>; bytes: Uint8Array };
  assert.deepEqual([part.list, part.map, part.bytes.length], [[1, 2.5, 'ü'], new Map([['k', 1]]), 3]);
});

test('threads are reused, and their number follows the cpus of the tasks', async () => {
  const few = await Promise.all(Array.from({ length: 20 }, () => start({ kind: 'noop' }, { cpus: 0.01 }).ended));
  assert.ok(few.every((report) => report.state === 'TASK_FINISHED'));
  assert.equal(pool.threads, 1);
  const many = Array.from({ length: 6 }, () => start({ kind: 'cooperate' }, { cpus: 1 }));
  await many[1]!.running;
  assert.equal(pool.threads, 2);
  for (const { handle } of many) handle.kill(10_000);
  const reports = await Promise.all(many.map(({ ended }) => ended));
  const finished = reports.filter(({ state }) => state === 'TASK_FINISHED').length;
  assert.deepEqual([finished, reports.length], [2, 6]);
});

test('code is fetched once, verified, kept under its hash, and fetched again if it was changed on disk', async () => {
  const job = { name: 'j', sha256: sha256(CODE), bytes: Buffer.byteLength(CODE), url: `${framework.url}/blobs/x` };
  const fetches = (): number => framework.requests.splice(0).length;
  fetches();
  const path = await createJobCodeCache(join(root, 'cache'), http).path(job);
  assert.equal(path, join(root, 'cache', `${job.sha256}.mjs`));
  assert.equal(fetches(), 0, 'it is there from the tests before');
  writeFileSync(path, 'export default 1');
  const cache = createJobCodeCache(join(root, 'cache'), http);
  await Promise.all([cache.path(job), cache.path(job)]);
  assert.equal(fetches(), 1);
  assert.equal(readFileSync(path, 'utf8'), CODE);
  const report = await start({ kind: 'noop' }, { code: `${CODE}// another` }).ended;
  assert.equal(report.state, 'TASK_FAILED');
  assert.match(report.message!, /cannot be had: LIMIT_EXCEEDED|WRONG_DIGEST/);
  assert.deepEqual(readdirSync(join(root, 'cache')), [`${job.sha256}.mjs`]);
});

const failures: [string, string, RegExp][] = [
  ['throws an error', 'error', /boom/],
  ['throws a text', 'text', /it threw 'a text'/],
  ['throws undefined', 'nothing', /it threw undefined/],
  ['throws null', 'nil', /it threw null/],
  ['throws what cannot be shown', 'wicked', /it threw/],
  ['rejects', 'rejected', /rejected/],
  ['throws later', 'later', /too late/],
  ['ends its thread', 'exit', /exited with code: 3/],
  ['has no such function', 'none', /not a function/],
];
for (const [what, kind, pattern] of failures) {
  test(`a job that ${what} fails its task and nothing else`, async () => {
    const other = start({ kind: 'cooperate' });
    const report = await start({ kind }).ended;
    assert.equal(report.state, 'TASK_FAILED');
    assert.match(report.message!, pattern);
    await other.running;
    other.handle.kill(10_000);
    assert.equal((await other.ended).state, 'TASK_FINISHED');
    assert.equal((await start({ kind: 'echo', value: 1 }).ended).state, 'TASK_FINISHED');
  });
}

for (const kind of ['map', 'objects', 'buffers']) {
  test(`a job that uses more memory than it may (${kind}) fails with the reason, its neighbour goes on`, async () => {
    const other = start({ kind: 'cooperate' });
    await other.running;
    const report = await start({ kind }, { memoryMb: 100 }).ended;
    assert.equal(report.state, 'TASK_FAILED');
    assert.equal(report.reason, 'REASON_CONTAINER_LIMITATION_MEMORY');
    assert.match(report.message!, /^Memory limit exceeded: requested 100 MB, used \d+ MB$/);
    other.handle.kill(10_000);
    assert.equal(partOf(await other.ended), 'stopped');
  });
}

test('garbage is no memory in use', async () => {
  const report = await start({ kind: 'garbage', rounds: 200_000 }, { memoryMb: 32 }).ended;
  assert.equal(report.state, 'TASK_FINISHED', report.message);
});

test('a job that does not end in time fails with the reason', async () => {
  for (const kind of ['loop', 'wait']) {
    const report = await start({ kind }, { timeoutMs: 50 }).ended;
    assert.equal(report.state, 'TASK_FAILED');
    assert.equal(report.reason, 'REASON_MAX_COMPLETION_TIME_REACHED');
    assert.match(report.message!, /longer than its limit of 50 ms/);
  }
});

test('killing: asked first, then ended; at once while it waits', async () => {
  const loop = start({ kind: 'loop' });
  const wait = start({ kind: 'wait' });
  const queued = start({ kind: 'noop' });
  await Promise.all([loop.running, wait.running]);
  queued.handle.kill(10_000);
  assert.match((await queued.ended).message!, /before it started/);
  loop.handle.kill(100_000);
  loop.handle.kill(10);
  wait.handle.kill(0);
  assert.equal((await loop.ended).state, 'TASK_KILLED');
  assert.equal((await wait.ended).state, 'TASK_KILLED');
  const early = start({ kind: 'noop' });
  early.handle.kill(0);
  assert.equal((await early.ended).state, 'TASK_KILLED');
});

test('an error that comes after the end of its task costs a thread, and the task that runs there then', async () => {
  const first = start({ kind: 'afterwards' }, { cpus: 0.1 });
  assert.equal(partOf(await first.ended), 'done');
  let report: TaskReport;
  do report = await start({ kind: 'pause' }, { cpus: 0.1 }).ended;
  while (report.state === 'TASK_FINISHED');
  assert.match(report.message!, /afterwards/);
  assert.equal((await start({ kind: 'noop' }).ended).state, 'TASK_FINISHED');
});

test('large parts are put to the framework and named by their hash', async () => {
  const started = start({ kind: 'large', length: 100_000 });
  framework.faults.set(`/results/${started.taskId}`, [503]);
  const result = partOf(await started.ended) as { type: string; sha256: string; bytes: number };
  const body = framework.results.get(`/results/${started.taskId}`)!;
  assert.equal(unpack(body), 'x'.repeat(100_000));
  assert.deepEqual([result.type, result.sha256, result.bytes], ['stored', sha256(body), body.length]);
  const refused = start({ kind: 'large', length: 100_000 });
  framework.faults.set(`/results/${refused.taskId}`, [404]);
  assert.match((await refused.ended).message!, /answered 404/);
});

test('inputs are read from the same file here, else in ranges from the framework', async () => {
  const { size, mtimeMs } = statSync(inputPath);
  const input = { index: 0, path: inputPath, bytes: size, mtimeMs, url: `${framework.url}/inputs/0` };
  const sum = (from: number, to: number): number => {
    let total = 0;
    for (let i = from; i < to; i++) total += i & 0xff;
    return total >>> 0;
  };
  const read = async (from: number, to: number, mtime: number): Promise<unknown> =>
    partOf(await start({ kind: 'read', from, to }, { inputs: [{ ...input, mtimeMs: mtime }] }).ended);
  framework.requests.length = 0;
  for (const [from, to] of [[0, size], [5, 6], [300_000, 900_001], [999_000, 2_000_000], [10, 10]] as const) {
    const expected = { bytes: Math.max(0, Math.min(to, size) - from), sum: sum(from, Math.min(to, size)) };
    assert.deepEqual(await read(from, to, mtimeMs), expected);
    assert.deepEqual(framework.requests.splice(0), []);
    assert.deepEqual(await read(from, to, mtimeMs + 1), expected);
    assert.equal(framework.requests.splice(0).length, from === to ? 0 : 1);
  }
  framework.faults.set('/inputs/0', [503, 503]);
  assert.deepEqual(await read(7, 9, 0), { bytes: 2, sum: 15 });
  framework.faults.set('/inputs/0', Array<number>(20).fill(404));
  const failed = await start({ kind: 'read', from: 0, to: 9 }, { inputs: [{ ...input, mtimeMs: 0 }] }).ended;
  assert.match(failed.message!, /cannot be read from the framework: .*404/);
  framework.faults.clear();
  const glimpse = await start({ kind: 'glimpse' }, { inputs: [{ ...input, mtimeMs: 0 }] }).ended;
  assert.equal(partOf(glimpse), 0);
  utimesSync(inputPath, 1, 1);
});

test('progress is told while a task runs', async () => {
  const started = start({ kind: 'progress' });
  while (!progress.some(([taskId, done]) => taskId === started.taskId && done > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  started.handle.kill(10_000);
  assert.ok((partOf(await started.ended) as number) > 0);
});

test('data that is no job is refused', async () => {
  const report = await new Promise<TaskReport>((resolve) => {
    const info = { ...jobTask(framework, 1), data: new Uint8Array([1]) };
    pool.start(info, { running: () => assert.fail(), ended: resolve });
  });
  assert.equal(report.state, 'TASK_ERROR');
  assert.equal(report.reason, 'REASON_TASK_INVALID');
});
