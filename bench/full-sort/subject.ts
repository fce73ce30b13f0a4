/** What the contenders of full-sort have to offer, and the fair sorter of mete behind it. */
import { DRFSorter } from '../../src/allocator/sorter.js';
import type { Quantities } from '../../src/resources/quantities.js';
import type { Resources } from '../../src/resources/resources.js';
import { engineFactory } from '../house/contenders.js';
import type { ContenderName } from '../house/problem.js';

export interface SortingSubject {
  add(client: string): void;
  activate(client: string): void;
  addAgent(agentId: string, total: Quantities): void;
  allocated(client: string, agentId: string, resources: Resources): void;
  unallocated(client: string, agentId: string, resources: Resources): void;
  sort(): string[];
  /** The order as numbers, for those that have it. */
  sortNodes?(): Int32Array;
  removeAgent(agentId: string): void;
  remove(client: string): void;
  /** Takes in all that was told so far, so that a sort is billed for sorting alone. */
  settle(): void;
  close(): void;
}

class SettlingSorter extends DRFSorter implements SortingSubject {
  settle(): void {
    this.allocationQuantities(null);
  }
}

export function engineSorter(contender: ContenderName): SortingSubject {
  return new SettlingSorter({ engine: engineFactory(contender) });
}
