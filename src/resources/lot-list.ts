/**
 * Lists of lots, sorted by `compareLots`, no two comparing as 0, none empty: the arithmetic behind Resources.
 *
 * Two lists of similar length are merged in one pass; a short list against a long one goes by binary search, so that a
 * small change of a large value costs a copy of an array of pointers and little else. Lots that do not change are
 * reused, and an operation that changes nothing returns its first operand. No closures, no maps: this is the hot path.
 */
import { compareLots, containsLot, equalLot, isEmptyLot, type Lot, minusLot, plusLot } from './lot.js';

export type LotList = readonly Lot[];

/** A list this many times shorter than the other is looked up by binary search rather than merged. */
const SEARCH_RATIO = 16;

/** Lists up to this length are kept without spare room. */
const SHORT = 16;

/** A list from lots in any order, which are combined where they can be; empty ones are dropped. */
export function collectLots(lots: readonly Lot[]): LotList {
  let normal = true;
  for (let i = 0; normal && i < lots.length; i++) {
    normal = !isEmptyLot(lots[i]!) && (i === 0 || compareLots(lots[i - 1]!, lots[i]!) < 0);
  }
  if (normal) return lots.slice();
  const sorted: Lot[] = [];
  for (const lot of lots) if (!isEmptyLot(lot)) sorted.push(lot);
  sorted.sort(compareLots);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const lot = sorted[i]!;
    if (count > 0 && compareLots(sorted[count - 1]!, lot) === 0) sorted[count - 1] = plusLot(sorted[count - 1]!, lot);
    else sorted[count++] = lot;
  }
  sorted.length = count;
  return sorted;
}

/** The sum; of two lots that are combined, the descriptor of one stays. Throws MeteError (LIMIT_EXCEEDED). */
export function plusLots(a: LotList, b: LotList): LotList {
  if (a.length < b.length) return plusLots(b, a);
  if (b.length * SEARCH_RATIO < a.length) return plusFew(a, b);
  const out: Lot[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    const order = compareLots(left, right);
    if (order === 0) {
      out.push(plusLot(left, right));
      i++;
      j++;
    } else if (order < 0) {
      out.push(left);
      i++;
    } else {
      out.push(right);
      j++;
    }
  }
  for (; i < a.length; i++) out.push(a[i]!);
  for (; j < b.length; j++) out.push(b[j]!);
  return fitted(out);
}

/** A list that grew by pushing keeps room for some sixteen more; most values live long and are short. */
function fitted(list: Lot[]): LotList {
  return list.length <= SHORT ? list.slice() : list;
}

function plusFew(a: LotList, b: LotList): LotList {
  const out = a.slice();
  let from = 0;
  for (let j = 0; j < b.length; j++) {
    const lot = b[j]!;
    from = lowerBound(out, lot, from);
    if (from < out.length && compareLots(out[from]!, lot) === 0) out[from] = plusLot(out[from]!, lot);
    else out.splice(from, 0, lot);
    from++;
  }
  return out;
}

/** What is left of `a` without `b`; what `b` has more or besides is ignored. `a` itself if nothing is taken. */
export function minusLots(a: LotList, b: LotList): LotList {
  if (b.length * SEARCH_RATIO < a.length) return minusFew(a, b);
  const out: Lot[] = [];
  let changed = false;
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    const left = a[i]!;
    let order = 1;
    while (j < b.length && (order = compareLots(left, b[j]!)) > 0) j++;
    if (j >= b.length || order < 0) {
      out.push(left);
      continue;
    }
    const rest = minusLot(left, b[j]!);
    if (rest !== left) changed = true;
    if (rest !== null) out.push(rest);
    j++;
  }
  return changed ? fitted(out) : a;
}

function minusFew(a: LotList, b: LotList): LotList {
  let out: Lot[] | null = null;
  let from = 0;
  for (let j = 0; j < b.length; j++) {
    const lot = b[j]!;
    const list: LotList = out ?? a;
    from = lowerBound(list, lot, from);
    if (from >= list.length) break;
    const left = list[from]!;
    if (compareLots(left, lot) !== 0) continue;
    const rest = minusLot(left, lot);
    if (rest === left) continue;
    out ??= a.slice();
    if (rest === null) out.splice(from, 1);
    else out[from++] = rest;
  }
  return out ?? a;
}

/** Whether `a` holds all of `b`. */
export function containsLots(a: LotList, b: LotList): boolean {
  if (b.length > a.length) return false; // each lot of b needs a lot of a for itself
  if (b.length * SEARCH_RATIO < a.length) return containsFew(a, b);
  let i = 0;
  for (let j = 0; j < b.length; j++) {
    const right = b[j]!;
    let order = -1;
    while (i < a.length && (order = compareLots(a[i]!, right)) < 0) i++;
    if (i >= a.length || order > 0 || !containsLot(a[i]!, right)) return false;
    i++;
  }
  return true;
}

function containsFew(a: LotList, b: LotList): boolean {
  let from = 0;
  for (let j = 0; j < b.length; j++) {
    const right = b[j]!;
    from = lowerBound(a, right, from);
    if (from >= a.length) return false;
    const left = a[from]!;
    if (compareLots(left, right) !== 0 || !containsLot(left, right)) return false;
    from++;
  }
  return true;
}

/** Whether both hold the same. */
export function equalLots(a: LotList, b: LotList): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (compareLots(a[i]!, b[i]!) !== 0 || !equalLot(a[i]!, b[i]!)) return false;
  }
  return true;
}

/** The first index at or after `from` whose lot does not come before `lot`. */
function lowerBound(list: LotList, lot: Lot, from: number): number {
  let low = from;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareLots(list[middle]!, lot) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
