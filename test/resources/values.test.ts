/** Amounts, ranges and sets: exact arithmetic on values, against obvious models. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addMilli, fromMilli, MAX_MILLI, toMilli } from '../../src/resources/amount.js';
import {
  addRanges,
  containsRanges,
  countRanges,
  equalRanges,
  NO_RANGES,
  normalizeRanges,
  type Ranges,
  subtractRanges,
} from '../../src/resources/ranges.js';
import {
  addItems,
  containsItems,
  equalItems,
  NO_ITEMS,
  normalizeItems,
  subtractItems,
} from '../../src/resources/sets.js';
import { refuses } from './refuses.js';

test('[A25] amounts are thousandths, rounded half away from zero', () => {
  const cases: readonly [number, number][] = [
    [0, 0],
    [-0, 0],
    [1, 1000],
    [0.1, 100],
    [0.0005, 1],
    [0.00049, 0],
    [1.0015, 1002], // 1001.5 exactly after the multiplication
    [0.0001, 0],
    [4.0015, 4002],
    [1e9, 1e12],
    [9007199254740.99, 9007199254740990],
  ];
  for (const [value, milli] of cases) assert.ok(Object.is(toMilli(value), milli), `${value}: ${toMilli(value)}`);
});

test('[A25] sums of decimals are exact: ten times 0.1 is 1', () => {
  let sum = 0;
  for (let i = 0; i < 10; i++) sum = addMilli(sum, toMilli(0.1), 'cpus');
  assert.equal(fromMilli(sum), 1);
});

test('[A25] an amount survives the way out and in again', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4e15 }), (milli) => assert.equal(toMilli(fromMilli(milli)), milli)));
});

test('what is no amount is refused by name', () => {
  refuses('INVALID_RESOURCES', () => toMilli(-1, 'cpus'), 'cpus -1: it is negative');
  refuses('INVALID_RESOURCES', () => toMilli(-1e-9, 'cpus'), 'it is negative');
  refuses('INVALID_RESOURCES', () => toMilli(NaN, 'cpus'), 'cpus NaN: it is not a number');
  refuses('INVALID_RESOURCES', () => toMilli(Infinity, 'mem'), 'mem Infinity: it is not finite');
  refuses('INVALID_QUOTA', () => toMilli(1e13, 'mem', 'INVALID_QUOTA'), 'beyond 2^53 - 1 thousandths');
  refuses('INVALID_RESOURCES', () => toMilli('4' as unknown as number, 'cpus'), 'cpus "4": it is not a number');
  refuses('LIMIT_EXCEEDED', () => addMilli(MAX_MILLI, 1, 'disk'), 'disk');
});

const pair = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 6 })).map(([b, n]) => [b, b + n]);
const pairs = fc.array(pair, { maxLength: 12 }).map((list) => list.flat());

function integersOf(flat: readonly number[]): Set<number> {
  const out = new Set<number>();
  for (let i = 0; i < flat.length; i += 2) for (let n = flat[i]!; n <= flat[i + 1]!; n++) out.add(n);
  return out;
}

function rangesOf(integers: Iterable<number>): Ranges {
  return normalizeRanges([...integers].flatMap((n) => [n, n]));
}

function assertNormal(ranges: Ranges): void {
  assert.equal(ranges.length % 2, 0);
  for (let i = 0; i < ranges.length; i += 2) {
    assert.ok(ranges[i]! <= ranges[i + 1]!);
    if (i > 0) assert.ok(ranges[i]! > ranges[i - 1]! + 1, `not coalesced: ${ranges.join()}`);
  }
}

test('[A26] ranges are sets of integers in one normal form', () => {
  fc.assert(
    fc.property(pairs, (flat) => {
      const ranges = normalizeRanges(flat);
      assertNormal(ranges);
      assert.deepEqual(integersOf(ranges), new Set([...integersOf(flat)]));
      assert.deepEqual(ranges, rangesOf(integersOf(flat)));
      assert.equal(countRanges(ranges), integersOf(flat).size);
    }),
  );
});

test('[A26] union, difference and containment of ranges are those of the integers', () => {
  fc.assert(
    fc.property(pairs, pairs, (flatA, flatB) => {
      const a = normalizeRanges(flatA);
      const b = normalizeRanges(flatB);
      const inA = integersOf(a);
      const inB = integersOf(b);
      const sum = addRanges(a, b);
      const rest = subtractRanges(a, b);
      assertNormal(sum);
      assertNormal(rest);
      assert.deepEqual(sum, rangesOf([...inA, ...inB]));
      assert.deepEqual(rest, rangesOf([...inA].filter((n) => !inB.has(n))));
      assert.equal(containsRanges(a, b), [...inB].every((n) => inA.has(n)));
      assert.equal(containsRanges(sum, a) && containsRanges(sum, b), true);
      assert.equal(equalRanges(a, b), containsRanges(a, b) && containsRanges(b, a));
      if (![...inB].some((n) => inA.has(n))) assert.equal(rest, a);
    }),
  );
});

test('ranges reach up to 2^53 - 1 and no further', () => {
  const all = normalizeRanges([0, MAX_MILLI]);
  assert.deepEqual(subtractRanges(all, [5, 5]), [0, 4, 6, MAX_MILLI]);
  assert.deepEqual(addRanges([0, 4, 6, MAX_MILLI], [5, 5]), all);
  assert.deepEqual(normalizeRanges([MAX_MILLI, MAX_MILLI, 0, MAX_MILLI - 1]), all);
  refuses('INVALID_RESOURCES', () => normalizeRanges([0, MAX_MILLI + 1], 'ports'), 'ports[0]');
  refuses('INVALID_RESOURCES', () => normalizeRanges([1, 2, 5, 1], 'ports'), 'ports[1] "5-1": the range begins beyond');
  refuses('INVALID_RESOURCES', () => normalizeRanges([-1, 2]), 'not an integer >= 0');
  refuses('INVALID_RESOURCES', () => normalizeRanges([0.5, 2]), 'not an integer >= 0');
  refuses('INVALID_RESOURCES', () => normalizeRanges([1]), 'a begin without an end');
  assert.equal(normalizeRanges([]), NO_RANGES);
});

const strings = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'é', '💾', 'aa', ''), { maxLength: 8 });

test('[A26] set resources are sets of strings', () => {
  fc.assert(
    fc.property(strings, strings, (left, right) => {
      const a = normalizeItems(left);
      const b = normalizeItems(right);
      const inA = new Set(left);
      const inB = new Set(right);
      assert.equal(a.length, inA.size);
      assert.deepEqual(addItems(a, b), normalizeItems([...inA, ...inB]));
      assert.deepEqual(subtractItems(a, b), normalizeItems([...inA].filter((item) => !inB.has(item))));
      assert.equal(containsItems(a, b), [...inB].every((item) => inA.has(item)));
      assert.equal(equalItems(a, b), containsItems(a, b) && containsItems(b, a));
    }),
  );
  assert.equal(normalizeItems([]), NO_ITEMS);
});
