/** What users get wrong about a job is told by the name of the thing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobOf, readOptions } from '../../src/jobs/job-module.js';
import pi from '../../src/jobs/pi.js';
import wordcount from '../../src/jobs/wordcount.js';

const GOOD = {
  name: 'sum',
  needs: { cpus: 1, memMb: 32 },
  split: () => ({ units: 1, unit: 'items', piece: () => 0 }),
  run: () => 1,
  merge: (a: number, b: number) => a + b,
};

test('a job is a default export, or the exports of a module', () => {
  assert.equal(jobOf({ default: GOOD }, 'job.js').name, 'sum');
  assert.equal(jobOf(GOOD, 'job.js').name, 'sum');
  for (const job of [pi, wordcount]) assert.equal(jobOf({ default: job }, 'x').name, job.name);
});

test('what is missing or wrong is named', () => {
  const cases: [object, RegExp][] = [
    [{ ...GOOD, split: undefined }, /job export split undefined: job\.js does not have it; export split/],
    [{ ...GOOD, run: 3 }, /job export run 3: it is not a function/],
    [{ ...GOOD, merge: undefined }, /job export merge/],
    [{ ...GOOD, finish: 'later' }, /job export finish/],
    [{ ...GOOD, name: 'a b' }, /job export name "a b"/],
    [{ ...GOOD, name: undefined }, /job export name/],
    [{ ...GOOD, needs: { cpus: 1 } }, /job export needs\.memMb/],
    [{ ...GOOD, needs: undefined }, /job export needs\.cpus/],
    [{ ...GOOD, options: { depth: { type: 'integer', default: 1.5 } } }, /job export options\.depth/],
    [{ default: 7 }, /job export default 7: it is not a job/],
  ];
  for (const [exports, message] of cases) {
    assert.throws(() => jobOf(exports, 'job.js'), { code: 'INVALID_ARGUMENT', message });
  }
});

test('options: texts of a command line become values, defaults fill the rest, wrong ones are refused', () => {
  const table = {
    tasks: { type: 'integer', default: 20, min: 1, max: 100, about: '' },
    share: { type: 'number', default: 0.5, about: '' },
    title: { type: 'text', default: '', about: '' },
    ignoreCase: { type: 'flag', default: false, about: '' },
  } as const;
  const given = { tasks: '1_0', title: 'x', ignoreCase: true };
  assert.deepEqual(readOptions(table, given), { tasks: 10, share: 0.5, title: 'x', ignoreCase: true });
  assert.deepEqual(readOptions(table, { share: '1e-3' })['share'], 0.001);
  const wrong: [object, RegExp][] = [
    [{ tasks: 'many' }, /--tasks "many".*whole number from 1 to 100/],
    [{ tasks: '' }, /--tasks/],
    [{ tasks: 101 }, /--tasks 101/],
    [{ tasks: 1.5 }, /--tasks 1\.5/],
    [{ ignoreCase: 'perhaps' }, /--ignore-case/],
    [{ title: 3 }, /--title 3/],
    [{ depth: 1 }, /--depth 1: this job has no such option; use --tasks, --share, --title, --ignore-case/],
  ];
  for (const [values, message] of wrong) {
    assert.throws(() => readOptions(table, values as Record<string, unknown>), { code: 'INVALID_ARGUMENT', message });
  }
  assert.throws(() => readOptions({}, { toString: 1 }), { message: /--to-string/ });
});
