/** The small parts of an agent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDeadline, type Deadlines, takeDue } from '../../../src/agent/core/deadlines.js';
import { makeDice, makeUuid, roll, uuidText } from '../../../src/agent/core/dice.js';
import { durationText } from '../../../src/agent/core/durations.js';
import { idRefusal } from '../../../src/agent/core/ids.js';

test('uuids have the form of version 4, and an agent never makes one twice', () => {
  const dice = makeDice(2 ** 40 + 5);
  const texts = Array.from({ length: 5_000 }, () => uuidText(makeUuid(dice)));
  assert.equal(new Set(texts).size, texts.length);
  for (const text of texts) assert.match(text, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notDeepEqual(makeUuid(makeDice(5)), makeUuid(makeDice(2 ** 40 + 5)));
  assert.deepEqual(makeUuid(makeDice(5)), makeUuid(makeDice(5)));
});

test('rolls fill the range evenly', () => {
  const dice = makeDice(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[Math.floor(roll(dice) * 10)]!++;
  for (const count of counts) assert.ok(count > 850 && count < 1_150, String(count));
});

test('deadlines come in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 })), (times) => {
      const heap: Deadlines<number> = [];
      for (const atMs of times) addDeadline(heap, atMs, atMs);
      const taken: number[] = [];
      for (let atMs = 0; atMs <= 50; atMs += 7) {
        for (let due = takeDue(heap, atMs); due !== null; due = takeDue(heap, atMs)) taken.push(due);
        assert.ok((heap[0]?.atMs ?? Infinity) > atMs);
      }
      assert.deepEqual([...taken, ...heap.map(({ atMs }) => atMs).sort((a, b) => a - b)], times.sort((a, b) => a - b));
    }),
  );
});

test('spans of time read as in Mesos', () => {
  const texts: [number, string][] = [
    [0, '0ns'],
    [0.25, '250us'],
    [1.5, '1500us'],
    [250, '250ms'],
    [2_500, '2500ms'],
    [5_000, '5secs'],
    [90_000, '90secs'],
    [900_000, '15mins'],
    [5_400_000, '90mins'],
    [864_000_000, '10days'],
    [1_209_600_000, '2weeks'],
    [1_000.123_456_7, '1.0001234567secs'],
  ];
  for (const [ms, text] of texts) assert.equal(durationText(ms), text);
});

test('ids that cannot be part of a path are refused with the texts of Mesos', () => {
  for (const good of ['a', 'a.b', '...', 'ü'.repeat(255), 'a b:c']) assert.equal(idRefusal(good), null);
  const bad: [string, string][] = [
    ['', 'ID must not be empty'],
    ['x'.repeat(256), 'ID must not be greater than 255 characters'],
    ['..', "'..' is disallowed"],
    ['a/b', "'a/b' contains invalid characters"],
    ['a\\b', "'a\\b' contains invalid characters"],
    ['a\nb', "'a\nb' contains invalid characters"],
  ];
  for (const [id, text] of bad) assert.equal(idRefusal(id), text);
});
