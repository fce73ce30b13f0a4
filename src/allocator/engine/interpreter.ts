/**
 * Executes engine programs (see `opcodes.ts`) on the tables. Twin of native/core/interpreter.
 *
 * Every operand is checked, so a program can be wrong but never harmful: a bad operation throws a RangeError that names
 * it and its position; operations before it have been executed.
 */
import type { EngineLot } from './agent-table.js';
import type { Cycle } from './cycle.js';
import { NodeState, Op } from './opcodes.js';
import type { RefusedLot } from './refusals.js';
import type { Minimum } from './role-table.js';
import type { EngineTables } from './visit.js';

const MAX_ID = 1 << 24;
const FRESH_IDS = 4096;

type Handler = (program: Interpreter) => void;

export class Interpreter {
  private at = 0;
  private opAt = 0;
  private end = 0;

  constructor(
    readonly tables: EngineTables,
    readonly cycle: Cycle,
    readonly kinds: number,
    private readonly ops: Float64Array,
  ) {}

  apply(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.ops.length) {
      throw new RangeError(`program length ${length} is not within the operation buffer of ${this.ops.length}`);
    }
    this.at = 0;
    this.end = length;
    while (this.at < length) {
      this.opAt = this.at;
      const handler = HANDLERS[this.ops[this.at++]!];
      if (handler === undefined) this.fail('is not an operation');
      else handler(this);
    }
  }

  fail(reason: string): never {
    throw new RangeError(`operation ${this.ops[this.opAt]!} at ${this.opAt} ${reason}`);
  }

  number(): number {
    if (this.at >= this.end) this.fail('is cut off');
    return this.ops[this.at++]!;
  }

  /** An integer in [low, high). */
  integer(low: number, high: number): number {
    const value = this.number();
    if (!(value >= low && value < high) || Math.floor(value) !== value) this.fail(`has a bad operand ${value}`);
    return value;
  }

  id(): number {
    return this.integer(0, MAX_ID);
  }

  /** An id that may be new: ids are dense, so a jump far beyond the table is a mistake, not a wish for memory. */
  freshId(capacity: number): number {
    return this.integer(0, Math.min(MAX_ID, 2 * capacity + FRESH_IDS));
  }

  existing(exists: boolean, what: string): void {
    if (!exists) this.fail(`names an unknown ${what}`);
  }

  node(): number {
    const node = this.id();
    this.existing(this.tables.forest.exists(node), 'node');
    return node;
  }

  agent(): number {
    const agent = this.id();
    this.existing(this.tables.agents.exists(agent), 'agent');
    return agent;
  }

  role(): number {
    const role = this.id();
    this.existing(this.tables.roles.roleExists(role), 'role');
    return role;
  }

  /** Skips a vector of `kinds` numbers and returns where it starts. */
  vector(): number {
    const start = this.at;
    if (start + this.kinds > this.end) this.fail('is cut off');
    for (let k = 0; k < this.kinds; k++) if (Number.isNaN(this.ops[start + k]!)) this.fail('has an amount that is no number');
    this.at = start + this.kinds;
    return start;
  }

  values(): number[] {
    const count = this.integer(0, MAX_ID);
    if (this.at + count > this.end || count % 2 !== 0) this.fail('has cut off values');
    const values = Array.from(this.ops.subarray(this.at, this.at + count));
    this.at += count;
    return values;
  }

  get buffer(): Float64Array {
    return this.ops;
  }
}

function setTotals(p: Interpreter): void {
  const at = p.vector();
  const { forest } = p.tables;
  forest.totals.set(p.buffer.subarray(at, at + p.kinds));
  forest.totalsChanged();
}

function setUnfairKinds(p: Interpreter): void {
  const at = p.vector();
  const { forest } = p.tables;
  for (let k = 0; k < p.kinds; k++) forest.unfairKinds[k] = p.buffer[at + k]! === 0 ? 0 : 1;
  forest.totalsChanged();
}

