/** What a master answers because every process of Mesos does, and its log as a file. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseDuration } from '../../../src/http/process-routes.js';
import { ask, type Json, master } from './v1/fixtures.js';

async function get(t: TestContext, port: number, path: string): Promise<[status: number, body: string]> {
  const { status, body } = await ask(t, port, 'GET', path);
  return [status, body];
}

test('[B108] figures of the machine', async (t) => {
  const { port } = await master(t);
  const [status, body] = await get(t, port, '/system/stats.json');
  const stats = JSON.parse(body) as Record<string, number>;
  assert.equal(status, 200);
  const names = ['avg_load_15min', 'avg_load_1min', 'avg_load_5min', 'cpus_total', 'mem_free_bytes', 'mem_total_bytes'];
  assert.deepEqual(Object.keys(stats).sort(), names);
  assert.equal(stats['cpus_total'], availableParallelism());
  assert.ok(stats['mem_total_bytes']! > stats['mem_free_bytes']!);
});

test('[B117] the logging level is shown and raised for a while', async (t) => {
  const { port } = await master(t);
  assert.deepEqual(await get(t, port, '/logging/toggle'), [200, '0\n']);
  const refusals = {
    'level=1': "Expecting 'duration=value' in query.\n",
    'duration=1mins': "Expecting 'level=value' in query.\n",
    'level=x&duration=1mins': "Failed to convert 'x' to number.\n",
    'level=-1&duration=1mins': "Invalid level '-1'.\n",
    'level=1&duration=soon': "Invalid duration 'soon'.\n",
  };
  for (const [query, text] of Object.entries(refusals)) {
    assert.deepEqual(await get(t, port, `/logging/toggle?${query}`), [400, text]);
  }
  assert.deepEqual(await get(t, port, '/logging/toggle?level=2&duration=1hrs'), [200, '']);
  assert.deepEqual(await get(t, port, '/logging/toggle'), [200, '2\n']);
  assert.deepEqual(await get(t, port, '/logging/toggle?level=3&duration=0ns'), [200, '']);
  while ((await get(t, port, '/logging/toggle'))[1] !== '0\n');
});

test('[B118] help names the endpoints; profilers are refused with a reason', async (t) => {
  const { port } = await master(t);
  assert.deepEqual(await get(t, port, '/help'), [200, '## HELP\n> [/master][/master]\n']);
  const [, all] = await get(t, port, '/help/master');
  assert.match(all, /^## `\/master` ##\n/);
  assert.match(all, /> \[\/master\/state-summary\]/);
  assert.match((await get(t, port, '/help/master/api/v1/scheduler'))[1], /^### USAGE ###\n> +\/master\/api\/v1\/sched/);
  assert.deepEqual(await get(t, port, '/help/x'), [400, "No help available for '/x'.\n"]);
  assert.deepEqual(await get(t, port, '/help/master/x'), [400, "No help available for '/master/x'.\n"]);
  for (const path of ['/profiler/start', '/profiler/stop', '/memory-profiler/state']) {
    const [status, text] = await get(t, port, path);
    assert.equal(status, 400, path);
    assert.match(text, /--(cpu|heap)-prof/, path);
  }
  const [, processes] = await get(t, port, '/__processes__');
  assert.deepEqual((JSON.parse(processes) as Json[]).map(({ id }) => id), ['master']);
});

test('[B10] [B11] the log is a file to browse, read and download', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'log-'));
  t.after(() => rm(directory, { recursive: true }));
  const logFile = join(directory, 'a.log');
  await writeFile(logFile, 'first\nsecond\n');
  const { port } = await master(t, { logFile });
  const json = async (path: string): Promise<unknown> => JSON.parse((await get(t, port, path))[1]);
  assert.deepEqual(await json('/files/debug'), { '/master/log': logFile });
  assert.deepEqual(await json('/files/read?path=/master/log'), { data: '', offset: 13 });
  assert.deepEqual(await json('/files/read?path=/master/log&offset=6&length=6'), { data: 'second', offset: 6 });
  assert.deepEqual(await json('/files/browse?path=/master/log'), []);
  assert.deepEqual(await get(t, port, '/files/download?path=/master/log'), [200, 'first\nsecond\n']);
  assert.deepEqual(await get(t, port, '/files/browse?path=/etc'), [404, '404 Not Found.']);
  assert.deepEqual(await get(t, port, '/files/read'), [400, "Expecting 'path=value' in query.\n"]);
});

test('durations are read in the units of Mesos', () => {
  const texts = ['1ns', '1us', '2ms', '1.5secs', '1mins', '1hrs', '1days', '1weeks', '1', 'secs', '-1secs'];
  const ms = [1e-6, 1e-3, 2, 1500, 60e3, 3600e3, 864e5, 6048e5, null, null, null];
  assert.deepEqual(texts.map(parseDuration), ms);
});
