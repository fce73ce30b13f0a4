/**
 * Reads and checks the operands of operations (see `opcodes.ts`), one after the other. Twin of native/core/operands.
 *
 * Every operand is checked, so a program can be wrong but never harmful: a bad operand throws a RangeError that names
 * the operation and its position. Numbers are finite and at most 2^63 in size, so that no sum of them becomes infinite
 * or NaN; only limits may be infinite.
 */
import type { Cycle } from './cycle.js';
import type { EngineTables } from './visit.js';

const MAX_ID = 1 << 24;
const FRESH_IDS = 4096;
const MAX_NUMBER = 2 ** 63;

/** Reads the operands of one operation and executes it. */
export type Handler = (program: Operands) => void;

/** Handlers by opcode. */
export type Handlers = readonly (readonly [opcode: number, handler: Handler])[];

export class Operands {
  private at = 0;
  private opAt = 0;
  private end = 0;

  constructor(
    readonly tables: EngineTables,
    readonly cycle: Cycle,
    readonly kinds: number,
    private readonly ops: Float64Array,
  ) {}

  /** Begins a program of `length` numbers. */
  start(length: number): void {
    this.at = 0;
    this.end = length;
  }

  get atEnd(): boolean {
    return this.at >= this.end;
  }

  /** The code of the next operation. REQUIRES: not at the end. */
  opcode(): number {
    this.opAt = this.at;
    return this.ops[this.at++]!;
  }

  fail(reason: string): never {
    throw new RangeError(`operation ${this.ops[this.opAt]!} at ${this.opAt} ${reason}`);
  }

  private next(): number {
    if (this.at >= this.end) this.fail('is cut off');
    return this.ops[this.at++]!;
  }

  number(): number {
    const value = this.next();
    if (!(Math.abs(value) <= MAX_NUMBER)) this.fail(`has a bad operand ${value}`);
    return value;
  }

  weight(): number {
    const weight = this.number();
    if (!(weight > 0)) this.fail(`has a bad weight ${weight}`);
    return weight;
  }

  /** An integer in [low, high). */
  integer(low: number, high: number): number {
    const value = this.next();
    if (!(value >= low && value < high) || Math.floor(value) !== value) this.fail(`has a bad operand ${value}`);
    return value;
  }

  id(): number {
    return this.integer(0, MAX_ID);
  }

  /** An id, or -1. */
  idOrNone(): number {
    return this.integer(-1, MAX_ID);
  }

  /** How many of something follow. */
  count(): number {
    return this.integer(0, MAX_ID);
  }

  /** A number of copies; negative takes away. */
  copies(): number {
    return this.integer(-MAX_ID, MAX_ID);
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

  client(): number {
    const client = this.id();
    this.existing(this.tables.roles.clientExists(client), 'client');
    return client;
  }

  refusal(): number {
    const refusal = this.id();
    this.existing(this.tables.refusals.exists(refusal), 'refusal');
    return refusal;
  }

  /** Skips a vector of `kinds` numbers and returns where it starts. */
  vector(): number {
    return this.checkedVector(MAX_NUMBER);
  }

  /** As `vector`; Infinity stands for no limit. */
  limits(): number {
    return this.checkedVector(Infinity);
  }

  private checkedVector(high: number): number {
    const start = this.at;
    if (start + this.kinds > this.end) this.fail('is cut off');
    for (let k = 0; k < this.kinds; k++) {
      const value = this.ops[start + k]!;
      if (!(value >= -MAX_NUMBER && value <= high)) this.fail(`has a bad amount ${value}`);
    }
    this.at = start + this.kinds;
    return start;
  }

  /** The number of a defined value, or -1. */
  value(): number {
    const value = this.idOrNone();
    if (value >= 0) this.existing(value < this.tables.values.size, 'value');
    return value;
  }

  /** The content of a value. */
  content(): number[] {
    const count = this.count();
    if (this.at + count > this.end || count % 2 !== 0) this.fail('has cut off values');
    const content = Array.from(this.ops.subarray(this.at, this.at + count));
    this.at += count;
    return content;
  }

  get buffer(): Float64Array {
    return this.ops;
  }
}
