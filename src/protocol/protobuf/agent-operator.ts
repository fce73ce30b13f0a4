/** Calls and responses of the operator API of agents in protobuf, in the manner of operator.ts. */
import { AGENT_OPERATOR_CALLS, AGENT_OPERATOR_RESPONSES } from '../agent-operator.js';
import type { AgentOperatorRequest, AgentOperatorResponseBody, AgentOperatorResponseType } from '../agent-operator.js';
import type { OperatorForm } from '../operator.js';
import { nodeOf } from '../shape.js';
import type { ObjectNode } from '../v1-fields.js';
import { absent } from '../v1-forms.js';
import { AGENT_OPERATOR_CALL_NUMBERS, AGENT_OPERATOR_RESPONSE_NUMBERS } from './agent-operator-numbers.js';
import { AGENT_OPERATOR_SCHEMA_NUMBERS } from './agent-operator-numbers.js';
import { createEnvelope, type Envelope } from './envelope.js';
import { createLayouts, type Numbers } from './layout.js';
import { SCHEMA_NUMBERS } from './numbers.js';
import { OPERATOR_SCHEMA_NUMBERS } from './operator-numbers.js';

const layouts = createLayouts([...SCHEMA_NUMBERS, ...OPERATOR_SCHEMA_NUMBERS, ...AGENT_OPERATOR_SCHEMA_NUMBERS]);

function envelopeOf(
  name: string,
  table: Readonly<Record<string, OperatorForm>>,
  numbers: Readonly<Partial<Record<string, Numbers>>>,
): Envelope {
  const forms = Object.entries(table).map(([type, { number, field, body }]) => {
    const node = body === null ? null : (nodeOf(body) as ObjectNode);
    return { type, number, field, key: type.toLowerCase(), body: node, numbers: numbers[type] };
  });
  return createEnvelope(layouts, { name, type: 1, forms });
}

const CALL_FORMS: Readonly<Record<string, OperatorForm>> = AGENT_OPERATOR_CALLS;
const CALLS = envelopeOf('Call', CALL_FORMS, AGENT_OPERATOR_CALL_NUMBERS);
const RESPONSES = envelopeOf('Response', AGENT_OPERATOR_RESPONSES, AGENT_OPERATOR_RESPONSE_NUMBERS);

/**
 * The call of a body. Throws MeteError with Mesos' text as `reason`: INVALID_MESSAGE if the bytes are no such Call,
 * INCOMPLETE_CALL if type or body is absent.
 */
export function agentOperatorCallFromProtobuf(bytes: Uint8Array): AgentOperatorRequest {
  const { type, bodies } = CALLS.open(bytes);
  if (type === undefined) throw absent('type');
  if (type === 'UNKNOWN') return { type };
  const key = type.toLowerCase();
  const body = bodies[key];
  if (body === undefined && CALL_FORMS[type]!.body !== null) throw absent(key);
  return { type, body } as AgentOperatorRequest;
}

/** The body of a call. */
export function agentOperatorCallToProtobuf(request: AgentOperatorRequest): Uint8Array {
  return CALLS.seal(request.type, request.type.toLowerCase(), 'body' in request ? (request.body ?? null) : null);
}

/** A response. */
export function agentResponseToProtobuf<T extends AgentOperatorResponseType>(
  type: T,
  body: AgentOperatorResponseBody<T>,
): Uint8Array {
  return RESPONSES.seal(type, type.toLowerCase(), body);
}

/** The body of a response, for clients. Throws MeteError (INVALID_MESSAGE). */
export function agentResponseFromProtobuf(bytes: Uint8Array): { readonly type: string; readonly body?: object } {
  const { type, bodies } = RESPONSES.open(bytes);
  if (type === undefined) throw absent('type');
  const body = bodies[type.toLowerCase()];
  return body === undefined ? { type } : { type, body };
}
