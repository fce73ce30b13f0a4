/**
 * What would be offered: the part of an agent that one client of one role may have now. Twin of native/core/offering.
 *
 * Reserved, revocable and non-scalar resources go along whole. Unreserved non-revocable scalars are cut to what limits
 * and headroom leave, plain amounts first, then other lots in order; indivisible lots go whole or not at all.
 */
import { isQuotaLot, type AgentTable, type EngineLot } from './agent-table.js';
import { LOT_BARS, LotFlag } from './opcodes.js';
import type { QuotaLedger } from './quota-ledger.js';
import type { RoleTable } from './role-table.js';

export class Offering {
  private readonly roles: RoleTable;
  private readonly agents: AgentTable;
  private readonly ledger: QuotaLedger;
  private readonly kinds: number;
  /** The shaped offer: plain amounts, and an amount for each lot of the agent. */
  readonly plain: Float64Array;
  lots = new Float64Array(16);
  /** Part of the offer that meets guarantees (stage 1). */
  private readonly guaranteedPlain: Float64Array;
  private guaranteedLots = new Float64Array(16);
  private guaranteed = false;
  /** After `settle`: all scalar amounts given, shared lots left out. */
  readonly allocated: Float64Array;
  private usable = new Uint8Array(16);
  private readonly budget: Float64Array;
  private readonly sums: Float64Array;

  constructor(tables: { roles: RoleTable; agents: AgentTable; ledger: QuotaLedger }) {
    this.roles = tables.roles;
    this.agents = tables.agents;
    this.ledger = tables.ledger;
    this.kinds = tables.roles.kinds;
    this.plain = new Float64Array(this.kinds);
    this.guaranteedPlain = new Float64Array(this.kinds);
    this.allocated = new Float64Array(this.kinds);
    this.budget = new Float64Array(this.kinds);
    this.sums = new Float64Array(this.kinds);
  }

  private reserveLots(count: number): void {
    if (count <= this.lots.length) return;
    const size = Math.max(count, this.lots.length * 2);
    this.lots = new Float64Array(size);
    this.guaranteedLots = new Float64Array(size);
    this.usable = new Uint8Array(size);
  }

  /** Shapes the offer of everything the agent has. */
  takeAll(agent: number): void {
    const lots = this.agents.lots[agent]!;
    this.reserveLots(lots.length);
    this.guaranteed = false;
    const from = agent * this.kinds;
    for (let k = 0; k < this.kinds; k++) this.plain[k] = this.agents.plain[from + k]!;
    for (let l = 0; l < lots.length; l++) this.lots[l] = lots[l]!.amount;
  }

