/** The v1 JSON form: there and back for whatever the schemas allow, its printing, and how leniently it is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameworkInfo } from '../../src/protocol/framework.js';
import type { ExecutorCall, ExecutorEvent, SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import type { MessageType } from '../../src/protocol/messages.js';
import { EXECUTOR_CALLS, EXECUTOR_EVENTS } from '../../src/protocol/executor.js';
import { unavailability } from '../../src/protocol/common.js';
import { SCHEDULER_CALLS, SCHEDULER_EVENTS } from '../../src/protocol/scheduler.js';
import type { ExecutorId, FrameworkId } from '../../src/protocol/schema.js';
import { offer } from '../../src/protocol/offer.js';
import { type Node, nodeOf } from '../../src/protocol/shape.js';
import { taskInfo, taskStatus } from '../../src/protocol/task.js';
import { callFromV1, callToV1, eventFromV1, eventToV1, printEventV1 } from '../../src/protocol/v1-calls.js';
import { fromV1Json, printV1Json, toV1Json } from '../../src/protocol/v1-json.js';
import { refuses } from '../resources/refuses.js';
import { messagesOf, valuesOf } from './arbitraries.js';

const frameworkId = 'F-1' as FrameworkId;
const executorId = 'e-1' as ExecutorId;

/** A value as it comes back: defaults are set, empty lists and flags of presence that are false are not. */
function asItReturns(node: Node, value: unknown): unknown {
  if (node.kind === 'list') return (value as unknown[]).map((item) => asItReturns(node.item, item));
  if (node.kind === 'map') {
    const entries = Object.entries(value as object).map(([key, item]) => [key, asItReturns(node.value, item)]);
    return Object.fromEntries(entries) as unknown;
  }
  if (node.kind !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const { name, optional, node: field } of node.fields) {
    const inner = (value as Record<string, unknown>)[name] ?? field.v1.default;
    if (inner === undefined) continue;
    const collection = field.kind === 'list' || field.kind === 'map';
    const empty = collection && Object.keys(inner as object).length === 0;
    if (optional && empty && field.v1.wrap === undefined) continue;
    if (optional && field.v1.presence === true && inner === false) continue;
    out[name] = asItReturns(field, inner);
  }
  return out;
}

for (const [name, schema] of Object.entries({ frameworkInfo, offer, taskInfo, taskStatus, unavailability })) {
  test(`${name}: what is written is read back, and text and tree say the same`, () => {
    const node = nodeOf(schema);
    fc.assert(
      fc.property(valuesOf(node), (value) => {
        const tree = toV1Json(schema, value as never);
        assert.deepEqual(fromV1Json(schema, tree), asItReturns(node, value));
        assert.deepEqual(JSON.parse(printV1Json(schema, value as never)), JSON.parse(JSON.stringify(tree)));
      }),
      { numRuns: 40 },
    );
  });
}

const keys = (table: object) => Object.keys(table) as MessageType[];

test('every call of the scheduler API comes back from v1', () => {
  for (const type of keys(SCHEDULER_CALLS)) {
    fc.assert(
      fc.property(messagesOf(type), (message) => {
        const ids = message.type === 'SUBSCRIBE' ? {} : { frameworkId };
        const json = callToV1('scheduler', { ...ids, message: message as SchedulerCall });
        const back = callFromV1('scheduler', json);
        assert.deepEqual(callToV1('scheduler', back), json);
        assert.deepEqual(Object.keys(back.message!).includes('frameworkId'), 'frameworkId' in message);
        if (message.type !== 'SUBSCRIBE') assert.equal(back.frameworkId, frameworkId);
      }),
      { numRuns: 10 },
    );
  }
});

test('every call of the executor API comes back from v1', () => {
  for (const type of keys(EXECUTOR_CALLS)) {
    fc.assert(
      fc.property(messagesOf(type), (message) => {
        const own = message as ExecutorCall;
        const ids = own.type === 'EXECUTOR_SUBSCRIBE' ? own : { frameworkId, executorId };
        const call = { frameworkId: ids.frameworkId, executorId: ids.executorId, message: own };
        const json = callToV1('executor', call);
        const back = callFromV1('executor', json);
        assert.equal(back.executorId, ids.executorId);
        assert.deepEqual(callToV1('executor', back), json);
      }),
      { numRuns: 10 },
    );
  }
});

