/**
 * Snapshots and forks in the middle of random plays: what is restored, through JSON and on either engine, goes on as
 * the original does; forks do not touch what they were forked from; and a torn snapshot is either refused as a whole or
 * gives an allocator that works.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { AllocatorSnapshot } from '../../src/allocator/snapshot-format.js';
import { MeteError } from '../../src/base/errors.js';
import { ENGINES } from './engines.js';
import { checkPlays } from './model/check.js';
import { Decisions } from './model/decisions.js';
import type { PlainOptions } from './model/options.js';
import { playInStep, playOptions } from './model/play.js';
import { stateText } from './model/state-text.js';
import type { Step } from './model/steps.js';
import type { World } from './model/world.js';

/** The snapshot as it comes out of a file. */
function saved(allocator: HierarchicalAllocator): AllocatorSnapshot {
  return JSON.parse(JSON.stringify(allocator.snapshot())) as AllocatorSnapshot;
}

/** Plays the first half, and hands over the allocator, what was learnt, and the second half. */
function halfway(
  engine: EngineFactory,
  options: PlainOptions,
  list: readonly Step[],
): { allocator: HierarchicalAllocator; world: World; rest: readonly Step[] } {
  const allocator = new HierarchicalAllocator({ ...options, engine });
  const middle = list.length >> 1;
  const subjects = [{ name: 'original', subject: allocator }];
  const world = playInStep(subjects, list.slice(0, middle), playOptions(options));
  return { allocator, world, rest: list.slice(middle) };
}

for (const { name, factory } of ENGINES) {
  test(`restored and forked allocators go on as the original does (${name})`, () => {
    checkPlays({ part: 0.4, most: 120 }, (options, list) => {
      const { allocator, world, rest } = halfway(factory, options, list);
      const restored = ENGINES.map((to) => ({
        name: `restored on ${to.name}`,
        subject: HierarchicalAllocator.restore(saved(allocator), { ...options, engine: to.factory }),
      }));
      for (const { subject } of restored) assert.deepEqual(saved(subject), saved(allocator));
      const subjects = [
        { name: 'original', subject: allocator },
        { name: 'forked', subject: allocator.fork() },
        ...restored,
      ];
      playInStep(subjects, rest, { ...playOptions(options), world });
    });
  });

  test(`what happens to a fork does not happen to the original, nor the other way round (${name})`, () => {
    checkPlays({ part: 0.2, most: 100 }, (options, list) => {
      const { allocator, world, rest } = halfway(factory, options, list);
      const fork = allocator.fork();
      const before = [saved(allocator), stateText(allocator, { shares: true })];
      playInStep([{ name: 'fork', subject: fork }], rest, { ...playOptions(options), world: world.about(fork) });
      assert.deepEqual([saved(allocator), stateText(allocator, { shares: true })], before);
      const after = saved(fork);
      playInStep([{ name: 'original', subject: allocator }], rest, { ...playOptions(options), world });
      assert.deepEqual(saved(fork), after);
    });
  });
}

const RUBBISH: readonly unknown[] = [undefined, null, -1, 0.5, 1e300, '', 'x', true, [], {}, [null]];

/** Replaces something, anywhere in it, by rubbish, or takes it out; tells where. */
function tear(snapshot: AllocatorSnapshot, decide: Decisions): string {
  let at = snapshot as unknown as Record<string, unknown>;
  for (let path = 'snapshot'; ; ) {
    const key = decide.pick(Object.keys(at));
    const value = at[key];
    path += `.${key}`;
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && decide.chance(0.75)) {
      at = value as Record<string, unknown>;
      continue;
    }
    const rubbish = decide.pick(RUBBISH);
    if (rubbish !== undefined) at[key] = rubbish;
    else if (Array.isArray(at)) at.splice(Number(key), 1);
    else delete at[key];
    return `${path} = ${JSON.stringify(rubbish)}`;
  }
}

test('torn snapshots are refused with INVALID_SNAPSHOT, or describe an allocator that works', () => {
  const { factory } = ENGINES[0]!;
  const counts = { refused: 0, accepted: 0 };
  checkPlays({ part: 0.4, most: 60 }, (options, list) => {
    const { allocator } = halfway(factory, options, list);
    const decide = new Decisions(list[0]![1]);
    for (let tears = 0; tears < 10; tears++) {
      const snapshot = saved(allocator);
      const where = tear(snapshot, decide);
      try {
        const restored = HierarchicalAllocator.restore(snapshot, { ...options, engine: factory });
        restored.allocate(restored.clockMs + 1000);
        stateText(restored, { shares: true });
        HierarchicalAllocator.restore(saved(restored), { ...options, engine: factory });
        counts.accepted++;
      } catch (error) {
        assert.ok(error instanceof MeteError && error.code === 'INVALID_SNAPSHOT', `${where}: ${String(error)}`);
        counts.refused++;
      }
    }
  });
  assert.ok(counts.refused > counts.accepted && counts.accepted > 0, JSON.stringify(counts));
});
