/**
 * Values in the text forms of resources and attributes: numbers, ranges `[1-5, 7-9]`, sets `{a, b}`.
 *
 * All functions look at `text` from `start` up to `end` and report places as characters of the whole text, from 1.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';
import { NO_RANGES, normalizeRanges, type Ranges } from './ranges.js';
import { type Items, NO_ITEMS, normalizeItems } from './sets.js';

/** A text under parse, and how to call it in errors. */
export interface Source {
  readonly text: string;
  readonly field: string;
  readonly code: ErrorCode;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i;

/** Throws the error of the source: about the part from `start` to `end`, which it names with its place. */
export function refusePart(source: Source, start: number, end: number, reason: string, mend: string): never {
  const { text, field, code } = source;
  throw new MeteError(code, {
    field,
    value: text.slice(start, end),
    reason: `${reason} (at character ${start + 1})`,
    mend,
  });
}

export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** The first index at or after `start` that is no blank; `end` if there is none. */
export function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** The index after the last character before `end` that is no blank; `start` if there is none. */
export function trimEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlank(text.charCodeAt(i - 1))) i--;
  return i;
}

/**
 * The decimal number that the part is, NaN if it is none. Signs, decimals and exponents are read; words such as `inf`,
 * other bases and blanks are not.
 */
export function readDecimal(text: string, start: number, end: number): number {
  const digits = end - start;
  if (digits > 0 && digits <= 15) {
    let value = 0;
    let i = start;
    for (; i < end; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === end) return value;
  }
  const part = text.slice(start, end);
  return DECIMAL.test(part) ? Number(part) : NaN;
}

/** Why a part that `readDecimal` does not take, or takes as negative or infinite, is no amount. */
export function whyNoAmount(text: string, start: number, end: number): string {
  const part = text.slice(start, end);
  if (NOT_FINITE.test(part)) return 'it is not a finite number';
  const value = readDecimal(text, start, end);
  if (Number.isNaN(value)) return 'it is not a number';
  return value < 0 ? 'it is negative' : 'it is beyond 2^53 - 1 thousandths';
}

/** The ranges of a part that starts with `[`. Overlapping and adjacent ranges become one. Throws MeteError. */
export function readRanges(source: Source, start: number, end: number): Ranges {
  const { text } = source;
  const close = closing(source, start, end, ']');
  if (skipBlanks(text, start + 1, close) === close) return NO_RANGES;
  const pairs: number[] = [];
  for (let i = start + 1; i <= close; ) {
    let next = text.indexOf(',', i);
    if (next < 0 || next > close) next = close;
    const from = skipBlanks(text, i, next);
    readRange(source, from, trimEnd(text, from, next), pairs);
    i = next + 1;
  }
  return normalizeRanges(pairs, source.field, source.code);
}

function readRange(source: Source, start: number, end: number, pairs: number[]): void {
  const { text } = source;
  const dash = text.indexOf('-', start);
  const begin = dash < 0 || dash >= end ? -1 : readInteger(text, start, trimEnd(text, start, dash));
  const last = begin < 0 ? -1 : readInteger(text, skipBlanks(text, dash + 1, end), end);
  const mend = "write 'begin-end' with integers from 0 to 2^53 - 1, e.g. [31000-32000]";
  if (last < 0) {
    refusePart(source, start, end === start ? end + 1 : end, 'it is not a range of non-negative integers', mend);
  }
  if (begin > last) refusePart(source, start, end, 'the range begins beyond its end', mend);
  pairs.push(begin, last);
}

/** The safe integer that the part is in decimal digits; -1 if it is none. */
function readInteger(text: string, start: number, end: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : -1;
}

/** The items of a part that starts with `{`. Throws MeteError for empty and repeated items. */
export function readItems(source: Source, start: number, end: number): Items {
  const { text } = source;
  const close = closing(source, start, end, '}');
  if (skipBlanks(text, start + 1, close) === close) return NO_ITEMS;
  const items: string[] = [];
  const seen = new Set<string>();
  for (let i = start + 1; i <= close; ) {
    let next = text.indexOf(',', i);
    if (next < 0 || next > close) next = close;
    const item = text.slice(i, next).replace(/\s+/g, '');
    const mend = "write the items once each, separated by commas, e.g. {sda,sdb}";
    if (item === '') refusePart(source, i, next + 1, 'an item of the set is empty', mend);
    if (seen.has(item)) refusePart(source, skipBlanks(text, i, next), next, 'the item is in the set already', mend);
    seen.add(item);
    items.push(item);
    i = next + 1;
  }
  return normalizeItems(items);
}

/** The index of the bracket that closes the part: its last character, and the only bracket besides the first. */
function closing(source: Source, start: number, end: number, bracket: ']' | '}'): number {
  const { text } = source;
  const mend = `close the bracket once, at the end: ${bracket === ']' ? '[1-5,7-9]' : '{a,b}'}`;
  for (let i = start + 1; i < end; i++) {
    const char = text[i]!;
    if (char === bracket && i === end - 1) return i;
    if (char === bracket) refusePart(source, i + 1, end, `it follows the closing '${bracket}'`, mend);
    if ('[]{}()'.includes(char)) refusePart(source, i, end, `unexpected '${char}'`, mend);
  }
  return refusePart(source, start, end, `its '${text[start]}' is not closed`, mend);
}
