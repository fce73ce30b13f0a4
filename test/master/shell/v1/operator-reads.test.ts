/** Reads of the operator API, over real sockets. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Json, master } from './fixtures.js';
import { operate, readOut, running } from './operator-fixtures.js';

test('[B122] [B123] [B124] [B125] [B138] what a master says of itself', async (t) => {
  const { port, masterId } = await master(t, { core: { flags: { port: '5050' } } });
  assert.deepEqual(await readOut(t, port, 'GET_HEALTH'), { healthy: true });
  assert.deepEqual(await readOut(t, port, 'GET_FLAGS'), { flags: [{ name: 'port', value: '5050' }] });
  const { version_info: version } = await readOut<{ version_info: Json }>(t, port, 'GET_VERSION');
  assert.equal(version.version, '1.11.0');
  const { metrics } = await readOut<{ metrics: Json[] }>(t, port, 'GET_METRICS', { timeout: { nanoseconds: 1e9 } });
  assert.deepEqual(metrics.find(({ name }) => name === 'master/elected'), { name: 'master/elected', value: 1 });
  const answer = await readOut<{ master_info: Json; start_time: number; elected_time: number }>(t, port, 'GET_MASTER');
  assert.equal(answer.master_info.id, masterId);
  assert.ok(answer.elected_time >= answer.start_time && answer.start_time > 1.6e9);
});

test('[B126] [B127] the logging level', async (t) => {
  const { port } = await master(t);
  assert.deepEqual(await readOut(t, port, 'GET_LOGGING_LEVEL'), { level: 0 });
  const level = { level: 2, duration: { nanoseconds: 60e9 } };
  assert.equal((await operate(t, port, 'SET_LOGGING_LEVEL', level)).status, 200);
  assert.deepEqual(await readOut(t, port, 'GET_LOGGING_LEVEL'), { level: 2 });
  assert.equal((await operate(t, port, 'SET_LOGGING_LEVEL', { ...level, level: 0 })).status, 200);
});

test('[B130] [B131] [B132] [B133] [B134] [B135] the state and its parts', async (t) => {
  const { port } = await master(t);
  const info = { roles: ['eng'], capabilities: [{ type: 'MULTI_ROLE' }] };
  const executor = { executor_id: { value: 'e1' }, type: 'CUSTOM', command: { value: 'run' } };
  const { agent, framework } = await running(t, port, info, { command: null, executor });
  const { tasks } = await readOut<{ tasks: Json[] }>(t, port, 'GET_TASKS');
  const [task] = tasks as [Json];
  assert.deepEqual(task.task_id, { value: 't1' });
  assert.deepEqual([task.framework_id, task.agent_id], [{ value: framework.frameworkId }, { value: agent.id }]);
  assert.deepEqual([task.name, task.state, task.status_update_state], ['a task', 'TASK_RUNNING', 'TASK_RUNNING']);
  assert.equal(Buffer.from(task.status_update_uuid as string, 'base64').length, 16);
  assert.equal((task.statuses as Json[])[0]!.state, 'TASK_RUNNING');
  const { executors } = await readOut<{ executors: Json[] }>(t, port, 'GET_EXECUTORS');
  assert.deepEqual([(executors[0]!.executor_info as Json).executor_id, executors[0]!.agent_id], [
    { value: 'e1' },
    { value: agent.id },
  ]);
  const { frameworks } = await readOut<{ frameworks: Json[] }>(t, port, 'GET_FRAMEWORKS');
  const [shown] = frameworks as [Json];
  assert.deepEqual([shown.active, shown.connected, shown.recovered], [true, true, false]);
  assert.deepEqual((shown.framework_info as Json).roles, ['eng']);
  const { agents } = await readOut<{ agents: Json[] }>(t, port, 'GET_AGENTS');
  const [one] = agents as [Json];
  assert.deepEqual([one.active, one.deactivated, one.version], [true, false, '1.11.0']);
  assert.match(one.pid as string, /^slave\(1\)@127\.0\.0\.1:5051$/);
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 4 }, role: '*' };
  assert.deepEqual((one.total_resources as Json[])[0], cpus);
  assert.deepEqual((one.allocated_resources as Json[])[0], { ...cpus, scalar: { value: 1 } });
  assert.deepEqual(await readOut(t, port, 'GET_OPERATIONS'), {});
  const state = await readOut<Record<string, Json>>(t, port, 'GET_STATE');
  assert.deepEqual(Object.keys(state), ['get_tasks', 'get_executors', 'get_frameworks', 'get_agents']);
  assert.deepEqual(state.get_tasks, { tasks });
  assert.deepEqual(state.get_executors, { executors });
});

test('[D13] numbers, defaults and bytes are written as Mesos writes them', async (t) => {
  const { port } = await master(t);
  await running(t, port);
  const { body } = await operate(t, port, 'GET_STATE');
  assert.match(body, /"scalar":\{"value":4\.0\}/);
  assert.match(body, /"registered_time":\{"nanoseconds":\d{19}\}/);
  assert.match(body, /"failover_timeout":100\.0,"checkpoint":false/);
  assert.doesNotMatch(body, /:\[\]/, 'empty lists are left out');
});

test('[B136] roles, with what frameworks hold there', async (t) => {
  const { port } = await master(t);
  const info = { roles: ['eng'], capabilities: [{ type: 'MULTI_ROLE' }] };
  const { framework } = await running(t, port, info);
  await operate(t, port, 'UPDATE_WEIGHTS', { weight_infos: [{ role: 'eng', weight: 2.5 }] });
  const { roles } = await readOut<{ roles: Json[] }>(t, port, 'GET_ROLES');
  const [role] = roles as [Json];
  assert.deepEqual([role.name, role.weight, role.frameworks], ['eng', 2.5, [{ value: framework.frameworkId }]]);
});

test('[B109] [B128] [B129] the log can be listed and read, and nothing else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  t.after(() => rm(folder, { recursive: true }));
  const log = join(folder, 'log');
  await writeFile(log, 'x'.repeat(100_000));
  await writeFile(join(folder, 'secret'), 'no');
  const { port } = await master(t, { logFile: log });
  const read = await readOut<{ size: number; data: string }>(t, port, 'READ_FILE', { path: '/master/log', offset: 10 });
  assert.deepEqual([read.size, Buffer.from(read.data, 'base64').length], [100_000, 65_536], 'sixteen pages at most');
  const beyond = await readOut<Json>(t, port, 'READ_FILE', { path: 'master/log', offset: 200_000, length: 5 });
  assert.deepEqual(beyond, { size: 100_000, data: '' });
  assert.deepEqual(await readOut(t, port, 'LIST_FILES', { path: '/master/log' }), {});
  const up = await operate(t, port, 'READ_FILE', { path: '/master/log/../secret', offset: 0 });
  assert.deepEqual([up.status, up.body], [400, 'Resolved path is inaccessible.\n']);
  for (const path of ['/nothing', '/master/secret', log]) {
    assert.equal((await operate(t, port, 'READ_FILE', { path, offset: 0 })).status, 404, path);
    assert.equal((await operate(t, port, 'LIST_FILES', { path })).status, 404, path);
  }
});
