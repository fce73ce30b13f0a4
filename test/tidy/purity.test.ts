/** Purity holds: tests each rule of check-purity.ts on planted breaches, then the pure rooms of the project. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPurity } from './check-purity.js';
import { roomOf } from './floors.js';
import { assertTidy, projectFiles, show } from './sources.js';

const PLANTED: readonly [text: string, word: string][] = [
  ['export const now = () => Date.now();', 'Date'],
  ['export function at(when: Date): number { return Number(when); }', 'Date'],
  ['export const die = (): number => Math.random();', 'Math.random'],
  ['const { random } = Math;', 'Math other'],
  ["const die = Math['random']();", 'Math other'],
  ['const start = performance.now();', 'performance'],
  ['const home = process.env.HOME;', 'process'],
  ['setTimeout(() => undefined, 1);', 'setTimeout'],
  ['queueMicrotask(() => undefined);', 'queueMicrotask'],
  ["console.log('x');", 'console'],
  ['export async function f(): X {}', 'async'],
  ['const f = async () => 1;', 'async'],
  ['for await (const x of xs) f(x);', 'await'],
  ['type X = Promise<number>;', 'Promise'],
  ["const x = import('./x.js');", 'import()'],
  ["const x = fetch('http://a');", 'fetch'],
  ['names.sort((a, b) => a.localeCompare(b));', 'localeCompare'],
  ['const clock = globalThis.performance;', 'globalThis'],
  ['const f = { now: Date };', 'Date'],
  ['const f = { Date };', 'Date'],
];

for (const [text, word] of PLANTED) {
  test(`an impurity is found: ${text}`, () => {
    const breaches = checkPurity([{ path: 'src/base/x.ts', text }]);
    assert.equal(breaches.length, 1, show(breaches));
    assert.ok(breaches[0]?.reason.includes(`have no ${word}`), show(breaches));
  });
}

const CLEAN: readonly string[] = [
  '// Date, Math.random, async, await, console\nconst text = "Date.now() setTimeout Promise";',
  'const x = Math.max(1, Math.imul(2, 3)) | 0;',
  'const x = { process: 1, console: 2 }; const y = x.process + x.console; const { process: z } = x;',
  'class C { fetch(): number { return 1; } private Date = 2; }',
  'interface I { process: number; random(): number }',
  'const n = dice.random();',
  "import { fetch as take } from './x.js';",
];

for (const text of CLEAN) {
  test(`no impurity: ${text.replace('\n', ' ')}`, () => {
    assert.equal(show(checkPurity([{ path: 'src/base/x.ts', text }])), '');
  });
}

test('the pure rooms of the project are pure', () => {
  const pure = projectFiles(/^src\/.*\.ts$/).filter((file) => roomOf(file.path)?.pure === true);
  assert.ok(pure.length > 0);
  assertTidy(checkPurity(pure));
});
