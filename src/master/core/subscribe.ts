/**
 * SUBSCRIBE and UPDATE_FRAMEWORK: who is let in, as what, and on which link. A framework that comes back with its id on
 * another link takes over; whoever held the id before is told "Framework failed over".
 */
import { MeteError } from '../../base/errors.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { FrameworkId } from '../../protocol/schema.js';
import { compileOfferConstraints } from '../../allocator/offer-constraints.js';
import { identityRefusal, registrationRefusal } from './authorization.js';
import { frameworkUpdated } from './changes.js';
import type { MasterEffect } from './events.js';
import {
  activateFramework,
  addFramework,
  allocatorUpdate,
  announceFramework,
  connectFramework,
  type FrameworkOptions,
  isRemovedFramework,
  newFrameworkId,
  NO_OPTIONS,
  subscribed,
  updateFramework,
  withdrawOffers,
} from './frameworks.js';
import { info, toFramework, toLink } from './send.js';
import type { Framework, LinkRecord, MasterState } from './state.js';
import {
  frameworkRoles,
  keepImmutable,
  validateAdmission,
  validatePrincipal,
  validateRolesOfOptions,
  validateUpdateFramework,
} from './validation/index.js';

type Subscription = MessageOf<'SUBSCRIBE'> | MessageOf<'UPDATE_FRAMEWORK'>;

function admissionRefusal(state: MasterState, call: Subscription): string | null {
  const { roles, rootSubmissions } = state.settings;
  return validateAdmission(call.frameworkInfo, {
    rootSubmissions,
    ...(roles === undefined ? {} : { allowedRoles: new Set(roles) }),
    isCompleted: (id) => isRemovedFramework(state, id as FrameworkId),
  });
}

/** Whether roles and constraints that go with a FrameworkInfo are in order. */
function optionsRefusal(call: Subscription): string | null {
  const { frameworkInfo, suppressedRoles, offerConstraints } = call;
  const refusal = validateRolesOfOptions(frameworkRoles(frameworkInfo), suppressedRoles, offerConstraints);
  if (refusal !== null || offerConstraints === undefined) return refusal;
  try {
    compileOfferConstraints(allocatorUpdate(frameworkInfo, optionsOf(call)).offerConstraints, undefined);
    return null;
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    return `Offer constraints are not valid: ${error.reason}`;
  }
}

function optionsOf(call: Subscription): FrameworkOptions {
  return { suppressedRoles: call.suppressedRoles ?? [], offerConstraints: call.offerConstraints ?? null };
}

function refuse(link: LinkRecord, call: Subscription, message: string, effects: MasterEffect[]): void {
  info(effects, 'refusing subscription', { name: call.frameworkInfo.name, reason: message });
  toLink(link.id, { type: 'ERROR', message }, effects);
  // A link that holds another subscription keeps it.
  if (link.owner === null) effects.push({ type: 'CloseLink', link: link.id, reason: message });
}

export function subscribe(
  state: MasterState,
  link: LinkRecord,
  given: MessageOf<'SUBSCRIBE'>,
  effects: MasterEffect[],
): void {
  const call = withPrincipal(link, given);
  const { frameworkInfo } = call;
  const id = frameworkInfo.id ?? call.frameworkId;
  const isNew = id === undefined || id === '';
  const { plain } = state.counters;
  if (isNew) plain.messages_register_framework++;
  else plain.messages_reregister_framework++;
  if (call.frameworkId !== undefined && call.frameworkId !== (frameworkInfo.id ?? '')) {
    refuse(link, call, "'framework_id' differs from 'subscribe.framework_info.id'", effects);
    return;
  }
  const identity = identityRefusal(state, link, frameworkInfo);
  const invalid = admissionRefusal(state, call) ?? identity ?? optionsRefusal(call);
  const refusal = invalid ?? registrationRefusal(state, frameworkInfo);
  if (refusal !== null) {
    refuse(link, call, refusal, effects);
    return;
  }
  if (isNew) subscribeNew(state, link, call, effects);
  else subscribeAgain(state, link, call, id, effects);
}

/** Who has proved who he is need not say it again. */
function withPrincipal({ principal }: LinkRecord, call: MessageOf<'SUBSCRIBE'>): MessageOf<'SUBSCRIBE'> {
  const { frameworkInfo } = call;
  if (principal === null || frameworkInfo.principal !== undefined) return call;
  return { ...call, frameworkInfo: { ...frameworkInfo, principal } };
}

