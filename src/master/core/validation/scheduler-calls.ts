/**
 * Calls of frameworks before anything else is looked at: what must be present. The table is for calls in v1 JSON, where
 * each call has an object named as its type; a refusal is answered with status 400. Our own messages are flat and
 * checked by their schemas, so of them `validateSchedulerMessage` asks only what no schema can say.
 */
import type { SchedulerCall } from '../../../protocol/messages.js';
import type { FrameworkInfo } from '../../../protocol/framework.js';
import { validateUuid } from './ids.js';
import type { Refusal } from './refusal.js';

/** A call in v1 JSON. */
export type CallJson = Readonly<Record<string, unknown>>;

interface Presence {
  /** The object that must be there; null: none. */
  readonly field: string | null;
  /** What else must hold, with that object. */
  readonly more?: (fields: CallJson, call: CallJson) => Refusal;
}

export const SCHEDULER_CALL_PRESENCE: Readonly<Record<string, Presence>> = {
  TEARDOWN: { field: null },
  ACCEPT: { field: 'accept' },
  DECLINE: { field: 'decline' },
  ACCEPT_INVERSE_OFFERS: { field: 'accept_inverse_offers' },
  DECLINE_INVERSE_OFFERS: { field: 'decline_inverse_offers' },
  REVIVE: { field: null },
  SUPPRESS: { field: null },
  KILL: { field: 'kill' },
  SHUTDOWN: { field: 'shutdown' },
  ACKNOWLEDGE: { field: 'acknowledge', more: ({ uuid }) => validateUuidJson(uuid) },
  ACKNOWLEDGE_OPERATION_STATUS: {
    field: 'acknowledge_operation_status',
    more: ({ uuid, agent_id: agentId }) =>
      validateUuidJson(uuid) ?? (agentId === undefined ? "Expecting 'agent_id' to be present" : null),
  },
  RECONCILE: { field: 'reconcile' },
  RECONCILE_OPERATIONS: { field: 'reconcile_operations' },
  MESSAGE: { field: 'message' },
  REQUEST: { field: 'request' },
  UPDATE_FRAMEWORK: {
    field: 'update_framework',
    more: ({ framework_info: info }, call) =>
      sameId(idOf(call['framework_id']), idOf(at(info, 'id')), 'update_framework.framework_info.id'),
  },
};

/** A call in v1 JSON; `principal` is who is authenticated, if anybody. Types that are not known miss nothing. */
export function validateSchedulerCall(call: CallJson, principal?: string): Refusal {
  const { type } = call;
  if (typeof type !== 'string') return "Expecting 'type' to be present";
  if (type === 'SUBSCRIBE') return validateSubscribeJson(call, principal);
  if (call['framework_id'] === undefined) return "Expecting 'framework_id' to be present";
  if (!Object.hasOwn(SCHEDULER_CALL_PRESENCE, type)) return null;
  const { field, more } = SCHEDULER_CALL_PRESENCE[type]!;
  if (field === null) return null;
  const fields = call[field];
  if (typeof fields !== 'object' || fields === null) return `Expecting '${field}' to be present`;
  return more?.(fields as CallJson, call) ?? null;
}

function validateSubscribeJson(call: CallJson, principal: string | undefined): Refusal {
  const { subscribe } = call;
  if (typeof subscribe !== 'object' || subscribe === null) return "Expecting 'subscribe' to be present";
  const info = at(subscribe, 'framework_info');
  const refusal = sameId(idOf(call['framework_id']), idOf(at(info, 'id')), 'subscribe.framework_info.id');
  return refusal ?? samePrincipal(principal, at(info, 'principal'));
}

/** What no schema says of our own messages; `principal` is who is authenticated, if anybody. */
export function validateSchedulerMessage(call: SchedulerCall, principal?: string): Refusal {
  switch (call.type) {
    case 'SUBSCRIBE':
      return (
        sameId(call.frameworkId ?? '', call.frameworkInfo.id ?? '', 'subscribe.framework_info.id') ??
        samePrincipal(principal, call.frameworkInfo.principal)
      );
    case 'ACKNOWLEDGE':
      return validateUuid(call.uuid);
    case 'ACKNOWLEDGE_OPERATION_STATUS':
      return validateUuid(call.uuid) ?? (call.agentId === undefined ? "Expecting 'agent_id' to be present" : null);
    default:
      return null;
  }
}

/** An UPDATE_FRAMEWORK must be about the framework that sent it. */
export function validateUpdateTarget(frameworkId: string, info: FrameworkInfo): Refusal {
  return sameId(frameworkId, info.id ?? '', 'update_framework.framework_info.id');
}

function sameId(given: string, inside: string, field: string): Refusal {
  return given === inside ? null : `'framework_id' differs from '${field}'`;
}

function samePrincipal(authenticated: string | undefined, claimed: unknown): Refusal {
  if (authenticated === undefined || typeof claimed !== 'string' || claimed === authenticated) return null;
  const claim = `does not match principal '${claimed}' set in \`FrameworkInfo\``;
  return `Authenticated principal '${authenticated}' ${claim}`;
}

/** Bytes in JSON are base64: 16 of them take 24 characters, two of them padding. */
function validateUuidJson(uuid: unknown): Refusal {
  return typeof uuid === 'string' && /^[A-Za-z0-9+/_-]{22}(==)?$/.test(uuid) ? null : 'Not a valid UUID';
}

function at(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as CallJson)[field] : undefined;
}

/** The text of `{"value": "…"}`; '' if there is none, as in Mesos, where an unset id equals an empty one. */
function idOf(id: unknown): string {
  const value = at(id, 'value');
  return typeof value === 'string' ? value : '';
}
