/** Who asks, and what he may: the master over real sockets, byte by byte. Authentication comes before anything else. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readAcls } from '../../../../src/authorizer/acls.js';
import type { Realm } from '../../../../src/http/access.js';
import type { MasterOptions } from '../../../../src/master/shell/start-master.js';
import { FakeElection, leaderAt } from '../../../ha/fake-election.js';
import { ask, INFO, type Json, JSON_LINE, master, PATH, TestAgent, TestFramework } from './fixtures.js';
import { RawConnection, request } from './raw-http.js';

const CREDENTIALS = new Map([
  ['ops', 'secret'],
  ['dev', 'with:colon'],
]);
const ALL: readonly Realm[] = ['readonly', 'readwrite', 'scheduler'];

function options(acls?: object, realms: readonly Realm[] = ALL): Partial<MasterOptions> {
  return {
    access: { credentials: CREDENTIALS, realms: new Set(realms) },
    core: acls === undefined ? {} : { acls: readAcls(acls) },
  };
}

function as(pair: string): string {
  return `Authorization: Basic ${Buffer.from(pair).toString('base64')}`;
}

const OPS = as('ops:secret');
const DEV = as('dev:with:colon');

const READONLY = ['/state', '/state-summary', '/slaves', '/frameworks', '/roles', '/tasks', '/flags'];
const READ_TOO = ['/maintenance/status', '/metrics/snapshot', '/metrics/prometheus', '/offers', '/files/debug'];
const READWRITE: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/api/v1'],
  ['POST', '/teardown'],
  ['POST', '/reserve'],
  ['POST', '/unreserve'],
  ['POST', '/create-volumes'],
  ['POST', '/destroy-volumes'],
  ['POST', '/machine/down'],
  ['POST', '/machine/up'],
  ['GET', '/maintenance/schedule'],
  ['POST', '/maintenance/schedule'],
  ['GET', '/weights'],
  ['PUT', '/weights'],
  ['GET', '/quota'],
  ['POST', '/quota'],
  ['DELETE', '/quota/web'],
];

test('[B88] [D12] every endpoint asks for a name in its realm, before it looks at anything else', async (t) => {
  const { port } = await master(t, options());
  const check = async (method: string, path: string, realm: string): Promise<void> => {
    const wrong = [as('ops:wrong'), as('eve:secret'), 'Authorization: Bearer x', 'Authorization: Basic ?'];
    for (const lines of [[], ...wrong.map((line) => [line])]) {
      const { status, headers, body } = await ask(t, port, method, path, lines, '{');
      assert.deepEqual([status, body], [401, '401 Unauthorized.'], `${method} ${path}`);
      assert.equal(headers['www-authenticate'], `Basic realm="mesos-master-${realm}"`, path);
    }
  };
  for (const path of [...READONLY, ...READ_TOO]) await check('GET', path, 'readonly');
  for (const [method, path] of READWRITE) await check(method, path, 'readwrite');
  // Not even the method is looked at.
  for (const method of ['GET', 'POST']) await check(method, PATH, 'scheduler');
  for (const path of ['/health', '/version', '/redirect']) {
    assert.ok((await ask(t, port, 'GET', path)).status < 400, path);
  }
  for (const line of [OPS, DEV]) assert.equal((await ask(t, port, 'GET', '/state', [line])).status, 200);
  assert.equal((await ask(t, port, 'GET', PATH, [OPS])).status, 405);
});

test('[B88] only the realms that are named need a name', async (t) => {
  const { port } = await master(t, options(undefined, ['readwrite']));
  assert.equal((await ask(t, port, 'GET', '/state')).status, 200);
  assert.equal((await ask(t, port, 'GET', '/weights')).status, 401);
  assert.equal((await ask(t, port, 'POST', PATH)).status, 400);
});

test('[D12] a master that does not lead asks who it is before it redirects', async (t) => {
  const election = new FakeElection();
  const { port } = await master(t, { ...options(), election });
  election.tell(leaderAt('leader.example', 5050));
  for (const path of [PATH, '/api/v1']) {
    assert.equal((await ask(t, port, 'POST', path)).status, 401);
    assert.equal((await ask(t, port, 'POST', path, [OPS])).status, 307);
  }
});

test('[B88] claims without a name are answered with 403, after 401 and before everything else', async (t) => {
  const claims = { subject: { claims: { sub: 'x' } } };
  const authenticator = {
    realms: new Set(ALL),
    authenticate: ({ headers }: { headers: Readonly<Record<string, string>> }) =>
      headers['authorization'] === 'Token t' ? claims : { challenge: 'Token' },
  };
  const { port } = await master(t, { access: { realms: new Set(ALL), authenticators: [authenticator] } });
  const text =
    "The request's authenticated principal contains claims, but no value string. " +
    'The master currently requires that principals have a value';
  for (const path of [PATH, '/api/v1']) {
    const { status, body } = await ask(t, port, 'GET', path, ['Authorization: Token t']);
    assert.deepEqual([status, body], [403, text]);
    const nobody = await ask(t, port, 'GET', path);
    assert.equal(nobody.status, 401);
    assert.match(nobody.headers['www-authenticate']!, /^Basic realm="mesos-master-\w+",Token$/);
  }
});

/** A subscription on a connection of its own, as somebody. */
async function subscribe(t: TestContext, port: number, line: string, info: Json): Promise<number> {
  const stream = await RawConnection.open(t, port);
  const call = { type: 'SUBSCRIBE', subscribe: { framework_info: info } };
  const lines = [JSON_LINE, 'Accept: application/json', 'Connection: close', line];
  stream.write(request('POST', PATH, lines, JSON.stringify(call)));
  const { status } = await stream.head();
  await stream.chunk();
  stream.socket.destroy();
  return status;
}

