/**
 * Random options of allocators.
 */
import fc from 'fast-check';
import type { AllocatorOptions } from '../../../src/allocator/state.js';
import { Decisions } from './decisions.js';
import { DOMAINS, MINIMUMS } from './pools.js';

export type PlainOptions = Omit<AllocatorOptions, 'engine' | 'stopwatch'>;

function optionsOf(seed: number): PlainOptions {
  const decide = new Decisions(seed);
  return {
    seed: decide.below(1000),
    allocationIntervalMs: decide.pick([1000, 1000, 1000, 500, 2000]),
    recoveryTimeoutMs: decide.pick([5000, 1000, 500]),
    ...decide.partly(
      {
        minAllocatable: decide.pick(MINIMUMS.slice(0, -1)),
        fairSharingExcludedResourceNames: decide.pick([['gpus'], ['cpus'], ['mem', 'disk']]),
        filterGpuResources: false,
        roleSorter: decide.pick(['random', 'hdrf', 'hdrf'] as const),
        frameworkSorter: 'random' as const,
        domain: DOMAINS[0]!,
        agentRecoveryFactor: 0.5,
      },
      0.2,
    ),
    ...decide.partly({ minAllocatable: [] }, 0.4),
  };
}

export const anyOptions: fc.Arbitrary<PlainOptions> = fc.nat(0xffffff).map(optionsOf);
