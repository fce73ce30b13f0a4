/**
 * Bad input: every refusal is a MeteError that names the field, the value and the mend, and the state is as it was.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, MeteError } from '../../src/base/errors.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import { DRFSorter } from '../../src/allocator/sorter.js';
import { limitsFromRecord, NO_LIMITS } from '../../src/resources/limits.js';
import { scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { NO_QUANTITIES, quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { availableEngines } from './engines.js';

type Attempt = (allocator: HierarchicalAllocator) => unknown;

const RESOURCES = parseResources('cpus:4;mem:1024');
const MORE = parseResources('cpus:40');

/** A value of a type that the compiler would not let through. */
function untyped<T>(value: unknown): T {
  return value as T;
}

function manyKinds(count: number): Resources {
  return Resources.of(Array.from({ length: count }, (_, i) => scalar(`kind${i}`, 1)));
}

const ATTEMPTS: readonly (readonly [string, ErrorCode, string, Attempt])[] = [
  ['an agent twice', 'ALREADY_EXISTS', 'id', (a) => { a.addAgent({ id: 'a1', total: RESOURCES }); }],
  ['a framework twice', 'ALREADY_EXISTS', 'id', (a) => { a.addFramework({ id: 'f1', roles: ['r'] }); }],
  ['an empty id', 'INVALID_ARGUMENT', 'id', (a) => { a.addAgent({ id: '', total: RESOURCES }); }],
  ['a total that is no Resources', 'INVALID_ARGUMENT', 'total', (a) => {
    a.addAgent({ id: 'new', total: untyped({ cpus: 1 }) });
  }],
  ['removing an unknown agent', 'UNKNOWN_AGENT', 'agentId', (a) => { a.removeAgent('nobody'); }],
  ['updating an unknown agent', 'UNKNOWN_AGENT', 'agentId', (a) => { a.updateAgent('nobody', {}); }],
  ['deactivating an unknown agent', 'UNKNOWN_AGENT', 'agentId', (a) => { a.deactivateAgent('nobody'); }],
  ['removing an unknown framework', 'UNKNOWN_FRAMEWORK', 'frameworkId', (a) => { a.removeFramework('nobody'); }],
  ['suppressing for an unknown framework', 'UNKNOWN_FRAMEWORK', 'frameworkId', (a) => { a.suppressOffers('nobody'); }],
  ['reviving for an unknown framework', 'UNKNOWN_FRAMEWORK', 'frameworkId', (a) => { a.reviveOffers('nobody'); }],
  ['suppressing a role the framework is not in', 'INVALID_ARGUMENT', 'roles', (a) => {
    a.suppressOffers('f1', ['z']);
  }],
  ['suppressed roles that are not subscribed', 'INVALID_ARGUMENT', 'suppressedRoles', (a) => {
    a.addFramework({ id: 'f9', roles: ['r'], suppressedRoles: ['z'] });
  }],
  ['a role named twice', 'INVALID_ARGUMENT', 'roles', (a) => { a.addFramework({ id: 'f9', roles: ['r', 'r'] }); }],
  ['a role with an empty component', 'INVALID_ROLE', 'role', (a) => { a.addFramework({ id: 'f9', roles: ['a//b'] }); }],
  ['a role that leads out of itself', 'INVALID_ROLE', 'role', (a) => {
    a.addFramework({ id: 'f9', roles: ['a/..'] });
  }],
  ['a role with a blank', 'INVALID_ROLE', 'role', (a) => { a.addFramework({ id: 'f9', roles: ['a b'] }); }],
  ['a weight of zero', 'INVALID_WEIGHT', 'weight of r', (a) => { a.updateWeights([{ role: 'r', weight: 0 }]); }],
  ['a negative weight behind a good one', 'INVALID_WEIGHT', 'weight of b', (a) => {
    a.updateWeights([{ role: 'r', weight: 2 }, { role: 'b', weight: -1 }]);
  }],
  ['a weight that is no number', 'INVALID_WEIGHT', 'weight of r', (a) => {
    a.updateWeights([{ role: 'r', weight: NaN }]);
  }],
  ['quota on a nested role', 'INVALID_QUOTA', 'quota of r/s: role', (a) => {
    a.updateQuota('r/s', { guarantees: NO_QUANTITIES, limits: NO_LIMITS });
  }],
  ['a limit below the guarantee', 'INVALID_QUOTA', 'quota of r: limits.cpus', (a) => {
    a.updateQuota('r', { guarantees: quantitiesFromRecord({ cpus: 2 }), limits: limitsFromRecord({ cpus: 1 }) });
  }],
  ['a negative guarantee', 'INVALID_QUOTA', 'quota of r: guarantees.cpus', (a) => {
    a.updateQuota('r', { guarantees: new Map([['cpus', -1000]]), limits: NO_LIMITS });
  }],
  ['giving back more than is held', 'NOT_HELD', 'resources', (a) => { a.recoverResources('f1', 'a1', 'r', MORE); }],
  ['giving back in a role that holds nothing', 'NOT_HELD', 'resources', (a) => {
    a.recoverResources('f1', 'a1', 'other', RESOURCES);
  }],
  ['converting what is not held', 'NOT_HELD', 'resources', (a) => {
    a.updateAllocation('f1', 'a1', 'r', MORE, []);
  }],
  ['reserving what is not free', 'NOT_AVAILABLE', 'consumed', (a) => {
    const extras = { reservations: [{ type: 'DYNAMIC' as const, role: 'r' }] };
    a.updateAvailable('a1', [{ type: 'RESERVE', resources: Resources.of([scalar('cpus', 4, extras)]) }]);
  }],
  ['10,000 kinds of resources', 'LIMIT_EXCEEDED', 'total', (a) => {
    a.addAgent({ id: 'new', total: manyKinds(10_000) });
  }],
  ['10,000 kinds as an update', 'LIMIT_EXCEEDED', 'total', (a) => {
    a.updateAgent('a1', { total: manyKinds(10_000) });
  }],
  ['a time that is no number', 'INVALID_ARGUMENT', 'atMs', (a) => a.run(NaN)],
  ['an inverse offer without a window', 'INVALID_ARGUMENT', 'agentId', (a) => {
    a.updateInverseOffer('a1', 'f1', 'ACCEPT');
  }],
  ['recovering when agents are there', 'INVALID_ARGUMENT', 'recover', (a) => { a.recover(3, new Map()); }],
  ['constraints that are no constraints', 'INVALID_OFFER_CONSTRAINTS', 'role_constraints', (a) => {
    a.addFramework({ id: 'f9', roles: ['r'], offerConstraints: { role_constraints: { r: { groups: [] } } } });
  }],
  ['a whitelist that is one text', 'INVALID_ARGUMENT', 'whitelist', (a) => { a.updateWhitelist('host1'); }],
];

