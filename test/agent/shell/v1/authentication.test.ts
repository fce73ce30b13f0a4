/** An agent that asks who is there: executors by their tokens, over HTTP and links of our own; operators by name. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import { readAcls } from '../../../../src/authorizer/acls.js';
import { createAuthorizer } from '../../../../src/authorizer/authorizer.js';
import { signToken } from '../../../../src/http/json-web-token.js';
import { encodeFrame } from '../../../../src/protocol/codec.js';
import type { ExecutorId, TaskId } from '../../../../src/protocol/schema.js';
import { withCredential } from '../../../../src/transport/credentialed-transport.js';
import { linkUrl, type Transport } from '../../../../src/transport/transport.js';
import { wsTransport } from '../../../../src/transport/ws-transport.js';
import { executorOf, startCluster, type TestCluster, type TestScheduler } from '../cluster.js';
import { ask, type Json, JSON_LINE, PATH, portOf, sleeper, taskOf } from './fixtures.js';

const SCRIPT = fileURLToPath(new URL('executor-script.mjs', import.meta.url));
const KEY = Buffer.from('the key of this agent');
const OPS = `Authorization: Basic ${Buffer.from('ops:secret').toString('base64')}`;
const DEV = `Authorization: Basic ${Buffer.from('dev:secret').toString('base64')}`;

/** dev may neither see what anybody runs, nor read sandboxes, flags and figures. */
const ACLS = readAcls(
  Object.fromEntries(
    [
      ['view_frameworks', 'users'],
      ['access_sandboxes', 'users'],
      ['view_flags', 'flags'],
      ['get_endpoints', 'paths'],
      ['set_log_level', 'level'],
    ].map(([list, objects]) => [list, [{ principals: { values: ['dev'] }, [objects!]: { type: 'NONE' } }]]),
  ),
);

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;

before(async () => {
  cluster = await startCluster();
  chmodSync(cluster.root, 0o755);
  agent = await cluster.addAgent({
    access: {
      of: 'agent',
      tokenKey: KEY,
      credentials: new Map(['ops', 'dev'].map((name) => [name, 'secret'])),
      realms: new Set(['readonly', 'readwrite']),
      authorizer: createAuthorizer(ACLS),
    },
  });
  scheduler = await cluster.addFramework({ checkpoint: true });
});

after(() => cluster.close());

interface ShownExecutor {
  readonly id: string;
  readonly container: string;
  readonly directory: string;
}

/** The executors that the agent shows to ops. */
async function executors(): Promise<ShownExecutor[]> {
  const response = await fetch(`http://${agent.address}/state`, { headers: { authorization: OPS.slice(15) } });
  const { frameworks } = (await response.json()) as { frameworks: { executors: ShownExecutor[] }[] };
  return frameworks.flatMap((framework) => framework.executors);
}

async function known(id: string): Promise<ShownExecutor> {
  for (;;) {
    const found = (await executors()).find((executor) => executor.id === id);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('[B89] [D65] an executor over HTTP finds a token in its environment, and is taken for itself by it', async (t) => {
  const script = join(cluster.root, 'executor.mjs');
  copyFileSync(SCRIPT, script);
  const value = `echo $MESOS_EXECUTOR_AUTHENTICATION_TOKEN > token; exec '${process.execPath}' executor.mjs`;
  const executor = { ...executorOf('script'), name: 'script', command: { value, uris: [{ value: script }] } };
  await scheduler.launch([{ taskId: 'scripted' as TaskId, executor, data: Buffer.from('1') }]);
  const { directory, container } = await known('script');
  const end = await scheduler.ended('scripted');
  assert.equal(end.state, 'TASK_FINISHED', end.message);
  const [, payload] = readFileSync(join(directory, 'token'), 'utf8').split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  assert.deepEqual(claims, { fid: scheduler.frameworkId, eid: 'script', cid: container });
  assert.equal((await ask(t, agent, 'GET', '/health')).status, 200);
});

test('[B89] the built-in executor shows its token, too, and its tasks do not see it', async () => {
  const command = { value: 'test -z "$MESOS_EXECUTOR_AUTHENTICATION_TOKEN"' };
  await scheduler.launch([{ taskId: 'command' as TaskId, command }]);
  const end = await scheduler.ended('command');
  assert.equal(end.state, 'TASK_FINISHED', end.message);
});

test('[D65] [C113] without its token nobody speaks for an executor: 401 before all else, or 403', async (t) => {
  await scheduler.launch([taskOf('held', sleeper('held'))]);
  const { container: cid } = await known('held');
  const ids = { framework_id: { value: scheduler.frameworkId }, executor_id: { value: 'held' } };
  const call = { type: 'SUBSCRIBE', ...ids, subscribe: {} };
  for (const method of ['GET', 'POST']) {
    const nobody = await ask(t, agent, method, PATH, [], '{');
    assert.deepEqual([nobody.status, nobody.headers['www-authenticate']], [401, 'Bearer realm="mesos-agent-executor"']);
  }
  const forged = signToken({ fid: scheduler.frameworkId, eid: 'held', cid }, Buffer.from('another key'));
  assert.equal((await ask(t, agent, 'POST', PATH, [JSON_LINE, `Authorization: Bearer ${forged}`], call)).status, 401);
  const wrong: readonly (readonly [claims: Record<string, string>, text: RegExp])[] = [
    [{ fid: 'F', eid: 'held', cid }, /does not contain an 'fid' claim with the framework ID/],
    [{ fid: scheduler.frameworkId, eid: 'E', cid }, /does not contain an 'eid' claim with the executor ID held/],
    [{ fid: scheduler.frameworkId, eid: 'held', cid: 'C' }, /'cid' claim with the correct active ContainerID$/],
  ];
  for (const [claims, text] of wrong) {
    const lines = [JSON_LINE, `Authorization: Bearer ${signToken(claims, KEY)}`];
    const { status, body } = await ask(t, agent, 'POST', PATH, lines, call);
    assert.equal(status, 403);
    assert.match(body, text);
  }
});

/** Why a link is closed on which somebody subscribes as an executor. */
async function subscribeOnLink(transport: Transport, executorId: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const handlers = { frame: () => undefined, closed: (_link: unknown, reason: string) => resolve(reason) };
    transport.connect({ url: linkUrl('127.0.0.1', portOf(agent)), handlers }).then((link) => {
      const { frameworkId } = scheduler;
      link.send(encodeFrame([{ type: 'EXECUTOR_SUBSCRIBE', frameworkId, executorId: executorId as ExecutorId }]));
    }, reject);
  });
}

