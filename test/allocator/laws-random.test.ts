/**
 * Laws that hold after every call of random plays, whatever the rules of the cycle may be: the books balance, what is
 * offered was free, limits bind, headroom is not touched. And one for clusters without obstacles: guarantees are met
 * if they can be.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { type Quantities, quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { topLevelRole } from '../../src/resources/role-name.js';
import { ENGINES } from './engines.js';
import {
  consumption,
  count,
  freeHeadroom,
  governed,
  imbalance,
  requiredHeadroom,
  topLevelRoles,
} from './model/books.js';
import { checkPlays, SEED } from './model/check.js';
import type { PlainOptions } from './model/options.js';
import { callsOf, type Step } from './model/steps.js';
import { apply, type Call, type Offered, print, type Subject } from './model/subject.js';
import { World } from './model/world.js';

/** Looks at what a call offered, knowing what was available on each agent before. */
type Law = (subject: Subject, offered: Offered, before: ReadonlyMap<string, Resources>) => void;

function playUnder(engine: EngineFactory, options: PlainOptions, steps: readonly Step[], law: Law): void {
  const subject: Subject = new HierarchicalAllocator({ ...options, engine });
  const world = new World(subject, options.allocationIntervalMs ?? 1000);
  const made: Call[] = [];
  for (const step of steps) {
    for (const call of callsOf(world, step)) {
      made.push(call);
      const before = new Map(world.agents.map((id) => [id, world.available(id)]));
      try {
        const { offered } = apply(subject, call);
        for (const id of world.agents) assert.equal(imbalance(subject, id), null, `books of agent ${id}`);
        if (offered !== null && offered.offers.length > 0) law(subject, offered, before);
      } catch (error) {
        throw new Error(`${String(error)}\n${made.map(print).join('\n')}`, { cause: error });
      }
    }
  }
}

/** Governed scalars offered to a top-level role and below. */
function offeredTo({ offers }: Offered, top: string): Map<string, number> {
  const sum = new Map<string, number>();
  for (const { role, resources } of offers) if (topLevelRole(role) === top) count(sum, governed(resources));
  return sum;
}

/** What is offered was free, and is offered once; of shared volumes the agent has at least one copy. */
const assertWasFree: Law = (_subject, { offers }, before) => {
  for (const [agentId, available] of before) {
    const own = offers.filter((offer) => offer.agentId === agentId).map(({ resources }) => resources);
    let left = available.nonShared();
    for (const resources of own) {
      assert.ok(left.contains(resources.nonShared()), `${agentId} offers what it does not have`);
      left = left.minus(resources.nonShared());
      assert.ok(available.contains(resources.sharedOnly()), `${agentId} offers a volume that it does not have`);
    }
  }
};

/** Of what is offered to a role, nothing leads beyond its limit. */
function limitLaw(noteTight: () => void): Law {
  return (subject, offered) => {
    for (const top of topLevelRoles(subject)) {
      const consumed = consumption(subject, top);
      for (const [name, limit] of subject.role(top).limits) {
        if ((offeredTo(offered, top).get(name) ?? 0) === 0) continue;
        assert.ok(consumed.get(name)! <= limit, `${top} consumes ${consumed.get(name)} of ${limit} ${name}`);
        if (consumed.get(name) === limit) noteTight();
      }
    }
  };
}

/** If less is free than guarantees still need, then nobody was offered more than is guaranteed to him. */
function headroomLaw(noteShort: () => void): Law {
  return (subject, offered) => {
    const free = freeHeadroom(subject);
    for (const [name, required] of requiredHeadroom(subject)) {
      if (required <= (free.get(name) ?? 0)) continue;
      noteShort();
      for (const top of topLevelRoles(subject)) {
        if ((offeredTo(offered, top).get(name) ?? 0) === 0) continue;
        const guarantee = subject.role(top).guarantees.get(name) ?? 0;
        assert.ok(consumption(subject, top).get(name)! <= guarantee, `${top} was offered ${name} that others need`);
      }
    }
  };
}

/** A cluster of plain agents, and frameworks without obstacles, one for each of a few flat roles. */
interface Calm {
  readonly agents: readonly Readonly<Record<string, number>>[];
  readonly roles: readonly { readonly guarantees: Quantities; readonly limits: Quantities }[];
}

const amount = fc.integer({ min: 0, max: 6 });
const amounts = fc.record({ cpus: amount, mem: amount });
const anyCalm: fc.Arbitrary<Calm> = fc.record({
  agents: fc.array(amounts, { minLength: 1, maxLength: 6 }),
  roles: fc.array(
    fc.tuple(amounts, fc.option(amounts)).map(([guarantee, room]) => ({
      guarantees: quantitiesFromRecord(guarantee),
      limits:
        room === null
          ? new Map<string, number>()
          : limitsFromRecord({ cpus: guarantee.cpus + room.cpus, mem: guarantee.mem + room.mem }),
    })),
    { minLength: 1, maxLength: 4 },
  ),
});

/** Where a guarantee is not met, no agent has anything of that kind left. */
function assertMetIfPossible(engine: EngineFactory, { agents, roles }: Calm): boolean {
  const allocator = new HierarchicalAllocator({ engine, minAllocatable: [] });
  roles.forEach((quota, i) => {
    allocator.updateQuota(`r${i}`, quota);
    allocator.addFramework({ id: `f${i}`, roles: [`r${i}`], capabilities: ['MULTI_ROLE'] });
  });
  allocator.addFramework({ id: 'greedy', roles: ['*'], capabilities: ['MULTI_ROLE'] });
  agents.forEach((total, i) => allocator.addAgent({ id: `a${i}`, total: Resources.fromScalars(total) }));
  allocator.allocate(0);
  const free = freeHeadroom(allocator);
  let scarce = false;
  roles.forEach(({ guarantees }, i) => {
    const consumed = consumption(allocator, `r${i}`);
    for (const [name, guarantee] of guarantees) {
      if ((consumed.get(name) ?? 0) >= guarantee) continue;
      scarce = true;
      assert.equal(free.get(name) ?? 0, 0, `r${i} lacks ${name}, of which something is free`);
    }
  });
  allocator.close();
  return scarce;
}

for (const { name, factory } of ENGINES) {
  test(`the books of every agent balance, and what is offered was free (${name})`, () => {
    checkPlays({ part: 0.5, most: 120 }, (options, list) => playUnder(factory, options, list, assertWasFree));
  });

  test(`limits bind whatever happens, subroles too (${name})`, () => {
    let tight = 0;
    const law = limitLaw(() => tight++);
    const plays = checkPlays({ part: 0.5, most: 150 }, (options, list) => playUnder(factory, options, list, law));
    assert.ok(tight > plays / 5, `limits were reached ${tight} times only`);
  });

  test(`headroom is not touched whatever happens (${name})`, () => {
    let short = 0;
    const law = headroomLaw(() => short++);
    const plays = checkPlays({ part: 0.5, most: 150 }, (options, list) => playUnder(factory, options, list, law));
    assert.ok(short > plays, `headroom was short ${short} times only`);
  });

  test(`guarantees are met where nothing stands against it (${name})`, () => {
    let scarce = 0;
    const property = fc.property(anyCalm, (calm) => {
      if (assertMetIfPossible(factory, calm)) scarce++;
    });
    fc.assert(property, { numRuns: 500, seed: SEED });
    assert.ok(scarce > 50 && scarce < 450, `guarantees could not be met in ${scarce} of 500 clusters`);
  });
}
