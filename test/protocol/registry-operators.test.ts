/** What operators decide, in the registry: it outlives the master that was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MachineId } from '../../src/protocol/operator-shapes.js';
import { applyToRegistry, emptyRegistry, type RegistryOperation } from '../../src/protocol/registry.js';
import { restoreRegistry, snapshotRegistry } from '../../src/protocol/registry.js';
import type { AgentId } from '../../src/protocol/schema.js';

const id = (name: string): AgentId => name as AgentId;
const machine = (hostname: string): MachineId => ({ hostname, ip: '10.0.0.1' });
const scheduleOf = (names: readonly string[]): RegistryOperation => {
  const windows = [{ machineIds: names.map(machine), unavailability: { startMs: 5 } }];
  return { type: 'UPDATE_MAINTENANCE_SCHEDULE', schedule: names.length === 0 ? {} : { windows } };
};

test('[B20] [B42] machines of a schedule drain, go down, and come up again without it', () => {
  const registry = emptyRegistry();
  const { machines } = registry.maintenance;
  const modes = (): string[] => [...machines.values()].map(({ id: of, mode }) => `${of.hostname} ${mode}`);
  applyToRegistry(registry, scheduleOf(['a', 'b']));
  assert.deepEqual(modes(), ['a DRAINING', 'b DRAINING']);
  applyToRegistry(registry, { type: 'START_MAINTENANCE', machines: [machine('A')] });
  assert.deepEqual(modes(), ['a DOWN', 'b DRAINING'], 'names of hosts have no case');
  applyToRegistry(registry, scheduleOf(['c', 'a']));
  assert.deepEqual(modes(), ['c DRAINING', 'a DOWN'], 'what is down stays down');
  applyToRegistry(registry, { type: 'STOP_MAINTENANCE', machines: [machine('a')] });
  assert.deepEqual(modes(), ['c DRAINING']);
  assert.deepEqual(registry.maintenance.schedule.windows?.[0]?.machineIds, [machine('c')]);
});

test('[B20] [B38] [B39] [B40] an agent that is gone, drained or deactivated', () => {
  const registry = emptyRegistry();
  const gone = { type: 'MARK_AGENT_GONE', agentId: id('a'), goneTimeMs: 7 } as const;
  assert.equal(applyToRegistry(registry, gone).ok, false, 'nobody knows it');
  applyToRegistry(registry, { type: 'ADMIT_AGENT', agentInfo: { id: id('a'), hostname: 'h' } });
  applyToRegistry(registry, { type: 'DRAIN_AGENT', agentId: id('a'), config: { markGone: true } });
  assert.ok(registry.deactivated.has(id('a')));
  applyToRegistry(registry, { type: 'MARK_AGENT_DRAINED', agentId: id('a') });
  assert.equal(registry.draining.get(id('a'))?.state, 'DRAINED');
  assert.equal(applyToRegistry(registry, gone).ok, true);
  assert.equal(applyToRegistry(registry, gone).ok, false);
  assert.deepEqual([registry.agents.size, registry.deactivated.size, registry.draining.size], [0, 0, 0]);
  assert.deepEqual(snapshotRegistry(registry), { agents: [], gone: [{ agentId: 'a', goneTimeMs: 7 }] });
});

test('[B20] weights are added, quotas replaced; one that says nothing is none', () => {
  const registry = emptyRegistry();
  applyToRegistry(registry, { type: 'UPDATE_WEIGHTS', weights: [{ role: 'a', weight: 2 }, { role: 'b', weight: 3 }] });
  applyToRegistry(registry, { type: 'UPDATE_WEIGHTS', weights: [{ role: 'a', weight: 4 }] });
  assert.deepEqual([...registry.weights], [['a', 4], ['b', 3]]);
  const config = { role: 'a', limits: { cpus: 0 } };
  applyToRegistry(registry, { type: 'UPDATE_QUOTA', configs: [config] });
  assert.deepEqual([...registry.quotas.values()], [config], 'a limit of zero is a limit');
  applyToRegistry(registry, { type: 'UPDATE_QUOTA', configs: [{ role: 'a', guarantees: { cpus: 0 } }] });
  assert.equal(registry.quotas.size, 0);
});

const agents = fc.constantFrom('a', 'b').map(id);
const hosts = fc.subarray(['x', 'y', 'z']);
const operations: fc.Arbitrary<RegistryOperation> = fc.oneof(
  agents.map((agentId) => ({ type: 'ADMIT_AGENT', agentInfo: { id: agentId, hostname: 'h' } }) as const),
  agents.map((agentId) => ({ type: 'REMOVE_AGENT', agentId }) as const),
  agents.map((agentId) => ({ type: 'MARK_AGENT_GONE', agentId, goneTimeMs: 1 }) as const),
  agents.map((agentId) => ({ type: 'DRAIN_AGENT', agentId, config: { maxGracePeriodMs: 5 } }) as const),
  agents.map((agentId) => ({ type: 'MARK_AGENT_DRAINED', agentId }) as const),
  agents.map((agentId) => ({ type: 'DEACTIVATE_AGENT', agentId }) as const),
  agents.map((agentId) => ({ type: 'REACTIVATE_AGENT', agentId }) as const),
  hosts.map(scheduleOf),
  hosts.map((names) => ({ type: 'START_MAINTENANCE', machines: names.map(machine) }) as const),
  hosts.map((names) => ({ type: 'STOP_MAINTENANCE', machines: names.map(machine) }) as const),
);

test('snapshots restore what was decided; only agents that are known are drained or deactivated', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 30 }), (list) => {
      const registry = emptyRegistry();
      for (const operation of list) applyToRegistry(registry, operation);
      const { agents: known, deactivated, draining } = registry;
      for (const agentId of [...deactivated, ...draining.keys()]) assert.ok(known.has(agentId));
      const stored: unknown = JSON.parse(JSON.stringify(snapshotRegistry(registry)));
      assert.deepEqual(restoreRegistry(stored), registry);
    }),
  );
});
