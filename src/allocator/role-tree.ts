/**
 * The role tree: weights, quota, reservations and frameworks of roles, by hierarchical name.
 *
 * A role exists while it has a weight other than 1, a quota, a reservation, a framework, or a child role that exists.
 * Reservations count for the role and all its ancestors, in scalar quantities.
 */
import { type Limits, NO_LIMITS } from '../resources/limits.js';
import { addQuantities, NO_QUANTITIES, type Quantities, subtractQuantities } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';

/** What a role can count on and may not exceed. */
export interface Quota {
  readonly guarantees: Quantities;
  readonly limits: Limits;
}

export const NO_QUOTA: Quota = { guarantees: NO_QUANTITIES, limits: NO_LIMITS };

export function isDefaultQuota(quota: Quota): boolean {
  return quota.guarantees.size === 0 && quota.limits.size === 0;
}

export interface Role {
  readonly name: string;
  readonly parent: Role | null;
  readonly children: Set<Role>;
  readonly frameworks: Set<string>;
  weight: number;
  quota: Quota;
  reserved: Quantities;
}

export class RoleTree {
  private readonly byName = new Map<string, Role>();

  /** Changes the quantities reserved to a top-level role; for whoever counts quota consumption. */
  onReserved: (topLevelRole: string, quantities: Quantities, sign: 1 | -1) => void = () => undefined;

  has(role: string): boolean {
    return this.byName.has(role);
  }

  get(role: string): Role | undefined {
    return this.byName.get(role);
  }

  roles(): IterableIterator<Role> {
    return this.byName.values();
  }

  private ensure(name: string): Role {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const slash = name.lastIndexOf('/');
    const parent = slash < 0 ? null : this.ensure(name.slice(0, slash));
    const role: Role = {
      name,
      parent,
      children: new Set(),
      frameworks: new Set(),
      weight: 1,
      quota: NO_QUOTA,
      reserved: NO_QUANTITIES,
    };
    parent?.children.add(role);
    this.byName.set(name, role);
    return role;
  }

  private removeIfEmpty(start: Role): void {
    for (let role: Role | null = start; role !== null && isEmptyRole(role); role = role.parent) {
      role.parent?.children.delete(role);
      this.byName.delete(role.name);
    }
  }

  updateWeight(name: string, weight: number): void {
    const role = this.ensure(name);
    role.weight = weight;
    this.removeIfEmpty(role);
  }

  updateQuota(name: string, quota: Quota): void {
    const role = this.ensure(name);
    role.quota = quota;
    this.removeIfEmpty(role);
  }

  /** Counts reservations; unreserved lots and those that are no scalars are passed over. */
  trackReservations(resources: Resources): void {
    for (const [name, quantities] of reservedByRole(resources)) this.addReserved(this.ensure(name), quantities, 1);
  }

  untrackReservations(resources: Resources): void {
    for (const [name, quantities] of reservedByRole(resources)) {
      const role = this.byName.get(name);
      if (role === undefined) continue;
      this.addReserved(role, quantities, -1);
      this.removeIfEmpty(role);
    }
  }

  private addReserved(start: Role, quantities: Quantities, sign: 1 | -1): void {
    for (let role: Role | null = start; role !== null; role = role.parent) {
      const change = sign === 1 ? addQuantities : subtractQuantities;
      role.reserved = change(role.reserved, quantities);
      if (role.parent === null) this.onReserved(role.name, quantities, sign);
    }
  }

  trackFramework(frameworkId: string, name: string): void {
    this.ensure(name).frameworks.add(frameworkId);
  }

  untrackFramework(frameworkId: string, name: string): void {
    const role = this.byName.get(name);
    if (role === undefined) return;
    role.frameworks.delete(frameworkId);
    this.removeIfEmpty(role);
  }

  /** 1 for a role that is not in the tree. */
  weight(role: string): number {
    return this.byName.get(role)?.weight ?? 1;
  }

  /** No guarantees and no limits for a role that is not in the tree. */
  quota(role: string): Quota {
    return this.byName.get(role)?.quota ?? NO_QUOTA;
  }

  /** Scalars reserved for the role and its descendants, whether offered or not. */
  reservationQuantities(role: string): Quantities {
    return this.byName.get(role)?.reserved ?? NO_QUANTITIES;
  }

  frameworkCount(role: string): number {
    return this.byName.get(role)?.frameworks.size ?? 0;
  }
}

function isEmptyRole(role: Role): boolean {
  return (
    role.children.size === 0 &&
    role.frameworks.size === 0 &&
    role.reserved.size === 0 &&
    role.weight === 1 &&
    isDefaultQuota(role.quota)
  );
}

const NONE_RESERVED: ReadonlyMap<string, Quantities> = new Map();

/** Scalar quantities by the role they are reserved to; a shared volume counts once. */
function reservedByRole(resources: Resources): ReadonlyMap<string, Quantities> {
  if (!resources.lots.some((lot) => lot.descriptor.reservedRole !== null)) return NONE_RESERVED;
  const byRole = new Map<string, Map<string, number>>();
  for (const lot of resources.lots) {
    const { reservedRole, type, name, shared } = lot.descriptor;
    if (reservedRole === null || type !== 'SCALAR') continue;
    let quantities = byRole.get(reservedRole);
    if (quantities === undefined) byRole.set(reservedRole, (quantities = new Map<string, number>()));
    quantities.set(name, (quantities.get(name) ?? 0) + lot.amountMilli * (shared ? 1 : lot.copies));
  }
  return byRole;
}
