/** Subscriptions of the scheduler API as bytes: records and chunks, heartbeats, refusals, fail-over, slow readers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INFO, type Json, JSON_LINE, master, PATH, TestAgent, TestFramework } from './fixtures.js';
import { RawConnection, request } from './raw-http.js';

test('[D4] [D5] [D6] [D9] [D36] [D46] a subscription is a stream of records, one in each chunk', async (t) => {
  const { port, masterId } = await master(t);
  const framework = await TestFramework.start(t, port);
  const { headers } = framework.head;
  assert.equal(headers['transfer-encoding'], 'chunked');
  assert.equal(headers['content-type'], 'application/json');
  assert.match(headers['mesos-stream-id']!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  await framework.next('HEARTBEAT');
  const address = `"address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":${port}}`;
  const capabilities = '"capabilities":[{"type":"AGENT_UPDATE"},{"type":"AGENT_DRAINING"},{"type":"QUOTA_V2"}]';
  const masterInfo =
    `{"id":"${masterId}","ip":16777343,"port":${port},"pid":"master@127.0.0.1:${port}",` +
    `"hostname":"127.0.0.1","version":"1.11.0",${address},${capabilities}}`;
  const subscribed =
    `{"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"${masterId}-0000"},` +
    `"heartbeat_interval_seconds":15.0,"master_info":${masterInfo}}}`;
  assert.deepEqual(framework.chunks, [`${subscribed.length}\n${subscribed}`, '20\n{"type":"HEARTBEAT"}']);
});

test('[D5] records are ASCII, so that their length in bytes is that in characters', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port, 'cpus:1;mem:64', { hostname: 'höst\u2028"\u{1f600}\\' });
  const framework = await TestFramework.start(t, port);
  const [offer] = await framework.offers();
  assert.equal(offer!.hostname, 'höst\u2028"\u{1f600}\\');
  const chunk = framework.chunks.find((text) => text.includes('OFFERS'))!;
  assert.ok(chunk.includes(String.raw`"hostname":"h\u00f6st\u2028\"\ud83d\ude00\\"`), chunk);
  assert.equal(Number(chunk.slice(0, chunk.indexOf('\n'))), chunk.length - chunk.indexOf('\n') - 1);
});

test('[D15] heartbeats go on and on', async (t) => {
  const { port } = await master(t, { core: { heartbeatIntervalMs: 10 } });
  const framework = await TestFramework.subscribe(t, port);
  const subscribed = await framework.body('SUBSCRIBED');
  assert.equal(subscribed.heartbeat_interval_seconds, 0.01);
  for (let i = 0; i < 5; i++) await framework.next('HEARTBEAT');
});

test('[D18] what is not known of a framework is ignored, null is unset, numbers may be texts', async (t) => {
  const { port } = await master(t);
  const odd = { ...INFO, failover_timeout: '5.5', checkpoint: 'true', webui_url: null, sorcery: { x: [1] } };
  const capabilities = [{ type: 'MULTI_ROLE' }, { type: 'TELEPATHY' }];
  const info = { ...odd, capabilities, roles: ['a', 'b'] };
  const framework = await TestFramework.start(t, port, info, { suppressed_roles: ['b'], force: true });
  assert.match(framework.frameworkId, /-0000$/);
});

test('[D18] [D45] refusals after the head are an ERROR, then the stream ends', async (t) => {
  const { port } = await master(t, { core: { roles: ['eng'], rootSubmissions: false } });
  const inEng = { ...INFO, capabilities: [{ type: 'MULTI_ROLE' }], roles: ['eng'] };
  const odd = { eng: { groups: [{ attribute_constraints: [{ selector: {}, predicate: {} }] }] } };
  const cases: [Json, Json, string | RegExp][] = [
    [{ ...INFO, role: 'ops' }, {}, "Roles { ops } are not present in the master's --roles"],
    [{ ...INFO, user: 'root' }, {}, "User 'root' is not allowed to run frameworks without --root_submissions set"],
    [{ ...INFO, role: '/eng' }, {}, "'FrameworkInfo.role' is not a valid role: Role '/eng' cannot start with a slash"],
    [inEng, { suppressed_roles: ['x'] }, 'Suppressed roles { x } are not contained in the set of roles'],
    [inEng, { offer_constraints: { role_constraints: odd } }, /^Offer constraints are not valid: /],
  ];
  for (const [info, more, text] of cases) {
    const framework = await TestFramework.subscribe(t, port, info, more);
    const { message } = await framework.body<{ message: string }>('ERROR');
    if (typeof text === 'string') assert.equal(message, text);
    else assert.match(message, text);
    await framework.next('END');
    assert.equal(framework.chunks.length, 1);
  }
});

test('[D19] [D66] TEARDOWN ends the stream, and the id is never used again', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  await framework.offers();
  await framework.accepted('TEARDOWN');
  await framework.next('END');
  assert.ok(!framework.chunks.some((text) => text.includes('ERROR')));
  assert.equal((await agent.next('SHUTDOWN_FRAMEWORK')).frameworkId, framework.frameworkId);
  const after = await framework.call({ type: 'REVIVE' });
  assert.deepEqual([after.status, after.body], [400, 'Framework cannot be found']);
  const { frameworkId } = framework;
  const again = await TestFramework.subscribe(t, port, { ...INFO, id: { value: frameworkId } }, { frameworkId });
  assert.deepEqual(await again.body('ERROR'), { message: 'Framework has been removed' });
  await again.next('END');
});

test('[D62] [D45] a framework that subscribes again takes over; the old stream is told and ended', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port);
  const old = await TestFramework.start(t, port, { ...INFO, failover_timeout: 60 });
  const [lost] = await old.offers();
  const { frameworkId } = old;
  const info = { ...INFO, failover_timeout: 60, id: { value: frameworkId } };
  const next = await TestFramework.start(t, port, info, { frameworkId });
  assert.equal(next.frameworkId, frameworkId);
  assert.notEqual(next.streamId, old.streamId);
  assert.deepEqual(await old.body('ERROR'), { message: 'Framework failed over' });
  await old.next('END');
  assert.ok(!old.chunks.some((text) => text.includes('RESCIND')));
  const stale = await old.call({ type: 'REVIVE' });
  assert.equal(stale.status, 400);
  assert.match(stale.body, /^The stream ID .* didn't match the stream ID currently associated with framework ID /);
  const [offer] = await next.offers();
  assert.notDeepEqual(offer!.id, lost!.id);
  const other = await TestFramework.subscribe(t, port, { ...info, principal: 'p' }, { frameworkId });
  assert.deepEqual(await other.body('ERROR'), { message: "Changing framework's principal is not allowed." });
  await other.next('END');
  await next.accepted('REVIVE');
});

test('[D62] after a broken stream there is time to come back; an unknown id is taken as it is', async (t) => {
  const { port } = await master(t);
  const frameworkId = 'from-another-master-0007';
  const info = { ...INFO, failover_timeout: 60, id: { value: frameworkId } };
  const first = await TestFramework.start(t, port, info, { frameworkId });
  assert.equal(first.frameworkId, frameworkId);
  first.leave();
  const second = await TestFramework.start(t, port, info, { frameworkId });
  assert.equal(second.frameworkId, frameworkId);
  await second.accepted('REVIVE');
});

test('a framework that does not read is cut off, and the log says so', async (t) => {
  const limits = { maxFrameBytes: 2 ** 20, maxBufferedBytes: 8 * 2 ** 20 };
  const { port, log } = await master(t, { limits });
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port, { ...INFO, failover_timeout: 60 });
  framework.stream.socket.pause();
  const message = {
    type: 'EXECUTOR_TO_FRAMEWORK',
    agentId: agent.id,
    frameworkId: framework.frameworkId as never,
    executorId: 'e' as never,
    data: new Uint8Array(700_000),
  } as const;
  const isCut = (): boolean => log.some((line) => line.startsWith('stream closed: the framework reads too slowly'));
  for (let i = 0; i < 200 && !isCut(); i++) {
    agent.send(message);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (let status = 202; status !== 403; ) status = (await framework.call({ type: 'REVIVE' })).status;
  assert.ok(isCut(), log.join('\n'));
  assert.ok(log.some((line) => line.startsWith('framework disconnected')));
});

test('a client of HTTP/1.0 gets the records without chunks', async (t) => {
  const { port } = await master(t);
  const connection = await RawConnection.open(t, port);
  const call = JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: INFO } });
  connection.write(request('POST', PATH, [JSON_LINE], call).toString().replace('HTTP/1.1', 'HTTP/1.0'));
  const { status, headers } = await connection.head();
  assert.deepEqual([status, headers['transfer-encoding']], [200, undefined]);
});
