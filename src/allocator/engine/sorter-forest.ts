/**
 * The sorters: a forest of nodes ordered by weighted dominant share. Tree 0 holds the roles, one more tree for each
 * role holds its frameworks. Twin of native/core/sorter_forest.
 *
 * Order among siblings is total: share, then grants so far, then label, then (should labels be equal) the node itself.
 * Each internal node keeps its active children in an array ordered by the keys stored at the last refresh. A change
 * only marks the child stale; the next refresh moves the stale children (binary search by old key, then by new key), so
 * a change costs O(log n) comparisons and one block move, and a walk that has begun keeps the order it began with. Keys
 * are finite but for shares, which may be infinite; none is ever NaN.
 */
import { grown } from './grown.js';
import { HierarchicalShares, ROLES } from './hierarchical-shares.js';
import { NodeState } from './opcodes.js';

const NO_ORDER = new Int32Array(0);

/** Levels below a root: walks recurse, so a tree has a bound. */
export const MAX_DEPTH = 1024;

export class SorterForest {
  readonly kinds: number;
  readonly incremental: boolean;
  sorts = 0;
  parent = new Int32Array(0);
  /** 0 for a root. */
  depth = new Int32Array(0);
  state = new Uint8Array(0);
  weight = new Float64Array(0);
  label = new Float64Array(0);
  share = new Float64Array(0);
  keyGrants = new Float64Array(0);
  private keyLabel = new Float64Array(0);
  grants = new Float64Array(0);
  allocation = new Float64Array(0);
  private ordered = new Uint8Array(0);
  private stale = new Uint8Array(0);
  private order: Int32Array[] = [];
  private orderLength = new Int32Array(0);
  private readonly staleChildren: number[][] = [];
  private sortedAtTotals = new Float64Array(0);
  private childTotal = new Int32Array(0);
  readonly totals: Float64Array;
  readonly unfairKinds: Uint8Array;
  private totalsVersion = 1;
  /** Changes when nodes, states, weights or labels change: what a shuffle depends on. */
  structureVersion = 0;
  /** For the tree of roles, if it is ordered by H-DRF. */
  private readonly hierarchy: HierarchicalShares | null;

  constructor(kinds: number, incremental: boolean, hierarchical: boolean) {
    this.kinds = kinds;
    this.incremental = incremental;
    this.hierarchy = hierarchical ? new HierarchicalShares(this) : null;
    this.totals = new Float64Array(kinds);
    this.unfairKinds = new Uint8Array(kinds);
  }

  /** Number of nodes there is room for; ids are below it. */
  get capacity(): number {
    return this.parent.length;
  }

  exists(node: number): boolean {
    return node >= 0 && node < this.capacity && this.state[node] !== NodeState.FREE;
  }

  isRoot(node: number): boolean {
    return this.exists(node) && this.parent[node]! < 0;
  }

  private reserve(node: number): void {
    const old = this.capacity;
    if (node < old) return;
    const size = Math.max(16, old * 2, node + 1);
    this.parent = grown(Int32Array, this.parent, size);
    this.depth = grown(Int32Array, this.depth, size);
    this.state = grown(Uint8Array, this.state, size);
    this.weight = grown(Float64Array, this.weight, size);
    this.label = grown(Float64Array, this.label, size);
    this.share = grown(Float64Array, this.share, size);
    this.keyGrants = grown(Float64Array, this.keyGrants, size);
    this.keyLabel = grown(Float64Array, this.keyLabel, size);
    this.grants = grown(Float64Array, this.grants, size);
    this.allocation = grown(Float64Array, this.allocation, size * this.kinds);
    this.ordered = grown(Uint8Array, this.ordered, size);
    this.stale = grown(Uint8Array, this.stale, size);
    this.orderLength = grown(Int32Array, this.orderLength, size);
    this.childTotal = grown(Int32Array, this.childTotal, size);
    this.sortedAtTotals = grown(Float64Array, this.sortedAtTotals, size);
    for (let i = old; i < size; i++) {
      this.order.push(NO_ORDER);
      this.staleChildren.push([]);
    }
    this.hierarchy?.reserve(size);
  }

  totalsChanged(): void {
    this.totalsVersion++;
    this.hierarchy?.spoilAll();
  }

  addNode(node: number, parent: number, label: number, state: number, weight: number): void {
    this.reserve(node);
    this.parent[node] = parent;
    this.depth[node] = parent < 0 ? 0 : this.depth[parent]! + 1;
    this.state[node] = state;
    this.weight[node] = weight;
    this.label[node] = label;
    this.share[node] = 0;
    this.keyGrants[node] = 0;
    this.keyLabel[node] = label;
    this.grants[node] = 0;
    this.allocation.fill(0, node * this.kinds, (node + 1) * this.kinds);
    this.ordered[node] = 0;
    this.stale[node] = 0;
    this.orderLength[node] = 0;
    this.staleChildren[node]!.length = 0;
    this.sortedAtTotals[node] = 0;
    this.childTotal[node] = 0;
    this.hierarchy?.add(node, parent);
    this.structureVersion++;
    if (parent < 0) return;
    this.childTotal[parent]!++;
    this.touch(node);
  }

