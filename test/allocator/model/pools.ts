/**
 * What random clusters are made of: names chosen so that their order in UTF-16 and in UTF-8 differs and that roles
 * nest, and kinds of resources of every sort that the allocator treats in its own way, in amounts so small that they
 * tie.
 */
import type { Quantities } from '../../../src/resources/quantities.js';
import { quantitiesFromRecord } from '../../../src/resources/quantities.js';
import type { DiskInfo, Reservation } from '../../../src/resources/descriptor.js';
import { type Extras, type Lot, makeLot, ranges, scalar, scalarLot, set } from '../../../src/resources/lot.js';
import { Resources } from '../../../src/resources/resources.js';
import type { Decisions } from './decisions.js';

/**
 * U+FB00 comes before U+1F600 in UTF-8, but after it in UTF-16. '!' comes before the '.' of a virtual leaf. Objects
 * have a `constructor` and a `__proto__` before anybody gives them one.
 */
const PLAIN_ROLES = ['*', 'a', 'b', 'a/x', 'a/x/deep', 'a/!', 'constructor'];
export const ROLES = [...PLAIN_ROLES, 'b/\uFB00', 'b/\u{1F600}', '\u{1F600}', '\uFB00'];
export const TOP_ROLES = ROLES.filter((role) => role !== '*' && !role.includes('/'));
export const FRAMEWORKS = ['f1', '__proto__', 'f/1', '\uFB00', '\u{1F600}'];
export const AGENTS = ['a1', 'a2', 'a3', '__proto__'];
export const HOSTS = ['h1', 'h2', 'h3'];

export const FRAMEWORK_CAPABILITIES = [
  'MULTI_ROLE',
  'GPU_RESOURCES',
  'SHARED_RESOURCES',
  'REVOCABLE_RESOURCES',
  'RESERVATION_REFINEMENT',
  'REGION_AWARE',
];
export const AGENT_CAPABILITIES = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESIZE_VOLUME'];
export const ALL_AGENT_CAPABILITIES = [
  ...AGENT_CAPABILITIES,
  'RESOURCE_PROVIDER',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
];
export const DOMAINS = [
  { region: 'near', zone: 'z1' },
  { region: 'near', zone: 'z2' },
  { region: 'far', zone: 'z1' },
];
export const ATTRIBUTES = [
  '',
  'rack:r1',
  'rack:r2',
  'rack:r1;size:2',
  'size:2;rack:r1',
  'rack:r1;rack:r1',
  'rack:r1;rack:r1;size:2',
  'rack:r1;size:2;size:2',
];

const fixed = (role: string): Reservation => ({ type: 'STATIC', role });
const dynamic = (role: string, principal?: string): Reservation =>
  principal === undefined ? { type: 'DYNAMIC', role } : { type: 'DYNAMIC', role, principal };
const reserved = (...stack: Reservation[]): Extras => ({ reservations: stack });
const volume = (id: string): DiskInfo => ({
  persistence: { id },
  volume: { mode: 'RW', container_path: id },
});

/** Kinds of scalars, each with the amounts that agents have of it. */
const SCALARS: readonly (readonly [name: string, extras: Extras, amounts: readonly number[]])[] = [
  ['cpus', {}, [1, 2, 4, 0.3]],
  ['cpus', {}, [1, 2, 4, 0.1]],
  ['mem', {}, [32, 64, 128]],
  ['mem', {}, [32, 64, 128.5]],
  ['disk', {}, [50, 100]],
  ['gpus', {}, [1, 2]],
  ['cpus', reserved(fixed('a')), [1, 2]],
  ['mem', reserved(dynamic('b', 'ops')), [32, 64]],
  ['cpus', reserved(fixed('a'), dynamic('a/x')), [1, 2]],
  ['mem', reserved(dynamic('a'), dynamic('a/x'), dynamic('a/x/deep')), [32]],
  ['mem', reserved(dynamic('\u{1F600}')), [32]],
  ['disk', reserved(fixed('a')), [50, 100]],
  ['disk', reserved(dynamic('b')), [50]],
  ['cpus', { revocable: true }, [1, 2]],
  ['cpus', { ...reserved(fixed('b')), revocable: true }, [1]],
  ['disk', { disk: { source: { type: 'MOUNT', root: 'm1' } } }, [50]],
  ['disk', { disk: { source: { type: 'MOUNT', root: 'm2' } } }, [100]],
  ['disk', { ...reserved(fixed('a')), disk: { source: { type: 'MOUNT', root: 'm3' } } }, [50]],
  ['disk', { disk: { source: { type: 'PATH', root: 'p' } } }, [50, 100]],
  ['disk', { disk: { source: { type: 'RAW', profile: 'fast' } }, providerId: 'csi' }, [50]],
  ['disk', { ...reserved(fixed('a')), disk: volume('v1') }, [10]],
  ['disk', { ...reserved(dynamic('b')), disk: volume('v2') }, [10]],
  ['rare1', {}, [1, 3]],
  ['constructor', {}, [1, 3]],
  ['rare3', reserved(fixed('b')), [2]],
];

