/**
 * Ids given by frameworks and agents (tasks, executors, frameworks, agents, volumes): they become names of directories,
 * so they must be names that every file system takes. Uuids of status updates.
 */
import type { Refusal } from './refusal.js';

const MAX_BYTES = 255;
const SLASH = 47;
const BACKSLASH = 92;
const DELETE = 127;

export function validateId(id: string): Refusal {
  if (id.length === 0) return 'ID must not be empty';
  // No character has more than three bytes of UTF-8 for each unit of a JavaScript string.
  if (id.length * 3 > MAX_BYTES && countBytes(id) > MAX_BYTES) {
    return `ID must not be greater than ${MAX_BYTES} characters`;
  }
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code < 32 || code === SLASH || code === BACKSLASH || code === DELETE) {
      return `'${id}' contains invalid characters`;
    }
  }
  return null;
}

/** The bytes of a text in UTF-8. */
function countBytes(text: string): number {
  let count = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    count += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return count;
}

/** A uuid is 16 bytes. (Mesos looks at the version in them, too; but it is only ever compared with what was sent.) */
export function validateUuid(uuid: Uint8Array): Refusal {
  return uuid.length === 16 ? null : 'Not a valid UUID';
}
