/**
 * The vectors' words for resources, as values: bundles (lists of `{scalars, ranges, sets, reservations, disk, …}`),
 * quantities (name to number), and how they are shown in failures.
 */
import { quantitiesFromRecord, type Quantities, quantitiesToRecord } from '../../src/resources/quantities.js';
import { limitsFromRecord, type Limits } from '../../src/resources/limits.js';
import type { DiskInfo, DiskSourceType, Reservation } from '../../src/resources/descriptor.js';
import { type Extras, type Lot, ranges, scalar, set } from '../../src/resources/lot.js';
import { Resources } from '../../src/resources/resources.js';
import { MeteError } from '../../src/base/errors.js';
import type { Quota } from './subjects.js';
import { entriesOf, listOf, numberOf, Reader, SchemaError, textsOf } from './reader.js';

/** The resources of a list of bundles. Throws SchemaError. */
export function resourcesOf(value: unknown, where: string): Resources {
  const lots = listOf(value, where).flatMap((item, i) => lotsOf(Reader.of(item, `${where}[${i}]`)));
  return Resources.of(lots);
}

function lotsOf(bundle: Reader): Lot[] {
  const extras = extrasOf(bundle);
  const copies = bundle.optional('copies', (name) => bundle.number(name), 1);
  const lots: Lot[] = [];
  try {
    for (const [name, amount] of bundle.optional('scalars', (field) => bundle.entries(field, numberOf), [])) {
      for (let copy = 0; copy < copies; copy++) lots.push(scalar(name, amount, extras));
    }
    for (const [name, pairs] of bundle.optional('ranges', (field) => bundle.entries(field, pairsOf), [])) {
      lots.push(ranges(name, pairs, extras));
    }
    for (const [name, items] of bundle.optional('sets', (field) => bundle.entries(field, textsOf), [])) {
      lots.push(set(name, items, extras));
    }
  } catch (error) {
    if (error instanceof MeteError) throw new SchemaError(bundle.where, error.value, error.message);
    throw error;
  }
  if (bundle.unread.length > 0) {
    throw new SchemaError(bundle.path(bundle.unread[0]!), bundle.raw(bundle.unread[0]!), 'no such field of a bundle');
  }
  return lots;
}

function extrasOf(bundle: Reader): Extras {
  const disk = bundle.optional('disk', (name) => diskOf(bundle.object(name)), null);
  return {
    reservations: bundle.optional('reservations', (name) => reservationsOf(bundle.list(name), bundle.path(name)), []),
    revocable: bundle.optional('revocable', (name) => bundle.flag(name), false),
    shared: bundle.optional('shared', (name) => bundle.flag(name), false),
    providerId: bundle.optional('provider_id', (name) => bundle.text(name), null),
    ...(disk === null ? {} : { disk }),
  };
}

function reservationsOf(list: readonly unknown[], where: string): Reservation[] {
  return list.map((item, i) => {
    const one = Reader.of(item, `${where}[${i}]`);
    const type = one.text('type');
    if (type !== 'STATIC' && type !== 'DYNAMIC') throw new SchemaError(one.path('type'), type, 'STATIC or DYNAMIC');
    const principal = one.optional('principal', (name) => one.text(name), undefined);
    return { type, role: one.text('role'), ...(principal === undefined ? {} : { principal }) };
  });
}

const SOURCES: readonly string[] = ['PATH', 'MOUNT', 'BLOCK', 'RAW'] satisfies DiskSourceType[];

function diskOf(disk: Reader): DiskInfo {
  const id = disk.optional('persistence_id', (name) => disk.text(name), null);
  const path = disk.optional('container_path', (name) => disk.text(name), null);
  const source = disk.optional('source', (name) => sourceOf(disk, name), null);
  return {
    ...(id === null ? {} : { persistence: { id } }),
    ...(path === null ? {} : { volume: { mode: 'RW' as const, container_path: path } }),
    ...(source === null ? {} : { source }),
  };
}

/** A disk source: its type alone, or `{type, root?, id?, profile?, vendor?}`. */
function sourceOf(disk: Reader, name: string): NonNullable<DiskInfo['source']> {
  const raw = disk.raw(name);
  const fields = Reader.of(typeof raw === 'string' ? { type: raw } : raw, disk.path(name));
  const type = fields.text('type');
  if (!SOURCES.includes(type)) throw new SchemaError(disk.path(name), raw, `one of ${SOURCES.join(', ')} is needed`);
  const rest = ['root', 'id', 'profile', 'vendor'].filter((key) => fields.has(key));
  return { type: type as DiskSourceType, ...Object.fromEntries(rest.map((key) => [key, fields.text(key)])) };
}

function pairsOf(value: unknown, where: string): [number, number][] {
  return listOf(value, where).map((item, i) => {
    const pair = listOf(item, `${where}[${i}]`);
    if (pair.length !== 2) throw new SchemaError(`${where}[${i}]`, item, 'a pair of begin and end is needed');
    return [numberOf(pair[0], `${where}[${i}][0]`), numberOf(pair[1], `${where}[${i}][1]`)];
  });
}

/** Quantities: name to number. Throws SchemaError. */
export function quantitiesOf(value: unknown, where: string): Quantities {
  const entries = entriesOf(value, where, numberOf);
  return quantitiesFromRecord(Object.fromEntries(entries), where);
}

/** Limits: like quantities, but a zero stays. */
function limitsOf(value: unknown, where: string): Limits {
  return limitsFromRecord(Object.fromEntries(entriesOf(value, where, numberOf)), where);
}

/** The quota of `{guarantees?, limits?}`. */
export function quotaOf(fields: Reader): Quota {
  return {
    guarantees: quantitiesOf(fields.raw('guarantees') ?? {}, fields.path('guarantees')),
    limits: limitsOf(fields.raw('limits') ?? {}, fields.path('limits')),
  };
}

/** One line for a failure. */
export function showQuantities(quantities: ReadonlyMap<string, number>): string {
  return JSON.stringify(quantitiesToRecord(quantities));
}

export function showResources(resources: Resources): string {
  return resources.isEmpty ? '(nothing)' : resources.toString();
}

/** Numbers of vectors are rounded to ten decimals: equal means that close. */
export function closeTo(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
