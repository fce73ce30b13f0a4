/** Quantities (absent is zero) and limits (absent is unlimited). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  equalLimits,
  limitsContain,
  limitsFromRecord,
  limitsToRecord,
  NO_LIMITS,
  subtractFromLimits,
} from '../../src/resources/limits.js';
import {
  addQuantities,
  containsQuantities,
  equalQuantities,
  NO_QUANTITIES,
  quantitiesFromRecord,
  quantitiesToRecord,
  subtractQuantities,
} from '../../src/resources/quantities.js';
import { refuses } from './refuses.js';

const q = quantitiesFromRecord;

test('quantities come from numbers by name, and drop zeros', () => {
  assert.deepEqual([...q({ cpus: 0.01, mem: 32, disk: 0, gpus: 0.0001 })], [['cpus', 10], ['mem', 32000]]);
  assert.deepEqual(quantitiesToRecord(q({ cpus: 0.01, mem: 32 })), { cpus: 0.01, mem: 32 });
  assert.equal(q({ cpus: 0 }), NO_QUANTITIES);
});

test('[A25] quantities add exactly and subtract down to nothing', () => {
  const sum = addQuantities(q({ cpus: 0.1 }), q({ cpus: 0.2, mem: 1 }));
  assert.deepEqual(quantitiesToRecord(sum), { cpus: 0.3, mem: 1 });
  const rest = subtractQuantities(q({ cpus: 3, mem: 5 }), q({ cpus: 1, mem: 9 }));
  assert.deepEqual(quantitiesToRecord(rest), { cpus: 2 });
});

const record = fc.dictionary(fc.constantFrom('cpus', 'mem', 'disk'), fc.integer({ min: 0, max: 9 }));

test('arithmetic of quantities is that of the numbers', () => {
  fc.assert(
    fc.property(record, record, (left, right) => {
      const [a, b] = [q(left), q(right)];
      const names = ['cpus', 'mem', 'disk'];
      const of = (from: Record<string, number>, name: string): number => from[name] ?? 0;
      for (const name of names) {
        assert.equal(addQuantities(a, b).get(name) ?? 0, (of(left, name) + of(right, name)) * 1000);
        assert.equal(subtractQuantities(a, b).get(name) ?? 0, Math.max(0, of(left, name) - of(right, name)) * 1000);
      }
      assert.ok([...subtractQuantities(a, b).values()].every((milli) => milli > 0));
      assert.equal(containsQuantities(a, b), names.every((name) => of(left, name) >= of(right, name)));
      assert.equal(equalQuantities(a, b), names.every((name) => of(left, name) === of(right, name)));
    }),
  );
});

test('limits bind only what they name; zero is a limit', () => {
  const limits = limitsFromRecord({ cpus: 2, gpus: 0 });
  assert.equal(limitsContain(limits, q({ cpus: 2, mem: 1e9 })), true);
  assert.equal(limitsContain(limits, q({ cpus: 2.001 })), false);
  assert.equal(limitsContain(limits, q({ gpus: 1 })), false);
  assert.equal(limitsContain(NO_LIMITS, q({ gpus: 1 })), true);
  const rest = subtractFromLimits(limits, q({ cpus: 0.5, mem: 7, gpus: 3 }));
  assert.deepEqual(limitsToRecord(rest), { cpus: 1.5, gpus: 0 });
  assert.equal(equalLimits(limits, limitsFromRecord({ gpus: 0, cpus: 2 })), true);
  assert.equal(equalLimits(limits, limitsFromRecord({ cpus: 2 })), false);
  assert.equal(equalLimits(limits, limitsFromRecord({ cpus: 2, mem: 0 })), false);
  assert.equal(limitsFromRecord({}), NO_LIMITS);
});

test('records that hold no amounts are refused by the name of the field', () => {
  refuses('INVALID_QUOTA', () => q({ cpus: -1 }, 'guarantees', 'INVALID_QUOTA'), 'guarantees.cpus -1: it is negative');
  refuses('INVALID_ARGUMENT', () => limitsFromRecord({ mem: NaN }), 'limits.mem NaN');
  refuses('INVALID_ARGUMENT', () => q({ '': 1 }), 'a resource name is empty');
  refuses('INVALID_ARGUMENT', () => q([] as unknown as Record<string, number>), 'it is not an object');
  refuses('INVALID_ARGUMENT', () => q(null as unknown as Record<string, number>), 'it is not an object');
  refuses('INVALID_ARGUMENT', () => q({ cpus: '1' as unknown as number }), 'quantities.cpus "1": it is not a number');
});
