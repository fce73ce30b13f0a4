/**
 * The registry: what a new master must know of the cluster, and the operations that change it. Operations are what
 * masters ask to have stored; whoever stores them applies them here and tells which of them did not apply. The rules
 * are those of Mesos' registrar. A registry belongs to one owner, who lets operations change it; what is stored is its
 * snapshot, a plain value with a schema.
 */
import type { Type } from 'typebox';
import { MeteError } from '../base/errors.js';
import { compileChecks } from './check-compiler.js';
import { agentInfo, type AgentInfo } from './framework.js';
import { type Maintenance, noMaintenance, setSchedule, startMaintenance, stopMaintenance } from './maintenance.js';
import { type DrainConfig, drainInfo, type DrainInfo, machineId, type MachineId } from './operator-shapes.js';
import { maintenanceSchedule, type MaintenanceSchedule, quotaConfig } from './operator-shapes.js';
import { findFault } from './refusal.js';
import { agentId, type AgentId, list, longList, number, object, optional, text, timeMs } from './schema.js';
import { nodeOf } from './shape.js';

export interface Registry {
  /** Admitted agents by id. */
  readonly agents: Map<AgentId, AgentInfo>;
  /** Agents that were admitted and did not answer, with the time they were given up. */
  readonly unreachable: Map<AgentId, number>;
  /** Agents that will never come back, with the time they were given up. */
  readonly gone: Map<AgentId, number>;
  /** Agents that operators do not want to be offered; those that are drained are among them. */
  readonly deactivated: Set<AgentId>;
  readonly draining: Map<AgentId, DrainInfo>;
  readonly weights: Map<string, number>;
  /** Quotas by role; a role without guarantees and limits has none. */
  readonly quotas: Map<string, QuotaEntry>;
  readonly maintenance: Maintenance;
  /** What a master must be able to do to take this registry over; names that this program does not know are kept. */
  readonly minimumCapabilities: Set<string>;
}

/** Amounts in units by name; what `limits` does not name is unlimited. */
export type QuotaEntry = Type.Static<typeof quotaConfig>;

/** What a master may ask for. The info of an agent has its id; times are in milliseconds since 1970. */
export type RegistryOperation =
  | { readonly type: 'ADMIT_AGENT'; readonly agentInfo: AgentInfo }
  /** An admitted agent came back with another description of itself. */
  | { readonly type: 'UPDATE_AGENT'; readonly agentInfo: AgentInfo }
  | { readonly type: 'MARK_AGENT_UNREACHABLE'; readonly agentId: AgentId; readonly unreachableTimeMs: number }
  /** An agent that was given up, or that nobody knows, is back. */
  | { readonly type: 'MARK_AGENT_REACHABLE'; readonly agentInfo: AgentInfo }
  | { readonly type: 'REMOVE_AGENT'; readonly agentId: AgentId }
  /** Entries of unreachable and gone agents are dropped for their age; those that are not there do not matter. */
  | {
      readonly type: 'PRUNE_AGENTS';
      readonly unreachable: readonly AgentId[];
      readonly gone: readonly AgentId[];
    }
  | { readonly type: 'MARK_AGENT_GONE'; readonly agentId: AgentId; readonly goneTimeMs: number }
  | { readonly type: 'DRAIN_AGENT'; readonly agentId: AgentId; readonly config: DrainConfig }
  | { readonly type: 'MARK_AGENT_DRAINED'; readonly agentId: AgentId }
  | { readonly type: 'DEACTIVATE_AGENT'; readonly agentId: AgentId }
  | { readonly type: 'REACTIVATE_AGENT'; readonly agentId: AgentId }
  | { readonly type: 'UPDATE_WEIGHTS'; readonly weights: readonly { readonly role: string; readonly weight: number }[] }
  | { readonly type: 'UPDATE_QUOTA'; readonly configs: readonly QuotaEntry[] }
  | { readonly type: 'UPDATE_MAINTENANCE_SCHEDULE'; readonly schedule: MaintenanceSchedule }
  | { readonly type: 'START_MAINTENANCE'; readonly machines: readonly MachineId[] }
  | { readonly type: 'STOP_MAINTENANCE'; readonly machines: readonly MachineId[] };