test('[B94] who has proved who he is cannot subscribe as another, and need not say it', async (t) => {
  const { port } = await master(t, options());
  const call = { type: 'SUBSCRIBE', subscribe: { framework_info: { ...INFO, principal: 'dev' } } };
  const refused = await ask(t, port, 'POST', PATH, [JSON_LINE, 'Accept: application/json', OPS], JSON.stringify(call));
  const differs = "Authenticated principal 'ops' does not match principal 'dev' set in `FrameworkInfo`";
  assert.deepEqual([refused.status, refused.body], [400, `Failed to validate scheduler::Call: ${differs}`]);
  assert.equal(await subscribe(t, port, OPS, INFO), 200);
  const { body } = await ask(t, port, 'GET', '/state', [OPS]);
  const state = JSON.parse(body) as Record<string, { principal: string }[]>;
  const all = [...state['frameworks']!, ...state['completed_frameworks']!];
  assert.deepEqual(all.map(({ principal }) => principal), ['ops']);
});

test('[B94] calls of another principal are refused after the framework was found, before its stream is', async (t) => {
  const { port } = await master(t, options(undefined, ['readonly']));
  const framework = await TestFramework.start(t, port, { ...INFO, principal: 'ops' });
  const call = { type: 'REVIVE' };
  const other = await framework.call(call, null, [DEV]);
  const differs = "Authenticated principal 'dev' does not match principal 'ops' set in `FrameworkInfo`";
  assert.deepEqual([other.status, other.body], [400, differs]);
  const own = await framework.call(call, null, [OPS]);
  assert.equal(own.body, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
  assert.equal((await framework.call(call, framework.streamId, [OPS])).status, 202);
  const unknown = { type: 'REVIVE', framework_id: { value: 'F' } };
  const nowhere = await ask(t, port, 'POST', PATH, [JSON_LINE, DEV], JSON.stringify(unknown));
  assert.equal(nowhere.body, 'Framework cannot be found');
});

const NOBODY = { type: 'NONE' };
const ANY = { type: 'ANY' };
/** ops may do it, nobody else. */
const rule = (objects: string): object[] => [
  { principals: { values: ['ops'] }, [objects]: ANY },
  { principals: ANY, [objects]: NOBODY },
];

test('[B92] reads that need leave as a whole: 403 without it', async (t) => {
  const acls = {
    view_flags: rule('flags'),
    get_endpoints: rule('paths'),
    access_mesos_logs: rule('logs'),
    set_log_level: rule('level'),
  };
  const { port } = await master(t, options(acls));
  const paths = ['/flags', '/metrics/snapshot', '/metrics/prometheus', '/files/read?path=/master/log'];
  for (const path of paths) {
    const { status, body } = await ask(t, port, 'GET', path, [DEV]);
    assert.deepEqual([status, body], [403, '403 Forbidden.'], path);
    assert.notEqual((await ask(t, port, 'GET', path, [OPS])).status, 403, path);
  }
  const level = { level: 1, duration: { nanoseconds: 1 } };
  const calls = [{ type: 'GET_FLAGS' }, { type: 'SET_LOGGING_LEVEL', set_logging_level: level }];
  for (const call of calls) {
    const lines = [JSON_LINE, 'Accept: application/json'];
    assert.equal((await ask(t, port, 'POST', '/api/v1', [...lines, DEV], JSON.stringify(call))).status, 403, call.type);
    assert.equal((await ask(t, port, 'POST', '/api/v1', [...lines, OPS], JSON.stringify(call))).status, 200, call.type);
  }
  const flags = (line: string): Promise<Json> =>
    ask(t, port, 'GET', '/state', [line]).then(({ body }) => JSON.parse(body) as Json);
  assert.deepEqual(['flags' in (await flags(OPS)), 'flags' in (await flags(DEV))], [true, false]);
});

const AGENT_CALLS = ['DRAIN_AGENT', 'DEACTIVATE_AGENT', 'REACTIVATE_AGENT', 'MARK_AGENT_GONE'];

test('[B92] what operators do needs leave: for agents at once, for the rest once it is in order', async (t) => {
  const acls = {
    drain_agents: rule('agents'),
    deactivate_agents: rule('agents'),
    reactivate_agents: rule('agents'),
    mark_agents_gone: rule('agents'),
    teardown_frameworks: [
      { principals: { values: ['dev'] }, framework_principals: { values: ['dev'] } },
      { principals: { values: ['dev'] }, framework_principals: NOBODY },
    ],
    start_maintenances: rule('machines'),
    reserve_resources: [
      { principals: { values: ['dev'] }, roles: { values: ['web/%'] } },
      { principals: { values: ['dev'] }, roles: NOBODY },
    ],
  };
  const { port } = await master(t, options(acls, ['readwrite']));
  const call = async (line: string, body: Json): Promise<number> => {
    const lines = [JSON_LINE, 'Accept: application/json', line];
    return (await ask(t, port, 'POST', '/api/v1', lines, JSON.stringify(body))).status;
  };
  for (const type of AGENT_CALLS) {
    const body = { type, [type.toLowerCase()]: { agent_id: { value: 'nobody' } } };
    assert.equal(await call(DEV, body), 403, type);
    assert.equal(await call(OPS, body), type === 'MARK_AGENT_GONE' ? 404 : 400, type);
  }
  const teardown = (id: string): Json => ({ type: 'TEARDOWN', teardown: { framework_id: { value: id } } });
  const own = await TestFramework.start(t, port, { ...INFO, principal: 'dev' });
  const others = await TestFramework.start(t, port, { ...INFO, principal: 'ops' });
  assert.equal(await call(DEV, teardown('F')), 400);
  assert.equal(await call(DEV, teardown(others.frameworkId)), 403);
  assert.equal(await call(DEV, teardown(own.frameworkId)), 200);
  assert.equal(await call(OPS, teardown(others.frameworkId)), 200);
  const down = { type: 'START_MAINTENANCE', start_maintenance: { machines: [{ hostname: 'x' }] } };
  assert.equal(await call(DEV, down), 400);
  const agent = await TestAgent.join(t, port);
  const reserve = (role: string): Json => {
    const reservations = [{ type: 'DYNAMIC', role, principal: 'dev' }];
    const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, reservations }];
    return { type: 'RESERVE_RESOURCES', reserve_resources: { agent_id: { value: agent.id }, resources } };
  };
  assert.equal(await call(DEV, reserve('web')), 403);
  assert.equal(await call(DEV, reserve('web/a')), 202);
});

