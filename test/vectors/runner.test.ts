/**
 * Tests of the vectors runner itself: it must fail what is wrong, refuse what it does not understand, and say where.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type JsonObject, wrongVariants } from './mutations.js';
import { oracleSubjects } from './oracle-subjects.js';
import { playVector } from './play.js';
import { runVectors } from './runner.js';
import { parseVectorFile } from './schema.js';

const DATA = join(import.meta.dirname, 'data');

interface RawVector extends JsonObject {
  name: string;
  kind: string;
  steps: JsonObject[];
  expect: JsonObject[];
}

function committedVectors(): RawVector[] {
  return readdirSync(DATA).flatMap((file) => {
    const { vectors } = JSON.parse(readFileSync(join(DATA, file), 'utf8')) as { vectors: RawVector[] };
    return vectors;
  });
}

/** The failures of one vector on the oracle, as lines. */
async function failuresOf(raw: object): Promise<string[]> {
  const { vectors, errors } = parseVectorFile(JSON.stringify({ vectors: [{ name: 'x', ...raw }] }), 'test.json');
  if (errors.length > 0) return errors.map((error) => error.message);
  const { failures } = await playVector(vectors[0]!, oracleSubjects);
  return failures.map(({ step, expected, seen }) => `${step} | ${expected} | ${seen}`);
}

