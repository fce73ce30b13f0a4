/** Errors name field, value, reason and mend, and print any value on one line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, MeteError, printValue } from '../../src/base/errors.js';

test('an error carries its parts and says them all', () => {
  const cause = new RangeError('deep');
  const error = new MeteError('INVALID_QUOTA', {
    field: 'limits.cpus',
    value: -1,
    reason: 'it is negative',
    mend: 'give a number >= 0',
    cause,
  });
  assert.ok(error instanceof Error);
  assert.equal(error.name, 'MeteError');
  assert.equal(error.message, 'INVALID_QUOTA: limits.cpus -1: it is negative; give a number >= 0');
  assert.equal(error.code, 'INVALID_QUOTA');
  assert.equal(error.field, 'limits.cpus');
  assert.equal(error.value, -1);
  assert.equal(error.reason, 'it is negative');
  assert.equal(error.mend, 'give a number >= 0');
  assert.equal(error.cause, cause);
  assert.match(error.stack ?? '', /errors\.test/);
});

test('an error without a cause has none', () => {
  const error = new MeteError('INTERNAL', { field: 'x', value: 1, reason: 'r', mend: 'm' });
  assert.equal('cause' in error, false);
});

test('every code has a status, a retry rule and a one-line summary', () => {
  for (const [code, { httpStatus, retry, summary }] of Object.entries(ERRORS)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    assert.ok(httpStatus >= 400 && httpStatus < 600, code);
    assert.equal(typeof retry, 'boolean');
    assert.match(summary, /^[A-Z][^\n]+\.$/);
  }
});

test('values print on one line, whatever they are', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const printed: readonly [unknown, string][] = [
    ['a\nb', '"a\\nb"'],
    [1.5, '1.5'],
    [NaN, 'NaN'],
    [-0, '0'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [12n, '12n'],
    [Symbol('s'), 'Symbol(s)'],
    [{ a: [1] }, '{"a":[1]}'],
    [{ toJSON: () => undefined }, '[object Object]'],
    [cyclic, '[object Object]'],
    [assert.equal, 'function strictEqual'],
    [() => 1, 'function (anonymous)'],
  ];
  for (const [value, text] of printed) assert.equal(printValue(value), text);
});

test('long values are cut, never inside a character', () => {
  assert.equal(printValue('x'.repeat(100000)), `"${'x'.repeat(118)}…`);
  const emoji = printValue('💾'.repeat(1000));
  assert.equal(emoji, `"${'💾'.repeat(59)}…`);
  assert.equal(printValue(Array.from({ length: 1000 }, (_, i) => i)).length, 120);
});
