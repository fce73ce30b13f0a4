/**
 * Programs for engines with all that there is to see, as text: the C++ tests replay them without Node. A line is a
 * comment (#), a step, or (=) a line of what the step shows; steps and what they show are those of test/engine/play.ts.
 * Scenarios state by hand what must come out; random worlds only record it.
 */
import assert from 'node:assert/strict';
import type { EngineOptions } from '../../src/allocator/engine/engine.js';
import { LotFlag, NodeState, Op } from '../../src/allocator/engine/opcodes.js';
import { TypeScriptEngine } from '../../src/allocator/engine/typescript-engine.js';
import { play, type Step } from '../engine/play.js';
import { numbersOf, stepsOf } from '../engine/programs.js';

export const PROGRAM_FOLDER = 'native/test/data';

const DRF: EngineOptions = {
  kinds: 2,
  seed: 1,
  randomRoles: false,
  randomFrameworks: false,
  hierarchicalRoles: false,
  incremental: true,
};

/** A step as the words of a line. */
function wordsOf(step: Step): (string | number)[] {
  switch (step.kind) {
    case 'apply':
      return ['apply', ...step.program];
    case 'cycle':
      return ['cycle', step.run, Number(step.all)];
    case 'sort':
      return ['sort', step.root];
    case 'shuffle':
      return ['shuffle', step.root, step.salt];
    case 'read':
      return ['read', step.node];
  }
}

/** Plays steps on the TypeScript engine and writes them down. */
class Script {
  private readonly lines: string[];
  private readonly engine: TypeScriptEngine;

  constructor(about: string, options: EngineOptions) {
    const { kinds, seed, randomRoles, randomFrameworks, hierarchicalRoles, incremental } = options;
    const flags = [randomRoles, randomFrameworks, hierarchicalRoles, incremental].map(Number);
    this.engine = new TypeScriptEngine(options);
    this.lines = [`# ${about}`, ['engine', kinds, seed, ...flags].join(' ')];
  }

  step(step: Step): string {
    const shown = play(this.engine, step);
    this.lines.push(wordsOf(step).join(' '), ...shown.split('\n').map((line) => `= ${line}`));
    return shown;
  }

  apply(...program: number[]): void {
    assert.equal(this.step({ kind: 'apply', program }), 'ok');
  }

  refuses(message: string, ...program: number[]): void {
    assert.equal(this.step({ kind: 'apply', program }), `RangeError: ${message}`);
  }

  order(root: number, ...leaves: number[]): void {
    assert.equal(this.step({ kind: 'sort', root }), `sorted ${leaves.join(' ')}`);
  }

  /** Grants as client, agent, shape, amounts. */
  grants(run: number, ...grants: number[][]): void {
    const expected = [`grants ${grants.length}`, ...grants.map((grant) => grant.join(' '))];
    assert.equal(this.step({ kind: 'cycle', run, all: true }), expected.join('\n'));
  }

  /** Ends with what was counted. */
  text(): string {
    const { cycles, visits, clientChecks, grants, sorts } = this.engine.counters();
    const counted = [cycles, visits, clientChecks, grants, sorts].join(' ');
    return `${this.lines.join('\n')}\ncounters\n= ${counted}\n`;
  }
}

const { ACTIVE, INACTIVE, INTERNAL } = NodeState;

