/** Calls of frameworks and executors: what must be present. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FrameworkId, ExecutorId } from '../../../src/protocol/schema.js';
import type { TaskStatus } from '../../../src/protocol/task.js';
import {
  type CallJson,
  SCHEDULER_CALL_PRESENCE,
  validateExecutorCall,
  validateExecutorStatus,
  validateSchedulerCall,
  validateSchedulerMessage,
  validateUpdateTarget,
} from '../../../src/master/core/validation/index.js';
import { AGENT, expectTexts, FRAMEWORK, frameworkInfo, taskId } from './fixtures.js';

const id = { framework_id: { value: 'M-0000' } };
const info = (value: string, principal?: string): CallJson => ({
  framework_info: { id: { value }, ...(principal === undefined ? {} : { principal }) },
});
const UUID = Buffer.alloc(16, 7).toString('base64');

test('[B172] scheduler calls in JSON: what must be present', () => {
  const expecting = (field: string): string => `Expecting '${field}' to be present`;
  const differs = "'framework_id' differs from 'subscribe.framework_info.id'";
  expectTexts((call: CallJson) => validateSchedulerCall(call, 'p'), [
    [{}, expecting('type')],
    [{ type: 'SUBSCRIBE' }, expecting('subscribe')],
    [{ type: 'SUBSCRIBE', subscribe: { framework_info: {} } }, null],
    [{ type: 'SUBSCRIBE', ...id, subscribe: info('M-0000') }, null],
    [{ type: 'SUBSCRIBE', ...id, subscribe: info('M-0001') }, differs],
    [{ type: 'SUBSCRIBE', ...id, subscribe: { framework_info: {} } }, differs],
    [{ type: 'SUBSCRIBE', subscribe: info('M-0001') }, differs],
    [{ type: 'SUBSCRIBE', ...id, subscribe: info('M-0000', 'p') }, null],
    [
      { type: 'SUBSCRIBE', ...id, subscribe: info('M-0000', 'q') },
      "Authenticated principal 'p' does not match principal 'q' set in `FrameworkInfo`",
    ],
    [{ type: 'KILL', kill: {} }, expecting('framework_id')],
    [{ type: 'TEARDOWN' }, expecting('framework_id')],
    [{ type: 'TEARDOWN', ...id }, null],
    [{ type: 'REVIVE', ...id }, null],
    [{ type: 'SUPPRESS', ...id }, null],
    [{ type: 'ACKNOWLEDGE', ...id, acknowledge: { uuid: UUID } }, null],
    [{ type: 'ACKNOWLEDGE', ...id, acknowledge: { uuid: 'AAAA' } }, 'Not a valid UUID'],
    [{ type: 'ACKNOWLEDGE', ...id, acknowledge: {} }, 'Not a valid UUID'],
    [
      { type: 'ACKNOWLEDGE_OPERATION_STATUS', ...id, acknowledge_operation_status: { uuid: UUID } },
      expecting('agent_id'),
    ],
    [{ type: 'UPDATE_FRAMEWORK', ...id, update_framework: info('M-0000') }, null],
    [
      { type: 'UPDATE_FRAMEWORK', ...id, update_framework: info('M-0001') },
      "'framework_id' differs from 'update_framework.framework_info.id'",
    ],
    [{ type: 'SOMETHING_NEW', ...id }, null],
    [{ type: 'constructor', ...id }, null],
  ]);
  assert.equal(validateSchedulerCall({ type: 'SUBSCRIBE', ...id, subscribe: info('M-0000', 'q') }), null);
});

test('[B172] each scheduler call needs the object named as its type', () => {
  const fields: string[] = [];
  for (const [type, { field }] of Object.entries(SCHEDULER_CALL_PRESENCE)) {
    const text = validateSchedulerCall({ type, ...id });
    assert.equal(text, field === null ? null : `Expecting '${field}' to be present`);
    if (field === null) continue;
    assert.equal(field, type.toLowerCase());
    fields.push(field);
  }
  assert.deepEqual(fields, [
    'accept', 'decline', 'accept_inverse_offers', 'decline_inverse_offers', 'kill', 'shutdown', 'acknowledge',
    'acknowledge_operation_status', 'reconcile', 'reconcile_operations', 'message', 'request', 'update_framework',
  ]);
});

test('[B172] calls on our own links: what no schema says', () => {
  const subscribe = { type: 'SUBSCRIBE', frameworkInfo: frameworkInfo({ principal: 'q' }) } as const;
  const acknowledge = { type: 'ACKNOWLEDGE', agentId: AGENT, taskId: taskId('t') } as const;
  assert.equal(validateSchedulerMessage(subscribe), null);
  assert.equal(
    validateSchedulerMessage(subscribe, 'p'),
    "Authenticated principal 'p' does not match principal 'q' set in `FrameworkInfo`",
  );
  assert.equal(
    validateSchedulerMessage({ ...subscribe, frameworkId: FRAMEWORK }),
    "'framework_id' differs from 'subscribe.framework_info.id'",
  );
  assert.equal(validateSchedulerMessage({ ...acknowledge, uuid: new Uint8Array(16) }), null);
  assert.equal(validateSchedulerMessage({ ...acknowledge, uuid: new Uint8Array(4) }), 'Not a valid UUID');
  assert.equal(validateSchedulerMessage({ type: 'REVIVE' }), null);
  assert.equal(validateUpdateTarget(FRAMEWORK, frameworkInfo({ id: FRAMEWORK })), null);
  assert.equal(
    validateUpdateTarget(FRAMEWORK, frameworkInfo({ id: 'x' as FrameworkId })),
    "'framework_id' differs from 'update_framework.framework_info.id'",
  );
});

test('[B172] executor calls in JSON: what must be present', () => {
  const expecting = (field: string): string => `Expecting '${field}' to be present`;
  const ids = { ...id, executor_id: { value: 'e' } };
  expectTexts(validateExecutorCall, [
    [{}, expecting('type')],
    [{ type: 'HEARTBEAT' }, expecting('executor_id')],
    [{ type: 'HEARTBEAT', executor_id: { value: 'e' } }, expecting('framework_id')],
    [{ type: 'HEARTBEAT', ...ids }, null],
    [{ type: 'SUBSCRIBE', ...ids }, expecting('subscribe')],
    [{ type: 'UPDATE', ...ids }, expecting('update')],
    [{ type: 'MESSAGE', ...ids }, expecting('message')],
    [{ type: 'MESSAGE', ...ids, message: {} }, null],
    [{ type: 'toString', ...ids }, null],
  ]);
});

test('[B172] the statuses that executors send', () => {
  const good: TaskStatus = {
    taskId: taskId('t'),
    state: 'TASK_RUNNING',
    source: 'SOURCE_EXECUTOR',
    uuid: new Uint8Array(16),
  };
  const { uuid: _uuid, ...bare } = good;
  const from = 'from executor e of framework f';
  expectTexts((status: TaskStatus) => validateExecutorStatus(status, 'e', 'f'), [
    [good, null],
    [{ ...good, executorId: 'e' as ExecutorId }, null],
    [bare, "Expecting 'uuid' to be present"],
    [{ ...good, uuid: new Uint8Array(3) }, 'Not a valid UUID'],
    [{ ...good, executorId: 'x' as ExecutorId }, 'ExecutorID in Call: e does not match ExecutorID in TaskStatus: x'],
    [
      { ...good, source: 'SOURCE_AGENT' },
      `Received Call ${from} with invalid source, expecting 'SOURCE_EXECUTOR'`,
    ],
    [{ ...good, state: 'TASK_STAGING' }, `Received TASK_STAGING ${from} which is not allowed`],
    [{ ...good, checkStatus: { type: 'TCP', tcp: {} } }, null],
    [{ ...good, checkStatus: {} }, "CheckStatusInfo must specify 'type'"],
    [{ ...good, checkStatus: { type: 'UNKNOWN' } }, "'UNKNOWN' is not a valid check's status type"],
    [{ ...good, checkStatus: { type: 'TCP' } }, "Expecting 'tcp' to be set for TCP check's status"],
    [{ ...good, checkStatus: { type: 'HTTP' } }, "Expecting 'http' to be set for HTTP check's status"],
    [{ ...good, checkStatus: { type: 'COMMAND' } }, "Expecting 'command' to be set for COMMAND check's status"],
  ]);
});
