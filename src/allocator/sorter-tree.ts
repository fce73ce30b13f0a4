/**
 * The named side of a sorter: paths, virtual leaves and labels above the nodes of an engine.
 *
 * A path `a/b` is a leaf below an internal node `a`. A client that is also a parent lives in a virtual leaf named `.`
 * below its own node, so that it competes with its children; when the children go, the leaf merges back. Siblings carry
 * labels in the byte order of their names, with gaps, so that adding one seldom renumbers.
 */
import { compareUtf8 } from '../base/utf8.js';
import { NodeState } from './engine/opcodes.js';
import type { EngineProgram } from './program.js';

const LABEL_GAP = 2 ** 32;
export const VIRTUAL_LEAF = '.';

export interface TreeNode {
  id: number;
  readonly name: string;
  readonly parent: TreeNode | null;
  /** Sorted by the bytes of the names. */
  readonly children: TreeNode[];
  state: number;
  label: number;
}

/** How far beyond the known numbers an engine takes a new one, at least. */
const KNOWN_AT_ONCE = 4096;

/** Hands out small integers and takes them back. */
export class Ids {
  private readonly free: number[] = [];
  private next = 0;

  take(): number {
    return this.free.pop() ?? this.next++;
  }

  giveBack(id: number): void {
    this.free.push(id);
  }

  /**
   * Engines take no number far beyond those they know. When ours have to be made known to a new engine, and many below
   * them are free, this uses some numbers on the way for a moment: `useOnce` adds something and removes it.
   */
  makeKnown(useOnce: (id: number) => void): void {
    for (let id = KNOWN_AT_ONCE - 1; id < this.next; id = 2 * id + KNOWN_AT_ONCE) useOnce(id);
  }
}

export class SorterTree {
  readonly root: TreeNode;
  private readonly leaves = new Map<string, TreeNode>();
  private readonly weights = new Map<string, number>();

  constructor(
    private program: EngineProgram,
    private readonly ids: Ids,
    private readonly hierarchical: boolean,
  ) {
    this.root = { id: ids.take(), name: '', parent: null, children: [], state: NodeState.INTERNAL, label: 0 };
    program.addNode(this.root.id, -1, 0, NodeState.INTERNAL, 1);
  }

  /** Adds an inactive leaf. REQUIRES: there is no leaf for this path. */
  add(path: string): TreeNode {
    const names = this.hierarchical ? path.split('/') : [path];
    let node = this.root;
    let prefix = '';
    for (const name of names.slice(0, -1)) {
      prefix = prefix === '' ? name : `${prefix}/${name}`;
      const child = this.childOf(node, name);
      if (child === undefined) node = this.addChild(node, name, prefix, NodeState.INTERNAL);
      else node = this.makeParent(child, prefix);
    }
    const existing = this.childOf(node, names[names.length - 1]!);
    const leaf =
      existing === undefined
        ? this.addChild(node, names[names.length - 1]!, path, NodeState.INACTIVE)
        : this.addChild(existing, VIRTUAL_LEAF, null, NodeState.INACTIVE);
    this.leaves.set(path, leaf);
    return leaf;
  }

  /** Turns a leaf into an internal node whose client lives on in a virtual leaf. */
  private makeParent(node: TreeNode, path: string): TreeNode {
    if (node.state === NodeState.INTERNAL) return node;
    const { state } = node;
    node.state = NodeState.INTERNAL;
    this.program.setNodeState(node.id, NodeState.INTERNAL);
    const virtual = this.addChild(node, VIRTUAL_LEAF, null, state);
    this.program.copyNode(node.id, virtual.id);
    this.leaves.set(path, virtual);
    return node;
  }

  /** Removes a leaf and what it leaves empty. REQUIRES: nothing is allocated to it. */
  remove(path: string): void {
    let node: TreeNode | null = this.leafOf(path);
    this.leaves.delete(path);
    let at = path;
    while (node !== null && node.parent !== null) {
      const { parent }: TreeNode = node;
      const isVirtual: boolean = node.name === VIRTUAL_LEAF && this.hierarchical;
      if (node.children.length === 0 && (node.state === NodeState.INTERNAL || !this.leaves.has(at))) {
        this.removeChild(parent, node);
      } else if (node.children.length === 1 && node.children[0]!.name === VIRTUAL_LEAF) {
        this.mergeVirtual(node, at);
      }
      if (!isVirtual) at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      node = parent;
    }
  }

