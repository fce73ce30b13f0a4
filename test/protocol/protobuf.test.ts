/** The protobuf form: there and back for whatever the schemas allow, next to JSON, and against bytes of protoc. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExecutorCall, SchedulerCall } from '../../src/protocol/messages.js';
import { operatorCallFromV1, printResponseV1 } from '../../src/protocol/operator-json.js';
import { OPERATOR_CALLS, OPERATOR_EVENTS, OPERATOR_RESPONSES } from '../../src/protocol/operator.js';
import type { OperatorEvent, OperatorForm, OperatorResponseType } from '../../src/protocol/operator.js';
import { getAgents } from '../../src/protocol/operator-shapes.js';
import { CALL_NUMBERS, EVENT_NUMBERS } from '../../src/protocol/protobuf/call-numbers.js';
import { callFromProtobuf, callToProtobuf } from '../../src/protocol/protobuf/calls.js';
import { eventFromProtobuf, eventToProtobuf } from '../../src/protocol/protobuf/calls.js';
import { createLayouts, type FieldLayout, type MessageLayout } from '../../src/protocol/protobuf/layout.js';
import type { Numbers } from '../../src/protocol/protobuf/layout.js';
import { SCHEMA_NUMBERS } from '../../src/protocol/protobuf/numbers.js';
import { OPERATOR_CALL_NUMBERS, OPERATOR_EVENT_NUMBERS } from '../../src/protocol/protobuf/operator-numbers.js';
import { OPERATOR_RESPONSE_NUMBERS, OPERATOR_SCHEMA_NUMBERS } from '../../src/protocol/protobuf/operator-numbers.js';
import * as operator from '../../src/protocol/protobuf/operator.js';
import type { ExecutorId, FrameworkId } from '../../src/protocol/schema.js';
import { type Node, nodeOf } from '../../src/protocol/shape.js';
import type { ObjectNode } from '../../src/protocol/v1-fields.js';
import { killPolicy, TASK_STATES, taskState, taskStatus } from '../../src/protocol/task.js';
import { callFromV1, callToV1, eventFromV1, eventToV1 } from '../../src/protocol/v1-calls.js';
import { type Form, TABLES, type V1Api } from '../../src/protocol/v1-forms.js';
import { fromV1Json, toV1Json } from '../../src/protocol/v1-json.js';
import { refuses } from '../resources/refuses.js';
import { messagesOf, valuesOf } from './arbitraries.js';

const layouts = createLayouts([...SCHEMA_NUMBERS, ...OPERATOR_SCHEMA_NUMBERS]);
const ids = { frameworkId: 'F-1' as FrameworkId, executorId: 'e-1' as ExecutorId };
const APIS: readonly V1Api[] = ['scheduler', 'executor'];
type Fields = Record<string, unknown>;

const INTEGERS = {
  int32: (value: number) => value | 0,
  uint32: (value: number) => value >>> 0,
  int64: (value: number) => value,
  uint64: (value: number) => Math.abs(value),
} as const;

/** The value with integers that are in the range of their kind, and open words that are known. */
function fitted(layout: MessageLayout, value: Fields): Fields {
  const out = { ...value };
  for (const field of layout.fields) {
    if (out[field.name] !== undefined) out[field.name] = fittedField(field, out[field.name]);
  }
  return out;
}

function fittedField(field: FieldLayout, value: unknown): unknown {
  const { form, value: layout } = field;
  const item = (inner: unknown): unknown => {
    switch (layout.kind) {
      case 'message':
        return fitted(layout, inner as Fields);
      case 'wrap':
        return fittedField(layout.field, inner);
      case 'integer':
        return INTEGERS[layout.integer](inner as number);
      case 'word':
        return layout.numberOf.has(inner as string) ? inner : 'UNKNOWN';
      default:
        return inner;
    }
  };
  if (form === 'list') return (value as unknown[]).map(item);
  if (form === 'map') {
    return Object.fromEntries(Object.entries(value as Fields).map(([key, inner]) => [key, item(inner)]));
  }
  return item(value);
}

function fittedMessage<T>(form: Form, numbers: (typeof CALL_NUMBERS)['scheduler'], message: T): T {
  if (form.body.fields.length === 0) return message;
  return fitted(layouts.layoutOf(form.body, numbers[form.ours]!.body), message as Fields) as T;
}

