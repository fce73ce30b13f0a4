/** Seeded randomness for the simulator: a generator that is split by name, so that one use does not shift another. */
import { mix32, nameSalt, uniform } from '../base/mix32.js';

export interface Dice {
  /** In [0, 1). */
  unit(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Another generator; the same name gives the same one. */
  split(name: string): Dice;
}

export function createDice(seed: number): Dice {
  const salt = mix32(seed);
  let draws = 0;
  const unit = (): number => uniform(salt, draws++);
  const whole = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    pick: (items) => items[whole(0, items.length - 1)]!,
    split: (name) => createDice(mix32(salt ^ nameSalt(name))),
  };
}
