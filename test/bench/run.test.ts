/** The benchmarks as a program: children play, the record is written, exit codes say how it went. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recordFaults, type BenchRecord } from '../../bench/house/record.js';

const PROGRAM = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

function bench(...args: string[]): { code: number | null; out: string; err: string } {
  const result = spawnSync(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { encoding: 'utf8' });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

test('one problem is run in children, told as a table, and written as a record and a report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mete-bench-'));
  try {
    const json = join(folder, 'record.json');
    const html = join(folder, 'report.html');
    const sizes = ['--size', 'agents=8', '--size', 'frameworks=3', '--size', 'rounds=4'];
    const contenders = ['--contender', 'typescript', '--contender', 'objects'];
    const files = ['--json', json, '--html', html];
    const { code, out, err } = bench('decline-offers', '--quick', ...sizes, ...contenders, ...files);
    assert.equal(code, 0, err);
    assert.match(out, /decline-offers custom: 8 agents, 3 frameworks, 4 rounds/);
    const record = JSON.parse(readFileSync(json, 'utf8')) as BenchRecord;
    assert.deepEqual(recordFaults(record), []);
    assert.deepEqual(record.runs.map((run) => run.contender), ['typescript']);
    assert.equal(record.runs[0]!.measurements.find((one) => one.metric === 'cycle')!.count, 4);
    assert.match(readFileSync(html, 'utf8'), /<section id="decline-offers">/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a wrong command line ends with 64 and the usage', () => {
  const { code, err } = bench('no-such-problem');
  assert.equal(code, 64);
  assert.match(err, /there is no problem no-such-problem[^]*usage: npm run bench/);
});

test('help needs no engine and no children', () => {
  const { code, out } = bench('--help');
  assert.equal(code, 0);
  assert.match(out, /--budgets/);
});
