/**
 * The random order of clients: who weighs more is more likely to come early.
 *
 * A client's weight is the product, along its path, of each node's part in the weights of its active siblings. The
 * order is drawn client by client from a salt: equal salts give equal orders.
 */
import { uniform } from '../../src/base/mix32.js';
import { compareUtf8 } from '../../src/base/utf8.js';
import { OracleSorter, type SorterNode } from './sorter.js';

export interface Weighted {
  readonly item: string;
  readonly weight: number;
}

export class OracleRandomSorter extends OracleSorter {
  sort(salt = 0): string[] {
    this.note('random order drawn');
    return weightedShuffle(this.weightedLeaves(this.root, 1), salt);
  }

  /** Active leaves from left to right with their weights. Siblings stand in the order of their names. */
  private weightedLeaves(node: SorterNode, weight: number): Weighted[] {
    if (node.kind === 'active') return [{ item: node.client, weight }];
    const active = node.children.filter(isActive).sort((a, b) => compareUtf8(a.name, b.name));
    let siblings = 0;
    for (const child of active) siblings += this.weightOf(child);
    return active.flatMap((child) => this.weightedLeaves(child, weight * (this.weightOf(child) / siblings)));
  }
}

function isActive(node: SorterNode): boolean {
  return node.kind === 'active' || node.children.some(isActive);
}

/** Draws items one after the other, each with a chance in proportion to its weight among those that remain. */
export function weightedShuffle(items: readonly Weighted[], salt: number): string[] {
  const remaining = [...items];
  const order: string[] = [];
  for (let draw = 0; remaining.length > 0; draw++) {
    let sum = 0;
    for (const { weight } of remaining) sum += weight;
    let left = uniform(salt, draw) * sum;
    let chosen = remaining.length - 1;
    for (let index = 0; index < remaining.length; index++) {
      left -= remaining[index]!.weight;
      if (left < 0) {
        chosen = index;
        break;
      }
    }
    order.push(remaining.splice(chosen, 1)[0]!.item);
  }
  return order;
}
