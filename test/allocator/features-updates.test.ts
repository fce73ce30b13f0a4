/** Feature rows about changing quota, and the walk-through of an offer, on both engines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { Quota } from '../../src/allocator/role-tree.js';
import { MeteError } from '../../src/base/errors.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { quantitiesFromRecord } from '../../src/resources/quantities.js';
import { availableEngines } from './engines.js';

type Amounts = Record<string, number>;

function quotas(entries: Record<string, { guarantees?: Amounts; limits?: Amounts }>): Map<string, Quota> {
  const of = (quota: { guarantees?: Amounts; limits?: Amounts }): Quota => ({
    guarantees: quantitiesFromRecord(quota.guarantees ?? {}),
    limits: limitsFromRecord(quota.limits ?? {}),
  });
  return new Map(Object.entries(entries).map(([role, quota]) => [role, of(quota)]));
}

function refusesQuota(attempt: () => void): void {
  assert.throws(attempt, (error: unknown) => error instanceof MeteError && error.code === 'INVALID_QUOTA');
}

for (const { name, factory } of availableEngines()) {
  const cluster = (): HierarchicalAllocator => {
    const allocator = new HierarchicalAllocator({ engine: factory });
    allocator.addFramework({ id: 'f1', roles: ['eng'], capabilities: ['MULTI_ROLE'] });
    allocator.addAgent({ id: 'a1', total: parseResources('cpus:8;mem:4096') });
    allocator.run(0);
    return allocator;
  };

  test(`[A59] quotas set in one call are all set or none (${name})`, () => {
    const allocator = cluster();
    refusesQuota(() => {
      allocator.updateQuotas(quotas({ ops: { guarantees: { cpus: 1 } }, 'ops/x': { guarantees: { cpus: 1 } } }));
    });
    assert.equal(allocator.role('ops').guarantees.size, 0);
    allocator.updateQuotas(quotas({ ops: { guarantees: { cpus: 1 } }, web: { limits: { cpus: 2 } } }));
    assert.equal(allocator.role('ops').guarantees.get('cpus'), 1000);
    assert.equal(allocator.role('web').limits.get('cpus'), 2000);
    allocator.close();
  });

  test(`[A60] guarantees above the capacity of the cluster are refused unless forced (${name})`, () => {
    const allocator = cluster();
    allocator.updateQuotas(quotas({ ops: { guarantees: { cpus: 5 } } }));
    refusesQuota(() => {
      allocator.updateQuotas(quotas({ web: { guarantees: { cpus: 4 } } }));
    });
    allocator.updateQuotas(quotas({ ops: { guarantees: { cpus: 4 } }, web: { guarantees: { cpus: 4 } } }));
    allocator.updateQuotas(quotas({ web: { guarantees: { cpus: 40 } } }), { force: true });
    assert.equal(allocator.role('web').guarantees.get('cpus'), 40_000);
    allocator.close();
  });

  test(`[A61] a limit below what a role consumes is refused unless forced (${name})`, () => {
    const allocator = cluster();
    refusesQuota(() => {
      allocator.updateQuotas(quotas({ eng: { limits: { cpus: 7 } } }));
    });
    allocator.updateQuotas(quotas({ eng: { limits: { cpus: 8 } } }));
    allocator.updateQuotas(quotas({ eng: { limits: { cpus: 7 } } }), { force: true });
    assert.equal(allocator.role('eng').limits.get('cpus'), 7000);
    allocator.close();
  });

  test(`[A3] the walk-through: all to the first framework, two tasks, the rest to the second (${name})`, () => {
    const allocator = new HierarchicalAllocator({ engine: factory });
    allocator.addFramework({ id: 'framework1', roles: ['*'], capabilities: ['MULTI_ROLE'] });
    allocator.addFramework({ id: 'framework2', roles: ['*'], capabilities: ['MULTI_ROLE'] });
    allocator.addAgent({ id: 'agent1', total: parseResources('cpus:4;mem:4096') });
    const [first] = allocator.run(0).offers;
    assert.equal(`${first?.frameworkId} ${String(first?.resources)}`, 'framework1 cpus:4; mem:4096');
    const tasks = parseResources('cpus:2;mem:1024').plus(parseResources('cpus:1;mem:2048'));
    allocator.recoverResources('framework1', 'agent1', '*', first!.resources.minus(tasks), {});
    const [second] = allocator.run(1000).offers;
    assert.equal(`${second?.frameworkId} ${String(second?.resources)}`, 'framework2 cpus:1; mem:1024');
    allocator.close();
  });
}
