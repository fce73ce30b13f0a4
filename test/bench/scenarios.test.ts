/** Every benchmark at a tiny size: all contenders show the same, and what they time is what the problem declares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Figure, readBudgets } from '../../bench/house/budgets.js';
import { CONTENDER_NAMES, CONTENDERS, whyMissing } from '../../bench/house/contenders.js';
import { figuresOf } from '../../bench/house/mesos.js';
import { firstDifference, type Outcome, playCase } from '../../bench/house/play.js';
import type { ContenderName, Problem, Scale } from '../../bench/house/problem.js';
import { PROBLEMS } from '../../bench/problems.js';

const SCALES: readonly Scale[] = ['tiny', 'quick', 'default'];

const present = new Set<string>();
for (const name of CONTENDER_NAMES) if ((await whyMissing(name)) === null) present.add(name);

function playersOf(problem: Problem): ContenderName[] {
  return (Object.keys(problem.contenders) as ContenderName[]).filter((name) => present.has(name));
}

for (const problem of PROBLEMS) {
  test(`bench ${problem.name}: contenders agree at tiny sizes`, async () => {
    const timed = new Set<string>();
    for (const { name, size, contenders } of problem.scales.tiny) {
      let first: { player: ContenderName; outcome: Outcome } | null = null;
      for (const player of playersOf(problem)) {
        if (contenders !== undefined && !contenders.includes(player)) continue;
        const outcome = await playCase(problem, size, player, 'tiny', 2);
        for (const { metric, samples } of outcome.measurements) {
          timed.add(metric);
          assert.ok(samples.length > 0 && samples.every((sample) => sample >= 0), `${metric} has samples`);
        }
        assert.ok(outcome.results.length > 0, 'something is shown');
        first ??= { player, outcome };
        const difference = firstDifference(first.outcome.results, outcome.results);
        assert.equal(difference, null, `${name}: ${first.player} and ${player}`);
      }
    }
    assert.deepEqual([...timed].sort(), Object.keys(problem.metrics).sort());
  });

  test(`bench ${problem.name}: sizes, budgets and figures of Mesos name what there is`, () => {
    const parameters = Object.keys(problem.parameters).sort();
    for (const scale of SCALES) {
      for (const { size } of problem.scales[scale]) assert.deepEqual(Object.keys(size).sort(), parameters);
      assert.ok(problem.scales[scale].length > 0);
    }
    for (const { when, ms } of figuresOf(problem)) {
      for (const name of Object.keys(when)) assert.ok(parameters.includes(name), name);
      for (const metric of Object.keys(ms)) assert.ok(Object.hasOwn(problem.metrics, metric), metric);
    }
    for (const { name, of, by, range, runs, reason } of readBudgets(problem)) {
      assert.ok(runs > 0 && reason.length > 20, `${name} says what it rests on`);
      for (const scale of Object.keys(range) as Scale[]) {
        assert.ok(range[scale]![0] <= range[scale]![1]);
        assertPlays(problem, scale, of);
        assertPlays(problem, scale, { ...of, ...by });
      }
    }
  });
}

/** The figure is one that a bench of this scale takes. */
function assertPlays(problem: Problem, scale: Scale, { contender, case: name, figure }: Figure): void {
  const one = problem.scales[scale].find((candidate) => candidate.name === name);
  assert.ok(one !== undefined, `${problem.name} has no case ${name} in ${scale}`);
  assert.ok(one.contenders?.includes(contender) ?? problem.contenders[contender] !== undefined, contender);
  const isKnown = figure === 'peakRssMb' || figure.startsWith('counters.') || Object.hasOwn(problem.metrics, figure);
  assert.ok(isKnown, figure);
}

test('all but the native engine, uws and programs of the system play everywhere', () => {
  for (const name of CONTENDER_NAMES) {
    const { engine, program } = CONTENDERS[name];
    if (engine !== 'native' && name !== 'uws' && program === undefined) assert.ok(present.has(name), name);
  }
});
