/** A master that has failed and another that takes its place: what tests of recovery do again and again. */
import type { MasterConfig } from '../../src/master/core/config.js';
import { restoreRegistry, snapshotRegistry } from '../../src/protocol/registry.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { World } from './harness.js';

/** Another master over the registry of the one before; it leads unless `awaits`. */
export function nextMaster(before: World, config: Partial<MasterConfig> = {}, awaits = false): World {
  const masterInfo = { id: 'next', ip: 16777343, port: 5050, hostname: 'localhost', version: '1.11.0' };
  const world = new World({ masterInfo, awaitsRegistry: true, ...config });
  Object.assign(world.registry, restoreRegistry(snapshotRegistry(before.registry)));
  return awaits ? world : world.recover();
}

/** A registry with so many agents, whose master has died. */
export function withAgents(count: number): { before: World; ids: AgentId[] } {
  const before = new World();
  const ids = Array.from({ length: count }, () => before.agent().id);
  return { before, ids };
}
