/**
 * Frames: many messages in one msgpack array `[opcode, body, opcode, body, …]`, a body being the message without its
 * type. Objects are self-describing records: inside one frame those of the same fields share one definition, between
 * frames nothing is shared, so that any frame can be read by itself.
 *
 * Decoding trusts nothing: every message is validated (validate.ts), so only plain objects, lists, texts, numbers,
 * flags and bytes come out; bytes are copies of their own. Lists cannot be announced longer than the frame is, and
 * what costs more than its bytes is limited (frame-scan.ts).
 */
import { Unpackr } from 'msgpackr';
import { MeteError } from '../base/errors.js';
import { countFrame, mayExceed } from './frame-scan.js';
import { type Message, MESSAGES, type MessageType, OPCODES } from './messages.js';
import { type Node, nodeOf } from './shape.js';
import { checkMessage } from './validate.js';
import { compileWrites, type Write } from './write-compiler.js';

/** How many values (texts, numbers, lists, objects …) and definitions of records a frame may have. */
export const FRAME_LIMITS = { values: 1_000_000, definitions: 256 } as const;

const TYPE_OF: ReadonlyMap<unknown, MessageType> = new Map(
  Object.entries(OPCODES).map(([type, opcode]) => [opcode, type as MessageType]),
);

const unpackr = new Unpackr({ useRecords: true, mapsAsObjects: true, copyBuffers: true, structuredClone: false });

const TYPES = Object.keys(MESSAGES) as MessageType[];
const { writer, writes } = compileWrites(TYPES.map(bodyNode));
const WRITES = Object.fromEntries(TYPES.map((type, i) => [type, writes[i]])) as Readonly<Record<MessageType, Write>>;

/** A message without its type. */
function bodyNode(type: MessageType): Node {
  const node = nodeOf(MESSAGES[type]);
  return node.kind === 'object' ? { ...node, fields: node.fields.filter(({ name }) => name !== 'type') } : node;
}

/**
 * The bytes of messages, which must be of their schemas; fields that are undefined, or that a schema does not name, are
 * left out. Throws MeteError like `checkMessage` for a value that cannot be written.
 */
export function encodeFrame(messages: readonly Message[]): Uint8Array {
  writer.begin();
  writer.list(2 * messages.length);
  try {
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i]!;
      writer.number(OPCODES[message.type]);
      WRITES[message.type](writer, message);
    }
  } catch (error) {
    messages.forEach(checkMessage);
    throw error;
  }
  return writer.end();
}

/**
 * The messages of a frame. Throws MeteError: INVALID_MESSAGE if the bytes are no frame or a message is not of its
 * schema, UNKNOWN_MESSAGE for an opcode that is not known here, LIMIT_EXCEEDED for too many values or
 * definitions.
 */
export function decodeFrame(bytes: Uint8Array): Message[] {
  if (mayExceed(bytes, FRAME_LIMITS)) checkCounts(bytes);
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

/** The opcode of the first message of a frame, without reading the rest; null if it is none. */
export function firstOpcode(bytes: Uint8Array): number | null {
  const [list = 0] = bytes;
  const at = list === 0xdd ? 5 : list === 0xdc ? 3 : 1;
  const head = bytes[at];
  if (head === undefined || (at === 1 && (list & 0xf0) !== 0x90)) return null;
  if (head < 0x80) return head;
  if (head === 0xcc) return bytes[at + 1] ?? null;
  const [high, low] = [bytes[at + 1], bytes[at + 2]];
  return head === 0xcd && high !== undefined && low !== undefined ? high * 256 + low : null;
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
    return unpackr.unpack(plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch (cause) {
    throw invalidFrame(bytes, 'it is not msgpack', cause);
  }
}

function invalidFrame(bytes: Uint8Array, reason: string, cause?: unknown): MeteError {
  const mend = 'send frames as docs/protocol.md says';
  return new MeteError('INVALID_MESSAGE', { field: 'frame', value: `${bytes.length} bytes`, reason, mend, cause });
}

function checkCounts(bytes: Uint8Array): void {
  const { values, definitions } = countFrame(bytes);
  if (values <= FRAME_LIMITS.values && definitions <= FRAME_LIMITS.definitions) return;
  const [limit, what] = values > FRAME_LIMITS.values
    ? [FRAME_LIMITS.values, 'values']
    : [FRAME_LIMITS.definitions, 'definitions of records'];
  const mend = 'send fewer messages in a frame, and objects of many kinds as maps';
  const detail = { field: 'frame', value: `${bytes.length} bytes`, reason: `it has more than ${limit} ${what}`, mend };
  throw new MeteError('LIMIT_EXCEEDED', detail);
}

function unknownOpcode(opcode: unknown): MeteError {
  const mend = 'send a message of docs/protocol.md; is the other side of a newer version?';
  const reason = 'no message has this opcode';
  return new MeteError('UNKNOWN_MESSAGE', { field: 'opcode', value: opcode, reason, mend });
}
