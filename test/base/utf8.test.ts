/** compareUtf8 is the order of the encoded bytes. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareUtf8 } from '../../src/base/utf8.js';

const wellFormed = fc.string({
  unit: fc.constantFrom('a', 'b', '\0', 'é', 'ÿ', '\ud7ff', '\ue000', '\uffff', '💾', '𐀀'),
});
const anyUnits = fc
  .array(fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff), { maxLength: 6 })
  .map((units) => String.fromCharCode(...units));

test('strings compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(wellFormed, wellFormed, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test('characters outside the BMP come after those in it, unlike in the order of JavaScript', () => {
  assert.ok(compareUtf8('\uffff', '💾') < 0);
  assert.ok('\uffff' > '💾');
  assert.ok(compareUtf8('a💾', 'a\ue000') > 0);
  assert.ok(compareUtf8('💾', '💾a') < 0);
});

test('the order is total, also over strings with lone surrogates', () => {
  const codePoints = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);
  const slow = (a: string, b: string): number => {
    const left = codePoints(a);
    const right = codePoints(b);
    const at = left.findIndex((point, i) => point !== right[i]);
    if (at < 0) return Math.sign(left.length - right.length);
    return at >= right.length ? 1 : Math.sign((left[at] ?? 0) - (right[at] ?? 0));
  };
  fc.assert(fc.property(anyUnits, anyUnits, (a, b) => assert.equal(Math.sign(compareUtf8(a, b)), slow(a, b))));
  fc.assert(fc.property(anyUnits, (a) => assert.equal(compareUtf8(a, `${a}`), 0)));
});