  removeNode(node: number): void {
    const parent = this.parent[node]!;
    if (parent >= 0) {
      this.childTotal[parent]!--;
      this.spoilAbove(node);
      if (this.ordered[node] === 1) this.takeOut(parent, node);
      if (this.stale[node] === 1) {
        const list = this.staleChildren[parent]!;
        list.splice(list.indexOf(node), 1);
        this.stale[node] = 0;
      }
    }
    this.hierarchy?.remove(node, parent);
    this.structureVersion++;
    this.state[node] = NodeState.FREE;
    this.order[node] = NO_ORDER;
    this.orderLength[node] = 0;
  }

  setState(node: number, state: number): void {
    if (this.state[node] === state) return;
    this.state[node] = state;
    this.structureVersion++;
    if (this.parent[node]! >= 0) this.touch(node);
  }

  setWeight(node: number, weight: number): void {
    this.weight[node] = weight;
    this.structureVersion++;
    if (this.parent[node]! >= 0) this.touch(node);
  }

  setLabel(node: number, label: number): void {
    this.label[node] = label;
    this.structureVersion++;
    if (this.parent[node]! >= 0) this.touch(node);
  }

  /** Number of children of any state. */
  childrenOf(node: number): number {
    return this.childTotal[node]!;
  }

  /** Marks that the node's key or state may have changed since its parent was refreshed. */
  touch(node: number): void {
    this.markStale(node);
    this.spoilAbove(node);
  }

  private markStale(node: number): void {
    if (this.stale[node] === 1) return;
    this.stale[node] = 1;
    this.staleChildren[this.parent[node]!]!.push(node);
  }

  /** Under H-DRF the share of a node changes with anything below it. */
  private spoilAbove(node: number): void {
    if (this.hierarchy?.has(node) !== true) return;
    for (let above = this.parent[node]!; above >= 0 && this.hierarchy.spoil(above); above = this.parent[above]!) {
      if (this.parent[above]! >= 0) this.markStale(above);
    }
  }

  /** Adds amounts (`vector[at, at + kinds)`) and grants to a node and its ancestors. */
  allocate(leaf: number, vector: Float64Array, at: number, grants: number): void {
    for (let node = leaf; node >= 0; node = this.parent[node]!) this.adjust(node, vector, at, grants);
  }

  /** Adds amounts and grants to one node alone. */
  adjust(node: number, vector: Float64Array, at: number, grants: number): void {
    const { kinds, allocation } = this;
    for (let k = 0, i = node * kinds; k < kinds; k++, i++) allocation[i]! += vector[at + k]!;
    this.grants[node]! += grants;
    if (this.parent[node]! >= 0) this.touch(node);
  }

  /** Gives one node the amounts and grants of another. */
  copy(from: number, to: number): void {
    const { kinds } = this;
    this.allocation.copyWithin(to * kinds, from * kinds, (from + 1) * kinds);
    this.grants[to] = this.grants[from]!;
    if (this.parent[to]! >= 0) this.touch(to);
  }

  /** Under H-DRF all shares change when a kind is used up. Not looked at in a walk: grants must not turn its order. */
  lookAtTotals(): void {
    if (this.hierarchy?.look() === true) this.totalsVersion++;
  }

  /** The weighted dominant share by what is allocated now; unlike `share` it does not wait for a refresh. */
  currentShare(node: number): number {
    if (this.hierarchy?.has(node) === true) return this.hierarchy.share(node);
    const { kinds, totals, allocation, unfairKinds } = this;
    let share = 0;
    for (let k = 0, i = node * kinds; k < kinds; k++, i++) {
      const total = totals[k]!;
      if (total > 0 && unfairKinds[k] === 0) {
        const ratio = allocation[i]! / total;
        if (ratio > share) share = ratio;
      }
    }
    return share / this.weight[node]!;
  }

  private rekey(node: number): void {
    this.share[node] = this.currentShare(node);
    this.keyGrants[node] = this.grants[node]!;
    this.keyLabel[node] = this.label[node]!;
  }

  /** Whether `a` comes before `b`, by stored keys. */
  private before(a: number, b: number): boolean {
    const { share, keyGrants, keyLabel } = this;
    if (share[a]! !== share[b]!) return share[a]! < share[b]!;
    if (keyGrants[a]! !== keyGrants[b]!) return keyGrants[a]! < keyGrants[b]!;
    if (keyLabel[a]! !== keyLabel[b]!) return keyLabel[a]! < keyLabel[b]!;
    return a < b;
  }