function addNode(p: Interpreter): void {
  const { forest } = p.tables;
  const node = p.freshId(forest.capacity);
  const parent = p.integer(-1, MAX_ID);
  const label = p.number();
  const state = p.integer(NodeState.INTERNAL, NodeState.INACTIVE + 1);
  const weight = p.number();
  if (forest.exists(node)) p.fail('adds a node that exists');
  if (parent >= 0) p.existing(forest.exists(parent) && forest.state[parent] === NodeState.INTERNAL, 'parent');
  if (!(weight > 0)) p.fail(`has a bad weight ${weight}`);
  forest.addNode(node, parent, label, state, weight);
  p.cycle.relaxed = true;
}

function removeNode(p: Interpreter): void {
  const node = p.node();
  const { forest, holds } = p.tables;
  if (forest.childrenOf(node) > 0) p.fail('removes a node that has children');
  holds.dropNode(node);
  forest.removeNode(node);
}

function setNodeState(p: Interpreter): void {
  const node = p.node();
  const state = p.integer(NodeState.INTERNAL, NodeState.INACTIVE + 1);
  if (state !== NodeState.INTERNAL && p.tables.forest.childrenOf(node) > 0) p.fail('makes a leaf of a parent');
  p.tables.forest.setState(node, state);
  if (state !== NodeState.INACTIVE) p.cycle.relaxed = true;
}

function setNodeWeight(p: Interpreter): void {
  const node = p.node();
  const weight = p.number();
  if (!(weight > 0)) p.fail(`has a bad weight ${weight}`);
  p.tables.forest.setWeight(node, weight);
}

function setNodeLabel(p: Interpreter): void {
  const node = p.node();
  p.tables.forest.setLabel(node, p.number());
}

function allocate(p: Interpreter): void {
  const node = p.node();
  const grants = p.number();
  const at = p.vector();
  p.tables.forest.allocate(node, p.buffer, at, grants);
}

function adjustNode(p: Interpreter): void {
  const node = p.node();
  const grants = p.number();
  const at = p.vector();
  p.tables.forest.adjust(node, p.buffer, at, grants);
}

function setRole(p: Interpreter): void {
  const role = p.freshId(p.tables.roles.known.length);
  const roleNode = p.integer(-1, MAX_ID);
  const frameworkRoot = p.integer(-1, MAX_ID);
  const parentRole = p.integer(-1, MAX_ID);
  const treeSalt = p.integer(0, 2 ** 32);
  const { forest, roles } = p.tables;
  if (roleNode >= 0) p.existing(forest.exists(roleNode), 'role node');
  if (frameworkRoot >= 0) p.existing(forest.exists(frameworkRoot), 'framework root');
  if (parentRole >= 0) p.existing(roles.roleExists(parentRole) && parentRole !== role, 'parent role');
  roles.setRole(role, roleNode, frameworkRoot, parentRole, treeSalt);
}

function setQuota(p: Interpreter): void {
  const role = p.role();
  const at = p.vector();
  p.vector();
  p.tables.roles.setQuota(role, p.buffer, at);
  p.cycle.quotaMoved = true;
  p.cycle.relaxed = true;
}

function consume(p: Interpreter): void {
  const role = p.role();
  addConsumption(p, role, p.vector());
}

function addConsumption(p: Interpreter, role: number, at: number): void {
  const { roles } = p.tables;
  const top = roles.topRole[role]!;
  const governed = roles.hasLimits[top] === 1 || roles.hasGuarantees[top] === 1;
  for (let k = 0, i = top * p.kinds; k < p.kinds; k++, i++) {
    const amount = p.buffer[at + k]!;
    roles.consumed[i]! += amount;
    if (amount < 0 && governed) p.cycle.relaxed = true;
  }
  if (governed) p.cycle.quotaMoved = true;
}

