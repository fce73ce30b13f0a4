/** Random programs for engines: valid ones from a world, spoilt ones, and noise. */
import fc from 'fast-check';
import { mix32 } from '../../src/base/mix32.js';
import type { EngineOptions } from '../../src/allocator/engine/engine.js';
import { NodeState, Op } from '../../src/allocator/engine/opcodes.js';
import { writeOperation } from './operations.js';
import type { Step } from './play.js';
import { Choices, World } from './world.js';

/** Random numbers that a world's choices are made by. */
export function numbers(maxLength: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat({ max: 0xffffffff }), { minLength: 20, maxLength, size: 'max' });
}

/** The numbers of a seed. */
export function numbersOf(seed: number, length: number): number[] {
  return Array.from({ length }, (_, i) => mix32(mix32(seed) ^ mix32(i + 1)));
}

export function options(incremental: fc.Arbitrary<boolean>): fc.Arbitrary<EngineOptions> {
  return fc.record({
    kinds: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    randomRoles: fc.boolean(),
    randomFrameworks: fc.boolean(),
    hierarchicalRoles: fc.boolean(),
    incremental,
  });
}

/** Steps made by a world that the numbers decide; at the end every node is looked at. */
export function stepsOf(kinds: number, decisions: readonly number[]): Step[] {
  const choices = new Choices(decisions);
  const world = new World(kinds, choices);
  const steps: Step[] = [];
  let run = 0;
  for (let i = choices.below(3); i >= 0; i--) {
    world.addRole();
    world.addClient();
    world.addAgent();
  }
  while (!choices.exhausted) {
    const calm = choices.chance(60);
    for (let i = choices.below(6); i >= 0; i--) writeOperation(world, calm);
    steps.push({ kind: 'apply', program: world.takeProgram() });
    if (choices.chance(70)) steps.push({ kind: 'cycle', run: ++run, all: choices.chance(70) });
    if (choices.chance(10)) steps.push({ kind: 'sort', root: 0 });
    if (choices.chance(10)) steps.push({ kind: 'shuffle', root: 0, salt: choices.below(1 << 30) });
  }
  steps.push({ kind: 'apply', program: world.takeProgram() }, { kind: 'cycle', run: ++run, all: true });
  for (const node of world.nodes.keys()) steps.push({ kind: 'read', node }, { kind: 'sort', root: node });
  return steps;
}

/** Steps with hundreds of siblings and agents: long orders, many candidates, shares that tie and shares that do not. */
export function crowdSteps(size: number, seed: number): Step[] {
  const choices = new Choices(numbersOf(seed, size * 60));
  const steps: Step[] = [{ kind: 'apply', program: prologue(2) }];
  const clients: number[] = [];
  for (let i = 1; i <= size; i++) {
    const [node, label, weight] = [i + 3, choices.below(size), choices.one([1, 1, 2, 0.3])];
    clients.push(Op.ADD_NODE, node, 2, label, NodeState.ACTIVE, weight, Op.SET_CLIENT, i, node, 0, 0, 255, 0, -1);
  }
  steps.push({ kind: 'apply', program: clients });
  for (let run = 1; run <= 4; run++) {
    const program: number[] = [];
    for (let i = choices.below(size); i >= 0; i--) {
      const node = 4 + choices.below(size);
      if (choices.chance(5)) program.push(Op.SET_NODE_STATE, node, choices.one([NodeState.ACTIVE, NodeState.INACTIVE]));
      else program.push(Op.ADJUST_NODE, node, choices.below(2), choices.below(9) - 2, choices.below(2000));
    }
    for (let agent = 0; agent < size; agent++) {
      program.push(Op.SET_AGENT, agent, agent + 1, 1, 0, Op.SET_AVAILABLE, agent, choices.below(5) * 100, 7, 0);
    }
    steps.push({ kind: 'apply', program }, { kind: 'sort', root: 2 }, { kind: 'cycle', run, all: true });
    steps.push({ kind: 'sort', root: 2 }, { kind: 'shuffle', root: 2, salt: run });
  }
  return steps;
}

/** Numbers that look like operations, ids and amounts, and some that never do. */
export const noise = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 4, arbitrary: fc.integer({ min: -1, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: -5000, max: 20000 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity, NaN, -0, 0.5, 2 ** 24, 2 ** 32, 2 ** 63, 1e300) },
);

/** What makes noise reach further: a tree, a role, a client, an agent with something on it. */
export function prologue(kinds: number): number[] {
  const vector = Array.from({ length: kinds }, () => 4000);
  return [
    ...[Op.SET_TOTALS, ...vector],
    ...[Op.ADD_NODE, 0, -1, 0, NodeState.INTERNAL, 1, Op.ADD_NODE, 1, 0, 1, NodeState.ACTIVE, 1],
    ...[Op.ADD_NODE, 2, -1, 0, NodeState.INTERNAL, 1, Op.ADD_NODE, 3, 2, 1, NodeState.ACTIVE, 1],
    ...[Op.SET_MINIMUM, 0, 0, Op.SET_ROLE, 0, 1, 2, -1, 5, Op.SET_CLIENT, 0, 3, 0, 0, 255, 0, -1],
    ...[Op.SET_AGENT, 0, 1, 1, 0, Op.SET_AVAILABLE, 0, ...vector, 0],
    ...[Op.ADD_REFUSAL, 0, 0, ...vector, 0],
  ];
}
