/**
 * Frames: many messages in one msgpack array `[opcode, body, opcode, body, …]`, a body being the message without its
 * type. Objects are self-describing records: inside one frame those of the same fields share one definition, between
 * frames nothing is shared, so that any frame can be read by itself.
 *
 * Decoding trusts nothing: every message is validated (validate.ts), so only plain objects, lists, texts, numbers,
 * flags and bytes come out; bytes are copies of their own. Lists cannot be announced longer than the frame is, and a
 * frame has a limited number of values, each of which may take more room than its byte.
 */
import { Packr } from 'msgpackr';
import { MeteError } from '../base/errors.js';
import { countValues } from './frame-scan.js';
import { type Message, type MessageType, OPCODES } from './messages.js';
import { checkMessage } from './validate.js';

/** How many values (texts, numbers, lists, objects …) a frame may have. */
export const FRAME_VALUES = 1_000_000;

const TYPE_OF: ReadonlyMap<unknown, MessageType> = new Map(
  Object.entries(OPCODES).map(([type, opcode]) => [opcode, type as MessageType]),
);

const packr = new Packr({ useRecords: true, mapsAsObjects: true, copyBuffers: true, structuredClone: false });

/** Set when the packer meets an undefined value; it asks for this option at no other time. */
let metUndefined = false;
Object.defineProperty(packr, 'encodeUndefinedAsNil', {
  get() {
    metUndefined = true;
    return true;
  },
});

/** The bytes of messages, which must be of their schemas. Fields that are undefined are left out. */
export function encodeFrame(messages: readonly Message[]): Uint8Array {
  const frame: unknown[] = [];
  for (const message of messages) {
    const { type, ...body } = message;
    frame.push(OPCODES[type], body);
  }
  metUndefined = false;
  const bytes = packr.pack(frame);
  return metUndefined ? packr.pack(frame.map(withoutUndefined)) : bytes;
}

/** A copy of a value without fields that are undefined. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

/**
 * The messages of a frame. Throws MeteError: INVALID_MESSAGE if the bytes are no frame or a message is not of its
 * schema, UNKNOWN_MESSAGE for an opcode that is not known here, LIMIT_EXCEEDED for too many values.
 */
export function decodeFrame(bytes: Uint8Array): Message[] {
  if (bytes.length > FRAME_VALUES && countValues(bytes) > FRAME_VALUES) throw tooManyValues(bytes);
  const frame = unpack(bytes);
  if (!Array.isArray(frame) || frame.length % 2 !== 0) {
    throw invalidFrame(bytes, 'it is not a list of opcodes and bodies');
  }
  const messages: Message[] = [];
  for (let i = 0; i < frame.length; i += 2) {
    const type = TYPE_OF.get(frame[i]);
    if (type === undefined) throw unknownOpcode(frame[i]);
    messages.push(messageOf(type, frame[i + 1], bytes));
  }
  return messages;
}

function messageOf(type: MessageType, body: unknown, bytes: Uint8Array): Message {
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) {
    throw invalidFrame(bytes, `the body of ${type} is not an object`);
  }
  if (Object.hasOwn(body, 'type')) throw invalidFrame(bytes, `the body of ${type} has a type`);
  return checkMessage({ type, ...body });
}

function unpack(bytes: Uint8Array): unknown {
  // Bytes of a subclass (a Buffer) would come out as that subclass.
  const plain = bytes.constructor === Uint8Array;
  try {
    return packr.unpack(plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (cause) {
    throw invalidFrame(bytes, 'it is not msgpack', cause);
  }
}

function invalidFrame(bytes: Uint8Array, reason: string, cause?: unknown): MeteError {
  const mend = 'send frames as docs/protocol.md says';
  return new MeteError('INVALID_MESSAGE', { field: 'frame', value: `${bytes.length} bytes`, reason, mend, cause });
}

function tooManyValues(bytes: Uint8Array): MeteError {
  const reason = `it has more than ${FRAME_VALUES} values`;
  const mend = 'send fewer messages in a frame';
  return new MeteError('LIMIT_EXCEEDED', { field: 'frame', value: `${bytes.length} bytes`, reason, mend });
}

function unknownOpcode(opcode: unknown): MeteError {
  const mend = 'send a message of docs/protocol.md; is the other side of a newer version?';
  const reason = 'no message has this opcode';
  return new MeteError('UNKNOWN_MESSAGE', { field: 'opcode', value: opcode, reason, mend });
}