/** What became of an operation. With a refusal the registry is as it was. */
export type RegistryOutcome =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly refusal: string };

const CHANGED: RegistryOutcome = { ok: true, changed: true };
const UNCHANGED: RegistryOutcome = { ok: true, changed: false };
const NOT_ADMITTED: RegistryOutcome = { ok: false, refusal: 'Agent not yet admitted' };

export function emptyRegistry(): Registry {
  return {
    agents: new Map(),
    unreachable: new Map(),
    gone: new Map(),
    deactivated: new Set(),
    draining: new Map(),
    weights: new Map(),
    quotas: new Map(),
    maintenance: noMaintenance(),
    minimumCapabilities: new Set(),
  };
}

/** Applies one operation. */
export function applyToRegistry(registry: Registry, operation: RegistryOperation): RegistryOutcome {
  switch (operation.type) {
    case 'ADMIT_AGENT':
      return admit(registry, operation.agentInfo);
    case 'UPDATE_AGENT':
      return update(registry, operation.agentInfo);
    case 'MARK_AGENT_UNREACHABLE':
      if (!registry.agents.delete(operation.agentId)) return NOT_ADMITTED;
      registry.unreachable.set(operation.agentId, operation.unreachableTimeMs);
      return CHANGED;
    case 'MARK_AGENT_REACHABLE':
      return markReachable(registry, operation.agentInfo);
    case 'REMOVE_AGENT':
      return remove(registry, operation.agentId);
    case 'PRUNE_AGENTS':
      return prune(registry, operation.unreachable, operation.gone);
    default: {
      const outcome = applyOperators(registry, operation);
      noteCapabilities(registry);
      return outcome;
    }
  }
}

type AgentOperation =
  | 'ADMIT_AGENT'
  | 'UPDATE_AGENT'
  | 'MARK_AGENT_UNREACHABLE'
  | 'MARK_AGENT_REACHABLE'
  | 'REMOVE_AGENT'
  | 'PRUNE_AGENTS';

/** Applies what operators decided. */
function applyOperators(
  registry: Registry,
  operation: Exclude<RegistryOperation, { readonly type: AgentOperation }>,
): RegistryOutcome {
  const { deactivated, draining, maintenance } = registry;
  switch (operation.type) {
    case 'MARK_AGENT_GONE':
      return markGone(registry, operation.agentId, operation.goneTimeMs);
    case 'DRAIN_AGENT':
      if (!isKnown(registry, operation.agentId)) return NOT_ADMITTED;
      draining.set(operation.agentId, { state: 'DRAINING', config: operation.config });
      deactivated.add(operation.agentId);
      return CHANGED;
    case 'MARK_AGENT_DRAINED': {
      const info = draining.get(operation.agentId);
      if (info === undefined) return UNCHANGED;
      draining.set(operation.agentId, { ...info, state: 'DRAINED' });
      return CHANGED;
    }
    case 'DEACTIVATE_AGENT':
      if (!isKnown(registry, operation.agentId)) return NOT_ADMITTED;
      deactivated.add(operation.agentId);
      return CHANGED;
    case 'REACTIVATE_AGENT':
      draining.delete(operation.agentId);
      return deactivated.delete(operation.agentId) ? CHANGED : UNCHANGED;
    case 'UPDATE_WEIGHTS':
      for (const { role, weight } of operation.weights) registry.weights.set(role, weight);
      return CHANGED;
    case 'UPDATE_QUOTA':
      for (const config of operation.configs) setQuota(registry.quotas, config);
      return CHANGED;
    case 'UPDATE_MAINTENANCE_SCHEDULE':
      setSchedule(maintenance, operation.schedule);
      return CHANGED;
    case 'START_MAINTENANCE':
      startMaintenance(maintenance, operation.machines);
      return CHANGED;
    case 'STOP_MAINTENANCE':
      stopMaintenance(maintenance, operation.machines);
      return CHANGED;
  }
}

