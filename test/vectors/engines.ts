/**
 * The table of engines that vectors can be played on. An engine that cannot be loaded here is a reason, not an error.
 */
import { chooseEngine } from '../../src/engine/create-engine.js';
import { oracleSubjects } from './oracle-subjects.js';
import { productSubjects } from './product-subjects.js';
import { messageOf } from './schema.js';
import type { Subjects } from './subjects.js';

/** An engine that cannot be used, and why. */
export interface MissingEngine {
  readonly engine: string;
  readonly missing: string;
}

export type Engine = Subjects | MissingEngine;

const OPENERS: Readonly<Record<string, () => Subjects>> = {
  native: () => productSubjects('native', chooseEngine('native').factory),
  typescript: () => productSubjects('typescript', chooseEngine('typescript').factory),
  oracle: () => oracleSubjects,
};

/** The names that `--engine` takes, and the engines they stand for. */
export const ENGINE_CHOICES: Readonly<Record<string, readonly string[]>> = {
  both: ['native', 'typescript'],
  native: ['native'],
  typescript: ['typescript'],
  oracle: ['oracle'],
};

export function openEngine(engine: string): Engine {
  try {
    const open = OPENERS[engine];
    return open === undefined ? { engine, missing: 'no such engine' } : open();
  } catch (error) {
    return { engine, missing: messageOf(error) };
  }
}
