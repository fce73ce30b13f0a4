/**
 * Writes engine programs: one method for each operation, one shared buffer, flushed when it is full or when an answer
 * is needed. The only place that knows how operations are laid out on this side of the line (see engine/opcodes.ts).
 */
import { MeteError } from '../base/errors.js';
import type { AllocationEngine } from './engine/engine.js';
import { Op } from './engine/opcodes.js';

/** An amount for each kind. */
export type Vector = Float64Array | readonly number[];

/** A lot as an engine sees it; see `Op.SET_AVAILABLE`. */
export interface ProgramLot {
  readonly descriptor: number;
  readonly kind: number;
  readonly flags: number;
  readonly role: number;
  readonly amount: number;
  readonly value: number;
}

export class EngineProgram {
  private at = 0;

  constructor(readonly engine: AllocationEngine) {}

  /** Makes room for an operation of `length` doubles. */
  private begin(length: number): Float64Array {
    const { ops } = this.engine;
    if (this.at + length > ops.length) {
      this.flush();
      if (length > ops.length) {
        throw new MeteError('LIMIT_EXCEEDED', {
          field: 'resources',
          value: length,
          reason: `they do not fit an engine operation of ${ops.length} numbers`,
          mend: 'describe the agent with fewer lots and ranges',
        });
      }
    }
    return ops;
  }

  /** Hands everything written so far to the engine. */
  flush(): void {
    if (this.at === 0) return;
    const length = this.at;
    this.at = 0;
    this.engine.apply(length);
  }

  private write(code: number, ...operands: number[]): void {
    const ops = this.begin(1 + operands.length);
    ops[this.at++] = code;
    for (const operand of operands) ops[this.at++] = operand;
  }

  private writeVector(ops: Float64Array, vector: Vector): void {
    const { kinds } = this.engine;
    for (let k = 0; k < kinds; k++) ops[this.at++] = vector[k] ?? 0;
  }

  setTotals(totals: Vector): void {
    const ops = this.begin(1 + this.engine.kinds);
    ops[this.at++] = Op.SET_TOTALS;
    this.writeVector(ops, totals);
  }

  setUnfairKinds(flags: Vector): void {
    const ops = this.begin(1 + this.engine.kinds);
    ops[this.at++] = Op.SET_UNFAIR_KINDS;
    this.writeVector(ops, flags);
  }

  addNode(node: number, parent: number, label: number, state: number, weight: number): void {
    this.write(Op.ADD_NODE, node, parent, label, state, weight);
  }

  removeNode(node: number): void {
    this.write(Op.REMOVE_NODE, node);
  }

  setNodeState(node: number, state: number): void {
    this.write(Op.SET_NODE_STATE, node, state);
  }

  setNodeWeight(node: number, weight: number): void {
    this.write(Op.SET_NODE_WEIGHT, node, weight);
  }

  setNodeLabel(node: number, label: number): void {
    this.write(Op.SET_NODE_LABEL, node, label);
  }

  copyNode(from: number, to: number): void {
    this.write(Op.COPY_NODE, from, to);
  }

  private nodeAmounts(code: number, node: number, grants: number, vector: Vector): void {
    const ops = this.begin(3 + this.engine.kinds);
    ops[this.at++] = code;
    ops[this.at++] = node;
    ops[this.at++] = grants;
    this.writeVector(ops, vector);
  }

  /** Adds to a node and its ancestors. */
  allocate(node: number, grants: number, vector: Vector): void {
    this.nodeAmounts(Op.ALLOCATE, node, grants, vector);
  }

  /** Adds to one node alone. */
  adjustNode(node: number, grants: number, vector: Vector): void {
    this.nodeAmounts(Op.ADJUST_NODE, node, grants, vector);
  }

  /** Adds `sign` times what a client holds; `governed` is the part that counts for quota. */
  hold(client: number, grants: number, sign: 1 | -1, vector: Vector, governed: Vector): void {
    const ops = this.begin(3 + 2 * this.engine.kinds);
    ops[this.at++] = Op.HOLD;
    ops[this.at++] = client;
    ops[this.at++] = grants;
    const { kinds } = this.engine;
    for (let k = 0; k < kinds; k++) ops[this.at++] = sign * vector[k]!;
    for (let k = 0; k < kinds; k++) ops[this.at++] = sign * governed[k]!;
  }

  holdShared(client: number, agent: number, lot: ProgramLot, copies: number): void {
    this.write(Op.HOLD_SHARED, client, agent, lot.descriptor, lot.kind, lot.amount, copies);
  }

