/**
 * A list of timers and a clock that is moved by hand.
 *
 * Timers that are due act in the order of their deadlines; of equal deadlines the one that was created first acts
 * first. The list is searched anew for every timer that acts, because acting may create or cancel others.
 */

import { NOBODY, type Witness } from './witness.js';

export interface Timer {
  readonly deadlineMs: number;
  /** Counts all timers ever created; tells which of two came first. */
  readonly creation: number;
  readonly purpose: 'batch' | 'filter' | 'inverse filter' | 'hold-off';
  readonly act: () => void;
}

export class OracleTimers {
  nowMs = 0;
  private created = 0;
  private timers: Timer[] = [];

  constructor(private readonly witness: Witness = NOBODY) {}

  create(purpose: Timer['purpose'], delayMs: number, act: () => void): Timer {
    this.created++;
    const timer = { deadlineMs: this.nowMs + delayMs, creation: this.created, purpose, act };
    this.timers.push(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    this.timers = this.timers.filter((other) => other !== timer);
  }

  /** Moves the clock forward; a time before the latest one is taken for the latest one. */
  moveTo(atMs: number): void {
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  /** Makes timers of a purpose due now, whenever they were to be due. They stay as old as they are. */
  makeDue(purpose: Timer['purpose']): void {
    const { nowMs } = this;
    this.timers = this.timers.map((timer) => (timer.purpose === purpose ? { ...timer, deadlineMs: nowMs } : timer));
  }

  /** Lets every due timer act once, in order. */
  fireDue(): void {
    for (;;) {
      const due = this.timers.filter((timer) => timer.deadlineMs <= this.nowMs);
      due.sort((a, b) => a.deadlineMs - b.deadlineMs || a.creation - b.creation);
      const first = due[0];
      if (first === undefined) return;
      this.testify(first, due);
      this.cancel(first);
      first.act();
    }
  }

  private testify(first: Timer, due: readonly Timer[]): void {
    const together = due.filter(({ deadlineMs }) => deadlineMs === first.deadlineMs).map(({ purpose }) => purpose);
    const situation = first.purpose === 'filter' ? 'before' : first.purpose === 'batch' ? 'after' : null;
    if (situation === null || !together.includes('batch') || !together.includes('filter')) return;
    this.witness(`filter ends ${situation} the batch of the same moment`);
  }

  /** The earliest deadline of timers of some purposes, or Infinity. */
  nextDeadlineMs(purposes: readonly Timer['purpose'][]): number {
    const chosen = this.timers.filter((timer) => purposes.includes(timer.purpose));
    return Math.min(Infinity, ...chosen.map((timer) => timer.deadlineMs));
  }
}
