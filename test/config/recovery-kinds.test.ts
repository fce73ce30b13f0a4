/** Shares, and how many in which time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RATE, SHARE } from '../../src/config/recovery-kinds.js';
import { reads, refuses } from './refuses.js';

test('shares as per cent or as numbers', () => {
  reads(SHARE, [['50%', 0.5], ['100%', 1], ['0%', 0], ['12.5%', 0.125], ['0.5', 0.5], [1, 1]]);
  for (const text of ['half', '101%', '-1%', '1.5', '50 per cent']) refuses(SHARE, text, /no share/);
  assert.deepEqual([SHARE.print(1), SHARE.print(0.125)], ['100%', '12.5%']);
});

test('rates as a number of agents in a time', () => {
  reads(RATE, [['1/10mins', { count: 1, perMs: 600_000 }], [' 20 / 1hrs ', { count: 20, perMs: 3_600_000 }]]);
  for (const text of ['1', '/10mins', '0/10mins', 'a/10mins', '1.5/10mins']) refuses(RATE, text, /count\/duration/);
  refuses(RATE, '1/soon', /./);
  assert.deepEqual(RATE.read(RATE.print({ count: 1, perMs: 600_000 }), 'x'), { count: 1, perMs: 600_000 });
});
