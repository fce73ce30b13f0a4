/** The registry: what each operation does, what it refuses, and the snapshot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentInfo } from '../../src/protocol/framework.js';
import {
  applyToRegistry,
  emptyRegistry,
  type RegistryOperation,
  restoreRegistry,
  snapshotRegistry,
} from '../../src/protocol/registry.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { refuses } from '../resources/refuses.js';

const id = (name: string) => name as AgentId;
const info = (name: string, hostname = 'h'): AgentInfo => ({ id: id(name), hostname });
const admit = (name: string): RegistryOperation => ({ type: 'ADMIT_AGENT', agentInfo: info(name) });
const giveUp = (name: string): RegistryOperation => {
  return { type: 'MARK_AGENT_UNREACHABLE', agentId: id(name), unreachableTimeMs: 5 };
};
const comeBack = (name: string): RegistryOperation => ({ type: 'MARK_AGENT_REACHABLE', agentInfo: info(name) });
const remove = (name: string): RegistryOperation => ({ type: 'REMOVE_AGENT', agentId: id(name) });
const update = (name: string, hostname: string): RegistryOperation => {
  return { type: 'UPDATE_AGENT', agentInfo: info(name, hostname) };
};

test('operations change the registry, or say why not', () => {
  const registry = emptyRegistry();
  const changed = { ok: true, changed: true };
  const unchanged = { ok: true, changed: false };
  const notAdmitted = { ok: false, refusal: 'Agent not yet admitted' };
  const steps: [RegistryOperation, object][] = [
    [giveUp('a'), notAdmitted],
    [remove('a'), notAdmitted],
    [update('a', 'x'), notAdmitted],
    [admit('a'), changed],
    [admit('a'), { ok: false, refusal: 'Agent already admitted' }],
    [update('a', 'h'), unchanged],
    [update('a', 'x'), changed],
    [comeBack('a'), unchanged],
    [giveUp('a'), changed],
    [giveUp('a'), notAdmitted],
    [remove('a'), notAdmitted],
    [comeBack('a'), changed],
    [comeBack('nobody-knows'), changed],
    [remove('a'), changed],
  ];
  for (const [operation, outcome] of steps) {
    assert.deepEqual(applyToRegistry(registry, operation), outcome, JSON.stringify(operation));
  }
  assert.deepEqual(snapshotRegistry(registry), { agents: [info('nobody-knows')] });
});

const names = fc.constantFrom('a', 'b', 'c');
const operations = fc.oneof(...[admit, giveUp, comeBack, remove].map((make) => names.map(make)));

test('an agent is admitted or given up, never both; a refused operation changes nothing; snapshots restore', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 30 }), (list) => {
      const registry = emptyRegistry();
      for (const operation of list) {
        const before = JSON.stringify(snapshotRegistry(registry));
        const outcome = applyToRegistry(registry, operation);
        const after = JSON.stringify(snapshotRegistry(registry));
        assert.equal(after !== before, outcome.ok && outcome.changed);
        for (const agent of registry.unreachable.keys()) assert.ok(!registry.agents.has(agent));
      }
      const stored: unknown = JSON.parse(JSON.stringify(snapshotRegistry(registry)));
      assert.deepEqual(restoreRegistry(stored), registry);
    }),
  );
});

test('what is no snapshot is refused', () => {
  refuses('INVALID_SNAPSHOT', () => restoreRegistry(null), 'registry');
  refuses('INVALID_SNAPSHOT', () => restoreRegistry({ agents: [{ id: 'a' }] }), 'registry.agents[0].hostname');
  refuses('INVALID_SNAPSHOT', () => restoreRegistry({ agents: [{ hostname: 'h' }] }), 'registry.agents');
  refuses('INVALID_SNAPSHOT', () => restoreRegistry({ agents: [info('a'), info('a')] }), 'that of another');
});
