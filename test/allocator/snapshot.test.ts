/**
 * Snapshots and forks: a restored allocator goes on exactly as the original would, on either engine and through JSON.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type { Offer } from '../../src/allocator/model.js';
import type { AllocatorSnapshot } from '../../src/allocator/snapshot-format.js';
import { mix32, uniform } from '../../src/base/mix32.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { quantitiesFromRecord } from '../../src/resources/quantities.js';
import { availableEngines } from './engines.js';

const ROLES = ['eng', 'eng/web', 'eng/web/x', 'ops', 'batch'];
const TOTALS = [
  'cpus:4;mem:2048;ports:[31000-31009]',
  'cpus:8;mem:4096;disk:100;gpus:1',
  'cpus(eng):2;cpus:2;mem:512',
  'cpus:3;mem:700;zones:{a,b}',
].map((text) => parseResources(text));

/** A cluster that is driven by a seed: the same seed and start give the same steps. */
class Drive {
  private draws = 0;
  private out: Offer[] = [];
  private nowMs = 0;

  constructor(
    readonly allocator: HierarchicalAllocator,
    private readonly seed: number,
  ) {}

  private int(limit: number): number {
    return Math.floor(uniform(mix32(this.seed), this.draws++) * limit);
  }

  /** Another allocator, driven on from here in the same way. */
  continuedOn(allocator: HierarchicalAllocator): Drive {
    const copy = new Drive(allocator, this.seed);
    copy.draws = this.draws;
    copy.out = [...this.out];
    copy.nowMs = this.nowMs;
    return copy;
  }

  setUp(): void {
    for (let i = 0; i < 6; i++) {
      const role = ROLES[this.int(ROLES.length)]!;
      this.allocator.addFramework({ id: `f${i}`, roles: [role], capabilities: ['MULTI_ROLE', 'GPU_RESOURCES'] });
    }
    for (let i = 0; i < 8; i++) this.allocator.addAgent({ id: `a${i}`, total: TOTALS[this.int(TOTALS.length)]! });
    this.allocator.updateWeights([{ role: 'eng', weight: 2 }, { role: 'eng/web', weight: 3 }]);
    const guarantees = quantitiesFromRecord({ cpus: 6 });
    this.allocator.updateQuota('batch', { guarantees, limits: limitsFromRecord({ cpus: 9 }) });
  }

  /** One random step; returns what was offered, as text. */
  step(): string {
    const { allocator } = this;
    for (let i = this.int(4); i > 0 && this.out.length > 0; i--) {
      const { frameworkId, agentId, role, resources } = this.out.splice(this.int(this.out.length), 1)[0]!;
      const filters = [null, {}, { refuseSeconds: this.int(5) }][this.int(3)]!;
      allocator.recoverResources(frameworkId, agentId, role, resources, filters);
    }
    const framework = `f${this.int(6)}`;
    const choice = this.int(8);
    if (choice === 0) allocator.suppressOffers(framework);
    if (choice === 1) allocator.reviveOffers(framework);
    if (choice === 2) allocator.deactivateAgent(`a${this.int(8)}`);
    if (choice === 3) allocator.activateAgent(`a${this.int(8)}`);
    if (choice === 4) allocator.updateUnavailability(`a${this.int(8)}`, { startMs: 1000 * this.int(9) });
    this.nowMs += 500 * this.int(4);
    const { offers, inverseOffers } = allocator.run(this.nowMs);
    this.out.push(...offers);
    const lines = offers.map((o) => `${o.frameworkId} ${o.role} ${o.agentId} ${o.resources.toString()}`);
    return [...lines, ...inverseOffers.map((o) => `inverse ${o.frameworkId} ${o.agentId}`)].join('\n');
  }
}

function prepared(engine: EngineFactory, seed: number, sorter: 'drf' | 'random'): Drive {
  const options = { engine, seed, roleSorter: sorter, frameworkSorter: sorter };
  const drive = new Drive(new HierarchicalAllocator(options), seed);
  drive.setUp();
  for (let i = 0; i < 25; i++) drive.step();
  return drive;
}

const engines = availableEngines();

for (const from of engines) {
  for (const to of engines) {
    for (const sorter of ['drf', 'random'] as const) {
      test(`a snapshot from ${from.name} goes on the same on ${to.name} (${sorter})`, () => {
        let offered = 0;
        for (let seed = 1; seed <= 12; seed++) {
          const original = prepared(from.factory, seed, sorter);
          const saved = JSON.parse(JSON.stringify(original.allocator.snapshot())) as AllocatorSnapshot;
          const options = { engine: to.factory, seed, roleSorter: sorter, frameworkSorter: sorter };
          const restored = original.continuedOn(HierarchicalAllocator.restore(saved, options));
          assert.deepEqual(restored.allocator.snapshot(), original.allocator.snapshot());
          for (let i = 0; i < 25; i++) {
            const expected = original.step();
            offered += expected.length;
            assert.equal(restored.step(), expected, `seed ${seed} step ${i}`);
          }
          original.allocator.close();
          restored.allocator.close();
        }
        assert.ok(offered > 1000, 'the sequences offer something');
      });
    }
  }

  test(`a fork goes on the same and is independent (${from.name})`, () => {
    const original = prepared(from.factory, 77, 'drf');
    const before = JSON.stringify(original.allocator.snapshot());
    const fork = original.continuedOn(original.allocator.fork());
    const seen = Array.from({ length: 10 }, () => fork.step());
    assert.equal(JSON.stringify(original.allocator.snapshot()), before, 'the original has not moved');
    assert.deepEqual(Array.from({ length: 10 }, () => original.step()), seen);
  });
}

const NO_FILTER = { role: 'r', agentId: 'a0', resources: [], deadlineMs: 1, generation: 1 };

test('what is no snapshot is refused', () => {
  const { factory } = engines[0]!;
  const good = prepared(factory, 3, 'drf').allocator.snapshot();
  const torn: unknown[] = [
    null,
    {},
    { ...good, version: 99 },
    { ...good, agents: undefined },
    { ...good, agents: [{ ...good.agents[0], total: [{ name: 'cpus' }] }] },
    { ...good, filters: [{ ...NO_FILTER, frameworkId: 'nobody' }] },
    { ...good, frameworks: [] },
  ];
  for (const snapshot of torn) {
    assert.throws(
      () => HierarchicalAllocator.restore(snapshot as AllocatorSnapshot, { engine: factory }),
      (error: unknown) => error instanceof MeteError && error.code === 'INVALID_SNAPSHOT',
    );
  }
});
