/** The operator API of an agent and its files, as bytes over real sockets. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import type { AgentOperatorRequest } from '../../../../src/protocol/agent-operator.js';
import {
  agentOperatorCallToProtobuf, agentResponseFromProtobuf,
} from '../../../../src/protocol/protobuf/agent-operator.js';
import type { AgentId, TaskId } from '../../../../src/protocol/schema.js';
import type { RawAnswer } from '../../../master/shell/v1/raw-http.js';
import { startCluster, type TestCluster, type TestScheduler } from '../cluster.js';
import { ask, type Json, JSON_LINE, sleeper, taskOf } from './fixtures.js';

const PATH = '/api/v1';
const PROTOBUF = 'application/x-protobuf';

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;
let agentId: AgentId;
const directory = mkdtempSync(join(tmpdir(), 'mete-log-'));

before(async () => {
  const logFile = join(directory, 'agent.log');
  writeFileSync(logFile, 'one line\n');
  cluster = await startCluster();
  agent = await cluster.addAgent({ logFile });
  scheduler = await cluster.addFramework();
  agentId = await scheduler.launch([taskOf('t1', sleeper('e1', { name: 'sleeper' }))]);
  await scheduler.launch([{ taskId: 'c1' as TaskId, command: { value: 'echo hello; exit 0' } }]);
  await scheduler.ended('c1');
});

after(async () => {
  await cluster.close();
  rmSync(directory, { recursive: true });
});

function operate(t: TestContext, type: string, body?: Json): Promise<RawAnswer> {
  const call = body === undefined ? { type } : { type, [type.toLowerCase()]: body };
  return ask(t, agent, 'POST', PATH, [JSON_LINE], call);
}

async function read<T = Json>(t: TestContext, type: string, body?: Json): Promise<T> {
  const answer = await operate(t, type, body);
  assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json'], answer.body);
  const json = JSON.parse(answer.body) as Json;
  assert.equal(json['type'], type);
  return json[type.toLowerCase()] as T;
}

test('[C110] what an agent says of itself', async (t) => {
  assert.deepEqual(await read(t, 'GET_HEALTH'), { healthy: true });
  const { flags } = await read<{ flags: Json[] }>(t, 'GET_FLAGS');
  assert.ok(flags.some(({ name, value }) => name === 'work_dir' && value === agent.workDir));
  const { version_info: version } = await read<{ version_info: Json }>(t, 'GET_VERSION');
  assert.equal(version['version'], '1.11.0');
  const { metrics } = await read<{ metrics: Json[] }>(t, 'GET_METRICS', {});
  assert.deepEqual(metrics.find(({ name }) => name === 'slave/registered'), { name: 'slave/registered', value: 1 });
  const { agent_info: info } = await read<{ agent_info: Json }>(t, 'GET_AGENT');
  assert.deepEqual([info['id'], info['hostname']], [{ value: agentId }, '127.0.0.1']);
  assert.deepEqual(await read(t, 'GET_OPERATIONS'), {});
  assert.deepEqual(await read(t, 'GET_RESOURCE_PROVIDERS'), {});
});

test('[C114] figures have the names of Mesos', async (t) => {
  const { status, body } = await ask(t, agent, 'GET', '/metrics/snapshot');
  assert.equal(status, 200);
  const figures = JSON.parse(body) as Record<string, number>;
  const states = 'staging starting running killing finished failed killed lost gone';
  const executors = 'registering running terminating terminated preempted';
  const kinds = ['cpus', 'gpus', 'mem', 'disk'].flatMap((kind) => [kind, `${kind}_revocable`]);
  const names = [
    ...'uptime_secs registered recovery_errors frameworks_active container_launch_errors'.split(' '),
    ...states.split(' ').map((name) => `tasks_${name}`),
    ...executors.split(' ').map((name) => `executors_${name}`),
    ...['valid', 'invalid'].flatMap((kind) => [`${kind}_status_updates`, `${kind}_framework_messages`]),
    ...kinds.flatMap((kind) => ['total', 'used', 'percent'].map((what) => `${kind}_${what}`)),
  ].map((name) => `slave/${name}`);
  const fetcher = 'cache_size_total_bytes cache_size_used_bytes task_fetches_succeeded task_fetches_failed';
  names.push(...fetcher.split(' ').map((name) => `containerizer/fetcher/${name}`));
  names.push(...['pending', 'succeeded', 'failed'].map((name) => `gc/path_removals_${name}`));
  names.push(...['cpus_total', 'load_1min', 'mem_total_bytes', 'mem_free_bytes'].map((name) => `system/${name}`));
  for (const name of names) assert.equal(typeof figures[name], 'number', name);
  const counted = ['tasks_staging', 'tasks_finished', 'frameworks_active', 'cpus_total'];
  assert.deepEqual(counted.map((name) => figures[`slave/${name}`]), [1, 1, 1, 4]);
});

test('[C110] the logging level is raised for a while', async (t) => {
  assert.deepEqual(await read(t, 'GET_LOGGING_LEVEL'), { level: 0 });
  const body = { level: 2, duration: { nanoseconds: 60e9 } };
  assert.equal((await operate(t, 'SET_LOGGING_LEVEL', body)).status, 200);
  assert.deepEqual(await read(t, 'GET_LOGGING_LEVEL'), { level: 2 });
  assert.equal((await operate(t, 'SET_LOGGING_LEVEL', { ...body, level: 0 })).status, 200);
});

test('[C110] frameworks, executors, tasks and containers', async (t) => {
  const state = await read<Record<string, Record<string, Json[]>>>(t, 'GET_STATE');
  const parts = { get_tasks: 'GET_TASKS', get_executors: 'GET_EXECUTORS', get_frameworks: 'GET_FRAMEWORKS' };
  for (const [name, type] of Object.entries(parts)) assert.deepEqual(state[name], await read(t, type));
  const [framework] = state['get_frameworks']!['frameworks']!;
  assert.deepEqual((framework!['framework_info'] as Json)['id'], { value: scheduler.frameworkId });
  const [executor] = state['get_executors']!['executors']!;
  const info = executor!['executor_info'] as Json;
  assert.deepEqual([info['executor_id'], info['framework_id']], [{ value: 'e1' }, { value: scheduler.frameworkId }]);
  const [task] = state['get_tasks']!['queued_tasks']!;
  assert.deepEqual([task!['task_id'], task!['executor_id']], [{ value: 't1' }, { value: 'e1' }]);
  assert.deepEqual([task!['agent_id'], task!['state']], [{ value: agentId }, 'TASK_STAGING']);
  const { containers } = await read<{ containers: Json[] }>(t, 'GET_CONTAINERS', { show_nested: true });
  const one = containers.find(({ executor_id: id }) => JSON.stringify(id) === '{"value":"e1"}')!;
  assert.equal(one['executor_name'], 'sleeper');
  assert.deepEqual((one['container_status'] as Json)['container_id'], one['container_id']);
  const statistics = one['resource_statistics'] as Record<string, number>;
  assert.ok(statistics['processes']! > 0 && statistics['mem_rss_bytes']! > 0);
  assert.ok(statistics['cpus_limit']! > 0 && statistics['mem_limit_bytes']! >= 32 * 2 ** 20);
});

test('[C110] [D2] the same calls in protobuf', async () => {
  const call = async (request: AgentOperatorRequest): Promise<{ type: string; body?: object }> => {
    const answer = await fetch(`http://${agent.address}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF, accept: PROTOBUF },
      body: Buffer.from(agentOperatorCallToProtobuf(request)),
    });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, PROTOBUF]);
    return agentResponseFromProtobuf(new Uint8Array(await answer.arrayBuffer()));
  };
  const none = { body: undefined };
  assert.deepEqual(await call({ type: 'GET_HEALTH', ...none }), { type: 'GET_HEALTH', body: { healthy: true } });
  const tasks = await call({ type: 'GET_TASKS', ...none });
  const { queuedTasks } = tasks.body as { queuedTasks: { taskId: string; executorId: string }[] };
  assert.deepEqual(queuedTasks.map(({ taskId, executorId }) => [taskId, executorId]), [['t1', 'e1']]);
  const all = await call({ type: 'GET_CONTAINERS', body: {} });
  type Shown = { executorId: string; resourceStatistics: { timestamp: number } };
  const { containers } = all.body as { containers: Shown[] };
  assert.ok(containers.find(({ executorId }) => executorId === 'e1')!.resourceStatistics.timestamp > 1.6e9);
});

test("[C110] checks come in Mesos' order, with its texts", async (t) => {
  const bad = async (lines: readonly string[], body: string, method = 'POST'): Promise<[number, string]> => {
    const answer = await ask(t, agent, method, PATH, lines, body);
    return [answer.status, answer.body];
  };
  const all = 'application/json or application/x-protobuf or application/recordio';
  const both = 'application/json or application/x-protobuf';
  const records = 'Content-Type: application/recordio';
  const health = '{"type":"GET_HEALTH"}';
  const expecting = (name: string): string => `Failed to validate agent::Call: Expecting '${name}' to be present`;
  const get = "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.";
  const cases: readonly (readonly [readonly string[], string, number, string])[] = [
    [[], '{', 400, "Expecting 'Content-Type' to be present"],
    [['Content-Type: text/x'], '{', 415, `Expecting 'Content-Type' of ${all}`],
    [[records], '{', 400, "Expecting 'Message-Content-Type' to be set for streaming requests"],
    [[records, 'Message-Content-Type: text/x'], '{', 415, `Expecting 'Message-Content-Type' of ${both}`],
    [
      [JSON_LINE, 'Message-Content-Type: application/json'],
      '{',
      415,
      "Expecting 'Message-Content-Type' to be not set for non-streaming requests",
    ],
    [[JSON_LINE, 'Accept: text/html'], '{', 406, `Expecting 'Accept' to allow ${all}`],
    [
      [JSON_LINE, 'Accept: application/recordio', 'Message-Accept: text/x'],
      '{',
      406,
      `Expecting 'Message-Accept' to allow ${both}`,
    ],
    [
      [JSON_LINE, 'Message-Accept: application/json'],
      '{',
      406,
      "Expecting 'Message-Accept' to be not set for non-streaming responses",
    ],
    [[JSON_LINE], '{}', 400, expecting('type')],
    [[JSON_LINE], '{"type":"KILL_CONTAINER"}', 400, expecting('kill_container')],
    [[JSON_LINE], '{"type":"LIST_FILES"}', 400, expecting('list_files')],
    [[JSON_LINE], '{"type":"UNKNOWN"}', 501, '501 Not Implemented.'],
    [
      [JSON_LINE, 'Accept: application/recordio'],
      health,
      406,
      'Streaming response is not supported for GET_HEALTH call',
    ],
    [
      [JSON_LINE],
      '{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{}}',
      415,
      "Expecting 'Content-Type' to be application/recordio for ATTACH_CONTAINER_INPUT call",
    ],
  ];
  for (const [lines, body, status, text] of cases) assert.deepEqual(await bad(lines, body), [status, text], body);
  assert.deepEqual(await bad([], '', 'GET'), [405, get]);
  assert.match((await bad([JSON_LINE], '{'))[1], /^Failed to parse body into JSON: /);
  const container = { container_id: { value: 'c', parent: { value: 'p' } } };
  const none: readonly (readonly [string, Json])[] = [
    ['LAUNCH_CONTAINER', container],
    ['WAIT_NESTED_CONTAINER', container],
    ['ATTACH_CONTAINER_OUTPUT', container],
    ['PRUNE_IMAGES', {}],
    ['MARK_RESOURCE_PROVIDER_GONE', { resource_provider_id: { value: 'r' } }],
  ];
  for (const [type, body] of none) {
    const answer = await operate(t, type, body);
    assert.equal(answer.status, 501, type);
    assert.match(answer.body, new RegExp(`^${type} is not supported: `));
  }
});

test('[C9] [C100] the log and sandboxes under virtual paths, and nothing else', async (t) => {
  const get = async (path: string): Promise<[number, string]> => {
    const { status, body } = await ask(t, agent, 'GET', path);
    return [status, body];
  };
  for (const path of ['/slave/log', '/agent/log']) {
    assert.deepEqual(await get(`/files/read?path=${path}&offset=4&length=4`), [200, '{"data":"line","offset":4}']);
  }
  const { data } = await read<{ data: string }>(t, 'READ_FILE', { path: '/slave/log', offset: 0 });
  assert.equal(Buffer.from(data, 'base64').toString(), 'one line\n');
  const latest = `/frameworks/${scheduler.frameworkId}/executors/c1/runs/latest`;
  const { file_infos: infos } = await read<{ file_infos: Json[] }>(t, 'LIST_FILES', { path: latest });
  const paths = infos.map(({ path }) => path);
  for (const name of ['stderr', 'stdout']) assert.ok(paths.includes(`${latest}/${name}`), name);
  assert.deepEqual(await get(`/files/download?path=${latest}/stdout`), [200, 'hello\n']);
  const browsed = JSON.parse((await get(`/slave(1)/files/browse?path=${latest}`))[1]) as Json[];
  const stdout = browsed.find(({ path }) => path === `${latest}/stdout`)!;
  assert.deepEqual([stdout['size'], (stdout['mode'] as string).slice(0, 4)], [6, '-rw-']);
  const debug = JSON.parse((await get('/files/debug'))[1]) as Record<string, string>;
  const sandbox = debug[`/frameworks/${scheduler.frameworkId}/executors/e1/runs/latest`]!;
  assert.equal(debug[sandbox], sandbox);
  assert.equal((await get(`/files/browse?path=${encodeURIComponent(sandbox)}`))[0], 200);
  assert.deepEqual(await get(`/files/browse?path=${encodeURIComponent(join(sandbox, '..'))}`), [404, '404 Not Found.']);
  const nowhere = '/frameworks/x/executors/y/runs/latest';
  for (const path of ['/etc', `${latest}/../../..`, `${agent.workDir}/slaves`, nowhere]) {
    assert.equal((await get(`/files/browse?path=${encodeURIComponent(path)}`))[0], 404, path);
  }
  assert.equal((await operate(t, 'LIST_FILES', { path: '/etc' })).status, 404);
  assert.deepEqual(await get('/containerizer/debug'), [200, '{"pending":[]}']);
  assert.equal((await get('/system/stats.json'))[0], 200);
  assert.match((await get('/help/slave(1)'))[1], /\/slave\(1\)\/monitor\/statistics/);
});
