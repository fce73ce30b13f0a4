/**
 * Calls and events of Mesos' v1 scheduler and executor APIs. There the fields stand in an object named as the type,
 * beside it the ids of who calls; here a message is flat and a link knows whose it is. Some names differ, since all our
 * messages are in one table and both APIs have a MESSAGE: see `TABLES`.
 */
import { MeteError } from '../base/errors.js';
import type { ExecutorCall, ExecutorEvent, MessageType, SchedulerCall, SchedulerEvent } from './messages.js';
import { MESSAGES } from './messages.js';
import { EXECUTOR_CALLS, EXECUTOR_EVENTS } from './executor.js';
import { SCHEDULER_CALLS, SCHEDULER_EVENTS } from './scheduler.js';
import type { ExecutorId, FrameworkId } from './schema.js';
import { type Node, nodeOf } from './shape.js';
import { checkMessage } from './validate.js';
import { type Json, textOf, treeOf } from './v1-json.js';
import { type Reading, readV1, refusal, refuseMissing } from './v1-read.js';
import type { ObjectNode } from './v1-fields.js';
import { snakeCase } from './v1-fields.js';

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
interface Form {
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

type Table = { readonly byOurs: ReadonlyMap<string, Form>; readonly byV1: ReadonlyMap<string, Form> };

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

function tableOf(messages: object): Table {
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

const TABLES: Readonly<Record<V1Api, { readonly calls: Table; readonly events: Table }>> = {
  scheduler: { calls: tableOf(SCHEDULER_CALLS), events: tableOf(SCHEDULER_EVENTS) },
  executor: { calls: tableOf(EXECUTOR_CALLS), events: tableOf(EXECUTOR_EVENTS) },
};

const callerNode = nodeOf(MESSAGES.EXECUTOR_SUBSCRIBE) as ObjectNode;
const idNodes: ReadonlyMap<string, Node> = new Map(callerNode.fields.map(({ name, node }) => [name, node]));

/**
 * The call of a parsed v1 JSON body, validated, with who calls. Throws MeteError with Mesos' text as `reason`:
 * INVALID_MESSAGE if the JSON is not of the schema; then INCOMPLETE_CALL if something is absent that its type needs,
 * UNKNOWN_MESSAGE for a type that is not known.
 */
export function callFromV1(api: 'scheduler', json: unknown): V1Call<SchedulerCall>;
export function callFromV1(api: 'executor', json: unknown): V1Call<ExecutorCall>;
export function callFromV1(api: V1Api, json: unknown): V1Call<SchedulerCall | ExecutorCall> {
  const outer = outerOf(json);
  const table = TABLES[api].calls;
  const form = findForm(table, outer);
  const reading: Reading = { missing: [] };
  const caller: Record<string, unknown> = {};
  const callerNames = api === 'scheduler' ? ['frameworkId'] : ['frameworkId', 'executorId'];
  for (const name of callerNames) {
    const key = snakeCase(name);
    const value = readV1(idNodes.get(name)!, outer[key], key, reading);
    if (value !== undefined) caller[name] = value;
  }
  // Every body is read, as Mesos parses all of a call before it looks at the type.
  let body: object | undefined;
  for (const other of table.byV1.values()) {
    const read = readBody(other, outer, reading);
    if (other === form) body = read;
  }
  refuseMissing(reading, json);
  if (form === 'absent') throw absentType(outer.type);
  const absentCaller = callerNames.find((name) => caller[name] === undefined);
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

/** The event of a parsed v1 JSON record, validated. Throws like `callFromV1`. */
export function eventFromV1(api: 'scheduler', json: unknown): SchedulerEvent;
export function eventFromV1(api: 'executor', json: unknown): ExecutorEvent;
export function eventFromV1(api: V1Api, json: unknown): SchedulerEvent | ExecutorEvent {
  const outer = outerOf(json);
  const form = findForm(TABLES[api].events, outer);
  if (form === 'absent' || form === 'UNKNOWN') throw absentType(outer.type);
  const reading: Reading = { missing: [] };
  const body = readBody(form, outer, reading);
  if (body === undefined && form.body.fields.length > 0) throw absent(form.key);
  refuseMissing(reading, json);
  return checkMessage({ type: form.ours, ...body }) as SchedulerEvent | ExecutorEvent;
}

function outerOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw refusal('', json, 'Expecting a JSON object', 'send an object with the field type');
}

/** The form of a call or event by its type; a word that is not known is dropped, as in Mesos, and then absent. */
function findForm(table: Table, { type }: Readonly<Record<string, unknown>>): Form | 'UNKNOWN' | 'absent' {
  if (type === undefined || type === null) return 'absent';
  if (type === 'UNKNOWN') return 'UNKNOWN';
  if (typeof type === 'string') return table.byV1.get(type) ?? 'absent';
  const kind = Array.isArray(type) ? 'array' : typeof type;
  throw refusal('type', type, `Not expecting a JSON ${kind} for field 'type'`, 'give the name of the type');
}

function absentType(type: unknown): MeteError {
  if (type === undefined || type === null) return absent('type');
  const detail = { field: 'type', value: type, reason: "Expecting 'type' to be present", mend: 'see docs/protocol.md' };
  return new MeteError('UNKNOWN_MESSAGE', detail);
}

function absent(key: string): MeteError {
  const reason = `Expecting '${key}' to be present`;
  return new MeteError('INCOMPLETE_CALL', { field: key, value: undefined, reason, mend: 'set the field' });
}

/** The body that stands under the name of a form, if there is one. */
function readBody(form: Form, outer: Readonly<Record<string, unknown>>, reading: Reading): object | undefined {
  const json = form.body.fields.length === 0 ? undefined : (outer[form.key] ?? undefined);
  return json === undefined ? undefined : (readV1(form.body, json, form.key, reading) as object);
}

/** The v1 JSON tree of a call. */
export function callToV1(api: V1Api, { message, ...caller }: V1Call<SchedulerCall | ExecutorCall>): Json {
  const form = message === null ? null : TABLES[api].calls.byOurs.get(message.type)!;
  const own = form === null || form.callers.length === 0 ? {} : (message as Caller);
  const frameworkId = caller.frameworkId ?? own.frameworkId;
  const executorId = caller.executorId ?? own.executorId;
  const out: { [key: string]: Json } = { type: form?.v1 ?? 'UNKNOWN' };
  if (frameworkId !== undefined) out.framework_id = { value: frameworkId };
  if (executorId !== undefined && api === 'executor') out.executor_id = { value: executorId };
  if (form !== null && form.body.fields.length > 0) out[form.key] = treeOf(form.body, message);
  return out;
}

/** The v1 JSON tree of an event. */
export function eventToV1(message: SchedulerEvent | ExecutorEvent): Json {
  const { v1, key, body } = eventForm(message);
  return body.fields.length === 0 ? { type: v1 } : { type: v1, [key]: treeOf(body, message) };
}

/** The v1 JSON text of an event, as Mesos prints it (see `printV1Json`). */
export function printEventV1(message: SchedulerEvent | ExecutorEvent): string {
  const { v1, key, body } = eventForm(message);
  return body.fields.length === 0 ? `{"type":"${v1}"}` : `{"type":"${v1}","${key}":${textOf(body, message)}}`;
}

function eventForm({ type }: SchedulerEvent | ExecutorEvent): Form {
  const form = TABLES.scheduler.events.byOurs.get(type) ?? TABLES.executor.events.byOurs.get(type);
  if (form !== undefined) return form;
  const detail = { field: 'type', value: type, reason: 'it is no event of an API', mend: 'give an event' };
  throw new MeteError('INTERNAL', detail);
}
