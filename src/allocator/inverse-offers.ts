/**
 * Inverse offers: on agents with a maintenance window, frameworks that hold something there are asked to give it back.
 * At most one is outstanding for each framework and agent; a declined one is not repeated while its filter lasts.
 */
import { compareUtf8 } from '../base/utf8.js';
import type { AgentRecord } from './agent-record.js';
import { agentOf, frameworkOf, refuse } from './checks.js';
import type { Filters, FrameworkRecord, InverseOffer, InverseOfferResponse } from './model.js';
import { refuseMs } from './operations.js';
import type { AllocatorState } from './state.js';

/** Whether a filter of the framework still holds for a run of `generation` that is due at `dueMs`. */
function isFiltered(framework: FrameworkRecord, agent: AgentRecord, dueMs: number, generation: number): boolean {
  const filters = framework.inverseFilters.get(agent.id);
  if (filters === undefined) return false;
  const live = filters.filter(
    (filter) => filter.deadlineMs > dueMs || (filter.deadlineMs === dueMs && filter.generation >= generation),
  );
  if (live.length === 0) framework.inverseFilters.delete(agent.id);
  else framework.inverseFilters.set(agent.id, live);
  return live.length > 0;
}

/** The inverse offers of a run over `candidates` (null: all agents), by order of agents, then framework id. */
export function makeInverseOffers(
  state: AllocatorState,
  candidates: ReadonlySet<AgentRecord> | null,
  dueMs: number,
  generation: number,
): InverseOffer[] {
  const made: InverseOffer[] = [];
  const agents = [...state.inMaintenance].sort((a, b) => a.ordinal - b.ordinal);
  for (const agent of agents) {
    if (candidates !== null && !candidates.has(agent)) continue;
    const { unavailability, outstanding } = agent.maintenance!;
    const holders = [...new Set(agent.holders.map((client) => client.framework))];
    for (const framework of holders.sort((a, b) => compareUtf8(a.id, b.id))) {
      if (!framework.active || outstanding.has(framework.id)) continue;
      if (isFiltered(framework, agent, dueMs, generation)) continue;
      outstanding.add(framework.id);
      made.push({ frameworkId: framework.id, agentId: agent.id, unavailability });
    }
  }
  return made;
}

/** The answer to an inverse offer, or null when it was taken back or timed out. */
export function updateInverseOffer(
  state: AllocatorState,
  agentId: string,
  frameworkId: string,
  response: InverseOfferResponse | null,
  filters: Filters | null,
): void {
  const framework = frameworkOf(state, frameworkId);
  const agent = agentOf(state, agentId);
  if (agent.maintenance === null) {
    throw refuse('agentId', agentId, 'no maintenance is scheduled for it', 'schedule a window first');
  }
  if (response !== null && response !== 'ACCEPT' && response !== 'DECLINE') {
    throw refuse('status', response, 'it is no answer to an inverse offer', "give 'ACCEPT', 'DECLINE' or null");
  }
  const { outstanding, statuses } = agent.maintenance;
  if (outstanding.delete(frameworkId) && response !== null) statuses.set(frameworkId, response);
  if (filters === null) return;
  const lastsMs = refuseMs(filters);
  if (lastsMs === 0) return;
  const known = framework.inverseFilters.get(agentId) ?? [];
  const live = known.filter((filter) => filter.deadlineMs > state.clockMs);
  live.push({ deadlineMs: state.clockMs + lastsMs, generation: state.generation });
  framework.inverseFilters.set(agentId, live);
}

/** The last answers by agent and framework, for agents with a window. */
export function inverseOfferStatuses(state: AllocatorState): Record<string, Record<string, InverseOfferResponse>> {
  const planned = [...state.inMaintenance];
  return Object.fromEntries(planned.map((agent) => [agent.id, Object.fromEntries(agent.maintenance!.statuses)]));
}
