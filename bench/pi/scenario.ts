/**
 * π: the inner loop of its tasks in one thread, beside the loop of a program that throws the same points with
 * Math.random. Results are estimates of different points, so there is one contender and two ways.
 */
import { countInside } from '../../src/jobs/pi.js';
import { ns, problem } from '../house/problem.js';

function countByMathRandom(points: number): number {
  let inside = 0;
  for (let i = 0; i < points; i++) {
    const x = Math.random();
    const y = Math.random();
    if (x * x + y * y < 1) inside++;
  }
  return inside;
}

export default problem<{ points: number }>({
  name: 'pi',
  title: 'π: points thrown in one thread',
  shape: 'Points of the seed 1 are counted, as a task does, and as many of Math.random.',
  parameters: { points: 'points of one sample' },
  metrics: {
    point: ns('one point, as tasks throw it'),
    'point, Math.random': ns('one point of Math.random'),
  },
  scales: {
    tiny: [{ name: 'large', size: { points: 20_000 } }],
    quick: [{ name: 'large', size: { points: 2_000_000 } }],
    default: [{ name: 'large', size: { points: 20_000_000 } }],
  },
  contenders: {
    worker: (run, { points }) => {
      run.see('inside', countInside(1, 0, points));
      let inside = 0;
      run.repeat('point', () => (inside = countInside(1, 0, points)), { operations: points });
      run.repeat('point, Math.random', () => (inside += countByMathRandom(points)), { operations: points });
      run.see('some are inside', String(inside > 0));
    },
  },
});
