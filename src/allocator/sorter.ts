/**
 * Sorters as a library: the order of clients by weighted dominant share (DRFSorter) or by weighted lot (RandomSorter),
 * on the same engines as the allocator. Clients are paths; `a/b` is below `a`.
 */
import { MeteError } from '../base/errors.js';
import { drawSalt, uniform } from '../base/mix32.js';
import { addMilli } from '../resources/amount.js';
import type { Quantities } from '../resources/quantities.js';
import { Resources } from '../resources/resources.js';
import { checkId, checkResources, checkWeight, refuse } from './checks.js';
import { Encoding, MAX_KINDS } from './encoding.js';
import type { EngineFactory } from './engine/engine.js';
import { EngineProgram } from './program.js';
import { Ids, SorterTree, type TreeNode } from './sorter-tree.js';

export interface SorterOptions {
  readonly engine: EngineFactory;
  /** Resource names that do not count for shares. */
  readonly excludedResourceNames?: readonly string[];
  readonly seed?: number;
  /** Room for resource names; more than these is refused. */
  readonly kinds?: number;
}

const DEFAULT_KINDS = 8;

function unknown(client: string): MeteError {
  return new MeteError('UNKNOWN_CLIENT', {
    field: 'client',
    value: client,
    reason: 'it has not been added',
    mend: 'add the client first',
  });
}

/** What both sorters share; they differ in `sortInto`. */
abstract class Sorter {
  protected readonly program: EngineProgram;
  protected readonly tree: SorterTree;
  private readonly encoding: Encoding;
  private readonly allocations = new Map<string, Map<string, Resources>>();
  private readonly agents = new Map<string, Quantities>();
  private readonly agentNumbers = new Map<string, number>();
  private readonly pathOfNode: string[] = [];
  private readonly excluded: readonly string[];
  private readonly totals = new Map<string, number>();
  private totalsMoved = true;
  protected order = new Int32Array(64);
  /** For sums that are handed over at once. */
  private readonly all: Float64Array;
  private readonly governed: Float64Array;

  constructor(options: SorterOptions, hierarchical = false) {
    const kinds = options.kinds ?? DEFAULT_KINDS;
    if (!(Number.isInteger(kinds) && kinds > 0 && kinds <= MAX_KINDS)) {
      throw refuse('kinds', kinds, 'it is not a possible number of resource names', `give 1 to ${MAX_KINDS}`);
    }
    const seed = options.seed ?? 0;
    const engine = options.engine({
      kinds,
      seed,
      randomRoles: false,
      randomFrameworks: false,
      hierarchicalRoles: hierarchical,
      incremental: true,
    });
    this.program = new EngineProgram(engine);
    this.encoding = new Encoding(this.program);
    this.tree = new SorterTree(this.program, new Ids(), true);
    this.excluded = options.excludedResourceNames ?? [];
    this.all = new Float64Array(kinds);
    this.governed = new Float64Array(kinds);
    const unfair = new Float64Array(kinds);
    for (const name of this.excluded) unfair[this.kind(name)] = 1;
    this.program.setUnfairKinds(unfair);
  }

  private kind(name: string): number {
    const known = this.encoding.kindIfKnown(name);
    if (known !== undefined) return known;
    if (!this.encoding.hasRoomFor(new Set([name]))) {
      throw new MeteError('LIMIT_EXCEEDED', {
        field: 'resources',
        value: name,
        reason: `the sorter has room for ${this.encoding.kinds} resource names`,
        mend: 'make it with more kinds',
      });
    }
    return this.encoding.kind(name);
  }

  /** Adds an inactive client. Throws ALREADY_EXISTS. */
  add(client: string): void {
    checkId('client', client);
    if (this.tree.has(client)) {
      throw new MeteError('ALREADY_EXISTS', {
        field: 'client',
        value: client,
        reason: 'it has been added already',
        mend: 'remove it first',
      });
    }
    this.tree.add(client);
    this.allocations.set(client, new Map());
    this.mapNodes(client);
  }

  /** Leaves move when a path gains or loses children: maps the nodes of a client and of those above it. */
  private mapNodes(client: string): void {
    for (let path = client; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
      if (this.tree.has(path)) this.pathOfNode[this.tree.leafOf(path).id] = path;
    }
  }

  private leaf(client: string): TreeNode {
    if (!this.tree.has(client)) throw unknown(client);
    return this.tree.leafOf(client);
  }

