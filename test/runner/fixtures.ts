/** A clock that moves when it is told, and a small core to drive: it counts, answers, and does what events ask. */
import type { Core, DriverEffect, DriverEvent } from '../../src/base/core.js';
import type { Clock } from '../../src/runner/clock.js';
import type { EffectBatch } from '../../src/runner/runner.js';

export interface HandClock extends Clock {
  /** Runs what was deferred, and what that defers. */
  settle(): void;
  /** Moves the time, firing wake-ups on the way. */
  advance(ms: number): void;
}

export function createHandClock(startMs = 1_000_000): HandClock {
  let now = startMs;
  let deferred: (() => void)[] = [];
  let wakeUps: { atMs: number; callback: () => void }[] = [];
  const settle = (): void => {
    while (deferred.length > 0) {
      const batch = deferred;
      deferred = [];
      for (const callback of batch) callback();
    }
  };
  return {
    nowMs: () => now,
    wakeAt(atMs, callback) {
      const wakeUp = { atMs, callback };
      wakeUps.push(wakeUp);
      return () => {
        wakeUps = wakeUps.filter((other) => other !== wakeUp);
      };
    },
    defer(callback) {
      deferred.push(callback);
    },
    settle,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        settle();
        const next = wakeUps.filter((wakeUp) => wakeUp.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        wakeUps = wakeUps.filter((other) => other !== next);
        now = Math.max(now, next.atMs);
        next.callback();
      }
      now = end;
      settle();
    },
  };
}

/** What a message asks the toy core to do. */
export interface Toy {
  readonly effects: readonly DriverEffect<Toy>[];
  readonly boom?: boolean;
}
export type ToyEvent = DriverEvent<Toy>;
export type ToyEffect = DriverEffect<Toy>;
export interface ToyState {
  readonly seen: string[];
}

export const toyCore: Core<ToyState, ToyEvent, ToyEffect> = {
  reduce(state, event, effects) {
    state.seen.push(event.type === 'TimerFired' ? `${event.timer}@${event.at}` : event.type);
    if (event.type !== 'MessageReceived') return;
    if (event.message.boom === true) throw new Error('boom');
    effects.push(...event.message.effects);
  },
};

export function received(at: number, effects: readonly ToyEffect[], link = 1): ToyEvent {
  return { type: 'MessageReceived', at, link, message: { effects } };
}

export type ToyBatch = EffectBatch<ToyEffect, Toy>;
