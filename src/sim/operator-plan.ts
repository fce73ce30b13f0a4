/** What operators do in random plays, and how one sees on the registry's disk that it was done. */
import type { OperatorCall } from '../master/core/events.js';
import type { Registry } from '../protocol/registry.js';
import type { AgentId } from '../protocol/schema.js';

/** A call as a function of a number; null if it needs an agent and there is none. */
export function operatorCall(target: number, agentId: AgentId | undefined): OperatorCall | null {
  const role = target % 2 === 0 ? 'ads' : 'eng';
  switch (target % 7) {
    case 0:
      return { type: 'UPDATE_WEIGHTS', weights: [{ role, weight: 1 + (target % 5) }] };
    case 1:
      return { type: 'UPDATE_QUOTA', configs: [{ role, guarantees: { cpus: 1 } }], force: true };
    case 2:
      return { type: 'UPDATE_QUOTA', configs: [{ role }] };
    default:
      return agentId === undefined ? null : agentCall(target % 7, agentId);
  }
}

function agentCall(kind: number, agentId: AgentId): OperatorCall {
  switch (kind) {
    case 3:
      return { type: 'DEACTIVATE_AGENT', agentId };
    case 4:
      return { type: 'REACTIVATE_AGENT', agentId };
    case 5:
      return { type: 'DRAIN_AGENT', agentId, maxGracePeriodMs: 1000 };
    default:
      return { type: 'MARK_AGENT_GONE', agentId };
  }
}

/** What the registry lacks of a call that was answered; null: nothing. */
export function notOnDisk(call: OperatorCall, registry: Registry): string | null {
  switch (call.type) {
    case 'UPDATE_WEIGHTS': {
      const [{ role, weight }] = call.weights as [(typeof call.weights)[0]];
      return registry.weights.get(role) === weight ? null : `the weight of ${role} is not on disk`;
    }
    case 'UPDATE_QUOTA': {
      const [{ role, guarantees }] = call.configs as [(typeof call.configs)[0]];
      return registry.quotas.has(role) === (guarantees !== undefined) ? null : `the quota of ${role} is not on disk`;
    }
    case 'DEACTIVATE_AGENT':
    case 'DRAIN_AGENT':
      return registry.deactivated.has(call.agentId) ? null : `${call.agentId} is not deactivated on disk`;
    case 'MARK_AGENT_GONE':
      return registry.gone.has(call.agentId) ? null : `${call.agentId} is not gone on disk`;
    default:
      return null;
  }
}
