/**
 * Between frameworks and the master: the calls and events of Mesos' scheduler API. Here a call is flat, `type` beside
 * its fields; in v1 JSON the fields stand in an object named as the type (`{"type": "KILL", "kill": {…}}`), but
 * `framework_id`, which stands beside it.
 */
import { Type } from 'typebox';
import { filters, resourceList } from './common.js';
import { frameworkInfo, masterInfo, offerConstraints } from './framework.js';
import { allocationInfo, inverseOffer, offer, operation, operationStatus } from './offer.js';
import { agentId, bytes, executorId, frameworkId, integer, list, number, object, offerId } from './schema.js';
import { operationId, optional, resourceProviderId, taskId, text } from './schema.js';
import { killPolicy, taskStatus } from './task.js';

const rolesOf = optional(list(text('Role.'), 'Roles; none: all of the framework.'));

/** A message: its fields and its type. */
export function message<T extends string, P extends Type.TProperties>(
  type: T,
  description: string,
  fields: P,
): Type.TObject<{ type: Type.TLiteral<T> } & P> {
  return object({ type: Type.Literal(type), ...fields }, description);
}

const askedOperation = object(
  { operationId, agentId: optional(agentId), resourceProviderId: optional(resourceProviderId) },
  'An operation.',
);

export const SCHEDULER_CALLS = {
  SUBSCRIBE: message('SUBSCRIBE', 'A framework wants to be offered resources; with an id it comes back.', {
    frameworkId: optional(frameworkId),
    frameworkInfo,
    suppressedRoles: rolesOf,
    offerConstraints: optional(offerConstraints),
  }),
  TEARDOWN: message('TEARDOWN', 'The framework is done: its executors end, its id is never used again.', {}),
  ACCEPT: message('ACCEPT', 'Uses offers of one agent and role; what is left over is declined with the filters.', {
    offerIds: list(offerId, 'Offers, at least one.'),
    operations: optional(list(operation, 'Operations, each seeing what the ones before did.')),
    filters: optional(filters),
  }),
  DECLINE: message('DECLINE', 'Gives offers back; unknown ones are ignored.', {
    offerIds: list(offerId, 'Offers.'),
    filters: optional(filters),
  }),
  ACCEPT_INVERSE_OFFERS: message('ACCEPT_INVERSE_OFFERS', 'The framework will make room.', {
    inverseOfferIds: list(offerId, 'Inverse offers.'),
    filters: optional(filters),
  }),
  DECLINE_INVERSE_OFFERS: message('DECLINE_INVERSE_OFFERS', 'The framework cannot make room.', {
    inverseOfferIds: list(offerId, 'Inverse offers.'),
    filters: optional(filters),
  }),
  REVIVE: message('REVIVE', 'Drops filters and suppression.', { roles: rolesOf }),
  SUPPRESS: message('SUPPRESS', 'No offers until REVIVE.', { roles: rolesOf }),
  KILL: message('KILL', 'Kills a task.', {
    taskId,
    agentId: optional(agentId),
    killPolicy: optional(killPolicy),
  }),
  SHUTDOWN: message('SHUTDOWN', 'Ends an executor and its tasks.', { executorId, agentId }),
  ACKNOWLEDGE: message('ACKNOWLEDGE', 'A status that had a uuid has arrived.', {
    agentId,
    taskId,
    uuid: bytes('Of the status.'),
  }),
  RECONCILE: message('RECONCILE', 'Asks for the newest status of some tasks, or of all.', {
    tasks: optional(list(object({ taskId, agentId: optional(agentId) }, 'A task.'), 'Tasks; none: all known.')),
  }),
  MESSAGE: message('MESSAGE', 'Bytes for an executor; nobody repeats them if they are lost.', {
    agentId,
    executorId,
    data: bytes('Bytes.'),
  }),
  REQUEST: message('REQUEST', 'Wishes; the allocator ignores them.', {
    requests: list(object({ agentId: optional(agentId), resources: optional(resourceList) }, 'A wish.'), 'Wishes.'),
  }),
  ACKNOWLEDGE_OPERATION_STATUS: message(
    'ACKNOWLEDGE_OPERATION_STATUS',
    'A status of an operation that had a uuid has arrived.',
    {
      agentId: optional(agentId),
      resourceProviderId: optional(resourceProviderId),
      uuid: bytes('Of the status.'),
      operationId,
    },
  ),
  RECONCILE_OPERATIONS: message('RECONCILE_OPERATIONS', 'Asks for the newest status of some operations, or of all.', {
    operations: optional(list(askedOperation, 'Operations; none: all known.')),
  }),
  UPDATE_FRAMEWORK: message('UPDATE_FRAMEWORK', 'The framework changes: a complete replacement.', {
    frameworkInfo,
    suppressedRoles: rolesOf,
    offerConstraints: optional(offerConstraints),
  }),
} as const;

export const SCHEDULER_EVENTS = {
  SUBSCRIBED: message('SUBSCRIBED', 'The framework is known under this id.', {
    frameworkId,
    heartbeatIntervalSeconds: optional(number('A HEARTBEAT comes this often.')),
    masterInfo: optional(masterInfo),
  }),
  OFFERS: message('OFFERS', 'Resources to use or to decline.', { offers: list(offer, 'Offers.') }),
  INVERSE_OFFERS: message('INVERSE_OFFERS', 'Wishes to have resources back.', {
    inverseOffers: list(inverseOffer, 'Inverse offers.'),
  }),
  RESCIND: message('RESCIND', 'An offer is no longer valid.', { offerId }),
  RESCIND_INVERSE_OFFER: message('RESCIND_INVERSE_OFFER', 'An inverse offer is no longer valid.', {
    inverseOfferId: offerId,
  }),
  UPDATE: message('UPDATE', 'A status of a task.', { status: taskStatus }),
  UPDATE_OPERATION_STATUS: message('UPDATE_OPERATION_STATUS', 'A status of an operation that was given an id.', {
    status: operationStatus,
  }),
  EXECUTOR_MESSAGE: message('EXECUTOR_MESSAGE', 'Bytes from an executor (MESSAGE in v1).', {
    agentId,
    executorId,
    data: bytes('Bytes.'),
  }),
  FAILURE: message('FAILURE', 'An executor ended, or an agent was lost.', {
    agentId: optional(agentId),
    executorId: optional(executorId),
    status: optional(integer('Wait status of the executor; -1 if it is not known.')),
  }),
  ERROR: message('ERROR', 'The master has ended this subscription.', { message: text('Why.') }),
  HEARTBEAT: message('HEARTBEAT', 'The link is alive.', {}),
} as const;

export { allocationInfo };
