/**
 * Random plays: every engine, incremental or not, and the oracle do the same, call by call, in all that can be seen:
 * offers in their order, inverse offers, refusals, what agents have and who holds what, shares and grants, metrics.
 *
 * METE_PROPERTY_RUNS says how many plays, METE_PROPERTY_SEED which ones. The oracle counts the situations that it gets
 * into, so that these plays cannot become harmless without anybody's noticing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import { OracleAllocator } from '../oracle/allocator.js';
import { type Situation, SITUATIONS } from '../oracle/witness.js';
import { ENGINES } from './engines.js';
import { churn } from './model/churn.js';
import { anyOptions, type PlainOptions } from './model/options.js';
import { type NamedSubject, playInStep } from './model/play.js';
import { type Step, steps } from './model/steps.js';

const DEFAULT_RUNS = 250;
const RUNS = Number(process.env['METE_PROPERTY_RUNS'] ?? DEFAULT_RUNS);
const SEED = Number(process.env['METE_PROPERTY_SEED'] ?? 1);

/** Most time for one property in milliseconds, shrinking included; many runs may take as long as they like. */
const LIMIT_MS = RUNS > DEFAULT_RUNS ? Infinity : 50_000;

/** How often each situation must have come up in a whole run of the default size; rarer ones say so here. */
const LEAST = 20;
const RARE: Partial<Record<Situation, number>> = {
  'hold-off ended by agents': 2,
  'hold-off ended by time': 5,
  'client ended by a conversion': 2,
};

function product(engine: EngineFactory, options: PlainOptions, incremental = true): HierarchicalAllocator {
  return new HierarchicalAllocator({ ...options, engine, incremental });
}

function play(subjects: readonly NamedSubject[], options: PlainOptions, list: readonly Step[]): void {
  playInStep(subjects, list, {
    intervalMs: options.allocationIntervalMs ?? 1000,
    shares: options.roleSorter !== 'random',
  });
}

/** Checks a property of plays; what fails is shrunk and printed with its seed. */
function check(numRuns: number, most: number, property: (options: PlainOptions, list: Step[]) => void): void {
  fc.assert(fc.property(anyOptions, steps(20, most), property), {
    numRuns: Math.ceil(numRuns),
    seed: SEED,
    includeErrorInReport: true,
    ...(LIMIT_MS === Infinity ? {} : { interruptAfterTimeLimit: LIMIT_MS }),
  });
}

test('engines and oracle do the same, and got where it matters', (t) => {
  const seen = new Map<Situation, number>(SITUATIONS.map((situation) => [situation, 0]));
  const witness = (situation: Situation): void => void seen.set(situation, seen.get(situation)! + 1);
  let plays = 0;
  check(RUNS, 120, (options, list) => {
    plays++;
    const subjects: NamedSubject[] = [{ name: 'oracle', subject: new OracleAllocator({ ...options, witness }) }];
    for (const { name, factory } of ENGINES) subjects.push({ name, subject: product(factory, options) });
    play(subjects, options, list);
  });
  t.diagnostic(`${plays} plays from seed ${SEED}: ${[...seen].map((entry) => entry.join(' ')).join(', ')}`);
  const missed = [...seen].filter(([situation, count]) => count < ((RARE[situation] ?? LEAST) * plays) / DEFAULT_RUNS);
  assert.deepEqual(missed, [], 'these situations came up too seldom');
});

for (const { name, factory } of ENGINES) {
  test(`visiting everything or only what may have changed gives the same (${name})`, () => {
    check(RUNS / 2, 150, (options, list) => {
      const subjects: NamedSubject[] = [
        { name: 'visiting everything', subject: product(factory, options, false) },
        { name: 'incremental', subject: product(factory, options) },
      ];
      play(subjects, options, list);
    });
  });

  test(`an engine that was replaced goes on as the old one would have (${name})`, () => {
    let replaced = 0;
    check(RUNS / 8, 80, (options, list) => {
      const fresh = product(factory, options);
      const churned = product(factory, options);
      const subjects: NamedSubject[] = [
        { name: 'fresh', subject: fresh },
        { name: 'churned', subject: churned },
      ];
      const middle = list.length >> 1;
      const world = playInStep(subjects, list.slice(0, middle), { intervalMs: 1000, shares: false });
      churn(churned);
      playInStep(subjects, list.slice(middle), { intervalMs: 1000, shares: false, world });
      if (churned.counters().cycles < fresh.counters().cycles) replaced++;
    });
    assert.ok(replaced > RUNS / 16, `engines were replaced in ${replaced} plays only`);
  });
}
