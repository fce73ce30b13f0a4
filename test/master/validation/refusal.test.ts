/** How numbers and sets print in texts, and when messages are equal. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { equalMessages, printDouble, printSet } from '../../../src/master/core/validation/index.js';
import { printAmount, printMegabytes } from '../../../src/master/core/validation/refusal.js';
import { expectTexts } from './fixtures.js';

test('numbers print as C++ streams print them', () => {
  expectTexts((value: number) => printDouble(value), [
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [100000, '100000'],
    [1000000, '1e+06'],
    [1234567, '1.23457e+06'],
    [0.0001, '0.0001'],
    [0.00001234, '1.234e-05'],
    [999999.5, '1e+06'],
    [1e100, '1e+100'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ]);
  expectTexts(printAmount, [
    [0.1, '0.1'],
    [1.0004, '1'],
    [123456789.123, '123456789.123'],
    [Infinity, 'inf'],
  ]);
  expectTexts(printMegabytes, [
    [0, '0B'],
    [32, '32MB'],
    [1024, '1GB'],
    [31.5, '32256KB'],
    [1 / 1024 / 1024, '1B'],
  ]);
  assert.equal(printSet(['b', 'a']), '{ b, a }');
  assert.equal(printSet([]), '{  }');
});

test('messages are equal if what is set in them is', () => {
  const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list);
  const equal: [unknown, unknown][] = [
    [{ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1 }],
    [{ a: 1, b: undefined }, { a: 1 }],
    [{ a: bytes(1, 2) }, { a: bytes(1, 2) }],
  ];
  const unequal: [unknown, unknown][] = [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 1, b: false }],
    [{ a: 1, b: false }, { a: 1 }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: [1] }, { a: [1, 1] }],
    [{ a: bytes(1) }, { a: bytes(2) }],
    [{ a: bytes(1) }, { a: [1] }],
    [{ a: [] }, { a: {} }],
    [{ a: {} }, { a: [] }],
    [{ a: {} }, { a: bytes() }],
    [{ a: null }, { a: {} }],
    [{ a: 'x' }, { a: {} }],
  ];
  for (const [a, b] of equal) assert.equal(equalMessages(a, b), true);
  for (const [a, b] of unequal) assert.equal(equalMessages(a, b), false);
});