/** The worked example of dominant resource fairness: 9 cpus and 18 GB, tasks of (1, 4) and of (3, 1). */
function dominantShares(): string {
  const script = new Script('Order: share, then grants, then label; weights, deactivation, new totals.', DRF);
  script.apply(Op.SET_TOTALS, 9000, 18000, Op.ADD_NODE, 0, -1, 0, INTERNAL, 1);
  script.apply(Op.ADD_NODE, 1, 0, 1, ACTIVE, 1, Op.ADD_NODE, 2, 0, 2, ACTIVE, 1);
  const tasks = { 1: [1000, 4000], 2: [3000, 1000] } as const;
  const turns = [1, 2, 1, 2, 1] as const;
  for (const client of turns) {
    const [first] = /^sorted (\d)/.exec(script.step({ kind: 'sort', root: 0 }))!.slice(1);
    assert.equal(first, String(client));
    script.apply(Op.ALLOCATE, client, 1, ...tasks[client]);
  }
  for (const node of [0, 1, 2]) script.step({ kind: 'read', node });
  script.order(0, 2, 1);
  script.apply(Op.SET_NODE_WEIGHT, 1, 2);
  script.order(0, 1, 2);
  script.apply(Op.SET_NODE_STATE, 1, INACTIVE);
  script.order(0, 2);
  script.apply(Op.SET_NODE_STATE, 1, ACTIVE, Op.SET_NODE_WEIGHT, 1, 1, Op.SET_TOTALS, 18000, 18000);
  script.order(0, 2, 1);
  script.apply(Op.SET_UNFAIR_KINDS, 0, 1);
  script.order(0, 1, 2);
  return script.text();
}

/** A role that is client and parent lives on in a leaf below its node. */
function hierarchy(): string {
  const script = new Script('Siblings compete among themselves; a leaf becomes a parent and back.', DRF);
  script.apply(Op.SET_TOTALS, 100, 100, Op.ADD_NODE, 0, -1, 0, INTERNAL, 1);
  script.apply(Op.ADD_NODE, 1, 0, 1, ACTIVE, 1, Op.ADD_NODE, 2, 0, 2, ACTIVE, 1, Op.ALLOCATE, 1, 2, 50, 0);
  script.order(0, 2, 1);
  script.apply(Op.SET_NODE_STATE, 1, INTERNAL, Op.ADD_NODE, 3, 1, 1, ACTIVE, 1, Op.COPY_NODE, 1, 3);
  script.apply(Op.ADD_NODE, 4, 1, 2, ACTIVE, 1, Op.ADD_NODE, 5, 1, 3, ACTIVE, 2);
  script.order(0, 2, 4, 5, 3);
  script.apply(Op.ALLOCATE, 4, 1, 20, 0, Op.ALLOCATE, 5, 1, 30, 0, Op.ALLOCATE, 2, 1, 99, 0);
  script.order(0, 2, 5, 4, 3);
  script.apply(Op.SET_NODE_WEIGHT, 1, 1.5);
  script.order(0, 5, 4, 3, 2);
  script.refuses('operation 4 at 0 removes a node that has children', Op.REMOVE_NODE, 1);
  script.refuses('operation 5 at 0 makes a leaf of a parent', Op.SET_NODE_STATE, 1, ACTIVE);
  script.apply(Op.REMOVE_NODE, 4, Op.REMOVE_NODE, 5, Op.REMOVE_NODE, 3, Op.SET_NODE_STATE, 1, ACTIVE);
  script.order(0, 1, 2);
  script.apply(Op.SET_NODE_LABEL, 1, 9, Op.SET_NODE_LABEL, 2, 9, Op.SET_TOTALS, 0, 0, Op.ADJUST_NODE, 1, -4, 0, 0);
  script.order(0, 1, 2);
  for (const salt of [0, 1, 2, 3]) script.step({ kind: 'shuffle', root: 0, salt });
  return script.text();
}

/** Two roles with a client each, agents to come; minimum 0 asks for 100 of the first kind. */
const TWO_ROLES = [
  ...[Op.SET_TOTALS, 10000, 10000, Op.SET_MINIMUM, 0, 1, 1, 0, 100, Op.SET_MINIMUM, 1, 0],
  ...[Op.ADD_NODE, 0, -1, 0, INTERNAL, 1, Op.ADD_NODE, 1, 0, 1, ACTIVE, 1, Op.ADD_NODE, 2, 0, 2, ACTIVE, 1],
  ...[Op.ADD_NODE, 3, -1, 0, INTERNAL, 1, Op.ADD_NODE, 4, 3, 1, ACTIVE, 1],
  ...[Op.ADD_NODE, 5, -1, 0, INTERNAL, 1, Op.ADD_NODE, 6, 5, 1, ACTIVE, 1],
  ...[Op.SET_ROLE, 0, 1, 3, -1, 11, Op.SET_ROLE, 1, 2, 5, -1, 12],
  ...[Op.SET_CLIENT, 0, 4, 0, 0, 0, 0, -1, Op.SET_CLIENT, 1, 6, 1, 0, 0, 0, -1],
];

