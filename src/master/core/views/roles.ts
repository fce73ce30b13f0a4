/** Roles as /roles shows them. */
import { knownRoles, useOfRole } from '../roles.js';
import { addQuantities } from '../../../resources/quantities.js';
import type { MasterState } from '../state.js';
import { amountMap, type Json, quantityMap } from './json.js';

/** /roles */
export function viewRoles(state: MasterState): { roles: Json[] } {
  return { roles: knownRoles(state).map((name) => viewRole(state, name)) };
}

function viewRole(state: MasterState, name: string): Json {
  const { weight, guarantees, limits } = state.allocator.role(name);
  const { allocated, offered, reserved, consumed } = useOfRole(state, name);
  const frameworks = [...state.frameworks.values()].filter((framework) => framework.roles.has(name));
  return {
    name,
    weight,
    quota: {
      role: name,
      guarantee: amountMap(guarantees),
      limit: amountMap(limits),
      consumed: amountMap(consumed),
    },
    resources: quantityMap(addQuantities(allocated, offered)),
    allocated: quantityMap(allocated),
    offered: quantityMap(offered),
    reserved: quantityMap(reserved),
    frameworks: frameworks.map((framework) => framework.id),
  };
}
