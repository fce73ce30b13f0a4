/** runJob end to end over real links and HTTP, against a cluster in this process. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FinishedJob, JobOutcome } from '../../src/framework/shell/job-outcome.js';
import { runJob, type RunJobOptions } from '../../src/framework/shell/run-job.js';
import type { PiResult } from '../../src/jobs/pi.js';
import { type PocketOptions, startPocketCluster } from './pocket-cluster.js';

const NOVEL = fileURLToPath(new URL('../../data/anna-karenina.txt', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'mete-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

async function onCluster(
  options: Omit<RunJobOptions, 'masters'>,
  cluster: PocketOptions = {},
): Promise<{ outcome: JobOutcome; calls: string[]; tasks: number; agents: number }> {
  const pocket = await startPocketCluster(cluster);
  try {
    const outcome = await runJob({ masters: [pocket.address], ...options });
    await new Promise((resolve) => setTimeout(resolve, 20)); // TEARDOWN is on its way
    return { outcome, calls: pocket.calls, tasks: pocket.tasks.length, agents: pocket.agents.size };
  } finally {
    await pocket.close();
  }
}

function finished(outcome: JobOutcome): FinishedJob {
  assert.equal(outcome.status, 'finished', JSON.stringify(outcome));
  return outcome;
}

function printed(outcome: JobOutcome): string {
  return [...finished(outcome).print()].map((part) => Buffer.from(part as Uint8Array).toString('latin1')).join('');
}

/** `word<TAB>count`, as an obvious program counts. */
function obvious(text: string, copies: number): string {
  const counts = new Map<string, number>();
  for (const word of text.split(/[ \t\n\v\f\r]+/)) {
    if (word !== '') counts.set(word, (counts.get(word) ?? 0) + copies);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => (n !== m ? m - n : a < b ? -1 : 1));
  return sorted.map(([word, count]) => `${word}\t${count}\n`).join('');
}

test('pi: twenty tasks on two agents, the estimate of its seed, and a tear-down', async () => {
  const options = { tasks: '20', points: 10_000, seed: 5 };
  const { outcome, calls, tasks, agents } = await onCluster({ job: 'pi', options });
  const result = finished(outcome).result as PiResult;
  assert.equal(tasks, 20);
  assert.equal(agents, 2);
  assert.equal(result.points, 200_000);
  assert.ok(Math.abs(result.estimate - Math.PI) < 5 * result.standardError);
  const again = finished((await onCluster({ job: 'pi', options }, { agents: 1, cpus: 1 })).outcome).result as PiResult;
  assert.equal(again.inside, result.inside);
  assert.ok(calls.includes('TEARDOWN'));
  assert.ok(calls.includes('SUPPRESS'));
});

for (const transport of ['ws', 'uws'] as const) {
  test(`word count of the novel in copies, code and text over HTTP (${transport})`, async () => {
    const out = join(directory, `${transport}.tsv`);
    const job = { job: 'wordcount', inputs: [NOVEL], copies: 3, out, options: { top: 5 }, transport };
    const { outcome, tasks } = await onCluster(job, { transport });
    finished(outcome);
    const expected = obvious(readFileSync(NOVEL, 'latin1'), 3);
    assert.equal(readFileSync(out, 'latin1'), expected);
    assert.equal(printed(outcome), expected.split('\n').slice(0, 5).join('\n') + '\n');
    assert.ok(tasks > 2);
    assert.deepEqual(readdirSync(directory).filter((name) => name.endsWith('.partial')), []);
  });
}

test('failed tasks and broken results are made again; the counts are right', async () => {
  const cluster = { fails: (n: number) => n === 2, corrupts: (n: number) => n === 3 };
  const out = join(directory, 'troubled.tsv');
  const { outcome } = await onCluster({ job: 'wordcount', inputs: [NOVEL], copies: 2, out }, cluster);
  assert.equal(readFileSync(out, 'latin1'), obvious(readFileSync(NOVEL, 'latin1'), 2));
  assert.ok(finished(outcome).stats.failed >= 1);
});

test('a link that breaks does not hurt a job', async () => {
  const pocket = await startPocketCluster({ cpus: 1 });
  try {
    const timer = setInterval(() => {
      if (pocket.tasks.length > 2) {
        clearInterval(timer);
        pocket.breakLink();
      }
    }, 1);
    const out = join(directory, 'link.tsv');
    const masters = [pocket.address];
    const outcome = await runJob({ job: 'wordcount', inputs: [NOVEL], copies: 30, out, masters });
    finished(outcome);
    assert.equal(readFileSync(out, 'latin1'), obvious(readFileSync(NOVEL, 'latin1'), 30));
    assert.ok(pocket.calls.filter((call) => call === 'SUBSCRIBE').length >= 2);
  } finally {
    await pocket.close();
  }
});

test('a job that fails says why; one that is aborted is cancelled and torn down', async () => {
  const failed = await onCluster({ job: 'pi', options: { tasks: 1, points: 10 } }, { fails: () => true });
  assert.equal(failed.outcome.status, 'failed');
  assert.match(failed.outcome.status === 'failed' ? failed.outcome.reasons[0]! : '', /TASK_FAILED, bad luck/);
  const abort = new AbortController();
  const pending = onCluster({ job: 'pi', signal: abort.signal }, { hangs: true });
  setTimeout(() => abort.abort(), 300);
  const cancelled = await pending;
  assert.equal(cancelled.outcome.status, 'cancelled');
  assert.ok(cancelled.calls.includes('TEARDOWN'));
});

test('without a master the job fails as unavailable', async () => {
  const outcome = await runJob({ job: 'pi', masters: ['127.0.0.1:9'], masterTimeoutMs: 300 });
  assert.ok(outcome.status === 'failed' && outcome.unavailable);
  assert.match(outcome.status === 'failed' ? outcome.reasons[0]! : '', /no master at 127\.0\.0\.1:9/);
});

test('what is wrong before a launch is told with the name of the thing', async () => {
  const masters = ['127.0.0.1:9'];
  const wrong: [Omit<RunJobOptions, 'masters'>, RegExp][] = [
    [{ job: 'no-such-job' }, /job "no-such-job": there is neither a job nor a file.*pi, wordcount/],
    [{ job: 'wordcount' }, /input undefined: it is missing/],
    [{ job: 'wordcount', inputs: [join(directory, 'nothing')] }, /there is no such file or directory/],
    [{ job: 'wordcount', inputs: [join(directory, '*.nothing')] }, /no file matches/],
    [{ job: 'pi', options: { tasks: 'many' } }, /--tasks "many"/],
    [{ job: 'pi', options: { taskz: 1 } }, /--taskz 1: this job has no such option/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(runJob({ ...options, masters }), { name: 'MeteError', message });
  }
  await assert.rejects(runJob({ job: 'pi', masters: ['nowhere:x'] }), /master "nowhere:x": it is not an address/);
  writeFileSync(join(directory, 'broken.mjs'), 'export const name = ;');
  const broken = { job: join(directory, 'broken.mjs'), masters };
  await assert.rejects(runJob(broken), /cannot be bundled: .*broken\.mjs:1: Unexpected ";"/);
  writeFileSync(join(directory, 'poor.mjs'), "export const name = 'poor'; export const needs = { cpus: 1, memMb: 1 };");
  await assert.rejects(runJob({ job: join(directory, 'poor.mjs'), masters }), /job export split undefined/);
  writeFileSync(join(directory, 'throws.mjs'), "throw new Error('at once');");
  await assert.rejects(runJob({ job: join(directory, 'throws.mjs'), masters }), /it threw when it was loaded: at once/);
});
