/**
 * The engines that tests of the allocator run on: both, where the native one can be loaded. On a machine of one's own a
 * missing compiler is a fact of life; in CI it would mean that half of the tests silently do not take place, so there
 * it is an error.
 */
import { MeteError } from '../../src/base/errors.js';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { chooseEngine } from '../../src/engine/create-engine.js';

export interface NamedEngine {
  readonly name: 'native' | 'typescript';
  readonly factory: EngineFactory;
}

/** Every engine that works here; `ci` says whether a missing one is an error. */
export function availableEngines(ci: boolean = (process.env['CI'] ?? '') !== ''): readonly NamedEngine[] {
  const typescript: NamedEngine = { name: 'typescript', factory: chooseEngine('typescript').factory };
  try {
    return [typescript, { name: 'native', factory: chooseEngine('native').factory }];
  } catch (error) {
    if (ci || !(error instanceof MeteError) || error.code !== 'ENGINE_UNAVAILABLE') throw error;
    return [typescript];
  }
}

export const ENGINES: readonly NamedEngine[] = availableEngines();
