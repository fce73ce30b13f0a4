/**
 * Roles: weights, quotas, who is tracked under them, and what is reserved for them.
 *
 * A role is known while there is a reason: a weight other than 1, a quota, a reservation, a tracked framework, or a
 * known role below it. The reasons are kept as plain maps; which roles are known is worked out when somebody asks.
 */
import { compareUtf8 } from '../../src/base/utf8.js';
import type { Resources } from '../../src/resources/resources.js';
import { ancestors, isSelfOrAncestor } from '../../src/resources/role-name.js';
import { minus, NOTHING, plus, type Amounts } from './amounts.js';
import type { Quota } from './types.js';

export const NO_QUOTA: Quota = { guarantees: NOTHING, limits: NOTHING };

export function isDefaultQuota(quota: Quota): boolean {
  return quota.guarantees.size === 0 && quota.limits.size === 0;
}

export class OracleRoleTree {
  private readonly weights = new Map<string, number>();
  private readonly quotas = new Map<string, Quota>();
  private readonly reservations = new Map<string, Amounts>();
  private readonly frameworks = new Map<string, Set<string>>();

  updateWeight(role: string, weight: number): void {
    this.weights.set(role, weight);
  }

  updateQuota(role: string, quota: Quota): void {
    this.quotas.set(role, quota);
  }

  /** Counts the reserved scalars of `resources`, each for the role it is reserved to. */
  trackReservations(resources: Resources): void {
    for (const [role, amounts] of reservedByRole(resources)) {
      this.reservations.set(role, plus(this.reservations.get(role) ?? NOTHING, amounts));
    }
  }

  untrackReservations(resources: Resources): void {
    for (const [role, amounts] of reservedByRole(resources)) {
      this.reservations.set(role, minus(this.reservations.get(role) ?? NOTHING, amounts));
    }
  }

  trackFramework(frameworkId: string, role: string): void {
    this.frameworks.set(role, this.frameworksOf(role).add(frameworkId));
  }

  untrackFramework(frameworkId: string, role: string): void {
    this.frameworksOf(role).delete(frameworkId);
  }

  weight(role: string): number {
    return this.weights.get(role) ?? 1;
  }

  quota(role: string): Quota {
    return this.quotas.get(role) ?? NO_QUOTA;
  }

  /** Frameworks tracked under exactly this role. */
  frameworksOf(role: string): Set<string> {
    return this.frameworks.get(role) ?? new Set();
  }

  frameworkCount(role: string): number {
    return this.frameworksOf(role).size;
  }

  /** Scalars reserved for the role and the roles below it, on all agents, whether anybody uses them or not. */
  reservationQuantities(role: string): Amounts {
    return [...this.reservations]
      .filter(([reserved]) => isSelfOrAncestor(role, reserved))
      .reduce((sum, [, amounts]) => plus(sum, amounts), NOTHING);
  }

  /** All known roles in the order of their names. */
  roles(): string[] {
    const mentioned = [
      ...this.weights.keys(),
      ...this.quotas.keys(),
      ...this.reservations.keys(),
      ...this.frameworks.keys(),
    ];
    const known = mentioned.filter((role) => this.hasReason(role));
    return [...new Set(known.flatMap((role) => [role, ...ancestors(role)]))].sort(compareUtf8);
  }

  has(role: string): boolean {
    return this.roles().includes(role);
  }

  private hasReason(role: string): boolean {
    return (
      this.weight(role) !== 1 ||
      !isDefaultQuota(this.quota(role)) ||
      (this.reservations.get(role) ?? NOTHING).size > 0 ||
      this.frameworksOf(role).size > 0
    );
  }
}

/** The reserved scalars in `resources` by the role of their last reservation. A shared volume counts once. */
function reservedByRole(resources: Resources): Map<string, Amounts> {
  const roles = new Set(resources.reserved().lots.map((lot) => lot.descriptor.reservedRole!));
  return new Map([...roles].map((role) => [role, resources.reserved(role).scalarQuantities()]));
}
