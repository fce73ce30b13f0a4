/**
 * Limits: how much of each named scalar may be had at most.
 *
 * A map from name to thousandths. What is absent is unlimited; zero is a limit. Values are never changed once made.
 */
import type { ErrorCode } from '../base/errors.js';
import { milliEntries, type Quantities, quantitiesToRecord } from './quantities.js';

export type Limits = ReadonlyMap<string, number>;

export const NO_LIMITS: Limits = new Map<string, number>();

/** What the limits still allow after `quantities` are used up, never below zero. */
export function subtractFromLimits(limits: Limits, quantities: Quantities): Limits {
  if (limits.size === 0 || quantities.size === 0) return limits;
  const out = new Map<string, number>();
  for (const [name, limit] of limits) out.set(name, Math.max(0, limit - (quantities.get(name) ?? 0)));
  return out;
}

/** Whether the limits allow `quantities`. */
export function limitsContain(limits: Limits, quantities: Quantities): boolean {
  for (const [name, milli] of quantities) {
    const limit = limits.get(name);
    if (limit !== undefined && limit < milli) return false;
  }
  return true;
}

export function equalLimits(a: Limits, b: Limits): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [name, limit] of a) if (b.get(name) !== limit) return false;
  return true;
}

/**
 * Limits from numbers in units, e.g. `{cpus: 10}`. Zeros stay. `field` names the record in errors.
 * Throws MeteError (`code`) for what is no amount.
 */
export function limitsFromRecord(
  record: Readonly<Record<string, number>>,
  field = 'limits',
  code: ErrorCode = 'INVALID_ARGUMENT',
): Limits {
  const entries = milliEntries(record, field, code);
  return entries.length === 0 ? NO_LIMITS : new Map(entries);
}

/** Numbers in units, by name. */
export function limitsToRecord(limits: Limits): Record<string, number> {
  return quantitiesToRecord(limits);
}
