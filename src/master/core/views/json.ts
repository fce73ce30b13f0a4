/** Forms that many views share: resources as a map by name, times, the v1 JSON of messages. */
import { fromMilli } from '../../../resources/amount.js';
import type { Lot } from '../../../resources/lot.js';
import type { Quantities } from '../../../resources/quantities.js';
import type { Resources } from '../../../resources/resources.js';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;

/** `1-5` for each range. */
export function rangePairs(ranges: readonly number[]): string[] {
  const pairs: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push(`${ranges[i]!}-${ranges[i + 1]!}`);
  return pairs;
}

function textOf(lots: readonly Lot[]): string {
  const [first] = lots;
  if (first?.descriptor.type === 'SET') return `{${[...new Set(lots.flatMap((lot) => lot.items))].join(', ')}}`;
  const pairs: string[] = [];
  for (const { ranges } of lots) pairs.push(...rangePairs(ranges));
  return `[${pairs.join(', ')}]`;
}

/**
 * Amounts by name, as Mesos shows them: cpus, gpus, mem and disk always, revocable ones under `<name>_revocable`,
 * ranges and sets as text.
 */
export function resourceMap(resources: Resources): JsonObject {
  const map: JsonObject = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  addTo(map, resources.nonRevocable(), '');
  addTo(map, resources.revocable(), '_revocable');
  return map;
}

function addTo(map: JsonObject, resources: Resources, suffix: string): void {
  for (const [name, milli] of resources.scalarQuantities()) map[`${name}${suffix}`] = fromMilli(milli);
  const others = new Map<string, Lot[]>();
  for (const lot of resources.lots) {
    if (lot.descriptor.type === 'SCALAR') continue;
    const { name } = lot.descriptor;
    others.set(name, [...(others.get(name) ?? []), lot]);
  }
  for (const [name, lots] of others) map[`${name}${suffix}`] = textOf(lots);
}

/** Amounts in units by name. */
export function amountMap(quantities: ReadonlyMap<string, number>): JsonObject {
  return Object.fromEntries([...quantities].map(([name, milli]) => [name, fromMilli(milli)]));
}

/** Amounts by name, cpus, gpus, mem and disk always. */
export function quantityMap(quantities: Quantities): JsonObject {
  return { cpus: 0, gpus: 0, mem: 0, disk: 0, ...amountMap(quantities) };
}

export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

/** Resources in full, as v1 JSON. */
export function fullResources(resources: Resources): Json {
  return resources.toJSON() as unknown as Json;
}
