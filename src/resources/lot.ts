/**
 * Lots: an amount of one descriptor.
 *
 * A lot that cannot be divided (a persistent volume, a MOUNT disk …) is one thing of a fixed size: lots of it are the
 * same only if their sizes are too, and `copies` counts how many there are. Of a shared volume that is the number of
 * its users' copies; of any other thing it is more than one only if several things cannot be told apart. Divisible lots
 * have one copy. Lots are never changed once made. They come from `scalar`, `ranges`, `set` and the operations, which
 * keep them normal.
 */
import { MeteError } from '../base/errors.js';
import { addMilli, toMilli } from './amount.js';
import { type Description, type Descriptor, type ResourceType, describe } from './descriptor.js';
import {
  addRanges,
  containsRanges,
  equalRanges,
  NO_RANGES,
  normalizeRanges,
  type Ranges,
  subtractRanges,
} from './ranges.js';
import { addItems, containsItems, equalItems, type Items, NO_ITEMS, normalizeItems, subtractItems } from './sets.js';

export interface Lot {
  readonly descriptor: Descriptor;
  /** Thousandths, of a SCALAR; 0 for the other types. */
  readonly amountMilli: number;
  /** Of RANGES; empty for the other types. */
  readonly ranges: Ranges;
  /** Of a SET; empty for the other types. */
  readonly items: Items;
  /** How many times the (indivisible) thing is there; 1 for divisible ones. */
  readonly copies: number;
}

/** All that a description holds but its name and type. */
export type Extras = Omit<Description, 'name' | 'type'>;

const NO_EXTRAS: Extras = Object.freeze({});

/** The only place where lots are made, so that all have one shape. */
export function makeLot(
  descriptor: Descriptor,
  amountMilli: number,
  integers: Ranges,
  items: Items,
  copies: number,
): Lot {
  return { descriptor, amountMilli, ranges: integers, items, copies };
}

export function scalarLot(descriptor: Descriptor, amountMilli: number, copies = 1): Lot {
  return makeLot(descriptor, amountMilli, NO_RANGES, NO_ITEMS, copies);
}

/** A lot of a scalar: `value` in units (1.5 cpus). Throws MeteError for a bad value or description. */
export function scalar(name: string, value: number, extras: Extras = NO_EXTRAS): Lot {
  return scalarLot(typed(name, 'SCALAR', extras), toMilli(value, name));
}

/** A lot of ranges: `pairs` is `[[begin, end], …]`, ends inclusive, in any order. Throws MeteError. */
export function ranges(name: string, pairs: readonly (readonly [number, number])[], extras: Extras = NO_EXTRAS): Lot {
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    const mend = 'give [[begin, end], …]';
    throw new MeteError('INVALID_RESOURCES', { field: name, value: pairs, reason: 'it is not a list of pairs', mend });
  }
  return makeLot(typed(name, 'RANGES', extras), 0, normalizeRanges(pairs.flat(), name), NO_ITEMS, 1);
}

/** A lot of a set. Throws MeteError for items that are not non-empty strings. */
export function set(name: string, items: readonly string[], extras: Extras = NO_EXTRAS): Lot {
  if (!Array.isArray(items)) {
    const mend = 'give a list of strings';
    throw new MeteError('INVALID_RESOURCES', { field: name, value: items, reason: 'it is not a list', mend });
  }
  for (let i = 0; i < items.length; i++) {
    if (typeof items[i] === 'string' && items[i] !== '') continue;
    throw new MeteError('INVALID_RESOURCES', {
      field: `${name}[${i}]`,
      value: items[i],
      reason: 'it is not a non-empty string',
      mend: 'give the items of a set as strings',
    });
  }
  return makeLot(typed(name, 'SET', extras), 0, NO_RANGES, normalizeItems(items), 1);
}

function typed(name: string, type: ResourceType, extras: Extras): Descriptor {
  return describe({ ...extras, name, type });
}

/** Whether there is nothing in it. */
export function isEmptyLot(lot: Lot): boolean {
  if (lot.copies <= 0) return true;
  return lot.amountMilli === 0 && lot.ranges.length === 0 && lot.items.length === 0;
}

/**
 * The order of lots in Resources: by key, things of one key by size. 0 means that the two may be combined: the same
 * divisible resource, or equal things.
 */
export function compareLots(a: Lot, b: Lot): number {
  const left = a.descriptor;
  const right = b.descriptor;
  if (left !== right && left.key !== right.key) return left.key < right.key ? -1 : 1;
  return left.divisible ? 0 : a.amountMilli - b.amountMilli;
}

/** The sum of two lots that compare as 0. Throws MeteError (LIMIT_EXCEEDED) if it cannot be counted. */
export function plusLot(a: Lot, b: Lot): Lot {
  const descriptor = a.descriptor;
  if (!descriptor.divisible) return scalarLot(descriptor, a.amountMilli, a.copies + b.copies);
  switch (descriptor.type) {
    case 'SCALAR':
      return scalarLot(descriptor, addMilli(a.amountMilli, b.amountMilli, descriptor.name));
    case 'RANGES':
      return makeLot(descriptor, 0, addRanges(a.ranges, b.ranges), NO_ITEMS, 1);
    case 'SET':
      return makeLot(descriptor, 0, NO_RANGES, addItems(a.items, b.items), 1);
  }
}

/** What is left of `a` without `b` (they compare as 0): `a` itself if nothing is taken, null if nothing is left. */
export function minusLot(a: Lot, b: Lot): Lot | null {
  const descriptor = a.descriptor;
  if (!descriptor.divisible) {
    return a.copies <= b.copies ? null : scalarLot(descriptor, a.amountMilli, a.copies - b.copies);
  }
  switch (descriptor.type) {
    case 'SCALAR':
      return a.amountMilli <= b.amountMilli ? null : scalarLot(descriptor, a.amountMilli - b.amountMilli);
    case 'RANGES': {
      const left = subtractRanges(a.ranges, b.ranges);
      if (left === a.ranges) return a;
      return left.length === 0 ? null : makeLot(descriptor, 0, left, NO_ITEMS, 1);
    }
    case 'SET': {
      const left = subtractItems(a.items, b.items);
      if (left === a.items) return a;
      return left.length === 0 ? null : makeLot(descriptor, 0, NO_RANGES, left, 1);
    }
  }
}

/** Whether `a` holds all of `b` (they compare as 0). */
export function containsLot(a: Lot, b: Lot): boolean {
  const descriptor = a.descriptor;
  if (!descriptor.divisible) return a.copies >= b.copies;
  switch (descriptor.type) {
    case 'SCALAR':
      return a.amountMilli >= b.amountMilli;
    case 'RANGES':
      return containsRanges(a.ranges, b.ranges);
    case 'SET':
      return containsItems(a.items, b.items);
  }
}

/** Whether two lots that compare as 0 hold the same. */
export function equalLot(a: Lot, b: Lot): boolean {
  return (
    a === b ||
    (a.amountMilli === b.amountMilli &&
      a.copies === b.copies &&
      equalRanges(a.ranges, b.ranges) &&
      equalItems(a.items, b.items))
  );
}
