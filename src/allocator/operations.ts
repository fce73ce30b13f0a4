/**
 * What happens to resources that are out: operations on an allocation, operator operations on what is free, and
 * resources that come back.
 */
import { applyConversions, applyOperation, type Conversion, type Operation } from '../resources/operations.js';
import type { Lot } from '../resources/lot.js';
import { addQuantities, NO_QUANTITIES, type Quantities } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { replaceTotal } from './agents.js';
import { agentOf, checkResources, frameworkOf, isList, refuse } from './checks.js';
import { untrackClient } from './clients.js';
import { addHeld, countHeld, holds, notHeld, recountAvailable, release, removeHeld, setAvailable } from './holdings.js';
import type { Filters } from './model.js';
import { ensureKindsOf } from './rebuild.js';
import { sendAgent } from './send.js';
import { type AllocatorState, checkTotals, moveTotals } from './state.js';

const DEFAULT_REFUSE_SECONDS = 5;
const MAX_REFUSE_SECONDS = 365 * 24 * 3600;

/** How long a refusal lasts, in milliseconds; 0 for none. Bad values mean the default, as in Mesos. */
export function refuseMs(filters: Filters): number {
  const seconds = filters.refuseSeconds ?? DEFAULT_REFUSE_SECONDS;
  if (Number.isNaN(seconds) || seconds < 0) return DEFAULT_REFUSE_SECONDS * 1000;
  return Math.min(seconds, MAX_REFUSE_SECONDS) * 1000;
}

/**
 * Resources come back from a framework: declined, unused or finished. They are not missed if framework or agent are
 * gone. With filters, the framework's role does not see the same again on this agent for a while.
 */
export function recoverResources(
  state: AllocatorState,
  frameworkId: string,
  agentId: string,
  role: string,
  resources: Resources,
  filters: Filters | null,
): void {
  checkResources('resources', resources);
  const framework = state.frameworks.get(frameworkId);
  const agent = state.agents.get(agentId);
  if (framework === undefined || agent === undefined || resources.isEmpty) return;
  const client = framework.clients.get(role);
  if (client === undefined || !holds(agent, client, resources)) {
    throw notHeld(frameworkId, agentId, role, resources);
  }
  const subscribed = framework.roles.has(role);
  release(state, client, agent, resources);
  if (filters === null || !subscribed) return;
  const lastsMs = refuseMs(filters);
  if (lastsMs === 0) return;
  const deadlineMs = state.clockMs + Math.max(state.settings.allocationIntervalMs, lastsMs);
  state.filters.add(client, agent, resources, deadlineMs, state.generation);
}

/** The conversions that apply to the agent's total: added copies of shared lots are in it already. */
function conversionsOfTotal(conversions: readonly Conversion[]): Conversion[] {
  return conversions.filter((conversion) => !conversion.consumed.isEmpty);
}

/**
 * Applies conversions (RESERVE, CREATE, …) to resources that a framework was offered: agent total, allocation, sorters
 * and reservations change together, what is available does not.
 */
export function updateAllocation(
  state: AllocatorState,
  frameworkId: string,
  agentId: string,
  role: string,
  offered: Resources,
  conversions: readonly Conversion[],
): void {
  const framework = frameworkOf(state, frameworkId);
  const agent = agentOf(state, agentId);
  checkResources('offered', offered);
  if (offered.isEmpty) throw refuse('offered', offered.toString(), 'it is nothing', 'give what was offered');
  const client = framework.clients.get(role);
  if (client === undefined || !holds(agent, client, offered)) {
    throw notHeld(frameworkId, agentId, role, offered);
  }
  const updated = applyConversions(offered, conversions);
  const onTotal = conversionsOfTotal(conversions);
  const total = applyConversions(agent.total, onTotal);
  checkGrowth(state, onTotal);
  ensureKindsOf(state, 'conversions', [updated]);
  // Taken out before put in: of ranges and sets, what is in both would be gone.
  removeHeld(agent, client, offered);
  if (!updated.isEmpty) addHeld(agent, client, updated);
  countHeld(state, client, agent, updated, 1, 0);
  countHeld(state, client, agent, offered, -1, 0);
  moveTotal(state, agent, total, onTotal);
  refreshShared(state, agent, conversions);
  if (!framework.roles.has(role)) untrackClient(state, client);
}

/** Makes sure that what conversions add can be counted. */
function checkGrowth(state: AllocatorState, conversions: readonly Conversion[]): void {
  let added: Quantities = NO_QUANTITIES;
  let removed: Quantities = NO_QUANTITIES;
  for (const { consumed, converted } of conversions) {
    added = addQuantities(added, converted.scalarQuantities());
    removed = addQuantities(removed, consumed.scalarQuantities());
  }
  checkTotals(state, 'conversions', removed, added);
}

/** Changes an agent's total by conversions, touching only what they name. */
function moveTotal(
  state: AllocatorState,
  agent: AgentRecord,
  total: Resources,
  conversions: readonly Conversion[],
): void {
  for (const { consumed, converted } of conversions) {
    state.roleTree.trackReservations(converted);
    state.roleTree.untrackReservations(consumed);
    moveTotals(state, consumed.scalarQuantities(), converted.scalarQuantities());
  }
  agent.total = total;
  if (concerns(conversions, (lot) => lot.descriptor.name === 'gpus')) sendAgent(state, agent);
}

/** Whether conversions take or make a lot of some kind: an agent may have hundreds that they do not touch. */
function concerns(conversions: readonly Conversion[], isOfKind: (lot: Lot) => boolean): boolean {
  return conversions.some(({ consumed, converted }) => consumed.lots.some(isOfKind) || converted.lots.some(isOfKind));
}

/** Available resources keep their unshared part; every shared lot of the total is available. */
function refreshShared(state: AllocatorState, agent: AgentRecord, conversions: readonly Conversion[]): void {
  if (agent.overcommitted) {
    recountAvailable(state, agent);
    return;
  }
  if (!concerns(conversions, (lot) => lot.descriptor.shared)) return;
  const shared = agent.total.sharedOnly();
  const before = agent.available.sharedOnly();
  if (!shared.equals(before)) setAvailable(state, agent, agent.available.nonShared().plus(shared));
}

/** An operator's operations on free resources. Throws MeteError (NOT_AVAILABLE) if they are not free. */
export function updateAvailable(state: AllocatorState, agentId: string, operations: readonly Operation[]): void {
  const agent = agentOf(state, agentId);
  if (!isList(operations)) throw refuse('operations', operations, 'it is not a list', 'give a list of operations');
  let available = agent.available;
  let total = agent.total;
  for (const operation of operations) {
    available = applyOperation(available, operation);
    total = applyOperation(total, operation);
  }
  ensureKindsOf(state, 'operations', [total]);
  replaceTotal(state, agent, total);
}
