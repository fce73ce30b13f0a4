/** The event stream of the operator API, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, master, TestAgent, TestFramework } from './fixtures.js';
import { operate, OPERATOR, readOut, running, Watching } from './operator-fixtures.js';
import { RawConnection, request } from './raw-http.js';
import type { OperatorEvent } from '../../../../src/protocol/operator.js';
import { printOperatorEventV1 } from '../../../../src/protocol/operator-json.js';
import { operatorCallToProtobuf, operatorEventFromProtobuf } from '../../../../src/protocol/protobuf/operator.js';

test('[B139] [D4] [D5] [D6] [D15] a stream starts with the state and a heartbeat', async (t) => {
  const { port } = await master(t, { core: { heartbeatIntervalMs: 100 } });
  const { framework } = await running(t, port);
  await framework.offers();
  const state = await readOut(t, port, 'GET_STATE');
  const watching = await Watching.start(t, port, `${OPERATOR}/operator`);
  assert.equal(watching.headers['content-type'], 'application/json');
  assert.equal(watching.headers['transfer-encoding'], 'chunked');
  assert.equal(watching.headers['mesos-stream-id'], undefined);
  const first = await watching.next();
  assert.deepEqual(first, { type: 'SUBSCRIBED', subscribed: { get_state: state, heartbeat_interval_seconds: 0.1 } });
  for (let i = 0; i < 3; i++) assert.deepEqual(await watching.next(), { type: 'HEARTBEAT' });
});

test('[B139] what happens to agents, frameworks and tasks is told to all who watch', async (t) => {
  const { port } = await master(t);
  const both = [await Watching.start(t, port), await Watching.start(t, port)];
  for (const watching of both) {
    assert.equal((await watching.next()).type, 'SUBSCRIBED');
    assert.equal((await watching.next()).type, 'HEARTBEAT');
  }
  const next = async (type: string): Promise<Json> => {
    const [event, same] = await Promise.all(both.map((watching) => watching.next()));
    assert.deepEqual(same, event);
    assert.equal(event!.type, type);
    return event![type.toLowerCase()] as Json;
  };
  const { agent, framework } = await running(t, port);
  const { agent: added } = await next('AGENT_ADDED');
  assert.deepEqual(((added as Json).agent_info as Json).id, { value: agent.id });
  const { framework: subscribed } = await next('FRAMEWORK_ADDED');
  assert.deepEqual([(subscribed as Json).connected, (subscribed as Json).active], [true, true]);
  const { task } = await next('TASK_ADDED');
  assert.deepEqual([(task as Json).state, (task as Json).task_id], ['TASK_STAGING', { value: 't1' }]);
  const updated = await next('TASK_UPDATED');
  assert.deepEqual([updated.framework_id, updated.state], [{ value: framework.frameworkId }, 'TASK_RUNNING']);
  assert.equal((updated.status as Json).state, 'TASK_RUNNING');
  const again = await TestFramework.start(
    t,
    port,
    { user: 'nobody', name: 'new name', id: { value: framework.frameworkId } },
    { frameworkId: framework.frameworkId },
  );
  const { framework: back } = await next('FRAMEWORK_UPDATED');
  assert.equal(((back as Json).framework_info as Json).name, 'new name');
  await operate(t, port, 'MARK_AGENT_GONE', { agent_id: { value: agent.id } });
  assert.equal((await next('TASK_UPDATED')).state, 'TASK_LOST');
  assert.deepEqual(await next('AGENT_REMOVED'), { agent_id: { value: agent.id } });
  await again.accepted('TEARDOWN');
  const { framework_info: gone } = await next('FRAMEWORK_REMOVED');
  assert.deepEqual((gone as Json).id, { value: framework.frameworkId });
});

test('[B139] texts are ASCII, so that their length is that of the bytes', async (t) => {
  const { port } = await master(t);
  const watching = await Watching.start(t, port);
  await watching.next();
  await watching.next();
  await TestFramework.start(t, port, { user: 'nobody', name: 'häßlich \u{1F600}' });
  const { framework_added: added } = await watching.next();
  assert.equal((((added as Json).framework as Json).framework_info as Json).name, 'häßlich \u{1F600}');
});

test('[B139] [B150] beyond the limit the oldest stream ends', async (t) => {
  const { port } = await master(t, { maxSubscribers: 2 });
  const streams: Watching[] = [];
  for (let i = 0; i < 3; i++) {
    const watching = await Watching.start(t, port);
    assert.equal((await watching.next()).type, 'SUBSCRIBED');
    assert.equal((await watching.next()).type, 'HEARTBEAT');
    streams.push(watching);
  }
  assert.equal((await streams[0]!.next()).type, 'END');
  await TestAgent.join(t, port);
  assert.equal((await streams[1]!.next()).type, 'AGENT_ADDED');
  assert.equal((await streams[2]!.next()).type, 'AGENT_ADDED');
});

test('[B139] [D2] a stream in protobuf says the same', async (t) => {
  const { port } = await master(t);
  const { framework } = await running(t, port);
  await framework.offers();
  const connection = await RawConnection.open(t, port);
  const call = operatorCallToProtobuf({ type: 'SUBSCRIBE', body: undefined });
  const lines = ['Content-Type: application/x-protobuf', 'Accept: application/x-protobuf'];
  connection.write(request('POST', OPERATOR, lines, Buffer.from(call)));
  const { headers } = await connection.head();
  assert.equal(headers['content-type'], 'application/x-protobuf');
  const next = async (): Promise<{ type: string; body?: object }> => {
    const chunk = await connection.chunk();
    return operatorEventFromProtobuf(chunk!.subarray(chunk!.indexOf('\n') + 1));
  };
  const { type, body } = await next();
  assert.equal(type, 'SUBSCRIBED');
  const printed = JSON.parse(printOperatorEventV1({ type, body } as OperatorEvent)) as Record<string, Json>;
  assert.deepEqual(printed.subscribed!.get_state, await readOut(t, port, 'GET_STATE'));
  assert.equal((await next()).type, 'HEARTBEAT');
  await framework.accepted('TEARDOWN');
  const types = [await next(), await next()].map((event) => event.type);
  assert.deepEqual(types, ['TASK_UPDATED', 'FRAMEWORK_REMOVED']);
});
