/** The registrar in memory: operations apply at once and in order, the answer comes later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentId } from '../../src/protocol/schema.js';
import { createMemoryRegistrar } from '../../src/storage/memory-registrar.js';

const agentInfo = { hostname: 'h', id: 'S0' as AgentId };

test('operations are applied in order and answered later', () => {
  const waiting: (() => void)[] = [];
  const registrar = createMemoryRegistrar((callback) => waiting.push(callback));
  const answers: boolean[] = [];
  const note = (ok: boolean): void => void answers.push(ok);
  registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], note);
  registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], note);
  registrar.store([{ type: 'REMOVE_AGENT', agentId: agentInfo.id }], note);
  assert.deepEqual(answers, []);
  for (const callback of waiting) callback();
  assert.deepEqual(answers, [true, false, true]);
  assert.equal(registrar.registry.agents.size, 0);
});

test('an operation that does not apply does not keep the others of its batch from applying', () => {
  const registrar = createMemoryRegistrar((callback) => {
    callback();
  });
  let ok: boolean | null = null;
  const remove = { type: 'REMOVE_AGENT', agentId: agentInfo.id } as const;
  registrar.store([remove, { type: 'ADMIT_AGENT', agentInfo }], (all) => (ok = all));
  assert.equal(ok, false);
  assert.deepEqual([...registrar.registry.agents.keys()], ['S0']);
});