  /** Index of the first of `order[low, high)` that does not come before `node`; `high` if all do. */
  private lowerBound(order: Int32Array, low: number, high: number, node: number): number {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.before(order[middle]!, node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private takeOut(parent: number, node: number): void {
    const order = this.order[parent]!;
    const length = this.orderLength[parent]!;
    const at = this.lowerBound(order, 0, length, node);
    order.copyWithin(at, at + 1, length);
    this.orderLength[parent] = length - 1;
    this.ordered[node] = 0;
  }

  private putIn(parent: number, node: number): void {
    const length = this.orderLength[parent]!;
    let order = this.order[parent]!;
    if (order.length === length) this.order[parent] = order = grown(Int32Array, order, length * 2 || 4);
    const at = this.lowerBound(order, 0, length, node);
    order.copyWithin(at + 1, at, length);
    order[at] = node;
    this.orderLength[parent] = length + 1;
    this.ordered[node] = 1;
  }

  /** Moves a child that stays in the order to the place of its new key, with one block move. */
  private reposition(parent: number, node: number): void {
    const order = this.order[parent]!;
    const length = this.orderLength[parent]!;
    const from = this.lowerBound(order, 0, length, node);
    this.rekey(node);
    if (from + 1 < length && this.before(order[from + 1]!, node)) {
      const to = this.lowerBound(order, from + 1, length, node) - 1;
      order.copyWithin(from, from + 1, to + 1);
      order[to] = node;
    } else {
      const to = this.lowerBound(order, 0, from, node);
      order.copyWithin(to + 1, to, from);
      order[to] = node;
    }
  }

  /** Brings the parent's order up to date. REQUIRES: no walk over this parent's children is in progress. */
  private refresh(parent: number): void {
    if (parent === ROLES) this.lookAtTotals();
    const stale = this.staleChildren[parent]!;
    const totalsMoved = this.sortedAtTotals[parent] !== this.totalsVersion;
    if (!totalsMoved && stale.length === 0 && this.incremental) return;
    if (totalsMoved || !this.incremental || stale.length * 8 > this.orderLength[parent]!) {
      this.resort(parent);
      return;
    }
    for (const node of stale) {
      this.stale[node] = 0;
      const listed = this.state[node] !== NodeState.INACTIVE;
      if (this.ordered[node] === 1 && listed) {
        this.reposition(parent, node);
      } else if (this.ordered[node] === 1) {
        this.takeOut(parent, node);
      } else if (listed) {
        this.rekey(node);
        this.putIn(parent, node);
      }
    }
    stale.length = 0;
  }

  /** Recomputes every key of a parent's children and sorts them. */
  private resort(parent: number): void {
    this.sorts++;
    const stale = this.staleChildren[parent]!;
    const needed = this.orderLength[parent]! + stale.length;
    if (this.order[parent]!.length < needed) this.order[parent] = grown(Int32Array, this.order[parent]!, needed);
    const order = this.order[parent]!;
    let length = 0;
    for (let i = 0; i < this.orderLength[parent]!; i++) {
      const node = order[i]!;
      if (this.state[node] === NodeState.INACTIVE) this.ordered[node] = 0;
      else order[length++] = node;
    }
    for (const node of stale) {
      this.stale[node] = 0;
      if (this.ordered[node] === 0 && this.state[node] !== NodeState.INACTIVE) {
        this.ordered[node] = 1;
        order[length++] = node;
      }
    }
    stale.length = 0;
    this.orderLength[parent] = length;
    this.sortedAtTotals[parent] = this.totalsVersion;
    for (let i = 0; i < length; i++) this.rekey(order[i]!);
    this.mergeSort(order, length);
  }

  /** Merge sort that leaves runs in order alone: a nearly sorted array costs little more than one pass. */
  private mergeSort(order: Int32Array, length: number): void {
    let source = order;
    let target: Int32Array | null = null;
    for (let width = 1; width < length; width *= 2) {
      let sorted = true;
      for (let i = width; i < length; i += width) {
        if (this.before(source[i]!, source[i - 1]!)) {
          sorted = false;
          break;
        }
      }
      if (sorted) break;
      target ??= new Int32Array(length);
      for (let low = 0; low < length; low += 2 * width) this.mergeRuns(source, target, low, width, length);
      const swap: Int32Array = source;
      source = target;
      target = swap;
    }
    if (source !== order) order.set(source.subarray(0, length));
  }

  private mergeRuns(source: Int32Array, target: Int32Array, low: number, width: number, length: number): void {
    const middle = Math.min(low + width, length);
    const high = Math.min(low + 2 * width, length);
    let left = low;
    let right = middle;
    for (let to = low; to < high; to++) {
      const takeLeft = left < middle && (right >= high || !this.before(source[right]!, source[left]!));
      target[to] = takeLeft ? source[left++]! : source[right++]!;
    }
  }

  /** The refreshed active children of a parent; valid for `childCount(parent)` entries until the next refresh. */
  children(parent: number): Int32Array {
    this.refresh(parent);
    return this.order[parent]!;
  }

  childCount(parent: number): number {
    return this.orderLength[parent]!;
  }

  /** Writes the active leaves below `root` in order into `out` from `length` on; returns the new length. */
  listLeaves(root: number, out: Int32Array, length: number): number {
    const children = this.children(root);
    const count = this.childCount(root);
    for (let i = 0; i < count; i++) {
      const node = children[i]!;
      if (this.state[node] === NodeState.ACTIVE) out[length++] = node;
      else length = this.listLeaves(node, out, length);
    }
    return length;
  }
}
