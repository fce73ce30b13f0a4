/**
 * Resources the slow way: an unsorted list of resource objects that are added and subtracted one by one under the rules
 * of Mesos (which may be added, which subtracted, what is negative), with plain Sets for ranges and sets.
 *
 * One deliberate difference from Mesos: of equal indivisible things that are not persistent volumes, containment counts
 * how many there are.
 */
import type { Descriptor, Label, Reservation } from '../../src/resources/descriptor.js';
import type { Lot } from '../../src/resources/lot.js';
import type { Resources } from '../../src/resources/resources.js';

export interface Thing {
  readonly descriptor: Descriptor;
  amountMilli: number;
  members: Set<number | string>;
  sharedCount: number;
}

export type Model = Thing[];

/** The model of resources: one thing for each copy of what is not shared. */
export function modelOf(resources: Resources): Model {
  const model: Model = [];
  for (const lot of resources.lots) {
    const { shared } = lot.descriptor;
    for (let copy = 0; copy < (shared ? 1 : lot.copies); copy++) model.push(thingOf(lot));
  }
  return model;
}

function thingOf(lot: Lot): Thing {
  const members = new Set<number | string>(lot.items);
  for (let i = 0; i < lot.ranges.length; i += 2) {
    for (let n = lot.ranges[i]!; n <= lot.ranges[i + 1]!; n++) members.add(n);
  }
  return { descriptor: lot.descriptor, amountMilli: lot.amountMilli, members, sharedCount: lot.copies };
}

const copyOf = (thing: Thing): Thing => ({ ...thing, members: new Set(thing.members) });

export function plus(a: Model, b: Model): Model {
  const sum = a.map(copyOf);
  for (const that of b) {
    const other = sum.find((thing) => addable(thing, that));
    if (other === undefined) sum.push(copyOf(that));
    else if (that.descriptor.shared) other.sharedCount += that.sharedCount;
    else {
      other.amountMilli += that.amountMilli;
      for (const member of that.members) other.members.add(member);
    }
  }
  return sum;
}

export function minus(a: Model, b: Model): Model {
  const rest = a.map(copyOf);
  for (const that of b) {
    const at = rest.findIndex((thing) => subtractable(thing, that));
    const thing = rest[at];
    if (thing === undefined) continue;
    if (that.descriptor.shared) thing.sharedCount -= that.sharedCount;
    else {
      thing.amountMilli -= that.amountMilli;
      for (const member of that.members) thing.members.delete(member);
    }
    const gone = that.descriptor.shared
      ? thing.sharedCount <= 0
      : thing.amountMilli <= 0 && thing.members.size === 0;
    if (gone) rest.splice(at, 1);
  }
  return rest;
}

export function contains(a: Model, b: Model): boolean {
  let remaining = a;
  for (const that of b) {
    if (!remaining.some((thing) => holds(thing, that))) return false;
    if (!that.descriptor.divisible) remaining = minus(remaining, [that]);
  }
  return true;
}

export const equal = (a: Model, b: Model): boolean => contains(a, b) && contains(b, a);

function holds(thing: Thing, that: Thing): boolean {
  if (!subtractable(thing, that)) return false;
  if (that.descriptor.shared) return thing.sharedCount >= that.sharedCount;
  return thing.amountMilli >= that.amountMilli && [...that.members].every((member) => thing.members.has(member));
}

function addable(a: Thing, b: Thing): boolean {
  if (a.descriptor.shared || b.descriptor.shared) {
    return a.descriptor.shared === b.descriptor.shared && sameIdentity(a.descriptor, b.descriptor) && sameValue(a, b);
  }
  if (!sameIdentity(a.descriptor, b.descriptor)) return false;
  const disk = a.descriptor.disk;
  if (disk === null) return true;
  const type = disk.source?.type;
  if (type === 'MOUNT' || type === 'BLOCK' || (type === 'RAW' && disk.source?.id !== undefined)) return false;
  return disk.persistence === undefined;
}

function subtractable(a: Thing, b: Thing): boolean {
  if (!sameIdentity(a.descriptor, b.descriptor)) return false;
  if (a.descriptor.shared) return sameValue(a, b);
  const disk = a.descriptor.disk;
  const type = disk?.source?.type;
  const exclusive = type === 'MOUNT' || type === 'BLOCK' || (type === 'RAW' && disk?.source?.id !== undefined);
  return !(exclusive || disk?.persistence !== undefined) || sameValue(a, b);
}

function sameValue(a: Thing, b: Thing): boolean {
  return (
    a.amountMilli === b.amountMilli &&
    a.members.size === b.members.size &&
    [...a.members].every((member) => b.members.has(member))
  );
}

/** Field by field; does not look at keys. */
function sameIdentity(a: Descriptor, b: Descriptor): boolean {
  const [sourceA, sourceB] = [a.disk?.source, b.disk?.source];
  return (
    a.name === b.name &&
    a.type === b.type &&
    a.revocable === b.revocable &&
    a.shared === b.shared &&
    a.providerId === b.providerId &&
    a.reservations.length === b.reservations.length &&
    a.reservations.every((reservation, i) => sameReservation(reservation, b.reservations[i]!)) &&
    (a.disk === null) === (b.disk === null) &&
    a.disk?.persistence?.id === b.disk?.persistence?.id &&
    (sourceA === undefined) === (sourceB === undefined) &&
    (['type', 'root', 'vendor', 'id', 'profile'] as const).every((key) => sourceA?.[key] === sourceB?.[key]) &&
    sameLabels(sourceA?.metadata, sourceB?.metadata)
  );
}

function sameReservation(a: Reservation, b: Reservation): boolean {
  return a.type === b.type && a.role === b.role && a.principal === b.principal && sameLabels(a.labels, b.labels);
}

function sameLabels(a: readonly Label[] | undefined, b: readonly Label[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const left = [...b];
  return (
    a.length === b.length &&
    a.every((label) => {
      const at = left.findIndex((other) => other.key === label.key && (other.value ?? '') === (label.value ?? ''));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    })
  );
}
