/** Files as one line of bytes: pieces cover each byte once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteWork, rangesOf } from '../../src/jobs/byte-work.js';
import { inputFiles } from './in-memory.js';

const namesOf = (input: number, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, k) => `${input}:${from + k}`);

test('pieces of any cuts cover every byte of every file once, in order', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(160), { maxLength: 6 }), (bytes, cuts) => {
      const work = byteWork(inputFiles(bytes.map((length) => new Uint8Array(length))));
      const ends = [0, ...cuts.filter((cut) => cut < work.units).sort((a, b) => a - b), work.units];
      const seen = ends.slice(1).flatMap((end, i) => {
        const ranges = rangesOf(work.piece(ends[i]!, end));
        assert.ok(ranges.every((range) => range.from < range.to));
        return ranges.flatMap(({ input, from, to }) => namesOf(input, from, to));
      });
      assert.deepEqual(seen, bytes.flatMap((length, input) => namesOf(input, 0, length)));
    }),
  );
});

test('a piece names the inputs it reads', () => {
  const work = byteWork(inputFiles([new Uint8Array(10), new Uint8Array(0), new Uint8Array(10), new Uint8Array(10)]));
  assert.deepEqual(work.inputsOf!(work.piece(5, 15)), [0, 2]);
  assert.deepEqual(work.inputsOf!(work.piece(20, 30)), [3]);
  assert.equal(work.units, 30);
});
