/**
 * Counts of words, a word being any bytes: an open-addressing hash table without a string or an object for a word.
 *
 * A slot is four 32-bit integers. Words of up to eight bytes are in their slot: [bytes 0–3, bytes 4–7, length, 0], the
 * bytes little-endian and padded with zeros. Longer ones lie in an arena: [second hash, length, -1 - offset, 0]. A slot
 * whose third integer is 0 is free. Counts stand beside, as doubles, exact to 2^53. Collisions go to the next slot; the
 * table doubles when half its slots are taken, or three quarters of very many. It is bounded: beyond `MAX_WORDS` or
 * `MAX_ARENA_BYTES` it refuses.
 */
import { MeteError } from '../base/errors.js';

/** Bytes of a word that fit in its slot. */
export const SHORT_BYTES = 8;
/** Different words one table can hold. */
export const MAX_WORDS = 1 << 24;
/** Bytes of all words longer than `SHORT_BYTES` that one table can hold. */
export const MAX_ARENA_BYTES = 1 << 29;

const SLOT = 4;
const FIRST_SLOTS = 1 << 12;
/** From here on memory counts more than short ways to a free slot. */
const LARGE_SLOTS = 1 << 21;
const FIRST_ARENA_BYTES = 1 << 14;

/** The hash of a word of up to eight bytes; its upper bits are the good ones. */
export function hashShort(low: number, high: number): number {
  const mixed = (Math.imul(low, 0x9e3779b1) + Math.imul(high, 0x85ebca77)) | 0;
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
}

/** Both hashes of longer words, FNV-1a over 32-bit pieces; the second is left in `secondHash`. */
let secondHash = 0;
function hashLong(bytes: Uint8Array, from: number, to: number): number {
  let first = 0x811c9dc5 ^ (to - from);
  let second = 0x9e3779b9;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    first = Math.imul(first ^ four, 0x01000193);
    first ^= first >>> 15;
    second = Math.imul(second ^ four, 0x85ebca6b);
    second ^= second >>> 13;
  }
  for (; at < to; at++) {
    first = Math.imul(first ^ bytes[at]!, 0x01000193);
    second = Math.imul(second ^ bytes[at]!, 0x85ebca6b);
  }
  secondHash = second;
  return Math.imul(first ^ (first >>> 15), 0x2c1b3c6d);
}

export class WordTable {
  /** Different words. */
  words = 0;
  /** Read by the scanner, which looks for short words by itself; replaced when the table grows. */
  slots = new Int32Array(FIRST_SLOTS * SLOT);
  counts = new Float64Array(FIRST_SLOTS);
  /** The slot of a hash is `hash >>> shift`. */
  shift = 32 - Math.log2(FIRST_SLOTS);
  private arena = new Uint8Array(FIRST_ARENA_BYTES);
  private arenaUsed = 0;

  /** Adds to the count of the word in `bytes` from `from` to `to` (excluded). */
  add(bytes: Uint8Array, from: number, to: number, count: number): void {
    const length = to - from;
    if (length > SHORT_BYTES) return this.addLong(bytes, from, to, count);
    let low = 0;
    let high = 0;
    for (let i = 0; i < length; i++) {
      if (i < 4) low |= bytes[from + i]! << (8 * i);
      else high |= bytes[from + i]! << (8 * i - 32);
    }
    this.addShort(low, high, length, count);
  }

  /** Adds to the count of a word of up to eight bytes, given as they stand in a slot. */
  addShort(low: number, high: number, length: number, count: number): void {
    const slots = this.slots;
    const mask = this.counts.length - 1;
    let slot = hashShort(low, high) >>> this.shift;
    for (;;) {
      const at = slot * SLOT;
      const found = slots[at + 2]!;
      if (found === length && slots[at] === low && slots[at + 1] === high) break;
      if (found === 0) {
        slots[at] = low;
        slots[at + 1] = high;
        slots[at + 2] = length;
        this.counts[slot] = count;
        return this.grown();
      }
      slot = (slot + 1) & mask;
    }
    this.counts[slot]! += count;
  }

