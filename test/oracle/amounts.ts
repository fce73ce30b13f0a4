/**
 * Amounts by name, as plain maps: quantities (absent means nothing) and limits (absent means no limit).
 *
 * Part of the oracle, a slow and obvious second writing of the allocator. Amounts are integers of thousandths. Maps
 * are never changed in place: every function returns a new one. Quantities hold no zeros; a limit of zero is a limit.
 */

export type Amounts = ReadonlyMap<string, number>;

export const NOTHING: Amounts = new Map();

/** The sum, name by name. */
export function plus(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, amountMilli] of b) sum.set(name, (sum.get(name) ?? 0) + amountMilli);
  return withoutZeros(sum);
}

/** What is left of `a` when `b` is taken away. Never below zero: what is not there cannot be owed. */
export function minus(a: Amounts, b: Amounts): Amounts {
  const rest = new Map<string, number>();
  for (const [name, amountMilli] of a) rest.set(name, Math.max(0, amountMilli - (b.get(name) ?? 0)));
  return withoutZeros(rest);
}

/** What is left of limits when `used` counts against them. A limit that is used up stays, as a limit of zero. */
export function limitsMinus(limits: Amounts, used: Amounts): Amounts {
  const rest = new Map<string, number>();
  for (const [name, limitMilli] of limits) rest.set(name, Math.max(0, limitMilli - (used.get(name) ?? 0)));
  return rest;
}

function withoutZeros(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([, amountMilli]) => amountMilli !== 0));
}
