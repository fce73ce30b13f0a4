/**
 * The trees of clients, and the DRF order of them.
 *
 * Clients are paths (`eng/ads`). A path that is a client and also a parent of clients gets a leaf of its own below it,
 * named `.`. Every node keeps what is held below it on each agent, and how many grants were made below it. Nothing
 * else is stored: shares and orders are worked out anew from these facts whenever somebody asks.
 */
import { MeteError } from '../../src/base/errors.js';
import { compareUtf8 } from '../../src/base/utf8.js';
import { Resources } from '../../src/resources/resources.js';
import { NOTHING, plus, type Amounts } from './amounts.js';
import { NOBODY, type Witness } from './witness.js';

/** The name of the leaf that stands for a client that is also a parent. */
const SELF = '.';

export class SorterNode {
  kind: 'inner' | 'active' | 'inactive';
  children: SorterNode[] = [];
  /** How often something was granted to this node or below it since the node was made. Never lowered. */
  grants = 0;
  /** What is held by this node and below it, agent by agent. */
  held = new Map<string, Resources>();

  constructor(
    readonly name: string,
    readonly parent: SorterNode | null,
    kind: SorterNode['kind'],
  ) {
    this.kind = kind;
  }

  /** The path from the root, with `.` for a leaf that stands for its parent. */
  get path(): string {
    return this.parent === null || this.parent.parent === null ? this.name : `${this.parent.path}/${this.name}`;
  }

  /** The client that this leaf stands for. */
  get client(): string {
    return this.name === SELF && this.parent !== null ? this.parent.path : this.path;
  }

  /** Itself and all nodes above it, itself first. */
  get upwards(): SorterNode[] {
    return this.parent === null ? [this] : [this, ...this.parent.upwards];
  }

  /** Scalars held, summed over the agents. Several copies of a shared resource on an agent count once. */
  get quantities(): Amounts {
    return [...this.held.values()].reduce((sum, held) => plus(sum, held.scalarQuantities()), NOTHING);
  }

  hold(agentId: string, held: Resources): void {
    if (held.isEmpty) this.held.delete(agentId);
    else this.held.set(agentId, held);
  }

  heldOn(agentId: string): Resources {
    return this.held.get(agentId) ?? Resources.EMPTY;
  }
}

export interface SorterOptions {
  /** Names of resources that do not count for shares. */
  readonly excludedNames?: readonly string[];
  /** Clients are no paths: a slash in their names means nothing. */
  readonly flat?: boolean;
  readonly witness?: Witness;
}

/** What all sorters have in common: the tree, its clients, what they hold, and the totals of the agents. */
export abstract class OracleSorter {
  protected readonly root = new SorterNode('', null, 'inner');
  private readonly weights = new Map<string, number>();
  private readonly agentTotals = new Map<string, Amounts>();

  protected readonly note: Witness;

  constructor(private readonly options: SorterOptions = {}) {
    this.note = options.witness ?? NOBODY;
  }

  /** Active clients, first the one to be served first. `salt` is what a random order is drawn from. */
  abstract sort(salt?: number): string[];

  /** Adds a client, inactive. */
  add(client: string): void {
    if (this.contains(client)) {
      const reason = 'is a client already';
      throw new MeteError('ALREADY_EXISTS', { field: 'client', value: client, reason, mend: 'add it once' });
    }
    let node = this.root;
    for (const name of this.options.flat === true ? [client] : client.split('/')) {
      if (node.kind !== 'inner') {
        giveOwnLeaf(node);
        this.note('virtual leaf made');
      }
      let child = node.children.find((other) => other.name === name);
      if (child === undefined) {
        child = new SorterNode(name, node, 'inner');
        node.children.push(child);
      }
      node = child;
    }
    if (node.children.length === 0) node.kind = 'inactive';
    else node.children.push(new SorterNode(SELF, node, 'inactive'));
  }

  /** Takes a client out, and what it holds out of the nodes above it. */
  remove(client: string): void {
    const leaf = this.leaf(client);
    const held = [...leaf.held];
    if (leaf.kind === 'inactive') this.note('inactive leaf removed');
    if (leaf.grants > 0) this.note('leaf with grants removed');
    for (const node of leaf.upwards) {
      for (const [agentId, resources] of held) node.hold(agentId, node.heldOn(agentId).minus(resources));
      if (node.parent === null) continue;
      if (node === leaf || (node.kind === 'inner' && node.children.length === 0)) {
        node.parent.children = node.parent.children.filter((child) => child !== node);
      } else {
        if (takeBackOwnLeaf(node)) this.note('virtual leaf collapsed');
      }
    }
  }

  activate(client: string): void {
    this.leaf(client).kind = 'active';
  }

  deactivate(client: string): void {
    this.leaf(client).kind = 'inactive';
  }

  /** Sets the weight of a path, whether or not there is a node for it now. */
  updateWeight(path: string, weight: number): void {
    this.weights.set(path, weight);
  }

  /** A grant: the client and all nodes above it hold more, and each of them counts one grant more. */
  allocated(client: string, agentId: string, resources: Resources): void {
    for (const node of this.leaf(client).upwards) {
      node.hold(agentId, node.heldOn(agentId).plus(resources));
      node.grants++;
    }
  }

  /** The client and all nodes above it hold less. Grants stay as they are. */
  unallocated(client: string, agentId: string, resources: Resources): void {
    this.update(client, agentId, resources, Resources.EMPTY);
  }