/** Runs a folder with the given files; returns what was printed and whether it was good. */
async function runFolder(
  files: Record<string, string>,
  only: string | null = null,
): Promise<{ lines: string[]; good: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const lines: string[] = [];
    const print = (line: string): number => lines.push(line);
    const { good } = await runVectors({ folder, engines: [oracleSubjects], only, verbose: false, print });
    return { lines, good };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const FINE = {
  name: 'fine',
  kind: 'sorter',
  steps: [{ op: 'add', client: 'a' }],
  expect: [{ after: 0, type: 'count', value: 1 }],
};
const BENCHMARK = {
  name: 'big',
  kind: 'benchmark_shape',
  steps: [{ op: 'benchmark' }],
  expect: [{ after: 0, type: 'completes' }],
};
const fileOf = (...vectors: object[]): string => JSON.stringify({ vectors });

test('a wrong expectation is reported, wherever the mistake is', async () => {
  let tried = 0;
  for (const vector of committedVectors()) {
    if (oracleSubjects.withoutKinds.includes(vector.kind)) continue;
    for (const [i, expectation] of vector.expect.entries()) {
      for (const wrong of wrongVariants(expectation)) {
        tried++;
        const failures = await failuresOf({ ...vector, expect: vector.expect.with(i, wrong) });
        assert.ok(failures.length > 0, `${vector.name}: ${JSON.stringify(wrong)} passed`);
      }
    }
  }
  assert.ok(tried > 250, `only ${tried} variants`);
});

test('leaving out a step makes a vector fail', async () => {
  const inert = new Set(['initialize', 'settle', 'none', 'recoverAllOffers']);
  for (const vector of committedVectors().filter(({ kind }) => kind === 'allocator')) {
    let failed = 0;
    for (const [i, step] of vector.steps.entries()) {
      if (inert.has(step['op'] as string)) continue;
      const failures = await failuresOf({ ...vector, steps: vector.steps.with(i, { op: 'none' }) });
      if (failures.length > 0) failed++;
    }
    assert.ok(failed > 0, vector.name);
  }
});

test('offers of an agent to a role are compared by their sum, one step sees the same offers', async () => {
  const total = [{ scalars: { cpus: 2 } }];
  const steps = [
    { op: 'addFramework', framework: 'f', roles: ['r'], capabilities: ['MULTI_ROLE'], active: true },
    { op: 'addAgent', agent: 'm', total },
  ];
  const offers = { f: { r: { m: total } } };
  const together = [
    { after: 1, type: 'offers_count', count: 1 },
    { after: 1, type: 'offers', offers },
    { after: 1, type: 'no_offers' },
  ];
  assert.deepEqual(await failuresOf({ kind: 'allocator', steps, expect: together }), []);
  const twice = [...steps, { op: 'recoverAllOffers' }, { op: 'advanceClock', secs: 1 }];
  const sum = { f: { r: { m: [{ scalars: { cpus: 4 } }] } } };
  const inSum = [{ after: 3, type: 'offers', offers: sum }];
  assert.deepEqual(await failuresOf({ kind: 'allocator', steps: twice, expect: inSum }), []);
  const later = [together[1], { after: 3, type: 'offers', offers }];
  assert.deepEqual(await failuresOf({ kind: 'allocator', steps: twice, expect: later }), []);
});

test('a step that is refused fails the vector unless its result is judged', async () => {
  const steps = [{ op: 'removeAgent', agent: 'nobody' }];
  const metrics = { after: 0, type: 'metrics', values: { 'allocator/mesos/allocation_runs': 0 } };
  const [failure] = await failuresOf({ kind: 'allocator', steps, expect: [metrics] });
  assert.match(failure ?? '', /^step 0 removeAgent \| the step to be accepted \| UNKNOWN_AGENT/);
  const judged = [{ after: 0, type: 'result', ok: false }];
  assert.deepEqual(await failuresOf({ kind: 'allocator', steps, expect: judged }), []);
});

test('unknown kinds, operations and expectations fail and say what is known', async () => {
  const cases: [object, RegExp][] = [
    [{ kind: 'scheduler' }, /kind \| one of the kinds sorter,.* \| scheduler/],
    [{ steps: [{ op: 'explode' }] }, /steps\[0\]\.op: "explode": unknown operation; known are addAgent,/],
    [{ expect: [{ after: 0, type: 'peace' }] }, /expect\[0\]\.type: "peace": unknown expectation; known are sort,/],
    [{ kind: 'allocator', steps: [{ op: 'toString' }] }, /unknown operation/],
  ];
  for (const [change, expected] of cases) {
    assert.match((await failuresOf({ ...FINE, ...change })).join('\n'), expected);
  }
});

test('a malformed file or vector is an error that names file and field', async () => {
  const cases: [string, RegExp][] = [
    ['{', /^FAILED v\.json: "\{": it is not JSON/],
    ['[]', /^FAILED v\.json: \[\]: an object is needed/],
    ['{}', /^FAILED v\.json: vectors: missing; a list is needed/],
    [fileOf({ ...FINE, name: 3 }), /vectors\[0\]\.name: 3: a text is needed/],
    [fileOf({ ...FINE, steps: {} }), /v\.json: fine\.steps: \{\}: a list is needed/],
    [fileOf({ ...FINE, steps: [{}] }), /fine\.steps\[0\]\.op: missing; a text is needed/],
    [fileOf({ ...FINE, expect: [] }), /fine\.expect: \[\]: at least one expectation is needed/],
    [fileOf({ ...FINE, expect: [{ after: 1, type: 'count' }] }), /fine\.expect\[0\]\.after: 1: an index of a step/],
    [fileOf({ ...FINE, sorters: ['fifo'] }), /fine\.sorters: \["fifo"\]: a list of drf, random/],
    [fileOf(FINE, FINE), /another vector of the file has this name/],
    [fileOf({ ...FINE, expect: [{ after: 0, type: 'count' }] }), /no error/],
  ];
  for (const [text, expected] of cases) {
    const { lines, good } = await runFolder({ 'v.json': text });
    assert.match(lines.join('\n'), expected);
    assert.equal(good, false);
    assert.match(lines.at(-1)!, /^\d+ passed, [1-9]\d* failed$/);
  }
});

test('fields inside operations are checked with their path', async () => {
  const expect = [{ after: 0, type: 'no_offers' }];
  const one = async (step: object): Promise<string> => {
    return (await failuresOf({ kind: 'allocator', steps: [step], expect })).join();
  };
  const withTotal = (bundle: object): Promise<string> => one({ op: 'addAgent', agent: 'm', total: [bundle] });
  assert.match(await one({ op: 'addAgent', agent: 'm' }), /steps\[0\]\.total: missing; a list is needed/);
  assert.match(await withTotal({ scalars: { cpus: 'x' } }), /total\[0\]\.scalars\.cpus: "x"/);
  assert.match(await withTotal({ scalar: {} }), /total\[0\]\.scalar: .*no such field of a bundle/);
  assert.match(await withTotal({ ranges: { p: [[1]] } }), /ranges\.p\[0\]: \[1\]: a pair/);
  assert.match(await one({ op: 'advanceClock', secs: null }), /secs: null: a number is needed/);
});

test('the last lines tell what was skipped, passed and failed', async () => {
  const wrong = { ...FINE, name: 'wrong', expect: [{ after: 0, type: 'count', value: 2 }] };
  const files = { 'a.json': fileOf(FINE, BENCHMARK), 'b.json': fileOf(wrong), 'c.txt': 'no' };
  const { lines, good } = await runFolder(files);
  assert.equal(good, false);
  assert.deepEqual(lines, [
    'FAILED wrong [oracle] step 0 add, expect count',
    '  expected: count 2',
    '  seen:     count 1',
    '1 skipped: benchmark_shape 1',
    '1 passed, 1 failed',
  ]);
  assert.equal((await runFolder({ 'a.json': fileOf(FINE, wrong) }, 'fine')).good, true);
});

test('no vector files, no chosen vector, or no such folder is not good', async () => {
  assert.deepEqual((await runFolder({ 'notes.md': '' })).good, false);
  assert.deepEqual((await runFolder({ 'a.json': fileOf(FINE) }, 'no such name')).good, false);
  const lines: string[] = [];
  const print = (line: string): number => lines.push(line);
  const nowhere = { folder: '/nonexistent', engines: [oracleSubjects], only: null, verbose: false, print };
  const { good } = await runVectors(nowhere);
  assert.equal(good, false);
  assert.match(lines[0]!, /the folder cannot be read/);
});

test('an engine that cannot be loaded fails its runs and says why', async () => {
  const lines: string[] = [];
  const { failed, good } = await runVectors({
    folder: DATA,
    engines: [{ engine: 'native', missing: 'no compiler' }],
    only: 'sorter/',
    verbose: false,
    print: (line) => lines.push(line),
  });
  assert.equal(good, false);
  assert.ok(failed > 0);
  assert.match(lines[0]!, /engine native cannot be loaded: no compiler/);
});

test('fields that nobody understands are pointed out', async () => {
  const steps = [{ op: 'add', client: 'a', colour: 1, note: 'x' }];
  const { lines } = await runFolder({ 'a.json': fileOf({ ...FINE, steps }) });
  assert.equal(lines[0], 'warning: fine [oracle] step 0 add: field colour is not understood');
});

test('the command line: exit codes and usage', () => {
  const run = (...args: string[]): { code: number | null; out: string; err: string } => {
    const runner = join(import.meta.dirname, 'run.ts');
    const child = spawnSync(process.execPath, ['--import', 'tsx', runner, ...args], { encoding: 'utf8' });
    return { code: child.status, out: child.stdout, err: child.stderr };
  };
  const fine = run(DATA, '--engine', 'oracle', '--only', 'role-tree', '--verbose');
  assert.equal(fine.code, 0);
  assert.equal(fine.out, 'passed role-tree/reasons [oracle]\n0 skipped\n1 passed, 0 failed\n');
  assert.equal(run(import.meta.dirname, '--engine', 'oracle').code, 1);
  const wrong = run(DATA, '--engine', 'steam');
  assert.equal(wrong.code, 64);
  assert.match(wrong.err, /--engine steam: no such engine[^]*usage: npm run vectors/);
});
