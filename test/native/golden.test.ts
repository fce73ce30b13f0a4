/** What the C++ tests are held to is what the TypeScript twins do now. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { JS_NUMBERS_DATA, jsNumberLines } from './js-numbers-data.js';
import { PROGRAM_FOLDER, programFiles } from './golden-programs.js';

test('programs for the C++ engine are those of the TypeScript engine', () => {
  const files = programFiles();
  const found = readdirSync(PROGRAM_FOLDER).filter((name) => name.endsWith('.program'));
  assert.deepEqual(found.sort(), [...files.keys()].sort(), 'run: npm run golden');
  for (const [name, text] of files) {
    const written = readFileSync(`${PROGRAM_FOLDER}/${name}`, 'utf8');
    assert.ok(written === text, `${name} is not current; run: npm run golden`);
  }
});

test('numbers for the C++ engine are printed as JavaScript prints them', () => {
  assert.equal(readFileSync(JS_NUMBERS_DATA, 'utf8'), jsNumberLines(), 'run: npm run golden');
});
