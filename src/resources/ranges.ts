/**
 * Sets of integers as ranges: `[begin0, end0, begin1, end1, …]`, both ends inclusive.
 *
 * A `Ranges` is sorted, disjoint and coalesced (adjacent ranges are one), hence unique for its set of integers. Its
 * numbers are safe integers >= 0. All operations are one linear pass, and return an operand itself where nothing
 * changes.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';

export type Ranges = readonly number[];

export const NO_RANGES: Ranges = Object.freeze([]);

/** Lists of up to as many numbers are kept without spare room. */
const SHORT = 64;

/**
 * Ranges from pairs in any order, overlapping or adjacent. `pairs` is flat like `Ranges`; `field` names it in errors.
 * Throws MeteError for an odd count, for ends that are no safe integers >= 0, and for a begin beyond its end.
 */
export function normalizeRanges(
  pairs: readonly number[],
  field = 'ranges',
  code: ErrorCode = 'INVALID_RESOURCES',
): Ranges {
  checkPairs(pairs, field, code);
  if (pairs.length === 0) return NO_RANGES;
  return coalesce(isSorted(pairs) ? pairs : sortPairs(pairs));
}

function checkPairs(pairs: readonly number[], field: string, code: ErrorCode): void {
  const mend = 'give begin and end as integers from 0 to 2^53 - 1, begin not beyond end';
  if (pairs.length % 2 !== 0) {
    throw new MeteError(code, { field, value: pairs, reason: 'a begin without an end', mend });
  }
  for (let i = 0; i < pairs.length; i += 2) {
    const begin = pairs[i];
    const end = pairs[i + 1];
    if (Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin! >= 0 && begin! <= end!) continue;
    const reason = begin! > end! ? 'the range begins beyond its end' : 'an end of the range is not an integer >= 0';
    throw new MeteError(code, { field: `${field}[${i / 2}]`, value: `${begin}-${end}`, reason, mend });
  }
}

function isSorted(pairs: readonly number[]): boolean {
  for (let i = 2; i < pairs.length; i += 2) if (pairs[i]! < pairs[i - 2]!) return false;
  return true;
}

function sortPairs(pairs: readonly number[]): number[] {
  const order: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) order.push(i);
  order.sort((a, b) => pairs[a]! - pairs[b]!);
  const sorted: number[] = [];
  for (const i of order) sorted.push(pairs[i]!, pairs[i + 1]!);
  return sorted;
}

function coalesce(sorted: readonly number[]): Ranges {
  const out: number[] = [];
  let begin = sorted[0]!;
  let end = sorted[1]!;
  for (let i = 2; i < sorted.length; i += 2) {
    const nextEnd = sorted[i + 1]!;
    if (sorted[i]! <= end + 1) {
      if (nextEnd > end) end = nextEnd;
    } else {
      out.push(begin, end);
      begin = sorted[i]!;
      end = nextEnd;
    }
  }
  out.push(begin, end);
  return fitted(out);
}

/** The union. */
export function addRanges(a: Ranges, b: Ranges): Ranges {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  const out: number[] = [];
  let i = 0;
  let j = 0;
  let begin = -1;
  let end = -2; // an empty range before all others; its successor -1 touches no begin
  while (i < a.length || j < b.length) {
    let nextBegin: number;
    let nextEnd: number;
    if (j >= b.length || (i < a.length && a[i]! <= b[j]!)) {
      nextBegin = a[i]!;
      nextEnd = a[i + 1]!;
      i += 2;
    } else {
      nextBegin = b[j]!;
      nextEnd = b[j + 1]!;
      j += 2;
    }
    if (nextBegin <= end + 1) {
      if (nextEnd > end) end = nextEnd;
    } else {
      if (end >= 0) out.push(begin, end);
      begin = nextBegin;
      end = nextEnd;
    }
  }
  out.push(begin, end);
  return fitted(out);
}

/** A list that grew by pushing keeps room for half as many and sixteen more; most values live long and are short. */
function fitted(list: number[]): Ranges {
  return list.length <= SHORT ? list.slice() : list;
}

/** What is in `a` and not in `b`; `a` itself if they have nothing in common. */
export function subtractRanges(a: Ranges, b: Ranges): Ranges {
  if (a.length === 0 || b.length === 0) return a;
  if (a === b) return NO_RANGES;
  const out: number[] = [];
  let cut = false;
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let begin = a[i]!;
    const end = a[i + 1]!;
    while (j < b.length && b[j + 1]! < begin) j += 2;
    while (j < b.length && b[j]! <= end) {
      cut = true;
      if (b[j]! > begin) out.push(begin, b[j]! - 1);
      begin = b[j + 1]! + 1;
      if (begin > end) break;
      j += 2;
    }
    if (begin <= end) out.push(begin, end);
  }
  if (!cut) return a;
  return out.length === 0 ? NO_RANGES : fitted(out);
}

/** Whether every integer of `b` is in `a`. */
export function containsRanges(a: Ranges, b: Ranges): boolean {
  if (a === b) return true;
  let i = 0;
  for (let j = 0; j < b.length; j += 2) {
    while (i < a.length && a[i + 1]! < b[j]!) i += 2;
    if (i >= a.length || a[i]! > b[j]! || a[i + 1]! < b[j + 1]!) return false;
  }
  return true;
}

/** Whether both are the same set of integers. */
export function equalRanges(a: Ranges, b: Ranges): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** How many integers there are. */
export function countRanges(ranges: Ranges): number {
  let count = 0;
  for (let i = 0; i < ranges.length; i += 2) count += ranges[i + 1]! - ranges[i]! + 1;
  return count;
}
