/**
 * What it is to play a vector, what a play finds, and the checks that find it.
 */
import { SchemaError } from './reader.js';
import type { Expectation, Step } from './schema.js';

/** One expectation that did not hold, or one step that could not be played. */
export interface Failure {
  /** Index and name of the step, or of the expectation behind it. */
  readonly step: string;
  readonly expected: string;
  readonly seen: string;
}

/** Collects the failures of one play. `at` is set by the player before each step and expectation. */
export class Report {
  readonly failures: Failure[] = [];
  at = '';

  /** Notes a failure unless `holds`. */
  check(holds: boolean, expected: string, seen: string): void {
    if (!holds) this.failures.push({ step: this.at, expected, seen });
  }

  /** Compares two values by their JSON form. */
  checkSame(what: string, expected: unknown, seen: unknown): void {
    const wanted = JSON.stringify(expected);
    const got = JSON.stringify(seen);
    this.check(wanted === got, `${what} ${wanted}`, `${what} ${got}`);
  }
}

/** How the vectors of one kind are played: what a step does, and how an expectation is checked. */
export interface Play {
  step(step: Step, index: number): void | Promise<void>;
  expect(expectation: Expectation): void;
  /** Frees what the play holds. */
  end?(): Promise<void>;
}

/** Ends the play of a vector: what comes after would not mean anything. */
export class PlayStopped extends Error {}

/** Looks up the entry of an operation or expectation; an unknown name says which ones are known. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string, what: string, where: string): T {
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new SchemaError(where, name, `unknown ${what}; known are ${Object.keys(table).join(', ')}`);
}
