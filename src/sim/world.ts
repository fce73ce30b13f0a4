/**
 * Virtual time. Things happen in order of their times, those of one time in the order in which they were scheduled; so
 * a run is a function of what was scheduled, and an hour costs what happens in it.
 */
import { TimerTable } from '../runner/timer-table.js';

export interface World {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly startMs: number;
  /** Number of things that happened. */
  readonly steps: number;
  /** Something that happens at `atMs`, or now if that is over. Returns what cancels it. */
  schedule(atMs: number, happen: () => void): () => void;
  /** Time of the next thing; Infinity if nothing is scheduled. */
  nextMs(): number;
  /** Lets one thing happen. False if there is none. */
  step(): boolean;
  /** Lets everything happen until `atMs`, which it then is. */
  runUntil(atMs: number): void;
}

/** A round start, so that times in outputs are readable. */
const START_MS = 1_700_000_000_000;

export function createWorld(startMs = START_MS): World {
  return new VirtualWorld(startMs);
}

class VirtualWorld implements World {
  readonly startMs: number;
  nowMs: number;
  steps = 0;
  private readonly timers = new TimerTable();
  private readonly happenings = new Map<string, () => void>();
  private numbers = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
    this.nowMs = startMs;
  }

  schedule(atMs: number, happen: () => void): () => void {
    const name = String(this.numbers++);
    this.happenings.set(name, happen);
    this.timers.set(name, Math.max(atMs, this.nowMs));
    return () => {
      this.happenings.delete(name);
      this.timers.clear(name);
    };
  }

  nextMs(): number {
    return this.timers.firstMs();
  }

  step(): boolean {
    const atMs = this.timers.firstMs();
    const name = this.timers.takeDue(Number.MAX_VALUE);
    if (name === undefined) return false;
    const happen = this.happenings.get(name)!;
    this.happenings.delete(name);
    this.nowMs = atMs;
    this.steps++;
    happen();
    return true;
  }

  runUntil(atMs: number): void {
    while (this.timers.firstMs() <= atMs) this.step();
    if (atMs > this.nowMs) this.nowMs = atMs;
  }
}
