/**
 * Counted words in their final order, highest count first and ties by bytes, and their form as lines
 * `word<TAB>count`. Bytes stay bytes, whatever they mean.
 */
import type { WordTable } from './word-table.js';

export interface WordCounts {
  /** All words of the text, each as often as it occurs. */
  readonly total: number;
  /** Different words. */
  readonly words: number;
  /** The first `limit` lines; all if it is 0 or not given. */
  lines(limit?: number): Iterable<Uint8Array>;
}

/** Lines are handed out in blocks of about this size. */
const BLOCK_BYTES = 1 << 16;
const TAB = 9;
const NEWLINE = 10;

interface List {
  readonly bytes: Uint8Array;
  /** Where each word starts; the next one's start is its end. */
  readonly starts: Float64Array;
  readonly counts: Float64Array;
}

/** What a table has counted. */
export function wordCounts(table: WordTable): WordCounts {
  const list = listOf(table);
  let total = 0;
  for (const count of list.counts) total += count;
  return {
    total,
    words: list.counts.length,
    lines: (limit = 0) => printLines(list, firstOf(list, limit)),
  };
}

function listOf(table: WordTable): List {
  const bytes = new Uint8Array(table.wordBytes());
  const starts = new Float64Array(table.words + 1);
  const counts = new Float64Array(table.words);
  let word = 0;
  let at = 0;
  table.each((from, first, end, count) => {
    starts[word] = at;
    counts[word++] = count;
    for (let i = first; i < end; i++) bytes[at++] = from[i]!;
  });
  starts[word] = at;
  return { bytes, starts, counts };
}

/** The numbers of the first words in order. With a limit only words that are frequent enough are sorted. */
function firstOf(list: List, limit: number): Uint32Array {
  const { counts } = list;
  const all = limit === 0 || limit >= counts.length;
  const least = all ? 0 : counts.slice().sort()[counts.length - limit]!;
  const candidates: number[] = [];
  for (let word = 0; word < counts.length; word++) if (counts[word]! >= least) candidates.push(word);
  const order = Uint32Array.from(candidates);
  const heads = Float64Array.from(order, (word) => headOf(list, word));
  const places = Uint32Array.from(order, (_word, place) => place);
  places.sort((a, b) => {
    const byCount = counts[order[b]!]! - counts[order[a]!]!;
    return byCount !== 0 ? byCount : heads[a]! - heads[b]! || compareBytes(list, order[a]!, order[b]!);
  });
  const sorted = places.map((place) => order[place]!);
  return all ? sorted : sorted.subarray(0, limit);
}

/** The first six bytes of a word as a number that is ordered as they are. */
function headOf({ bytes, starts }: List, word: number): number {
  const start = starts[word]!;
  const length = Math.min(6, starts[word + 1]! - start);
  let head = 0;
  for (let i = 0; i < 6; i++) head = head * 256 + (i < length ? bytes[start + i]! : 0);
  return head;
}

function compareBytes({ bytes, starts }: List, a: number, b: number): number {
  const startA = starts[a]!;
  const startB = starts[b]!;
  const lengthA = starts[a + 1]! - startA;
  const lengthB = starts[b + 1]! - startB;
  const shorter = Math.min(lengthA, lengthB);
  for (let i = 0; i < shorter; i++) {
    const difference = bytes[startA + i]! - bytes[startB + i]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}

function* printLines({ bytes, starts, counts }: List, order: Uint32Array): Iterable<Uint8Array> {
  let block = new Uint8Array(BLOCK_BYTES);
  let at = 0;
  for (const word of order) {
    const start = starts[word]!;
    const end = starts[word + 1]!;
    const count = String(counts[word]!);
    const needed = end - start + count.length + 2;
    if (at + needed > block.length) {
      if (at > 0) yield block.subarray(0, at);
      block = new Uint8Array(Math.max(BLOCK_BYTES, needed));
      at = 0;
    }
    block.set(bytes.subarray(start, end), at);
    at += end - start;
    block[at++] = TAB;
    for (let i = 0; i < count.length; i++) block[at++] = count.charCodeAt(i);
    block[at++] = NEWLINE;
  }
  if (at > 0) yield block.subarray(0, at);
}
