/** Values of each kind: what is read, what is refused and why, and that what is printed reads back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import {
  bytes,
  duration,
  FLAG,
  integer,
  json,
  LIST,
  number,
  oneOf,
  PATH,
  PORT,
  printBytes,
  printDuration,
  TEXT,
} from '../../src/config/kinds.js';
import { reads, refuses } from './refuses.js';

test('texts and paths', () => {
  reads(TEXT, [['a b', 'a b']]);
  refuses(TEXT, '', /empty/);
  refuses(TEXT, 7, /not a text/);
  reads(PATH, [
    ['a/b', 'a/b'],
    ['file:///a/b', '/a/b'],
  ]);
});

test('whole numbers, numbers and ports have bounds', () => {
  const few = integer({ min: 1, max: 5 });
  reads(few, [
    ['1', 1],
    [5, 5],
  ]);
  refuses(few, '6', /out of range/, /1 to 5/);
  refuses(few, 0, /out of range/);
  for (const value of ['1.5', '', 'x', '0x3', ' 1', '1_0', null, true, NaN]) refuses(few, value, /not a whole number/);
  refuses(integer({ min: 1 }), -1, /out of range/, /1 or more/);
  refuses(integer({ max: 1 }), 2, /out of range/, /1 or less/);
  reads(number({ min: 0 }), [
    ['0.25', 0.25],
    ['1e3', 1000],
    [0, 0],
  ]);
  refuses(number(), 'many', /not a number/);
  refuses(number({ min: 0 }), '-1', /out of range/);
  reads(PORT, [['65535', 65535], [0, 0]]);
  refuses(PORT, 65536, /out of range/, /0 to 65535/);
});

test('durations are written as Mesos writes them, plain numbers are milliseconds', () => {
  reads(duration(), [
    ['15secs', 15_000],
    ['500ms', 500],
    ['1.5mins', 90_000],
    ['2hrs', 7_200_000],
    ['1days', 86_400_000],
    ['1weeks', 604_800_000],
    ['250us', 0.25],
    ['5ns', 0.000005],
    ['0ns', 0],
    ['.5secs', 500],
    ['1500', 1500],
    [1500, 1500],
  ]);
  for (const value of ['', 'secs', '5 secs', '5s', '5SECS', '-5secs', '5secs3', '1..5secs', null]) {
    refuses(duration(), value, /not a duration/, /ns us ms secs mins hrs days weeks/);
  }
  refuses(duration({ min: 1000, max: 900_000 }), '999ms', /out of range/, /^give 1secs to 15mins,/);
  refuses(duration({ min: 1 }), 0, /out of range/, /1ms or more/);
  refuses(duration(), -1, /out of range/);
});

test('durations print in the largest unit that keeps them whole, and read back', () => {
  const rows: [number, string][] = [
    [0, '0ns'],
    [15_000, '15secs'],
    [90_000, '90secs'],
    [600_000, '10mins'],
    [1_500, '1500ms'],
    [0.25, '250us'],
    [86_400_000, '1days'],
    [864_000_000, '10days'],
    [604_800_000, '1weeks'],
  ];
  for (const [value, text] of rows) assert.equal(printDuration(value), text);
  fc.assert(fc.property(fc.nat(2 ** 40), (value) => duration().read(printDuration(value), 'x') === value));
});

test('sizes are powers of 1024, and read back', () => {
  reads(bytes(), [
    ['512MB', 512 * 1024 ** 2],
    ['2gb', 2 * 1024 ** 3],
    ['1TB', 1024 ** 4],
    ['3KB', 3072],
    ['7B', 7],
    ['7', 7],
    [7, 7],
  ]);
  for (const value of ['', '1.5GB', '1 GB', 'GB', '-1B', '1PB', null]) refuses(bytes(), value, /not a size/);
  refuses(bytes({ min: 1024 }), '1B', /out of range/, /1KB or more/);
  refuses(bytes(), '99999999TB', /out of range/);
  assert.equal(printBytes(0), '0B');
  assert.equal(printBytes(1536 * 1024 ** 2), '1536MB');
  fc.assert(fc.property(fc.nat(2 ** 40), (value) => bytes().read(printBytes(value), 'x') === value));
});

test('flags, words and lists', () => {
  reads(FLAG, [
    [true, true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false],
  ]);
  refuses(FLAG, 'yes', /neither true nor false/);
  reads(oneOf(['a', 'b']), [['a', 'a']]);
  refuses(oneOf(['a', 'b']), 'c', /none of the words/, /a, b/);
  reads(LIST, [
    ['a, b,,c ', ['a', 'b', 'c']],
    ['', []],
    [['a', 'b'], ['a', 'b']],
  ]);
  refuses(LIST, [1], /not a list/);
  refuses(LIST, 7, /not a list/);
});

test('[C17] JSON may stand in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mete-config-'));
  try {
    const path = join(directory, 'x.json');
    writeFileSync(path, '{"a": 1}');
    const any = json((value) => value);
    reads(any, [
      ['{"a": 1}', { a: 1 }],
      [`file://${path}`, { a: 1 }],
      [{ a: 1 }, { a: 1 }],
    ]);
    refuses(any, '{', /JSON/i);
    refuses(any, `file://${path}.none`, /ENOENT/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
