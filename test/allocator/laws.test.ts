/**
 * Laws that hold whatever happens: nothing is lost, nothing is given twice, limits hold, guarantees are met, and
 * dominant resource fairness has the four properties that its paper claims.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type { Offer } from '../../src/allocator/model.js';
import { DRFSorter } from '../../src/allocator/sorter.js';
import { mix32, uniform } from '../../src/base/mix32.js';
import { type Limits, limitsFromRecord } from '../../src/resources/limits.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { addQuantities, NO_QUANTITIES, type Quantities, quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { availableEngines } from './engines.js';

const ROLES = ['a', 'a/x', 'a/y', 'b', 'c'];
const TOTALS = [
  'cpus:4;mem:2048;ports:[31000-31009]',
  'cpus:7;mem:900;disk:40',
  'cpus(a):2;mem(a):100;cpus:3;mem:512',
].map((text) => parseResources(text));

class Draw {
  private draws = 0;

  constructor(private readonly seed: number) {}

  int(limit: number): number {
    return Math.floor(uniform(mix32(this.seed), this.draws++) * limit);
  }
}

/** Total = available + held, for everything on every agent. */
function assertConserved(allocator: HierarchicalAllocator): void {
  for (const id of allocator.list().agents) {
    const { total, available, held } = allocator.agent(id);
    const sum = held.reduce((all, { resources }) => all.plus(resources), available);
    assert.equal(sum.toString(), total.toString(), `agent ${id}`);
  }
}

/** Unreserved scalars that frameworks hold in a top-level role and below, plus what is reserved to it. */
function consumed(allocator: HierarchicalAllocator, top: string): Quantities {
  let sum: Quantities = allocator.role(top).reserved;
  for (const id of allocator.list().agents) {
    for (const { role, resources } of allocator.agent(id).held) {
      if (role === top || role.startsWith(`${top}/`)) {
        sum = addQuantities(sum, resources.unreserved().nonRevocable().scalarQuantities());
      }
    }
  }
  return sum;
}

function assertWithin(allocator: HierarchicalAllocator, role: string, limits: Limits): void {
  const used = consumed(allocator, role);
  for (const [name, limit] of limits) assert.ok((used.get(name) ?? 0) <= limit, `${role} ${name} ${used.get(name)}`);
}

function churn(engine: EngineFactory, seed: number, check: (allocator: HierarchicalAllocator) => void): number {
  const draw = new Draw(seed);
  const allocator = new HierarchicalAllocator({ engine, seed });
  for (let i = 0; i < 6; i++) {
    allocator.addFramework({ id: `f${i}`, roles: [ROLES[draw.int(ROLES.length)]!], capabilities: ['MULTI_ROLE'] });
  }
  const out: Offer[] = [];
  let offers = 0;
  for (let step = 0; step < 60; step++) {
    if (step < 8) allocator.addAgent({ id: `a${step}`, total: TOTALS[draw.int(TOTALS.length)]! });
    for (let i = draw.int(5); i > 0 && out.length > 0; i--) {
      const { frameworkId, agentId, role, resources } = out.splice(draw.int(out.length), 1)[0]!;
      const filters = [null, {}, { refuseSeconds: 1 }][draw.int(3)]!;
      allocator.recoverResources(frameworkId, agentId, role, resources, filters);
    }
    const made = allocator.run(step * 400).offers;
    offers += made.length;
    out.push(...made);
    check(allocator);
  }
  allocator.close();
  return offers;
}

for (const { name, factory } of availableEngines()) {
  test(`every unit is available or held, never both, never neither (${name})`, () => {
    let offers = 0;
    for (let seed = 1; seed <= 30; seed++) offers += churn(factory, seed, assertConserved);
    assert.ok(offers > 1000);
  });

  test(`[A53] limits are never exceeded, not by subroles either (${name})`, () => {
    const limits = limitsFromRecord({ cpus: 5, mem: 1500 });
    let reached = 0;
    for (let seed = 1; seed <= 30; seed++) {
      let limited = false;
      churn(factory, seed, (allocator) => {
        if (!limited) allocator.updateQuota('b', { guarantees: NO_QUANTITIES, limits });
        limited = true;
        assertWithin(allocator, 'b', limits);
        if ((consumed(allocator, 'b').get('cpus') ?? 0) === 5000) reached++;
      });
    }
    assert.ok(reached > 50, 'the limit is reached, so it is put to the test');
  });

  test(`[A52, A55] a guarantee is met as soon as the cluster can, however greedy the others are (${name})`, () => {
    const allocator = new HierarchicalAllocator({ engine: factory });
    const guarantees = quantitiesFromRecord({ cpus: 6, mem: 1024 });
    allocator.updateQuota('late', { guarantees, limits: new Map() });
    for (let i = 0; i < 4; i++) {
      allocator.addFramework({ id: `greedy${i}`, roles: ['*'], capabilities: ['MULTI_ROLE'] });
    }
    for (let i = 0; i < 10; i++) allocator.addAgent({ id: `a${i}`, total: parseResources('cpus:2;mem:512') });
    allocator.run(0);
    const free = allocator.list().agents.reduce((sum, id) => sum + allocator.agent(id).available.get('cpus'), 0);
    assert.ok(free >= 6000, 'headroom is kept though nobody is there to use it');
    allocator.addFramework({ id: 'late', roles: ['late'], capabilities: ['MULTI_ROLE'] });
    allocator.run(0);
    const used = consumed(allocator, 'late');
    assert.ok((used.get('cpus') ?? 0) >= 6000 && (used.get('mem') ?? 0) >= 1_024_000, 'the guarantee is met at once');
    allocator.close();
  });

  test(`[A29] sharing incentive, envy-freeness, Pareto efficiency, strategy-proofness (${name})`, () => {
    for (let seed = 1; seed <= 40; seed++) assertDrfProperties(factory, new Draw(seed));
  });
}

