/** π: reproducible by seed, independent of the cuts, and as good as its standard error says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pi, { countInside } from '../../src/jobs/pi.js';
import { runInMemory } from './in-memory.js';

const OPTIONS = { tasks: 20, points: 20_000, seed: 1 };

test('the same seed gives the same points, however they are cut', () => {
  const whole = countInside(7, 0, 100_000);
  fc.assert(
    fc.property(fc.array(fc.nat(100_000), { maxLength: 8 }), (cuts) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), 100_000];
      const parts = ends.slice(1).map((end, i) => countInside(7, ends[i]!, end));
      assert.equal(parts.reduce((sum, part) => sum + part, 0), whole);
    }),
    { numRuns: 50 },
  );
  assert.notEqual(countInside(8, 0, 100_000), whole);
});

test('points far out are points like others', () => {
  const far = 2 ** 50;
  const counts = [0, 2 ** 32, 2 ** 46, far].map((from) => countInside(1, from, from + 65_536));
  assert.equal(new Set(counts).size, counts.length);
  for (const count of counts) assert.ok(Math.abs((4 * count) / 65_536 - Math.PI) < 0.04);
});

test('estimates of many seeds scatter as the standard error says', () => {
  const scores = Array.from({ length: 200 }, (_, seed) => {
    const { result } = runInMemory(pi, [], { ...OPTIONS, seed }, { cuts: [], chunkBytes: 1 });
    return (result.estimate - Math.PI) / result.standardError;
  });
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + score * score, 0) / scores.length;
  assert.ok(Math.abs(mean) < 0.25, `mean ${mean}`);
  assert.ok(variance > 0.7 && variance < 1.35, `variance ${variance}`);
});

test('tasks and points are as asked for, one piece a task', () => {
  const work = pi.split([], OPTIONS);
  assert.equal(work.units, 400_000);
  assert.equal(work.stepUnits, 20_000);
  assert.equal(work.exact, true);
  const { result, info } = runInMemory(pi, [], OPTIONS, { cuts: [20_000, 40_000], chunkBytes: 1 });
  assert.deepEqual([result.points, result.tasks, result.pointsPerSecond], [400_000, 3, 400_000]);
  assert.match(pi.format!(result, info) as string, /^π ≈ 3\.1\d{6} ± 0\.00\d{5} \(400000 points in 3 tasks/);
});
