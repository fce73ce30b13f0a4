/** The older endpoints of the master, as bytes over real sockets. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ask, type Json, master, TestAgent, TestFramework } from './v1/fixtures.js';
import { running } from './v1/operator-fixtures.js';
import { RawConnection, request } from './v1/raw-http.js';

async function get<T = Json>(t: TestContext, port: number, path: string): Promise<T> {
  const answer = await ask(t, port, 'GET', path);
  assert.equal(answer.status, 200, `${path}: ${answer.body}`);
  assert.equal(answer.headers['content-type'], 'application/json', path);
  return JSON.parse(answer.body) as T;
}

const FORM = ['Content-Type: application/x-www-form-urlencoded'];

async function post(
  t: TestContext,
  port: number,
  path: string,
  body: string,
  method = 'POST',
): Promise<[number, string]> {
  const { status, body: text } = await ask(t, port, method, path, FORM, body);
  return [status, text];
}

test('[B97] [B104] [B106] health, flags and version', async (t) => {
  const { port } = await master(t, { core: { flags: { port: '5050' } } });
  const health = await ask(t, port, 'GET', '/health');
  assert.deepEqual([health.status, health.body, health.headers['content-length']], [200, '', '0']);
  const { version } = await get(t, port, '/version');
  assert.match(version as string, /^\d+\.\d+\.\d+$/, 'digits and dots only');
  assert.deepEqual(await get(t, port, '/flags'), { flags: { port: '5050' } });
});

test('[B98] [B99] [B100] [B101] [B102] [B103] the state and its parts, in the words of Mesos', async (t) => {
  const { port } = await master(t, { core: { cluster: 'test' } });
  const info = { roles: ['eng'], capabilities: [{ type: 'MULTI_ROLE' }] };
  const { agent, framework } = await running(t, port, info);
  const id = framework.frameworkId;
  const state = await get<Record<string, Json[]>>(t, port, '/state');
  const lists = 'slaves recovered_slaves frameworks completed_frameworks orphan_tasks unregistered_frameworks';
  for (const name of lists.split(' ')) assert.ok(Array.isArray(state[name]), name);
  assert.deepEqual([state.cluster, state.activated_slaves, state.leader], ['test', 1, state.pid]);
  const [slave] = state.slaves as [Json];
  assert.deepEqual([slave.id, slave.hostname, slave.active], [agent.id, 'host1', true]);
  assert.deepEqual(slave.used_resources, { cpus: 1, gpus: 0, mem: 0, disk: 0 });
  const [shown] = state.frameworks as [Json];
  const [task] = shown.tasks as [Json];
  assert.deepEqual([task.id, task.slave_id, task.state, task.executor_id], ['t1', agent.id, 'TASK_RUNNING', '']);
  const slaves = await get<{ slaves: Json[] }>(t, port, `/slaves?slave_id=${agent.id}`);
  assert.equal(slaves.slaves.length, 1);
  assert.deepEqual((await get<{ slaves: Json[] }>(t, port, '/slaves?slave_id=x')).slaves, []);
  assert.equal((await get<{ frameworks: Json[] }>(t, port, `/frameworks?framework_id=${id}`)).frameworks.length, 1);
  assert.deepEqual((await get<{ frameworks: Json[] }>(t, port, '/frameworks?framework_id=x')).frameworks, []);
  assert.equal((await get<{ tasks: Json[] }>(t, port, `/tasks?framework_id=${id}&task_id=t1`)).tasks.length, 1);
  assert.deepEqual((await get<{ tasks: Json[] }>(t, port, '/tasks?offset=1&limit=5&order=asc')).tasks, []);
  const { roles } = await get<{ roles: Json[] }>(t, port, '/roles');
  assert.deepEqual([roles[0]!.name, roles[0]!.frameworks], ['eng', [id]]);
  assert.deepEqual(roles[0]!.allocated, { cpus: 1, gpus: 0, mem: 0, disk: 0 });
  const summary = await get<{ slaves: Json[]; frameworks: Json[]; cluster: string }>(t, port, '/state-summary');
  assert.deepEqual([summary.slaves[0]!.TASK_RUNNING, summary.slaves[0]!.framework_ids], [1, [id]]);
  const [short] = summary.frameworks as [Json];
  assert.deepEqual([short.TASK_RUNNING, short.TASK_LOST, short.slave_ids, short.tasks], [1, 0, [agent.id], undefined]);
});

test('[B120] every path is also below /master, and may end in a slash', async (t) => {
  const { port } = await master(t);
  const paths = `health version state state-summary slaves frameworks roles tasks flags weights quota metrics/snapshot
    maintenance/schedule maintenance/status files/debug`;
  for (const path of paths.split(/\s+/)) {
    for (const whole of [`/${path}`, `/master/${path}`, `/master/${path}/`]) {
      assert.equal((await ask(t, port, 'GET', whole)).status, 200, whole);
    }
  }
  assert.equal((await ask(t, port, 'GET', '/master/nothing')).status, 404);
});

test('[B105] the leader redirects to itself, and only there', async (t) => {
  const { port } = await master(t);
  for (const path of ['/redirect', '/master/redirect']) {
    const { status, headers } = await ask(t, port, 'GET', path);
    assert.deepEqual([status, headers.location], [307, `//127.0.0.1:${port}`]);
    assert.equal((await ask(t, port, 'GET', `${path}/state`)).status, 404);
  }
});

test('[B107] figures are numbers by name', async (t) => {
  const { port } = await master(t);
  const figures = await get(t, port, '/metrics/snapshot?timeout=5secs');
  assert.equal(figures['master/elected'], 1);
  for (const [name, value] of Object.entries(figures)) assert.equal(typeof value, 'number', name);
  assert.equal((await ask(t, port, 'GET', '/metrics/snapshot?timeout=soon')).status, 400);
});

test('[B121] a script gets its callback', async (t) => {
  const { port } = await master(t);
  for (const path of ['/state', '/roles', '/metrics/snapshot', '/maintenance/schedule', '/weights', '/flags']) {
    const { status, headers, body } = await ask(t, port, 'GET', `${path}?jsonp=angular.callbacks._0`);
    assert.deepEqual([status, headers['content-type']], [200, 'text/javascript'], path);
    assert.match(body, /^angular\.callbacks\._0\([{[].*[}\]]\);$/s);
  }
  assert.equal((await ask(t, port, 'GET', '/state?jsonp=alert(1)//')).status, 400);
});

test('HEAD gets the head, OPTIONS what is allowed, the wrong method what would be right', async (t) => {
  const { port } = await master(t);
  const connection = await RawConnection.open(t, port);
  connection.write(request('HEAD', '/version', []));
  const head = await connection.head();
  assert.deepEqual([head.status, Number(head.headers['content-length']) > 10], [200, true]);
  connection.write(request('GET', '/health', []));
  assert.equal((await connection.answer()).status, 200, 'no body stands between');
  connection.write(request('OPTIONS', '/weights', []));
  const options = await connection.head();
  assert.deepEqual([options.status, options.headers.allow], [204, 'GET, PUT, HEAD, OPTIONS']);
  const wrong = await ask(t, port, 'POST', '/weights');
  assert.deepEqual([wrong.status, wrong.body], [
    405,
    "405 Method Not Allowed. Expecting one of { 'GET', 'PUT' }, but received 'POST'.",
  ]);
});

test('large answers are packed for those who take that, and come in chunks', async (t) => {
  const { port } = await master(t);
  const { framework } = await running(t, port);
  await framework.offers();
  const plain = await ask(t, port, 'GET', '/state', ['Accept-Encoding: identity']);
  assert.equal(plain.headers['content-encoding'], undefined);
  const connection = await RawConnection.open(t, port);
  connection.write(request('GET', '/state', ['Accept-Encoding: deflate, gzip;q=0.5', 'Connection: close']));
  const head = await connection.head();
  assert.equal(head.headers['content-encoding'], 'gzip');
  const packed = await connection.bytes(Number(head.headers['content-length']));
  assert.deepEqual(JSON.parse(gunzipSync(packed).toString()), JSON.parse(plain.body));
  const refused = await ask(t, port, 'GET', '/state', ['Accept-Encoding: gzip;q=0']);
  assert.equal(refused.headers['content-encoding'], undefined);
});

test('[B115] weights are read and put', async (t) => {
  const { port } = await master(t);
  assert.deepEqual(await get(t, port, '/weights'), []);
  assert.deepEqual(await post(t, port, '/weights', '[{"role":"eng","weight":2.5}]', 'PUT'), [200, '']);
  assert.deepEqual(await get(t, port, '/weights'), [{ weight: 2.5, role: 'eng' }]);
  const [status, text] = await post(t, port, '/weights', '{"role":1}', 'PUT');
  assert.deepEqual([status, text], [
    400,
    `Failed to parse update weights request JSON '{"role":1}': Unexpected JSON type parsed`,
  ]);
  const [bad, why] = await post(t, port, '/weights', '[{"role":"eng"}]', 'PUT');
  assert.equal(bad, 400);
  assert.match(why, /^Failed to convert weights JSON array to protobuf .*: Missing required fields/);
});

test('[B116] the old quota endpoint', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port);
  const guarantee = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 2 } }];
  assert.deepEqual(await get(t, port, '/quota'), {});
  assert.deepEqual(await post(t, port, '/quota', JSON.stringify({ role: 'eng', guarantee })), [200, '']);
  const config = { role: 'eng', guarantees: { cpus: { value: 2 } }, limits: { cpus: { value: 2 } } };
  assert.deepEqual(await get(t, port, '/quota'), { infos: [{ role: 'eng', guarantee }], configs: [config] });
  const much = [{ ...guarantee[0], scalar: { value: 9 } }];
  assert.equal((await post(t, port, '/quota', JSON.stringify({ role: 'b', guarantee: much })))[0], 409);
  assert.deepEqual(await post(t, port, '/master/quota/eng', '', 'DELETE'), [200, '']);
  assert.deepEqual(await post(t, port, '/master/quota/eng', '', 'DELETE'), [
    400,
    "Failed to remove quota for path '/master/quota/eng': Role 'eng' has no quota set",
  ]);
});

test('[B112] teardown by form', async (t) => {
  const { port } = await master(t);
  const framework = await TestFramework.start(t, port);
  assert.deepEqual(await post(t, port, '/teardown', ''), [
    400,
    "Missing 'frameworkId' query parameter in the request body",
  ]);
  assert.deepEqual(await post(t, port, '/teardown', 'frameworkId=x'), [400, 'No framework found with specified ID']);
  assert.deepEqual(await post(t, port, '/master/teardown', `frameworkId=${framework.frameworkId}`), [200, '']);
  await framework.next('END');
});

test('[B110] [B111] reservations and volumes by form', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port, 'cpus:4;mem:4096;disk:200');
  const scalar = { value: 100 };
  const reserved = { name: 'disk', type: 'SCALAR', scalar, role: 'eng', reservation: { principal: 'p' } };
  const form = (name: string, list: unknown, id: string = agent.id): string =>
    `slaveId=${id}&${name}=${encodeURIComponent(JSON.stringify(list))}`;
  assert.deepEqual(await post(t, port, '/reserve', 'resources=[]'), [
    400,
    "Missing 'slaveId' query parameter in the request body",
  ]);
  assert.deepEqual(await post(t, port, '/reserve', 'slaveId=x'), [
    400,
    "Missing 'resources' query parameter in the request body",
  ]);
  const [status, text] = await post(t, port, '/unreserve', 'slaveId=x&resources={');
  assert.equal(status, 400);
  assert.match(text, /^Error in parsing 'resources' query parameter in the request body: syntax error/);
  assert.deepEqual(await post(t, port, '/reserve', form('resources', [reserved], 'x')), [
    400,
    'No agent found with specified ID',
  ]);
  assert.deepEqual(await post(t, port, '/reserve', form('resources', [reserved])), [202, '']);
  assert.equal((await agent.next('CHECKPOINT_RESOURCES')).resources.length, 1);
  const volume = { ...reserved, disk: { persistence: { id: 'v' }, volume: { mode: 'RW', container_path: 'v' } } };
  assert.deepEqual(await post(t, port, '/create-volumes', form('volumes', [volume])), [202, '']);
  assert.deepEqual(await post(t, port, '/destroy-volumes', form('volumes', [volume])), [202, '']);
  assert.deepEqual(await post(t, port, '/unreserve', form('resources', [reserved])), [202, '']);
});

test('[B113] [B114] maintenance by JSON', async (t) => {
  const { port } = await master(t);
  const id = { hostname: 'h', ip: '10.0.0.1' };
  const schedule = { windows: [{ machine_ids: [id], unavailability: { start: { nanoseconds: 5 } } }] };
  assert.deepEqual(await get(t, port, '/maintenance/schedule'), {});
  assert.deepEqual(await post(t, port, '/maintenance/schedule', JSON.stringify(schedule)), [200, '']);
  assert.deepEqual(await get(t, port, '/maintenance/schedule'), schedule);
  assert.deepEqual(await get(t, port, '/maintenance/status'), { draining_machines: [{ id }] });
  assert.deepEqual(await post(t, port, '/machine/up', JSON.stringify([id])), [
    400,
    `Machine '${JSON.stringify(id)}' is not in DOWN mode and cannot be brought up`,
  ]);
  assert.deepEqual(await post(t, port, '/machine/down', JSON.stringify([id])), [200, '']);
  assert.deepEqual(await get(t, port, '/maintenance/status'), { down_machines: [id] });
  assert.deepEqual(await post(t, port, '/machine/up', JSON.stringify([id])), [200, '']);
  assert.deepEqual(await get(t, port, '/maintenance/schedule'), {});
  const refusals: [body: string, text: string | RegExp][] = [
    ['[]', 'List of machines is empty'],
    ['[{}]', "Both 'hostname' and 'ip' for a machine are empty"],
    [JSON.stringify([id, { ...id, hostname: 'H' }]), /appears more than once in the schedule$/],
    [JSON.stringify([id]), `Machine '${JSON.stringify(id)}' is not part of a maintenance schedule`],
  ];
  for (const [body, text] of refusals) {
    const [status, seen] = await post(t, port, '/machine/down', body);
    assert.equal(status, 400);
    if (typeof text === 'string') assert.equal(seen, text);
    else assert.match(seen, text);
  }
});

test('[B109] the log can be browsed, read and fetched', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  t.after(() => rm(folder, { recursive: true }));
  const log = join(folder, 'log');
  await writeFile(log, 'one\ntwo\n', { mode: 0o644 });
  const { port } = await master(t, { logFile: log });
  assert.deepEqual(await get(t, port, '/files/debug'), { '/master/log': log });
  assert.deepEqual(await get(t, port, '/files/read?path=/master/log&offset=-1'), { data: '', offset: 8 });
  assert.deepEqual(await get(t, port, '/files/read?path=/master/log'), { data: '', offset: 8 });
  assert.deepEqual(await get(t, port, '/files/read?path=/master/log&offset=4&length=2'), { data: 'tw', offset: 4 });
  assert.deepEqual(await get(t, port, '/files/read?path=/master/log&offset=90'), { data: '', offset: 90 });
  const download = await ask(t, port, 'GET', '/master/files/download?path=/master/log');
  assert.deepEqual([download.body, download.headers['content-type']], ['one\ntwo\n', 'application/octet-stream']);
  const refusals: [path: string, status: number, text: string][] = [
    ['/files/read', 400, "Expecting 'path=value' in query.\n"],
    ['/files/browse?path=', 400, "Expecting 'path=value' in query.\n"],
    ['/files/browse?path=/etc', 404, '404 Not Found.'],
    ['/files/read?path=/master/log&offset=-2', 400, 'Negative offset provided: -2.\n'],
    ['/files/read?path=/master/log&offset=x', 400, "Failed to parse offset: Failed to convert 'x' to number.\n"],
  ];
  for (const [path, status, text] of refusals) {
    const answer = await ask(t, port, 'GET', path);
    assert.deepEqual([answer.status, answer.body], [status, text], path);
  }
});
