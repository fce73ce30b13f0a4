/**
 * Whatever is handed in, of whatever type: it is done, or refused with a MeteError that names field and mend; what was
 * refused has changed nothing, and what was done leaves an allocator that works and can be saved.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { AllocatorOptions } from '../../src/allocator/state.js';
import type { AllocatorSnapshot } from '../../src/allocator/snapshot-format.js';
import { MeteError } from '../../src/base/errors.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { scalar } from '../../src/resources/lot.js';
import { quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { ENGINES } from './engines.js';
import { stateText } from './model/state-text.js';

const HELD = Resources.fromScalars({ cpus: 4, mem: 1024 });
const HUGE = Resources.fromScalars({ cpus: 6e12 });
const deepRole = Array.from({ length: 3000 }, () => 'a').join('/');

/** A method and arguments that it accepts. */
const GOOD: readonly (readonly [method: keyof HierarchicalAllocator, args: readonly unknown[]])[] = [
  ['run', [1000]],
  ['allocate', [1000]],
  ['addFramework', [frameworkOptions()]],
  ['updateFramework', ['f1', { roles: ['r'], capabilities: [], suppressedRoles: [], offerFilters: {} }]],
  ['removeFramework', ['f1']],
  ['activateFramework', ['f1']],
  ['deactivateFramework', ['f1']],
  ['addAgent', [agentOptions()]],
  ['updateAgent', ['a1', { total: HELD, hostname: 'h', attributes: [attribute()], capabilities: ['X'], domain: null }]],
  ['removeAgent', ['a1']],
  ['activateAgent', ['a1']],
  ['deactivateAgent', ['a1']],
  ['addResourceProvider', ['a1', HELD, [{ frameworkId: 'f1', role: 'r', resources: HELD }]]],
  ['updateWhitelist', [['h']]],
  ['requestResources', ['f1', [{ agentId: 'a1' }]]],
  ['updateAllocation', ['f1', 'a1', 'r', HELD, [{ consumed: HELD, converted: HELD, absentAfter: Resources.EMPTY }]]],
  ['updateAvailable', ['a2', [{ type: 'RESERVE', resources: reserved(), source: Resources.EMPTY }]]],
  ['updateUnavailability', ['a1', { startMs: 3, durationMs: 4 }]],
  ['updateInverseOffer', ['a1', 'f1', 'ACCEPT', { refuseSeconds: 1 }]],
  ['recoverResources', ['f1', 'a1', 'r', HELD, { refuseSeconds: 1 }]],
  ['suppressOffers', ['f1', ['r']]],
  ['reviveOffers', ['f1', ['r']]],
  ['updateQuota', ['r', quota()]],
  ['updateQuotas', [new Map([['r', quota()]]), { force: true }]],
  ['updateWeights', [[{ role: 'r', weight: 2 }]]],
  ['recover', [3, new Map([['r', quota()]])]],
  ['agent', ['a1']],
  ['framework', ['f1']],
  ['role', ['r']],
];

function frameworkOptions(): object {
  const offerFilters = { r: { minAllocatable: [quantitiesFromRecord({ cpus: 1 })] } };
  const used = [{ agentId: 'a2', role: 'r', resources: HELD }];
  const offerConstraints = { role_constraints: {} };
  const roles = { roles: ['r'], suppressedRoles: ['r'], capabilities: ['MULTI_ROLE'] };
  return { id: 'f2', ...roles, active: true, offerFilters, offerConstraints, used };
}

function agentOptions(): object {
  const used = [{ frameworkId: 'f1', role: 'r', resources: HELD }];
  const domain = { region: 'r', zone: 'z' };
  const about = { hostname: 'h', attributes: [attribute()], capabilities: ['MULTI_ROLE'], domain };
  return { id: 'a3', total: HELD, ...about, unavailability: { startMs: 1, durationMs: 2 }, used, active: true };
}

function attribute(): object {
  return { name: 'rack', type: 'TEXT', text: 'r1' };
}

function quota(): object {
  return { guarantees: quantitiesFromRecord({ cpus: 1 }), limits: limitsFromRecord({ cpus: 2 }) };
}

function reserved(): Resources {
  return Resources.of([scalar('cpus', 1, { reservations: [{ type: 'DYNAMIC', role: 'r' }] })]);
}

const RUBBISH: readonly unknown[] = [
  undefined, null, 0, -1, NaN, Infinity, 1e300, 2 ** 53, '', 'x', '__proto__', 'a/../b', deepRole, true, Symbol('s'),
  10n, () => 0, [], [null], [undefined], [1], ['x', 'x'], [{}], [[]], {}, { id: 1 }, { role: 3 },
  new Map([['cpus', NaN]]), new Map([['cpus', -1]]), new Map([[3, 3]]), new Set(['r']), new Date(0), HELD, HUGE, [HELD],
];

