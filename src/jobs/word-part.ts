/**
 * Counted words on their way from a task to the framework: for each word its count and its length as LEB128 numbers and
 * then its bytes, and eight zero bytes at the end of all so that words can be read eight bytes at a time. No order is
 * promised. Adding a part to a table needs no memory but the table's.
 */
import { MeteError } from '../base/errors.js';
import { SHORT_BYTES, type WordTable } from './word-table.js';

/** Tables are put into a part when they have about so many words. */
export const TABLE_WORDS = 1 << 18;

export interface WordPart {
  /** Words in `bytes`; one may be there several times, its counts are then added up. */
  readonly words: number;
  readonly bytes: Uint8Array;
}

/** Collects the words of tables, one after the other, into a part. */
export class PartWriter {
  private words = 0;
  private readonly runs: Uint8Array[] = [];

  add(table: WordTable): void {
    let size = 0;
    table.each((_bytes, from, to, count) => (size += numberBytes(count) + numberBytes(to - from) + to - from));
    const run = new Uint8Array(size);
    let at = 0;
    table.each((bytes, from, to, count) => {
      at = writeNumber(run, at, count);
      at = writeNumber(run, at, to - from);
      for (let i = from; i < to; i++) run[at++] = bytes[i]!;
    });
    this.words += table.words;
    this.runs.push(run);
  }

  part(): WordPart {
    const bytes = new Uint8Array(this.runs.reduce((sum, run) => sum + run.length, SHORT_BYTES));
    let at = 0;
    for (const run of this.runs) {
      bytes.set(run, at);
      at += run.length;
    }
    return { words: this.words, bytes };
  }
}

/** Adds the words of a part to a table; throws MeteError INVALID_ARGUMENT if the part is broken. */
export function addWords(table: WordTable, part: WordPart): void {
  const { bytes } = part;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - SHORT_BYTES;
  const cursor: Cursor = { at: 0 };
  for (let word = 0; word < part.words; word++) {
    if (word % TABLE_WORDS === 0) table.reserve(Math.min(TABLE_WORDS, part.words - word, bytes.length));
    const count = readNumber(bytes, cursor);
    const length = readNumber(bytes, cursor);
    const from = cursor.at;
    cursor.at = from + length;
    if (!(count >= 1 && length >= 1 && cursor.at <= end)) throw broken(part, word);
    if (length > SHORT_BYTES) table.add(bytes, from, cursor.at, count);
    else if (length > 4) {
      table.addShort(view.getInt32(from, true), view.getInt32(from + 4, true) & firstBytes(length - 4), length, count);
    } else table.addShort(view.getInt32(from, true) & firstBytes(length), 0, length, count);
  }
  if (cursor.at !== end) throw broken(part, part.words);
}

interface Cursor {
  at: number;
}

/** Mask of the first bytes (1 to 4) of a little-endian integer. */
function firstBytes(count: number): number {
  return -1 >>> (32 - 8 * count);
}

function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function writeNumber(out: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 0x80;
  out[at++] = rest;
  return at;
}

/** The number at the cursor, or NaN where bytes end in it or it is beyond 2^53. */
function readNumber(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined || scale > 2 ** 49) return NaN;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
}

function broken(part: WordPart, word: number): MeteError {
  return new MeteError('INVALID_ARGUMENT', {
    field: 'part',
    value: { words: part.words, bytes: part.bytes.length },
    reason: `word ${word} is not where it should be`,
    mend: 'use the same version of mete everywhere',
  });
}
