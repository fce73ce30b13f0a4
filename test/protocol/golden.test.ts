/**
 * Every call, event and response of the three APIs in JSON and in protobuf. The values are random ones, the bytes those
 * that Python's protobuf 3.21 makes of the JSON by the definitions of Mesos 1.12 (c1b42f7).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AGENT_OPERATOR_CALLS, AGENT_OPERATOR_RESPONSES } from '../../src/protocol/agent-operator.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import { MESSAGES, type Message } from '../../src/protocol/messages.js';
import { agentOperatorCallFromV1, operatorCallFromV1 } from '../../src/protocol/operator-json.js';
import { OPERATOR_CALLS, OPERATOR_EVENTS, OPERATOR_RESPONSES, type OperatorForm } from '../../src/protocol/operator.js';
import * as agent from '../../src/protocol/protobuf/agent-operator.js';
import { callFromProtobuf, callToProtobuf } from '../../src/protocol/protobuf/calls.js';
import { eventFromProtobuf, eventToProtobuf } from '../../src/protocol/protobuf/calls.js';
import * as operator from '../../src/protocol/protobuf/operator.js';
import { callFromV1, callToV1, eventFromV1, eventToV1, type V1Call } from '../../src/protocol/v1-calls.js';
import { TABLES } from '../../src/protocol/v1-forms.js';
import { fromV1Json, toV1Json } from '../../src/protocol/v1-json.js';

interface Json {
  readonly type: string;
  readonly [body: string]: unknown;
}

interface Golden {
  readonly name: string;
  readonly api: 'scheduler' | 'executor' | 'master' | 'agent';
  readonly kind: 'call' | 'event' | 'response';
  readonly json: Json;
  readonly hex: string;
}

/** One kind of messages: from and to both forms, by way of what mete works with. */
interface Kind {
  readonly types: readonly string[];
  readonly fromJson: (json: Json) => unknown;
  readonly toJson: (value: never) => unknown;
  readonly fromBytes: (bytes: Uint8Array) => unknown;
  readonly toBytes: (value: never) => Uint8Array;
}

type Table = Readonly<Record<string, OperatorForm>>;
interface Typed {
  readonly type: string;
  readonly body?: object;
}

/** Messages of the operator APIs whose two forms are made of a type and a body. */
function bodies(
  table: Table,
  toBytes: (value: never) => Uint8Array,
  fromBytes: (bytes: Uint8Array) => unknown,
  fromJson?: (json: Json) => unknown,
): Kind {
  const read = ({ type, ...rest }: Json): Typed => {
    const { body: schema } = table[type]!;
    if (schema === null) return { type };
    return { type, body: fromV1Json(schema, rest[type.toLowerCase()]) as object };
  };
  const print = ({ type, body }: Typed): object => {
    const { body: schema } = table[type]!;
    return schema === null ? { type } : { type, [type.toLowerCase()]: toV1Json(schema, (body ?? {}) as never) };
  };
  return { types: Object.keys(table), fromJson: fromJson ?? read, toJson: print, toBytes, fromBytes };
}

/** Messages of the scheduler and executor APIs. */
function messages(api: 'scheduler' | 'executor', kind: 'call' | 'event'): Kind {
  const any = api as 'scheduler';
  const types = [...TABLES[api][kind === 'call' ? 'calls' : 'events'].byV1.keys()];
  if (kind === 'event') {
    return {
      types,
      fromJson: (json) => eventFromV1(any, json),
      toJson: eventToV1,
      fromBytes: (bytes) => eventFromProtobuf(any, bytes),
      toBytes: (event) => eventToProtobuf(api, event),
    };
  }
  return {
    types,
    fromJson: (json) => callFromV1(any, json),
    toJson: (call) => callToV1(api, call),
    fromBytes: (bytes) => callFromProtobuf(any, bytes),
    toBytes: (call) => callToProtobuf(api, call),
  };
}

const typed = <R>(write: (type: never, body: never) => R) => ({ type, body }: Typed): R =>
  write(type as never, (body ?? {}) as never);

const KINDS: Readonly<Record<string, Kind>> = {
  'scheduler call': messages('scheduler', 'call'),
  'scheduler event': messages('scheduler', 'event'),
  'executor call': messages('executor', 'call'),
  'executor event': messages('executor', 'event'),
  'master call': bodies(
    OPERATOR_CALLS, operator.operatorCallToProtobuf, operator.operatorCallFromProtobuf, operatorCallFromV1),
  'master response': bodies(OPERATOR_RESPONSES, typed(operator.responseToProtobuf), operator.responseFromProtobuf),
  'master event': bodies(OPERATOR_EVENTS, operator.operatorEventToProtobuf, operator.operatorEventFromProtobuf),
  'agent call': bodies(
    AGENT_OPERATOR_CALLS, agent.agentOperatorCallToProtobuf, agent.agentOperatorCallFromProtobuf,
    agentOperatorCallFromV1),
  'agent response': bodies(
    AGENT_OPERATOR_RESPONSES, typed(agent.agentResponseToProtobuf), agent.agentResponseFromProtobuf),
};

const text = readFileSync(new URL('protobuf-golden-all.json', import.meta.url), 'utf8');
const GOLDEN = JSON.parse(text) as readonly Golden[];

/** As it is once it has been written: without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

for (const [name, kind] of Object.entries(KINDS)) {
  const mine = GOLDEN.filter((golden) => `${golden.api} ${golden.kind}` === name);

  test(`${name}: there is a golden one of every type`, () => {
    const types = new Set(mine.map(({ json }) => json.type));
    for (const type of kind.types) assert.ok(types.has(type), type);
  });

  test(`${name}: bytes are those of protoc, and read as the JSON is; JSON comes back as it was`, () => {
    for (const { json, hex, name: what } of mine) {
      const value = kind.fromJson(json);
      assert.equal(Buffer.from(kind.toBytes(value as never)).toString('hex'), hex, what);
      const read = kind.fromBytes(Buffer.from(hex, 'hex'));
      assert.deepEqual(plain(kind.toJson(read as never)), plain(kind.toJson(value as never)), what);
      assert.deepEqual(plain(kind.toJson(value as never)), json, what);
    }
  });
}

test('what came over HTTP is the same after a native frame', () => {
  for (const { api, kind, json, name } of GOLDEN) {
    if (api === 'master' || api === 'agent') continue;
    const { fromJson } = KINDS[`${api} ${kind}`]!;
    const message = (kind === 'call' ? (fromJson(json) as V1Call<Message>).message : fromJson(json)) as Message | null;
    if (message === null || !(message.type in MESSAGES)) continue;
    assert.deepEqual(decodeFrame(encodeFrame([message])), [message], name);
  }
});
