/** Calls, responses and events of the operator APIs, of the master and of agents, in the JSON form of v1. */
import { MeteError } from '../base/errors.js';
import { AGENT_OPERATOR_CALLS, AGENT_OPERATOR_RESPONSES } from './agent-operator.js';
import type { AgentOperatorRequest, AgentOperatorResponseBody, AgentOperatorResponseType } from './agent-operator.js';
import { OPERATOR_CALLS, OPERATOR_EVENTS, OPERATOR_RESPONSES } from './operator.js';
import type { OperatorCallBody, OperatorCallType, OperatorEvent, OperatorForm } from './operator.js';
import type { OperatorResponseBody, OperatorResponseType } from './operator.js';
import { findFault } from './refusal.js';
import { type Node, nodeOf } from './shape.js';
import { textOf } from './v1-json.js';
import { type Reading, readV1, refusal, refuseMissing } from './v1-read.js';

/** A call with its body, by type. UNKNOWN is a type that the API has and nobody serves. */
export type OperatorRequest =
  | { [T in OperatorCallType]: { readonly type: T; readonly body: OperatorCallBody<T> } }[OperatorCallType]
  | { readonly type: 'UNKNOWN' };

/** A call, by the table of an API. */
interface CallForm {
  readonly type: string;
  readonly key: string;
  readonly node: Node | null;
}

function formsOf(table: Readonly<Record<string, OperatorForm>>): CallForm[] {
  return Object.entries(table).map(([type, { body }]) => {
    return { type, key: type.toLowerCase(), node: body === null ? null : nodeOf(body) };
  });
}

const MASTER_FORMS = formsOf(OPERATOR_CALLS);
const AGENT_FORMS = formsOf(AGENT_OPERATOR_CALLS);

/**
 * The call to a master of a parsed JSON body. All bodies in it are read, as Mesos does. Throws MeteError with Mesos'
 * text as `reason`: INVALID_MESSAGE if the JSON is not of the schema, INCOMPLETE_CALL if type or body is absent.
 */
export function operatorCallFromV1(json: unknown): OperatorRequest {
  return callFrom(MASTER_FORMS, json) as OperatorRequest;
}

/** The same for a call to an agent. */
export function agentOperatorCallFromV1(json: unknown): AgentOperatorRequest {
  return callFrom(AGENT_FORMS, json) as AgentOperatorRequest;
}

function callFrom(forms: readonly CallForm[], json: unknown): { readonly type: string; readonly body?: unknown } {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw refusal('', json, 'Expecting a JSON object', 'send an object with the field type');
  }
  const outer = json as Readonly<Record<string, unknown>>;
  const type = outer['type'] ?? undefined;
  if (type !== undefined && typeof type !== 'string') {
    const kind = Array.isArray(type) ? 'array' : typeof type;
    throw refusal('type', type, `Not expecting a JSON ${kind} for field 'type'`, 'give the name of the type');
  }
  const reading: Reading = { missing: [] };
  const bodies = new Map<string, unknown>();
  for (const { type: name, key, node } of forms) {
    const given = Object.hasOwn(outer, key) ? (outer[key] ?? undefined) : undefined;
    if (node !== null && given !== undefined) bodies.set(name, readV1(node, given, key, reading));
  }
  refuseMissing(reading, json);
  if (type === 'UNKNOWN') return { type };
  // A word that is not known is dropped, and then absent.
  const form = forms.find((candidate) => candidate.type === type);
  if (form === undefined) throw absent('type', type);
  const body = bodies.get(form.type);
  if (form.node !== null && body === undefined) throw absent(form.key, undefined);
  const fault = form.node === null ? null : findFault(form.node, body, form.key);
  if (fault !== null) throw new MeteError('INVALID_MESSAGE', fault);
  return { type: form.type, body };
}

function absent(key: string, value: unknown): MeteError {
  const reason = `Expecting '${key}' to be present`;
  return new MeteError('INCOMPLETE_CALL', { field: key, value, reason, mend: 'set the field' });
}

/** The text of a response of a master. */
export function printResponseV1<T extends OperatorResponseType>(type: T, body: OperatorResponseBody<T>): string {
  return `{"type":"${type}","${type.toLowerCase()}":${textOf(nodeOf(OPERATOR_RESPONSES[type].body), body)}}`;
}

/** The text of a response of an agent. */
export function printAgentResponseV1<T extends AgentOperatorResponseType>(
  type: T,
  body: AgentOperatorResponseBody<T>,
): string {
  return `{"type":"${type}","${type.toLowerCase()}":${textOf(nodeOf(AGENT_OPERATOR_RESPONSES[type].body), body)}}`;
}

/** The text of an event. */
export function printOperatorEventV1({ type, body }: OperatorEvent): string {
  return `{"type":"${type}","${type.toLowerCase()}":${textOf(nodeOf(OPERATOR_EVENTS[type].body), body)}}`;
}
