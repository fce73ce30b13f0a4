/**
 * Calls, responses and events of the operator API in protobuf: the tables of ../operator.ts with the numbers of
 * operator-numbers.ts. A large response is made in pieces: in protobuf the fields of a message may come one after the
 * other in any number of parts, only the length before them must be known (`startOf`, `headOf`, `fieldsToProtobuf`).
 */
import type { Type } from 'typebox';
import { MeteError } from '../../base/errors.js';
import type { OperatorRequest } from '../operator-json.js';
import { OPERATOR_CALLS, OPERATOR_EVENTS, OPERATOR_RESPONSES } from '../operator.js';
import type { OperatorEvent, OperatorForm, OperatorResponseBody, OperatorResponseType } from '../operator.js';
import { nodeOf } from '../shape.js';
import type { ObjectNode } from '../v1-fields.js';
import { absent } from '../v1-forms.js';
import { createEnvelope, type Envelope } from './envelope.js';
import { createLayouts, type Numbers } from './layout.js';
import { SCHEMA_NUMBERS } from './numbers.js';
import { OPERATOR_CALL_NUMBERS, OPERATOR_EVENT_NUMBERS, OPERATOR_RESPONSE_NUMBERS } from './operator-numbers.js';
import { OPERATOR_SCHEMA_NUMBERS } from './operator-numbers.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { compileProtobufWrites, type WriteMessage } from './write.js';

type Forms = Readonly<Record<string, OperatorForm>>;
type Tables = Readonly<Partial<Record<string, Numbers>>>;

const CALL_FORMS: Forms = OPERATOR_CALLS;
const RESPONSE_FORMS: Forms = OPERATOR_RESPONSES;
const EVENT_FORMS: Forms = OPERATOR_EVENTS;

const layouts = createLayouts([...SCHEMA_NUMBERS, ...OPERATOR_SCHEMA_NUMBERS]);

function envelopeOf(name: string, table: Forms, numbers: Tables): Envelope {
  const forms = Object.entries(table).map(([type, { number, field, body }]) => {
    const node = body === null ? null : (nodeOf(body) as ObjectNode);
    return { type, number, field, key: type.toLowerCase(), body: node, numbers: numbers[type] };
  });
  return createEnvelope(layouts, { name, type: 1, forms });
}

const CALLS = envelopeOf('Call', OPERATOR_CALLS, OPERATOR_CALL_NUMBERS);
const RESPONSES = envelopeOf('Response', OPERATOR_RESPONSES, OPERATOR_RESPONSE_NUMBERS);
const EVENTS = envelopeOf('Event', OPERATOR_EVENTS, OPERATOR_EVENT_NUMBERS);

/**
 * The call of a body. Throws MeteError with Mesos' text as `reason`: INVALID_MESSAGE if the bytes are no such Call,
 * INCOMPLETE_CALL if type or body is absent.
 */
export function operatorCallFromProtobuf(bytes: Uint8Array): OperatorRequest {
  const { type, bodies } = CALLS.open(bytes);
  if (type === undefined) throw absent('type');
  if (type === 'UNKNOWN') return { type };
  const key = type.toLowerCase();
  const body = bodies[key];
  if (body === undefined && CALL_FORMS[type]!.body !== null) throw absent(key);
  return { type, body } as OperatorRequest;
}

/** The body of a call. */
export function operatorCallToProtobuf(request: OperatorRequest): Uint8Array {
  return CALLS.seal(request.type, request.type.toLowerCase(), 'body' in request ? (request.body ?? null) : null);
}

/** A whole response. */
export function responseToProtobuf<T extends OperatorResponseType>(type: T, body: OperatorResponseBody<T>): Uint8Array {
  return RESPONSES.seal(type, type.toLowerCase(), body);
}

/** The record of an event, without its length. */
export function operatorEventToProtobuf(event: OperatorEvent | { readonly type: 'HEARTBEAT' }): Uint8Array {
  return EVENTS.seal(event.type, event.type.toLowerCase(), 'body' in event ? event.body : null);
}

/** The body of a response, for clients. Throws MeteError (INVALID_MESSAGE). */
export function responseFromProtobuf(bytes: Uint8Array): { readonly type: string; readonly body: object | undefined } {
  const { type, bodies } = RESPONSES.open(bytes);
  if (type === undefined) throw absent('type');
  return { type, body: bodies[type.toLowerCase()] };
}

/** An event, for clients. Throws MeteError (INVALID_MESSAGE). */
export function operatorEventFromProtobuf(bytes: Uint8Array): { readonly type: string; readonly body?: object } {
  const { type, bodies } = EVENTS.open(bytes);
  if (type === undefined) throw absent('type');
  const body = bodies[type.toLowerCase()];
  return body === undefined ? { type } : { type, body };
}

/** What stands before a field that holds a message of so many bytes. */
export function headOf(field: number, byteLength: number): Uint8Array {
  return bytesOf([(field << 3) | 2, byteLength]);
}

const writer = new ProtobufWriter();

/** Numbers one after the other. */
function bytesOf(numbers: readonly number[]): Uint8Array {
  writer.begin();
  for (const number of [...numbers].reverse()) writer.varint(number);
  return writer.finish();
}

const known = new WeakMap<object, WriteMessage>();

/**
 * Fields of a message without the length of the message: parts of one message that are written one after the other are
 * the message. Of the schema only what is given is written, required or not.
 */
export function fieldsToProtobuf<T extends Type.TSchema>(schema: T, value: Partial<Type.Static<T>>): Uint8Array {
  let write = known.get(schema);
  if (write === undefined) {
    const node = nodeOf(schema);
    if (node.kind !== 'object') throw notAMessage(schema);
    known.set(schema, (write = compileProtobufWrites([layouts.layoutOf(node)])[0]!));
  }
  return write(value);
}

function notAMessage(value: unknown): MeteError {
  const mend = 'give the schema of a message';
  return new MeteError('INTERNAL', { field: 'schema', value, reason: 'only messages have fields', mend });
}

/** The bytes of a response or event before a body of so many bytes. */
export function startOf(kind: 'response' | 'event', type: string, byteLength: number): Uint8Array {
  const { number, field } = (kind === 'response' ? RESPONSE_FORMS : EVENT_FORMS)[type]!;
  return bytesOf([8, number, (field << 3) | 2, byteLength]);
}