/** Amounts of cpus and mem of a user's task. */
type Demand = readonly [number, number];
const CLUSTER: Demand = [360, 720];

/**
 * Tasks of each user when the one with the smallest dominant share is always served next; when it finds no room,
 * filling stops, or goes on with the next in order (`passOn`).
 */
function fill(engine: EngineFactory, demands: readonly Demand[], passOn = false): number[] {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('all', Resources.fromScalars({ cpus: CLUSTER[0], mem: CLUSTER[1] }).scalarQuantities());
  demands.forEach((_, user) => {
    sorter.add(`u${user}`);
    sorter.activate(`u${user}`);
  });
  const tasks = demands.map(() => 0);
  const free = [CLUSTER[0], CLUSTER[1]];
  for (;;) {
    const order = sorter.sort().map((client) => Number(client.slice(1)));
    const hasRoom = (candidate: number): boolean => demands[candidate]!.every((amount, k) => amount <= free[k]!);
    const user = passOn ? order.find(hasRoom) : order[0];
    if (user === undefined || !hasRoom(user)) break;
    const [cpus, mem] = demands[user]!;
    free[0]! -= cpus;
    free[1]! -= mem;
    tasks[user]!++;
    sorter.allocated(`u${user}`, 'all', Resources.fromScalars({ cpus, mem }));
  }
  sorter.close();
  return tasks;
}

/** How many of a user's tasks fit into amounts. */
function fits([cpus, mem]: Demand, amounts: Demand): number {
  return Math.floor(Math.min(amounts[0] / cpus, amounts[1] / mem) + 1e-9);
}

function assertDrfProperties(engine: EngineFactory, draw: Draw): void {
  const users = 2 + draw.int(3);
  const demands: Demand[] = Array.from({ length: users }, () => [1 + draw.int(4), 1 + draw.int(8)]);
  const tasks = fill(engine, demands);
  const held = demands.map(([cpus, mem], user): Demand => [cpus * tasks[user]!, mem * tasks[user]!]);
  demands.forEach((demand, user) => {
    // Tasks cannot be split, so each property holds up to the largest one.
    const slack = 1 + Math.max(...demands.map((other) => fits(demand, other)));
    const equalPart: Demand = [CLUSTER[0] / users, CLUSTER[1] / users];
    assert.ok(tasks[user]! >= fits(demand, equalPart) - slack, 'sharing incentive: at least an equal part');
    held.forEach((other, rival) => {
      const [cpus, mem] = demands[rival]!;
      const withoutLast: Demand = [other[0] - cpus, other[1] - mem];
      if (rival === user) return;
      assert.ok(tasks[user]! >= fits(demand, withoutLast), 'envy-freeness: no other part is better');
    });
    const lie: Demand = [demand[0] + draw.int(3), demand[1] + draw.int(5)];
    const told = fill(engine, demands.map((d, i) => (i === user ? lie : d)))[user]!;
    const gained = fits(demand, [lie[0] * told, lie[1] * told]);
    assert.ok(gained <= tasks[user]! + slack, 'strategy-proofness: asking for more does not give more');
  });
  const full = fill(engine, demands, true);
  const left = CLUSTER.map((amount, k) => amount - demands.reduce((sum, d, user) => sum + d[k]! * full[user]!, 0));
  demands.forEach((demand, user) => {
    assert.ok(full[user]! >= tasks[user]!, 'passing on takes nothing from anybody');
    const stuck = demand.some((amount, k) => amount > left[k]!);
    assert.ok(stuck, 'Pareto efficiency: nobody can get more unless somebody gets less');
  });
}
