/** Sizes hold: tests each checker of check-sizes.ts on a planted breach, then the project. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFileLengths, checkFirstParagraphs, checkFunctionLengths, checkLineLengths } from './check-sizes.js';
import { assertTidy, projectFiles, show, type TextFile } from './sources.js';

const file = (text: string): TextFile[] => [{ path: 'src/base/x.ts', text }];
const lines = (count: number): string => 'x();\n'.repeat(count);

test('a file of 401 lines is found, one of 400 is not', () => {
  assert.match(show(checkFileLengths(file(lines(401)))), /has 401 lines/);
  assert.equal(show(checkFileLengths(file(lines(400)))), '');
});

test('a line of 121 characters is found, one of 120 is not, whatever their bytes', () => {
  assert.match(show(checkLineLengths(file(`short\n${'a'.repeat(121)}\n`))), /:2: has 121 characters/);
  assert.equal(show(checkLineLengths(file('é'.repeat(120)))), '');
});

test('functions of 71 lines are found in every form, those of 70 are not', () => {
  for (const [head, tail, name] of [
    ['function f() {\n', '}', 'f'],
    ['const f = () => {\n', '};', 'a function'],
    ['class C {\nmethod(): void {\n', '}\n}', 'method'],
    ['class C {\nconstructor() {\n', '}\n}', 'constructor'],
  ] as const) {
    assert.match(show(checkFunctionLengths(file(head + lines(69) + tail))), new RegExp(`${name} has 71 lines`));
    assert.equal(show(checkFunctionLengths(file(head + lines(68) + tail))), '');
  }
});

test('a file without a first paragraph is found', () => {
  assert.match(show(checkFirstParagraphs(file("import x from 'y';\n/** What it is and why. */"))), /does not start/);
  assert.match(show(checkFirstParagraphs(file('/** x */\nf();'))), /does not start/);
  assert.equal(show(checkFirstParagraphs(file('#!/usr/bin/env node\n/** The words without a domain. */'))), '');
  assert.equal(show(checkFirstParagraphs(file('// What this is,\n// and why.\nf();'))), '');
});

test('files of src, native and bench are short enough', () => {
  assertTidy(checkFileLengths(projectFiles(/^(src|native|bench|scripts)\/.*\.(ts|mjs|cc|h)$/)));
});

test('functions of src, bench and scripts are short enough', () => {
  assertTidy(checkFunctionLengths(projectFiles(/^(src|bench|scripts)\/.*\.(ts|mjs)$/)));
});

test('lines of code are short enough', () => {
  assertTidy(checkLineLengths(projectFiles(/\.(ts|mjs|js|cc|h)$|^(CMakeLists\.txt|binding\.gyp)$/)));
});

test('files of code start with what they are', () => {
  assertTidy(checkFirstParagraphs(projectFiles(/^(src|native|bench|scripts|test)\/.*\.(ts|mjs|cc|h)$/)));
});
