/** The check of messages: what is of a schema passes, what is not is refused with its field; fast and slow agree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileChecks } from '../../src/protocol/check-compiler.js';
import { MESSAGES } from '../../src/protocol/messages.js';
import { findFault } from '../../src/protocol/refusal.js';
import { LIMITS } from '../../src/protocol/schema.js';
import { MAP_ENTRIES, nodeOf } from '../../src/protocol/shape.js';
import { checkMessage } from '../../src/protocol/validate.js';
import { refuses } from '../resources/refuses.js';
import { anyMessage, messagesOf, TYPES } from './arbitraries.js';

const nodes = TYPES.map((type) => nodeOf(MESSAGES[type]));
const checks = compileChecks(nodes);

test('every message of the schemas passes, and is the value itself', () => {
  fc.assert(fc.property(anyMessage, (message) => assert.equal(checkMessage(message), message)), { numRuns: 300 });
});

/** Replaces the value at some place by another, adds a field or drops one. */
function mutate(value: unknown, at: number, other: unknown): unknown {
  const places: (() => void)[] = [];
  const copy: unknown = structuredClone(value);
  const walk = (inner: unknown): void => {
    if (typeof inner !== 'object' || inner === null || inner instanceof Uint8Array) return;
    const object = inner as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      places.push(() => (object[key] = other));
      places.push(() => delete object[key]);
      walk(object[key]);
    }
    if (!Array.isArray(inner)) places.push(() => (object.surprise = other));
  };
  walk(copy);
  places[at % places.length]?.();
  return copy;
}

const others = fc.constantFrom<unknown>(
  ...[undefined, null, '', 'x', 0, -1, 0.5, NaN, Infinity, 2 ** 53, true, [], {}, [{}], [null], new Uint8Array(2), 7n],
);

test('the compiled check and the search for the fault say the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: TYPES.length - 1 }), fc.nat(), others, fc.context(), (i, at, other, context) => {
      const [message] = fc.sample(messagesOf(TYPES[i]!), { numRuns: 1, seed: at });
      const value = mutate(message, at, other);
      context.log(TYPES[i]!);
      assert.equal(checks[i]!(value), findFault(nodes[i]!, value, 'x') === null);
    }),
    { numRuns: 1500 },
  );
});

test('a refusal names the field, the value and the mend', () => {
  const says = (value: unknown, field: string, reason: string) => {
    const error = refuses('INVALID_MESSAGE', () => checkMessage(value));
    assert.deepEqual([error.field, error.reason], [field, reason]);
  };
  says({ type: 'KILL' }, 'KILL.taskId', 'it is missing');
  says({ type: 'KILL', taskId: 7 }, 'KILL.taskId', 'it is not a string');
  says({ type: 'KILL', taskId: 't', speed: 1 }, 'KILL.speed', 'no such field is known');
  says({ type: 'DECLINE', offerIds: ['a', null] }, 'DECLINE.offerIds[1]', 'it is not a string');
  says({ type: 'DECLINE', offerIds: [], filters: { refuseSeconds: NaN } }, 'DECLINE.filters.refuseSeconds',
    'it is not a number');
  says({ type: 'UPDATE', status: { taskId: 't', state: 'TASK_HAPPY' } }, 'UPDATE.status.state',
    'it is not a known word');
  says({ type: 'EXITED_EXECUTOR', agentId: 'a', frameworkId: 'f', executorId: 'e', status: 0.5 },
    'EXITED_EXECUTOR.status', 'it is not an integer');
  says({ type: 'EXECUTOR_SEND', data: [1] }, 'EXECUTOR_SEND.data', 'it is not bytes');
  says({ type: 'PING', connected: 1 }, 'PING.connected', 'it is neither true nor false');
  says({ type: 'LAUNCH', task: new Date(0) }, 'LAUNCH.task', 'it is not an object');
});

test('fields that are undefined count as absent', () => {
  assert.equal(checkMessage({ type: 'KILL', taskId: 't', agentId: undefined }).type, 'KILL');
  refuses('INVALID_MESSAGE', () => checkMessage({ type: 'KILL', taskId: undefined }), 'KILL.taskId');
});

test('limits hold', () => {
  const kill = (taskId: string) => () => checkMessage({ type: 'KILL', taskId });
  assert.equal(kill('x'.repeat(LIMITS.textLength))().type, 'KILL');
  refuses('INVALID_MESSAGE', kill('x'.repeat(LIMITS.textLength + 1)), 'more than 65536 characters');
  const revive = (length: number) => () => checkMessage({ type: 'REVIVE', roles: new Array<string>(length).fill('a') });
  assert.equal(revive(LIMITS.listLength)().type, 'REVIVE');
  refuses('INVALID_MESSAGE', revive(LIMITS.listLength + 1), 'more than 100000 items');
  const send = (length: number) => () => checkMessage({ type: 'EXECUTOR_SEND', data: new Uint8Array(length) });
  assert.equal(send(LIMITS.byteLength)().type, 'EXECUTOR_SEND');
  refuses('INVALID_MESSAGE', send(LIMITS.byteLength + 1), 'more than 8388608 bytes');
  const roles = (names: readonly string[]) => () => {
    const offerFilters = Object.fromEntries(names.map((name) => [name, {}]));
    return checkMessage({ type: 'SUBSCRIBE', frameworkInfo: { user: 'u', name: 'n', offerFilters } });
  };
  assert.equal(roles(['x'.repeat(LIMITS.keyLength)])().type, 'SUBSCRIBE');
  refuses('INVALID_MESSAGE', roles(['x'.repeat(LIMITS.keyLength + 1)]), 'more than 1024 characters');
  refuses('INVALID_MESSAGE', roles(Array.from({ length: MAP_ENTRIES + 1 }, (_, i) => `r${i}`)), 'entries');
});

test('what has no known type is refused as such', () => {
  for (const value of [null, undefined, 1, 'KILL', [], {}, { type: 'FLY' }, { type: 9 }, { type: 'toString' }]) {
    refuses('UNKNOWN_MESSAGE', () => checkMessage(value));
  }
});