  /** As `holdShared` for one leaf of a sorter without agents; `agent` is any number that stands for one. */
  holdSharedNode(node: number, agent: number, lot: ProgramLot, copies: number): void {
    this.write(Op.HOLD_SHARED_NODE, node, agent, lot.descriptor, lot.kind, lot.amount, copies);
  }

  setRole(role: number, roleNode: number, frameworkRoot: number, parentRole: number, treeSalt: number): void {
    this.write(Op.SET_ROLE, role, roleNode, frameworkRoot, parentRole, treeSalt);
  }

  setQuota(role: number, guarantees: Vector, limits: Vector): void {
    const ops = this.begin(2 + 2 * this.engine.kinds);
    ops[this.at++] = Op.SET_QUOTA;
    ops[this.at++] = role;
    this.writeVector(ops, guarantees);
    const { kinds } = this.engine;
    for (let k = 0; k < kinds; k++) ops[this.at++] = limits[k] ?? Infinity;
  }

  consume(role: number, vector: Vector): void {
    const ops = this.begin(2 + this.engine.kinds);
    ops[this.at++] = Op.CONSUME;
    ops[this.at++] = role;
    this.writeVector(ops, vector);
  }

  setClient(
    client: number,
    node: number,
    role: number,
    lacks: number,
    can: number,
    minimum: number,
    constraint: number,
  ): void {
    this.write(Op.SET_CLIENT, client, node, role, lacks, can, minimum, constraint);
  }

  removeClient(client: number): void {
    this.write(Op.REMOVE_CLIENT, client);
  }

  setAgent(agent: number, ordinal: number, offerable: boolean, bars: number): void {
    this.write(Op.SET_AGENT, agent, ordinal, offerable ? 1 : 0, bars);
  }

  removeAgent(agent: number): void {
    this.write(Op.REMOVE_AGENT, agent);
  }

  nameAgent(agent: number): void {
    this.write(Op.NAME_AGENT, agent);
  }

  setAvailable(agent: number, plain: Vector, lots: readonly ProgramLot[]): void {
    const ops = this.begin(3 + this.engine.kinds + 6 * lots.length);
    ops[this.at++] = Op.SET_AVAILABLE;
    ops[this.at++] = agent;
    this.writeVector(ops, plain);
    ops[this.at++] = lots.length;
    for (const lot of lots) {
      ops[this.at++] = lot.descriptor;
      ops[this.at++] = lot.kind;
      ops[this.at++] = lot.flags;
      ops[this.at++] = lot.role;
      ops[this.at++] = lot.amount;
      ops[this.at++] = lot.value;
    }
  }

  /** Defines the content that a number stands for; numbers are defined in turn. */
  defineValue(value: number, content: readonly number[]): void {
    const ops = this.begin(3 + content.length);
    ops[this.at++] = Op.DEFINE_VALUE;
    ops[this.at++] = value;
    ops[this.at++] = content.length;
    for (const number of content) ops[this.at++] = number;
  }

  addRefusal(refusal: number, agent: number, plain: Vector, lots: readonly ProgramLot[]): void {
    const ops = this.begin(4 + this.engine.kinds + 3 * lots.length);
    ops[this.at++] = Op.ADD_REFUSAL;
    ops[this.at++] = refusal;
    ops[this.at++] = agent;
    this.writeVector(ops, plain);
    ops[this.at++] = lots.length;
    for (const lot of lots) {
      ops[this.at++] = lot.descriptor;
      ops[this.at++] = lot.amount;
      ops[this.at++] = lot.value;
    }
  }

  removeRefusal(refusal: number): void {
    this.write(Op.REMOVE_REFUSAL, refusal);
  }

  setRefused(refusal: number, client: number, refused: boolean): void {
    this.write(Op.SET_REFUSED, refusal, client, refused ? 1 : 0);
  }

  /** Alternatives of (kind, amount) pairs. */
  setMinimum(minimum: number, alternatives: readonly (readonly (readonly [number, number])[])[]): void {
    const operands = [minimum, alternatives.length];
    for (const alternative of alternatives) {
      operands.push(alternative.length);
      for (const [kind, amount] of alternative) operands.push(kind, amount);
    }
    this.write(Op.SET_MINIMUM, ...operands);
  }

  setExcluded(constraint: number, agent: number, excluded: boolean): void {
    this.write(Op.SET_EXCLUDED, constraint, agent, excluded ? 1 : 0);
  }
}
