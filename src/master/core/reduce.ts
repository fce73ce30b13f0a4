/**
 * The master as a function of events: which handler an event goes to, and nothing else. Calls of frameworks and agents
 * count only on the link that belongs to them; a link belongs to whoever subscribed or registered on it.
 */
import type { LinkId } from '../../base/core.js';
import type { AgentCall, MessageOf, SchedulerCall } from '../../protocol/messages.js';
import type { AgentId, FrameworkId } from '../../protocol/schema.js';
import { accept } from './accept.js';
import { removalStored, unreachableStored } from './agent-loss.js';
import { drainedStored, finishDraining, goneStored } from './agent-operators.js';
import { disconnectAgent } from './agents.js';
import { publish } from './changes.js';
import { request, revive, suppress } from './demand.js';
import type { MasterEffect, MasterEvent } from './events.js';
import { exitedExecutor, messageToExecutor, messageToFramework, shutdownExecutor } from './executors.js';
import { beat, disconnectFramework, failoverTimedOut, removeFramework } from './frameworks.js';
import { kill } from './kill.js';
import { allocate, answerInverseOffers, decline, timeOutOffers } from './offers.js';
import { operatorCalled, operatorStored } from './operator.js';
import { acknowledgeOperation, reconcileOperations, operationStatusUpdate } from './operation-feedback.js';
import { pong } from './pings.js';
import { reconcile } from './reconcile.js';
import { comesTooEarly, recoveryTimedOut, registryRecovered } from './recovery.js';
import { admissionStored, registerAgent, unregisterAgent } from './registration.js';
import { collectRegistry, pruned } from './registry-gc.js';
import { pingTimedOut, removalsDue, reregistrationTimedOut, spare } from './removals.js';
import { readmissionStored, reregisterAgent } from './reregistration.js';
import { armAllocation, toLink } from './send.js';
import type { Agent, Framework, LinkRecord, MasterState } from './state.js';
import { acknowledge, statusUpdate } from './status-updates.js';
import { subscribe, updateInPlace } from './subscribe.js';
import { updateAgent } from './update-agent.js';

type Handler<Owner, Call> = (state: MasterState, owner: Owner, call: Call, effects: MasterEffect[]) => void;

/** Calls on a link that belongs to a framework. */
const FRAMEWORK_CALLS: {
  readonly [K in Exclude<SchedulerCall['type'], 'SUBSCRIBE'>]: Handler<Framework, MessageOf<K>>;
} = {
  TEARDOWN: (state, framework, _call, effects) => {
    state.counters.plain.messages_unregister_framework++;
    removeFramework(state, framework, effects);
  },
  ACCEPT: accept,
  DECLINE: decline,
  ACCEPT_INVERSE_OFFERS: answerInverseOffers,
  DECLINE_INVERSE_OFFERS: answerInverseOffers,
  REVIVE: revive,
  SUPPRESS: suppress,
  KILL: kill,
  SHUTDOWN: shutdownExecutor,
  ACKNOWLEDGE: acknowledge,
  RECONCILE: reconcile,
  MESSAGE: messageToExecutor,
  REQUEST: request,
  ACKNOWLEDGE_OPERATION_STATUS: acknowledgeOperation,
  RECONCILE_OPERATIONS: reconcileOperations,
  UPDATE_FRAMEWORK: updateInPlace,
};

/** Calls on a link that belongs to an agent. */
const AGENT_CALLS: {
  readonly [K in Exclude<AgentCall['type'], 'REGISTER_AGENT' | 'REREGISTER_AGENT'>]: Handler<Agent, MessageOf<K>>;
} = {
  UNREGISTER_AGENT: unregisterAgent,
  UPDATE_AGENT: updateAgent,
  STATUS_UPDATE: statusUpdate,
  EXITED_EXECUTOR: exitedExecutor,
  OPERATION_STATUS_UPDATE: operationStatusUpdate,
  EXECUTOR_TO_FRAMEWORK: messageToFramework,
  PONG: (state, agent) => {
    pong(agent);
    spare(state, agent.id);
  },
};

/** Timers that are named for one framework or agent: `ping/<agent id>`. */
const TIMERS: Readonly<Record<string, (state: MasterState, id: string, effects: MasterEffect[]) => void>> = {
  heartbeat: (state, id, effects) => {
    const framework = state.frameworks.get(id as FrameworkId);
    if (framework !== undefined) beat(state, framework, effects);
  },
  failover: (state, id, effects) => failoverTimedOut(state, id as FrameworkId, effects),
  ping: (state, id, effects) => pingTimedOut(state, id as AgentId, effects),
  reregister: (state, id, effects) => reregistrationTimedOut(state, id as AgentId, effects),
};