/** The arguments with one thing replaced, wherever it is: whole arguments, fields, items. */
function* spoilt(value: unknown, path: string): Generator<[where: string, spoilt: unknown]> {
  for (const rubbish of RUBBISH) yield [path, rubbish];
  if (typeof value !== 'object' || value === null || value instanceof Resources || value instanceof Map) return;
  for (const [key, field] of Object.entries(value)) {
    for (const [where, instead] of spoilt(field, `${path}.${key}`)) {
      yield [where, Array.isArray(value) ? value.with(Number(key), instead) : { ...value, [key]: instead }];
    }
  }
}

function prepared(engine: EngineFactory): HierarchicalAllocator {
  const allocator = new HierarchicalAllocator({ engine });
  allocator.addFramework({ id: 'f1', roles: ['r', 'r/s'], capabilities: ['MULTI_ROLE'] });
  allocator.addAgent({ id: 'a1', total: HELD, unavailability: { startMs: 3 } });
  allocator.run(0);
  allocator.suppressOffers('f1');
  allocator.addAgent({ id: 'a2', total: HELD });
  return allocator;
}

/** Makes one call; whether it was refused. Throws if it was neither done nor refused as it should be. */
function isRefused(engine: EngineFactory, method: keyof HierarchicalAllocator, args: readonly unknown[]): boolean {
  const allocator = prepared(engine);
  const before = JSON.stringify(allocator.snapshot());
  try {
    (allocator[method] as (...all: readonly unknown[]) => unknown).apply(allocator, [...args]);
  } catch (error) {
    assert.ok(error instanceof MeteError && error.code !== 'INTERNAL', `it fails with ${(error as Error).stack}`);
    assert.ok(error.field !== '' && error.mend.length > 3, error.message);
    assert.equal(JSON.stringify(allocator.snapshot()), before, 'it changed something');
    return true;
  }
  allocator.allocate(5000);
  stateText(allocator, { shares: true });
  const saved = JSON.parse(JSON.stringify(allocator.snapshot())) as AllocatorSnapshot;
  assert.deepEqual(JSON.parse(JSON.stringify(HierarchicalAllocator.restore(saved, { engine }).snapshot())), saved);
  return false;
}

for (const { name, factory } of ENGINES) {
  test(`whatever is handed in is done or refused, never half done (${name})`, (t) => {
    let calls = 0;
    let refused = 0;
    for (const [method, args] of GOOD) {
      if (method !== 'recover') assert.equal(isRefused(factory, method, args), false, `${method} as it should be`);
      args.forEach((arg, i) => {
        for (const [where, rubbish] of spoilt(arg, `${method}(${i})`)) {
          calls++;
          try {
            if (isRefused(factory, method, args.with(i, rubbish))) refused++;
          } catch (error) {
            assert.fail(`${where}: ${String(error)}`);
          }
        }
      });
    }
    t.diagnostic(`${refused} of ${calls} calls were refused`);
    assert.ok(refused > calls / 2);
  });

  test(`totals beyond what can be counted exactly are refused (${name})`, () => {
    const allocator = prepared(factory);
    allocator.addAgent({ id: 'big', total: HUGE });
    const before = JSON.stringify(allocator.snapshot());
    const isTooMuch = (error: unknown): boolean => error instanceof MeteError && error.code === 'LIMIT_EXCEEDED';
    const use = { frameworkId: 'f1', role: 'r', resources: HUGE };
    assert.throws(() => allocator.addAgent({ id: 'more', total: HUGE }), isTooMuch);
    assert.throws(() => allocator.updateAgent('a1', { total: HUGE, hostname: 'other' }), isTooMuch);
    assert.throws(() => allocator.addResourceProvider('a1', HUGE), isTooMuch);
    assert.throws(() => allocator.addResourceProvider('big', HELD, [use, { ...use, role: 'r/s' }]), isTooMuch);
    assert.throws(() => allocator.addAgent({ id: 'more', total: HELD, used: [use, use] }), isTooMuch);
    assert.equal(JSON.stringify(allocator.snapshot()), before);
  });

  test(`options of the wrong type are refused (${name})`, () => {
    const good = {
      allocationIntervalMs: 1000,
      minAllocatable: [quantitiesFromRecord({ cpus: 1 })],
      fairSharingExcludedResourceNames: ['gpus'],
      filterGpuResources: true,
      roleSorter: 'drf',
      frameworkSorter: 'random',
      domain: { region: 'r', zone: 'z' },
      seed: 1,
      agentRecoveryFactor: 0.5,
      recoveryTimeoutMs: 1,
      incremental: true,
      stopwatch: () => 0,
      engine: factory,
    };
    for (const [where, options] of spoilt(good, 'options')) {
      try {
        new HierarchicalAllocator(options as AllocatorOptions).allocate(1000);
      } catch (error) {
        if (where === 'options.stopwatch' || where === 'options.engine') continue;
        assert.ok(error instanceof MeteError && error.code !== 'INTERNAL', `${where}: ${String(error)}`);
      }
    }
  });
}
