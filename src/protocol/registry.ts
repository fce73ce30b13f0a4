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
import { findFault } from './refusal.js';
import { agentId, type AgentId, list, object, optional, timeMs } from './schema.js';
import { nodeOf } from './shape.js';

export interface Registry {
  /** Admitted agents by id. */
  readonly agents: Map<AgentId, AgentInfo>;
  /** Agents that were admitted and did not answer, with the time they were given up. */
  readonly unreachable: Map<AgentId, number>;
}

/** What a master may ask for. The info of an agent has its id; times are in milliseconds since 1970. */
export type RegistryOperation =
  | { readonly type: 'ADMIT_AGENT'; readonly agentInfo: AgentInfo }
  /** An admitted agent came back with another description of itself. */
  | { readonly type: 'UPDATE_AGENT'; readonly agentInfo: AgentInfo }
  | { readonly type: 'MARK_AGENT_UNREACHABLE'; readonly agentId: AgentId; readonly unreachableTimeMs: number }
  /** An agent that was given up, or that nobody knows, is back. */
  | { readonly type: 'MARK_AGENT_REACHABLE'; readonly agentInfo: AgentInfo }
  | { readonly type: 'REMOVE_AGENT'; readonly agentId: AgentId };

/** What became of an operation. With a refusal the registry is as it was. */
export type RegistryOutcome =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly refusal: string };

const CHANGED: RegistryOutcome = { ok: true, changed: true };
const UNCHANGED: RegistryOutcome = { ok: true, changed: false };
const NOT_ADMITTED: RegistryOutcome = { ok: false, refusal: 'Agent not yet admitted' };

export function emptyRegistry(): Registry {
  return { agents: new Map(), unreachable: new Map() };
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
      return registry.agents.delete(operation.agentId) ? CHANGED : NOT_ADMITTED;
  }
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
    agents: list(agentInfo, 'Admitted agents, in the order of their admission.'),
    unreachable: optional(
      list(
        object({ agentId, unreachableTimeMs: timeMs('Since when.', 'timestamp') }, 'An agent.'),
        'Agents that do not answer, in the order in which they were given up.',
      ),
    ),
  },
  'What is stored of a registry.',
);
export type RegistrySnapshot = Type.Static<typeof registrySnapshot>;

export function snapshotRegistry(registry: Registry): RegistrySnapshot {
  const unreachable = [...registry.unreachable].map(([id, unreachableTimeMs]) => ({ agentId: id, unreachableTimeMs }));
  const agents = [...registry.agents.values()];
  return unreachable.length === 0 ? { agents } : { agents, unreachable };
}

const snapshotNode = nodeOf(registrySnapshot);
const [isSnapshot] = compileChecks([snapshotNode]);

/** The registry of a snapshot. Throws MeteError (INVALID_SNAPSHOT) if it is none. */
export function restoreRegistry(snapshot: unknown): Registry {
  if (isSnapshot?.(snapshot) !== true) throw badSnapshot(snapshot);
  const { agents, unreachable = [] } = snapshot as RegistrySnapshot;
  const registry = emptyRegistry();
  for (const info of agents) {
    if (info.id === undefined || registry.agents.has(info.id)) {
      const reason = 'an agent has no id, or that of another';
      const mend = 'take a snapshot that mete wrote';
      throw new MeteError('INVALID_SNAPSHOT', { field: 'registry.agents', value: info, reason, mend });
    }
    registry.agents.set(info.id, info);
  }
  for (const { agentId: id, unreachableTimeMs } of unreachable) registry.unreachable.set(id, unreachableTimeMs);
  return registry;
}

function badSnapshot(snapshot: unknown): MeteError {
  const mend = 'take a snapshot that mete wrote';
  const detail = findFault(snapshotNode, snapshot, 'registry');
  const other = { field: 'registry', value: snapshot, reason: 'it is no snapshot', mend };
  return new MeteError('INVALID_SNAPSHOT', detail ?? other);
}