/** What of these names is anywhere in an answer. */
function namesIn(body: string, names: readonly string[]): string[] {
  return names.filter((name) => body.includes(`"${name}"`));
}

const VIEWS = {
  view_frameworks: [
    { principals: { values: ['dev'] }, users: { values: ['alice'] } },
    { principals: { values: ['dev'] }, users: NOBODY },
  ],
  view_roles: [
    { principals: { values: ['dev'] }, roles: { values: ['web'] } },
    { principals: { values: ['dev'] }, roles: NOBODY },
  ],
};

test('[B93] views and events leave out what one may not see', async (t) => {
  const { port } = await master(t, options(VIEWS, ['readwrite']));
  await TestAgent.join(t, port, 'cpus(web):1;cpus(db):2;cpus:4;mem:4096');
  const watch = await RawConnection.open(t, port);
  const lines = [JSON_LINE, 'Accept: application/json', DEV];
  watch.write(request('POST', '/api/v1', lines, '{"type":"SUBSCRIBE"}'));
  assert.equal((await watch.head()).status, 200);
  const first = String(await watch.chunk());
  assert.match(first, /"type":"SUBSCRIBED"/);
  assert.deepEqual(namesIn(first, ['web', 'db']), ['web']);
  const bobs = await TestFramework.start(t, port, { user: 'bob', name: 'of bob', role: 'db' });
  const alices = await TestFramework.start(t, port, { user: 'alice', name: 'of alice', role: 'web' });
  for (;;) {
    const text = String(await watch.chunk());
    assert.ok(!text.includes(bobs.frameworkId), text);
    if (text.includes('FRAMEWORK_ADDED') && text.includes(alices.frameworkId)) break;
  }
  watch.socket.destroy();
  const ids = [bobs.frameworkId, alices.frameworkId];
  const see = async (line: string, path: string): Promise<string> => (await ask(t, port, 'GET', path, [line])).body;
  for (const path of ['/state', '/frameworks', '/state-summary']) {
    assert.deepEqual(namesIn(await see(DEV, path), ids), [alices.frameworkId], path);
    assert.deepEqual(namesIn(await see(OPS, path), ids), ids, path);
  }
  assert.deepEqual(namesIn(await see(DEV, '/roles'), ['web', 'db']), ['web']);
  const { slaves } = JSON.parse(await see(DEV, '/slaves')) as { slaves: Record<string, object>[] };
  assert.deepEqual(Object.keys(slaves[0]!['reserved_resources']!), ['web']);
  for (const type of ['GET_FRAMEWORKS', 'GET_STATE', 'GET_ROLES', 'GET_AGENTS']) {
    const readAs = async (line: string): Promise<string> => {
      const own = [JSON_LINE, 'Accept: application/json', line];
      return (await ask(t, port, 'POST', '/api/v1', own, `{"type":"${type}"}`)).body;
    };
    const names = type === 'GET_AGENTS' ? ['web', 'db'] : ids;
    const shown = type === 'GET_AGENTS' ? ['web'] : [alices.frameworkId];
    assert.deepEqual(namesIn(await readAs(DEV), names), shown, type);
    assert.deepEqual(namesIn(await readAs(OPS), names), names, type);
  }
});

