/** Ids and uuids: what is refused, and with which text. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { validateId, validateUuid } from '../../../src/master/core/validation/index.js';
import { expectTexts } from './fixtures.js';

test('[B174] ids are names of files: not empty, at most 255 bytes, no slashes, no control characters', () => {
  const long = 'ID must not be greater than 255 characters';
  expectTexts(validateId, [
    ['a', null],
    ['Größe 1', null],
    ['...', null],
    ['a'.repeat(255), null],
    ['ä'.repeat(127), null],
    ['😀'.repeat(63), null],
    ['', 'ID must not be empty'],
    ['a'.repeat(256), long],
    ['ä'.repeat(128), long],
    ['😀'.repeat(64), long],
    ['.', "'.' is disallowed"],
    ['..', "'..' is disallowed"],
    ['a/b', "'a/b' contains invalid characters"],
    ['a\\b', "'a\\b' contains invalid characters"],
    ['a\nb', "'a\nb' contains invalid characters"],
    ['a\0', "'a\0' contains invalid characters"],
    ['a\x7f', "'a\x7f' contains invalid characters"],
  ]);
});

test('lengths of ids are those of their bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 60, maxLength: 300 }), (id) => {
      const told = validateId(id) === 'ID must not be greater than 255 characters';
      assert.equal(told, Buffer.byteLength(id) > 255);
    }),
    { numRuns: 200 },
  );
});

test('[B172] a uuid is 16 bytes', () => {
  assert.equal(validateUuid(new Uint8Array(16)), null);
  assert.equal(validateUuid(new Uint8Array(15)), 'Not a valid UUID');
  assert.equal(validateUuid(new Uint8Array(0)), 'Not a valid UUID');
});
