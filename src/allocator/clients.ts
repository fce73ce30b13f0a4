/**
 * Clients: frameworks in roles. A framework is a client of a role while it is subscribed to it or holds something in
 * it; it is active in the role's sorter while the framework is active, subscribed and not suppressed there.
 */
import type { Client, FrameworkRecord, RoleClients } from './model.js';
import { releaseConstraint, sendClient } from './send.js';
import { SorterTree } from './sorter-tree.js';
import type { AllocatorState } from './state.js';

/** The client of a framework in a role, made if there is none. */
export function trackClient(state: AllocatorState, framework: FrameworkRecord, roleName: string): Client {
  const known = framework.clients.get(roleName);
  if (known !== undefined) return known;
  const role = ensureRole(state, roleName);
  state.roleTree.trackFramework(framework.id, roleName);
  const client: Client = {
    index: state.clientIds.take(),
    framework,
    role,
    node: role.frameworks.add(framework.id),
    holdings: 0,
    filters: { first: -1 },
    roleFilters: role.filters,
  };
  state.clientsByIndex[client.index] = client;
  framework.clients.set(roleName, client);
  role.clients.add(client);
  sendClient(state, client);
  activateClient(state, client);
  return client;
}

function ensureRole(state: AllocatorState, name: string): RoleClients {
  const known = state.roles.get(name);
  if (known !== undefined) return known;
  const frameworks = new SorterTree(state.program, state.nodeIds, false);
  state.roleSorter.add(name);
  const role: RoleClients = { name, frameworks, clients: new Set(), activeClients: 0, filters: { count: 0 } };
  state.roles.set(name, role);
  sendRoleNodes(state, name);
  state.roleSorter.setActive(name, state.settings.roleSorter !== 'hdrf');
  return role;
}

/** Sorter leaves move when a role gains or loses children: sends the nodes of a role and its parents again. */
function sendRoleNodes(state: AllocatorState, name: string): void {
  for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const role = state.roles.get(at);
    if (role !== undefined) {
      state.encoding.setRoleNodes(at, state.roleSorter.leafOf(at).id, role.frameworks.root.id);
    } else {
      state.encoding.setRoleNodes(at, -1, -1);
    }
  }
}

/** Removes a client that its framework no longer subscribes to, unless it still holds something. */
export function untrackClient(state: AllocatorState, client: Client): boolean {
  if (client.holdings > 0) return false;
  const { role, framework } = client;
  state.filters.dropClient(client);
  releaseConstraint(state, client);
  state.program.removeClient(client.index);
  setClientActive(state, client, false);
  role.frameworks.remove(framework.id);
  role.clients.delete(client);
  framework.clients.delete(role.name);
  state.clientsByIndex[client.index] = undefined;
  state.clientIds.giveBack(client.index);
  state.roleTree.untrackFramework(framework.id, role.name);
  if (role.clients.size === 0) removeRole(state, role);
  return true;
}

function removeRole(state: AllocatorState, role: RoleClients): void {
  state.roles.delete(role.name);
  role.frameworks.drop();
  state.roleSorter.remove(role.name);
  sendRoleNodes(state, role.name);
}

/** Brings the client's state in the sorter in line with its framework. */
export function activateClient(state: AllocatorState, client: Client): void {
  const { framework, role } = client;
  const active = framework.active && framework.roles.has(role.name) && !framework.suppressed.has(role.name);
  setClientActive(state, client, active);
}

function setClientActive(state: AllocatorState, { framework, role }: Client, active: boolean): void {
  if (role.frameworks.isActive(framework.id) === active) return;
  role.frameworks.setActive(framework.id, active);
  role.activeClients += active ? 1 : -1;
  // H-DRF sets aside whoever can take nothing more, so it has to know which roles want nothing.
  if (state.settings.roleSorter === 'hdrf') state.roleSorter.setActive(role.name, role.activeClients > 0);
}