test('every event comes back from v1, and its text is its tree', () => {
  const back = (type: MessageType, json: unknown) =>
    type in SCHEDULER_EVENTS ? eventFromV1('scheduler', json) : eventFromV1('executor', json);
  for (const type of [...keys(SCHEDULER_EVENTS), ...keys(EXECUTOR_EVENTS)]) {
    fc.assert(
      fc.property(messagesOf(type), (message) => {
        const event = message as SchedulerEvent | ExecutorEvent;
        const json = eventToV1(event);
        assert.deepEqual(eventToV1(back(type, json)), json);
        assert.deepEqual(JSON.parse(printEventV1(event)), JSON.parse(JSON.stringify(json)));
      }),
      { numRuns: 10 },
    );
  }
});

test('a call is read as frameworks write it', () => {
  const json = {
    type: 'ACCEPT',
    framework_id: { value: 'F' },
    accept: {
      offer_ids: [{ value: 'M-O12' }],
      filters: { refuse_seconds: '5.0' },
      operations: [
        {
          type: 'LAUNCH',
          launch: {
            task_infos: {
              name: 'task 1',
              task_id: { value: 't1' },
              agent_id: { value: 'M-S0' },
              data: 'SGVsbG8=',
              resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, shared: null, unheard_of: [] }],
              kill_policy: { grace_period: { nanoseconds: 3_000_000_000 } },
              limits: { cpus: { value: 'Infinity' } },
              labels: { labels: [{ key: 'k' }] },
            },
          },
        },
      ],
    },
  };
  assert.deepEqual(callFromV1('scheduler', json), {
    frameworkId: 'F',
    message: {
      type: 'ACCEPT',
      offerIds: ['M-O12'],
      filters: { refuseSeconds: 5 },
      operations: [
        {
          type: 'LAUNCH',
          launch: {
            taskInfos: [
              {
                name: 'task 1',
                taskId: 't1',
                agentId: 'M-S0',
                data: new Uint8Array([72, 101, 108, 108, 111]),
                resources: [{ name: 'cpus', type: 'SCALAR', scalar: 1 }],
                killPolicy: { gracePeriodMs: 3000 },
                limits: { cpus: Infinity },
                labels: [{ key: 'k' }],
              },
            ],
          },
        },
      ],
    },
  });
});

test('bodies that may be missing are missing', () => {
  const ids = { framework_id: { value: 'F' }, executor_id: { value: 'e' } };
  assert.deepEqual(callFromV1('scheduler', { type: 'REVIVE', ...ids }).message, { type: 'REVIVE' });
  assert.deepEqual(callFromV1('scheduler', { type: 'TEARDOWN', ...ids }).message, { type: 'TEARDOWN' });
  assert.deepEqual(callFromV1('executor', { type: 'SUBSCRIBE', ...ids }), {
    frameworkId: 'F',
    executorId: 'e',
    message: { type: 'EXECUTOR_SUBSCRIBE', frameworkId: 'F', executorId: 'e' },
  });
});

test('numbers are printed as Mesos prints them', () => {
  const text = (value: number) => printV1Json(taskStatus.properties.timestamp, value);
  assert.deepEqual([2, 0, -0, 0.5, 1.5e22, 1e-7, 1700000000.25].map(text), [
    '2.0', '0.0', '-0.0', '0.5', '1.5e22', '1e-7', '1700000000.25',
  ]);
  const span = (startMs: number) => printV1Json(unavailability, { startMs });
  assert.equal(span(1_700_000_000_123), '{"start":{"nanoseconds":1700000000123000000}}');
  assert.equal(span(0), '{"start":{"nanoseconds":0}}');
  assert.equal(span(-1.5), '{"start":{"nanoseconds":-1500000}}');
  assert.equal(span(0.999_999_9), '{"start":{"nanoseconds":1000000}}');
  assert.equal(span(0.000_25), '{"start":{"nanoseconds":250}}');
});