function setClient(p: Interpreter): void {
  const client = p.freshId(p.tables.roles.clientNode.length);
  const node = p.node();
  const role = p.role();
  const lacks = p.integer(0, 256);
  const can = p.integer(0, 256);
  const minimum = p.integer(0, p.tables.roles.minimums.length);
  const constraint = p.integer(-1, MAX_ID);
  p.tables.roles.setClient(client, node, role, lacks, can, minimum, constraint);
  p.cycle.relaxed = true;
}

function removeClient(p: Interpreter): void {
  const client = p.id();
  p.existing(p.tables.roles.clientExists(client), 'client');
  p.tables.roles.removeClient(client);
}

function setAgent(p: Interpreter): void {
  const agent = p.freshId(p.tables.agents.known.length);
  const ordinal = p.integer(0, 2 ** 32);
  const offerable = p.integer(0, 2);
  const bars = p.integer(0, 256);
  p.tables.agents.setAgent(agent, ordinal, offerable, bars);
}

function removeAgent(p: Interpreter): void {
  const agent = p.agent();
  const { agents, refusals } = p.tables;
  if ((refusals.ofAgent[agent]?.length ?? 0) > 0) p.fail('removes an agent that has refusals');
  agents.removeAgent(agent);
  p.cycle.quotaMoved = true;
}

function setAvailable(p: Interpreter): void {
  const agent = p.agent();
  const at = p.vector();
  const count = p.integer(0, MAX_ID);
  const lots: EngineLot[] = [];
  for (let l = 0; l < count; l++) {
    const descriptor = p.id();
    const kind = p.integer(0, p.kinds);
    const flags = p.integer(0, 256);
    const role = p.integer(-1, MAX_ID);
    const amount = p.number();
    const values = p.values();
    lots.push({ descriptor, kind, flags, role, amount, values, offeredRun: 0 });
  }
  p.tables.agents.setAvailable(agent, p.buffer, at, lots);
  p.cycle.quotaMoved = true;
}

function addRefusal(p: Interpreter): void {
  const refusal = p.freshId(p.tables.refusals.agent.length);
  const agent = p.agent();
  const at = p.vector();
  const count = p.integer(0, MAX_ID);
  const lots: RefusedLot[] = [];
  for (let l = 0; l < count; l++) {
    const descriptor = p.id();
    const amount = p.number();
    lots.push({ descriptor, amount, values: p.values() });
  }
  if (p.tables.refusals.exists(refusal)) p.fail('adds a refusal that exists');
  p.tables.refusals.add(refusal, agent, p.buffer, at, lots);
}

function refusalOf(p: Interpreter): number {
  const refusal = p.id();
  p.existing(p.tables.refusals.exists(refusal), 'refusal');
  return refusal;
}

function removeRefusal(p: Interpreter): void {
  const refusal = refusalOf(p);
  const { refusals, agents } = p.tables;
  agents.openAgent(refusals.agent[refusal]!);
  refusals.remove(refusal);
}

function setRefused(p: Interpreter): void {
  const refusal = refusalOf(p);
  const client = p.id();
  p.existing(p.tables.roles.clientExists(client), 'client');
  const refused = p.integer(0, 2);
  const { refusals, agents } = p.tables;
  refusals.setRefused(refusal, client, refused);
  if (refused === 0) agents.openAgent(refusals.agent[refusal]!);
}

function setMinimum(p: Interpreter): void {
  const { roles } = p.tables;
  const minimum = p.integer(0, roles.minimums.length + 1);
  const count = p.integer(0, MAX_ID);
  const alternatives: { kind: number; amount: number }[][] = [];
  for (let a = 0; a < count; a++) {
    const entries = p.integer(0, MAX_ID);
    const alternative: { kind: number; amount: number }[] = [];
    for (let e = 0; e < entries; e++) alternative.push({ kind: p.integer(0, p.kinds), amount: p.number() });
    alternatives.push(alternative);
  }
  (roles.minimums as Minimum[])[minimum] = alternatives;
  p.cycle.relaxed = true;
}

