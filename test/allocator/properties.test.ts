/**
 * Random plays: every engine, incremental or not, and the oracle do the same, call by call, in all that can be seen:
 * offers in their order, inverse offers, refusals, what agents have and who holds what, shares and grants, metrics.
 *
 * The oracle counts the situations that it gets into, so that these plays cannot become harmless without anybody's
 * noticing. How many plays there are, and which: see model/check.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import { OracleAllocator } from '../oracle/allocator.js';
import { type Situation, SITUATIONS } from '../oracle/witness.js';
import { ENGINES } from './engines.js';
import { checkPlays, DEFAULT_RUNS, SEED } from './model/check.js';
import { churn } from './model/churn.js';
import type { PlainOptions } from './model/options.js';
import { type NamedSubject, playInStep, playOptions } from './model/play.js';

/** How often each situation must have come up in the plays of the default size; a few are rare by nature. */
const LEAST = 20;
const RARE: Partial<Record<Situation, number>> = {
  'hold-off ended by agents': 2,
  'hold-off ended by time': 5,
  'client ended by a conversion': 2,
  'inverse offer filtered': 10,
};

function product(engine: EngineFactory, options: PlainOptions, incremental = true): HierarchicalAllocator {
  return new HierarchicalAllocator({ ...options, engine, incremental });
}

test('engines and oracle do the same, and got where it matters', (t) => {
  const seen = new Map<Situation, number>(SITUATIONS.map((situation) => [situation, 0]));
  const witness = (situation: Situation): void => void seen.set(situation, seen.get(situation)! + 1);
  const plays = checkPlays({ part: 1, most: 120 }, (options, list) => {
    const subjects: NamedSubject[] = [{ name: 'oracle', subject: new OracleAllocator({ ...options, witness }) }];
    for (const { name, factory } of ENGINES) subjects.push({ name, subject: product(factory, options) });
    playInStep(subjects, list, playOptions(options));
  });
  t.diagnostic(`${plays} plays from seed ${SEED}: ${[...seen].map((entry) => entry.join(' ')).join(', ')}`);
  const missed = [...seen].filter(([situation, count]) => count < ((RARE[situation] ?? LEAST) * plays) / DEFAULT_RUNS);
  assert.deepEqual(missed, [], 'these situations came up too seldom');
});

for (const { name, factory } of ENGINES) {
  test(`visiting everything or only what may have changed gives the same (${name})`, () => {
    checkPlays({ part: 0.5, most: 150 }, (options, list) => {
      const subjects: NamedSubject[] = [
        { name: 'visiting everything', subject: product(factory, options, false) },
        { name: 'incremental', subject: product(factory, options) },
      ];
      playInStep(subjects, list, playOptions(options));
    });
  });

  test(`an engine that was replaced goes on as the old one would have (${name})`, () => {
    let replaced = 0;
    const plays = checkPlays({ part: 0.1, most: 80 }, (options, list) => {
      const fresh = product(factory, options);
      const churned = product(factory, options);
      const subjects: NamedSubject[] = [
        { name: 'fresh', subject: fresh },
        { name: 'churned', subject: churned },
      ];
      const middle = list.length >> 1;
      const world = playInStep(subjects, list.slice(0, middle), playOptions(options));
      churn(churned);
      playInStep(subjects, list.slice(middle), { ...playOptions(options), world });
      if (churned.counters().cycles < fresh.counters().cycles) replaced++;
    });
    assert.ok(replaced > plays / 2, `engines were replaced in ${replaced} plays of ${plays} only`);
  });
}
