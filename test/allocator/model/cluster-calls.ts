/**
 * Random calls about the cluster as a whole: time and runs, quota, weights, pauses, and calls that must be refused.
 */
import { type Quantities, quantitiesFromRecord } from '../../../src/resources/quantities.js';
import { limitsFromRecord } from '../../../src/resources/limits.js';
import { Resources } from '../../../src/resources/resources.js';
import type { Decisions } from './decisions.js';
import { ROLES, TOP_ROLES } from './pools.js';
import { call } from './subject.js';
import type { Maker, World } from './world.js';

const STEPS_MS = [0, 0, 1, 250, 500, 1000, 1000, 1500, 2000, 5000, -300];

export const run: Maker = (world, decide) => {
  const atMs = world.nowMs + decide.pick(STEPS_MS);
  world.nowMs = Math.max(world.nowMs, atMs);
  return call('run', atMs);
};

/** To the very moment when something is due. */
export const runToDeadline: Maker = (world) => {
  const atMs = world.lead.nextDeadlineMs();
  if (atMs === Infinity) return null;
  world.nowMs = Math.max(world.nowMs, atMs);
  return call('run', atMs);
};

export const allocate: Maker = (world, decide) => {
  const atMs = world.nowMs + decide.pick([0, 0, 0, world.intervalMs, 700]);
  world.nowMs = Math.max(world.nowMs, atMs);
  return call('allocate', atMs);
};

function anyQuota(decide: Decisions): { guarantees: Quantities; limits: Quantities } {
  const guarantees: Record<string, number> = {};
  const limits: Record<string, number> = {};
  const kinds: readonly (readonly [string, readonly number[]])[] = [
    ['cpus', [1, 2, 3, 1.5]],
    ['mem', [32, 96, 100.5]],
    ['disk', [60, 120]],
    ['rare1', [2]],
  ];
  for (const [name, amounts] of kinds) {
    const guarantee = decide.chance(0.4) ? decide.pick(amounts) : 0;
    if (guarantee > 0) guarantees[name] = guarantee;
    if (decide.chance(0.4)) limits[name] = guarantee + decide.pick([0, 0, ...amounts]);
  }
  if (decide.chance(0.05)) guarantees['nowhere'] = 1;
  return { guarantees: quantitiesFromRecord(guarantees), limits: limitsFromRecord(limits) };
}

const NO_QUOTA = { guarantees: new Map<string, number>(), limits: new Map<string, number>() };

export const quota: Maker = (_world, decide) =>
  call('updateQuota', decide.pick(TOP_ROLES), decide.chance(0.2) ? NO_QUOTA : anyQuota(decide));

export const weights: Maker = (_world, decide) => {
  const changes = Array.from({ length: 1 + decide.below(2) }, () => ({
    role: decide.pick(ROLES),
    weight: decide.pick([1, 1, 2, 0.5, 3, 10]),
  }));
  return call('updateWeights', changes);
};

export const pause: Maker = () => call('pause');
export const resume: Maker = () => call('resume');

/** After a failover: possible only before any agent is there. */
export const recoverFromFailover: Maker = (world, decide) => {
  if (world.agents.length > 0) return null;
  const roles = decide.some(TOP_ROLES, 0.5);
  return call('recover', decide.below(5), new Map(roles.map((role) => [role, anyQuota(decide)])));
};

const NEGATIVE = new Map([['cpus', 2000]]);

/** A call that every allocator must refuse without changing anything. */
export const refused: Maker = (world: World, decide) => {
  const agentId = decide.maybe(world.agents);
  const frameworkId = decide.maybe(world.frameworks);
  const calls = [
    call('updateQuota', 'a/x', NO_QUOTA),
    call('updateQuota', '*', NO_QUOTA),
    call('updateQuota', 'a', { guarantees: NEGATIVE, limits: new Map([['cpus', 1000]]) }),
    call('updateWeights', [
      { role: 'a', weight: 5 },
      { role: 'b', weight: 0 },
    ]),
    call('run', NaN),
    call('removeAgent', 'nowhere'),
    call('removeFramework', 'nobody'),
    call('addFramework', { id: 'new', roles: ['a//b'] }),
    call('addFramework', { id: '', roles: ['a'] }),
  ];
  if (agentId !== undefined) calls.push(call('addAgent', { id: agentId, total: Resources.EMPTY }));
  if (agentId !== undefined) calls.push(call('recover', 3, new Map()));
  if (frameworkId !== undefined) {
    calls.push(call('addFramework', { id: frameworkId, roles: ['a'] }));
    calls.push(call('suppressOffers', frameworkId, ['b/none']));
    calls.push(call('updateFramework', frameworkId, { roles: ['a'], suppressedRoles: ['b'] }));
  }
  return decide.pick(calls);
};
