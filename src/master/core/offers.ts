/**
 * Offers and inverse offers: made from what the allocator gives out, withdrawn, declined, timed out. An offer's
 * resources are held by its framework in the allocator until the offer is removed or used.
 *
 * All offers live equally long, so those of `state.offers`, in the order they were made, fall due in this order: one
 * timer serves them all.
 */
import type { Allocation, Filters, Offer as Grant } from '../../allocator/model.js';
import type { UnavailabilityMessage } from '../../protocol/common.js';
import type { InverseOfferMessage, OfferMessage } from '../../protocol/offer.js';
import type { AgentId, FrameworkId, OfferId } from '../../protocol/schema.js';
import type { MessageOf } from '../../protocol/messages.js';
import { resourcesToMessages } from '../../resources/message-form.js';
import type { MasterEffect } from './events.js';
import { toFramework, warn } from './send.js';
import type { Agent, Framework, InverseOffer, MasterState, Offer, OfferBase } from './state.js';
import { validateInverseOffers } from './validation/index.js';

function newOfferId(state: MasterState): OfferId {
  return `${state.settings.masterInfo.id}-O${state.nextOffer++}` as OfferId;
}

/** The run of the allocator that is due, and what it gives out as OFFERS and INVERSE_OFFERS. */
export function allocate(state: MasterState, effects: MasterEffect[]): void {
  const { allocator, nowMs } = state;
  state.allocateAtMs = Infinity;
  const hasReturns = state.reofferAtMs <= nowMs;
  if (hasReturns) state.reofferAtMs = Infinity;
  state.allocatedMs = nowMs;
  sendAllocation(state, hasReturns ? allocator.allocate(nowMs) : allocator.run(nowMs), effects);
}

function sendAllocation(state: MasterState, allocation: Allocation, effects: MasterEffect[]): void {
  const byFramework = new Map<Framework, OfferMessage[]>();
  for (const grant of allocation.offers) {
    const framework = state.frameworks.get(grant.frameworkId as FrameworkId);
    const agent = state.agents.get(grant.agentId as AgentId);
    if (framework === undefined || agent === undefined || !framework.active || !agent.active || isFull(state, agent)) {
      state.allocator.recoverResources(grant.frameworkId, grant.agentId, grant.role, grant.resources);
      continue;
    }
    let messages = byFramework.get(framework);
    if (messages === undefined) byFramework.set(framework, (messages = []));
    messages.push(makeOffer(state, framework, agent, grant));
  }
  for (const [framework, offers] of byFramework) {
    framework.counters.offersSent += offers.length;
    toFramework(framework, { type: 'OFFERS', offers }, effects);
  }
  if (allocation.inverseOffers.length > 0) sendInverseOffers(state, allocation, effects);
  armOfferTimer(state, effects);
}

/** Whether an agent runs as many executors as it may. */
function isFull({ settings }: MasterState, { executors }: Agent): boolean {
  const { maxExecutorsPerAgent } = settings;
  if (maxExecutorsPerAgent === undefined) return false;
  let running = 0;
  for (const ofFramework of executors.values()) running += ofFramework.size;
  return running >= maxExecutorsPerAgent;
}

function makeOffer(state: MasterState, framework: Framework, agent: Agent, grant: Grant): OfferMessage {
  const { role, resources } = grant;
  const offer: Offer = {
    id: newOfferId(state),
    frameworkId: framework.id,
    agentId: agent.id,
    framework,
    agent,
    role,
    resources,
    madeMs: state.nowMs,
  };
  state.offers.set(offer.id, offer);
  framework.offers.add(offer);
  agent.offers.add(offer);
  return offerMessage(offer);
}

/** An offer as its framework sees it: only those of several roles are told the role. */
export function offerMessage(offer: Offer): OfferMessage {
  const { framework, agent, role, resources } = offer;
  const multiRole = framework.capabilities.has('MULTI_ROLE');
  const executors = agent.executors.get(framework.id);
  return {
    id: offer.id,
    frameworkId: framework.id,
    ...(agent.offerBase ??= offerBaseOf(agent)),
    resources: resourcesToMessages(resources, multiRole ? role : undefined),
    ...(executors === undefined ? {} : { executorIds: [...executors.keys()] }),
    ...(agent.unavailability === null ? {} : { unavailability: agent.unavailability }),
    ...(multiRole ? { allocationInfo: { role } } : {}),
  };
}

