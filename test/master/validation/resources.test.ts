/** Resources: the rules for one, for lists and for sums, and how they print in texts. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { DiskInfo, Reservation, Resource } from '../../../src/protocol/common.js';
import type { ResourceProviderId } from '../../../src/protocol/schema.js';
import {
  printResource,
  printResourceList,
  printResources,
  toResources,
  validateResource,
  validateResourceList,
  validateUsedResources,
} from '../../../src/master/core/validation/index.js';
import {
  overlap,
  validateRevocable,
  validateSingleProvider,
  validateSingleRole,
  validateUniquePersistence,
  validateVolumes,
} from '../../../src/master/core/validation/resources.js';
import { Resources } from '../../../src/resources/resources.js';
import { AVAILABLE, expectTexts, ranges, rawDisk, RESERVED, scalar, volume } from './fixtures.js';

function set(...items: string[]): Resource {
  return { name: 'zones', type: 'SET', set: items };
}

function layers(...reservations: Reservation[]): Resource {
  return scalar('cpus', 1, { reservations });
}

function disk(info: DiskInfo, more: Partial<Resource> = {}): Resource {
  return scalar('disk', 64, { disk: info, ...more });
}

const dynamic = (role: string): Reservation => ({ type: 'DYNAMIC', role });

test('[B177] values: types, amounts, ranges, sets', () => {
  const small = 'Invalid scalar resource: value <= 0';
  const list = [
    { begin: 5, end: 9 },
    { begin: 1, end: 5 },
  ];
  expectTexts(validateResource, [
    [scalar('cpus', 1), null],
    [scalar('cpus', 0), null],
    [scalar('cpus', 0.001), null],
    [ranges(1, 5), null],
    [set('a', 'b'), null],
    [scalar('', 1), 'Empty resource name'],
    [{ name: 'cpus', type: 'SCALAR' }, 'Invalid scalar resource'],
    [scalar('cpus', 1, { set: [] }), 'Invalid scalar resource'],
    [scalar('cpus', -1), small],
    [scalar('cpus', 0.0001), small],
    [scalar('cpus', NaN), small],
    [scalar('cpus', Infinity), small],
    [{ name: 'ports', type: 'RANGES' }, 'Invalid ranges resource'],
    [ranges(1, 5, { scalar: 1 }), 'Invalid ranges resource'],
    [ranges(5, 1), 'Invalid ranges resource: begin > end'],
    [{ name: 'ports', type: 'RANGES', ranges: list }, 'Invalid ranges resource: overlapping ranges'],
    [{ name: 'zones', type: 'SET' }, 'Invalid set resource'],
    [set('a', 'b', 'a'), 'Invalid set resource: duplicated elements'],
  ]);
});

test('[B177] disks and what may be shared', () => {
  const vendor = { vendor: 'v' };
  expectTexts(validateResource, [
    [volume('v1'), null],
    [volume('v1', { shared: true }), null],
    [rawDisk(), null],
    [scalar('cpus', 1, { disk: {} }), 'DiskInfo should not be set for cpus resource'],
    [disk({ source: { type: 'RAW', mount: {} } }), 'Mount should not be set for RAW disk source'],
    [disk({ source: { type: 'BLOCK', path: {}, ...vendor } }), 'Path should not be set for BLOCK disk source'],
    [disk({ source: { type: 'UNKNOWN' } }), "Unsupported 'DiskInfo.Source.Type' in 'UNKNOWN'"],
    [scalar('cpus', 1, { shared: true }), 'Resource cpus cannot be shared'],
    [scalar('disk', 1, { shared: true }), 'Only persistent volumes can be shared'],
    [disk({ source: { type: 'PATH' } }, { shared: true }), 'Only persistent volumes can be shared'],
  ]);
});

test('[B177] reservations: roles, refinements, the older form beside the new one', () => {
  const [ads, bids] = [dynamic('ads'), dynamic('ads/bids')];
  const older = (role: string | undefined, layer: Reservation, reservation?: Resource['reservation']): Resource =>
    scalar('cpus', 1, {
      reservations: [layer],
      ...(role === undefined ? {} : { role }),
      ...(reservation === undefined ? {} : { reservation }),
    });
  const format = 'Invalid resource format: ';
  const single = "if the single reservation in 'Resource.reservations' is";
  const both = `${format}'Resource.role' and 'Resource.reservation' must either be both set or both not set ${single}`;
  const several = "must not be set if there is more than one reservation in 'Resource.reservations'";
  const owned: Reservation = { ...ads, principal: 'p', labels: [{ key: 'k', value: 'v' }] };
  const foreign = "field with 'q' does not match the principal 'p' in 'Resource.reservations'";
  expectTexts(validateResource, [
    [scalar('cpus', 1, { role: '*' }), null],
    [scalar('cpus', 1, { role: 'ads' }), null],
    [scalar('cpus', 1, { role: 'ads', reservation: {} }), null],
    [layers(ads, bids), null],
    [older('ads', { type: 'STATIC', role: 'ads' }), null],
    [older('ads', ads, {}), null],
    [scalar('cpus', 1, { role: '-x' }), "Role component '-x' is invalid because it starts with a dash"],
    [
      scalar('cpus', 1, { role: '*', reservation: {} }),
      'Invalid reservation: role "*" cannot be dynamically reserved',
    ],
    [layers(dynamic('')), 'Role names cannot be the empty string'],
    [layers(dynamic('*')), 'Invalid reservation: role "*" cannot be reserved'],
    [layers(ads, dynamic('web')), "Invalid refined reservation: role 'web' is not a refinement of 'ads'"],
    [layers(ads, ads), "Invalid refined reservation: role 'ads' is not a refinement of 'ads'"],
    [
      layers(ads, { type: 'STATIC', role: 'ads/x' }),
      'Invalid refined reservation: A refined reservation cannot be STATIC',
    ],
    [
      older('web', ads, {}),
      `${format}'Resource.role' field with 'web' does not match the role 'ads' in 'Resource.reservations'`,
    ],
    [
      older('ads', { type: 'STATIC', role: 'ads' }, {}),
      `${format}'Resource.reservation' must not be set ${single} STATIC`,
    ],
    [older('ads', ads), `${both} DYNAMIC`],
    [older(undefined, ads, {}), `${both} DYNAMIC`],
    [older('ads', owned, { principal: 'q' }), `${format}'Resource.reservation.principal' ${foreign}`],
    [
      older('ads', owned, { principal: 'p' }),
      `${format}'Resource.reservation.labels' field with '{}' does not match the labels '{k: v}' in ` +
        "'Resource.reservations'",
    ],
    [{ ...layers(ads, bids), role: 'ads' }, `${format}'Resource.role' ${several}`],
    [{ ...layers(ads, bids), reservation: {} }, `${format}'Resource.reservation' ${several}`],
  ]);
});

test('[B177] a list is refused for its first bad resource, which is shown', () => {
  assert.equal(validateResourceList(undefined), null);
  assert.equal(validateResourceList([]), null);
  assert.equal(
    validateResourceList([scalar('mem', 1), scalar('cpus', -1), scalar('', 1)]),
    "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0",
  );
});

test('[B177] resources that are used: gpus are whole, volumes have all they need', () => {
  const volumeInfo = { mode: 'RW', containerPath: 'data' } as const;
  const persistence = { id: 'v1' };
  const info = 'Invalid DiskInfo: ';
  expectTexts((list: readonly Resource[]) => validateUsedResources(list), [
    [[scalar('gpus', 2), scalar('cpus', 0.5)], null],
    [[scalar('gpus', 0.5), scalar('gpus', 0.5)], null],
    [[volume('v1')], null],
    [[scalar('cpus', 1, { ...RESERVED })], null],
    [
      [scalar('cpus', -1)],
      "Invalid resources: Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0",
    ],
    [[scalar('gpus', 0.5)], "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer"],
    [
      [volume('v1', { revocable: true })],
      `${info}Persistent volumes cannot be created from revocable resources`,
    ],
    [
      [disk({ persistence, volume: volumeInfo })],
      `${info}Persistent volumes cannot be created from unreserved resources`,
    ],
    [[disk({ persistence }, RESERVED)], `${info}Expecting 'volume' to be set for persistent volume`],
    [
      [disk({ persistence, volume: { ...volumeInfo, hostPath: '/x' } }, RESERVED)],
      `${info}Expecting 'host_path' to be unset for persistent volume`,
    ],
    [[volume('a/b')], `${info}Invalid persistence ID for persistent volume: 'a/b' contains invalid characters`],
    [[disk({ volume: volumeInfo })], `${info}Non-persistent volume not supported`],
    [[disk({})], `${info}DiskInfo is set but empty`],
    [
      [scalar('cpus', 1, { ...RESERVED, revocable: true })],
      'Invalid ReservationInfo: Dynamically reserved resource cpus(reservations: [(DYNAMIC,ads,p)]){REV}:1 ' +
        'cannot be created from revocable resources',
    ],
  ]);
});

test('[B177] resources together: providers, roles, volumes, revocable and not', () => {
  const from = (id: string): Partial<Resource> => ({ providerId: id as ResourceProviderId });
  const to = (role: string): Partial<Resource> => ({ allocationInfo: { role } });
  expectTexts(validateSingleProvider, [
    [[scalar('cpus', 1), scalar('mem', 1)], null],
    [[scalar('disk', 1, from('a')), scalar('disk', 2, from('a'))], null],
    [
      [scalar('cpus', 1), scalar('disk', 1, from('a'))],
      'Some resources have a resource provider and some do not',
    ],
    [
      [scalar('disk', 1, from('a')), scalar('disk', 1, from('b'))],
      'The resources have multiple resource providers: a, b',
    ],
  ]);
  const several =
    "The resources have multiple allocation roles ('web' and 'ads') but only one allocation role is allowed";
  assert.equal(validateSingleRole([scalar('cpus', 1, to('ads')), scalar('mem', 1, to('ads'))]), null);
  assert.equal(validateSingleRole([scalar('cpus', 1)]), 'The resources are not allocated to a role');
  assert.equal(validateSingleRole([scalar('cpus', 1)], 'ads'), null);
  assert.equal(validateSingleRole([scalar('cpus', 1), scalar('mem', 1, to('web'))], 'ads'), several);
  const unique = (...list: Resource[]): string | null => validateUniquePersistence(toResources(list) as Resources);
  const web: Partial<Resource> = { reservations: [dynamic('web')] };
  assert.equal(unique(volume('a'), volume('b'), volume('a', web)), null);
  assert.equal(unique(volume('a', { shared: true }), volume('a', { shared: true })), null);
  assert.equal(unique(volume('a'), volume('a')), "Persistence ID 'a' is not unique");
  assert.equal(unique(volume('a'), volume('a', { scalar: 7 })), "Persistence ID 'a' is not unique");
  const mixed = (...list: Resource[]): string | null => validateRevocable(toResources(list) as Resources);
  const revocable = { revocable: true } as const;
  assert.equal(mixed(scalar('cpus', 1, revocable), scalar('mem', 1)), null);
  assert.equal(
    mixed(scalar('cpus', 1, revocable), scalar('cpus', 1), scalar('mem', 1)),
    "Cannot use both revocable and non-revocable 'cpus' at the same time",
  );
  expectTexts(validateVolumes, [
    [[volume('a')], null],
    [[scalar('cpus', 1)], 'Resource cpus:1 does not have DiskInfo'],
    [[rawDisk()], "'persistence' is not set in DiskInfo"],
    [[disk({ persistence: { id: 'a' } })], "Expecting 'volume' to be set for persistent volume"],
    [
      [disk({ persistence: { id: 'a' }, volume: { mode: 'RO', containerPath: 'x' } })],
      'Read-only persistent volume not supported',
    ],
  ]);
});

test('[B177] overlapping ranges and sets are found', () => {
  const of = (...list: Resource[]): Resources => toResources(list) as Resources;
  assert.equal(overlap([AVAILABLE, AVAILABLE]), false);
  assert.equal(overlap([of(ranges(1, 5)), of(ranges(6, 9))]), false);
  assert.equal(overlap([of(ranges(1, 5)), of(ranges(5, 9))]), true);
  assert.equal(overlap([of(set('a')), of(set('b')), of(set('c'))]), false);
  assert.equal(overlap([of(set('a')), of(set('b')), of(set('a'))]), true);
  assert.equal(overlap([of(volume('a', { shared: true })), of(volume('a', { shared: true }))]), true);
});

test('resources print as Mesos prints them', () => {
  const source = { type: 'MOUNT', mount: { root: '/m' } } as const;
  const labelled: Reservation = { ...dynamic('ads'), principal: 'p', labels: [{ key: 'k' }, { key: 'l', value: '1' }] };
  const rows: [Resource, string][] = [
    [scalar('cpus', 1.5), 'cpus:1.5'],
    [scalar('mem', 123456.7891), 'mem:123456.789'],
    [ranges(1, 5), 'ports:[1-5]'],
    [set('a', 'b'), 'zones:{a, b}'],
    [scalar('cpus', 1, { role: 'ads' }), 'cpus(reservations: [(STATIC,ads)]):1'],
    [
      scalar('cpus', 1, { role: 'ads', reservation: { principal: 'p' } }),
      'cpus(reservations: [(DYNAMIC,ads,p)]):1',
    ],
    [layers(labelled, dynamic('ads/x')), 'cpus(reservations: [(DYNAMIC,ads,p,{k, l: 1}),(DYNAMIC,ads/x)]):1'],
    [scalar('cpus', 1, { allocationInfo: { role: 'web' }, revocable: true }), 'cpus(allocated: web){REV}:1'],
    [
      volume('v', { shared: true }),
      'disk(allocated: ads)(reservations: [(DYNAMIC,ads,p)])[v:data]<SHARED>:64',
    ],
    [disk({ source }), 'disk[MOUNT:/m]:64'],
    [disk({ source: { type: 'PATH' } }), 'disk[PATH]:64'],
    [disk({ source: { type: 'UNKNOWN' } }), 'disk[UNKNOWN]:64'],
    [rawDisk(), 'disk[RAW(v,x,fast)]:64'],
    [
      disk({ source, persistence: { id: 'i' }, volume: { mode: 'RO', hostPath: '/h', containerPath: 'c' } }),
      'disk[MOUNT:/m,i:/h:c:ro]:64',
    ],
  ];
  for (const [resource, text] of rows) {
    const role = text.includes('allocated: ads') ? 'ads' : undefined;
    assert.equal(printResource(resource, role), text);
  }
  assert.equal(printResourceList([]), '{}');
  assert.equal(printResourceList(undefined), '{}');
  const value = Resources.fromScalars({ cpus: 1, mem: 2 });
  assert.equal(printResources(value, '*'), 'cpus(allocated: *):1; mem(allocated: *):2');
});

test('[B177] what mete cannot count is refused, not thrown', () => {
  const text = toResources([scalar('cpus', 1e15)]);
  assert.match(text as string, /^Invalid resources: resources\[0\]\.scalar: it is beyond/);
  assert.equal(toResources(undefined), Resources.EMPTY);
  const list = [scalar('cpus', 1)];
  assert.equal(toResources(list), toResources(list));
});
