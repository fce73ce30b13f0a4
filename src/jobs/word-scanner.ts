/**
 * Finds the words of a stream of bytes and counts them. Words are what lies between the six ASCII white-space bytes
 * (space, \t, \n, \v, \f, \r), as `tr -s '[:space:]' '\n'` sees it in the C locale; all other bytes belong to words.
 *
 * The scanner looks at four bytes at a time: `(w - 0x21…) & ~w & 0x80…` has the high bit of the first byte that is at
 * most 0x20 (and of none before it). A chunk is scanned where it lies up to the last white space that is far enough
 * from its end for reading beyond a word; what is left is copied into a window with spaces behind it. A word that is
 * cut by the end of a chunk stays at the front of the window and is completed by the next one.
 */
import { MeteError } from '../base/errors.js';
import { hashShort, type WordTable } from './word-table.js';

const WINDOW_BYTES = 1 << 12;
/** Spaces behind the text in the window: as far as the scanner can look beyond a word of eight bytes. */
const PADDING_BYTES = 16;
/** A word longer than this is refused. */
export const MAX_WORD_BYTES = 1 << 24;

const SPACE = 0x20;

export function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

export class WordScanner {
  private window = new Uint8Array(WINDOW_BYTES + PADDING_BYTES);
  private view = new DataView(this.window.buffer);
  /** Bytes of a word at the front of the window that may go on. */
  private carried = 0;

  constructor(private table: WordTable) {}

  /** Is the last word seen so far possibly not complete? */
  get inWord(): boolean {
    return this.carried > 0;
  }

  /** Counts what comes from now on, and the word that is not complete yet, in another table. */
  countInto(table: WordTable): void {
    this.table = table;
  }

  /** Takes the bytes of a chunk from `from` to `to` (excluded), which follow those taken before. */
  take(chunk: Uint8Array, from = 0, to = chunk.length): void {
    let first = from;
    if (this.carried > 0) while (first < to && !isSpace(chunk[first]!)) first++;
    let last = to - PADDING_BYTES;
    while (last > first && !isSpace(chunk[last]!)) last--;
    if (last <= first) return this.takeByWindow(chunk, from, to);
    if (this.carried > 0) this.takeByWindow(chunk, from, first + 1);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    scan(this.table, chunk, view, first, last + 1);
    this.takeByWindow(chunk, last + 1, to);
  }

  private takeByWindow(chunk: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.carried * 2 > this.window.length - PADDING_BYTES) this.widen();
      const room = this.window.length - PADDING_BYTES - this.carried;
      const next = Math.min(at + room, to);
      this.window.set(chunk.subarray(at, next), this.carried);
      const end = this.carried + next - at;
      this.window.fill(SPACE, end, end + PADDING_BYTES);
      const rest = scan(this.table, this.window, this.view, 0, end);
      this.window.copyWithin(0, rest, end);
      this.carried = end - rest;
      at = next;
    }
  }

  /** The text is at its end: the last word is complete. */
  finish(): void {
    if (this.carried > 0) this.table.add(this.window, 0, this.carried, 1);
    this.carried = 0;
  }

  private widen(): void {
    if (this.carried > MAX_WORD_BYTES) {
      throw new MeteError('LIMIT_EXCEEDED', {
        field: 'word',
        value: this.carried,
        reason: `it is longer than ${MAX_WORD_BYTES} bytes`,
        mend: 'count texts that have white space',
      });
    }
    const larger = new Uint8Array(this.window.length * 2);
    larger.set(this.window.subarray(0, this.carried));
    this.window = larger;
    this.view = new DataView(larger.buffer);
  }
}

/**
 * Counts the words between two places. Either the byte before `end` is white space, or those from `end` on are; some
 * bytes from `end` on can be read. Returns where a last word that touches `end` starts, or `end`.
 */
function scan(table: WordTable, bytes: Uint8Array, view: DataView, from: number, end: number): number {
  let { slots, counts, shift } = table;
  let at = from;
  for (;;) {
    while (isSpace(bytes[at]!) && at < end) at++;
    if (at >= end) return end;
    const first = view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    const belowFirst = (first - 0x21212121) & ~first & 0x80808080;
    const belowSecond = (second - 0x21212121) & ~second & 0x80808080;
    // Without branches, which would be guessed wrong every other word: `inFirst` is -1 if the word ends there, else 0.
    const inFirst = (belowFirst | -belowFirst) >> 31;
    const below = (belowFirst & inFirst) | (belowSecond & ~inFirst);
    const bits = (31 - Math.clz32(below & -below)) & 0x18;
    const kept = ((1 << bits) - 1) | ~((below | -below) >> 31);
    const low = first & (kept | ~inFirst);
    const high = second & kept & ~inFirst;
    const length = below === 0 ? (bytes[at + 8]! <= SPACE ? 8 : 9) : (bits >>> 3) + (4 & ~inFirst);
    if (length > 8 || !isSpace(bytes[at + length]!)) {
      const stop = endOfWord(bytes, view, at + length);
      if (stop >= end) return at;
      table.add(bytes, at, stop, 1);
      ({ slots, counts, shift } = table);
      at = stop + 1;
      continue;
    }
    if (at + length >= end) return at;
    at += length + 1;
    const slot = hashShort(low, high) >>> shift;
    const place = slot * 4;
    if (slots[place + 2] === length && slots[place] === low && slots[place + 1] === high) counts[slot]! += 1;
    else {
      table.addShort(low, high, length, 1);
      ({ slots, counts, shift } = table);
    }
  }
}

/** The first white-space byte from `from` on; there is one, for the text is followed by spaces. */
function endOfWord(bytes: Uint8Array, view: DataView, from: number): number {
  let at = from;
  for (;;) {
    const four = view.getInt32(at, true);
    const below = (four - 0x21212121) & ~four & 0x80808080;
    if (below === 0) {
      at += 4;
      continue;
    }
    at += (31 - Math.clz32(below & -below)) >>> 3;
    if (isSpace(bytes[at]!)) return at;
    at++;
  }
}
