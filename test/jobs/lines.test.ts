/** Lines of ranges: each line of a text once, however it is cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf } from '../../src/jobs/lines.js';
import { contextOver } from './in-memory.js';

function obvious(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '' && !text.endsWith('\r')) lines.pop();
  return lines;
}

test('each line once, in order, for any cuts and chunks', () => {
  const part = fc.constantFrom('a', 'bc', '\n', '\n', '\r\n', 'ä');
  const text = fc.array(part, { maxLength: 40 }).map((parts) => parts.join(''));
  const places = fc.array(fc.nat(80), { maxLength: 6 });
  fc.assert(
    fc.property(text, places, fc.integer({ min: 1, max: 9 }), (whole, cuts, chunkBytes) => {
      const bytes = Buffer.from(whole);
      const ends = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const context = contextOver([bytes], {}, chunkBytes);
      const lines = ends.slice(1).flatMap((to, i) => {
        const from = ends[i]!;
        return from < to ? [...linesOf(context, { input: 0, from, to })] : [];
      });
      assert.deepEqual(lines, obvious(whole));
    }),
    { numRuns: 500 },
  );
});
