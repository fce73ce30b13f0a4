/**
 * Makes an allocator forget: it is given so many names that are of no use any more that its engine will be replaced at
 * the next run by one without them. Nothing that can be seen from outside changes.
 */
import type { HierarchicalAllocator } from '../../../src/allocator/hierarchical-allocator.js';

const NAMES = 10_000;
const AT_ONCE = 1000;

export function churn(allocator: HierarchicalAllocator): void {
  for (let from = 0; from < NAMES; from += AT_ONCE) {
    const roles = Array.from({ length: AT_ONCE }, (_, i) => `of no use ${from + i}`.replaceAll(' ', '-'));
    allocator.addFramework({ id: 'of no use', roles, active: false });
    allocator.removeFramework('of no use');
  }
}
