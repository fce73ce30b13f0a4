/** The two engines: bit for bit the same results and the same words for what is wrong, on any program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TypeScriptEngine } from '../../src/allocator/engine/typescript-engine.js';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { loadAddon } from '../../src/native/load-addon.js';
import { NativeEngine } from '../../src/native/native-engine.js';
import { playAll, type Step } from './play.js';
import { crowdSteps, noise, numbers, options, prologue, stepsOf } from './programs.js';

const loaded = loadAddon();
const skip = 'addon' in loaded ? false : `no addon on this machine: ${loaded.reasons.join('; ')}`;
const typescript: EngineFactory = (engineOptions) => new TypeScriptEngine(engineOptions);
const native: EngineFactory = (engineOptions) => {
  assert.ok('addon' in loaded);
  return new NativeEngine(loaded.addon, engineOptions);
};

const RUNS = Number(process.env['METE_TWIN_RUNS'] ?? 300);

test('both engines do the same with valid programs, counters included', { skip }, () => {
  fc.assert(
    fc.property(options(fc.boolean()), numbers(1500), (engineOptions, decisions) => {
      const steps = stepsOf(engineOptions.kinds, decisions);
      assert.deepEqual(playAll(native, engineOptions, steps), playAll(typescript, engineOptions, steps));
    }),
    { numRuns: RUNS },
  );
});

test('both engines do the same with hundreds of siblings and agents', { skip }, () => {
  const crowd = fc.record({ size: fc.integer({ min: 100, max: 700 }), seed: fc.nat() });
  fc.assert(
    fc.property(options(fc.boolean()), crowd, (engineOptions, { size, seed }) => {
      const two = { ...engineOptions, kinds: 2, randomFrameworks: false };
      const steps = crowdSteps(size, seed);
      assert.deepEqual(playAll(native, two, steps), playAll(typescript, two, steps));
    }),
    { numRuns: Math.ceil(RUNS / 20) },
  );
});

test('valid programs are accepted', () => {
  fc.assert(
    fc.property(options(fc.boolean()), numbers(1500), (engineOptions, decisions) => {
      const shown = playAll(typescript, engineOptions, stepsOf(engineOptions.kinds, decisions));
      assert.deepEqual(shown.filter((line) => line.includes('Error: ')), []);
    }),
    { numRuns: RUNS },
  );
});

test('skipping what cannot have changed grants the same as visiting everything', () => {
  fc.assert(
    fc.property(options(fc.constant(true)), numbers(1500), (engineOptions, decisions) => {
      const steps = stepsOf(engineOptions.kinds, decisions);
      const incremental = playAll(typescript, engineOptions, steps);
      const naive = playAll(typescript, { ...engineOptions, incremental: false }, steps);
      assert.deepEqual(incremental.slice(0, -1), naive.slice(0, -1));
    }),
    { numRuns: RUNS },
  );
});

/** Looks at everything that may be there after noise. */
function aftermath(run: number): Step[] {
  const nodes = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    { kind: 'cycle', run, all: true },
    { kind: 'cycle', run: run + 1, all: false },
    ...nodes.flatMap((node): Step[] => [
      { kind: 'read', node },
      { kind: 'sort', root: node },
      { kind: 'shuffle', root: node, salt: 7 },
    ]),
  ];
}

test('both engines do the same with valid programs that were spoilt', { skip }, () => {
  const spoil = fc.array(fc.tuple(fc.nat(), noise), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(options(fc.boolean()), numbers(800), spoil, (engineOptions, decisions, spoilt) => {
      const steps = stepsOf(engineOptions.kinds, decisions);
      for (const [at, number] of spoilt) {
        const step = steps[at % steps.length]!;
        if (step.kind === 'apply' && step.program.length > 0) {
          (step.program as number[])[(at >>> 8) % step.program.length] = number;
        }
      }
      const all = [...steps, ...aftermath(1e6)];
      assert.deepEqual(playAll(native, engineOptions, all), playAll(typescript, engineOptions, all));
    }),
    { numRuns: RUNS },
  );
});

test('both engines do the same with noise', { skip }, () => {
  const program = fc.array(noise, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(options(fc.boolean()), fc.array(program, { maxLength: 30, size: 'max' }), (engineOptions, programs) => {
      const steps: Step[] = [{ kind: 'apply', program: prologue(engineOptions.kinds) }];
      programs.forEach((noisy, i) => {
        steps.push({ kind: 'apply', program: noisy });
        if (i % 4 === 3) steps.push({ kind: 'cycle', run: i, all: i % 8 === 3 });
      });
      steps.push(...aftermath(1000));
      assert.deepEqual(playAll(native, engineOptions, steps), playAll(typescript, engineOptions, steps));
    }),
    { numRuns: RUNS },
  );
});