  private addLong(bytes: Uint8Array, from: number, to: number, count: number): void {
    const slots = this.slots;
    const mask = this.counts.length - 1;
    let slot = hashLong(bytes, from, to) >>> this.shift;
    const second = secondHash;
    for (;;) {
      const at = slot * SLOT;
      const found = slots[at + 2]!;
      if (found === 0) {
        slots[at] = second;
        slots[at + 1] = to - from;
        slots[at + 2] = -1 - this.keep(bytes, from, to);
        this.counts[slot] = count;
        return this.grown();
      }
      const alike = found < 0 && slots[at] === second && slots[at + 1] === to - from;
      if (alike && this.same(-1 - found, bytes, from, to)) break;
      slot = (slot + 1) & mask;
    }
    this.counts[slot]! += count;
  }

  /** Visits all words in no particular order; the bytes given are valid during the visit only. */
  each(visit: (bytes: Uint8Array, from: number, to: number, count: number) => void): void {
    const { slots, counts, arena } = this;
    const short = new Uint8Array(SHORT_BYTES);
    for (let slot = 0; slot < counts.length; slot++) {
      const at = slot * SLOT;
      const found = slots[at + 2]!;
      if (found < 0) visit(arena, -1 - found, -1 - found + slots[at + 1]!, counts[slot]!);
      else if (found > 0) {
        const low = slots[at]!;
        const high = slots[at + 1]!;
        for (let i = 0; i < 4; i++) {
          short[i] = low >>> (8 * i);
          short[i + 4] = high >>> (8 * i);
        }
        visit(short, 0, found, counts[slot]!);
      }
    }
  }

  /** Bytes of all different words together. */
  wordBytes(): number {
    let bytes = this.arenaUsed;
    for (let at = 2; at < this.slots.length; at += SLOT) if (this.slots[at]! > 0) bytes += this.slots[at]!;
    return bytes;
  }

  private same(offset: number, bytes: Uint8Array, from: number, to: number): boolean {
    for (let at = from, mine = offset; at < to; at++, mine++) if (bytes[at] !== this.arena[mine]) return false;
    return true;
  }

  /** Copies a word into the arena and returns its offset there. */
  private keep(bytes: Uint8Array, from: number, to: number): number {
    const offset = this.arenaUsed;
    const needed = offset + to - from;
    if (needed > this.arena.length) {
      if (needed > MAX_ARENA_BYTES) throw tooMuch('bytes of different words', needed, MAX_ARENA_BYTES);
      const larger = new Uint8Array(Math.min(MAX_ARENA_BYTES, Math.max(needed, this.arena.length * 2)));
      larger.set(this.arena);
      this.arena = larger;
    }
    for (let at = from, mine = offset; at < to; at++, mine++) this.arena[mine] = bytes[at]!;
    this.arenaUsed = needed;
    return offset;
  }

  /**
   * Makes room for so many new words. To be called before adding words in the order in which another table has them:
   * that is the order of their hashes, and a table that is too small would fill up from its start, in ever longer runs.
   */
  reserve(words: number): void {
    while (this.words + words > this.capacity()) this.double();
  }

  private capacity(): number {
    const { length } = this.counts;
    return length < LARGE_SLOTS ? length / 2 : (length / 4) * 3;
  }

  /** Counts a new word and doubles the table if it is full. */
  private grown(): void {
    this.words++;
    if (this.words <= this.capacity()) return;
    if (this.words > MAX_WORDS) throw tooMuch('different words', this.words, MAX_WORDS);
    this.double();
  }

  private double(): void {
    const { slots, counts, arena } = this;
    const mask = counts.length * 2 - 1;
    this.shift--;
    this.slots = new Int32Array(slots.length * 2);
    this.counts = new Float64Array(counts.length * 2);
    for (let from = 0; from < counts.length; from++) {
      const found = slots[from * SLOT + 2]!;
      if (found === 0) continue;
      const low = slots[from * SLOT]!;
      const high = slots[from * SLOT + 1]!;
      const hash = found > 0 ? hashShort(low, high) : hashLong(arena, -1 - found, -1 - found + high);
      let slot = hash >>> this.shift;
      while (this.slots[slot * SLOT + 2] !== 0) slot = (slot + 1) & mask;
      this.slots[slot * SLOT] = low;
      this.slots[slot * SLOT + 1] = high;
      this.slots[slot * SLOT + 2] = found;
      this.counts[slot] = counts[from]!;
    }
  }
}

function tooMuch(field: string, value: number, limit: number): MeteError {
  return new MeteError('LIMIT_EXCEEDED', {
    field,
    value,
    reason: `a table of words holds at most ${limit}`,
    mend: 'count the text in parts',
  });
}
