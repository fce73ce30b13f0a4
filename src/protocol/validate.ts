/**
 * The check of whole messages. Objects are closed: a field that the schema does not name is refused, so that a slip of
 * the pen is not silently without effect.
 */
import { MeteError } from '../base/errors.js';
import { type Check, compileChecks } from './check-compiler.js';
import { type Message, MESSAGES, type MessageType } from './messages.js';
import { findFault } from './refusal.js';
import { type Node, nodeOf } from './shape.js';

const TYPES = Object.keys(MESSAGES) as MessageType[];

/** The node of each type of messages. */
export const MESSAGE_NODES: ReadonlyMap<string, Node> = new Map(TYPES.map((type) => [type, nodeOf(MESSAGES[type])]));

const checks: readonly Check[] = compileChecks(TYPES.map((type) => nodeOf(MESSAGES[type])));
const checkOf: ReadonlyMap<unknown, Check> = new Map(TYPES.map((type, i) => [type, checks[i]!]));

/**
 * The value itself, if it is a message. Throws MeteError: UNKNOWN_MESSAGE if its type is not known, INVALID_MESSAGE
 * with the path of the first bad field.
 */
export function checkMessage(value: unknown): Message {
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  const check = checkOf.get(type);
  if (check === undefined) throw unknownType(type);
  if (check(value)) return value as Message;
  throw refusalOf(type as MessageType, value);
}

/** The error for a value that is no message of its type. */
function refusalOf(type: MessageType, value: unknown): MeteError {
  const detail = findFault(nodeOf(MESSAGES[type]), value, type);
  if (detail !== null) return new MeteError('INVALID_MESSAGE', detail);
  const mend = 'this is a fault of mete: report it';
  return new MeteError('INTERNAL', { field: type, value, reason: 'it was refused without a reason', mend });
}

function unknownType(type: unknown): MeteError {
  const mend = 'send a message of docs/protocol.md; is the other side of a newer version?';
  return new MeteError('UNKNOWN_MESSAGE', { field: 'type', value: type, reason: 'no message has this type', mend });
}