function wholeGrants(): string {
  const script = new Script('Whole agents: the client with the least share that may and wants takes all.', DRF);
  script.apply(...TWO_ROLES, Op.SET_AGENT, 0, 1, 1, 0, Op.SET_AVAILABLE, 0, 4000, 4000, 0);
  script.grants(1, [0, 0, -1]);
  script.grants(2);
  script.apply(Op.SET_AGENT, 1, 2, 1, 0, Op.SET_AVAILABLE, 1, 3000, 3000, 0);
  script.grants(3, [1, 1, -1]);
  script.apply(Op.SET_AVAILABLE, 0, 1000, 1000, 0, Op.ADD_REFUSAL, 0, 0, 2000, 1000, 0, Op.SET_REFUSED, 0, 1, 1);
  script.grants(4, [0, 0, -1]);
  script.apply(Op.SET_AVAILABLE, 0, 1000, 1000, 0, Op.SET_AGENT, 0, 1, 1, 2);
  script.apply(Op.SET_CLIENT, 0, 4, 0, 2, 0, 0, -1);
  script.grants(5);
  script.apply(Op.REMOVE_REFUSAL, 0);
  script.grants(6, [1, 0, -1]);
  script.apply(Op.SET_AVAILABLE, 0, 99, 5000, 0);
  script.grants(7);
  script.apply(Op.SET_CLIENT, 1, 6, 1, 0, 0, 1, 0, Op.SET_EXCLUDED, 0, 0, 1);
  script.grants(8);
  script.apply(Op.SET_EXCLUDED, 0, 0, 0);
  script.grants(9, [1, 0, -1]);
  return script.text();
}

function quota(): string {
  const script = new Script('Quota: guarantees first, limits cut, headroom holds back and lets go.', DRF);
  script.apply(...TWO_ROLES, Op.SET_AGENT, 0, 1, 1, 0, Op.SET_AVAILABLE, 0, 4000, 4000, 0);
  script.apply(Op.SET_QUOTA, 1, 3000, 0, 3000, Infinity, Op.SET_QUOTA, 0, 0, 0, 2500, Infinity);
  script.grants(1, [1, 0, 0, 3000, 4000], [0, 0, -1]);
  script.apply(Op.HOLD, 0, 0, -1000, 0, -1000, 0, Op.HOLD, 1, 0, -3000, -4000, -3000, -4000);
  script.apply(Op.SET_AVAILABLE, 0, 4000, 4000, 0, Op.SET_NODE_STATE, 6, INACTIVE);
  script.grants(2, [0, 0, 0, 1000, 4000]);
  script.grants(3);
  script.apply(Op.SET_QUOTA, 1, 0, 0, Infinity, Infinity);
  script.grants(4, [0, 0, 0, 1500, 0]);
  script.grants(5);
  script.apply(Op.CONSUME, 0, -1000, 0);
  script.grants(6, [0, 0, 0, 1000, 0]);
  return script.text();
}