test('[B89] on links of our own nobody speaks for an executor without its token', async () => {
  assert.equal(await subscribeOnLink(wsTransport, 'held'), 'Executor is not authenticated');
  const token = signToken({ fid: scheduler.frameworkId, eid: 'other', cid: 'c' }, KEY);
  const other = await subscribeOnLink(withCredential(wsTransport, { token }), 'held');
  assert.equal(other, 'the token is not that of this executor');
});

test('[C113] reads and the operator API of an agent ask for a name in their realms', async (t) => {
  const paths = ['/state', '/flags', '/containers', '/monitor/statistics', '/metrics/snapshot', '/files/debug'];
  for (const path of [...paths, '/slave(1)/state']) {
    const { status, headers } = await ask(t, agent, 'GET', path);
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Basic realm="mesos-agent-readonly"'], path);
    assert.equal((await ask(t, agent, 'GET', path, [OPS])).status, 200, path);
  }
  const { status, headers } = await ask(t, agent, 'GET', '/api/v1', [], '{');
  assert.equal(status, 401);
  assert.match(headers['www-authenticate']!, /^Basic realm="mesos-agent-readwrite",Bearer realm=/);
});

test('[B93] [B92] what one may not see of an agent is left out, what one may not ask is refused', async (t) => {
  const { directory } = await known('held');
  const read = `/files/browse?path=${encodeURIComponent(directory)}`;
  for (const path of ['/flags', '/containers', '/monitor/statistics', '/metrics/snapshot', '/files/debug', read]) {
    assert.equal((await ask(t, agent, 'GET', path, [DEV])).status, 403, path);
    assert.equal((await ask(t, agent, 'GET', path, [OPS])).status, 200, path);
  }
  const shown = async (line: string): Promise<Json> =>
    JSON.parse((await ask(t, agent, 'GET', '/state', [line])).body) as Json;
  const [all, some] = [await shown(OPS), await shown(DEV)];
  assert.deepEqual([(all['frameworks'] as Json[]).length, 'flags' in all], [1, true]);
  assert.deepEqual([some['frameworks'], 'flags' in some], [[], false]);
  const lines = [JSON_LINE, 'Accept: application/json'];
  const list = { type: 'LIST_FILES', list_files: { path: directory } };
  for (const call of [{ type: 'GET_FLAGS' }, list]) {
    assert.equal((await ask(t, agent, 'POST', '/api/v1', [...lines, DEV], call)).status, 403, call.type);
    assert.equal((await ask(t, agent, 'POST', '/api/v1', [...lines, OPS], call)).status, 200, call.type);
  }
  const frameworks = await ask(t, agent, 'POST', '/api/v1', [...lines, DEV], { type: 'GET_FRAMEWORKS' });
  assert.ok(!frameworks.body.includes(scheduler.frameworkId), frameworks.body);
});
