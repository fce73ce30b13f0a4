/**
 * Random plays: which calls are made how often, and steps as pairs of small integers. What a step does is decided when
 * its turn comes, from what is there by then.
 */
import fc from 'fast-check';
import * as agents from './agent-calls.js';
import * as cluster from './cluster-calls.js';
import { Decisions } from './decisions.js';
import * as frameworks from './framework-calls.js';
import * as holdings from './holding-calls.js';
import type { Call } from './subject.js';
import type { Maker, World } from './world.js';

const MAKERS: readonly (readonly [weight: number, maker: Maker])[] = [
  [16, cluster.run],
  [12, cluster.runToDeadline],
  [5, cluster.allocate],
  [14, holdings.recover],
  [7, holdings.recoverMuch],
  [8, holdings.convert],
  [6, frameworks.addFramework],
  [6, agents.addAgent],
  [4, frameworks.updateFramework],
  [4, agents.updateAgent],
  [4, frameworks.revive],
  [3, frameworks.suppress],
  [3, holdings.operate],
  [3, agents.plan],
  [3, agents.answer],
  [5, cluster.quota],
  [4, cluster.weights],
  [2, frameworks.removeFramework],
  [2, frameworks.switchFramework],
  [2, agents.removeAgent],
  [2, agents.switchAgent],
  [2, agents.addProvider],
  [2, agents.whitelist],
  [1, cluster.pause],
  [2, cluster.resume],
  [4, cluster.recoverFromFailover],
  [1, frameworks.request],
  [1, holdings.recoverWrong],
  [1, cluster.refused],
];

const WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/** Which call, and the seed of its decisions. */
export type Step = readonly [which: number, seed: number];

/** Between `least` and `most` steps. */
export function steps(least: number, most: number): fc.Arbitrary<Step[]> {
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(WEIGHT - 1), fc.nat(0xffffff));
  return fc.array(step, { minLength: least, maxLength: most, size: 'max' });
}

function makerOf(which: number): Maker {
  let left = which;
  for (const [weight, maker] of MAKERS) {
    if (left < weight) return maker;
    left -= weight;
  }
  return cluster.run;
}

/** The calls of a step, decided one after the other. A step that has nothing to work on adds something instead. */
export function callsOf(world: World, [which, seed]: Step): readonly Call[] {
  const decide = new Decisions(seed);
  for (const maker of [makerOf(which), decide.pick([agents.addAgent, frameworks.addFramework]), cluster.run]) {
    const calls = maker(world, decide);
    if (calls !== null) return 'method' in calls ? [calls] : calls;
  }
  return [];
}
