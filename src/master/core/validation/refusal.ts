/**
 * What checks give back, and the small texts they share. A check returns null if all is well, otherwise Mesos' own text
 * (1.11, src/master/validation.cpp and src/common/validation.cpp): frameworks written for Mesos match on these.
 * Numbers are printed as C++ streams print them, sets as Mesos' stringify does.
 */

/** Why something is refused, in Mesos' words; null if it is not. */
export type Refusal = string | null;

/** Prints a double with `digits` significant digits as C++ streams do: no trailing zeros, exponents of two digits. */
export function printDouble(value: number, digits = 6): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return withoutZeros(value.toFixed(digits - 1 - exponent));
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${withoutZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The amount of a scalar resource: rounded to thousandths, 15 digits. */
export function printAmount(value: number): string {
  return printDouble(Number.isFinite(value) ? Math.round(value * 1000) / 1000 : value, 15);
}

/** `{ a, b }` */
export function printSet(items: Iterable<string>): string {
  const list = [...items];
  return list.length === 0 ? '{  }' : `{ ${list.join(', ')} }`;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Megabytes in the largest unit that keeps them whole: `32MB`, `1GB`. */
export function printMegabytes(megabytes: number): string {
  let amount = Math.floor(megabytes * 1024 * 1024);
  let unit = 0;
  while (amount > 0 && amount % 1024 === 0 && unit < BYTE_UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount}${BYTE_UNITS[unit]!}`;
}

/** Whether two messages have the same fields with the same values; unset and undefined are one. */
export function equalMessages(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalLists(a, b);
  if (Array.isArray(b) || b instanceof Uint8Array) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!equalMessages(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

function equalLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equalMessages(a[i], b[i])) return false;
  return true;
}
