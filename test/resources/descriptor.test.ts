/** Descriptors: identity as canonical keys, and what cannot be described. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Description,
  describe,
  describeBare,
  type DiskInfo,
  type DiskSource,
  type Label,
  type Reservation,
  type ResourceType,
} from '../../src/resources/descriptor.js';
import { refuses } from './refuses.js';

const key = (description: Description): string => describe(description).key;
const reserved = (...reservations: Reservation[]): Description => ({ name: 'cpus', reservations });
const labelled = (labels?: readonly Label[]): Description =>
  reserved({ type: 'DYNAMIC', role: 'a', ...(labels === undefined ? {} : { labels }) });
const source = (more: Omit<DiskSource, 'type'>, type: DiskSource['type'] = 'PATH'): Description => ({
  name: 'disk',
  disk: { source: { type, ...more } },
});
const volume = (disk: Omit<DiskInfo, 'persistence'>, id = 'v', shared = false): Description => ({
  name: 'disk',
  reservations: [{ type: 'STATIC', role: 'a' }],
  disk: { ...disk, persistence: { id } },
  shared,
});

test('each part of the identity makes another key', () => {
  const descriptions: Description[] = [
    { name: 'cpus' },
    { name: 'mem' },
    { name: 'cpus', type: 'RANGES' },
    { name: 'cpus', type: 'SET' },
    { name: 'cpus\0SCALAR' },
    { name: 'cpus', revocable: true },
    { name: 'cpus', providerId: 'p' },
    { name: 'cpus', providerId: 'q' },
    reserved({ type: 'STATIC', role: 'a' }),
    reserved({ type: 'DYNAMIC', role: 'a' }),
    reserved({ type: 'DYNAMIC', role: 'b' }),
    reserved({ type: 'DYNAMIC', role: 'a', principal: '' }),
    reserved({ type: 'DYNAMIC', role: 'a', principal: 'p' }),
    reserved({ type: 'STATIC', role: 'a' }, { type: 'DYNAMIC', role: 'a/b' }),
    labelled([]),
    labelled([{ key: 'k' }]),
    labelled([{ key: 'k', value: 'v' }]),
    labelled([{ key: 'k' }, { key: 'k' }]),
    labelled([{ key: 'k","v' }]),
    { name: 'disk' },
    source({}),
    source({}, 'MOUNT'),
    source({}, 'BLOCK'),
    source({}, 'RAW'),
    source({ root: '/a' }),
    source({ root: '' }),
    source({ vendor: 'x' }),
    source({ id: 'x' }),
    source({ profile: 'x' }),
    source({ metadata: [] }),
    source({ metadata: [{ key: 'x' }] }),
    volume({}),
    volume({}, 'w'),
    volume({ source: { type: 'PATH' } }),
    volume({}, 'v', true),
  ];
  const keys = descriptions.map(key);
  assert.equal(new Set(keys).size, keys.length);
  descriptions.forEach(({ name }, i) => assert.ok(keys[i]!.startsWith(name)));
});

test('what is not part of the identity does not change the key', () => {
  const labels = [{ key: 'a', value: 'x' }, { key: 'b' }, { key: 'a', value: 'y' }];
  assert.equal(key(labelled(labels)), key(labelled([...labels].reverse())));
  assert.equal(key(labelled([{ key: 'k' }])), key(labelled([{ key: 'k', value: '' }])));
  const twice = key(labelled([{ key: 'a' }, { key: 'a' }, { key: 'b' }]));
  assert.notEqual(twice, key(labelled([{ key: 'a' }, { key: 'b' }])));
  assert.notEqual(twice, key(labelled([{ key: 'a' }, { key: 'b' }, { key: 'b' }])));
  const mounted = volume({ volume: { mode: 'RW', container_path: 'here' } });
  assert.equal(key(mounted), key(volume({})));
  assert.equal(key({ name: 'cpus', disk: null, providerId: null, reservations: [] }), key({ name: 'cpus' }));
});

test('descriptors without extras are one object, and all are frozen', () => {
  assert.equal(describe({ name: 'cpus' }), describeBare('cpus'));
  assert.equal(describe({ name: 'ports', type: 'RANGES' }), describeBare('ports', 'RANGES'));
  const deep = describe(labelled([{ key: 'k' }]));
  for (const part of [deep, deep.reservations, deep.reservations[0], deep.reservations[0]?.labels]) {
    assert.ok(Object.isFrozen(part));
  }
  const disk = describe(volume({ source: { type: 'PATH', metadata: [{ key: 'k' }] } })).disk;
  for (const part of [disk, disk?.persistence, disk?.source, disk?.source?.metadata]) assert.ok(Object.isFrozen(part));
});

test('[A82] the last reservation owns the resource, and more than one is a refinement', () => {
  const plain = describe({ name: 'cpus' });
  assert.deepEqual([plain.reservedRole, plain.refined, plain.plain, plain.divisible], [null, false, true, true]);
  const refined = describe(reserved({ type: 'STATIC', role: 'a' }, { type: 'DYNAMIC', role: 'a/b' }));
  assert.deepEqual([refined.reservedRole, refined.refined, refined.plain], ['a/b', true, false]);
  assert.equal(describe({ name: 'ports', type: 'RANGES' }).plain, false);
});

test('[A87] which disks can be divided', () => {
  const divisible = (description: Description): boolean => describe(description).divisible;
  assert.ok(divisible(source({})) && divisible(source({ profile: 'p' }, 'RAW')));
  for (const whole of [source({}, 'MOUNT'), source({}, 'BLOCK'), source({ id: 'x' }, 'RAW'), volume({})]) {
    assert.equal(divisible(whole), false);
  }
});

test('[A82] refinements go down the tree of roles and are dynamic', () => {
  const refused = (says: string, ...stack: Reservation[]): void => {
    refuses('INVALID_RESOURCES', () => describe(reserved(...stack)), says);
  };
  refused('a refined reservation cannot be STATIC', { type: 'STATIC', role: 'a' }, { type: 'STATIC', role: 'a/b' });
  refused("it is not a refinement of 'a'", { type: 'STATIC', role: 'a' }, { type: 'DYNAMIC', role: 'b' });
  refused("it is not a refinement of 'a'", { type: 'DYNAMIC', role: 'a' }, { type: 'DYNAMIC', role: 'a' });
  refused('the role "*" cannot be reserved for', { type: 'STATIC', role: '*' });
  refuses('INVALID_ROLE', () => describe(reserved({ type: 'STATIC', role: 'a//b' })), 'resource.reservations[0].role');
});

test('what describes no possible resource is refused by the path of the field', () => {
  const cases: readonly [unknown, string][] = [
    [{ name: '' }, 'resource.name ""'],
    [{ name: 5 }, 'resource.name 5'],
    [{ name: 'x', type: 'TEXT' as ResourceType }, 'resource.type "TEXT"'],
    [{ name: 'x', reservations: 'a' }, 'resource.reservations "a": it is not a list'],
    [{ name: 'x', reservations: [null] }, 'resource.reservations[0].type'],
    [{ name: 'x', reservations: [{ type: 'LOOSE', role: 'a' }] }, 'resource.reservations[0].type "LOOSE"'],
    [labelled('k' as unknown as Label[]), 'resource.reservations[0].labels "k"'],
    [labelled([{ key: 1 } as unknown as Label]), 'resource.reservations[0].labels[0].key 1'],
    [reserved({ type: 'DYNAMIC', role: 'a', principal: 1 as unknown as string }), 'reservations[0].principal 1'],
    [{ name: 'cpus', disk: { source: { type: 'PATH' } } }, 'only the resource named disk has disk info'],
    [{ name: 'disk', type: 'SET', disk: { source: { type: 'PATH' } } }, 'a disk with disk info is a scalar'],
    [{ name: 'disk', disk: {} }, 'the disk info is empty'],
    [{ name: 'disk', disk: { volume: { mode: 'RW', container_path: 'x' } } }, 'a volume needs a persistence id'],
    [volume({}, ''), 'resource.disk.persistence.id ""'],
    [source({}, 'TAPE' as DiskSource['type']), 'resource.disk.source.type "TAPE"'],
    [source({ root: '/x' }, 'BLOCK'), 'a BLOCK disk has no root'],
    [source({ id: 7 as unknown as string }), 'resource.disk.source.id 7'],
    [{ name: 'disk', shared: true }, 'only persistent volumes can be shared'],
    [{ name: 'cpus', shared: true }, 'only persistent volumes can be shared'],
    [{ name: 'cpus', providerId: '' }, 'resource.provider_id ""'],
  ];
  for (const [description, says] of cases) {
    refuses('INVALID_RESOURCES', () => describe(description as Description), says);
  }
});
