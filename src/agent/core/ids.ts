/** Ids become parts of paths and keys, so they are checked before use, with the texts of Mesos. */

const MAX_LENGTH = 255;

/** Why a text is no id; null if it is one. */
export function idRefusal(id: string): string | null {
  if (id === '') return 'ID must not be empty';
  if (id.length > MAX_LENGTH) return `ID must not be greater than ${MAX_LENGTH} characters`;
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code <= 0x1f || code === 0x7f || code === 0x2f || code === 0x5c) return `'${id}' contains invalid characters`;
  }
  return null;
}