  /** Removes a client and its allocation. */
  remove(client: string): void {
    const leaf = this.leaf(client);
    for (const [agentId, resources] of this.allocations.get(client)!) this.countFor(leaf, agentId, resources, -1, 0);
    this.allocations.delete(client);
    this.tree.remove(client);
    this.mapNodes(client);
  }

  activate(client: string): void {
    this.leaf(client);
    this.tree.setActive(client, true);
  }

  deactivate(client: string): void {
    this.leaf(client);
    this.tree.setActive(client, false);
  }

  /** Sets the weight of a path against its siblings; the path need not exist yet. Throws INVALID_WEIGHT. */
  updateWeight(path: string, weight: number): void {
    checkId('path', path);
    checkWeight(path, weight);
    this.tree.setWeight(path, weight);
  }

  private countFor(leaf: TreeNode, agentId: string, resources: Resources, sign: 1 | -1, grants: number): void {
    const { all, governed } = this;
    all.fill(0);
    governed.fill(0);
    this.encoding.sumInto(resources, sign, all, governed);
    this.program.allocate(leaf.id, grants, all);
    for (const lot of resources.lots) {
      if (!lot.descriptor.shared) continue;
      const agent = this.agentNumber(agentId);
      this.program.holdSharedNode(leaf.id, agent, this.encoding.encodeLot(lot), sign * lot.copies);
    }
  }

  /** Engines count shared copies by agent; agents here are names only. */
  private agentNumber(agentId: string): number {
    let number = this.agentNumbers.get(agentId);
    if (number === undefined) this.agentNumbers.set(agentId, (number = this.agentNumbers.size));
    return number;
  }

  private checkKinds(resources: Resources): void {
    checkResources('resources', resources);
    for (const lot of resources.lots) this.kind(lot.descriptor.name);
  }

  /** Counts resources allocated to a client, and one more grant. */
  allocated(client: string, agentId: string, resources: Resources): void {
    const leaf = this.leaf(client);
    this.checkKinds(resources);
    const held = this.allocations.get(client)!;
    held.set(agentId, (held.get(agentId) ?? Resources.EMPTY).plus(resources));
    this.countFor(leaf, agentId, resources, 1, 1);
  }

  private heldOn(client: string, agentId: string, resources: Resources): Resources {
    const held = this.allocations.get(client)!.get(agentId) ?? Resources.EMPTY;
    if (held.contains(resources)) return held;
    throw new MeteError('NOT_HELD', {
      field: 'resources',
      value: resources.toString(),
      reason: `client ${client} has ${held.toString()} on agent ${agentId}`,
      mend: 'take back only what was allocated',
    });
  }

  private setHeld(client: string, agentId: string, resources: Resources): void {
    const held = this.allocations.get(client)!;
    if (resources.isEmpty) held.delete(agentId);
    else held.set(agentId, resources);
  }

  /** Takes resources from a client. Throws NOT_HELD. */
  unallocated(client: string, agentId: string, resources: Resources): void {
    const leaf = this.leaf(client);
    checkResources('resources', resources);
    const held = this.allocations.get(client)!;
    // All of it at once is the rule, and one look at long ranges is enough for that.
    if (held.get(agentId)?.equals(resources) === true) held.delete(agentId);
    else this.setHeld(client, agentId, this.heldOn(client, agentId, resources).minus(resources));
    this.countFor(leaf, agentId, resources, -1, 0);
  }

  /** Replaces a part of an allocation, without a grant. Throws NOT_HELD. */
  update(client: string, agentId: string, oldResources: Resources, newResources: Resources): void {
    const leaf = this.leaf(client);
    this.checkKinds(newResources);
    const held = this.heldOn(client, agentId, oldResources);
    this.setHeld(client, agentId, held.minus(oldResources).plus(newResources));
    this.countFor(leaf, agentId, newResources, 1, 0);
    this.countFor(leaf, agentId, oldResources, -1, 0);
  }

  /** Adds an agent's scalars to the total. Throws ALREADY_EXISTS. */
  addAgent(agentId: string, total: Quantities): void {
    checkId('agentId', agentId);
    if (this.agents.has(agentId)) {
      throw new MeteError('ALREADY_EXISTS', {
        field: 'agentId',
        value: agentId,
        reason: 'it has been added already',
        mend: 'remove it first',
      });
    }
    for (const [name, amount] of total) {
      this.kind(name);
      addMilli(this.totals.get(name) ?? 0, amount, name);
    }
    this.agents.set(agentId, total);
    for (const [name, amount] of total) this.totals.set(name, (this.totals.get(name) ?? 0) + amount);
    this.totalsMoved = true;
  }

