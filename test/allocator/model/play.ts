/**
 * Plays random steps on several subjects in step and stops at the first difference between the first of them and any
 * other.
 */
import { difference, offeredText, stateText } from './state-text.js';
import type { PlainOptions } from './options.js';
import { callsOf, type Step } from './steps.js';
import { apply, type Call, type Outcome, print, type Subject } from './subject.js';
import { World } from './world.js';

export interface NamedSubject {
  readonly name: string;
  readonly subject: Subject;
}

export interface PlayOptions {
  readonly intervalMs: number;
  readonly shares: boolean;
  /** What was learnt by an earlier play of the same subjects; absent: nothing. */
  readonly world?: World;
}

/** How to play on subjects with these options. */
export function playOptions({ allocationIntervalMs, roleSorter }: PlainOptions): PlayOptions {
  return { intervalMs: allocationIntervalMs ?? 1000, shares: roleSorter !== 'random' };
}

function outcomeText({ offered, refusal }: Outcome): string[] {
  if (refusal !== null) return [`refused: ${refusal.code}`];
  return offered === null ? [] : offeredText(offered);
}

/** Plays the steps; throws an Error that tells the calls and the difference. */
export function playInStep(subjects: readonly NamedSubject[], steps: readonly Step[], options: PlayOptions): World {
  const [first, ...others] = subjects;
  const world = options.world ?? new World(first!.subject, options.intervalMs);
  const made: Call[] = [];
  for (const step of steps) {
    for (const next of callsOf(world, step)) {
      made.push(next);
      const expected = observe(first!, next, made, options);
      for (const other of others) {
        const seen = observe(other, next, made, options);
        const lines = difference(expected, seen);
        if (lines.length > 0) throw new Error(report(first!.name, other.name, lines, made));
      }
    }
  }
  return world;
}

/** Makes the call and tells what came of it and what the state is now. */
function observe({ name, subject }: NamedSubject, next: Call, made: readonly Call[], options: PlayOptions): string[] {
  try {
    return [...outcomeText(apply(subject, next)), ...stateText(subject, options)];
  } catch (error) {
    throw new Error(`${name} breaks: ${(error as Error).stack}\n${made.map(print).join('\n')}`, { cause: error });
  }
}

function report(expected: string, seen: string, lines: readonly string[], made: readonly Call[]): string {
  return [`after these calls ${seen} (+) differs from ${expected} (-):`, ...made.map(print), ...lines].join('\n');
}
