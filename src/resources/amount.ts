/**
 * Amounts: integers of thousandths ("milli") inside, numbers with decimals at the doors.
 *
 * Mesos keeps scalars as doubles and rounds at each operation to three decimals (`llround(value * 1000)`, half away
 * from zero). mete rounds once, on the way in, by the same rule, and computes with exact integers from then on. A milli
 * amount is a non-negative safe integer (at most 2^53 - 1, that is about 9 * 10^12 units); up to 4 * 10^12 units
 * `toMilli(fromMilli(m)) === m`.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';

/** The largest amount, in thousandths. */
export const MAX_MILLI = Number.MAX_SAFE_INTEGER;

/**
 * Thousandths of a value, rounded half away from zero. `field` names the value in errors.
 * Throws MeteError (`code`, INVALID_RESOURCES by default) unless 0 <= value and it fits in 2^53 - 1 thousandths.
 */
export function toMilli(value: number, field = 'amount', code: ErrorCode = 'INVALID_RESOURCES'): number {
  const milli = Math.round(value * 1000);
  if (typeof value === 'number' && value >= 0 && milli <= MAX_MILLI) return milli + 0; // + 0: no negative zero
  const mend = 'give a number between 0 and 9007199254740';
  throw new MeteError(code, { field, value, reason: refusal(value), mend });
}

/** The value of an amount of thousandths. */
export function fromMilli(milli: number): number {
  return milli / 1000;
}

/**
 * The sum of two amounts of `field`. Throws MeteError (LIMIT_EXCEEDED) beyond 2^53 - 1 thousandths, where integers stop
 * being exact.
 */
export function addMilli(a: number, b: number, field: string): number {
  const sum = a + b;
  if (sum > MAX_MILLI) {
    throw new MeteError('LIMIT_EXCEEDED', {
      field,
      value: sum / 1000,
      reason: 'the sum is beyond 2^53 - 1 thousandths',
      mend: 'use a coarser unit for this resource',
    });
  }
  return sum;
}

function refusal(value: unknown): string {
  if (typeof value !== 'number') return 'it is not a number';
  if (Number.isNaN(value)) return 'it is not a number';
  if (value === Infinity || value === -Infinity) return 'it is not finite';
  return value < 0 ? 'it is negative' : 'it is beyond 2^53 - 1 thousandths';
}
