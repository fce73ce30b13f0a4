/**
 * Calls and events of Mesos' v1 scheduler and executor APIs in protobuf: the forms of v1-forms.ts with the numbers of
 * call-numbers.ts. What a call must have is the same as in JSON.
 */
import { MeteError } from '../../base/errors.js';
import { attribute, resource, url } from '../common.js';
import type { ExecutorCall, ExecutorEvent, SchedulerCall, SchedulerEvent } from '../messages.js';
import { MESSAGES } from '../messages.js';
import { nodeOf } from '../shape.js';
import type { ObjectNode } from '../v1-fields.js';
import { absent, absentType, type Caller, completeCall, eventForm, type FormTable, TABLES } from '../v1-forms.js';
import type { V1Api, V1Call } from '../v1-forms.js';
import { checkMessage } from '../validate.js';
import { CALL_NUMBERS, EVENT_NUMBERS, type FormNumbers } from './call-numbers.js';
import { createEnvelope, type Envelope, type EnvelopeForm, type EnvelopeRules, unparsable } from './envelope.js';
import { createLayouts, type MessageLayout } from './layout.js';
import { SCHEMA_NUMBERS } from './numbers.js';

const callerNode = nodeOf(MESSAGES.EXECUTOR_SUBSCRIBE) as ObjectNode;
const idNode = (name: keyof Caller) => callerNode.fields.find((field) => field.name === name)!.node;

type Rules = Omit<EnvelopeRules, 'forms'> & Partial<Pick<EnvelopeRules, 'forms'>>;

const layouts = createLayouts(SCHEMA_NUMBERS);

/** What the offers of an agent have in common, and keep as long as it does not change. */
function keptLayouts(): ReadonlySet<MessageLayout> {
  return new Set([resource, attribute, url].map((schema) => layouts.layoutOf(nodeOf(schema) as ObjectNode)));
}

/** The field of the type, and those of the ids. */
const CALL_RULES: Readonly<Record<V1Api, Rules>> = {
  scheduler: { name: 'Call', type: 2, ids: [{ name: 'frameworkId', number: 1, node: idNode('frameworkId') }] },
  executor: {
    name: 'Call',
    type: 3,
    ids: [
      { name: 'executorId', number: 1, node: idNode('executorId') },
      { name: 'frameworkId', number: 2, node: idNode('frameworkId') },
    ],
  },
};

/** Executors are sent heartbeats, too, but their links are not: the event stands in no table of messages. */
const EXECUTOR_HEARTBEAT: EnvelopeForm = { type: 'HEARTBEAT', number: 9, field: 0, key: 'heartbeat', body: null };

const EVENT_RULES: Readonly<Record<V1Api, Rules>> = {
  scheduler: { name: 'Event', type: 1, kept: keptLayouts() },
  executor: { name: 'Event', type: 1, forms: [EXECUTOR_HEARTBEAT] },
};

function envelopeOf(table: FormTable, numbers: Readonly<Record<string, FormNumbers>>, rules: Rules): Envelope {
  const forms = [...table.byV1.values()].map(({ ours, v1, key, body }) => {
    const form = numbers[ours];
    if (form === undefined) throw noNumber(ours);
    const own = body.fields.length === 0 ? null : body;
    return { type: v1, number: form.type, field: form.field, key, body: own, numbers: form.body };
  });
  return createEnvelope(layouts, { ...rules, forms: [...forms, ...(rules.forms ?? [])] });
}

function noNumber(field: string): MeteError {
  const mend = 'mend the tables of protocol/protobuf';
  return new MeteError('INTERNAL', { field, value: undefined, reason: 'it has no number in protobuf', mend });
}

function envelopesOf(api: V1Api): { readonly calls: Envelope; readonly events: Envelope } {
  return {
    calls: envelopeOf(TABLES[api].calls, CALL_NUMBERS[api], CALL_RULES[api]),
    events: envelopeOf(TABLES[api].events, EVENT_NUMBERS[api], EVENT_RULES[api]),
  };
}

const ENVELOPES = { scheduler: envelopesOf('scheduler'), executor: envelopesOf('executor') };

/**
 * The call of a body, validated, with who calls. Throws MeteError with Mesos' text as `reason`: INVALID_MESSAGE if the
 * bytes are no such Call, else as `callFromV1`.
 */
export function callFromProtobuf(api: 'scheduler', bytes: Uint8Array): V1Call<SchedulerCall>;
export function callFromProtobuf(api: 'executor', bytes: Uint8Array): V1Call<ExecutorCall>;
export function callFromProtobuf(api: V1Api, bytes: Uint8Array): V1Call<SchedulerCall | ExecutorCall> {
  const { type, ids, bodies } = ENVELOPES[api].calls.open(bytes);
  const caller: Caller = ids;
  if (api === 'executor' && (caller.frameworkId === undefined || caller.executorId === undefined)) {
    const detail = { field: 'framework_id', value: undefined, reason: 'an id is missing', mend: 'set both ids' };
    throw unparsable('Call', detail);
  }
  const form = type === undefined || type === 'UNKNOWN' ? type : TABLES[api].calls.byV1.get(type)!;
  const body = typeof form === 'object' ? bodies[form.key] : undefined;
  return completeCall(api, { form: form ?? 'absent', type, caller, body });
}

/** The event of a record, validated. Throws like `callFromProtobuf`. */
export function eventFromProtobuf(api: 'scheduler', bytes: Uint8Array): SchedulerEvent;
export function eventFromProtobuf(api: 'executor', bytes: Uint8Array): ExecutorEvent;
export function eventFromProtobuf(api: V1Api, bytes: Uint8Array): SchedulerEvent | ExecutorEvent {
  const { type, bodies } = ENVELOPES[api].events.open(bytes);
  const form = type === undefined ? undefined : TABLES[api].events.byV1.get(type);
  if (form === undefined) throw absentType(type);
  const body = bodies[form.key];
  if (body === undefined && form.body.fields.length > 0) throw absent(form.key);
  return checkMessage({ type: form.ours, ...body }) as SchedulerEvent | ExecutorEvent;
}

/** The body of a call. */
export function callToProtobuf(api: V1Api, { message, ...caller }: V1Call<SchedulerCall | ExecutorCall>): Uint8Array {
  const form = message === null ? null : TABLES[api].calls.byOurs.get(message.type)!;
  const own = form === null || form.callers.length === 0 ? {} : (message as Caller);
  const frameworkId = caller.frameworkId ?? own.frameworkId;
  const executorId = caller.executorId ?? own.executorId;
  const ids = api === 'executor' ? { frameworkId, executorId } : { frameworkId };
  if (form === null) return ENVELOPES[api].calls.seal('UNKNOWN', '', null, ids);
  return ENVELOPES[api].calls.seal(form.v1, form.key, form.body.fields.length === 0 ? null : message, ids);
}

/** An event of either API; the heartbeat of executors is no message of ours. */
export type StreamEvent = SchedulerEvent | ExecutorEvent | { readonly type: 'HEARTBEAT' };

/** The record of an event of the API, without its length. */
export function eventToProtobuf(api: V1Api, message: StreamEvent): Uint8Array {
  if (message.type === 'HEARTBEAT') return ENVELOPES[api].events.seal('HEARTBEAT', '', null);
  const { v1, key, body } = eventForm(message);
  return ENVELOPES[api].events.seal(v1, key, body.fields.length === 0 ? null : message);
}