test('every call comes back from protobuf as it does from JSON', () => {
  for (const api of APIS) {
    for (const form of TABLES[api].calls.byOurs.values()) {
      fc.assert(
        fc.property(messagesOf(form.ours), (any) => {
          const message = fittedMessage(form, CALL_NUMBERS[api], any as SchedulerCall | ExecutorCall);
          const callers = 'executorId' in message && api === 'executor' ? {} : ids;
          const fromJson = callFromV1(api as 'scheduler', callToV1(api, { ...callers, message }));
          const back = callFromProtobuf(api as 'scheduler', callToProtobuf(api, fromJson));
          assert.deepEqual(callToV1(api, back), callToV1(api, fromJson));
          assert.deepEqual(back, callFromProtobuf(api as 'scheduler', callToProtobuf(api, back)));
          assert.equal(back.message!.type, message.type);
        }),
        { numRuns: 10 },
      );
    }
  }
});

test('every event comes back from protobuf as it does from JSON', () => {
  for (const api of APIS) {
    for (const form of TABLES[api].events.byOurs.values()) {
      fc.assert(
        fc.property(messagesOf(form.ours), (any) => {
          const event = fittedMessage(form, EVENT_NUMBERS[api], any as never);
          const fromJson = eventFromV1(api as 'scheduler', eventToV1(event));
          const back = eventFromProtobuf(api as 'scheduler', eventToProtobuf(api, fromJson));
          assert.deepEqual(eventToV1(back), eventToV1(event));
        }),
        { numRuns: 10 },
      );
    }
  }
});

type Bodied = OperatorForm & { readonly body: NonNullable<OperatorForm['body']> };
const bodied = (table: Readonly<Record<string, OperatorForm>>) =>
  Object.entries(table).filter((entry): entry is [string, Bodied] => entry[1].body !== null);

function operatorBodies(form: Bodied, numbers: unknown, check: (body: object, node: Node) => void): void {
  const node = nodeOf(form.body) as ObjectNode;
  const layout = layouts.layoutOf(node, numbers as never);
  fc.assert(
    fc.property(valuesOf(node), (any) => check(fitted(layout, any as Fields), node)),
    { numRuns: 6 },
  );
}

test('every call, response and event of the operator API comes back from protobuf', () => {
  for (const [type, form] of bodied(OPERATOR_CALLS)) {
    operatorBodies(form, (OPERATOR_CALL_NUMBERS as Fields)[type], (body) => {
      const json = toV1Json(form.body, body as never);
      const call = operatorCallFromV1({ type, [type.toLowerCase()]: json });
      const back = operator.operatorCallFromProtobuf(operator.operatorCallToProtobuf(call)) as { body: object };
      assert.deepEqual(toV1Json(form.body, back.body as never), json);
    });
  }
  for (const [type, form] of bodied(OPERATOR_RESPONSES)) {
    operatorBodies(form, (OPERATOR_RESPONSE_NUMBERS as Fields)[type], (body) => {
      const bytes = operator.responseToProtobuf(type as OperatorResponseType, body);
      const back = operator.responseFromProtobuf(bytes);
      assert.equal(back.type, type);
      const text = (value: object): string => printResponseV1(type as OperatorResponseType, value as never);
      assert.equal(text(back.body!), text(body));
    });
  }
  for (const [type, form] of bodied(OPERATOR_EVENTS)) {
    operatorBodies(form, (OPERATOR_EVENT_NUMBERS as Fields)[type], (body) => {
      const bytes = operator.operatorEventToProtobuf({ type, body } as unknown as OperatorEvent);
      const back = operator.operatorEventFromProtobuf(bytes);
      assert.deepEqual(toV1Json(form.body, back.body as never), toV1Json(form.body, body as never));
    });
  }
});

test('a large response in parts is the response', () => {
  const agent = { agentInfo: { hostname: 'h' }, active: true, version: '1' };
  const agents = [agent, { ...agent, pid: 'p' }];
  const parts = Buffer.concat(agents.map((one) => operator.fieldsToProtobuf(getAgents, { agents: [one] })));
  const others = [1, 2, 3].map((field) => operator.headOf(field, 0));
  const inState = Buffer.concat([...others, operator.headOf(4, parts.length), parts]);
  const whole = Buffer.concat([operator.startOf('response', 'GET_STATE', inState.length), inState]);
  assert.deepEqual(operator.responseFromProtobuf(whole), {
    type: 'GET_STATE',
    body: { getTasks: {}, getExecutors: {}, getFrameworks: {}, getAgents: { agents } },
  });
});

