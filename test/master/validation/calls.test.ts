/** Calls of frameworks and executors: what must be present. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { FrameworkId, ExecutorId } from '../../../src/protocol/schema.js';
import type { TaskStatus } from '../../../src/protocol/task.js';
import {
  validateExecutorCall,
  validateExecutorStatus,
  validateSchedulerMessage,
  validateUpdateTarget,
} from '../../../src/master/core/validation/index.js';
import { AGENT, expectTexts, FRAMEWORK, frameworkInfo, taskId } from './fixtures.js';

const id = { framework_id: { value: 'M-0000' } };
test('[B172] scheduler calls: what no schema says', () => {
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