function subscribeNew(
  state: MasterState,
  link: LinkRecord,
  call: MessageOf<'SUBSCRIBE'>,
  effects: MasterEffect[],
): void {
  if (link.owner?.type === 'framework') {
    // It has subscribed already: the answer may have been lost.
    const { framework } = link.owner;
    toFramework(framework, subscribed(state, framework), effects);
    return;
  }
  const id = newFrameworkId(state);
  const framework = addFramework(state, { ...call.frameworkInfo, id }, optionsOf(call), link.id);
  framework.counters.calls.SUBSCRIBE++;
  link.owner = { type: 'framework', framework };
  connectFramework(state, framework, link.id, effects);
  info(effects, 'framework subscribed', { framework: id, name: call.frameworkInfo.name });
}

function subscribeAgain(
  state: MasterState,
  link: LinkRecord,
  call: MessageOf<'SUBSCRIBE'>,
  id: FrameworkId,
  effects: MasterEffect[],
): void {
  if (link.owner?.type === 'framework' && link.owner.framework.id !== id) {
    refuse(link, call, `Framework ${link.owner.framework.id} is subscribed on this link`, effects);
    return;
  }
  const known = state.frameworks.get(id) ?? addFramework(state, { ...call.frameworkInfo, id }, NO_OPTIONS, null);
  if (known.link !== null && link.id < known.link) {
    // It was sent before the present link was opened and came late; whoever means it connects again.
    effects.push({ type: 'CloseLink', link: link.id, reason: 'the framework has subscribed on a newer link' });
    return;
  }
  const frameworkInfo = keepImmutable(known.info, call.frameworkInfo);
  const refusal = validatePrincipal(known.info, frameworkInfo);
  if (refusal !== null) {
    refuse(link, call, refusal, effects);
    return;
  }
  known.counters.calls.SUBSCRIBE++;
  updateFramework(state, known, frameworkInfo, optionsOf(call), effects);
  if (known.recovered) known.registeredMs = state.nowMs;
  known.reregisteredMs = state.nowMs;
  known.recovered = false;
  takeOver(state, known, link, effects);
  frameworkUpdated(state, known);
  announceFramework(state, known, effects);
}

/** Moves a framework to a link. Offers made to the old link are gone; on the same link they are rescinded. */
function takeOver(state: MasterState, framework: Framework, link: LinkRecord, effects: MasterEffect[]): void {
  const oldLink = framework.link;
  const moved = oldLink !== link.id;
  if (oldLink !== null && moved) {
    toFramework(framework, { type: 'ERROR', message: 'Framework failed over' }, effects);
    const record = state.links.get(oldLink);
    if (record !== undefined) record.owner = null;
    effects.push({ type: 'CloseLink', link: oldLink, reason: 'Framework failed over' });
  }
  withdrawOffers(state, framework, !moved, effects);
  link.owner = { type: 'framework', framework };
  activateFramework(state, framework);
  connectFramework(state, framework, link.id, effects);
  info(effects, 'framework subscribed again', { framework: framework.id });
}

/** UPDATE_FRAMEWORK on a link of our own: refused with an ERROR that does not end the subscription. */
export function updateInPlace(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'UPDATE_FRAMEWORK'>,
  effects: MasterEffect[],
): void {
  const refusal = replaceInfo(state, framework, call, effects);
  if (refusal !== null) toFramework(framework, { type: 'ERROR', message: refusal.body }, effects);
}

/** A complete replacement of what a framework says of itself; gives Mesos' status and text if it is refused. */
export function replaceInfo(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'UPDATE_FRAMEWORK'>,
  effects: MasterEffect[],
): { readonly status: number; readonly body: string } | null {
  const refusal = updateRefusal(state, framework, call);
  if (refusal !== null) return { status: 400, body: refusal };
  const forbidden = registrationRefusal(state, call.frameworkInfo);
  if (forbidden !== null) return { status: 403, body: forbidden };
  const before = framework.info;
  updateFramework(state, framework, call.frameworkInfo, optionsOf(call), effects);
  frameworkUpdated(state, framework);
  if (JSON.stringify(before) !== JSON.stringify(framework.info)) announceFramework(state, framework, effects);
  return null;
}

function updateRefusal(state: MasterState, framework: Framework, call: MessageOf<'UPDATE_FRAMEWORK'>): string | null {
  if (call.frameworkInfo.id !== framework.id) return "'framework_id' differs from 'update_framework.framework_info.id'";
  const invalid = admissionRefusal(state, call);
  if (invalid !== null) return `Supplied FrameworkInfo is not valid: ${invalid}`;
  const changed = validateUpdateFramework(framework.info, call.frameworkInfo);
  if (changed !== null) return `FrameworkInfo update is not valid: ${changed}`;
  const options = optionsRefusal(call);
  return options === null ? null : `'UpdateFramework' call is not valid: ${options}`;
}
