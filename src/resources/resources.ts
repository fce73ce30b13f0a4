/**
 * Resources: an immutable bag of lots with the arithmetic of Mesos.
 *
 * `lots` is sorted by descriptor key, has no empty lot and no two that could be combined, so equal values have equal
 * lists. Subtraction never goes below zero: it takes away what is there. Lots are shared between values, and operations
 * return an operand itself where the result is known to be it. There is one empty value, `Resources.EMPTY`.
 */
import { addMilli, toMilli } from './amount.js';
import { describeBare } from './descriptor.js';
import { type Lot, scalarLot } from './lot.js';
import { collectLots, containsLots, equalLots, type LotList, minusLots, plusLots } from './lot-list.js';
import { lotsToJson, type ResourceJson } from './print-json.js';
import { printLots } from './print-text.js';
import { NO_QUANTITIES, type Quantities } from './quantities.js';
import { isSelfOrAncestor } from './role-name.js';

export class Resources {
  /** The only empty value. */
  static readonly EMPTY = new Resources([]);

  readonly lots: readonly Lot[];
  private quantities: Quantities | null;

  private constructor(lots: LotList) {
    this.lots = lots;
    this.quantities = null;
  }

  /** The sum of lots in any order. Throws MeteError (LIMIT_EXCEEDED) if an amount cannot be counted. */
  static of(lots: readonly Lot[]): Resources {
    return Resources.ofNormal(collectLots(lots));
  }

  /** Unreserved scalars by name, in units: `Resources.fromScalars({cpus: 1.5, mem: 128})`. Throws MeteError. */
  static fromScalars(values: Readonly<Record<string, number>>): Resources {
    return Resources.of(
      Object.entries(values).map(([name, value]) => scalarLot(describeBare(name), toMilli(value, name))),
    );
  }

  /** Wraps a list that is known to be normal: sorted by key, without empty lots and without two that combine. */
  static ofNormal(lots: LotList): Resources {
    return lots.length === 0 ? Resources.EMPTY : new Resources(lots);
  }

  get isEmpty(): boolean {
    return this.lots.length === 0;
  }

  /** The sum. Copies of shared volumes add up. Throws MeteError (LIMIT_EXCEEDED) if an amount cannot be counted. */
  plus(that: Resources): Resources {
    if (that.lots.length === 0) return this;
    if (this.lots.length === 0) return that;
    return new Resources(plusLots(this.lots, that.lots));
  }

  /**
   * What is left without `that`. Scalars stop at zero, ranges and sets lose what they have, things that cannot be
   * divided go only if the same thing of the same size is taken; what `that` has besides is ignored.
   */
  minus(that: Resources): Resources {
    if (that.lots.length === 0 || this.lots.length === 0) return this;
    if (this === that) return Resources.EMPTY;
    const lots = minusLots(this.lots, that.lots);
    if (lots === this.lots) return this;
    return Resources.ofNormal(lots);
  }

  /** Whether all of `that` is in this value. Copies count. */
  contains(that: Resources): boolean {
    return this === that || containsLots(this.lots, that.lots);
  }

  equals(that: Resources): boolean {
    return this === that || equalLots(this.lots, that.lots);
  }

  /** The lots for which `predicate` is true. */
  filter(predicate: (lot: Lot) => boolean): Resources {
    const lots = this.lots;
    let kept: Lot[] | null = null; // null while all lots so far were kept
    for (let i = 0; i < lots.length; i++) {
      const lot = lots[i]!;
      if (predicate(lot)) kept?.push(lot);
      else kept ??= lots.slice(0, i);
    }
    return kept === null ? this : Resources.ofNormal(kept);
  }

  /** Thousandths of each scalar, whoever's; a shared volume counts once, whatever its copies. */
  scalarQuantities(): Quantities {
    return (this.quantities ??= sumScalars(this.lots));
  }

  /** Thousandths of the scalar `name`, whoever's; a shared volume counts once, whatever its copies. */
  get(name: string): number {
    if (this.quantities !== null) return this.quantities.get(name) ?? 0;
    let sum = 0;
    for (let i = 0; i < this.lots.length; i++) {
      const lot = this.lots[i]!;
      if (lot.descriptor.name === name) sum = addMilli(sum, quantityMilli(lot), name);
    }
    return sum;
  }

  /** What is reserved; with `role`, what is reserved for exactly this role. */
  reserved(role?: string): Resources {
    if (role === undefined) return this.filter(isReserved);
    return this.filter((lot) => lot.descriptor.reservedRole === role);
  }

  unreserved(): Resources {
    return this.filter(isUnreserved);
  }

  revocable(): Resources {
    return this.filter(isRevocable);
  }

  nonRevocable(): Resources {
    return this.filter(isNonRevocable);
  }

  /** Only the shared volumes. */
  sharedOnly(): Resources {
    return this.filter(isShared);
  }

  /** All but the shared volumes. */
  nonShared(): Resources {
    return this.filter(isNonShared);
  }

  /** What may be offered to `role`: the unreserved, and what is reserved for the role or one of its ancestors. */
  allocatableTo(role: string): Resources {
    return this.filter((lot) => {
      const owner = lot.descriptor.reservedRole;
      return owner === null || isSelfOrAncestor(owner, role);
    });
  }

  /** The text form; see print-text.ts. */
  toString(): string {
    return printLots(this.lots);
  }

  /** Mesos v1 `Resource` objects; see print-json.ts. */
  toJSON(): ResourceJson[] {
    return lotsToJson(this.lots);
  }
}

function isReserved(lot: Lot): boolean {
  return lot.descriptor.reservedRole !== null;
}

function isUnreserved(lot: Lot): boolean {
  return lot.descriptor.reservedRole === null;
}

function isRevocable(lot: Lot): boolean {
  return lot.descriptor.revocable;
}

function isNonRevocable(lot: Lot): boolean {
  return !lot.descriptor.revocable;
}

function isShared(lot: Lot): boolean {
  return lot.descriptor.shared;
}

function isNonShared(lot: Lot): boolean {
  return !lot.descriptor.shared;
}

/** What a lot adds to the quantity of its name, in thousandths. */
function quantityMilli(lot: Lot): number {
  return lot.descriptor.shared ? lot.amountMilli : lot.amountMilli * lot.copies;
}

function sumScalars(lots: LotList): Quantities {
  if (lots.length === 0) return NO_QUANTITIES;
  const sums = new Map<string, number>();
  let i = 0;
  while (i < lots.length) {
    const name = lots[i]!.descriptor.name;
    let sum = 0;
    for (; i < lots.length && lots[i]!.descriptor.name === name; i++) {
      sum = addMilli(sum, quantityMilli(lots[i]!), name);
    }
    if (sum > 0) sums.set(name, addMilli(sums.get(name) ?? 0, sum, name));
  }
  return sums;
}
