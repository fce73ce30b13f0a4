/** The machine's clock: it follows the time of day, wakes in time, and can be told not to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRealClock } from '../../src/runner/clock.js';

test('the clock shows the time of day in whole milliseconds and never wakes early', async () => {
  const clock = createRealClock();
  const atMs = clock.nowMs() + 20;
  assert.ok(Number.isInteger(atMs));
  assert.ok(Math.abs(clock.nowMs() - Date.now()) < 60_000);
  await new Promise<void>((resolve) => {
    clock.wakeAt(atMs, resolve);
  });
  assert.ok(clock.nowMs() >= atMs);
});

test('what is called off does not happen, what is far away is waited for in pieces', async () => {
  const clock = createRealClock();
  const seen: string[] = [];
  const cancels = [5, 2 ** 40].map((ms) => clock.wakeAt(clock.nowMs() + ms, () => void seen.push('woken')));
  for (const cancel of cancels) cancel();
  await new Promise<void>((resolve) => {
    clock.wakeAt(clock.nowMs() + 30, resolve);
  });
  assert.deepEqual(seen, []);
});