for (const { name, factory } of availableEngines()) {
  for (const [what, code, field, attempt] of ATTEMPTS) {
    test(`${what} is refused with ${code} (${name})`, () => {
      const allocator = new HierarchicalAllocator({ engine: factory });
      allocator.addFramework({ id: 'f1', roles: ['r'], capabilities: ['MULTI_ROLE'] });
      allocator.addAgent({ id: 'a1', total: RESOURCES });
      assert.equal(allocator.run(0).offers.length, 1);
      const before = JSON.stringify(allocator.snapshot());
      assert.throws(
        () => attempt(allocator),
        (error: unknown) => {
          assert.ok(error instanceof MeteError, String(error));
          assert.equal(error.code, code);
          assert.ok(error.field.includes(field), `${error.field} names ${field}`);
          assert.ok(error.message.includes(error.mend) && error.mend.length > 3, error.message);
          return true;
        },
      );
      assert.equal(JSON.stringify(allocator.snapshot()), before, 'the state is as it was');
      allocator.close();
    });
  }

  test(`names outside the BMP are ordered by their bytes, not by their code units (${name})`, () => {
    const sorter = new DRFSorter({ engine: factory });
    for (const client of ['\u{1F600}', '\uFF5E', 'z']) {
      sorter.add(client);
      sorter.activate(client);
    }
    assert.deepEqual(sorter.sort(), ['z', '\uFF5E', '\u{1F600}']);
    sorter.close();
  });

  test(`what is gone may be given back without harm (${name})`, () => {
    const allocator = new HierarchicalAllocator({ engine: factory });
    allocator.recoverResources('gone', 'gone', 'r', RESOURCES, {});
    assert.deepEqual(allocator.list(), { agents: [], frameworks: [], roles: [] });
    allocator.close();
  });
}

test('a role may be deep, but not without bound', () => {
  const { factory } = availableEngines()[0]!;
  const allocator = new HierarchicalAllocator({ engine: factory });
  const deep = (components: number): string => Array.from({ length: components }, () => 'r').join('/');
  allocator.addFramework({ id: 'deep', roles: [deep(256)], capabilities: ['MULTI_ROLE'] });
  allocator.addAgent({ id: 'a1', total: RESOURCES });
  assert.equal(allocator.run(0).offers.length, 1);
  assert.throws(
    () => { allocator.addFramework({ id: 'deeper', roles: [deep(257)] }); },
    (error: unknown) => error instanceof MeteError && error.code === 'INVALID_ROLE',
  );
  allocator.close();
});
