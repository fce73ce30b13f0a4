/** Running sums of amounts by kind, so that figures of a large cluster need no walk over it. */
import type { Resources } from '../../resources/resources.js';

/** Thousandths by name of the resource: what stays, and what may be taken back. */
export interface Sums {
  readonly firm: Map<string, number>;
  readonly revocable: Map<string, number>;
  /** How many of what was added are shared volumes: copies count once, so sums do not hold them. */
  shared: number;
}

export function noSums(): Sums {
  return { firm: new Map(), revocable: new Map(), shared: 0 };
}

/** Adds amounts, or with -1 takes them away. */
export function addSums(sums: Sums, { lots }: Resources, sign: 1 | -1): void {
  for (const { descriptor, amountMilli } of lots) {
    const { type, name, revocable, shared } = descriptor;
    if (shared) sums.shared += sign;
    else if (type === 'SCALAR') addAmount(revocable ? sums.revocable : sums.firm, name, sign * amountMilli);
  }
}

function addAmount(amounts: Map<string, number>, name: string, milli: number): void {
  amounts.set(name, (amounts.get(name) ?? 0) + milli);
}

/** What some resources are together; `all` of them are asked only for shared volumes, which the sums do not hold. */
export function withShared(sums: Sums, all: () => Resources): Sums {
  if (sums.shared === 0) return sums;
  const whole = { firm: new Map(sums.firm), revocable: new Map(sums.revocable), shared: 0 };
  for (const { descriptor, amountMilli } of all().sharedOnly().lots) {
    if (descriptor.type === 'SCALAR') addAmount(whole.firm, descriptor.name, amountMilli);
  }
  return whole;
}

/** What the totals of agents are together; a shared volume is there once. */
export function totalsOf(agents: Iterable<{ readonly total: Resources }>): Sums {
  const sums = noSums();
  for (const { total } of agents) {
    for (const { descriptor, amountMilli } of total.lots) {
      if (descriptor.type !== 'SCALAR') continue;
      addAmount(descriptor.revocable ? sums.revocable : sums.firm, descriptor.name, amountMilli);
    }
  }
  return sums;
}
