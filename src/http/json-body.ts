/** JSON bodies as Mesos takes them: nested 200 deep at most, refused with the texts of its parser. */
import { MeteError } from '../base/errors.js';

/** How deep lists and objects may stand in each other. */
const MAX_DEPTH = 200;

/** How much of the text is shown where it cannot be read on. */
const NEAR_LENGTH = 100;

/** The value of a body. Throws MeteError (INVALID_MESSAGE) with Mesos' text as `reason`. */
export function parseJsonBody(body: Uint8Array): unknown {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(text, positionOf(text, (error as Error).message), error);
  }
  // A shorter text cannot be deeper: each level takes an opening and a closing character.
  if (text.length > 2 * MAX_DEPTH && isDeeper(value, MAX_DEPTH)) throw unreadable(text, 0);
  return value;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, depth - 1));
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], depth - 1)) return true;
  return false;
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
