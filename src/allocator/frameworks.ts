/**
 * Frameworks: adding, updating, activating, suppressing and removing them.
 */
import type { Quantities } from '../resources/quantities.js';
import { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { agentOf, alreadyExists, checkId, checkResources, checkRoles, frameworkOf, refuse } from './checks.js';
import { activateClient, trackClient, untrackClient } from './clients.js';
import { heldBy, recountAvailable, release, trackUsed } from './holdings.js';
import type { FrameworkOptions, FrameworkRecord, FrameworkUpdate, UsedOnAgent } from './model.js';
import { compileOfferConstraints, type OfferConstraintsFilter } from './offer-constraints.js';
import { ensureKinds } from './rebuild.js';
import { sendClient } from './send.js';
import type { AllocatorState } from './state.js';
import { triggerAll } from './triggers.js';

/** What an update says, checked and compiled. */
interface CheckedUpdate {
  roles: Set<string>;
  suppressed: Set<string>;
  capabilities: Set<string>;
  minimums: Map<string, readonly Quantities[]>;
  constraints: OfferConstraintsFilter | null;
  constraintsSource: unknown;
}

function checkUpdate(state: AllocatorState, update: FrameworkUpdate): CheckedUpdate {
  checkRoles('roles', update.roles);
  const suppressedRoles = update.suppressedRoles ?? [];
  checkRoles('suppressedRoles', suppressedRoles);
  const roles = new Set(update.roles);
  const foreign = suppressedRoles.filter((role) => !roles.has(role));
  if (foreign.length > 0) {
    throw refuse('suppressedRoles', foreign, 'they are not roles of the framework', 'suppress only subscribed roles');
  }
  const minimums = new Map<string, readonly Quantities[]>();
  for (const [role, filters] of Object.entries(update.offerFilters ?? {})) {
    if (filters.minAllocatable !== undefined) minimums.set(role, filters.minAllocatable);
  }
  const source = update.offerConstraints ?? null;
  const constraints = source === null ? null : compileOfferConstraints(source, state.settings.offerConstraintLimits);
  for (const role of constraints?.roles ?? []) {
    if (!roles.has(role)) {
      throw refuse('offerConstraints', role, 'the framework is not in this role', 'constrain only subscribed roles');
    }
  }
  const capabilities = new Set(update.capabilities ?? []);
  return { roles, suppressed: new Set(suppressedRoles), capabilities, minimums, constraints, constraintsSource: source };
}

/** All resource names that an update or its uses mention. */
function kindNamesOf(used: readonly UsedOnAgent[], checked: CheckedUpdate): string[] {
  const lots = used.flatMap((entry) => entry.resources.lots.map((lot) => lot.descriptor.name));
  return [...lots, ...[...checked.minimums.values()].flat().flatMap((quantities) => [...quantities.keys()])];
}

export function addFramework(state: AllocatorState, options: FrameworkOptions): void {
  checkId('id', options.id);
  if (state.frameworks.has(options.id)) throw alreadyExists('id', options.id);
  const used = options.used ?? [];
  for (const entry of used) checkUsed(state, options.id, entry);
  const checked = checkUpdate(state, options);
  ensureKinds(state, 'used', kindNamesOf(used, checked));
  const framework: FrameworkRecord = {
    id: options.id,
    ...checked,
    active: options.active ?? true,
    clients: new Map(),
    inverseFilters: new Map(),
  };
  state.frameworks.set(framework.id, framework);
  for (const role of framework.roles) trackClient(state, framework, role);
  claimTold(state, framework);
  for (const entry of used) claimExtra(state, framework, entry);
  if (framework.active) triggerAll(state);
}

/** What an agent knows to be used by a framework that is about to be added, in a role. */
function unclaimedOf(agent: AgentRecord, frameworkId: string, role: string): Resources {
  let sum = Resources.EMPTY;
  for (const used of agent.unclaimed) {
    if (used.frameworkId === frameworkId && used.role === role) sum = sum.plus(used.resources);
  }
  return sum;
}

function checkUsed(state: AllocatorState, frameworkId: string, entry: UsedOnAgent): void {
  checkRoles('used.role', [entry.role]);
  checkResources('used.resources', entry.resources);
  const agent = state.agents.get(entry.agentId);
  if (agent === undefined) return;
  const told = unclaimedOf(agent, frameworkId, entry.role);
  if (told.contains(entry.resources) || agent.available.contains(entry.resources.minus(told))) return;
  throw refuse(
    'used',
    entry.resources.toString(),
    `agent ${entry.agentId} does not have them in use by the framework, nor free`,
    'tell the same as when the agent was added',
  );
}

/** What agents told of a new framework is its own from now on. */
function claimTold(state: AllocatorState, framework: FrameworkRecord): void {
  for (const agent of state.unclaimed.get(framework.id) ?? []) {
    const mine = agent.unclaimed.filter((used) => used.frameworkId === framework.id);
    agent.unclaimed = agent.unclaimed.filter((used) => used.frameworkId !== framework.id);
    for (const role of new Set(mine.map((used) => used.role))) {
      const told = mine.filter((used) => used.role === role);
      const resources = told.reduce((sum, used) => sum.plus(used.resources), Resources.EMPTY);
      trackUsed(state, framework, agent, { frameworkId: framework.id, role, resources });
    }
  }
  state.unclaimed.delete(framework.id);
}

/** What a new framework says it holds beyond what agents told; agents not added yet will tell it themselves. */
function claimExtra(state: AllocatorState, framework: FrameworkRecord, entry: UsedOnAgent): void {
  const agent = state.agents.get(entry.agentId);
  if (agent === undefined) return;
  const client = framework.clients.get(entry.role);
  const held = client === undefined ? undefined : heldBy(agent, client);
  const extra = entry.resources.minus(held ?? Resources.EMPTY);
  if (extra.isEmpty) return;
  trackUsed(state, framework, agent, { frameworkId: framework.id, role: entry.role, resources: extra });
  recountAvailable(state, agent);
}

export function removeFramework(state: AllocatorState, id: string): void {
  const framework = frameworkOf(state, id);
  framework.roles = new Set();
  for (const agent of state.agents.values()) {
    for (const client of [...framework.clients.values()]) {
      const held = heldBy(agent, client);
      if (held !== undefined) release(state, client, agent, held);
    }
    agent.maintenance?.outstanding.delete(id);
    agent.maintenance?.statuses.delete(id);
  }
  for (const client of [...framework.clients.values()]) untrackClient(state, client);
  state.frameworks.delete(id);
}

export function activateFramework(state: AllocatorState, id: string): void {
  const framework = frameworkOf(state, id);
  framework.active = true;
  for (const client of framework.clients.values()) activateClient(client);
  triggerAll(state);
}

export function deactivateFramework(state: AllocatorState, id: string): void {
  const framework = frameworkOf(state, id);
  framework.active = false;
  for (const client of framework.clients.values()) {
    activateClient(client);
    state.filters.dropClient(client);
  }
  framework.inverseFilters.clear();
}

export function updateFramework(state: AllocatorState, id: string, update: FrameworkUpdate): void {
  const framework = frameworkOf(state, id);
  const checked = checkUpdate(state, update);
  ensureKinds(state, 'offerFilters', kindNamesOf([], checked));
  const oldRoles = framework.roles;
  const revived = [...framework.suppressed].filter((role) => checked.roles.has(role) && !checked.suppressed.has(role));
  Object.assign(framework, checked);
  for (const role of framework.roles) trackClient(state, framework, role);
  for (const role of oldRoles) {
    if (framework.roles.has(role)) continue;
    const client = framework.clients.get(role)!;
    state.filters.dropClient(client);
    untrackClient(state, client);
  }
  for (const client of framework.clients.values()) {
    sendClient(state, client);
    activateClient(client);
  }
  if (revived.length > 0) framework.inverseFilters.clear();
  for (const role of revived) state.filters.dropClient(framework.clients.get(role)!);
}

/** The named roles of a framework, all for an empty list. */
function rolesOf(framework: FrameworkRecord, roles: readonly string[]): readonly string[] {
  checkRoles('roles', roles);
  for (const role of roles) {
    if (!framework.roles.has(role)) {
      throw refuse('roles', role, `framework ${framework.id} is not in this role`, 'name roles it is subscribed to');
    }
  }
  return roles.length === 0 ? [...framework.roles] : roles;
}

export function suppressOffers(state: AllocatorState, id: string, roles: readonly string[]): void {
  const framework = frameworkOf(state, id);
  for (const role of rolesOf(framework, roles)) {
    framework.suppressed.add(role);
    activateClient(framework.clients.get(role)!);
  }
}

export function reviveOffers(state: AllocatorState, id: string, roles: readonly string[]): void {
  const framework = frameworkOf(state, id);
  const revived = rolesOf(framework, roles);
  framework.inverseFilters.clear();
  for (const role of revived) {
    const client = framework.clients.get(role)!;
    state.filters.dropClient(client);
    framework.suppressed.delete(role);
    activateClient(client);
  }
  triggerAll(state);
}

/** Accepted and ignored, as in Mesos' hierarchical allocator; the ids must be known. */
export function requestResources(state: AllocatorState, frameworkId: string, agentIds: readonly string[]): void {
  frameworkOf(state, frameworkId);
  for (const agentId of agentIds) agentOf(state, agentId);
}
