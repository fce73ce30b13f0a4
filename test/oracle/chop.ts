/**
 * Cutting resources to size, and counting what is in them.
 */
import { type Lot, makeLot } from '../../src/resources/lot.js';
import { Resources } from '../../src/resources/resources.js';
import type { Amounts } from './amounts.js';

/** At most `target` of each scalar; what the target does not name is dropped. */
export function cutToQuantities(resources: Resources, target: Amounts): Resources {
  return cut(resources, (name) => target.get(name) ?? 0);
}

/** At most the limit of each scalar; what has no limit is kept as it is. */
export function cutToLimits(resources: Resources, limits: Amounts): Resources {
  return cut(resources, (name) => limits.get(name) ?? Infinity);
}

/**
 * Goes through the lots, plain ones first and then the others by key, and takes of each what still fits. A lot that
 * cannot be divided is taken whole or left; of several equal ones as many are taken as fit.
 */
function cut(resources: Resources, roomFor: (name: string) => number): Resources {
  const room = new Map<string, number>();
  const taken: Lot[] = [];
  const plain = resources.lots.filter((lot) => lot.descriptor.plain);
  const others = resources.lots.filter((lot) => !lot.descriptor.plain);
  for (const lot of [...plain, ...others].flatMap(oneByOne)) {
    const name = lot.descriptor.name;
    const roomMilli = room.get(name) ?? roomFor(name);
    const fits = lot.amountMilli <= roomMilli;
    const amountMilli = fits ? lot.amountMilli : lot.descriptor.divisible ? roomMilli : 0;
    room.set(name, roomMilli - amountMilli);
    if (amountMilli > 0) taken.push(makeLot(lot.descriptor, amountMilli, lot.ranges, lot.items, lot.copies));
  }
  return Resources.of(taken);
}

/** Several equal things as one lot each. The copies of a shared volume are one thing. */
function oneByOne(lot: Lot): Lot[] {
  if (lot.descriptor.shared || lot.copies === 1) return [lot];
  const one = makeLot(lot.descriptor, lot.amountMilli, lot.ranges, lot.items, 1);
  return Array.from({ length: lot.copies }, () => one);
}

/** Whether there is at least so much of each name: amounts of scalars, numbers of items of ranges and sets. */
export function holdsAtLeast(resources: Resources, wanted: Amounts): boolean {
  return [...wanted].every(([name, wantedMilli]) => {
    const lots = resources.lots.filter((lot) => lot.descriptor.name === name);
    return lots.reduce((sum, lot) => sum + countMilli(lot), 0) >= wantedMilli;
  });
}

function countMilli(lot: Lot): number {
  const copies = lot.descriptor.shared ? 1 : lot.copies;
  switch (lot.descriptor.type) {
    case 'SCALAR':
      return lot.amountMilli * copies;
    case 'SET':
      return lot.items.length * 1000;
    case 'RANGES': {
      let numbers = 0;
      for (let i = 0; i < lot.ranges.length; i += 2) numbers += lot.ranges[i + 1]! - lot.ranges[i]! + 1;
      return numbers * 1000;
    }
  }
}
