/** Bundles: one file, the same for the same module, with the job as its default export and without the rest of mete. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { builtInJobs, bundleJob } from '../../src/framework/shell/bundle.js';

const root = mkdtempSync(join(tmpdir(), 'mete-bundle-'));
after(() => rmSync(root, { recursive: true, force: true }));

function module(name: string, text: string): string {
  writeFileSync(join(root, name), text);
  return join(root, name);
}

const PARTS = `export const name = 'parts';
export const needs = { cpus: 1, memMb: 1 };
export const split = () => ({ units: 1, unit: 'items', piece: () => 0 });
export const run = () => helper();
export const merge = (a, b) => a + b;`;

test('the jobs of mete are bundled, small, named by their hash, the same each time', async () => {
  for (const name of builtInJobs()) {
    const bundle = await bundleJob(name, root);
    assert.equal(bundle.job.name, name);
    assert.equal(bundle.sha256, createHash('sha256').update(bundle.code).digest('hex'));
    assert.equal((await bundleJob(name, root)).sha256, bundle.sha256);
    assert.ok(bundle.code.length < 60_000, `${name}: ${bundle.code.length} bytes`);
  }
});

test('a module of named exports becomes a default export; what it imports is taken in', async () => {
  mkdirSync(join(root, 'lib'));
  const helper = "const { basename } = require('node:path'); exports.helper = () => basename('/x/imported');";
  module('lib/helper.cjs', helper);
  const job = module('parts.mjs', `import { helper } from './lib/helper.cjs';\n${PARTS}`);
  const { sha256 } = await bundleJob(job, root);
  const loaded = (await import(pathToFileURL(join(root, `${sha256}.mjs`)).href)) as { default: { run: () => string } };
  assert.equal(loaded.default.run(), 'imported');
});

test('TypeScript is understood, and mete itself is only what jobs need', async () => {
  const job = module('typed.ts', `import { defineJob, byteWork } from 'mete';
    interface Piece { ranges: readonly number[] }
    export default defineJob({ name: 'typed', needs: { cpus: 1, memMb: 1 }, split: (inputs) => byteWork(inputs),
      run: (piece: Piece): number => piece.ranges.length, merge: (a, b: number) => a + b });`);
  const bundle = await bundleJob(job, root);
  assert.equal(bundle.job.name, 'typed');
  assert.ok(bundle.code.length < 20_000);
});

test('what cannot be bundled or loaded is told with file, line and reason', async () => {
  const bad: [string, string, RegExp][] = [
    ['syntax.mjs', 'export const name = ;', /cannot be bundled: .*syntax\.mjs:1: Unexpected ";"/],
    ['missing.mjs', "import './nowhere.js'; export default {};", /missing\.mjs:1: Could not resolve "\.\/nowhere\.js"/],
    ['throws.mjs', "throw new Error('at once');", /it threw when it was loaded: at once/],
    ['empty.mjs', '', /job export name/],
  ];
  for (const [name, text, message] of bad) {
    await assert.rejects(bundleJob(module(name, text), root), { code: 'INVALID_ARGUMENT', message });
  }
});
