/** Random resources over a pool of kinds small enough that equal ones meet often. */
import fc from 'fast-check';
import type { Label } from '../../src/resources/descriptor.js';
import { type Extras, type Lot, ranges, scalar, scalarLot, set } from '../../src/resources/lot.js';
import { Resources } from '../../src/resources/resources.js';

const dynamic = (role: string, labels?: readonly Label[]): Extras => ({
  reservations: [{ type: 'DYNAMIC', role, principal: 'p', ...(labels === undefined ? {} : { labels }) }],
});
const labels: readonly Label[] = [{ key: 'k', value: 'v' }, { key: 'l' }];

/** Kinds that add up. */
const DIVISIBLE: readonly (readonly [string, Extras])[] = [
  ['cpus', {}],
  ['mem', {}],
  ['disk', {}],
  ['💾', {}],
  ['cpus', { revocable: true }],
  ['cpus', { reservations: [{ type: 'STATIC', role: 'a' }] }],
  ['cpus', dynamic('a', labels)],
  ['cpus', dynamic('a', [...labels].reverse())],
  ['cpus', dynamic('a', [])],
  ['cpus', { reservations: [{ type: 'STATIC', role: 'a' }, { type: 'DYNAMIC', role: 'a/b' }] }],
  ['disk', { disk: { source: { type: 'PATH', root: '/x' } } }],
  ['disk', { disk: { source: { type: 'RAW', profile: 'fast' } }, providerId: 'csi' }],
];

/** Kinds that are one thing each. */
const INDIVISIBLE: readonly (readonly [string, Extras])[] = [
  ['disk', { disk: { source: { type: 'MOUNT' } } }],
  ['disk', { disk: { source: { type: 'MOUNT', root: '/m' } } }],
  ['disk', { disk: { source: { type: 'BLOCK', id: 'b' } } }],
  ['disk', { disk: { source: { type: 'RAW', id: 'r', metadata: labels } } }],
  ['disk', { ...dynamic('a'), disk: { persistence: { id: 'v' }, volume: { mode: 'RW', container_path: 'here' } } }],
  ['disk', { ...dynamic('a'), disk: { persistence: { id: 'v', principal: 'q' } } }],
  ['disk', { ...dynamic('a'), disk: { persistence: { id: 'w' } }, shared: true }],
];

const amount = fc.integer({ min: 0, max: 4 });
const pair = fc
  .tuple(fc.integer({ min: 0, max: 12 }), amount)
  .map(([begin, n]): [number, number] => [begin, begin + n]);
const owner = fc.constantFrom<Extras>({}, { reservations: [{ type: 'STATIC', role: 'a' }] });

const divisible = fc.tuple(fc.constantFrom(...DIVISIBLE), amount).map(([[name, extras], n]) => scalar(name, n, extras));
const indivisible = fc
  .tuple(fc.constantFrom(...INDIVISIBLE), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3 }))
  .map(([[name, extras], n, copies]) => scalarLot(scalar(name, n, extras).descriptor, n * 1000, copies));
const ports = fc.tuple(fc.array(pair, { maxLength: 3 }), owner).map(([list, extras]) => ranges('ports', list, extras));
const zones = fc
  .tuple(fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }), owner)
  .map(([list, extras]) => set('zones', list, extras));

export const anyLot: fc.Arbitrary<Lot> = fc.oneof(
  { weight: 4, arbitrary: divisible },
  { weight: 3, arbitrary: indivisible },
  ports,
  zones,
);

export const anyResources: fc.Arbitrary<Resources> = fc
  .array(anyLot, { maxLength: 8 })
  .map((lots) => Resources.of(lots));

/** Many plain lots besides, so that a few others are looked up by binary search. */
export const manyResources: fc.Arbitrary<Resources> = anyResources.map((few) => {
  const plain = Array.from({ length: 150 }, (_, i) => scalar(`name-${i}`, 1));
  return Resources.of([...plain, ...few.lots]);
});