/** Whether a quota says nothing: no guarantees, no limits. */
function isDefaultQuota({ guarantees = {}, limits = {} }: QuotaEntry): boolean {
  return Object.values(guarantees).every((amount) => amount === 0) && Object.keys(limits).length === 0;
}

/** Enters a quota, or takes the role's out if this one says nothing. */
export function setQuota(quotas: Map<string, QuotaEntry>, config: QuotaEntry): void {
  if (isDefaultQuota(config)) quotas.delete(config.role);
  else quotas.set(config.role, config);
}

/** What operators have decided lately may need masters that know of it. */
function noteCapabilities({ deactivated, draining, quotas, minimumCapabilities }: Registry): void {
  const needs = (capability: string, isNeeded: boolean): void => {
    if (isNeeded) minimumCapabilities.add(capability);
    else minimumCapabilities.delete(capability);
  };
  needs('AGENT_DRAINING', deactivated.size + draining.size > 0);
  needs('QUOTA_V2', quotas.size > 0);
}

/** An agent that is forgotten is not deactivated or drained any more either. */
function prune(registry: Registry, unreachable: readonly AgentId[], gone: readonly AgentId[]): RegistryOutcome {
  let changed = false;
  for (const id of unreachable) {
    if (!registry.unreachable.delete(id)) continue;
    changed = true;
    registry.deactivated.delete(id);
    registry.draining.delete(id);
  }
  for (const id of gone) if (registry.gone.delete(id)) changed = true;
  noteCapabilities(registry);
  return changed ? CHANGED : UNCHANGED;
}

function isKnown({ agents, unreachable }: Registry, id: AgentId): boolean {
  return agents.has(id) || unreachable.has(id);
}

function remove(registry: Registry, id: AgentId): RegistryOutcome {
  if (!registry.agents.delete(id)) return NOT_ADMITTED;
  registry.deactivated.delete(id);
  registry.draining.delete(id);
  noteCapabilities(registry);
  return CHANGED;
}

function markGone(registry: Registry, id: AgentId, goneTimeMs: number): RegistryOutcome {
  if (registry.gone.has(id)) return { ok: false, refusal: 'Agent already marked as gone' };
  if (!isKnown(registry, id)) return { ok: false, refusal: 'Agent to be marked gone is not known' };
  registry.agents.delete(id);
  registry.unreachable.delete(id);
  registry.deactivated.delete(id);
  registry.draining.delete(id);
  registry.gone.set(id, goneTimeMs);
  return CHANGED;
}

function idOf(info: AgentInfo): AgentId {
  if (info.id !== undefined) return info.id;
  const mend = 'give the agent an id first';
  throw new MeteError('INTERNAL', { field: 'agentInfo.id', value: info.id, reason: 'it is missing', mend });
}

function admit(registry: Registry, info: AgentInfo): RegistryOutcome {
  const id = idOf(info);
  if (registry.agents.has(id)) return { ok: false, refusal: 'Agent already admitted' };
  registry.unreachable.delete(id);
  registry.agents.set(id, info);
  return CHANGED;
}

function update(registry: Registry, info: AgentInfo): RegistryOutcome {
  const id = idOf(info);
  const before = registry.agents.get(id);
  if (before === undefined) return NOT_ADMITTED;
  if (JSON.stringify(before) === JSON.stringify(info)) return UNCHANGED;
  registry.agents.set(id, info);
  return CHANGED;
}

/** An agent nobody knows is taken in too: the entry of an agent that was given up may have been dropped for its age. */
function markReachable(registry: Registry, info: AgentInfo): RegistryOutcome {
  const id = idOf(info);
  if (registry.agents.has(id)) return UNCHANGED;
  registry.unreachable.delete(id);
  registry.agents.set(id, info);
  return CHANGED;
}