function lots(): string {
  const script = new Script('Lots: reserved, ranges, indivisible, shared; capabilities; refusals of lots.', DRF);
  const { NON_SCALAR, RESERVED, REVOCABLE, SHARED, INDIVISIBLE } = LotFlag;
  script.apply(...TWO_ROLES, Op.SET_AGENT, 0, 1, 1, 0, Op.DEFINE_VALUE, 0, 2, 31000, 31009);
  const ports = [9, 1, NON_SCALAR, -1, 10000, 0];
  script.apply(Op.SET_AVAILABLE, 0, 0, 0, 2, 5, 0, RESERVED, 1, 700, -1, ...ports);
  script.grants(1, [1, 0, -1]);
  script.apply(Op.SET_AVAILABLE, 0, 500, 0, 2, 6, 0, REVOCABLE, -1, 300, -1, 7, 1, INDIVISIBLE, -1, 800, -1);
  script.apply(Op.SET_QUOTA, 0, 0, 0, Infinity, 500);
  script.grants(2, [0, 0, 0, 500, 0]);
  script.grants(3);
  script.apply(Op.SET_CLIENT, 1, 6, 1, 0, REVOCABLE | SHARED, 0, -1);
  script.grants(4, [1, 0, -1]);
  script.apply(Op.SET_AVAILABLE, 0, 200, 0, 1, 8, 1, SHARED, -1, 50, -1);
  script.grants(5, [0, 0, 0, 200, 0]);
  script.apply(Op.SET_CLIENT, 1, 6, 1, 0, SHARED, 1, -1);
  script.grants(6, [1, 0, 1, 0, 0, 0, 50]);
  script.grants(7, [1, 0, 1, 0, 0, 0, 50]);
  script.step({ kind: 'read', node: 6 });
  script.apply(Op.HOLD_SHARED, 1, 0, 8, 1, 50, -2);
  script.step({ kind: 'read', node: 2 });
  script.apply(Op.DEFINE_VALUE, 1, 2, 31000, 31100, Op.SET_AVAILABLE, 0, 100, 0, 1, ...ports);
  script.apply(Op.ADD_REFUSAL, 0, 0, 100, 0, 1, 9, 10000, 1, Op.SET_REFUSED, 0, 0, 1, Op.SET_REFUSED, 0, 1, 1);
  script.grants(8);
  script.refuses('operation 17 at 0 removes an agent that has refusals', Op.REMOVE_AGENT, 0);
  return script.text();
}

/** A world that numbers decide, written down step by step. */
function randomWorld(seed: number, options: EngineOptions): string {
  const script = new Script('A random world.', options);
  for (const step of stepsOf(options.kinds, numbersOf(seed, 1200))) script.step(step);
  return script.text();
}

/** Hundreds of siblings with unequal shares: long orders and many candidates. */
function manySiblings(): string {
  const script = new Script('Hundreds of clients and agents.', { ...DRF, seed: -77 });
  const numbers = numbersOf(5, 4000);
  let at = 0;
  const below = (count: number): number => numbers[at++]! % count;
  script.apply(...TWO_ROLES, Op.SET_MINIMUM, 0, 0);
  for (let client = 2; client < 302; client++) {
    const node = client + 10;
    script.apply(Op.ADD_NODE, node, 3, below(1e6), ACTIVE, 1 + below(3), Op.SET_CLIENT, client, node, 0, 0, 0, 0, -1);
    if (below(4) > 0) script.apply(Op.ADJUST_NODE, node, below(3), below(3000), below(3000));
  }
  script.step({ kind: 'sort', root: 3 });
  for (let run = 1; run <= 3; run++) {
    for (let agent = 0; agent < 150; agent++) {
      script.apply(Op.SET_AGENT, agent, agent + 1, 1, 0, Op.SET_AVAILABLE, agent, below(900), below(900), 0);
    }
    script.step({ kind: 'cycle', run, all: true });
    for (let i = 0; i < 12; i++) script.apply(Op.ADJUST_NODE, 12 + below(300), below(2), -below(800), below(800));
    script.step({ kind: 'sort', root: 3 });
  }
  return script.text();
}

/** The files by name. */
export function programFiles(): Map<string, string> {
  const files = new Map([
    ['dominant-shares', dominantShares()],
    ['hierarchy', hierarchy()],
    ['whole-grants', wholeGrants()],
    ['quota', quota()],
    ['lots', lots()],
    ['many-siblings', manySiblings()],
  ]);
  for (let seed = 1; seed <= 8; seed++) {
    const random = {
      randomRoles: seed % 2 === 0 && seed <= 6,
      randomFrameworks: seed % 3 === 0,
      hierarchicalRoles: seed > 6,
      incremental: seed !== 5 && seed !== 8,
    };
    files.set(`random-${seed}`, randomWorld(seed, { kinds: 1 + (seed % 4), seed: seed * 1000003, ...random }));
  }
  return new Map([...files].map(([name, text]) => [`${name}.program`, text]));
}
