/**
 * What a call must have is asked for with Mesos' texts, in JSON and in protobuf alike. The names are written down here
 * a second time, as Mesos' validation has them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { operatorCallFromV1 } from '../../src/protocol/operator-json.js';
import { OPERATOR_CALLS } from '../../src/protocol/operator.js';
import { CALL_NUMBERS } from '../../src/protocol/protobuf/call-numbers.js';
import { callFromProtobuf } from '../../src/protocol/protobuf/calls.js';
import { operatorCallFromProtobuf } from '../../src/protocol/protobuf/operator.js';
import { callFromV1 } from '../../src/protocol/v1-calls.js';
import { TABLES } from '../../src/protocol/v1-forms.js';

const WITH_BODY = {
  scheduler: [
    'subscribe', 'accept', 'decline', 'accept_inverse_offers', 'decline_inverse_offers', 'kill', 'shutdown',
    'acknowledge', 'acknowledge_operation_status', 'reconcile', 'reconcile_operations', 'message', 'request',
    'update_framework',
  ],
  // Mesos asks for 'subscribe', too; the npm package mesos-framework never sends it.
  executor: ['update', 'message'],
  operator: [
    'get_metrics', 'set_logging_level', 'list_files', 'read_file', 'update_weights', 'reserve_resources',
    'unreserve_resources', 'create_volumes', 'destroy_volumes', 'grow_volume', 'shrink_volume',
    'update_maintenance_schedule', 'start_maintenance', 'stop_maintenance', 'drain_agent', 'deactivate_agent',
    'reactivate_agent', 'update_quota', 'set_quota', 'remove_quota', 'teardown', 'mark_agent_gone',
  ],
};

/** Why a call is refused; null if it is not. */
function reasonOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof MeteError) return error.reason;
    throw error;
  }
}

/** A field of protobuf that holds an id, and one that holds a number below 128. */
const id = (field: number): number[] => [field * 8 + 2, 3, 10, 1, 0x61];
const type = (field: number, number: number): number[] => [field * 8, number];

const framework_id = { value: 'a' };
const executor_id = { value: 'a' };

test('scheduler calls: the framework id first, then the body', () => {
  for (const [v1, form] of TABLES.scheduler.calls.byV1) {
    const key = v1.toLowerCase();
    const [bare, named] = [{ type: v1 }, { type: v1, framework_id }];
    const number = CALL_NUMBERS.scheduler[form.ours]!.type;
    const bytes = [bare, named].map((call) => (call === named ? id(1) : []).concat(type(2, number)));
    const missing = key === 'subscribe' ? 'subscribe' : 'framework_id';
    const first = `Expecting '${missing}' to be present`;
    const second = WITH_BODY.scheduler.includes(key) ? `Expecting '${key}' to be present` : null;
    for (const [index, expected] of [first, second].entries()) {
      const json = [bare, named][index];
      assert.equal(reasonOf(() => callFromV1('scheduler', json)), expected, `${v1} in JSON`);
      assert.equal(reasonOf(() => callFromProtobuf('scheduler', Uint8Array.from(bytes[index]!))), expected, v1);
    }
  }
  assert.deepEqual(
    [...TABLES.scheduler.calls.byV1.keys()].filter((v1) => !WITH_BODY.scheduler.includes(v1.toLowerCase())).sort(),
    ['REVIVE', 'SUPPRESS', 'TEARDOWN'],
  );
});

test('executor calls: the ids first, which protobuf cannot do without, then the body', () => {
  for (const [v1, form] of TABLES.executor.calls.byV1) {
    const key = v1.toLowerCase();
    const number = CALL_NUMBERS.executor[form.ours]!.type;
    const expected = WITH_BODY.executor.includes(key) ? `Expecting '${key}' to be present` : null;
    assert.equal(reasonOf(() => callFromV1('executor', { type: v1, framework_id, executor_id })), expected);
    const bytes = Uint8Array.from([...id(1), ...id(2), ...type(3, number)]);
    assert.equal(reasonOf(() => callFromProtobuf('executor', bytes)), expected);
    assert.notEqual(reasonOf(() => callFromV1('executor', { type: v1, framework_id })), expected);
  }
});

test('operator calls: the body', () => {
  for (const [v1, { number }] of Object.entries(OPERATOR_CALLS)) {
    const key = v1.toLowerCase();
    const expected = WITH_BODY.operator.includes(key) ? `Expecting '${key}' to be present` : null;
    assert.equal(reasonOf(() => operatorCallFromV1({ type: v1 })), expected, v1);
    assert.equal(reasonOf(() => operatorCallFromProtobuf(Uint8Array.from(type(1, number)))), expected, v1);
  }
});

test('a call of no type', () => {
  assert.equal(reasonOf(() => callFromV1('scheduler', {})), "Expecting 'type' to be present");
  assert.equal(reasonOf(() => callFromProtobuf('scheduler', new Uint8Array())), "Expecting 'type' to be present");
  assert.equal(reasonOf(() => operatorCallFromV1({})), "Expecting 'type' to be present");
  assert.equal(reasonOf(() => operatorCallFromProtobuf(new Uint8Array())), "Expecting 'type' to be present");
});