  /** What the client holds changes its form; that is no grant. */
  update(client: string, agentId: string, before: Resources, after: Resources): void {
    const leaf = this.leaf(client);
    if (!leaf.heldOn(agentId).contains(before)) {
      const reason = `are not held by ${client} on ${agentId}`;
      throw new MeteError('NOT_HELD', { field: 'resources', value: before.toString(), reason, mend: 'take less' });
    }
    for (const node of leaf.upwards) node.hold(agentId, node.heldOn(agentId).minus(before).plus(after));
  }

  addAgent(agentId: string, scalars: Amounts): void {
    this.agentTotals.set(agentId, scalars);
  }

  removeAgent(agentId: string): void {
    this.agentTotals.delete(agentId);
  }

  contains(client: string): boolean {
    return this.leaves(this.root).some((leaf) => leaf.client === client);
  }

  get count(): number {
    return this.leaves(this.root).length;
  }

  clients(): string[] {
    return this.leaves(this.root).map((leaf) => leaf.client);
  }

  /** What a client holds on an agent. */
  allocation(client: string, agentId: string): Resources {
    return this.leaf(client).heldOn(agentId);
  }

  /** The agents on which a client holds something. */
  allocationAgents(client: string): string[] {
    return [...this.leaf(client).held.keys()];
  }

  /** What a client, or all of them (null), hold of each scalar. */
  allocationQuantities(client: string | null): Amounts {
    return client === null ? this.root.quantities : this.leaf(client).quantities;
  }

  /** The dominant share of each client. */
  shares(): Record<string, number> {
    return Object.fromEntries(this.clients().map((client) => [client, this.shareOf(this.leaf(client))]));
  }

  /** How many grants a client got. */
  grants(client: string): number {
    return this.leaf(client).grants;
  }

  /** How many grants were made at a path and below it. */
  grantsBelow(path: string): number {
    return this.nodes(this.root).find((node) => node.path === path)?.grants ?? 0;
  }

  /** The largest part of any kind of resource that is held by the node and below it, divided by its weight. */
  protected shareOf(node: SorterNode): number {
    const { totals } = this;
    let share = 0;
    if (totals.size === 0) this.note('cluster without anything');
    for (const name of node.quantities.keys()) if (!totals.has(name)) this.note('held of a kind without total');
    if (node.kind === 'inner' && this.weightOf(node) !== 1) this.note('weight of an inner node counts');
    for (const [name, totalMilli] of totals) {
      if (!this.isFair(name)) continue;
      share = Math.max(share, (node.quantities.get(name) ?? 0) / totalMilli);
    }
    return share / this.weightOf(node);
  }

  protected weightOf(node: SorterNode): number {
    return this.weights.get(node.path) ?? 1;
  }

  protected leaf(client: string): SorterNode {
    const leaf = this.leaves(this.root).find((node) => node.client === client);
    if (leaf !== undefined) return leaf;
    throw new MeteError('UNKNOWN_CLIENT', { field: 'client', value: client, reason: 'is no client', mend: 'add it' });
  }

  /** What the agents have in all. */
  protected get totals(): Amounts {
    return [...this.agentTotals.values()].reduce(plus, NOTHING);
  }

  /** Whether a kind counts for shares. */
  protected isFair(name: string): boolean {
    return this.options.excludedNames?.includes(name) !== true;
  }

  private leaves(below: SorterNode): SorterNode[] {
    return this.nodes(below).filter((node) => node.kind !== 'inner');
  }

  private nodes(below: SorterNode): SorterNode[] {
    return below.children.flatMap((child) => [child, ...this.nodes(child)]);
  }
}

/** Turns a leaf into an inner node with a leaf of its own, which takes over state, holdings and grants. */
function giveOwnLeaf(node: SorterNode): void {
  const own = new SorterNode(SELF, node, node.kind);
  own.held = new Map(node.held);
  own.grants = node.grants;
  node.kind = 'inner';
  node.children = [own];
}

/** Turns an inner node that has nothing left but its own leaf back into a leaf. Its grants stay those of the node. */
function takeBackOwnLeaf(node: SorterNode): boolean {
  const only = node.children[0];
  if (node.children.length !== 1 || only === undefined || only.name !== SELF) return false;
  node.kind = only.kind;
  node.children = [];
  return true;
}

/** Orders clients by dominant share: the one that holds the smallest part of what it holds most of comes first. */
export class OracleDrfSorter extends OracleSorter {
  /** At each node of the tree: share, then grants, then name; an inner node stands where its own share puts it. */
  sort(): string[] {
    return this.sortBelow(this.root);
  }

  private compare(a: SorterNode, b: SorterNode): number {
    const share = this.shareOf(a);
    const byShare = share - this.shareOf(b);
    if (byShare !== 0) return byShare;
    this.note('equal shares');
    if (share > 0) this.note('equal shares above zero');
    if (a.grants !== b.grants) return a.grants - b.grants;
    this.note('equal shares and grants');
    return compareUtf8(a.path, b.path);
  }

  private sortBelow(node: SorterNode): string[] {
    if (node.kind === 'active') return [node.client];
    return [...node.children]
      .sort((a, b) => this.compare(a, b))
      .flatMap((child) => this.sortBelow(child));
  }
}
