/**
 * Counting without regard to case: words are counted as they stand, which is fast, and only then each different word is
 * turned to lower case, once. Words that are UTF-8 follow Unicode; in others the letters A to Z alone are turned.
 */
import { WordTable } from './word-table.js';

/** A table with the words of another in lower case. */
export function lowerCase(table: WordTable): WordTable {
  const lowered = new WordTable();
  lowered.reserve(table.words);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const encoder = new TextEncoder();
  let ascii = new Uint8Array(64);
  table.each((bytes, from, to, count) => {
    const length = to - from;
    if (length > ascii.length) ascii = new Uint8Array(2 * length);
    let plain = true;
    for (let i = 0; i < length; i++) {
      const byte = bytes[from + i]!;
      ascii[i] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
      if (byte >= 0x80) plain = false;
    }
    const text = plain ? null : decoded(decoder, bytes.subarray(from, to));
    if (text === null) return lowered.add(ascii, 0, length, count);
    const turned = encoder.encode(text.toLowerCase());
    lowered.add(turned, 0, turned.length, count);
  });
  return lowered;
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
