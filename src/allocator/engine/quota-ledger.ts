/**
 * Headroom during a cycle: what must stay free so that every unmet guarantee can still be met, and the surplus above
 * it. Twin of native/core/quota_ledger.
 */
import type { AgentTable } from './agent-table.js';
import type { RoleTable } from './role-table.js';

export class QuotaLedger {
  /** Sum of unmet guarantees. */
  readonly required: Float64Array;
  /** Whether anything is required; if not, headroom governs nothing. */
  requiredAny = false;
  /** Whether headroom has kept something from a client since all agents were last opened. */
  heldBack = false;
  private readonly surplusAtEnd: Float64Array;
  private requiredAtEnd = false;

  constructor(
    private readonly roles: RoleTable,
    private readonly agents: AgentTable,
  ) {
    this.required = new Float64Array(roles.kinds);
    this.surplusAtEnd = new Float64Array(roles.kinds);
  }

  begin(): void {
    this.requiredAny = this.roles.requiredHeadroom(this.required);
  }

  /** Part of the free resources of a kind that no guarantee needs. */
  surplus(kind: number): number {
    const surplus = this.agents.headroom[kind]! - this.required[kind]!;
    return surplus > 0 ? surplus : 0;
  }

  /** A guarantee made progress. */
  meet(kind: number, amount: number): void {
    this.required[kind]! -= amount;
  }

  recount(): void {
    this.requiredAny = false;
    for (const amount of this.required) if (amount > 0) this.requiredAny = true;
  }

  end(): void {
    this.requiredAtEnd = this.requiredAny;
    for (let k = 0; k < this.required.length; k++) this.surplusAtEnd[k] = this.surplus(k);
  }

  /** Whether something that was held back might now be given; call after `begin`. */
  hasRelaxed(): boolean {
    if (!this.heldBack) return false;
    if (this.requiredAtEnd && !this.requiredAny) return true;
    for (let k = 0; k < this.required.length; k++) if (this.surplus(k) > this.surplusAtEnd[k]!) return true;
    return false;
  }
}