test('[B93] tasks are shown by the user they run as', async (t) => {
  const acls = {
    view_tasks: [
      { principals: { values: ['dev'] }, users: { values: ['nobody'] } },
      { principals: { values: ['dev'] }, users: NOBODY },
    ],
  };
  const { port } = await master(t, options(acls, ['readwrite']));
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  const [offer] = await framework.offers();
  const tasks = ['plain', 'privileged'].map((id) => ({
    name: id,
    task_id: { value: id },
    agent_id: { value: agent.id },
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 64 } },
    ],
    command: { value: 'true', ...(id === 'plain' ? {} : { user: 'root' }) },
  }));
  const operations = [{ type: 'LAUNCH', launch: { task_infos: tasks } }];
  await framework.accepted('ACCEPT', { offer_ids: [offer!['id']], operations });
  await agent.next('RUN_TASK');
  await agent.next('RUN_TASK');
  const names = ['plain', 'privileged'];
  for (const path of ['/tasks', '/state', '/frameworks']) {
    assert.deepEqual(namesIn((await ask(t, port, 'GET', path, [DEV])).body, names), ['plain'], path);
    assert.deepEqual(namesIn((await ask(t, port, 'GET', path, [OPS])).body, names), names, path);
  }
  const lines = [JSON_LINE, 'Accept: application/json'];
  const read = await ask(t, port, 'POST', '/api/v1', [...lines, DEV], '{"type":"GET_TASKS"}');
  assert.deepEqual(namesIn(read.body, names), ['plain']);
});