/** Handles one event: changes the state, pushes what is to be done. Times of events must not go back. */
export function reduceMaster(state: MasterState, event: MasterEvent, effects: MasterEffect[]): void {
  if (state.hasExited) return;
  if (event.at > state.nowMs) state.nowMs = event.at;
  if (!state.isRecovered && comesTooEarly(state, event, effects)) return;
  switch (event.type) {
    case 'MessageReceived':
      messageReceived(state, event.link, event.message, effects);
      break;
    case 'TimerFired':
      timerFired(state, event.timer, effects);
      break;
    case 'LinkOpened':
      state.links.set(event.link, newLink(event.link, event.remote));
      break;
    case 'LinkAuthenticated':
      linkAuthenticated(state, event.link, event.principal);
      break;
    case 'LinkClosed':
      linkClosed(state, event.link, effects);
      break;
    case 'RegistryRecovered':
      registryRecovered(state, event.registry, effects);
      break;
    case 'RegistryStored':
      registryStored(state, event.store, event.ok, effects);
      break;
    case 'OperatorCalled':
      operatorCalled(state, event.request, event.call, effects);
      break;
  }
  if (state.draining.size > 0) finishDraining(state, effects);
  if (state.changes !== null) publish(state, effects);
  armAllocation(state, effects);
}

function newLink(id: LinkId, remote: string): LinkRecord {
  return { id, remote, owner: null, principal: null, isAuthenticated: false };
}

function linkAuthenticated(state: MasterState, id: LinkId, principal: string | null): void {
  const link = state.links.get(id);
  if (link === undefined) return;
  link.principal = principal;
  link.isAuthenticated = true;
}

function messageReceived(
  state: MasterState,
  linkId: LinkId,
  message: SchedulerCall | AgentCall,
  effects: MasterEffect[],
): void {
  const link = state.links.get(linkId);
  if (link === undefined) {
    state.counters.plain.dropped_messages++;
    return;
  }
  const { owner } = link;
  const { type } = message;
  if (type === 'SUBSCRIBE' && owner?.type !== 'agent') subscribe(state, link, message, effects);
  else if (type === 'REGISTER_AGENT' && owner?.type !== 'framework') registerAgent(state, link, message, effects);
  else if (type === 'REREGISTER_AGENT' && owner?.type !== 'framework') reregisterAgent(state, link, message, effects);
  else if (owner?.type === 'framework' && type in FRAMEWORK_CALLS) {
    owner.framework.counters.calls[type as keyof typeof FRAMEWORK_CALLS]++;
    const handler = FRAMEWORK_CALLS[type as keyof typeof FRAMEWORK_CALLS] as Handler<Framework, typeof message>;
    handler(state, owner.framework, message, effects);
  } else if (owner?.type === 'agent' && type in AGENT_CALLS) {
    const handler = AGENT_CALLS[type as keyof typeof AGENT_CALLS] as Handler<Agent, typeof message>;
    handler(state, owner.agent, message, effects);
  } else strangerSpoke(state, link, type, effects);
}

/** A call on a link that is nobody's: an agent is told that it is not connected, a framework likewise. */
function strangerSpoke(
  state: MasterState,
  link: LinkRecord,
  type: (SchedulerCall | AgentCall)['type'],
  effects: MasterEffect[],
): void {
  state.counters.plain.dropped_messages++;
  if (link.owner !== null) return;
  if (type in AGENT_CALLS) toLink(link.id, { type: 'PING', connected: false }, effects);
  else toLink(link.id, { type: 'ERROR', message: 'Framework disconnected' }, effects);
}

function linkClosed(state: MasterState, linkId: LinkId, effects: MasterEffect[]): void {
  const link = state.links.get(linkId);
  if (link === undefined) return;
  state.links.delete(linkId);
  if (link.owner?.type === 'framework') disconnectFramework(state, link.owner.framework, effects);
  else if (link.owner?.type === 'agent') disconnectAgent(state, link.owner.agent, effects);
}

function timerFired(state: MasterState, timer: string, effects: MasterEffect[]): void {
  if (timer === 'allocate') allocate(state, effects);
  else if (timer === 'offers') timeOutOffers(state, effects);
  else if (timer === 'recovered') recoveryTimedOut(state, effects);
  else if (timer === 'removals') removalsDue(state, effects);
  else if (timer === 'registry-gc') collectRegistry(state, effects);
  else {
    const slash = timer.indexOf('/');
    TIMERS[timer.slice(0, slash)]?.(state, timer.slice(slash + 1), effects);
  }
}

function registryStored(state: MasterState, store: number, ok: boolean, effects: MasterEffect[]): void {
  const then = state.stores.get(store);
  if (then === undefined) return;
  state.stores.delete(store);
  switch (then.type) {
    case 'admit':
      admissionStored(state, then.agentInfo, then.link, then.call, ok, effects);
      break;
    case 'readmit':
      readmissionStored(state, then.link, then.call, effects);
      break;
    case 'unreachable':
      unreachableStored(state, then.agentId, then.unreachableMs, then.message, effects);
      break;
    case 'remove':
      removalStored(state, then.agentId, then.cause, then.reason, effects);
      break;
    case 'drained':
      drainedStored(state, then.agentId, effects);
      break;
    case 'gone':
      goneStored(state, then.agentId, then.goneMs, then.request, effects);
      break;
    case 'pruned':
      pruned(state, then.unreachable, then.gone, effects);
      break;
    case 'weights':
      break;
    case 'operator':
      operatorStored(state, then.request, then.call, ok, effects);
      break;
  }
}