function setExcluded(p: Interpreter): void {
  const constraint = p.integer(0, p.tables.excluded.length + 1);
  const agent = p.agent();
  const excluded = p.integer(0, 2);
  const row = p.tables.excluded[constraint] ?? new Uint8Array(0);
  p.tables.excluded[constraint] = row;
  if (agent >= row.length) {
    const wider = new Uint8Array(Math.max(64, agent * 2));
    wider.set(row);
    p.tables.excluded[constraint] = wider;
  }
  p.tables.excluded[constraint]![agent] = excluded;
  if (excluded === 0) p.tables.agents.openAgent(agent);
}

function holdShared(p: Interpreter): void {
  const client = p.id();
  p.existing(p.tables.roles.clientExists(client), 'client');
  const agent = p.agent();
  const descriptor = p.integer(0, 0x200000);
  const kind = p.integer(0, p.kinds);
  const amount = p.number();
  const copies = p.integer(-MAX_ID, MAX_ID);
  const { roles, holds } = p.tables;
  const roleNode = roles.roleNode[roles.clientRole[client]!]!;
  p.existing(roleNode >= 0, 'role node');
  holds.change(roles.clientNode[client]!, agent, descriptor, kind, amount, copies);
  holds.change(roleNode, agent, descriptor, kind, amount, copies);
}

function copyNode(p: Interpreter): void {
  const from = p.node();
  const to = p.node();
  if (from === to) p.fail('copies a node to itself');
  const { forest, holds } = p.tables;
  forest.copy(from, to);
  holds.copyNode(from, to);
}

function hold(p: Interpreter): void {
  const client = p.id();
  const { roles, forest } = p.tables;
  p.existing(roles.clientExists(client), 'client');
  const grants = p.number();
  const at = p.vector();
  const quotaAt = p.vector();
  const role = roles.clientRole[client]!;
  const roleNode = roles.roleNode[role]!;
  p.existing(roleNode >= 0, 'role node');
  forest.allocate(roles.clientNode[client]!, p.buffer, at, grants);
  forest.allocate(roleNode, p.buffer, at, grants);
  addConsumption(p, role, quotaAt);
}

const HANDLERS: Handler[] = [];
HANDLERS[Op.SET_TOTALS] = setTotals;
HANDLERS[Op.SET_UNFAIR_KINDS] = setUnfairKinds;
HANDLERS[Op.ADD_NODE] = addNode;
HANDLERS[Op.REMOVE_NODE] = removeNode;
HANDLERS[Op.SET_NODE_STATE] = setNodeState;
HANDLERS[Op.SET_NODE_WEIGHT] = setNodeWeight;
HANDLERS[Op.SET_NODE_LABEL] = setNodeLabel;
HANDLERS[Op.ALLOCATE] = allocate;
HANDLERS[Op.ADJUST_NODE] = adjustNode;
HANDLERS[Op.SET_ROLE] = setRole;
HANDLERS[Op.REMOVE_ROLE] = (p) => p.tables.roles.removeRole(p.role());
HANDLERS[Op.SET_QUOTA] = setQuota;
HANDLERS[Op.CONSUME] = consume;
HANDLERS[Op.SET_CLIENT] = setClient;
HANDLERS[Op.REMOVE_CLIENT] = removeClient;
HANDLERS[Op.SET_AGENT] = setAgent;
HANDLERS[Op.REMOVE_AGENT] = removeAgent;
HANDLERS[Op.SET_AVAILABLE] = setAvailable;
HANDLERS[Op.ADD_REFUSAL] = addRefusal;
HANDLERS[Op.REMOVE_REFUSAL] = removeRefusal;
HANDLERS[Op.SET_REFUSED] = setRefused;
HANDLERS[Op.SET_MINIMUM] = setMinimum;
HANDLERS[Op.SET_EXCLUDED] = setExcluded;
HANDLERS[Op.NAME_AGENT] = (p) => p.tables.agents.nameAgent(p.agent());
HANDLERS[Op.HOLD_SHARED] = holdShared;
HANDLERS[Op.COPY_NODE] = copyNode;
HANDLERS[Op.HOLD] = hold;
