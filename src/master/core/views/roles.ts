/** Roles as /roles shows them. */
import { knownRoles, useOfRole } from '../roles.js';
import { addQuantities } from '../../../resources/quantities.js';
import type { Resources } from '../../../resources/resources.js';
import { holdsNothing } from '../held.js';
import type { MasterState } from '../state.js';
import { sumOf } from '../usage.js';
import { amountMap, type Json, quantityMap } from './json.js';
import { printItems, printWithLists } from './print.js';

/** /roles */
export function viewRoles(state: MasterState): { roles: Json[] } {
  return { roles: knownRoles(state).map((name) => viewRole(state, name)) };
}

/** /roles in pieces. */
export function printRoles(state: MasterState, isVisible: (role: string) => boolean = () => true): Generator<string> {
  const roles = printItems(knownRoles(state).filter(isVisible), (name) => JSON.stringify(viewRole(state, name)));
  return printWithLists(() => '{}', { roles });
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

/** What frameworks hold and are offered in a role. */
export function heldInRole(state: MasterState, name: string): Resources {
  const items: { readonly role: string; readonly resources: Resources }[] = [];
  for (const framework of state.frameworks.values()) {
    for (const task of framework.tasks.values()) if (!holdsNothing(task.state)) items.push(task);
    items.push(...framework.executors, ...framework.offers);
  }
  return sumOf(items.filter((item) => item.role === name));
}
