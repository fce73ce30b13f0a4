/** Calls of operators about agents: see agent-operators.ts for what they do. */
import { machineOf } from '../../protocol/maintenance.js';
import type { DrainConfig } from '../../protocol/operator-shapes.js';
import type { AgentId } from '../../protocol/schema.js';
import { deactivate, isKnownAgent, markGone, reactivate, resumeDraining } from './agent-operators.js';
import { type Answer, type CallOf, DONE, type OperatorHandler } from './operator-handler.js';
import { printMachine } from './operator-maintenance.js';
import type { MasterState } from './state.js';

const UNKNOWN: Answer = { status: 400, body: 'Unknown agent' };

type Calls = 'DRAIN_AGENT' | 'DEACTIVATE_AGENT' | 'REACTIVATE_AGENT' | 'MARK_AGENT_GONE';

export const OPERATOR_AGENT_CALLS: { readonly [T in Calls]: OperatorHandler<CallOf<T>> } = {
  DRAIN_AGENT: {
    check: checkDrain,
    store: (_state, call) => ({ type: 'DRAIN_AGENT', agentId: call.agentId, config: configOf(call) }),
    act(state, call, effects) {
      const { agentId } = call;
      const info = { state: 'DRAINING', config: configOf(call) } as const;
      state.draining.set(agentId, { info, startedMs: null, storing: false });
      deactivate(state, agentId, effects);
      const agent = state.agents.get(agentId);
      if (agent !== undefined) resumeDraining(state, agent, effects);
      return DONE;
    },
  },
  DEACTIVATE_AGENT: {
    check: (state, { agentId }) => (isKnownAgent(state, agentId) ? null : UNKNOWN),
    store: (_state, { agentId }) => ({ type: 'DEACTIVATE_AGENT', agentId }),
    act(state, { agentId }, effects) {
      deactivate(state, agentId, effects);
      return DONE;
    },
  },
  REACTIVATE_AGENT: {
    check(state, { agentId }) {
      if (!state.deactivatedAgents.has(agentId)) return { status: 400, body: 'Agent is not deactivated' };
      if (state.draining.get(agentId)?.info.state !== 'DRAINING') return null;
      return { status: 400, body: 'Agent is still in the DRAINING state' };
    },
    store: (_state, { agentId }) => ({ type: 'REACTIVATE_AGENT', agentId }),
    act(state, { agentId }) {
      if (reactivate(state, agentId)) return DONE;
      return { status: 409, body: 'Agent removed while processing the call' };
    },
  },
  MARK_AGENT_GONE: {
    check: (state, { agentId }) => (state.goneAgents.has(agentId) ? null : goneRefusal(state, agentId)),
    act(state, { agentId }, effects, request) {
      if (state.goneAgents.has(agentId)) return DONE;
      markGone(state, agentId, request, effects);
      return null;
    },
  },
};

function configOf({ maxGracePeriodMs, markGone: isGone = false }: CallOf<'DRAIN_AGENT'>): DrainConfig {
  return { ...(maxGracePeriodMs === undefined ? {} : { maxGracePeriodMs }), markGone: isGone };
}

function checkDrain(state: MasterState, { agentId }: CallOf<'DRAIN_AGENT'>): Answer | null {
  const agent = state.agents.get(agentId);
  const machine = agent === undefined ? null : machineOf(state.maintenance, agent.info.hostname, agent.ip);
  if (machine !== null) {
    const where = `is part of a maintenance schedule under Machine ${printMachine(machine.id)}`;
    return { status: 400, body: `Agent ${agentId} ${where}` };
  }
  if (!isKnownAgent(state, agentId)) return UNKNOWN;
  if (state.markingGone.has(agentId)) return { status: 409, body: 'Agent is currently being marked gone' };
  return null;
}

function goneRefusal(state: MasterState, id: AgentId): Answer | null {
  const busy = (what: string): Answer => ({ status: 503, body: `Agent '${id}' is ${what}` });
  if (state.markingGone.has(id)) return busy('already being transitioned to gone');
  if (state.removing.has(id)) return busy('being transitioned to removed');
  if (state.markingUnreachable.has(id)) return busy('being transitioned to unreachable');
  return isKnownAgent(state, id) ? null : { status: 404, body: `Agent '${id}' not found` };
}
