/** The JSON form of resources: Mesos v1 Resource objects, read in both forms of reservations and written in one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lotFromJson, parseResourcesJson } from '../../src/resources/parse-json.js';
import { lotsToJson } from '../../src/resources/print-json.js';
import { Resources } from '../../src/resources/resources.js';
import { anyResources } from './arbitraries.js';
import { refuses } from './refuses.js';

const cpus = (more: object = {}): object => ({ name: 'cpus', type: 'SCALAR', scalar: { value: 2 }, ...more });
const disk = (more: object = {}): object => ({ name: 'disk', type: 'SCALAR', scalar: { value: 2 }, ...more });
const prints = (json: unknown[], printed: string): void => assert.equal(String(parseResourcesJson(json)), printed);

test('[C17] scalars, ranges and sets', () => {
  const json = [
    cpus(),
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 7, end: 9 }, { begin: 1, end: 6 }] } },
    { name: 'zones', type: 'SET', set: { item: ['b', 'a'] } },
    { name: 'mem', type: 'SCALAR', scalar: { value: '1.5' } },
    { name: 'none', type: 'RANGES', ranges: {} },
  ];
  prints(json, 'cpus:2; mem:1.5; ports:[1-9]; zones:{a, b}');
  assert.deepEqual(parseResourcesJson(json).toJSON(), [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
    { name: 'mem', type: 'SCALAR', scalar: { value: 1.5 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 9 }] } },
    { name: 'zones', type: 'SET', set: { item: ['a', 'b'] } },
  ]);
  assert.equal(parseResourcesJson([]), Resources.EMPTY);
});

test('[A78] [A79] [C17] both forms of reservations mean the same', () => {
  const labels = { labels: [{ key: 'k', value: 'v' }] };
  prints([cpus({ role: '*' }), cpus()], 'cpus:4');
  prints([cpus({ role: 'a' }), cpus({ reservations: [{ type: 'STATIC', role: 'a' }] })], 'cpus(a):4');
  prints(
    [
      cpus({ role: 'a', reservation: { principal: 'p', labels } }),
      cpus({ reservations: [{ type: 'DYNAMIC', role: 'a', principal: 'p', labels }] }),
      cpus({
        role: 'a',
        reservation: { principal: 'p', labels },
        reservations: [{ type: 'DYNAMIC', role: 'a', principal: 'p', labels }],
      }),
    ],
    'cpus(reservations: [(DYNAMIC,a,p,{k: v})]):6',
  );
  prints([cpus({ role: 'a', reservation: {} })], 'cpus(reservations: [(DYNAMIC,a)]):2');
});

test('[A78] a default role takes what names no role', () => {
  const json = [cpus(), cpus({ role: '*' }), cpus({ reservations: [{ type: 'STATIC', role: 'b' }] })];
  assert.equal(String(parseResourcesJson(json, { defaultRole: 'a' })), 'cpus:2; cpus(a):2; cpus(b):2');
});

test('[A82] stacks of reservations keep their order', () => {
  const reservations = [
    { type: 'STATIC', role: 'a' },
    { type: 'DYNAMIC', role: 'a/b' },
    { type: 'DYNAMIC', role: 'a/b/c' },
  ];
  const [lot] = parseResourcesJson([cpus({ reservations })]).lots;
  assert.equal(lot?.descriptor.reservedRole, 'a/b/c');
  assert.deepEqual(parseResourcesJson([cpus({ reservations })]).toJSON()[0]?.reservations, reservations);
});

test('[A84] [A86] [A87] [A88] disks keep all they say', () => {
  const json = disk({
    provider_id: { value: 'csi' },
    reservations: [{ type: 'DYNAMIC', role: 'a' }],
    disk: {
      persistence: { id: 'v', principal: 'p' },
      volume: { mode: 'RW', container_path: 'data', image: { type: 'DOCKER' } },
      source: {
        type: 'MOUNT',
        mount: { root: '/m' },
        vendor: 'ven',
        id: 'i',
        metadata: { labels: [{ key: 'k' }] },
        profile: 'fast',
      },
    },
    shared: {},
  });
  assert.deepEqual(parseResourcesJson([json]).toJSON(), [json]);
  const path = disk({ disk: { source: { type: 'PATH', path: { root: '/p' } } } });
  assert.deepEqual(parseResourcesJson([path]).toJSON(), [path]);
  const rootless = disk({ disk: { source: { type: 'MOUNT', mount: {} } }, revocable: {} });
  assert.deepEqual(parseResourcesJson([rootless]).toJSON(), [
    disk({ disk: { source: { type: 'MOUNT' } }, revocable: {} }),
  ]);
});

test('[A86] a shared volume listed twice is two copies', () => {
  const reservations = [{ type: 'STATIC', role: 'a' }];
  const shared = disk({ reservations, disk: { persistence: { id: 'v' } }, shared: {} });
  const two = parseResourcesJson([shared, shared]);
  assert.equal(two.lots[0]?.copies, 2);
  assert.deepEqual(two.toJSON(), [shared, shared]);
});

test('[C17] any resources survive JSON', () => {
  fc.assert(
    fc.property(anyResources, (value) => {
      const again = parseResourcesJson(JSON.parse(JSON.stringify(value)));
      assert.ok(again.equals(value));
      assert.deepEqual(again.toJSON(), value.toJSON());
    }),
  );
});

test('offers say to which role each resource is allocated, and reading ignores it', () => {
  const json = lotsToJson(parseResourcesJson([cpus()]).lots, 'ads');
  assert.deepEqual(json, [cpus({ allocation_info: { role: 'ads' } })]);
  prints(json, 'cpus:2');
});

test('null is unset, unknown fields are ignored, one value may stand for a list', () => {
  prints([cpus({ role: null, disk: null, reservations: null, colour: 'red' })], 'cpus:2');
  prints([cpus({ reservations: { type: 'STATIC', role: 'a' } })], 'cpus(a):2');
  prints([{ name: 'ports', type: 'RANGES', ranges: { range: { begin: '1', end: 2 } } }], 'ports:[1-2]');
});

const STATIC = { type: 'STATIC', role: 'a' };
const DYNAMIC = { type: 'DYNAMIC', role: 'a', principal: 'p' };
const REFUSED: readonly [json: unknown, says: string][] = [
  [null, 'resources[0] null: it is not an object'],
  [{}, 'resources[0].name undefined: it is missing'],
  [{ name: '', type: 'SCALAR', scalar: { value: 1 } }, 'resources[0].name ""'],
  [{ name: 1 }, 'resources[0].name 1: it is not a string'],
  [{ name: 'x', type: 'TEXT' }, 'resources[0].type "TEXT"'],
  [{ name: 'x', type: 'SCALAR' }, 'resources[0].scalar undefined: a SCALAR resource needs it'],
  [cpus({ ranges: {} }), 'resources[0].ranges {}: a SCALAR resource must not have it'],
  [cpus({ scalar: 5 }), 'resources[0].scalar 5: it is not an object'],
  [cpus({ scalar: {} }), 'resources[0].scalar.value undefined: it is missing'],
  [cpus({ scalar: { value: -1 } }), 'resources[0].scalar.value -1: it is negative'],
  [cpus({ scalar: { value: 'Infinity' } }), 'it is not finite'],
  [cpus({ scalar: { value: 'x' } }), 'resources[0].scalar.value "x": it is not a number'],
  [cpus({ scalar: { value: ' ' } }), 'it is not a number'],
  [cpus({ scalar: { value: 0.0001 } }), 'it rounds to zero'],
  [{ name: 'p', type: 'RANGES', ranges: { range: [{ begin: 5, end: 1 }] } }, 'resources[0].ranges.range[0] "5-1"'],
  [{ name: 'p', type: 'RANGES', ranges: { range: [{ begin: 5 }] } }, 'resources[0].ranges.range[0].end undefined'],
  [{ name: 'p', type: 'RANGES', ranges: { range: [{ begin: 1, end: 5 }, { begin: 3, end: 9 }] } }, 'ranges overlap'],
  [{ name: 's', type: 'SET', set: { item: ['a', 'a'] } }, 'an item is repeated'],
  [{ name: 's', type: 'SET', set: { item: [1] } }, 'resources[0].set.item[0] 1'],
  [cpus({ role: '*', reservation: {} }), 'the role "*" cannot be reserved dynamically'],
  [cpus({ reservation: {} }), 'the role "*" cannot be reserved dynamically'],
  [cpus({ role: 'a', reservation: { role: 'a' } }), 'resources[0].reservation.role "a"'],
  [cpus({ role: 'a', reservation: { type: 'DYNAMIC' } }), 'resources[0].reservation.type "DYNAMIC"'],
  [cpus({ reservations: [{ role: 'a' }] }), 'resources[0].reservations[0].type undefined'],
  [cpus({ reservations: [{ type: 'STATIC' }] }), 'resources[0].reservations[0].role undefined'],
  [cpus({ role: 'b', reservations: [STATIC] }), "'role' is not the role 'a' of the reservation"],
  [cpus({ role: 'a', reservation: {}, reservations: [STATIC] }), 'beside a static reservation'],
  [cpus({ role: 'a', reservations: [DYNAMIC] }), 'must both be set or both not be set'],
  [cpus({ reservation: {}, reservations: [DYNAMIC] }), 'must both be set or both not be set'],
  [cpus({ role: 'a', reservation: { principal: 'q' }, reservations: [DYNAMIC] }), 'another principal or other labels'],
  [cpus({ role: 'a', reservations: [STATIC, { type: 'DYNAMIC', role: 'a/b' }] }), 'beside several reservations'],
  [cpus({ disk: { source: { type: 'PATH' } } }), 'only the resource named disk has disk info'],
  [disk({ disk: {} }), 'the disk info is empty'],
  [disk({ disk: { source: {} } }), 'resources[0].disk.source.type undefined'],
  [disk({ disk: { source: { type: 'RAW', mount: {} } } }), 'disk.source.mount {}: a RAW disk must not have it'],
  [disk({ disk: { source: { type: 'MOUNT', path: {} } } }), 'a MOUNT disk must not have it'],
  [disk({ disk: { persistence: {} } }), 'resources[0].disk.persistence.id undefined'],
  [disk({ disk: { persistence: { id: 'v' }, volume: { mode: 'RW' } } }), 'resources[0].disk.volume.container_path'],
  [disk({ disk: { persistence: { id: 'v' }, volume: { container_path: 'x' } } }), 'resources[0].disk.volume.mode'],
  [disk({ shared: {} }), 'only persistent volumes can be shared'],
  [cpus({ provider_id: {} }), 'resources[0].provider_id.value undefined'],
  [cpus({ provider_id: 'x' }), 'resources[0].provider_id "x": it is not an object'],
  [cpus({ allocation_info: 'a' }), 'resources[0].allocation_info "a"'],
];

test('[C17] what is no resource is refused by the path of the field', () => {
  for (const [json, says] of REFUSED) refuses('INVALID_RESOURCES', () => parseResourcesJson([json]), says);
  refuses('INVALID_ROLE', () => parseResourcesJson([cpus({ role: '/a' })]), 'resources[0].role "/a"');
  refuses('INVALID_RESOURCES', () => parseResourcesJson({}), 'resources {}: it is not an array');
  refuses('INVALID_RESOURCES', () => lotFromJson(5, 'volume'), 'volume 5: it is not an object');
});
