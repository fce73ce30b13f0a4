/**
 * Decisions: a stream of choices that depends on one number only. Each step of a random play carries such a number, so
 * that a play is a short list of small integers, which is quick to make and shrinks by leaving steps out.
 */
import { drawSalt, uniform } from '../../../src/base/mix32.js';

export class Decisions {
  private drawn = 0;

  constructor(private readonly seed: number) {}

  /** In [0, 1). */
  private next(): number {
    this.drawn++;
    return uniform(drawSalt(this.seed, this.drawn, 0), 0);
  }

  /** An integer from 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the list. REQUIRES: it is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the list, or undefined if it is empty. */
  maybe<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.pick(list);
  }

  /** Each item with the same probability, in the order of the list. */
  some<T>(list: readonly T[], probability: number): T[] {
    return list.filter(() => this.chance(probability));
  }

  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.below(rest.length), 1)[0]!);
  }

  /** An object of those of the entries that the dice leave in. */
  partly<T extends object>(fields: T, probability: number): Partial<T> {
    return Object.fromEntries(Object.entries(fields).filter(() => this.chance(probability))) as Partial<T>;
  }
}