interface Golden {
  readonly name: string;
  readonly api: V1Api | 'master';
  readonly kind: 'call' | 'event' | 'response';
  readonly json: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly hex: string;
}
const GOLDEN = JSON.parse(readFileSync(new URL('protobuf-golden.json', import.meta.url), 'utf8')) as Golden[];
const bodyOf = (table: Readonly<Record<string, OperatorForm>>, { json }: Golden): never =>
  fromV1Json(table[json.type]!.body!, json[json.type.toLowerCase()]) as never;

/** Our bytes of what JSON says, and what is read from given bytes beside what is read from JSON. */
function goldenForms(golden: Golden): { written: Uint8Array; read: unknown; expected: unknown } {
  const { api, kind, json, hex } = golden;
  const given = Buffer.from(hex, 'hex');
  if (api === 'master') {
    if (kind === 'call') {
      const expected = operatorCallFromV1(json);
      const written = operator.operatorCallToProtobuf(expected);
      return { written, read: operator.operatorCallFromProtobuf(given), expected };
    }
    const type = json.type as OperatorResponseType;
    if (kind === 'response') {
      const expected = { type, body: bodyOf(OPERATOR_RESPONSES, golden) };
      const written = operator.responseToProtobuf(type, expected.body);
      return { written, read: operator.responseFromProtobuf(given), expected };
    }
    const expected = { type, body: bodyOf(OPERATOR_EVENTS, golden) };
    const written = operator.operatorEventToProtobuf(expected as unknown as OperatorEvent);
    return { written, read: operator.operatorEventFromProtobuf(given), expected };
  }
  const scheduler = api as 'scheduler';
  if (kind === 'call') {
    const expected = callFromV1(scheduler, json);
    return { written: callToProtobuf(api, expected), read: callFromProtobuf(scheduler, given), expected };
  }
  const expected = eventFromV1(scheduler, json);
  return { written: eventToProtobuf(api, expected), read: eventFromProtobuf(scheduler, given), expected };
}

for (const golden of GOLDEN) {
  test(`${golden.name}: the bytes are those of protoc`, () => {
    const { written, read, expected } = goldenForms(golden);
    assert.equal(Buffer.from(written).toString('hex'), golden.hex);
    assert.deepEqual(read, expected);
  });
}

test('the heartbeats of all three APIs', () => {
  assert.deepEqual([...eventToProtobuf('scheduler', { type: 'HEARTBEAT' })], [8, 8]);
  assert.deepEqual([...eventToProtobuf('executor', { type: 'HEARTBEAT' })], [8, 9]);
  assert.deepEqual([...operator.operatorEventToProtobuf({ type: 'HEARTBEAT' })], [8, 9]);
});

test('every field and word of the schemas has a number, and every number a field or word', () => {
  const types = (table: { readonly byOurs: ReadonlyMap<string, unknown> }) => [...table.byOurs.keys()].sort();
  for (const api of APIS) {
    assert.deepEqual(Object.keys(CALL_NUMBERS[api]).sort(), types(TABLES[api].calls));
    assert.deepEqual(Object.keys(EVENT_NUMBERS[api]).sort(), types(TABLES[api].events));
  }
  const kill = nodeOf(killPolicy) as ObjectNode;
  const layoutWith = (numbers: Numbers) => () => createLayouts([]).layoutOf(kill, numbers);
  assert.equal(layoutWith({ grace_period: 1 })().fields.length, 1);
  refuses('INTERNAL', layoutWith({}), 'grace_period');
  refuses('INTERNAL', layoutWith({ grace_period: 1, more: 2 }), 'more');
  const status = nodeOf(taskStatus) as ObjectNode;
  const { TASK_LOST: _lost, ...words } = TASK_STATES;
  const tables = SCHEMA_NUMBERS.filter(([schema]) => schema !== taskState);
  const statusWith = (states: Numbers) => () => createLayouts([...tables, [taskState, states]]).layoutOf(status);
  refuses('INTERNAL', statusWith(words), 'TASK_LOST');
  refuses('INTERNAL', statusWith({ ...TASK_STATES, NEW: 99 }), 'NEW');
});
