/** A job whose tasks do nothing: what remains is what a task costs. One unit of work is one task. */
import { defineJob } from '../../src/jobs/job.js';

export default defineJob({
  name: 'no-op',
  needs: { cpus: 0.01, memMb: 8 },
  options: { tasks: { type: 'integer', default: 1000, min: 1, about: 'tasks' } },
  split: (_inputs, { tasks }) => ({
    units: tasks,
    unit: 'tasks',
    stepUnits: 1,
    exact: true,
    piece: (from: number, to: number) => ({ from, to }),
  }),
  run: ({ from, to }) => to - from,
  merge: (sum: number, part: number) => sum + part,
});
