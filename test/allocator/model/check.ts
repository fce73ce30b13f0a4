/**
 * Runs properties of plays: how many, from which seed, for how long at most, and what a failure shows.
 *
 * METE_PROPERTY_RUNS says how many plays the largest property makes (the others in proportion), METE_PROPERTY_SEED
 * which ones. In the default size all together take well below a minute.
 */
import fc from 'fast-check';
import { anyOptions, type PlainOptions } from './options.js';
import { type Step, steps } from './steps.js';

export const DEFAULT_RUNS = 250;
const RUNS = Number(process.env['METE_PROPERTY_RUNS'] ?? DEFAULT_RUNS);
export const SEED = Number(process.env['METE_PROPERTY_SEED'] ?? 1);

/** Most time for one property in milliseconds, shrinking included; many runs may take as long as they like. */
const LIMIT_MS = 50_000;

export interface Size {
  /** Plays, as a part of those of the largest property. */
  readonly part: number;
  /** Most steps of a play. */
  readonly most: number;
}

/** Checks a property; what fails is shrunk and printed with its seed. Returns how many plays were made. */
export function checkPlays({ part, most }: Size, property: (options: PlainOptions, list: Step[]) => void): number {
  let plays = 0;
  const counted = (options: PlainOptions, list: Step[]): void => {
    plays++;
    property(options, list);
  };
  fc.assert(fc.property(anyOptions, steps(20, most), counted), {
    numRuns: Math.ceil(RUNS * part),
    seed: SEED,
    includeErrorInReport: true,
    ...(RUNS > DEFAULT_RUNS ? {} : { interruptAfterTimeLimit: LIMIT_MS }),
  });
  return plays;
}
