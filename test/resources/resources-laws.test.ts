/** The arithmetic of Resources against the slow model, and the laws that must hold whatever the resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareLots, isEmptyLot } from '../../src/resources/lot.js';
import { Resources } from '../../src/resources/resources.js';
import { addQuantities, equalQuantities } from '../../src/resources/quantities.js';
import { anyLot, anyResources, manyResources } from './arbitraries.js';
import * as model from './mesos-model.js';

const small = [anyResources, anyResources] as const;
const mixed = [manyResources, anyResources] as const;

function assertNormal(resources: Resources): void {
  resources.lots.forEach((lot, i) => {
    assert.equal(isEmptyLot(lot), false);
    if (i > 0) assert.ok(compareLots(resources.lots[i - 1]!, lot) < 0, String(resources));
    if (lot.descriptor.divisible) assert.equal(lot.copies, 1);
  });
  if (resources.lots.length === 0) assert.equal(resources, Resources.EMPTY);
}

function assertIs(resources: Resources, expected: model.Model): void {
  assertNormal(resources);
  assert.ok(model.equal(model.modelOf(resources), expected), String(resources));
}

for (const [what, [left, right]] of [['few', small], ['many and few', mixed]] as const) {
  test(`[A25] [A26] [A86] plus, minus, contains and equals are those of Mesos (${what})`, () => {
    fc.assert(
      fc.property(left, right, (a, b) => {
        const [modelA, modelB] = [model.modelOf(a), model.modelOf(b)];
        assertIs(a.plus(b), model.plus(modelA, modelB));
        assertIs(b.plus(a), model.plus(modelA, modelB));
        assertIs(a.minus(b), model.minus(modelA, modelB));
        assertIs(b.minus(a), model.minus(modelB, modelA));
        assert.equal(a.contains(b), model.contains(modelA, modelB));
        assert.equal(b.contains(a), model.contains(modelB, modelA));
        assert.equal(a.equals(b), model.equal(modelA, modelB));
      }),
      { numRuns: what === 'few' ? 300 : 60 },
    );
  });
}

test('lots in any order make the same value', () => {
  fc.assert(
    fc.property(fc.array(anyLot, { maxLength: 10 }), (lots) => {
      const value = Resources.of(lots);
      assertNormal(value);
      assert.ok(value.equals(Resources.of([...lots].reverse())));
      assert.ok(value.equals(lots.reduce((sum, lot) => sum.plus(Resources.of([lot])), Resources.EMPTY)));
    }),
  );
});

test('sums do not depend on order or grouping, and hold their parts', () => {
  fc.assert(
    fc.property(anyResources, anyResources, anyResources, (a, b, c) => {
      assert.ok(a.plus(b).equals(b.plus(a)));
      assert.ok(a.plus(b).plus(c).equals(a.plus(b.plus(c))));
      assert.ok(a.plus(b).contains(a) && a.plus(b).contains(b));
      assert.ok(a.contains(a.minus(b)));
      assert.equal(a.contains(b) && b.contains(a), a.equals(b));
      if (a.contains(b)) assert.ok(a.minus(b).plus(b).equals(a));
      if (a.contains(b) && b.contains(c)) assert.ok(a.contains(c));
    }),
  );
});

test('nothing is lost or made: quantities of what is not shared add up', () => {
  fc.assert(
    fc.property(anyResources, anyResources, (a, b) => {
      const [left, right] = [a.nonShared(), b.nonShared()];
      const sum = left.plus(right);
      const expected = addQuantities(left.scalarQuantities(), right.scalarQuantities());
      assert.ok(equalQuantities(sum.scalarQuantities(), expected));
      for (const [name, milli] of sum.scalarQuantities()) assert.equal(sum.get(name), milli);
      for (const [name, milli] of a.scalarQuantities()) assert.equal(Resources.of([...a.lots]).get(name), milli);
    }),
  );
});

test('operands stay as they are', () => {
  fc.assert(
    fc.property(anyResources, anyResources, (a, b) => {
      const before = JSON.stringify([a, b]);
      a.plus(b);
      a.minus(b);
      a.contains(b);
      a.filter((lot) => lot.amountMilli > 1000);
      assert.equal(JSON.stringify([a, b]), before);
    }),
  );
});

test('each filter and its opposite split a value in two', () => {
  fc.assert(
    fc.property(anyResources, (a) => {
      assert.ok(a.reserved().plus(a.unreserved()).equals(a));
      assert.ok(a.revocable().plus(a.nonRevocable()).equals(a));
      assert.ok(a.sharedOnly().plus(a.nonShared()).equals(a));
      assert.ok(a.reserved('a').plus(a.filter((lot) => lot.descriptor.reservedRole !== 'a')).equals(a));
      for (const part of [a.reserved(), a.unreserved(), a.revocable(), a.nonShared(), a.allocatableTo('a')]) {
        assertNormal(part);
        assert.ok(a.contains(part));
      }
    }),
  );
});
