/**
 * What the shapes with quota have in common: one quota for each role, and a cluster set up as Mesos' benchmarks do
 * it.
 */
import type { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { Quota } from '../../src/allocator/role-tree.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { quantitiesFromRecord } from '../../src/resources/quantities.js';
import { agentId, eachItsOwn, INTERVAL_MS, MULTI_ROLE } from './cluster.js';
import type { Run } from './run.js';

/** The same amounts guaranteed and as limits. */
export function quotaOf(amounts: Readonly<Record<string, number>>): Quota {
  return { guarantees: quantitiesFromRecord(amounts), limits: limitsFromRecord(amounts) };
}

export interface QuotaRole {
  readonly name: string;
  /** Null: none. */
  readonly quota: Quota | null;
  readonly frameworks: readonly string[];
}

/**
 * Adds agents, then while paused frameworks and quotas, and times two batch cycles: one that hands everything out, one
 * that has nothing to give.
 */
export function quotaCycles(
  run: Run,
  allocator: HierarchicalAllocator,
  agentCount: number,
  agent: string,
  roles: readonly QuotaRole[],
): void {
  const agents = eachItsOwn(agentCount, (i) => ({ id: agentId(i), total: parseResources(agent) }));
  for (const options of agents) allocator.addAgent(options);
  allocator.run(0);
  allocator.pause();
  for (const { name, frameworks } of roles) {
    for (const id of frameworks) allocator.addFramework({ id, roles: [name], capabilities: MULTI_ROLE });
  }
  for (const { name, quota } of roles) if (quota !== null) allocator.updateQuota(name, quota);
  allocator.resume();
  allocator.counters();
  const first = run.once('first cycle', () => allocator.run(INTERVAL_MS));
  run.seeOffers('first cycle', first.offers);
  const second = run.once('second cycle', () => allocator.run(2 * INTERVAL_MS));
  run.seeOffers('second cycle', second.offers);
  run.work(allocator.counters());
  allocator.close();
}
