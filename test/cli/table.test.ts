/** Tables for terminals and for pipes: widths, alignment, and that cells cannot do harm. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fitWidths, formatTable, printableCell, printTable } from '../../src/cli/table.js';

const HEAD = ['ID', 'NAME', 'CPUS'];
const ROWS = [
  ['a-0', 'a long name that goes on and on', '1.5'],
  ['a-1', 'short', '12'],
];

test('in a pipe a table is tab-separated lines', () => {
  const text = printTable(HEAD, ROWS, { isTerminal: false, columns: 20 });
  assert.equal(text, 'ID\tNAME\tCPUS\na-0\ta long name that goes on and on\t1.5\na-1\tshort\t12');
  assert.equal(printTable(HEAD, [['a']], { isTerminal: false, columns: 20 }), 'ID\tNAME\tCPUS\na\t\t');
  assert.equal(printTable(HEAD, [], { isTerminal: false, columns: 20 }), 'ID\tNAME\tCPUS');
});

test('on a terminal a table has its width, numbers are to the right', () => {
  assert.equal(
    printTable(HEAD, ROWS, { isTerminal: true, columns: 80 }),
    [
      'ID   NAME                             CPUS',
      'a-0  a long name that goes on and on   1.5',
      'a-1  short                              12',
    ].join('\n'),
  );
  assert.equal(
    printTable(HEAD, ROWS, { isTerminal: true, columns: 24 }),
    ['ID   NAME           CPUS', 'a-0  a long name …   1.5', 'a-1  short            12'].join('\n'),
  );
  assert.equal(printTable(HEAD, [], { isTerminal: true, columns: 24 }), 'ID  NAME  CPUS');
});

test('cells cannot break lines or move cursors', () => {
  assert.equal(printableCell('a\x1b[2J\tb\nc\u202ed\u0085'), 'a [2J b c d ');
  const rows = [['x\ny', 'a\tb', '\x07']];
  for (const isTerminal of [true, false]) {
    const text = printTable(HEAD, rows, { isTerminal, columns: 80 });
    assert.equal(text.split('\n').length, 2);
    assert.ok(!text.includes('\x07'));
  }
});

test('widths: the widest columns give way, none below what is readable', () => {
  assert.deepEqual(fitWidths([3, 10], 80), [3, 10]);
  assert.deepEqual(fitWidths([3, 30, 20], 47), [3, 20, 20]);
  assert.deepEqual(fitWidths([3, 30, 20], 10), [3, 6, 6]);
  fc.assert(
    fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 8 }), fc.nat(300), (widths, columns) => {
      const fitted = fitWidths(widths, columns);
      const total = fitted.reduce((sum, width) => sum + width, 0) + 2 * (widths.length - 1);
      const least = widths.reduce((sum, width) => sum + Math.min(width, 6), 0) + 2 * (widths.length - 1);
      assert.ok(total <= Math.max(columns, least));
      fitted.forEach((width, i) => assert.ok(width <= widths[i]! && width >= Math.min(widths[i]!, 6)));
    }),
  );
});

test('plain tables are padded to their widest cells', () => {
  assert.equal(formatTable(['a', 'n'], [['xyz', '1'], ['y', '10']]), 'a     n\n---  --\nxyz   1\ny    10');
});
