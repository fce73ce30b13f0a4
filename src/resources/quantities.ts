/**
 * Quantities: how much of each named scalar, whoever's and of whatever kind.
 *
 * A map from name to thousandths. What is absent is zero, and zeros are never stored. Values are never changed once
 * made.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';
import { addMilli, fromMilli, toMilli } from './amount.js';

export type Quantities = ReadonlyMap<string, number>;

export const NO_QUANTITIES: Quantities = new Map<string, number>();

/** The sum. Throws MeteError (LIMIT_EXCEEDED) beyond 2^53 - 1 thousandths. */
export function addQuantities(a: Quantities, b: Quantities): Quantities {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  const out = new Map(a);
  for (const [name, milli] of b) out.set(name, addMilli(out.get(name) ?? 0, milli, name));
  return out;
}

/** What is left of `a` without `b`, never below zero. */
export function subtractQuantities(a: Quantities, b: Quantities): Quantities {
  if (a.size === 0 || b.size === 0) return a;
  const out = new Map<string, number>();
  for (const [name, milli] of a) {
    const left = milli - (b.get(name) ?? 0);
    if (left > 0) out.set(name, left);
  }
  return out;
}

/** Whether `a` has at least as much of everything as `b`. */
export function containsQuantities(a: Quantities, b: Quantities): boolean {
  for (const [name, milli] of b) if ((a.get(name) ?? 0) < milli) return false;
  return true;
}

export function equalQuantities(a: Quantities, b: Quantities): boolean {
  return a === b || (a.size === b.size && containsQuantities(a, b) && containsQuantities(b, a));
}

/**
 * Quantities from numbers in units, e.g. `{cpus: 0.01}`. Zeros are dropped. `field` names the record in errors.
 * Throws MeteError (`code`) for what is no amount.
 */
export function quantitiesFromRecord(
  record: Readonly<Record<string, number>>,
  field = 'quantities',
  code: ErrorCode = 'INVALID_ARGUMENT',
): Quantities {
  const out = new Map<string, number>();
  for (const [name, milli] of milliEntries(record, field, code)) if (milli > 0) out.set(name, milli);
  return out.size === 0 ? NO_QUANTITIES : out;
}

/** Numbers in units, by name. */
export function quantitiesToRecord(quantities: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...quantities].map(([name, milli]) => [name, fromMilli(milli)]));
}

/** Name and thousandths of each entry of a record of numbers in units. Throws MeteError (`code`). */
export function milliEntries(
  record: Readonly<Record<string, number>>,
  field: string,
  code: ErrorCode,
): [name: string, milli: number][] {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    const mend = 'give an object of numbers by resource name, e.g. {"cpus": 1, "mem": 128}';
    throw new MeteError(code, { field, value: record, reason: 'it is not an object', mend });
  }
  return Object.entries(record).map(([name, value]) => {
    if (name === '') {
      const mend = "name the resource, e.g. 'cpus'";
      throw new MeteError(code, { field, value: name, reason: 'a resource name is empty', mend });
    }
    return [name, toMilli(value, `${field}.${name}`, code)];
  });
}
