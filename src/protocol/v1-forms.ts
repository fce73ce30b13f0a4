/**
 * The calls and events of Mesos' v1 scheduler and executor APIs beside our messages, whatever the form of a body: what
 * each is called there, where its fields stand, and what a call must have. Here a message is flat and a link knows
 * whose it is; there the fields stand in an object named as the type, beside it the ids of who calls. Some names
 * differ, since all our messages are in one table and both APIs have a MESSAGE.
 */
import { MeteError } from '../base/errors.js';
import { EXECUTOR_CALLS, EXECUTOR_EVENTS } from './executor.js';
import type { ExecutorCall, ExecutorEvent, MessageType, SchedulerCall, SchedulerEvent } from './messages.js';
import { MESSAGES } from './messages.js';
import { SCHEDULER_CALLS, SCHEDULER_EVENTS } from './scheduler.js';
import type { ExecutorId, FrameworkId } from './schema.js';
import { nodeOf } from './shape.js';
import type { ObjectNode } from './v1-fields.js';
import { snakeCase } from './v1-fields.js';
import { checkMessage } from './validate.js';

/** Which API. */
export type V1Api = 'scheduler' | 'executor';

/** Who calls, as v1 calls say it. */
export interface Caller {
  readonly frameworkId?: FrameworkId;
  /** Executor API only. */
  readonly executorId?: ExecutorId;
}

/** A call of an API with who calls; null is the call UNKNOWN, which the APIs have and nobody serves. */
export interface V1Call<Call> extends Caller {
  readonly message: Call | null;
}

/** One message in v1. */
export interface Form {
  readonly ours: MessageType;
  /** Its type in v1. */
  readonly v1: string;
  /** The field in which its own fields stand. */
  readonly key: string;
  /** Its own fields: without the type and those that say who calls. */
  readonly body: ObjectNode;
  /** Fields of ours that say who calls. */
  readonly callers: readonly string[];
}

export type FormTable = { readonly byOurs: ReadonlyMap<string, Form>; readonly byV1: ReadonlyMap<string, Form> };

/** The name in v1 where it is another. */
const V1_TYPES: Partial<Record<MessageType, string>> = {
  EXECUTOR_MESSAGE: 'MESSAGE',
  EXECUTOR_SUBSCRIBE: 'SUBSCRIBE',
  EXECUTOR_UPDATE: 'UPDATE',
  EXECUTOR_SEND: 'MESSAGE',
  EXECUTOR_HEARTBEAT: 'HEARTBEAT',
  EXECUTOR_SUBSCRIBED: 'SUBSCRIBED',
  EXECUTOR_KILL: 'KILL',
  FRAMEWORK_MESSAGE: 'MESSAGE',
  EXECUTOR_SHUTDOWN: 'SHUTDOWN',
  EXECUTOR_ERROR: 'ERROR',
};

/** Fields of ours that stand beside the body in v1. */
const CALLERS: Partial<Record<MessageType, readonly string[]>> = {
  SUBSCRIBE: ['frameworkId'],
  EXECUTOR_SUBSCRIBE: ['frameworkId', 'executorId'],
};

/** Calls whose body may be missing though it could have fields; PyMesos and mesos-framework use that. */
const BODY_MAY_MISS: ReadonlySet<MessageType> = new Set<MessageType>(['REVIVE', 'SUPPRESS', 'EXECUTOR_SUBSCRIBE']);

function tableOf(messages: object): FormTable {
  const forms = (Object.keys(messages) as MessageType[]).map(formOf);
  return {
    byOurs: new Map(forms.map((form) => [form.ours, form])),
    byV1: new Map(forms.map((form) => [form.v1, form])),
  };
}

function formOf(ours: MessageType): Form {
  const node = nodeOf(MESSAGES[ours]);
  const v1 = V1_TYPES[ours] ?? ours;
  const callers = CALLERS[ours] ?? [];
  const all = node.kind === 'object' ? node.fields : [];
  const fields = all.filter(({ name }) => name !== 'type' && !callers.includes(name));
  return { ours, v1, key: v1.toLowerCase(), body: { ...node, kind: 'object', fields }, callers };
}

export const TABLES: Readonly<Record<V1Api, { readonly calls: FormTable; readonly events: FormTable }>> = {
  scheduler: { calls: tableOf(SCHEDULER_CALLS), events: tableOf(SCHEDULER_EVENTS) },
  executor: { calls: tableOf(EXECUTOR_CALLS), events: tableOf(EXECUTOR_EVENTS) },
};

/** Fields of ours that say who calls, in the order in which Mesos asks for them. */
export const CALLER_NAMES: Readonly<Record<V1Api, readonly (keyof Caller)[]>> = {
  scheduler: ['frameworkId'],
  executor: ['executorId', 'frameworkId'],
};

/** A call as it was read, before anybody has looked whether it is complete. */
export interface ReadCall {
  /** Absent: no type, or none that is known. */
  readonly form: Form | 'UNKNOWN' | 'absent';
  /** The type as it was given. */
  readonly type: unknown;
  readonly caller: Caller;
  readonly body: object | undefined;
}

/**
 * The call, validated. Throws MeteError with Mesos' text as `reason`: INCOMPLETE_CALL if something is absent that its
 * type needs, UNKNOWN_MESSAGE for a type that is not known, INVALID_MESSAGE if the body is not of the schema.
 */
export function completeCall(api: V1Api, { form, type, caller, body }: ReadCall): V1Call<SchedulerCall | ExecutorCall> {
  if (form === 'absent') throw absentType(type);
  const absentCaller = CALLER_NAMES[api].find((name) => caller[name] === undefined);
  if (form === 'UNKNOWN') {
    if (absentCaller !== undefined) throw absent(snakeCase(absentCaller));
    return { ...caller, message: null };
  }
  // A SUBSCRIBE of a scheduler may be its first, without an id.
  if (absentCaller !== undefined && form.ours !== 'SUBSCRIBE') throw absent(snakeCase(absentCaller));
  if (body === undefined && form.body.fields.length > 0 && !BODY_MAY_MISS.has(form.ours)) throw absent(form.key);
  const own = Object.fromEntries(Object.entries(caller).filter(([name]) => form.callers.includes(name)));
  const message = checkMessage({ type: form.ours, ...own, ...body }) as SchedulerCall | ExecutorCall;
  return { ...caller, message };
}

/** The error for a type that is missing, or that nobody knows. */
export function absentType(type: unknown): MeteError {
  if (type === undefined || type === null) return absent('type');
  const detail = { field: 'type', value: type, reason: "Expecting 'type' to be present", mend: 'see docs/protocol.md' };
  return new MeteError('UNKNOWN_MESSAGE', detail);
}

/** The error for a field that is missing. */
export function absent(key: string): MeteError {
  const reason = `Expecting '${key}' to be present`;
  return new MeteError('INCOMPLETE_CALL', { field: key, value: undefined, reason, mend: 'set the field' });
}

/** The form of an event. Throws MeteError (INTERNAL) for a message that is none. */
export function eventForm({ type }: SchedulerEvent | ExecutorEvent): Form {
  const form = TABLES.scheduler.events.byOurs.get(type) ?? TABLES.executor.events.byOurs.get(type);
  if (form !== undefined) return form;
  const detail = { field: 'type', value: type, reason: 'it is no event of an API', mend: 'give an event' };
  throw new MeteError('INTERNAL', detail);
}
