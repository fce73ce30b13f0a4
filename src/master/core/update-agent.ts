/**
 * UPDATE_AGENT: what an agent has changed while it was registered. Resources that come and go (oversubscribed ones)
 * take the place of those it told of before; offers of the agent are rescinded, as they may be of what is gone.
 */
import { MeteError } from '../../base/errors.js';
import type { MessageOf } from '../../protocol/messages.js';
import { resourcesFromMessages } from '../../resources/message-form.js';
import { totalWith, withdrawOffersOf } from './agents.js';
import type { MasterEffect } from './events.js';
import { warn } from './send.js';
import type { Agent, MasterState } from './state.js';

export function updateAgent(
  state: MasterState,
  agent: Agent,
  call: MessageOf<'UPDATE_AGENT'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_update_slave++;
  if (call.agentId !== agent.id) {
    warn(effects, 'ignoring update of another agent', { agent: call.agentId });
    return;
  }
  if (call.resourceVersion !== undefined) agent.resourceVersion = call.resourceVersion;
  try {
    const firm = call.totalResources === undefined ? agent.total.nonRevocable() : plainOrMixed(agent, call);
    const revocable =
      call.oversubscribedResources === undefined
        ? agent.total.revocable()
        : resourcesFromMessages(call.oversubscribedResources).revocable();
    const total = firm.plus(revocable);
    if (total.equals(agent.total)) return;
    withdrawOffersOf(state, agent, effects);
    agent.total = total;
    state.allocator.updateAgent(agent.id, { total });
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    warn(effects, 'ignoring update of agent', { agent: agent.id, reason: error.message });
  }
}

/** A total that says nothing of dynamic reservations and volumes gets those the master knows. */
function plainOrMixed(agent: Agent, call: MessageOf<'UPDATE_AGENT'>): Agent['total'] {
  const given = resourcesFromMessages(call.totalResources).nonRevocable();
  return given.contains(agent.checkpointed) ? given : totalWith(given, agent.checkpointed);
}
