/**
 * Sets of strings as sorted arrays without duplicates (in JavaScript's string order, which is total and fixed).
 *
 * All operations are one linear pass, and return an operand itself where nothing changes.
 */

export type Items = readonly string[];

export const NO_ITEMS: Items = Object.freeze([]);

/** Items from strings in any order; duplicates become one. */
export function normalizeItems(strings: readonly string[]): Items {
  if (strings.length === 0) return NO_ITEMS;
  const sorted = [...strings].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const out: string[] = [sorted[0]!];
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) out.push(sorted[i]!);
  return out;
}

/** The union. */
export function addItems(a: Items, b: Items): Items {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    if (left === right) {
      out.push(left);
      i++;
      j++;
    } else if (left < right) {
      out.push(left);
      i++;
    } else {
      out.push(right);
      j++;
    }
  }
  for (; i < a.length; i++) out.push(a[i]!);
  for (; j < b.length; j++) out.push(b[j]!);
  return out;
}

/** What is in `a` and not in `b`; `a` itself if they have nothing in common. */
export function subtractItems(a: Items, b: Items): Items {
  if (a.length === 0 || b.length === 0) return a;
  if (a === b) return NO_ITEMS;
  const out: string[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    const item = a[i]!;
    while (j < b.length && b[j]! < item) j++;
    if (j >= b.length || b[j] !== item) out.push(item);
  }
  if (out.length === a.length) return a;
  return out.length === 0 ? NO_ITEMS : out;
}

/** Whether every item of `b` is in `a`. */
export function containsItems(a: Items, b: Items): boolean {
  if (a === b) return true;
  if (b.length > a.length) return false;
  let i = 0;
  for (let j = 0; j < b.length; j++) {
    const item = b[j]!;
    while (i < a.length && a[i]! < item) i++;
    if (i >= a.length || a[i] !== item) return false;
    i++;
  }
  return true;
}

/** Whether both have the same items. */
export function equalItems(a: Items, b: Items): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