const SHARED: readonly (readonly [extras: Extras, amount: number])[] = [
  [{ ...reserved(fixed('a')), disk: volume('s1'), shared: true }, 20],
  [{ ...reserved(dynamic('b')), disk: volume('s2'), shared: true }, 10],
  [{ ...reserved(fixed('a'), dynamic('a/x')), disk: volume('s3'), shared: true }, 10],
];

const OTHERS: readonly Lot[] = [
  ranges('ports', [[1, 10]]),
  ranges('ports', [[5, 7], [20, 24]]),
  ranges('ports', [[30, 34]], reserved(fixed('a'))),
  set('zones', ['x', 'y']),
  set('zones', ['z', '\uFB00'], reserved(fixed('b'))),
  scalarLot(scalar('disk', 1, { disk: { source: { type: 'MOUNT' } } }).descriptor, 50_000, 2),
];

/** What an agent could have: mostly plain things, a few of the others. */
export function anyTotal(decide: Decisions): Resources {
  if (decide.chance(0.03)) return Resources.EMPTY;
  const lots: Lot[] = [];
  SCALARS.forEach(([name, extras, amounts], i) => {
    if (decide.chance(i < 4 ? 0.8 : 0.13)) lots.push(scalar(name, decide.pick(amounts), extras));
  });
  for (const [extras, amount] of SHARED) if (decide.chance(0.2)) lots.push(scalar('disk', amount, extras));
  lots.push(...decide.some(OTHERS, 0.15));
  return Resources.of(lots);
}

/** A part of resources, not empty unless they are: whole lots, halves of scalars, pieces of ranges and sets. */
export function anyPart(decide: Decisions, resources: Resources): Resources {
  if (resources.isEmpty || decide.chance(0.4)) return resources;
  const lots = decide.some(resources.lots, 0.6);
  return Resources.of((lots.length === 0 ? [decide.pick(resources.lots)] : lots).map((lot) => pieceOf(decide, lot)));
}

/** A piece of a lot: of several copies one, of what can be divided perhaps a part. */
export function pieceOf(decide: Decisions, lot: Lot): Lot {
  const { descriptor } = lot;
  if (!descriptor.divisible) return scalarLot(descriptor, lot.amountMilli, 1 + decide.below(lot.copies));
  if (decide.chance(0.6)) return lot;
  if (descriptor.type === 'SCALAR') {
    return scalarLot(descriptor, Math.max(1, decide.pick([Math.floor(lot.amountMilli / 2), lot.amountMilli - 1])));
  }
  if (descriptor.type === 'SET') return makeLot(descriptor, 0, [], lot.items.slice(0, 1), 1);
  return makeLot(descriptor, 0, lot.ranges.slice(0, 2), [], 1);
}

const quantities = (record: Record<string, number>): Quantities => quantitiesFromRecord(record);

export const MINIMUMS: readonly (readonly Quantities[])[] = [
  [],
  [quantities({ cpus: 1 })],
  [quantities({ cpus: 2, mem: 64 }), quantities({ gpus: 1 })],
  [quantities({ ports: 6 }), quantities({ zones: 2 })],
  [quantities({ disk: 60 }), quantities({})],
  [quantities({ nowhere: 1 })],
];

/** The JSON of offer constraints for a role. */
export function constraintsFor(role: string, decide: Decisions): unknown {
  const predicates = [
    { exists: {} },
    { not_exists: {} },
    { text_equals: { value: decide.pick(['r1', 'h1', 'near']) } },
    { text_not_equals: { value: decide.pick(['r2', 'h2']) } },
    { text_matches: { regex: '[rh]1' } },
  ];
  const selectors = [
    { attribute_name: decide.pick(['rack', 'size']) },
    { pseudoattribute_type: decide.pick(['HOSTNAME', 'REGION', 'ZONE']) },
  ];
  const one = (): object => ({ selector: decide.pick(selectors), predicate: decide.pick(predicates) });
  const groups = Array.from({ length: 1 + decide.below(2) }, () => ({
    attribute_constraints: Array.from({ length: 1 + decide.below(2) }, one),
  }));
  return { role_constraints: { [role]: { groups } } };
}
