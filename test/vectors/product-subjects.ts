/**
 * The product as a subject of vectors: its allocator and sorters on one engine, its role tree, its constraints.
 */
import { performance } from 'node:perf_hooks';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import { compileOfferConstraints } from '../../src/allocator/offer-constraints.js';
import { RoleTree } from '../../src/allocator/role-tree.js';
import { DRFSorter, RandomSorter, weightedShuffle } from '../../src/allocator/sorter.js';
import type { Subjects } from './subjects.js';

const SEED = 0;

/** The product on engines made by `engine`; `name` is what reports call it. */
export function productSubjects(name: string, engine: EngineFactory): Subjects {
  const stopwatch = (): number => performance.now();
  return {
    engine: name,
    withoutKinds: [],
    engineFactory: engine,
    allocator: (options) => new HierarchicalAllocator({ ...options, engine, stopwatch }),
    sorter: (kind, { excludedResourceNames }) =>
      kind === 'drf'
        ? new DRFSorter({ engine, excludedResourceNames })
        : new RandomSorter({ engine, excludedResourceNames, seed: SEED }),
    roleTree: () => new RoleTree(),
    weightedShuffle: (items, weights, run) => weightedShuffle(items, weights, SEED, run),
    compileOfferConstraints: (json) => compileOfferConstraints(json),
  };
}
