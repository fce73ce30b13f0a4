/**
 * Frameworks: adding, updating, activating, suppressing and removing them.
 */
import { MeteError } from '../base/errors.js';
import type { Quantities } from '../resources/quantities.js';
import { agentOf, alreadyExists, checkId, checkRoles, frameworkOf, refuse } from './checks.js';
import { type Claim, claimsOf } from './claims.js';
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

/** Snapshots keep the constraints as JSON: what JSON does not keep of them must not count, nor what changes later. */
function copyOf(constraints: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(constraints));
  } catch (cause) {
    throw new MeteError('INVALID_OFFER_CONSTRAINTS', {
      field: 'offerConstraints',
      value: constraints,
      reason: 'it is not JSON',
      mend: 'give the v1 JSON of OfferConstraints',
      cause,
    });
  }
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
  const source = copyOf(update.offerConstraints ?? null);
  const constraints = source === null ? null : compileOfferConstraints(source, state.settings.offerConstraintLimits);
  for (const role of constraints?.roles ?? []) {
    if (!roles.has(role)) {
      throw refuse('offerConstraints', role, 'the framework is not in this role', 'constrain only subscribed roles');
    }
  }
  const capabilities = new Set(update.capabilities ?? []);
  const suppressed = new Set(suppressedRoles);
  return { roles, suppressed, capabilities, minimums, constraints, constraintsSource: source };
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
  const checked = checkUpdate(state, options);
  const claims = claimsOf(state, options.id, used);
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
  claim(state, framework, claims);
  if (framework.active) triggerAll(state);
}

/** Enters what a new framework holds; it is nobody's unclaimed any more. */
function claim(state: AllocatorState, framework: FrameworkRecord, claims: readonly Claim[]): void {
  for (const { agent, role, resources } of claims) {
    agent.unclaimed = agent.unclaimed.filter((used) => used.frameworkId !== framework.id);
    trackUsed(state, framework, agent, { frameworkId: framework.id, role, resources });
  }
  state.unclaimed.delete(framework.id);
  for (const agent of new Set(claims.map((one) => one.agent))) recountAvailable(state, agent);
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
  for (const client of framework.clients.values()) activateClient(state, client);
  triggerAll(state);
}

export function deactivateFramework(state: AllocatorState, id: string): void {
  const framework = frameworkOf(state, id);
  framework.active = false;
  for (const client of framework.clients.values()) {
    activateClient(state, client);
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
    activateClient(state, client);
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
    activateClient(state, framework.clients.get(role)!);
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
    activateClient(state, client);
  }
  triggerAll(state);
}

/** Accepted and ignored, as in Mesos' hierarchical allocator; the ids must be known. */
export function requestResources(state: AllocatorState, frameworkId: string, agentIds: readonly string[]): void {
  frameworkOf(state, frameworkId);
  for (const agentId of agentIds) agentOf(state, agentId);
}
