/**
 * Inverse offers: asking frameworks to leave agents that are planned to become unavailable.
 */
import { compareUtf8 } from '../../src/base/utf8.js';
import type { OracleState } from './state.js';
import type { InverseOffer } from './types.js';

/**
 * One for each candidate agent with a planned unavailability and each active framework that holds something there,
 * unless it has one already or does not want one now. Agents in the order of addition, frameworks by id. Whether the
 * agent is whitelisted or activated does not matter.
 */
export function inverseOffers(state: OracleState): InverseOffer[] {
  const made: InverseOffer[] = [];
  for (const agent of state.agentsInOrder().filter(({ id }) => state.candidates.has(id))) {
    const maintenance = agent.maintenance;
    if (maintenance === null) continue;
    const holders = new Set(agent.holdings.map(({ frameworkId }) => frameworkId));
    for (const frameworkId of [...holders].sort(compareUtf8)) {
      const framework = state.frameworks.get(frameworkId);
      if (framework === undefined || !framework.active) continue;
      if (maintenance.outstanding.has(frameworkId)) {
        state.note('inverse offer outstanding');
        continue;
      }
      if (framework.inverseOfferFilters.some((filter) => filter.agentId === agent.id)) {
        state.note('inverse offer filtered');
        continue;
      }
      state.note('inverse offer');
      maintenance.outstanding.add(frameworkId);
      made.push({ frameworkId, agentId: agent.id, unavailability: maintenance.unavailability });
    }
  }
  return made;
}
