/** Both forms of bodies and events on the scheduler endpoint, in any combination; protobuf by its bytes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ask, JSON_LINE, master, PATH } from './fixtures.js';
import { type RawAnswer, RawConnection, request } from './raw-http.js';

const PROTOBUF_LINE = 'Content-Type: application/x-protobuf';

/** A field of bytes. */
function field(number: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  assert.ok(content.length < 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);
}

/** Call { type = 2, framework_id = 1 { value = 1 } }, then the body. */
function protobufCall(type: number, frameworkId: string | null, ...body: Buffer[]): Buffer {
  const id = frameworkId === null ? [] : [field(1, field(1, frameworkId))];
  return Buffer.concat([...id, Buffer.from([2 * 8, type]), ...body]);
}

const SUBSCRIBE = {
  json: Buffer.from('{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}'),
  // subscribe = 3 { framework_info = 1 { user = 1, name = 2 } }
  protobuf: protobufCall(1, null, field(3, field(1, field(1, 'u'), field(2, 'n')))),
};
const LINES = { json: JSON_LINE, protobuf: PROTOBUF_LINE };
const TYPES = { json: 'application/json', protobuf: 'application/x-protobuf' };
// Event { type = 1: HEARTBEAT = 8 }
const HEARTBEATS = { json: '20\n{"type":"HEARTBEAT"}', protobuf: '2\n\x08\x08' };

interface Subscription {
  readonly frameworkId: string;
  readonly streamId: string;
}

/** Subscribes in one form and reads events in the other. */
async function subscribe(
  t: TestContext,
  port: number,
  asked: keyof typeof LINES,
  wanted: keyof typeof LINES | null,
): Promise<Subscription> {
  const stream = await RawConnection.open(t, port);
  const accept = wanted === null ? [] : [`Accept: ${TYPES[wanted]}`];
  stream.write(request('POST', PATH, [LINES[asked], ...accept], SUBSCRIBE[asked]));
  const { status, headers } = await stream.head();
  const form = wanted ?? 'json';
  assert.deepEqual([status, headers['content-type']], [200, TYPES[form]]);
  const subscribed = (await stream.chunk())!.toString('latin1');
  assert.equal((await stream.chunk())!.toString('latin1'), HEARTBEATS[form]);
  const frameworkId = /[0-9a-f-]{36}-\d{4}/.exec(subscribed)![0];
  // Event { type = 1: SUBSCRIBED = 1, subscribed = 2 { framework_id = 1 { value = 1 } … } }
  if (form === 'protobuf') assert.match(subscribed, /^\d+\n\x08\x01\x12/);
  return { frameworkId, streamId: headers['mesos-stream-id']! };
}

test('[D2] [D3] [D5] bodies and events are JSON or protobuf, each by itself', async (t) => {
  const { port } = await master(t);
  for (const asked of ['json', 'protobuf'] as const) {
    for (const wanted of ['json', 'protobuf', null] as const) {
      const { frameworkId, streamId } = await subscribe(t, port, asked, wanted);
      const id = `Mesos-Stream-Id: ${streamId}`;
      const calls: [string, Buffer][] = [
        // REVIVE, revive = 15 { roles = 1 }
        [PROTOBUF_LINE, protobufCall(5, frameworkId, field(15, field(1, '*')))],
        [JSON_LINE, Buffer.from(JSON.stringify({ type: 'REVIVE', framework_id: { value: frameworkId } }))],
        // TEARDOWN
        [PROTOBUF_LINE, protobufCall(2, frameworkId)],
      ];
      for (const [line, body] of calls) {
        const answer = await ask(t, port, 'POST', PATH, [line, id], body);
        assert.deepEqual([answer.status, answer.body], [202, '']);
      }
    }
  }
});

test('[D2] [D12] protobuf bodies are refused with the same texts', async (t) => {
  const { port } = await master(t);
  const call = (body: Buffer): Promise<RawAnswer> => ask(t, port, 'POST', PATH, [PROTOBUF_LINE], body);
  const cases: [Buffer, string][] = [
    [Buffer.from('hello'), 'Failed to parse body into Call protobuf'],
    [SUBSCRIBE.protobuf.subarray(0, -1), 'Failed to parse body into Call protobuf'],
    [Buffer.alloc(0), "Failed to validate scheduler::Call: Expecting 'type' to be present"],
    [protobufCall(2, null), "Failed to validate scheduler::Call: Expecting 'framework_id' to be present"],
    [protobufCall(6, 'F'), "Failed to validate scheduler::Call: Expecting 'kill' to be present"],
    [protobufCall(2, 'F'), 'Framework cannot be found'],
  ];
  for (const [body, text] of cases) {
    const answer = await call(body);
    assert.deepEqual([answer.status, answer.body], [400, text]);
  }
});
