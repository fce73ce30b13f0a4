/** docs/jobs.md is true: its jobs are the files in docs/examples, and they run, bundled, and give what they should. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runJob } from '../../src/framework/shell/run-job.js';
import { startPocketCluster } from './pocket-cluster.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOVEL = `${ROOT}data/anna-karenina.txt`;
const page = readFileSync(`${ROOT}docs/jobs.md`, 'utf8');

for (const name of ['longest-line.js', 'primes.ts']) {
  test(`docs/jobs.md shows ${name} as it is`, () => {
    const at = page.indexOf(`<!-- docs/examples/${name} -->`);
    const start = page.indexOf('\n', page.indexOf('```', at)) + 1;
    const source = readFileSync(`${ROOT}docs/examples/${name}`, 'utf8');
    assert.ok(at > 0);
    assert.equal(page.slice(start, page.indexOf('```', start)), source.slice(source.indexOf('\nimport ') + 1));
  });
}

test('a job in JavaScript runs: the longest line of the novel, twice', async () => {
  const pocket = await startPocketCluster();
  const job = `${ROOT}docs/examples/longest-line.js`;
  const outcome = await runJob({ job, inputs: [NOVEL], copies: 2, masters: [pocket.address] });
  await pocket.close();
  assert.equal(outcome.status, 'finished');
  const lines = readFileSync(NOVEL, 'utf8').split(/\r?\n/);
  const longest = lines.reduce((a, b) => (b.length > a.length || (b.length === a.length && b < a) ? b : a));
  const printed = outcome.status === 'finished' ? [...outcome.print()].join('') : '';
  assert.equal(printed, `${longest.length} characters: ${longest}\n`);
  assert.ok(pocket.tasks.length > 2);
});

test('a job in TypeScript runs, with an option from a command line; its result is shown as JSON', async () => {
  const pocket = await startPocketCluster();
  const job = `${ROOT}docs/examples/primes.ts`;
  const outcome = await runJob({ job, options: { below: '100_000' }, masters: [pocket.address] });
  await pocket.close();
  assert.equal(outcome.status, 'finished');
  const printed = outcome.status === 'finished' ? [...outcome.print()].join('') : '';
  assert.deepEqual(JSON.parse(printed), { below: 100_000, primes: 9592 });
});
