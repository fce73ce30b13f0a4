/** Banned words: tests each rule of check-words.ts on planted breaches, then every committed text file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWords } from './check-words.js';
import { assertTidy, projectFiles, show } from './sources.js';

const PLANTED: readonly [path: string, text: string, reason: RegExp][] = [
  ['docs/x.md', 'TODO: write this', /a promise/],
  ['src/base/x.ts', 'f(); // FIXME later', /a promise/],
  ['src/base/x.ts', '// @ts-ignore', /type checker/],
  ['src/base/x.ts', '// @ts-expect-error', /type checker/],
  ['src/base/x.ts', '/* eslint-disable */', /lint is switched off/],
  ['native/core/x.cc', '#pragma GCC diagnostic ignored "-Wall"', /warning/],
  ['test/x.test.ts', "test.only('x', () => {});", /other tests/],
  ['test/x.test.ts', "test('x', { only: true }, () => {});", /other tests/],
  ['test/x.test.ts', "describe.skip('x', () => {});", /without reason/],
  ['test/x.test.ts', "test('x', { skip: true }, () => {});", /without reason/],
  ['test/x.test.ts', 't.skip();', /without reason/],
  ['native/test/x.cc', 'TEST(X, DISABLED_Y) {}', /without reason/],
  ['README.md', 'run it in /work/main', /somebody's machine/],
  ['src/base/x.ts', "const path = '/tmp/x';", /somebody's machine/],
  ['.ci/run', 'cd /root/project', /somebody's machine/],
  ['docs/x.md', '(/home/me/mete)', /somebody's machine/],
  ['package-lock.json', '"resolved": "http://localhost:4873/x.tgz"', /private registry/],
];

for (const [path, text, reason] of PLANTED) {
  test(`a banned word is found: ${path}: ${text}`, () => {
    const breaches = checkWords([{ path, text: `first line\n${text}` }]);
    assert.equal(breaches.length, 1, show(breaches));
    assert.equal(breaches[0]?.line, 2);
    assert.match(breaches[0].reason, reason);
  });
}

const ALLOWED: readonly [path: string, text: string][] = [
  ['test/x.test.ts', "test('x', { skip: noAddon }, () => {}); t.skip('no compiler on this machine');"],
  ['src/base/x.ts', "import { a } from '../work/b.js'; const url = 'http://host/home/x'; const glob = 'x/tmp/';"],
  ['src/base/x.ts', 'const todos = toDo(); readonly({ readonly: true });'],
  ['package-lock.json', '"resolved": "https://registry.npmjs.org/x/-/x-1.0.0.tgz"'],
];

for (const [path, text] of ALLOWED) {
  test(`no banned word: ${path}: ${text}`, () => assert.equal(show(checkWords([{ path, text }])), ''));
}

test('no committed text file has a banned word', () => {
  assertTidy(checkWords(projectFiles(/./)));
});
