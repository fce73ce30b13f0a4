/** What the scripts decide before anything is built: what is missing, what changed, what went wrong. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { modulesMissing } from '../../scripts/lib/modules.mjs';
import { gist } from '../../scripts/lib/native.mjs';
import { ROOT, capture, findProgram } from '../../scripts/lib/process.mjs';
import { filesBelow, hashOf } from '../../scripts/lib/stamp.mjs';

/** A folder that is gone after the callback. */
function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'mete-scripts-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('missing and outdated packages are noticed, absent optional ones are not', () => {
  const lock = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/a/node_modules/@s/b': { version: '2.0.0' },
    'node_modules/mac-only': { version: '3.0.0', optional: true },
  };
  const a = { version: '1.0.0' };
  const b = { version: '2.0.0' };
  assert.equal(modulesMissing(lock, undefined), 'node_modules is missing');
  assert.equal(modulesMissing(lock, { 'node_modules/a': a }), '@s/b 2.0.0 is missing');
  const outdated = { 'node_modules/a': { version: '0.9.0' }, 'node_modules/a/node_modules/@s/b': b };
  assert.equal(modulesMissing(lock, outdated), 'a 1.0.0 is missing');
  assert.equal(modulesMissing(lock, { 'node_modules/a': a, 'node_modules/a/node_modules/@s/b': b }), null);
});

test('the hash of inputs follows contents, names and words, not times', () => {
  inFolder((folder) => {
    const path = relative(ROOT, folder);
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/a'), 'one');
    const before = hashOf([path]);
    assert.deepEqual(filesBelow(path), [`${path}/sub/a`]);
    writeFileSync(join(folder, 'sub/a'), 'one');
    assert.equal(hashOf([path]), before);
    writeFileSync(join(folder, 'sub/a'), 'two');
    assert.notEqual(hashOf([path]), before);
    writeFileSync(join(folder, 'sub/a'), 'one');
    assert.notEqual(hashOf([path], ['another compiler']), before);
    writeFileSync(join(folder, 'sub/b'), '');
    assert.notEqual(hashOf([path]), before);
    assert.deepEqual(filesBelow(`${path}/missing`), []);
  });
});

test('programs are found in PATH, in order of preference, and only if they can be run', (t) => {
  inFolder((folder) => {
    const path = process.env['PATH'];
    t.after(() => (process.env['PATH'] = path));
    process.env['PATH'] = folder;
    writeFileSync(join(folder, 'second'), '#!/bin/sh\n');
    assert.equal(findProgram(['first', 'second']), null);
    chmodSync(join(folder, 'second'), 0o755);
    assert.equal(findProgram(['first', 'second']), join(folder, 'second'));
    assert.equal(findProgram([join(folder, 'second')]), join(folder, 'second'));
    assert.equal(findProgram([join(folder, 'first')]), null);
  });
});

test('the gist of a failed build is its first error', () => {
  const log = '-- Detecting compiler\n  native/core/engine.cc:3:1: error: expected id\nninja: build stopped';
  assert.equal(gist(log), 'native/core/engine.cc:3:1: error: expected id');
  assert.equal(gist('\nsomething odd\n'), 'something odd');
  assert.equal(gist(''), 'no output');
});

test('a program that cannot be started is a code, not an exception', () => {
  const { code, text } = capture('mete-no-such-program', []);
  assert.equal(code, 127);
  assert.match(text, /ENOENT/);
});