export const registrySnapshot = object(
  {
    agents: longList(agentInfo, 'Admitted agents, in the order of their admission.'),
    unreachable: optional(
      longList(
        object({ agentId, unreachableTimeMs: timeMs('Since when.', 'timestamp') }, 'An agent.'),
        'Agents that do not answer, in the order in which they were given up.',
      ),
    ),
    gone: optional(
      longList(
        object({ agentId, goneTimeMs: timeMs('Since when.', 'timestamp') }, 'An agent.'),
        'Agents that are gone.',
      ),
    ),
    deactivated: optional(longList(agentId, 'Agents that are not offered.')),
    draining: optional(longList(object({ agentId, info: drainInfo }, 'An agent.'), 'Agents that are drained.')),
    weights: optional(list(object({ role: text('Role.'), weight: number('Weight.') }, 'A weight.'), 'Weights.')),
    quotas: optional(list(quotaConfig, 'Quotas.')),
    schedule: optional(maintenanceSchedule),
    downMachines: optional(list(machineId, 'Machines of the schedule that are down.')),
    minimumCapabilities: optional(list(text('Name.'), 'What a master must be able to do.')),
  },
  'What is stored of a registry.',
);
export type RegistrySnapshot = Type.Static<typeof registrySnapshot>;

export function snapshotRegistry(registry: Registry): RegistrySnapshot {
  const { unreachable, gone, deactivated, draining, weights, quotas, maintenance } = registry;
  const down = [...maintenance.machines.values()].filter((machine) => machine.mode === 'DOWN').map(({ id }) => id);
  const lists = {
    unreachable: [...unreachable].map(([id, unreachableTimeMs]) => ({ agentId: id, unreachableTimeMs })),
    gone: [...gone].map(([id, goneTimeMs]) => ({ agentId: id, goneTimeMs })),
    deactivated: [...deactivated],
    draining: [...draining].map(([id, info]) => ({ agentId: id, info })),
    weights: [...weights].map(([role, weight]) => ({ role, weight })),
    quotas: [...quotas.values()],
    downMachines: down,
    minimumCapabilities: [...registry.minimumCapabilities],
  };
  const filled = Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0));
  const schedule = maintenance.schedule.windows === undefined ? {} : { schedule: maintenance.schedule };
  return { agents: [...registry.agents.values()], ...filled, ...schedule };
}

const snapshotNode = nodeOf(registrySnapshot);
const [isSnapshot] = compileChecks([snapshotNode]);

/** The registry of a snapshot. Throws MeteError (INVALID_SNAPSHOT) if it is none. */
export function restoreRegistry(snapshot: unknown): Registry {
  if (isSnapshot?.(snapshot) !== true) throw badSnapshot(snapshot);
  const { agents, ...rest } = snapshot as RegistrySnapshot;
  const registry = emptyRegistry();
  for (const info of agents) {
    if (info.id === undefined || registry.agents.has(info.id)) {
      const reason = 'an agent has no id, or that of another';
      const mend = 'take a snapshot that mete wrote';
      throw new MeteError('INVALID_SNAPSHOT', { field: 'registry.agents', value: info, reason, mend });
    }
    registry.agents.set(info.id, info);
  }
  for (const { agentId: id, unreachableTimeMs } of rest.unreachable ?? []) {
    registry.unreachable.set(id, unreachableTimeMs);
  }
  for (const { agentId: id, goneTimeMs } of rest.gone ?? []) registry.gone.set(id, goneTimeMs);
  for (const id of rest.deactivated ?? []) registry.deactivated.add(id);
  for (const { agentId: id, info } of rest.draining ?? []) registry.draining.set(id, info);
  for (const { role, weight } of rest.weights ?? []) registry.weights.set(role, weight);
  for (const config of rest.quotas ?? []) registry.quotas.set(config.role, config);
  if (rest.schedule !== undefined) setSchedule(registry.maintenance, rest.schedule);
  startMaintenance(registry.maintenance, rest.downMachines ?? []);
  for (const name of rest.minimumCapabilities ?? []) registry.minimumCapabilities.add(name);
  return registry;
}

function badSnapshot(snapshot: unknown): MeteError {
  const mend = 'take a snapshot that mete wrote';
  const detail = findFault(snapshotNode, snapshot, 'registry');
  const other = { field: 'registry', value: snapshot, reason: 'it is no snapshot', mend };
  return new MeteError('INVALID_SNAPSHOT', detail ?? other);
}
