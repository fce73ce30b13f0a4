/**
 * Refusals: what clients declined on an agent, as bitsets. Twin of native/core/refusals.
 *
 * A refusal belongs to one agent, holds one refused content and the set of clients that refused exactly it (a row of
 * bits). It blocks an offer when its content contains the offer and the client's bit is set. How long a client's bit
 * stays is the caller's business.
 */
import type { EngineLot } from './agent-table.js';
import { LotFlag } from './opcodes.js';
import { grown } from './grown.js';
import type { ValueTable } from './value-table.js';

export interface RefusedLot {
  descriptor: number;
  amount: number;
  value: number;
}

const NONE: readonly number[] = [];

export class RefusalTable {
  readonly kinds: number;
  agent = new Int32Array(0);
  plain = new Float64Array(0);
  lots: RefusedLot[][] = [];
  private readonly ofAgent: (number[] | undefined)[] = [];
  private rows = new Uint32Array(0);
  private rowWords = 4;

  constructor(
    kinds: number,
    private readonly values: ValueTable,
  ) {
    this.kinds = kinds;
  }

  /** Number of refusals there is room for; ids are below it. */
  get capacity(): number {
    return this.agent.length;
  }

  /** The refusals of an agent in order of addition. */
  of(agent: number): readonly number[] {
    return this.ofAgent[agent] ?? NONE;
  }

  exists(refusal: number): boolean {
    return refusal >= 0 && refusal < this.agent.length && this.agent[refusal]! >= 0;
  }

  add(refusal: number, agent: number, vector: Float64Array, at: number, lots: RefusedLot[]): void {
    const old = this.agent.length;
    if (refusal >= old) {
      const size = Math.max(16, old * 2, refusal + 1);
      this.agent = grown(Int32Array, this.agent, size);
      this.agent.fill(-1, old);
      this.plain = grown(Float64Array, this.plain, size * this.kinds);
      this.rows = grown(Uint32Array, this.rows, size * this.rowWords);
    }
    this.agent[refusal] = agent;
    for (let k = 0, i = refusal * this.kinds; k < this.kinds; k++, i++) this.plain[i] = vector[at + k]!;
    this.lots[refusal] = lots;
    this.rows.fill(0, refusal * this.rowWords, (refusal + 1) * this.rowWords);
    while (this.ofAgent.length < agent) this.ofAgent.push(undefined);
    const list = this.ofAgent[agent];
    if (list === undefined) this.ofAgent[agent] = [refusal];
    else list.push(refusal);
  }

  remove(refusal: number): void {
    const list = this.ofAgent[this.agent[refusal]!]!;
    list.splice(list.indexOf(refusal), 1);
    this.agent[refusal] = -1;
    this.lots[refusal] = [];
  }

  setRefused(refusal: number, client: number, refused: number): void {
    const word = client >>> 5;
    if (word >= this.rowWords) this.widen(word + 1);
    const at = refusal * this.rowWords + word;
    if (refused === 1) this.rows[at]! |= 1 << (client & 31);
    else this.rows[at]! &= ~(1 << (client & 31));
  }

  /** Gives every row room for more clients. */
  private widen(words: number): void {
    const old = this.rowWords;
    this.rowWords = Math.max(old * 2, words);
    const rows = new Uint32Array(this.agent.length * this.rowWords);
    for (let refusal = 0; refusal < this.agent.length; refusal++) {
      rows.set(this.rows.subarray(refusal * old, (refusal + 1) * old), refusal * this.rowWords);
    }
    this.rows = rows;
  }

  isRefusedBy(refusal: number, client: number): boolean {
    const word = client >>> 5;
    return word < this.rowWords && ((this.rows[refusal * this.rowWords + word]! >>> (client & 31)) & 1) === 1;
  }

  /** Whether the refused content contains an offer: plain amounts, and an amount for each lot of the agent. */
  contains(refusal: number, plain: Float64Array, lots: readonly EngineLot[], amounts: Float64Array): boolean {
    for (let k = 0, i = refusal * this.kinds; k < this.kinds; k++, i++) {
      if (plain[k]! > this.plain[i]!) return false;
    }
    for (let l = 0; l < lots.length; l++) {
      if (amounts[l]! > 0 && !this.containsLot(refusal, lots, amounts, l)) return false;
    }
    return true;
  }

  /** Of equal things that cannot be divided, each needs one of its own in what was refused. */
  private containsLot(refusal: number, lots: readonly EngineLot[], amounts: Float64Array, l: number): boolean {
    const lot = lots[l]!;
    const indivisible = (lot.flags & LotFlag.INDIVISIBLE) !== 0;
    let before = 0;
    for (let i = l - 1; indivisible && i >= 0 && lots[i]!.descriptor === lot.descriptor; i--) {
      if (amounts[i]! === amounts[l]!) before++;
    }
    for (const refused of this.lots[refusal]!) {
      if (refused.descriptor !== lot.descriptor) continue;
      if ((lot.flags & LotFlag.NON_SCALAR) !== 0) return this.values.contains(refused.value, lot.value);
      if (!indivisible) return refused.amount >= amounts[l]!;
      if (refused.amount === amounts[l]! && before-- === 0) return true;
    }
    return false;
  }
}