test('defaults are written, empty lists are not', () => {
  const text = printV1Json(frameworkInfo, { user: 'u', name: 'n', roles: [], labels: [] });
  assert.equal(text, '{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false,"labels":{}}');
});

test('what is refused is refused with the texts of Mesos', () => {
  const call = (more: object) => () => callFromV1('scheduler', { framework_id: { value: 'F' }, ...more });
  const says = (more: object, reason: string) => {
    assert.equal(refuses('INVALID_MESSAGE', call(more)).reason, reason);
  };
  const misses = (more: object, reason: string) => {
    assert.equal(refuses('INCOMPLETE_CALL', call(more)).reason, reason);
  };
  misses({ type: 'KILL' }, "Expecting 'kill' to be present");
  misses({ type: 'KILL', framework_id: null, kill: { task_id: { value: 't' } } },
    "Expecting 'framework_id' to be present");
  misses({ type: 'UNKNOWN', framework_id: null }, "Expecting 'framework_id' to be present");
  misses({}, "Expecting 'type' to be present");
  // All of a call is parsed before it is looked at.
  says({ type: 'KILL', framework_id: null, kill: {} }, 'Missing required fields: kill.task_id');
  says({ type: 'TEARDOWN', kill: {} }, 'Missing required fields: kill.task_id');
  says({ type: 'FLY', kill: 1 }, "Not expecting a JSON number for field 'kill'");
  assert.deepEqual(call({ type: 'UNKNOWN' })(), { frameworkId: 'F', message: null });
  says({ type: 'KILL', kill: {} }, 'Missing required fields: kill.task_id');
  says({ type: 'KILL', kill: { task_id: {} } }, 'Missing required fields: kill.task_id.value');
  says({ type: 'KILL', kill: { task_id: 't' } }, "Not expecting a JSON string for field 'task_id'");
  says({ type: 'KILL', kill: [] }, "Not expecting a JSON array for field 'kill'");
  says({ type: 'SUBSCRIBE', subscribe: { framework_info: {} } },
    'Missing required fields: subscribe.framework_info.user, subscribe.framework_info.name');
  says({ type: 'DECLINE', decline: { filters: { refuse_seconds: true } } },
    "Not expecting a JSON boolean for field 'refuse_seconds'");
  says({ type: 'DECLINE', decline: { filters: { refuse_seconds: 'soon' } } },
    "Failed to parse 'soon' as a JSON number for field 'refuse_seconds'");
  says({ type: 'DECLINE', decline: { offer_ids: [{ value: 1 }] } }, "Not expecting a JSON number for field 'value'");
  says({ type: 'ACCEPT', accept: { operations: [{ type: 'FLY' }] } }, "Failed to find enum for 'FLY'");
  says({ type: 'ACCEPT', accept: { operations: [{}, {}] } },
    'Missing required fields: accept.operations[0].type, accept.operations[1].type');
  says({ type: 'ACKNOWLEDGE', acknowledge: { uuid: '!' } },
    "Failed to base64 decode bytes field 'uuid': Invalid character '!'");
  says({ type: 7 }, "Not expecting a JSON number for field 'type'");
  refuses('UNKNOWN_MESSAGE', call({ type: 'FLY' }), "Expecting 'type' to be present");
  for (const json of [null, 1, 'x', [], undefined]) refuses('INVALID_MESSAGE', () => callFromV1('scheduler', json));
});

test('whatever JSON comes, there is a call or a MeteError', () => {
  const types = fc.constantFrom(...keys(SCHEDULER_CALLS));
  const names = fc.constantFrom('task_id', 'agent_id', 'value', 'uuid', 'tasks', '__proto__');
  const bodies = fc.dictionary(names, fc.jsonValue());
  fc.assert(
    fc.property(types, fc.jsonValue(), bodies, (type, id, body) => {
      try {
        callFromV1('scheduler', { type, framework_id: id, [type.toLowerCase()]: body });
      } catch (error) {
        assert.equal((error as Error).name, 'MeteError');
      }
    }),
  );
});
