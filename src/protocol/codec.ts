/**
 * Frames: many messages in one msgpack array `[opcode, body, opcode, body, …]`, a body being the message without its
 * type. Objects are self-describing records: inside one frame those of the same fields share one definition, between
 * frames nothing is shared, so that any frame can be read by itself.
 *
 * Decoding trusts nothing: every message is validated (validate.ts), so only plain objects, lists, texts, numbers,
 * flags and bytes come out; bytes are copies of their own. Lists cannot be announced longer than the frame is.
 */
import { Packr } from 'msgpackr';
import { MeteError } from '../base/errors.js';
import { type Message, type MessageType, OPCODES } from './messages.js';
import { checkMessage } from './validate.js';

const TYPE_OF: ReadonlyMap<unknown, MessageType> = new Map(
  Object.entries(OPCODES).map(([type, opcode]) => [opcode, type as MessageType]),
);

const packr = new Packr({ useRecords: true, copyBuffers: true, encodeUndefinedAsNil: false, structuredClone: false });

/** The bytes of messages, which must be of their schemas. Fields that are undefined are left out. */
export function encodeFrame(messages: readonly Message[]): Uint8Array {
  const frame: unknown[] = [];
  for (const message of messages) {
    const { type, ...body } = message;
    frame.push(OPCODES[type], withoutUndefined(body));
  }
  return packr.pack(frame);
}

/** The same value without fields that are undefined; itself if there are none. */
function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    const items = value.map(withoutUndefined);
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  const object = value as Record<string, unknown>;
  let changed = false;
  const out: Record<string, unknown> = {};
  for (const key in object) {
    const inner = object[key];
    const clean = withoutUndefined(inner);
    if (clean !== undefined) out[key] = clean;
    if (clean !== inner || clean === undefined) changed = true;
  }
  return changed ? out : object;
}

/**
 * The messages of a frame. Throws MeteError: INVALID_MESSAGE if the bytes are no frame or a message is not of its
 * schema, UNKNOWN_MESSAGE for an opcode that is not known here.
 */
export function decodeFrame(bytes: Uint8Array): Message[] {
  const frame = unpack(bytes);
  if (!Array.isArray(frame) || frame.length % 2 !== 0) {
    throw invalidFrame(bytes, 'it is not a list of opcodes and bodies');
  }
  const messages: Message[] = [];
  for (let i = 0; i < frame.length; i += 2) {
    const type = TYPE_OF.get(frame[i]);
    if (type === undefined) throw unknownOpcode(frame[i]);
    const body = frame[i + 1] as Record<string, unknown> | null;
    if (typeof body !== 'object' || body === null) throw invalidFrame(bytes, `the body of ${type} is not an object`);
    messages.push(checkMessage({ type, ...body }));
  }
  return messages;
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw invalidFrame(bytes, 'it is not msgpack', cause);
  }
}

function invalidFrame(bytes: Uint8Array, reason: string, cause?: unknown): MeteError {
  const mend = 'send frames as docs/protocol.md says';
  return new MeteError('INVALID_MESSAGE', { field: 'frame', value: `${bytes.length} bytes`, reason, mend, cause });
}

function unknownOpcode(opcode: unknown): MeteError {
  const mend = 'send a message of docs/protocol.md; is the other side of a newer version?';
  const reason = 'no message has this opcode';
  return new MeteError('UNKNOWN_MESSAGE', { field: 'opcode', value: opcode, reason, mend });
}