  /** Takes an agent's scalars from the total. Throws UNKNOWN_AGENT. */
  removeAgent(agentId: string): void {
    const total = this.agents.get(agentId);
    if (total === undefined) {
      throw new MeteError('UNKNOWN_AGENT', {
        field: 'agentId',
        value: agentId,
        reason: 'no such agent has been added',
        mend: 'add the agent first',
      });
    }
    this.agents.delete(agentId);
    for (const [name, amount] of total) this.totals.set(name, this.totals.get(name)! - amount);
    this.totalsMoved = true;
  }

  protected flush(): void {
    if (this.totalsMoved) {
      this.program.setTotals(this.encoding.vector(this.totals));
      this.totalsMoved = false;
    }
    this.program.flush();
    if (this.order.length < this.tree.size) this.order = new Int32Array(2 * this.tree.size);
  }

  /** Writes the sorted leaves' node numbers into `order`; returns their count. */
  protected abstract sortInto(): number;

  /** The active clients in order. */
  sort(): string[] {
    const count = this.sortInto();
    const names: string[] = new Array<string>(count);
    for (let i = 0; i < count; i++) names[i] = this.pathOfNode[this.order[i]!]!;
    return names;
  }

  /** As `sort`, but as node numbers in an array that the next call reuses: for callers that keep their own names. */
  sortNodes(): Int32Array {
    return this.order.subarray(0, this.sortInto());
  }

  contains(client: string): boolean {
    return this.tree.has(client);
  }

  /** Number of clients, active or not. */
  get count(): number {
    return this.tree.size;
  }

  /** What a client has on an agent. */
  allocation(client: string, agentId: string): Resources {
    this.leaf(client);
    return this.allocations.get(client)!.get(agentId) ?? Resources.EMPTY;
  }

  /** The agents on which a client has something. */
  allocationAgents(client: string): string[] {
    this.leaf(client);
    return [...this.allocations.get(client)!.keys()];
  }

  /** Scalars allocated to a client, or to all of them for null; a shared volume counts once. */
  allocationQuantities(client: string | null): Quantities {
    const row = this.read(client === null ? this.tree.root : this.leaf(client));
    const names = this.encoding.kindNames();
    const entries = names.map((name, k) => [name, row[2 + k]!] as const);
    return new Map(entries.filter(([, amount]) => amount > 0));
  }

  private read(node: TreeNode): Float64Array {
    this.flush();
    const row = new Float64Array(2 + this.encoding.kinds);
    this.program.engine.readNode(node.id, row);
    return row;
  }

  /** The weighted dominant share of every client. */
  shares(): Record<string, number> {
    return Object.fromEntries([...this.tree.paths()].map((path) => [path, this.read(this.tree.leafOf(path))[0]!]));
  }

  /** Frees the engine. */
  close(): void {
    this.program.engine.close();
  }
}

/** Orders clients by weighted dominant share, then by grants so far, then by name. */
export class DRFSorter extends Sorter {
  protected sortInto(): number {
    this.flush();
    return this.program.engine.sort(this.tree.root.id, this.order);
  }
}

/**
 * Orders clients by dynamic hierarchical DRF: as DRFSorter, but what is held below a path counts scaled to the share of
 * the poorest there, without kinds that are used up (docs/allocator.md, section 2).
 */
export class HDRFSorter extends DRFSorter {
  constructor(options: SorterOptions) {
    super(options, true);
  }
}

/** Orders clients by a weighted shuffle, another at each sort, reproducible from the seed. */
export class RandomSorter extends Sorter {
  private sorts = 0;
  private readonly seed: number;

  constructor(options: SorterOptions) {
    super(options);
    this.seed = options.seed ?? 0;
  }

  protected sortInto(): number {
    this.flush();
    return this.program.engine.shuffle(this.tree.root.id, drawSalt(this.seed, ++this.sorts, 0), this.order);
  }
}

/** A weighted shuffle of any items: earlier places are the more probable the higher the weight. */
export function weightedShuffle<T>(items: readonly T[], weights: readonly number[], seed: number, run: number): T[] {
  const salt = drawSalt(seed, run, 0);
  const rest = items.map((item, i) => ({ item, weight: weights[i] ?? 1 }));
  const result: T[] = [];
  for (let drawn = 0; rest.length > 0; drawn++) {
    let left = uniform(salt, drawn) * rest.reduce((sum, { weight }) => sum + weight, 0);
    let pick = rest.findIndex(({ weight }) => (left -= weight) < 0);
    if (pick < 0) pick = rest.length - 1;
    result.push(rest.splice(pick, 1)[0]!.item);
  }
  return result;
}
