/** The doors of the master with protobuf bodies: a framework's whole way in, operators' reads, refusals. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createRecordReader } from '../../../../src/http/record-io.js';
import { callToProtobuf, eventFromProtobuf } from '../../../../src/protocol/protobuf/calls.js';
import { operatorCallToProtobuf, responseFromProtobuf } from '../../../../src/protocol/protobuf/operator.js';
import type { SchedulerCall } from '../../../../src/protocol/messages.js';
import type { FrameworkId } from '../../../../src/protocol/schema.js';
import { master } from './fixtures.js';

const PROTOBUF = 'application/x-protobuf';

function post(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  const all = { 'content-type': PROTOBUF, accept: PROTOBUF, connection: 'close', ...headers };
  return fetch(url, { method: 'POST', headers: all, body: Buffer.from(body) });
}

test('a framework subscribes and calls in protobuf, and is sent records of protobuf', async (t: TestContext) => {
  const { port } = await master(t);
  const url = `http://127.0.0.1:${port}/api/v1/scheduler`;
  const call = (message: SchedulerCall, frameworkId?: FrameworkId): Uint8Array =>
    callToProtobuf('scheduler', { ...(frameworkId === undefined ? {} : { frameworkId }), message });
  const subscribe = call({ type: 'SUBSCRIBE', frameworkInfo: { user: 'root', name: 'p' } });
  const answer = await post(url, subscribe);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), PROTOBUF);
  const records = createRecordReader();
  const stream = answer.body!.getReader();
  const first = await stream.read();
  const [record] = records.read(first.value as Uint8Array);
  const event = eventFromProtobuf('scheduler', record!);
  assert.ok(event.type === 'SUBSCRIBED');
  const streamId = { 'mesos-stream-id': answer.headers.get('mesos-stream-id')! };
  const reconcile = await post(url, call({ type: 'RECONCILE' }, event.frameworkId), streamId);
  assert.equal(reconcile.status, 202);
  const teardown = await post(url, call({ type: 'TEARDOWN' }, event.frameworkId), streamId);
  assert.equal(teardown.status, 202);
  await stream.cancel();
});

test('what is no Call, or lacks something, is refused with the texts of Mesos', async (t: TestContext) => {
  const { port } = await master(t);
  for (const [path, name] of [['/api/v1/scheduler', 'scheduler'], ['/api/v1', 'master']] as const) {
    const cut = await post(`http://127.0.0.1:${port}${path}`, new Uint8Array([10, 5, 10]));
    assert.equal(cut.status, 400);
    assert.equal(await cut.text(), 'Failed to parse body into Call protobuf');
    const empty = await post(`http://127.0.0.1:${port}${path}`, new Uint8Array());
    assert.equal(await empty.text(), `Failed to validate ${name}::Call: Expecting 'type' to be present`);
  }
});

test('operators read in protobuf what they read in JSON', async (t: TestContext) => {
  const { port } = await master(t);
  const url = `http://127.0.0.1:${port}/api/v1`;
  for (const type of ['GET_VERSION', 'GET_STATE', 'GET_ROLES', 'GET_MASTER', 'GET_FLAGS', 'GET_QUOTA'] as const) {
    const answer = await post(url, operatorCallToProtobuf({ type, body: undefined }));
    assert.equal(answer.status, 200, type);
    assert.equal(answer.headers.get('content-type'), PROTOBUF);
    const { type: answered, body } = responseFromProtobuf(new Uint8Array(await answer.arrayBuffer()));
    assert.equal(answered, type);
    assert.ok(body !== undefined);
  }
  const json = await post(url, operatorCallToProtobuf({ type: 'GET_HEALTH', body: undefined }), { accept: '*/*' });
  assert.deepEqual(await json.json(), { type: 'GET_HEALTH', get_health: { healthy: true } });
});
