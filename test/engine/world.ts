/**
 * A world that engines may be told about: which nodes, roles, clients, agents and refusals are alive, so that random
 * choices make valid programs. It knows nothing of allocation; it only knows what may be named.
 */
import { LotFlag, NodeState, Op } from '../../src/allocator/engine/opcodes.js';

/** Numbers that decide; when they run out every choice is the first. */
export class Choices {
  private at = 0;

  constructor(private readonly numbers: readonly number[]) {}

  get exhausted(): boolean {
    return this.at >= this.numbers.length;
  }

  /** A number in [0, count). */
  below(count: number): number {
    return (this.numbers[this.at++] ?? 0) % count;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

export interface WorldNode {
  readonly id: number;
  readonly parent: WorldNode | null;
  state: number;
  children: number;
}

export interface WorldRole {
  readonly id: number;
  readonly parent: WorldRole | null;
  node: WorldNode | null;
  root: WorldNode;
}

export interface WorldClient {
  readonly id: number;
  readonly role: WorldRole;
  node: WorldNode | null;
}

export interface WorldRefusal {
  readonly id: number;
  readonly agent: number;
}

/** Lowest number from 0 on that is not in use. */
function freeId(used: ReadonlySet<number>): number {
  let id = 0;
  while (used.has(id)) id++;
  return id;
}

export class World {
  readonly program: number[] = [];
  readonly nodes = new Map<number, WorldNode>();
  readonly roles = new Map<number, WorldRole>();
  readonly clients = new Map<number, WorldClient>();
  readonly agents = new Set<number>();
  readonly refusals = new Map<number, WorldRefusal>();
  readonly roleRoot: WorldNode;
  minimums = 0;
  constraints = 0;
  ordinals = 0;
  values = 0;
  labels = 0;

  constructor(
    readonly kinds: number,
    readonly choices: Choices,
  ) {
    this.write(Op.SET_TOTALS, ...this.amounts(50));
    this.roleRoot = this.addNode(null, NodeState.INTERNAL);
    this.setMinimum();
  }

  write(...numbers: number[]): void {
    for (const number of numbers) this.program.push(number);
  }

  /** Takes what was written. */
  takeProgram(): number[] {
    return this.program.splice(0);
  }

  /** Mostly small and round, so that ties and exact fits are frequent. */
  amount(high: number): number {
    const { choices } = this;
    if (choices.chance(20)) return 0;
    return choices.chance(80) ? choices.below(high + 1) * 1000 : choices.below(high * 1000 + 1);
  }

  amounts(high: number): number[] {
    return Array.from({ length: this.kinds }, () => this.amount(high));
  }

  limits(): number[] {
    return Array.from({ length: this.kinds }, () => (this.choices.chance(50) ? Infinity : this.amount(20)));
  }

  weight(): number {
    return this.choices.chance(60) ? 1 : this.choices.one([2, 0.5, 3.7, 1e-3, 1e6, 1 / 3]);
  }

  /** Labels are unique among siblings, as their caller promises. */
  label(): number {
    this.labels++;
    return this.choices.chance(50) ? this.labels : -this.labels / 8;
  }

  addNode(parent: WorldNode | null, state: number): WorldNode {
    const id = freeId(new Set(this.nodes.keys()));
    const node: WorldNode = { id, parent, state, children: 0 };
    this.nodes.set(id, node);
    if (parent !== null) parent.children++;
    this.write(Op.ADD_NODE, id, parent?.id ?? -1, this.label(), state, this.weight());
    return node;
  }

  removeNode(node: WorldNode): void {
    this.write(Op.REMOVE_NODE, node.id);
    this.nodes.delete(node.id);
    if (node.parent !== null) node.parent.children--;
    for (const role of this.roles.values()) if (role.node === node) role.node = null;
    for (const client of this.clients.values()) if (client.node === node) client.node = null;
  }

  setState(node: WorldNode, state: number): void {
    node.state = state;
    this.write(Op.SET_NODE_STATE, node.id, state);
  }

  leafState(): number {
    return this.choices.chance(80) ? NodeState.ACTIVE : NodeState.INACTIVE;
  }

  /** Internal nodes of the role tree. */
  rolesInner(): WorldNode[] {
    return [...this.nodes.values()].filter((node) => node.state === NodeState.INTERNAL && this.isInRoleTree(node));
  }

  private isInRoleTree(node: WorldNode): boolean {
    let top = node;
    while (top.parent !== null) top = top.parent;
    return top === this.roleRoot;
  }

  addRole(): void {
    const id = freeId(new Set(this.roles.keys()));
    const parent = this.roles.size > 0 && this.choices.chance(40) ? this.choices.one([...this.roles.values()]) : null;
    const node = this.addNode(this.choices.one(this.rolesInner()), this.leafState());
    const root = this.addNode(null, NodeState.INTERNAL);
    const role: WorldRole = { id, parent, node, root };
    this.roles.set(id, role);
    this.writeRole(role);
  }

  writeRole(role: WorldRole): void {
    const salt = (role.id + 1) * 0x1234567;
    this.write(Op.SET_ROLE, role.id, role.node?.id ?? -1, role.root.id, role.parent?.id ?? -1, salt);
  }

  /** A leaf becomes a parent, and its role lives on in a leaf below it. */
  splitRole(role: WorldRole): void {
    const { node } = role;
    if (node === null) return;
    const { state } = node;
    this.setState(node, NodeState.INTERNAL);
    role.node = this.addNode(node, state);
    this.write(Op.COPY_NODE, node.id, role.node.id);
    this.writeRole(role);
  }

  /** The only leaf below a node merges with it. */
  mergeRole(role: WorldRole): void {
    const leaf = role.node;
    const parent = leaf?.parent ?? null;
    if (leaf === null || parent === null || parent.parent === null || parent.children !== 1) return;
    this.removeNode(leaf);
    this.setState(parent, leaf.state);
    role.node = parent;
    this.writeRole(role);
  }

  addClient(): void {
    const role = this.choices.one([...this.roles.values()]);
    const id = freeId(new Set(this.clients.keys()));
    const client: WorldClient = { id, role, node: this.addNode(role.root, this.leafState()) };
    this.clients.set(id, client);
    this.writeClient(client);
  }

  writeClient(client: WorldClient): void {
    if (client.node === null) return;
    const { choices } = this;
    const lacks = choices.chance(70) ? 0 : choices.below(16);
    const can = choices.chance(40) ? 0xff : choices.below(64);
    const constraint = this.constraints > 0 && choices.chance(30) ? choices.below(this.constraints) : -1;
    const minimum = choices.chance(60) ? 0 : choices.below(this.minimums);
    this.write(Op.SET_CLIENT, client.id, client.node.id, client.role.id, lacks, can, minimum, constraint);
  }

  addAgent(): void {
    const id = freeId(this.agents);
    this.agents.add(id);
    this.writeAgent(id, ++this.ordinals);
    this.setAvailable(id);
  }

  writeAgent(id: number, ordinal: number): void {
    const { choices } = this;
    this.write(Op.SET_AGENT, id, ordinal, choices.chance(90) ? 1 : 0, choices.chance(70) ? 0 : choices.below(16));
  }

  setAvailable(id: number): void {
    const count = this.choices.chance(50) ? 0 : this.choices.below(4);
    const lots = Array.from({ length: count }, (_, l) => this.lot(id * 8 + l)).flat();
    this.write(Op.SET_AVAILABLE, id, ...this.amounts(8), count, ...lots);
  }

  private lot(descriptor: number): number[] {
    const { choices } = this;
    let flags = choices.chance(60) ? choices.one([0, LotFlag.NON_SCALAR, LotFlag.INDIVISIBLE]) : choices.below(64);
    const role = choices.chance(30) ? choices.below(this.roles.size + 1) - 1 : -1;
    if (role >= 0) flags |= LotFlag.RESERVED;
    const value = (flags & LotFlag.NON_SCALAR) === 0 ? -1 : this.value();
    const amount = (flags & LotFlag.NON_SCALAR) === 0 ? this.amount(6) : 1000 * (1 + choices.below(4));
    return [descriptor, choices.below(this.kinds), flags, role, amount, value];
  }

  /** A value defined before or now. */
  private value(): number {
    const { choices } = this;
    if (this.values > 0 && choices.chance(50)) return choices.below(this.values);
    const ranges: number[] = [];
    let at = choices.below(3);
    for (let pair = choices.below(3); pair >= 0; pair--) {
      const end = at + choices.below(4);
      ranges.push(at, end);
      at = end + 2 + choices.below(3);
    }
    this.write(Op.DEFINE_VALUE, this.values, ranges.length, ...ranges);
    return this.values++;
  }

  addRefusal(): void {
    const { choices } = this;
    const id = freeId(new Set(this.refusals.keys()));
    const agent = choices.one([...this.agents]);
    this.refusals.set(id, { id, agent });
    const count = choices.below(3);
    const lots = Array.from({ length: count }, (_, l) => {
      return [agent * 8 + l, this.amount(6), choices.chance(50) ? -1 : this.value()];
    }).flat();
    this.write(Op.ADD_REFUSAL, id, agent, ...this.amounts(9), count, ...lots);
    this.refuse(id);
  }

  refuse(refusal: number): void {
    if (this.clients.size === 0) return;
    const client = this.choices.one([...this.clients.keys()]);
    this.write(Op.SET_REFUSED, refusal, client, this.choices.chance(75) ? 1 : 0);
  }

  setMinimum(): void {
    const { choices } = this;
    const minimum = choices.below(this.minimums + 1);
    if (minimum === this.minimums) this.minimums++;
    const alternatives = choices.below(3);
    this.write(Op.SET_MINIMUM, minimum, alternatives);
    for (let a = 0; a < alternatives; a++) {
      const entries = choices.below(3);
      this.write(entries);
      for (let e = 0; e < entries; e++) this.write(choices.below(this.kinds), this.amount(4));
    }
  }
}
