/**
 * `npm run features` writes docs/FEATURES.md from the titles of the tests; with --check (a step of `npm run check`) it
 * only says whether the file is out of date. Either way a test that claims an unknown feature is an error.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureModules } from './lib/modules.mjs';
import { ROOT, say } from './lib/process.mjs';
import { filesBelow, readJson } from './lib/stamp.mjs';

await ensureModules();
const { claimsOf, featuresDocument, unknownClaims } = await import('./lib/features.mjs');

const DOCUMENT = join(ROOT, 'docs/FEATURES.md');
const rows = readJson('test/features/rows.json');
const tests = filesBelow('test').filter((path) => path.endsWith('.test.ts'));
const claims = tests.flatMap((path) => claimsOf(path, readFileSync(join(ROOT, path), 'utf8')));
const unknown = unknownClaims(rows, claims);
for (const line of unknown) say(line);
if (unknown.length > 0) process.exit(1);

const wanted = featuresDocument(rows, claims);
if (process.argv.includes('--check')) {
  const current = filesBelow('docs/FEATURES.md').map(() => readFileSync(DOCUMENT, 'utf8'))[0];
  if (current === wanted) process.exit(0);
  say('docs/FEATURES.md is out of date: run npm run features and commit it');
  process.exit(1);
}
mkdirSync(join(ROOT, 'docs'), { recursive: true });
writeFileSync(DOCUMENT, wanted);
