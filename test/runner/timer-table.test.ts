/** Timers by name against an obvious list of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TimerTable } from '../../src/runner/timer-table.js';

type Step = { set: string; atMs: number } | { clear: string } | { takeAtMs: number };

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ set: fc.constantFrom('a', 'b', 'c', 'd', 'e'), atMs: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ clear: fc.constantFrom('a', 'b', 'c', 'd', 'e') }) },
    { weight: 2, arbitrary: fc.record({ takeAtMs: fc.nat(20) }) },
  ),
  { maxLength: 300 },
) as fc.Arbitrary<Step[]>;

test('does what a sorted list does', () => {
  fc.assert(
    fc.property(steps, (program) => {
      const table = new TimerTable();
      let list: { timer: string; atMs: number }[] = [];
      for (const step of program) {
        if ('set' in step) {
          list = [...list.filter(({ timer }) => timer !== step.set), { timer: step.set, atMs: step.atMs }];
          table.set(step.set, step.atMs);
        } else if ('clear' in step) {
          list = list.filter(({ timer }) => timer !== step.clear);
          table.clear(step.clear);
        } else {
          const due = list.filter(({ atMs }) => atMs <= step.takeAtMs);
          const first = due.reduce<(typeof due)[number] | undefined>(
            (best, entry) => (best === undefined || entry.atMs < best.atMs ? entry : best),
            undefined,
          );
          list = list.filter((entry) => entry !== first);
          assert.equal(table.takeDue(step.takeAtMs), first?.timer);
        }
        assert.equal(table.size, list.length);
        assert.equal(table.firstMs(), Math.min(Infinity, ...list.map(({ atMs }) => atMs)));
      }
    }),
  );
});

test('a timer that is set again and again does not make the table grow', () => {
  const table = new TimerTable();
  for (let n = 0; n < 100_000; n++) table.set('heartbeat', n);
  const { heap } = table as unknown as { heap: unknown[] };
  assert.ok(heap.length < 200, `${heap.length} entries`);
  assert.equal(table.takeDue(1e9), 'heartbeat');
  assert.equal(table.takeDue(1e9), undefined);
});
