/** JSON bodies as Mesos takes them: nested 200 deep at most, refused with the texts of its parser. */
import { MeteError } from '../base/errors.js';

/** How deep lists and objects may stand in each other. */
const MAX_DEPTH = 200;

/** How much of the text is shown where it cannot be read on. */
const NEAR_LENGTH = 100;

/** The value of a body. Throws MeteError (INVALID_MESSAGE) with Mesos' text as `reason`. */
export function parseJsonBody(body: Uint8Array): unknown {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString();
  // Before it is parsed: a bracket takes one byte here, and sixty once there is a list.
  if (isDeep(bytes)) throw unreadable(text, 0);
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(text, positionOf(text, (error as Error).message), error);
  }
  return value;
}

const [QUOTE, BACKSLASH] = Buffer.from('"\\') as unknown as [number, number];
const OPENING = new Set(Buffer.from('[{'));
const CLOSING = new Set(Buffer.from(']}'));

/** Whether lists and objects stand deeper in each other than is taken, or would if the text went on. */
function isDeep(bytes: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte < 0x5b) continue;
    else if (OPENING.has(byte)) {
      if (++depth > MAX_DEPTH) return true;
    } else if (CLOSING.has(byte)) depth--;
  }
  return false;
}

/** Where the closing quote is, or the end of the bytes. */
function endOfString(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at;
  }
  return bytes.length;
}

/** Where the parser stopped, as far as it says so. */
function positionOf(text: string, message: string): number {
  const said = / at position (\d+)/.exec(message);
  if (said !== null) return Number(said[1]);
  return message.includes('end of JSON input') ? text.length : 0;
}

function unreadable(text: string, position: number, cause?: unknown): MeteError {
  const line = text.slice(0, position).split('\n').length;
  const [near = ''] = text.slice(position, position + NEAR_LENGTH).split('\n', 1);
  const reason = `Failed to parse body into JSON: syntax error at line ${line} near: ${near}`;
  return new MeteError('INVALID_MESSAGE', { field: 'body', value: near, reason, mend: 'send JSON', cause });
}
