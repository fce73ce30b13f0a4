/**
 * Shares of dynamic hierarchical DRF (H-DRF, Bhattacharya et al., SoCC 2013) for the tree of roles. Twin of
 * native/core/hierarchical_shares.
 *
 * Naive DRF adds up what the children of a node hold, so siblings with different dominant resources make their parent
 * look richer than any of them is, and one of them starves. Here a node holds the sum of what its children hold, each
 * scaled down to the share of the poorest of them; kinds of which nothing is left do not count; and children that can
 * take nothing more ("blocked") are added as they are and do not set the scale. A leaf is blocked if it is inactive or
 * holds a kind of which nothing is left: what it will ask for is not known, but like what it has. A node is blocked if
 * all its children are.
 *
 * Scaled amounts are rounded down to integers, so sums do not depend on the order of children. The sum of a node is
 * worked out when its share is asked for and something below it has changed. Invariants: where `fresh` is 0 it is 0 in
 * all nodes above; a node is fresh only if all nodes below it are.
 */
import { grown } from './grown.js';
import { NodeState } from './opcodes.js';

/** What is used of the forest; its arrays may be replaced by larger ones. */
export interface ShareTree {
  readonly kinds: number;
  readonly parent: Int32Array;
  readonly state: Uint8Array;
  readonly weight: Float64Array;
  readonly allocation: Float64Array;
  readonly totals: Float64Array;
  readonly unfairKinds: Uint8Array;
  exists(node: number): boolean;
}

/** The root of the tree of roles: what it holds is what is gone. */
export const ROLES = 0;

export class HierarchicalShares {
  private member = new Uint8Array(0);
  private firstChild = new Int32Array(0);
  private next = new Int32Array(0);
  private previous = new Int32Array(0);
  /** The epoch in which the sum was made, 0 if something has changed since. */
  private fresh = new Float64Array(0);
  private blocked = new Uint8Array(0);
  private sums = new Float64Array(0);
  private readonly saturated: Uint8Array;
  /** Changes when all sums are void. */
  private epoch = 1;

  constructor(private readonly tree: ShareTree) {
    this.saturated = new Uint8Array(tree.kinds);
  }

  reserve(size: number): void {
    this.member = grown(Uint8Array, this.member, size);
    this.firstChild = grown(Int32Array, this.firstChild, size);
    this.next = grown(Int32Array, this.next, size);
    this.previous = grown(Int32Array, this.previous, size);
    this.fresh = grown(Float64Array, this.fresh, size);
    this.blocked = grown(Uint8Array, this.blocked, size);
    this.sums = grown(Float64Array, this.sums, size * this.tree.kinds);
  }

  /** Whether the node is in the tree of roles. */
  has(node: number): boolean {
    return this.member[node] === 1;
  }

  add(node: number, parent: number): void {
    this.member[node] = parent < 0 ? Number(node === ROLES) : this.member[parent]!;
    this.firstChild[node] = -1;
    this.next[node] = -1;
    this.previous[node] = -1;
    this.fresh[node] = 0;
    if (parent < 0) return;
    const first = this.firstChild[parent]!;
    this.next[node] = first;
    if (first >= 0) this.previous[first] = node;
    this.firstChild[parent] = node;
  }

  remove(node: number, parent: number): void {
    this.member[node] = 0;
    if (parent < 0) return;
    const [before, after] = [this.previous[node]!, this.next[node]!];
    if (before >= 0) this.next[before] = after;
    else this.firstChild[parent] = after;
    if (after >= 0) this.previous[after] = before;
  }

  /** Notes that a node has changed; true if its sum was good until now. */
  spoil(node: number): boolean {
    if (this.fresh[node] === 0) return false;
    this.fresh[node] = 0;
    return true;
  }

  /** Voids all sums: totals have changed. */
  spoilAll(): void {
    this.epoch++;
  }

  /** Looks at what is left of each kind; true if another set of kinds is used up than at the last look. */
  look(): boolean {
    const { kinds, allocation, totals } = this.tree;
    const known = this.tree.exists(ROLES);
    let moved = false;
    for (let k = 0; k < kinds; k++) {
      const gone = Number(known && totals[k]! > 0 && allocation[ROLES * kinds + k]! >= totals[k]!);
      if (this.saturated[k] === gone) continue;
      this.saturated[k] = gone;
      moved = true;
    }
    if (moved) this.epoch++;
    return moved;
  }

  /** The weighted dominant share of a node of the tree of roles, among the kinds of which something is left. */
  share(node: number): number {
    if (this.tree.state[node] !== NodeState.INTERNAL) return this.shareOf(node, this.tree.allocation);
    this.sum(node);
    return this.shareOf(node, this.sums);
  }

  private shareOf(node: number, amounts: Float64Array): number {
    const { kinds, totals, unfairKinds, weight } = this.tree;
    let share = 0;
    for (let k = 0, i = node * kinds; k < kinds; k++, i++) {
      if (!(totals[k]! > 0) || unfairKinds[k] !== 0 || this.saturated[k] !== 0) continue;
      const ratio = amounts[i]! / totals[k]!;
      if (ratio > share) share = ratio;
    }
    return share / weight[node]!;
  }

  /** REQUIRES: the sum of an internal node has been made. */
  private isBlocked(node: number): boolean {
    const { kinds, allocation, state, unfairKinds } = this.tree;
    if (state[node] === NodeState.INTERNAL) return this.blocked[node] === 1;
    if (state[node] === NodeState.INACTIVE) return true;
    for (let k = 0, i = node * kinds; k < kinds; k++, i++) {
      if (this.saturated[k] !== 0 && unfairKinds[k] === 0 && allocation[i]! > 0) return true;
    }
    return false;
  }

  /** Makes the sum of an internal node. */
  private sum(node: number): void {
    if (this.fresh[node] === this.epoch) return;
    const { kinds, state, allocation } = this.tree;
    let least = Infinity;
    let free = false;
    for (let child = this.firstChild[node]!; child >= 0; child = this.next[child]!) {
      const share = this.share(child);
      if (this.isBlocked(child)) continue;
      free = true;
      if (share < least) least = share;
    }
    this.sums.fill(0, node * kinds, (node + 1) * kinds);
    for (let child = this.firstChild[node]!; child >= 0; child = this.next[child]!) {
      const amounts = state[child] === NodeState.INTERNAL ? this.sums : allocation;
      const share = this.shareOf(child, amounts);
      this.addScaled(node, child, amounts, share > least && !this.isBlocked(child) ? least / share : 1);
    }
    this.blocked[node] = free ? 0 : 1;
    this.fresh[node] = this.epoch;
  }

  private addScaled(node: number, child: number, amounts: Float64Array, factor: number): void {
    const { kinds } = this.tree;
    const [to, from] = [node * kinds, child * kinds];
    for (let k = 0; k < kinds; k++) {
      const amount = amounts[from + k]!;
      this.sums[to + k]! += factor === 1 ? amount : Math.floor(amount * factor);
    }
  }
}
