/**
 * Agents as the engine sees them: what each has to offer now, and which are worth a visit. Twin of
 * native/core/agent_table.
 *
 * Plain resources (unreserved, non-revocable, without disk information) are one vector for each agent; everything else
 * is a lot. An agent is open when something changed since it was last found to interest nobody; a cycle visits open
 * agents only. `headroom` is the sum over all agents of unreserved non-revocable scalars that are neither offered nor
 * allocated.
 */
import { LotFlag } from './opcodes.js';
import { grown } from './grown.js';

export interface EngineLot {
  descriptor: number;
  kind: number;
  flags: number;
  role: number;
  /** Thousandths; for ranges and sets a thousand for each item, and 0 when given away. */
  amount: number;
  /** The content of ranges and sets, see `ValueTable`; -1 for scalars. */
  value: number;
  /** The run in which a shared lot was last offered: it is offered once in a run. */
  offeredRun: number;
}

const NO_LOTS: EngineLot[] = [];

/** Flags that keep a lot out of the quantities which quota and headroom count. */
const OUTSIDE_QUOTA = LotFlag.NON_SCALAR | LotFlag.RESERVED | LotFlag.REVOCABLE | LotFlag.SHARED;

/** Flags that make what an agent offers depend on the role or the client. */
const NOT_UNIFORM = LotFlag.RESERVED | LotFlag.REVOCABLE | LotFlag.SHARED | LotFlag.REFINED;

/** Whether a lot is an unreserved non-revocable scalar: the part that quota limits and headroom govern. */
export function isQuotaLot(lot: EngineLot): boolean {
  return (lot.flags & OUTSIDE_QUOTA) === 0;
}

export class AgentTable {
  readonly kinds: number;
  known = new Uint8Array(0);
  ordinal = new Float64Array(0);
  offerable = new Uint8Array(0);
  bars = new Uint8Array(0);
  plain = new Float64Array(0);
  lots: EngineLot[][] = [];
  /** The last run in which the agent was granted to somebody. */
  grantedRun = new Float64Array(0);
  /** Whether every client of every role would be offered the same. */
  uniform = new Uint8Array(0);
  /** Whether there is an unreserved lot that cannot be cut. */
  indivisible = new Uint8Array(0);
  readonly headroom: Float64Array;
  private openFlag = new Uint8Array(0);
  open: number[] = [];
  named: number[] = [];
  private namedFlag = new Uint8Array(0);

  constructor(kinds: number) {
    this.kinds = kinds;
    this.headroom = new Float64Array(kinds);
  }

  /** Number of agents there is room for; ids are below it. */
  get capacity(): number {
    return this.known.length;
  }

  exists(agent: number): boolean {
    return agent >= 0 && agent < this.known.length && this.known[agent] === 1;
  }

  private reserve(agent: number): void {
    const old = this.known.length;
    if (agent < old) return;
    const size = Math.max(64, old * 2, agent + 1);
    this.known = grown(Uint8Array, this.known, size);
    this.ordinal = grown(Float64Array, this.ordinal, size);
    this.offerable = grown(Uint8Array, this.offerable, size);
    this.bars = grown(Uint8Array, this.bars, size);
    this.plain = grown(Float64Array, this.plain, size * this.kinds);
    this.grantedRun = grown(Float64Array, this.grantedRun, size);
    this.uniform = grown(Uint8Array, this.uniform, size);
    this.indivisible = grown(Uint8Array, this.indivisible, size);
    this.openFlag = grown(Uint8Array, this.openFlag, size);
    this.namedFlag = grown(Uint8Array, this.namedFlag, size);
    for (let i = old; i < size; i++) this.lots.push(NO_LOTS);
  }

  setAgent(agent: number, ordinal: number, offerable: number, bars: number): void {
    this.reserve(agent);
    if (this.known[agent] === 0) {
      this.known[agent] = 1;
      this.plain.fill(0, agent * this.kinds, (agent + 1) * this.kinds);
      this.lots[agent] = NO_LOTS;
      this.uniform[agent] = 1;
      this.grantedRun[agent] = 0;
      this.indivisible[agent] = 0;
    }
    this.ordinal[agent] = ordinal;
    this.offerable[agent] = offerable;
    this.bars[agent] = bars;
    this.openAgent(agent);
  }

  removeAgent(agent: number): void {
    this.countHeadroom(agent, -1);
    this.known[agent] = 0;
    this.lots[agent] = NO_LOTS;
    this.plain.fill(0, agent * this.kinds, (agent + 1) * this.kinds);
  }

  private countHeadroom(agent: number, sign: number): void {
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) this.headroom[k]! += sign * this.plain[i]!;
    for (const lot of this.lots[agent]!) if (isQuotaLot(lot)) this.headroom[lot.kind]! += sign * lot.amount;
  }

  /** Replaces what the agent has to offer. */
  setAvailable(agent: number, vector: Float64Array, at: number, lots: EngineLot[]): void {
    this.countHeadroom(agent, -1);
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) this.plain[i] = vector[at + k]!;
    this.lots[agent] = lots.length === 0 ? NO_LOTS : lots;
    let flags = 0;
    let indivisible = 0;
    for (const lot of lots) {
      flags |= lot.flags;
      if (isQuotaLot(lot) && (lot.flags & LotFlag.INDIVISIBLE) !== 0) indivisible = 1;
    }
    this.uniform[agent] = (flags & NOT_UNIFORM) === 0 ? 1 : 0;
    this.indivisible[agent] = indivisible;
    this.countHeadroom(agent, 1);
    this.openAgent(agent);
  }

  hasAnything(agent: number): boolean {
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) if (this.plain[i]! > 0) return true;
    for (const lot of this.lots[agent]!) if (lot.amount > 0) return true;
    return false;
  }

  openAgent(agent: number): void {
    if (this.openFlag[agent] === 1) return;
    this.openFlag[agent] = 1;
    this.open.push(agent);
  }

  /** Something changed that may interest clients everywhere. */
  openAll(): void {
    for (let agent = 0; agent < this.known.length; agent++) {
      if (this.known[agent] === 1 && this.openFlag[agent] === 0 && this.hasAnything(agent)) this.openAgent(agent);
    }
  }

  isOpen(agent: number): boolean {
    return this.openFlag[agent] === 1;
  }

  /** Takes an agent off the open list; the list itself is compacted by `compactOpen`. */
  closeAgent(agent: number): void {
    this.openFlag[agent] = 0;
  }

  compactOpen(): void {
    let length = 0;
    for (const agent of this.open) {
      if (this.openFlag[agent] === 1) this.open[length++] = agent;
    }
    this.open.length = length;
  }

  nameAgent(agent: number): void {
    if (this.namedFlag[agent] === 1) return;
    this.namedFlag[agent] = 1;
    this.named.push(agent);
  }

  clearNamed(): void {
    for (const agent of this.named) this.namedFlag[agent] = 0;
    this.named.length = 0;
  }
}
