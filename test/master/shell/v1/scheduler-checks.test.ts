/** The checks of the scheduler endpoint, as bytes over real sockets: which comes first, with which status and text. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeElection, leaderAt } from '../../../ha/fake-election.js';
import { ask, type Json, JSON_LINE, master, NativePeer, PATH, TestFramework } from './fixtures.js';
import { RawConnection, request } from './raw-http.js';

type Case = readonly [name: string, status: number, text: string, lines: readonly string[], body: string];

const KILL = { type: 'KILL', framework_id: { value: 'F' }, kill: { task_id: { value: 't' } } };
const ABSENT_ID = 'Failed to validate scheduler::Call: Expecting ';

async function check(t: TestContext, port: number, cases: readonly Case[]): Promise<void> {
  for (const [name, status, text, lines, body] of cases) {
    const answer = await ask(t, port, 'POST', PATH, lines, body);
    assert.deepEqual([answer.status, answer.body], [status, text], name);
    if (text !== '') assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8', name);
  }
}

test('[D1] [D12] the scheduler endpoint is there twice, and takes POST only', async (t) => {
  const { port } = await master(t);
  for (const path of [PATH, `/master${PATH}`]) {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      // What else is wrong with the request does not matter.
      const { status, headers, body } = await ask(t, port, method, path, ['Content-Type: text/plain'], '{');
      const text = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
      assert.deepEqual([status, headers.allow, body], [405, 'POST', text]);
    }
    const { status, body } = await ask(t, port, 'POST', path);
    assert.deepEqual([status, body], [400, "Expecting 'Content-Type' to be present"]);
  }
});

test('[D2] the type of a body is checked before the body, the body before the call', async (t) => {
  const { port } = await master(t);
  const syntax = 'Failed to parse body into JSON: syntax error at line';
  const unknownType = "Expecting 'Content-Type' of application/json or application/x-protobuf";
  await check(t, port, [
    ['no type', 400, "Expecting 'Content-Type' to be present", [], '{'],
    ['a type that is not known', 415, unknownType, ['Content-Type: text/plain'], '{'],
    ['a part of a type', 415, unknownType, ['Content-Type: application/jso'], '{}'],
    ['cut JSON', 400, `${syntax} 1 near: `, [JSON_LINE], '{"a":'],
    ['cut later', 400, `${syntax} 3 near: `, [JSON_LINE], '{"a":\n[1,\n'],
    ['no JSON', 400, `${syntax} 1 near: hello`, [JSON_LINE], 'hello'],
    ['no object', 400, 'Failed to convert JSON into Call protobuf: Expecting a JSON object', [JSON_LINE], '[]'],
    ['parameters', 400, `${ABSENT_ID}'type' to be present`, ['Content-Type: Application/JSON; charset=utf-8'], '{}'],
  ]);
});

test('JSON may be nested 200 deep', async (t) => {
  const { port } = await master(t);
  const nested = (depth: number): string => `{"type":"TEARDOWN","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const fine = await ask(t, port, 'POST', PATH, [JSON_LINE], nested(200));
  assert.equal(fine.body, `${ABSENT_ID}'framework_id' to be present`);
  for (const depth of [201, 50_000]) {
    const { status, body } = await ask(t, port, 'POST', PATH, [JSON_LINE], nested(depth));
    assert.equal(status, 400);
    assert.match(body, /^Failed to parse body into JSON: syntax error at line 1 near: .{100}$/);
  }
});

test('[D12] [D14] [B172] a call is converted, then validated, then its framework is looked for', async (t) => {
  const { port } = await master(t);
  const conversion = 'Failed to convert JSON into Call protobuf: ';
  const unexpected = `${conversion}Not expecting a JSON`;
  const invalid = 'Failed to validate scheduler::Call: ';
  const differs = `${invalid}'framework_id' differs from `;
  const info = { user: 'u', name: 'n' };
  const update = { framework_info: { ...info, id: { value: 'G' } } };
  const ack = { agent_id: { value: 'S' }, task_id: { value: 't' }, uuid: 'AAAA' };
  const F = { framework_id: { value: 'F' } };
  const subscribe = { framework_info: info };
  const updateOther = { type: 'UPDATE_FRAMEWORK', ...F, update_framework: update };
  const cases: [string, Json, string][] = [
    ['no type', { ...F }, `${ABSENT_ID}'type' to be present`],
    ['null type', { ...F, type: null }, `${ABSENT_ID}'type' to be present`],
    ['unknown type', { ...F, type: 'FLY' }, `${ABSENT_ID}'type' to be present`],
    ['no framework id', { type: 'TEARDOWN' }, `${ABSENT_ID}'framework_id' to be present`],
    ['framework id before body', { type: 'KILL' }, `${ABSENT_ID}'framework_id' to be present`],
    ['missing fields before the id', { type: 'KILL', kill: {} }, `${conversion}Missing required fields: kill.task_id`],
    ['a wrong kind', { ...KILL, kill: { task_id: 't' } }, `${unexpected} string for field 'task_id'`],
    ['another body', { ...KILL, accept: 1 }, `${unexpected} number for field 'accept'`],
    ['id differs', { type: 'SUBSCRIBE', ...F, subscribe }, `${differs}'subscribe.framework_info.id'`],
    ['id only inside', { type: 'SUBSCRIBE', subscribe: update }, `${differs}'subscribe.framework_info.id'`],
    ['update of another', updateOther, `${differs}'update_framework.framework_info.id'`],
    ['a short uuid', { type: 'ACKNOWLEDGE', ...F, acknowledge: ack }, `${invalid}Not a valid UUID`],
    ['no framework', KILL, 'Framework cannot be found'],
    ['no framework for UNKNOWN', { ...F, type: 'UNKNOWN' }, 'Framework cannot be found'],
  ];
  for (const type of ['ACCEPT', 'DECLINE', 'KILL', 'SHUTDOWN', 'ACKNOWLEDGE', 'RECONCILE', 'MESSAGE', 'REQUEST',
    'ACCEPT_INVERSE_OFFERS', 'DECLINE_INVERSE_OFFERS', 'UPDATE_FRAMEWORK', 'ACKNOWLEDGE_OPERATION_STATUS',
    'RECONCILE_OPERATIONS']) {
    cases.push([type, { ...F, type }, `${ABSENT_ID}'${type.toLowerCase()}' to be present`]);
  }
  cases.push(['SUBSCRIBE', { type: 'SUBSCRIBE' }, `${ABSENT_ID}'subscribe' to be present`]);
  await check(t, port, cases.map(([name, call, text]) => [name, 400, text, [JSON_LINE], JSON.stringify(call)]));
});

test('[D3] SUBSCRIBE needs an Accept that allows JSON or protobuf; other calls do not', async (t) => {
  const { port } = await master(t);
  const subscribe = JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'u', name: 'n' } } });
  const text = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";
  for (const accept of ['text/html', 'application/json;q=0', 'application/json; q=0.0, text/*', '']) {
    const lines = [JSON_LINE, `Accept: ${accept}`, 'Mesos-Stream-Id: x'];
    const answer = await ask(t, port, 'POST', PATH, lines, subscribe);
    assert.deepEqual([answer.status, answer.body], [406, text], accept);
  }
  for (const accept of ['*/*', 'application/*', 'text/html, Application/JSON;q=0.1', 'application/json']) {
    const stream = await RawConnection.open(t, port);
    stream.write(request('POST', PATH, [JSON_LINE, `Accept: ${accept}`], subscribe));
    const { status, headers } = await stream.head();
    assert.deepEqual([status, headers['content-type']], [200, 'application/json'], accept);
  }
  const reconcile = { type: 'RECONCILE_OPERATIONS', framework_id: { value: 'F' }, reconcile_operations: {} };
  await check(t, port, [
    ['operations', 406, text, [JSON_LINE, 'Accept: text/html'], JSON.stringify(reconcile)],
    ['operations, all', 400, 'Framework cannot be found', [JSON_LINE], JSON.stringify(reconcile)],
  ]);
  const lines = [JSON_LINE, 'Accept: text/html'];
  await check(t, port, [['a call', 400, 'Framework cannot be found', lines, JSON.stringify(KILL)]]);
});

test('[D9] [D12] [D35] the framework, its connection and its stream id are checked in this order', async (t) => {
  const { port } = await master(t);
  const subscribe = JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'u', name: 'n' } } });
  await check(t, port, [
    ['SUBSCRIBE with a stream id', 400, "Subscribe calls should not include the 'Mesos-Stream-Id' header",
      [JSON_LINE, 'Mesos-Stream-Id: x'], subscribe],
  ]);
  const framework = await TestFramework.start(t, port, { user: 'u', name: 'n', failover_timeout: 600 });
  const answers = async (status: number, text: string, streamId: string | null, call: Json = { type: 'REVIVE' }) => {
    const answer = await framework.call(call, streamId);
    assert.deepEqual([answer.status, answer.body], [status, text]);
  };
  const { frameworkId, streamId } = framework;
  await answers(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header", null);
  const mismatch =
    "The stream ID 'nope' included in this request didn't match the stream ID currently associated with " +
    `framework ID ${frameworkId}`;
  await answers(400, mismatch, 'nope');
  await answers(400, 'Framework cannot be found', 'nope', { type: 'REVIVE', framework_id: { value: 'other' } });
  await answers(501, '', streamId, { type: 'UNKNOWN' });
  await answers(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header", null, { type: 'UNKNOWN' });
  await answers(202, '', streamId);
  framework.leave();
  // The master learns of it a moment later.
  for (let answer = 202; answer === 202; ) answer = (await framework.call({ type: 'REVIVE' })).status;
  await answers(403, 'Framework is not subscribed', 'nope');
  await answers(403, 'Framework is not subscribed', null);
});

test('[D12] a framework on a native link cannot be spoken for over HTTP', async (t) => {
  const { port } = await master(t);
  const native = await new NativePeer().open(t, port);
  native.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'u', name: 'native' } });
  const { frameworkId } = await native.next('SUBSCRIBED');
  const call = JSON.stringify({ type: 'TEARDOWN', framework_id: { value: frameworkId } });
  await check(t, port, [['native', 403, 'Framework is not connected via HTTP', [JSON_LINE], call]]);
});

test('[D10] [D11] [B22] who does not lead says so before all else', async (t) => {
  const election = new FakeElection();
  const { port } = await master(t, { election, openRegistrar: () => new Promise(() => undefined) });
  const answer = () => ask(t, port, 'GET', `/master${PATH}?a=b`);
  const leaderless = await answer();
  assert.deepEqual([leaderless.status, leaderless.body], [503, 'No leader elected']);
  election.tell(leaderAt('leader.example', 5050));
  const { status, headers, body } = await answer();
  assert.deepEqual([status, headers.location, body], [307, `//leader.example:5050/master${PATH}?a=b`, '']);
  await election.elect();
  const recovering = await answer();
  assert.deepEqual([recovering.status, recovering.body], [503, 'Master has not finished recovery']);
});

test('[D16] one connection carries many calls, and is not closed for being idle', async (t) => {
  const { port } = await master(t);
  const framework = await TestFramework.start(t, port);
  for (let i = 0; i < 3; i++) {
    const answer = await framework.call({ type: 'REVIVE' });
    assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [202, '0', '']);
    assert.notEqual(answer.headers.connection, 'close');
    assert.equal(answer.headers['keep-alive'], undefined);
  }
});