function offerBaseOf(agent: Agent): OfferBase {
  const { hostname, domain, attributes } = agent.info;
  return {
    agentId: agent.id,
    hostname,
    url: urlOf(agent),
    ...(domain === undefined ? {} : { domain }),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

export function urlOf(agent: Agent): NonNullable<OfferMessage['url']> {
  const address = { hostname: agent.info.hostname, ip: agent.ip, port: agent.info.port ?? 0 };
  return { scheme: 'http', address, path: '/slave(1)' };
}

/** Forgets an offer; its resources stay with its framework in the allocator. */
export function removeOffer(state: MasterState, offer: Offer): void {
  state.offers.delete(offer.id);
  offer.framework.offers.delete(offer);
  offer.agent.offers.delete(offer);
}

/** Takes an offer's resources back without telling the framework. */
export function discardOffer(state: MasterState, offer: Offer, filters: Filters | null = null): void {
  state.allocator.recoverResources(offer.frameworkId, offer.agentId, offer.role, offer.resources, filters);
  removeOffer(state, offer);
}

/** Takes an offer's resources back with RESCIND. */
export function rescindOffer(state: MasterState, offer: Offer, effects: MasterEffect[]): void {
  offer.framework.counters.offersRescinded++;
  toFramework(offer.framework, { type: 'RESCIND', offerId: offer.id }, effects);
  discardOffer(state, offer);
}

/** DECLINE: known offers come back with the filters (absent: 5 s), unknown ones are ignored. */
export function decline(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'DECLINE'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_decline_offers++;
  const filters = call.filters ?? {};
  for (const id of call.offerIds) {
    const offer = state.offers.get(id);
    if (offer === undefined || offer.framework !== framework) {
      warn(effects, 'ignoring decline of offer that is no longer valid', { offer: id, framework: framework.id });
      continue;
    }
    discardOffer(state, offer, filters);
    framework.counters.offersDeclined++;
  }
}

/** Sets the timer of the oldest offer. If it goes early the timer finds the next one and is set anew. */
function armOfferTimer(state: MasterState, effects: MasterEffect[]): void {
  const { offerTimeoutMs } = state.settings;
  if (offerTimeoutMs === undefined || state.offersAtMs !== Infinity) return;
  const firstMs = Math.min(oldestOf(state.offers), oldestOf(state.inverseOffers));
  if (firstMs === Infinity) return;
  state.offersAtMs = firstMs + offerTimeoutMs;
  effects.push({ type: 'SetTimer', timer: 'offers', atMs: state.offersAtMs });
}

function oldestOf(offers: ReadonlyMap<OfferId, { readonly madeMs: number }>): number {
  for (const offer of offers.values()) return offer.madeMs;
  return Infinity;
}

/** Rescinds all offers that have been outstanding for the offer time-out. */
export function timeOutOffers(state: MasterState, effects: MasterEffect[]): void {
  const { offerTimeoutMs } = state.settings;
  state.offersAtMs = Infinity;
  if (offerTimeoutMs === undefined) return;
  const latestMs = state.nowMs - offerTimeoutMs;
  for (const offer of state.offers.values()) {
    if (offer.madeMs > latestMs) break;
    rescindOffer(state, offer, effects);
  }
  for (const inverseOffer of state.inverseOffers.values()) {
    if (inverseOffer.madeMs > latestMs) break;
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, true, effects);
  }
  armOfferTimer(state, effects);
}

function sendInverseOffers(state: MasterState, allocation: Allocation, effects: MasterEffect[]): void {
  const byFramework = new Map<Framework, InverseOfferMessage[]>();
  for (const { frameworkId, agentId } of allocation.inverseOffers) {
    const framework = state.frameworks.get(frameworkId as FrameworkId);
    const agent = state.agents.get(agentId as AgentId);
    if (framework?.active !== true || agent?.active !== true || agent.unavailability === null) continue;
    let messages = byFramework.get(framework);
    if (messages === undefined) byFramework.set(framework, (messages = []));
    messages.push(makeInverseOffer(state, framework, agent, agent.unavailability));
  }
  for (const [framework, inverseOffers] of byFramework) {
    toFramework(framework, { type: 'INVERSE_OFFERS', inverseOffers }, effects);
  }
}

function makeInverseOffer(
  state: MasterState,
  framework: Framework,
  agent: Agent,
  unavailability: UnavailabilityMessage,
): InverseOfferMessage {
  const id = newOfferId(state);
  const ids = { id, frameworkId: framework.id, agentId: agent.id };
  const inverseOffer: InverseOffer = { ...ids, framework, agent, unavailability, madeMs: state.nowMs };
  state.inverseOffers.set(id, inverseOffer);
  framework.inverseOffers.add(inverseOffer);
  agent.inverseOffers.add(inverseOffer);
  return { ...ids, url: urlOf(agent), unavailability };
}

/** Tells the allocator that an inverse offer is no longer outstanding, without an answer. */
export function withdrawInverseOffer(state: MasterState, { agent, framework }: InverseOffer): void {
  if (agent.unavailability !== null) state.allocator.updateInverseOffer(agent.id, framework.id, null);
}

export function removeInverseOffer(
  state: MasterState,
  inverseOffer: InverseOffer,
  rescind: boolean,
  effects: MasterEffect[],
): void {
  const { id, framework, agent } = inverseOffer;
  state.inverseOffers.delete(id);
  framework.inverseOffers.delete(inverseOffer);
  agent.inverseOffers.delete(inverseOffer);
  if (rescind) toFramework(framework, { type: 'RESCIND_INVERSE_OFFER', inverseOfferId: id }, effects);
}

/** ACCEPT_INVERSE_OFFERS and DECLINE_INVERSE_OFFERS: the allocator keeps the answer, unknown ids are ignored. */
export function answerInverseOffers(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'ACCEPT_INVERSE_OFFERS'> | MessageOf<'DECLINE_INVERSE_OFFERS'>,
  effects: MasterEffect[],
): void {
  const refusal = validateInverseOffers(call.inverseOfferIds, framework.id, (id) => state.inverseOffers.get(id));
  if (refusal !== null) warn(effects, `${call.type} used invalid inverse offers`, { reason: refusal });
  const answer = call.type === 'ACCEPT_INVERSE_OFFERS' ? 'ACCEPT' : 'DECLINE';
  for (const id of call.inverseOfferIds) {
    const inverseOffer = state.inverseOffers.get(id);
    if (inverseOffer === undefined || inverseOffer.framework !== framework) continue;
    const { agent } = inverseOffer;
    state.allocator.updateInverseOffer(agent.id, framework.id, answer, call.filters ?? {});
    removeInverseOffer(state, inverseOffer, false, effects);
  }
}
