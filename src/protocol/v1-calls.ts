/**
 * Calls and events of Mesos' v1 scheduler and executor APIs in JSON: the forms of v1-forms.ts, field by field as
 * v1-read.ts and v1-json.ts read and write them.
 */
import type { ExecutorCall, ExecutorEvent, SchedulerCall, SchedulerEvent } from './messages.js';
import { MESSAGES } from './messages.js';
import { type Node, nodeOf } from './shape.js';
import type { ObjectNode } from './v1-fields.js';
import { snakeCase } from './v1-fields.js';
import { absent, absentType, CALLER_NAMES, type Caller, completeCall, eventForm, type Form } from './v1-forms.js';
import { type FormTable, type ReadCall, TABLES, type V1Api, type V1Call } from './v1-forms.js';
import { type Json, textOf, treeOf } from './v1-json.js';
import { type Reading, readV1, refusal, refuseMissing } from './v1-read.js';
import { checkMessage } from './validate.js';

export type { Caller, V1Api, V1Call } from './v1-forms.js';

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
  for (const name of CALLER_NAMES[api]) {
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
  return completeCall(api, { form, type: outer.type, caller, body });
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
function findForm(table: FormTable, { type }: Readonly<Record<string, unknown>>): ReadCall['form'] {
  if (type === undefined || type === null) return 'absent';
  if (type === 'UNKNOWN') return 'UNKNOWN';
  if (typeof type === 'string') return table.byV1.get(type) ?? 'absent';
  const kind = Array.isArray(type) ? 'array' : typeof type;
  throw refusal('type', type, `Not expecting a JSON ${kind} for field 'type'`, 'give the name of the type');
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
