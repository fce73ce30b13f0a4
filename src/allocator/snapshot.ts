/**
 * Snapshots: the allocator's state as JSON values, and back. A restored allocator goes on exactly as the original
 * would: the same offers in the same order for the same calls, whichever engine it runs on.
 */
import { MeteError } from '../base/errors.js';
import { compareUtf8 } from '../base/utf8.js';
import { limitsFromRecord, limitsToRecord } from '../resources/limits.js';
import { parseResourcesJson } from '../resources/parse-json.js';
import { quantitiesFromRecord, quantitiesToRecord } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { insertAgent, updateWhitelist } from './agents.js';
import { trackClient } from './clients.js';
import { addFramework } from './frameworks.js';
import { addHeld, countHeld, noteUnclaimed, recountAvailable } from './holdings.js';
import type { FrameworkRecord } from './model.js';
import { updateQuota, updateWeights } from './quota.js';
import { isDefaultQuota } from './role-tree.js';
import { checkSnapshot } from './snapshot-checks.js';
import { FORMAT, VERSION } from './snapshot-format.js';
import type {
  AgentSnapshot,
  AllocatorSnapshot,
  Amounts,
  FilterSnapshot,
  FrameworkSnapshot,
  HoldingSnapshot,
} from './snapshot-format.js';
import type { SorterTree } from './sorter-tree.js';
import type { AllocatorState } from './state.js';

/** Things by name: where no order is promised, snapshots of equal states are equal. */
function byName<T extends { readonly name: string }>(things: Iterable<T>): T[] {
  return [...things].sort((a, b) => compareUtf8(a.name, b.name));
}

export function takeSnapshot(state: AllocatorState): AllocatorSnapshot {
  state.program.flush();
  const roles = byName(state.roleTree.roles());
  return {
    format: FORMAT,
    version: VERSION,
    clock: {
      clockMs: state.clockMs,
      nextBatchMs: state.nextBatchMs,
      generation: state.generation,
      run: state.run,
      runsMade: state.runsMade,
      nextOrdinal: state.nextOrdinal,
      resumeAtMs: state.resumeAtMs === Infinity ? null : state.resumeAtMs,
      resumeGeneration: state.resumeGeneration,
    },
    paused: state.paused,
    expectedAgents: state.expectedAgents,
    pending: state.pending,
    pendingAll: state.pendingAll,
    pendingAgents: [...state.pendingAgents].map((agent) => agent.id),
    whitelist: state.whitelist === null ? null : [...state.whitelist],
    weights: roles.filter((role) => role.weight !== 1).map((role) => ({ role: role.name, weight: role.weight })),
    quotas: roles
      .filter((role) => !isDefaultQuota(role.quota))
      .map((role) => ({
        role: role.name,
        guarantees: quantitiesToRecord(role.quota.guarantees),
        limits: limitsToRecord(role.quota.limits),
      })),
    frameworks: [...state.frameworks.values()].map(frameworkSnapshot),
    agents: [...state.agents.values()].map(agentSnapshot),
    filters: filterSnapshots(state),
    grants: {
      roles: grantsOf(state, state.roleSorter),
      frameworks: Object.fromEntries(byName(state.roles.values()).map((r) => [r.name, grantsOf(state, r.frameworks)])),
    },
  };
}

/** All live filters, in an order that depends on nothing but the filters. */
function filterSnapshots(state: AllocatorState): FilterSnapshot[] {
  const snapshots = [...state.filters.records()].map((record) => {
    const client = state.clientsByIndex[record.client]!;
    const { deadlineMs, generation } = record;
    const agentId = state.agentsByIndex[record.agent.index]!.id;
    const resources = record.resources.toJSON();
    return { frameworkId: client.framework.id, role: client.role.name, agentId, resources, deadlineMs, generation };
  });
  const key = (filter: FilterSnapshot): string => JSON.stringify(filter);
  return snapshots
    .map((filter) => [filter.deadlineMs, key(filter), filter] as const)
    .sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))
    .map(([, , filter]) => filter);
}

function frameworkSnapshot(framework: FrameworkRecord): FrameworkSnapshot {
  const minimums = [...framework.minimums].map(([role, sets]) => [role, sets.map((set) => quantitiesToRecord(set))]);
  return {
    id: framework.id,
    active: framework.active,
    roles: [...framework.roles],
    clients: [...framework.clients.keys()].sort(compareUtf8),
    suppressed: [...framework.suppressed],
    capabilities: [...framework.capabilities],
    minimums: Object.fromEntries(minimums) as Record<string, Amounts[]>,
    constraints: framework.constraintsSource,
    inverseFilters: Object.fromEntries(framework.inverseFilters),
  };
}

function agentSnapshot(agent: AgentRecord): AgentSnapshot {
  const holding = (frameworkId: string, role: string, resources: Resources): HoldingSnapshot => ({
    frameworkId,
    role,
    resources: resources.toJSON(),
  });
  const { maintenance } = agent;
  return {
    id: agent.id,
    ordinal: agent.ordinal,
    hostname: agent.hostname,
    attributes: agent.attributes,
    capabilities: agent.capabilities === 'all' ? null : [...agent.capabilities],
    domain: agent.domain,
    active: agent.active,
    total: agent.total.toJSON(),
    held: agent.holders.map((c, i) => holding(c.framework.id, c.role.name, agent.holdings[i]!)),
    unclaimed: agent.unclaimed.map((used) => holding(used.frameworkId, used.role, used.resources)),
    maintenance:
      maintenance === null
        ? null
        : {
            unavailability: maintenance.unavailability,
            outstanding: [...maintenance.outstanding],
            statuses: Object.fromEntries(maintenance.statuses),
          },
  };
}

