/**
 * Roles as the master counts them: what frameworks hold and are offered in a role and its subroles, and what is
 * reserved to them. Counted when somebody asks.
 */
import { addQuantities, NO_QUANTITIES, type Quantities } from '../../resources/quantities.js';
import type { Resources } from '../../resources/resources.js';
import { isSelfOrAncestor } from '../../resources/role-name.js';
import type { MasterState } from './state.js';
import { sumOf } from './usage.js';
import { holdsNothing } from './held.js';

export interface RoleUse {
  /** Of tasks and executors. */
  readonly allocated: Quantities;
  readonly offered: Quantities;
  readonly reserved: Quantities;
  /** What counts against a quota: reservations, and unreserved, non-revocable resources that are allocated. */
  readonly consumed: Quantities;
}

/** What a role with its subroles uses. */
export function useOfRole(state: MasterState, role: string): RoleUse {
  let offered = NO_QUANTITIES;
  let reserved = NO_QUANTITIES;
  const items: { readonly resources: Resources }[] = [];
  const add = (item: { readonly role: string; readonly resources: Resources }): void => {
    if (isSelfOrAncestor(role, item.role)) items.push(item);
  };
  for (const framework of state.frameworks.values()) {
    for (const task of framework.tasks.values()) if (!holdsNothing(task.state)) add(task);
    framework.executors.forEach(add);
  }
  for (const offer of state.offers.values()) {
    if (isSelfOrAncestor(role, offer.role)) offered = addQuantities(offered, offer.resources.scalarQuantities());
  }
  for (const { total } of state.agents.values()) {
    const own = total.filter(({ descriptor }) => {
      return descriptor.reservedRole !== null && isSelfOrAncestor(role, descriptor.reservedRole);
    });
    reserved = addQuantities(reserved, own.scalarQuantities());
  }
  const held = sumOf(items);
  const governed = held.unreserved().nonRevocable().scalarQuantities();
  return { allocated: held.scalarQuantities(), offered, reserved, consumed: addQuantities(reserved, governed) };
}

/** Names of all roles that something refers to: frameworks, weights, quotas, reservations. */
export function knownRoles(state: MasterState): string[] {
  const names = new Set(state.allocator.list().roles);
  for (const { roles } of state.frameworks.values()) for (const role of roles) names.add(role);
  return [...names].sort();
}