  /** In stage 2: whether limits or headroom leave the role nothing of an agent that has plain resources only. */
  isPointless(agent: number, role: number): boolean {
    if (this.agents.lots[agent]!.length > 0) return false;
    const top = this.roles.topRole[role]! * this.kinds;
    const { limits, consumed } = this.roles;
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) {
      if (this.agents.plain[i]! <= 0 || limits[top + k]! <= consumed[top + k]!) continue;
      if (!this.ledger.requiredAny || this.ledger.surplus(k) > 0) return false;
      this.ledger.heldBack = true;
    }
    return true;
  }

  /** Finds which lots the role may use; false when nothing is left for the role. */
  beginRole(agent: number, role: number, run: number): boolean {
    const lots = this.agents.lots[agent]!;
    this.reserveLots(lots.length);
    let any = false;
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) if (this.agents.plain[i]! > 0) any = true;
    for (let l = 0; l < lots.length; l++) {
      const lot = lots[l]!;
      const spent = lot.amount <= 0 || ((lot.flags & LotFlag.SHARED) !== 0 && lot.offeredRun === run);
      const usable = !spent && (lot.role < 0 || this.roles.mayUse(role, lot.role));
      this.usable[l] = usable ? 1 : 0;
      if (usable) any = true;
    }
    return any;
  }

  /** Takes all that the client can read of what the role may use. */
  private readable(agent: number, can: number): void {
    const lots = this.agents.lots[agent]!;
    const from = agent * this.kinds;
    for (let k = 0; k < this.kinds; k++) this.plain[k] = this.agents.plain[from + k]!;
    for (let l = 0; l < lots.length; l++) {
      const lot = lots[l]!;
      const readable = this.usable[l] === 1 && (lot.flags & LOT_BARS & ~can) === 0;
      this.lots[l] = readable ? lot.amount : 0;
    }
  }

  /** Cuts quota-governed amounts to the budget, which is used up; tells whether anything was cut. */
  private cut(agentLots: readonly EngineLot[], plain: Float64Array, lots: Float64Array): boolean {
    const { budget } = this;
    let cut = false;
    for (let k = 0; k < this.kinds; k++) {
      if (plain[k]! > budget[k]!) {
        plain[k] = budget[k]!;
        cut = true;
      }
      budget[k]! -= plain[k]!;
    }
    for (let l = 0; l < agentLots.length; l++) {
      const lot = agentLots[l]!;
      if (lots[l]! <= 0 || !isQuotaLot(lot)) continue;
      if (lots[l]! > budget[lot.kind]!) {
        lots[l] = (lot.flags & LotFlag.INDIVISIBLE) !== 0 ? 0 : budget[lot.kind]!;
        cut = true;
      }
      budget[lot.kind]! -= lots[l]!;
    }
    return cut;
  }

  private budgetFromLimits(top: number): void {
    const { limits, consumed } = this.roles;
    for (let k = 0, i = top * this.kinds; k < this.kinds; k++, i++) {
      const rest = limits[i]! - consumed[i]!;
      this.budget[k] = rest > 0 ? rest : 0;
    }
  }

  private cutToHeadroom(lots: readonly EngineLot[]): void {
    if (!this.ledger.requiredAny) return;
    for (let k = 0; k < this.kinds; k++) this.budget[k] = this.ledger.surplus(k);
    if (this.cut(lots, this.plain, this.lots)) this.ledger.heldBack = true;
  }

  /** Stage 2: shapes what the client may have; false when that is nothing. */
  shape(agent: number, role: number, can: number): boolean {
    const lots = this.agents.lots[agent]!;
    this.guaranteed = false;
    this.readable(agent, can);
    const top = this.roles.topRole[role]!;
    if (this.roles.hasLimits[top] === 1) {
      this.budgetFromLimits(top);
      this.cut(lots, this.plain, this.lots);
    }
    this.cutToHeadroom(lots);
    return this.isSomething(lots.length);
  }

  /** Stage 1: shapes what makes progress on the role's guarantee and what may ride along; false if no progress. */
  shapeGuarantee(agent: number, role: number, can: number): boolean {
    const lots = this.agents.lots[agent]!;
    const { kinds, plain, budget, guaranteedPlain, guaranteedLots } = this;
    this.readable(agent, can);
    this.guaranteed = true;
    const { guarantees, consumed } = this.roles;
    for (let k = 0, i = role * kinds; k < kinds; k++, i++) {
      const unmet = guarantees[i]! - consumed[i]!;
      budget[k] = unmet > 0 ? unmet : 0;
      guaranteedPlain[k] = plain[k]!;
    }
    for (let l = 0; l < lots.length; l++) guaranteedLots[l] = isQuotaLot(lots[l]!) ? this.lots[l]! : 0;
    this.cut(lots, guaranteedPlain, guaranteedLots);
    let progress = false;
    for (let k = 0; k < kinds; k++) {
      if (guaranteedPlain[k]! > 0) progress = true;
      plain[k]! -= guaranteedPlain[k]!;
    }
    for (let l = 0; l < lots.length; l++) {
      if (guaranteedLots[l]! > 0) progress = true;
      this.lots[l]! -= guaranteedLots[l]!;
    }
    if (!progress) return false;
    this.cutAdditional(lots, role);
    for (let k = 0; k < kinds; k++) plain[k]! += guaranteedPlain[k]!;
    for (let l = 0; l < lots.length; l++) this.lots[l]! += guaranteedLots[l]!;
    return true;
  }

  /** What rides along with a guarantee stays within the role's limits and the surplus headroom. */
  private cutAdditional(lots: readonly EngineLot[], role: number): void {
    const { budget } = this;
    if (this.roles.hasLimits[role] === 1) {
      this.budgetFromLimits(role);
      for (let k = 0; k < this.kinds; k++) budget[k]! -= this.guaranteedPlain[k]!;
      for (let l = 0; l < lots.length; l++) budget[lots[l]!.kind]! -= this.guaranteedLots[l]!;
      for (let k = 0; k < this.kinds; k++) if (budget[k]! < 0) budget[k] = 0;
      this.cut(lots, this.plain, this.lots);
    }
    this.cutToHeadroom(lots);
  }

  private isSomething(lotCount: number): boolean {
    for (let k = 0; k < this.kinds; k++) if (this.plain[k]! > 0) return true;
    for (let l = 0; l < lotCount; l++) if (this.lots[l]! > 0) return true;
    return false;
  }

  /** Whether the shaped offer reaches the client's minimum; ranges and sets count by their items. */
  reachesMinimum(agent: number, minimum: number): boolean {
    const lots = this.agents.lots[agent]!;
    for (let k = 0; k < this.kinds; k++) this.sums[k] = this.plain[k]!;
    for (let l = 0; l < lots.length; l++) this.sums[lots[l]!.kind]! += this.lots[l]!;
    return this.roles.reachesMinimum(minimum, this.sums);
  }

  /** Whether the shaped offer is all that the agent has left, with nothing shared. */
  isWhole(agent: number): boolean {
    for (let k = 0, i = agent * this.kinds; k < this.kinds; k++, i++) {
      if (this.plain[k]! !== this.agents.plain[i]!) return false;
    }
    const lots = this.agents.lots[agent]!;
    for (let l = 0; l < lots.length; l++) {
      if (this.lots[l]! !== lots[l]!.amount || (lots[l]!.flags & LotFlag.SHARED) !== 0) return false;
    }
    return true;
  }

  /** Takes the shaped offer from the agent and counts it in headroom, quota and guarantees. */
  settle(agent: number, top: number, run: number): void {
    const { kinds, allocated, agents, roles } = this;
    for (let k = 0, i = agent * kinds, c = top * kinds; k < kinds; k++, i++, c++) {
      const amount = this.plain[k]!;
      allocated[k] = amount;
      agents.plain[i]! -= amount;
      agents.headroom[k]! -= amount;
      roles.consumed[c]! += amount;
      if (this.guaranteed) this.ledger.meet(k, this.guaranteedPlain[k]!);
    }
    const lots = agents.lots[agent]!;
    for (let l = 0; l < lots.length; l++) {
      const amount = this.lots[l]!;
      if (amount <= 0) continue;
      const lot = lots[l]!;
      if ((lot.flags & LotFlag.SHARED) !== 0) {
        lot.offeredRun = run;
        continue;
      }
      lot.amount -= amount;
      if ((lot.flags & LotFlag.NON_SCALAR) === 0) allocated[lot.kind]! += amount;
      if (!isQuotaLot(lot)) continue;
      agents.headroom[lot.kind]! -= amount;
      roles.consumed[top * kinds + lot.kind]! += amount;
      if (this.guaranteed) this.ledger.meet(lot.kind, this.guaranteedLots[l]!);
    }
  }
}