function grantsOf(state: AllocatorState, tree: SorterTree): Amounts {
  const { engine } = state.program;
  const row = new Float64Array(2 + engine.kinds);
  const grants: [path: string, count: number][] = [];
  for (const [path, node] of tree.walk()) {
    engine.readNode(node.id, row);
    if (row[1] !== 0) grants.push([path, row[1]!]);
  }
  return Object.fromEntries(grants);
}

function checkFormat(snapshot: AllocatorSnapshot): void {
  const seen = snapshot as { format?: unknown; version?: unknown } | null;
  if (seen?.format === FORMAT && seen.version === VERSION) return;
  throw new MeteError('INVALID_SNAPSHOT', {
    field: 'snapshot',
    value: `${String(seen?.format)} version ${String(seen?.version)}`,
    reason: `it is not a ${FORMAT} snapshot of version ${VERSION}`,
    mend: 'give what snapshot() returned, of this version of mete',
  });
}

/** Fills an empty state. Throws MeteError (INVALID_SNAPSHOT) if the snapshot is of another format or torn. */
export function restoreInto(state: AllocatorState, snapshot: AllocatorSnapshot): void {
  checkFormat(snapshot);
  try {
    checkSnapshot(snapshot);
    restoreContent(state, snapshot);
  } catch (error) {
    throw new MeteError('INVALID_SNAPSHOT', {
      field: 'snapshot',
      value: error instanceof Error ? error.message : error,
      reason: 'it does not describe a possible state',
      mend: 'take a new one',
      cause: error,
    });
  }
}

function restoreContent(state: AllocatorState, snapshot: AllocatorSnapshot): void {
  updateWeights(state, snapshot.weights);
  for (const { role, guarantees, limits } of snapshot.quotas) {
    updateQuota(state, role, {
      guarantees: quantitiesFromRecord(guarantees, 'guarantees'),
      limits: limitsFromRecord(limits, 'limits'),
    });
  }
  for (const framework of snapshot.frameworks) restoreFramework(state, framework);
  for (const agent of snapshot.agents) restoreAgent(state, agent);
  updateWhitelist(state, snapshot.whitelist);
  for (const filter of snapshot.filters) restoreFilter(state, filter);
  restoreGrants(state, state.roleSorter, snapshot.grants.roles);
  const grants = new Map(Object.entries(snapshot.grants.frameworks));
  for (const role of state.roles.values()) restoreGrants(state, role.frameworks, grants.get(role.name) ?? {});
  const { clock } = snapshot;
  Object.assign(state, clock, { resumeAtMs: clock.resumeAtMs ?? Infinity });
  state.paused = snapshot.paused;
  state.expectedAgents = snapshot.expectedAgents;
  state.pending = snapshot.pending;
  state.pendingAll = snapshot.pendingAll;
  state.pendingAgents.clear();
  for (const id of snapshot.pendingAgents) state.pendingAgents.add(state.agents.get(id)!);
}

function restoreFramework(state: AllocatorState, from: FrameworkSnapshot): void {
  const filters = Object.entries(from.minimums).map(([role, sets]) => [
    role,
    { minAllocatable: sets.map((set) => quantitiesFromRecord(set, 'minimums')) },
  ]);
  addFramework(state, {
    id: from.id,
    roles: from.roles,
    capabilities: from.capabilities,
    suppressedRoles: from.suppressed,
    active: from.active,
    offerFilters: Object.fromEntries(filters) as Record<string, object>,
    offerConstraints: from.constraints,
  });
  const framework = state.frameworks.get(from.id)!;
  for (const role of from.clients) trackClient(state, framework, role);
  for (const [agentId, list] of Object.entries(from.inverseFilters)) framework.inverseFilters.set(agentId, [...list]);
}

function restoreAgent(state: AllocatorState, from: AgentSnapshot): void {
  state.nextOrdinal = from.ordinal;
  const agent = insertAgent(state, {
    id: from.id,
    hostname: from.hostname,
    attributes: from.attributes,
    ...(from.capabilities === null ? {} : { capabilities: from.capabilities }),
    domain: from.domain,
    total: parseResourcesJson(from.total),
    unavailability: from.maintenance?.unavailability ?? null,
    active: from.active,
  });
  for (const { frameworkId, role, resources } of from.held) {
    const client = trackClient(state, state.frameworks.get(frameworkId)!, role);
    const held = parseResourcesJson(resources);
    addHeld(agent, client, held);
    countHeld(state, client, agent, held, 1, 0);
  }
  for (const used of from.unclaimed) {
    noteUnclaimed(state, agent, { ...used, resources: parseResourcesJson(used.resources) });
  }
  for (const id of from.maintenance?.outstanding ?? []) agent.maintenance!.outstanding.add(id);
  for (const [id, status] of Object.entries(from.maintenance?.statuses ?? {})) {
    agent.maintenance!.statuses.set(id, status);
  }
  recountAvailable(state, agent);
}

function restoreFilter(state: AllocatorState, from: FilterSnapshot): void {
  const agent = state.agents.get(from.agentId)!;
  const client = state.frameworks.get(from.frameworkId)!.clients.get(from.role)!;
  const refused = parseResourcesJson(from.resources);
  state.filters.add(client, agent, refused, from.deadlineMs, from.generation);
}

function restoreGrants(state: AllocatorState, tree: SorterTree, grants: Amounts): void {
  const counts = new Map(Object.entries(grants));
  for (const [path, node] of tree.walk()) {
    const count = counts.get(path) ?? 0;
    if (count !== 0) state.program.adjustNode(node.id, count, []);
  }
}
