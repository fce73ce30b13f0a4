/**
 * The oracle as a subject of vectors. Its random orders are drawn from salts; here one is made for each order.
 */
import { drawSalt, stageSalt } from '../../src/base/mix32.js';
import { compileOfferConstraints } from '../../src/allocator/offer-constraints.js';
import { OracleAllocator } from '../oracle/allocator.js';
import { OracleRandomSorter, weightedShuffle } from '../oracle/random-sorter.js';
import { OracleRoleTree } from '../oracle/role-tree.js';
import { OracleDrfSorter } from '../oracle/sorter.js';
import type { Subjects } from './subjects.js';

const SEED = 0;

const saltOf = (run: number): number => drawSalt(stageSalt(SEED, run, 1), 0, 0);

/** Draws another order whenever it sorts. */
class RedrawingSorter extends OracleRandomSorter {
  private sorts = 0;

  override sort(): string[] {
    this.sorts++;
    return super.sort(saltOf(this.sorts));
  }

  /** A random order has no shares. */
  override shares(): Record<string, number> {
    return {};
  }
}

export const oracleSubjects: Subjects = {
  engine: 'oracle',
  // The oracle has no clock to measure itself with, and no master runs on it.
  withoutKinds: ['allocator_metrics_presence', 'master_quota_api', 'master_weights_api'],
  engineFactory: null,
  allocator: (options) => new OracleAllocator(options),
  sorter: (kind, { excludedResourceNames }) =>
    kind === 'drf' ? new OracleDrfSorter({ excludedNames: excludedResourceNames }) : new RedrawingSorter(),
  roleTree: () => new OracleRoleTree(),
  weightedShuffle: (items, weights, run) =>
    weightedShuffle(items.map((item, i) => ({ item, weight: weights[i]! })), saltOf(run)),
  compileOfferConstraints: (json) => compileOfferConstraints(json),
};
