/**
 * Random plays: seeded clusters with everything going wrong, under the laws of src/sim/invariants.ts. A breach prints
 * its seed; METE_SEED and METE_RUNS play others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseEngine } from '../../src/engine/create-engine.js';
import { createPlan, type FaultType } from '../../src/sim/plan.js';
import { play } from '../../src/sim/play.js';
import { describeBreach, kindOf, playSeeds, shrinkPlan, tracePlay } from '../../src/sim/seeds.js';

const { factory: typescript } = chooseEngine('typescript');
const FIRST_SEED = Number(process.env['METE_SEED'] ?? 1);
const RUNS = Number(process.env['METE_RUNS'] ?? 300);

test(`[B171, B20, C67] ${RUNS} random plays, with masters and agents that crash, keep the laws`, () => {
  const faults = new Set<FaultType>();
  const result = playSeeds({
    firstSeed: FIRST_SEED,
    runs: RUNS,
    engine: typescript,
    progress: (seed) => {
      for (const { type } of createPlan(seed).faults) faults.add(type);
    },
  });
  assert.equal(result.breach, null, result.breach === null ? '' : describeBreach(result.breach));
  if (RUNS < 300) return;
  assert.equal(faults.size, 15, 'all kinds of faults came up');
  for (const end of ['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_LOST', 'TASK_DROPPED', 'TASK_UNREACHABLE']) {
    assert.ok((result.ends[end] ?? 0) > 0, `some task ended as ${end}: ${JSON.stringify(result.ends)}`);
  }
});

test('a play is a function of its seed', () => {
  const [first, second, other] = [11, 11, 12].map((seed) => play(createPlan(seed), { engine: typescript }));
  assert.deepEqual(first, second);
  assert.notEqual(first?.digest, other?.digest);
});

test('[both engines] plays have the same digest on both engines', (t) => {
  const auto = chooseEngine('auto');
  if (auto.name !== 'native') {
    t.skip(`no native engine: ${auto.reasons.join('; ')}`);
    return;
  }
  for (let seed = 100; seed < 130; seed++) {
    const [a, b] = [typescript, auto.factory].map((engine) => play(createPlan(seed), { engine }));
    assert.deepEqual(a, b, `seed ${seed}`);
  }
});

test('a play can be told message by message', () => {
  const lines: string[] = [];
  assert.equal(tracePlay(1, typescript, (line) => lines.push(line)), null);
  const text = lines.join('\n');
  const parts = ['f1 -> master  SUBSCRIBE new', '*** break-link', '*** crash-master', 'TASK_FINISHED by executor'];
  for (const part of parts) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(!text.includes('  PING'));
});

test('a breach is found, told with its seed, and shrunk to what is needed for it', () => {
  const plan = createPlan(15);
  const broken = { ...plan, master: { ...plan.master, agentPingTimeoutMs: -1 } };
  assert.throws(() => play(broken, { engine: typescript }), /agentPingTimeoutMs/);
  // Frameworks that do not come back when their links break: the play cannot come to rest.
  const deaf = { ...plan, frameworks: plan.frameworks.map((framework) => ({ ...framework, reconnects: false })) };
  const cut = { ...deaf, faults: [{ type: 'break-link', atMs: 9000, forMs: 0, target: 0 } as const, ...plan.faults] };
  const { failure } = play(cut, { engine: typescript });
  assert.match(failure ?? '', /did not come to rest: .*is not subscribed/);
  const small = shrinkPlan(cut, failure!, typescript);
  assert.equal(small.agents.length, 0, 'agents have nothing to do with it');
  assert.ok(small.faults.length <= small.frameworks.length, JSON.stringify(small.faults));
  assert.equal(kindOf(play(small, { engine: typescript }).failure ?? ''), kindOf(failure!));
});
