/** Lines that are redrawn: on a screen that records what is written, with a clock that the tests turn. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import test from 'node:test';
import { createLive, type LiveClock } from '../../src/cli/live.js';

interface Screen extends NodeJS.WritableStream {
  readonly isTTY: boolean;
  readonly columns: number;
  text: string;
}

function screen(isTTY: boolean, columns = 40): Screen {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      (stream as unknown as Screen).text += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { isTTY, columns, rows: 20, text: '' });
}

/** A clock whose time passes when a test says so. */
function handClock(): LiveClock & { pass(): void; readonly waiting: number } {
  const timers = new Set<() => void>();
  return {
    after(_milliseconds, run) {
      timers.add(run);
      return () => timers.delete(run);
    },
    pass() {
      const due = [...timers];
      timers.clear();
      for (const run of due) run();
    },
    get waiting() {
      return timers.size;
    },
  };
}

/** What is read on a screen, without what moves the cursor. */
function visible(text: string): string {
  return text.replace(/\x1b\[[?\d;]*[A-Za-z]/g, '');
}

test('in a pipe lines are printed when they change', () => {
  const target = screen(false);
  const live = createLive(target);
  assert.equal(live.redraws, false);
  live.show(['a', 'b']);
  live.show(['a', 'b']);
  live.show(['c']);
  live.say('said');
  live.close();
  assert.equal(target.text, 'a\nb\nc\nsaid\n');
});

test('on a terminal lines are drawn at once, then the last ones after a while', () => {
  const target = screen(true);
  const clock = handClock();
  const live = createLive(target, clock);
  assert.equal(live.redraws, true);
  live.show(['one']);
  live.show(['two']);
  live.show(['three']);
  assert.equal(visible(target.text), 'one\n');
  clock.pass();
  assert.equal(visible(target.text), 'one\nthree\n');
  clock.pass();
  assert.equal(visible(target.text), 'one\nthree\n');
  live.close();
  assert.equal(clock.waiting, 0);
});

test('what was shown last is there at the end, what is said stays above', () => {
  const target = screen(true);
  const clock = handClock();
  const live = createLive(target, clock);
  live.show(['one']);
  live.show(['two']);
  live.say('said');
  assert.equal(visible(target.text), 'one\nsaid\ntwo\n');
  live.show(['three']);
  live.close();
  live.close();
  live.show(['late']);
  live.say('after');
  assert.equal(visible(target.text), 'one\nsaid\ntwo\nthree\nafter\n');
  assert.equal(clock.waiting, 0);
});

test('lines are cut to the width of the terminal', () => {
  const target = screen(true, 10);
  const live = createLive(target, handClock());
  live.show(['0123456789', '012345678', '😀'.repeat(20)]);
  const lines = visible(target.text).trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['01234567…', '012345678']);
  assert.ok([...lines[2]!].length < 10);
  live.close();
});
