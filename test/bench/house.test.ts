/** The house of the benchmarks: sessions, budgets, the record's schema, reports, and the command line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Budget, checkBudgets } from '../../bench/house/budgets.js';
import { duration, times } from '../../bench/house/numbers.js';
import { gridOf, readOptions, type BenchOptions } from '../../bench/house/options.js';
import { playCase } from '../../bench/house/play.js';
import type { Problem } from '../../bench/house/problem.js';
import { recordFaults } from '../../bench/house/record.js';
import { reportHtml } from '../../bench/house/report-html.js';
import { caseText, closingText } from '../../bench/house/report-text.js';
import { casesOf, runSession, type Answer, type Job } from '../../bench/house/session.js';
import { quantile, thinned } from '../../bench/house/statistics.js';
import { PROBLEMS } from '../../bench/problems.js';
import { outcomeOf, recordOf, runOf, toy } from './fixtures.js';

function optionsOf(line: string, all: readonly Problem[] = [toy]): BenchOptions {
  const request = readOptions(line.split(' ').filter(Boolean), all);
  if (!('options' in request)) assert.fail(JSON.stringify(request));
  return request.options;
}

async function session(line: string, answer: (job: Job) => Answer) {
  const shown: string[] = [];
  const found = await runSession(
    optionsOf(line),
    (job) => Promise.resolve(answer(job)),
    (one, { name }, runs) => shown.push(`${one.name} ${name} ${runs.length}`),
  );
  return { ...found, shown };
}

test('a session asks every contender and keeps the figures of those that agree', async () => {
  const jobs: string[] = [];
  const { runs, failures, shown } = await session('--contender typescript --contender objects', (job) => {
    jobs.push(`${job.contender} ${String(job.size['things'])} ${job.scale} ${job.repeats}`);
    return { outcome: outcomeOf(1, '1000') };
  });
  assert.deepEqual(jobs, ['typescript 1000 default 1', 'objects 1000 default 1']);
  assert.deepEqual(runs.map((run) => run.engine), ['typescript', 'none']);
  assert.deepEqual(failures, []);
  assert.deepEqual(shown, ['toy large 2']);
});

test('contenders that differ fail the case, and none of its figures counts', async () => {
  const { runs, failures, shown } = await session('--contender typescript --contender objects', (job) => {
    return { outcome: outcomeOf(1, job.contender === 'objects' ? '999' : '1000') };
  });
  assert.deepEqual(runs, []);
  assert.equal(failures.length, 1);
  assert.match(failures[0]!.reason, /typescript and objects .*"things: 1000" here and "things: 999" there/);
  assert.deepEqual(shown, ['toy large 0']);
});

test('a child that fails is told with its reason', async () => {
  const { failures } = await session('--contender typescript', () => ({ error: 'out of memory' }));
  assert.deepEqual(failures, [{ problem: 'toy', case: 'large', reason: 'typescript: out of memory' }]);
});

test('a play that gives other results when it is repeated is an error', async () => {
  let plays = 0;
  const moody: Problem = { ...toy, contenders: { typescript: (run) => run.see('plays', ++plays) } };
  await assert.rejects(playCase(moody, { things: 1 }, 'typescript', 'tiny', 2), /"plays: 1" here and "plays: 2" there/);
  await assert.rejects(playCase(toy, { things: 1 }, 'native', 'tiny', 1), /toy has no contender native/);
});

const TWINS: Budget = {
  name: 'twins',
  of: { contender: 'objects', case: 'small', figure: 'count' },
  by: { contender: 'typescript' },
  range: { quick: [0.1, 1.5] },
  runs: 3,
  reason: 'planted for this test',
};

test('a budget is kept within its range, breached beyond it, and not checked without its figures', () => {
  const runs = (best: number) => [runOf('typescript', 'small', [10, 30]), runOf('objects', 'small', [best, 99])];
  const check = (best: number, scale: 'quick' | 'default' = 'quick') => checkBudgets('toy', [TWINS], runs(best), scale);
  assert.deepEqual(check(5), [{ problem: 'toy', budget: 'twins', ratio: 0.5, range: [0.1, 1.5], kept: true }]);
  assert.equal(check(16)[0]!.kept, false);
  assert.equal(check(0.5)[0]!.kept, false);
  assert.deepEqual(check(16, 'default'), []);
  const [unchecked] = checkBudgets('toy', [TWINS], [runOf('typescript', 'small', [10])], 'quick');
  assert.deepEqual([unchecked!.ratio, unchecked!.kept], [null, true]);
  const work: Budget = { ...TWINS, of: { ...TWINS.of, figure: 'counters.visits' }, range: { quick: [1, 1] } };
  assert.equal(checkBudgets('toy', [work], runs(1), 'quick')[0]!.ratio, 1);
});

test('the schema takes a record as it is written, and finds what is wrong, missing or strange', () => {
  const written = JSON.stringify(recordOf([runOf('typescript', 'small', [1, 2])]));
  const record = JSON.parse(written) as Record<string, unknown>;
  assert.deepEqual(recordFaults(record), []);
  assert.deepEqual(recordFaults({ ...record, commit: '' }), ['commit is wrong or missing']);
  assert.deepEqual(recordFaults({ ...record, colour: 'red' }), ['colour is not known']);
  assert.deepEqual(recordFaults({ ...record, at: 'yesterday' }), ['at is wrong or missing']);
  const [run] = record['runs'] as Record<string, unknown>[];
  const bad = recordFaults({ ...record, runs: [{ ...run, peakRssMb: -1 }] });
  assert.deepEqual(bad, ['runs is wrong or missing', 'runs[0]: peakRssMb is wrong or missing']);
  assert.deepEqual(recordFaults(null), ['it is not an object']);
});

test('the report holds every problem, its chart and its table, and refers to no other file', () => {
  const runs = PROBLEMS.map((one) => {
    const [metric] = Object.keys(one.metrics);
    const { size, name } = one.scales.default[0]!;
    const run = runOf('typescript', name, [1, 2, 3]);
    return { ...run, problem: one.name, size, measurements: [{ ...run.measurements[0]!, metric: metric! }] };
  });
  const html = reportHtml(recordOf(runs), PROBLEMS);
  for (const one of PROBLEMS) {
    const section = html.split(`<section id="${one.name}">`)[1]?.split('</section>')[0] ?? '';
    assert.match(section, /<svg /, one.name);
    assert.match(section, /<table>/, one.name);
  }
  assert.doesNotMatch(html, /(src|href)="(?!#)|url\(|@import/);
  assert.match(html, /Apache Mesos c1b42f79/);
  assert.match(html, /Not run: native: no compiler/);
  assert.match(reportHtml(recordOf([runOf('typescript', 'small', [1])]), [toy]), /Toy: counts &lt;things&gt;/);
});

test('a failed case is told in the report instead of figures', () => {
  const failures = [{ problem: 'toy', case: 'small', reason: 'they differ' }];
  const html = reportHtml({ ...recordOf([]), failures }, [toy]);
  assert.match(html, /Figures do not count: they differ/);
  assert.match(closingText({ ...recordOf([]), failures }), /FAILED toy small: they differ/);
});

test('the table shows medians, ratios to the best of the row, work and warnings', () => {
  const runs = [runOf('typescript', 'small', [2, 4, 9]), { ...runOf('objects', 'small', [8]), warnings: ['coarse'] }];
  const text = caseText(toy, toy.scales.quick[0]!, runs);
  assert.match(text, /typescript +objects/);
  assert.match(text, /count +4 ms +1x +8 ms +2x/);
  assert.match(text, /work of typescript: 1 cycles, 10 visits/);
  assert.match(text, /warning, objects: coarse/);
});

test('the command line: problems, engines, sizes as a grid, and what is wrong with it', () => {
  const wrong = (...args: string[]): string => {
    const request = readOptions(args, [toy]);
    return 'wrong' in request ? request.wrong : assert.fail(args.join(' '));
  };
  assert.deepEqual(optionsOf('--quick --engine typescript').contenders, ['typescript', 'typescript-naive']);
  assert.equal(optionsOf('').contenders.length, 17);
  assert.equal(optionsOf('--engine native').insists, true);
  assert.equal(optionsOf('--quick').insists, false);
  assert.deepEqual(
    casesOf(toy, optionsOf('toy --size things=3,4')).map(({ name, size }) => [name, size['things']]),
    [['custom-1', 3], ['custom-2', 4]],
  );
  assert.deepEqual(gridOf({ a: 1, b: 'x' }, new Map([['a', ['2', '3']], ['b', ['y']]])), [
    { a: 2, b: 'y' },
    { a: 3, b: 'y' },
  ]);
  assert.match(wrong('tou'), /there is no problem tou/);
  assert.match(wrong('--engine', 'wasm'), /--engine wasm/);
  assert.match(wrong('--contender', 'rust'), /--contender rust/);
  assert.match(wrong('--size', 'agents=3'), /toy has the parameters things/);
  assert.match(wrong('--size', 'things=few'), /whole number/);
  assert.match(wrong('--repeats', '0'), /--repeats/);
  assert.match(wrong('--fast'), /--fast/);
  const list = readOptions(['--list'], PROBLEMS);
  for (const { name } of PROBLEMS) assert.ok('text' in list && list.text.includes(`${name}: `));
});

test('figures have three digits, and step up to a larger unit where they would be unreadable', () => {
  assert.equal(duration(0.0004213, 'us'), '0.421 µs');
  assert.equal(duration(12.345, 'ms'), '12.3 ms');
  assert.equal(duration(12_345, 'ms'), '12,345 ms');
  assert.equal(duration(70_000, 'us'), '70,000 ms');
  assert.equal(duration(700_000, 'ns'), '700 s');
  assert.equal(times(0.5), '0.5x');
  assert.equal(times(1234.5), '1,235x');
});

test('quantiles lie between samples, and thinning keeps the ends', () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
  assert.equal(quantile([7], 0.99), 7);
  assert.deepEqual(thinned([3, 1, 2], 3), [3, 1, 2]);
  assert.deepEqual(thinned([5, 4, 3, 2, 1], 3), [1, 3, 5]);
});
