/**
 * Resources as Mesos' state endpoints show them: one entry for each name, whoever's it is; `cpus`, `gpus`, `mem` and
 * `disk` are always there, revocable ones have names of their own, ranges and sets are texts.
 */
import { addMilli, fromMilli } from './amount.js';
import { addRanges, type Ranges } from './ranges.js';
import { printRanges } from './print-text.js';
import type { Resources } from './resources.js';
import { addItems, type Items } from './sets.js';

/** `{"cpus": 1.5, "gpus": 0, "mem": 128, "disk": 0, "ports": "[31000-31001]"}` */
export type ResourceModel = Record<string, number | string>;

const ALWAYS = ['cpus', 'gpus', 'mem', 'disk'] as const;

/** The sums of some resources by name. */
export function resourceModel(resources: Resources): ResourceModel {
  const scalars = new Map<string, number>(ALWAYS.map((name) => [name, 0]));
  const ranges = new Map<string, Ranges>();
  const sets = new Map<string, Items>();
  for (const lot of resources.lots) {
    const { name, type, revocable } = lot.descriptor;
    const key = revocable ? `${name}_revocable` : name;
    if (type === 'SCALAR') scalars.set(key, addMilli(scalars.get(key) ?? 0, lot.amountMilli * lot.copies, name));
    else if (type === 'RANGES') ranges.set(key, addRanges(ranges.get(key) ?? [], lot.ranges));
    else sets.set(key, addItems(sets.get(key) ?? [], lot.items));
  }
  return Object.fromEntries<number | string>([
    ...[...scalars].map(([key, milli]) => [key, fromMilli(milli)] as const),
    ...[...ranges].map(([key, value]) => [key, printRanges(value)] as const),
    ...[...sets].map(([key, items]) => [key, `{${items.join(', ')}}`] as const),
  ]);
}

/** The reserved resources by the role they are reserved for. */
export function reservedByRole(resources: Resources): Map<string, Resources> {
  const roles = new Set<string>();
  for (const { descriptor } of resources.lots) if (descriptor.reservedRole !== null) roles.add(descriptor.reservedRole);
  return new Map([...roles].map((role) => [role, resources.reserved(role)]));
}