  /** Merges a lone virtual leaf back into its node. */
  private mergeVirtual(node: TreeNode, path: string): void {
    const virtual = node.children[0]!;
    this.removeChild(node, virtual);
    node.state = virtual.state;
    this.program.setNodeState(node.id, virtual.state);
    this.leaves.set(path, node);
  }

  private removeChild(parent: TreeNode, child: TreeNode): void {
    parent.children.splice(parent.children.indexOf(child), 1);
    this.program.removeNode(child.id);
    this.ids.giveBack(child.id);
  }

  /** `path` is null for a virtual leaf, which weighs 1. */
  private addChild(parent: TreeNode, name: string, path: string | null, state: number): TreeNode {
    const siblings = parent.children;
    const at = this.placeOf(siblings, name);
    const node: TreeNode = { id: this.ids.take(), name, parent, children: [], state, label: 0 };
    siblings.splice(at, 0, node);
    const before = at === 0 ? 0 : siblings[at - 1]!.label;
    const after = at === siblings.length - 1 ? before + 2 * LABEL_GAP : siblings[at + 1]!.label;
    node.label = (before + after) / 2;
    const crowded = !(node.label > before && node.label < after) || node.label > 2 ** 50;
    if (crowded) siblings.forEach((sibling, i) => (sibling.label = (i + 1) * LABEL_GAP));
    const weight = path === null ? 1 : (this.weights.get(path) ?? 1);
    this.program.addNode(node.id, parent.id, node.label, state, weight);
    if (crowded) for (const sibling of siblings) this.program.setNodeLabel(sibling.id, sibling.label);
    return node;
  }

  private placeOf(siblings: readonly TreeNode[], name: string): number {
    let low = 0;
    let high = siblings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8(siblings[middle]!.name, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private childOf(node: TreeNode, name: string): TreeNode | undefined {
    const child = node.children[this.placeOf(node.children, name)];
    return child?.name === name ? child : undefined;
  }

  has(path: string): boolean {
    return this.leaves.has(path);
  }

  get size(): number {
    return this.leaves.size;
  }

  paths(): IterableIterator<string> {
    return this.leaves.keys();
  }

  /** The leaf of a client. REQUIRES: `has(path)`. */
  leafOf(path: string): TreeNode {
    return this.leaves.get(path)!;
  }

  setActive(path: string, active: boolean): void {
    const leaf = this.leafOf(path);
    const state = active ? NodeState.ACTIVE : NodeState.INACTIVE;
    if (leaf.state === state) return;
    leaf.state = state;
    this.program.setNodeState(leaf.id, state);
  }

  isActive(path: string): boolean {
    return this.leafOf(path).state === NodeState.ACTIVE;
  }

  /** Sets the weight of a path against its siblings, also ahead of the path's existence. */
  setWeight(path: string, weight: number): void {
    if (weight === 1) this.weights.delete(path);
    else this.weights.set(path, weight);
    const node = this.nodeAt(path);
    if (node !== null) this.program.setNodeWeight(node.id, weight);
  }

  /** The node of a path, internal or leaf, or null. */
  nodeAt(path: string): TreeNode | null {
    let node = this.root;
    for (const name of this.hierarchical ? path.split('/') : [path]) {
      const child = this.childOf(node, name);
      if (child === undefined) return null;
      node = child;
    }
    return node;
  }

  /** Removes the tree, which must be without leaves. */
  drop(): void {
    this.program.removeNode(this.root.id);
    this.ids.giveBack(this.root.id);
  }

  /** Every node below the root with its full path, parents first; a virtual leaf's path ends in `/.`. */
  *walk(): Generator<[string, TreeNode]> {
    const pending: [string, TreeNode][] = this.root.children.map((child) => [child.name, child]);
    for (let entry = pending.shift(); entry !== undefined; entry = pending.shift()) {
      yield entry;
      for (const child of entry[1].children) pending.push([`${entry[0]}/${child.name}`, child]);
    }
  }

  /** Sends the whole tree to another engine under the same node ids. */
  moveTo(program: EngineProgram): void {
    this.program = program;
    program.addNode(this.root.id, -1, 0, NodeState.INTERNAL, 1);
    for (const [path, node] of this.walk()) {
      const weight = node.name === VIRTUAL_LEAF && this.hierarchical ? 1 : (this.weights.get(path) ?? 1);
      program.addNode(node.id, node.parent!.id, node.label, node.state, weight);
    }
  }
}
