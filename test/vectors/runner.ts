/**
 * Runs the vectors of a folder on engines and prints what came of it.
 *
 * One run is one vector on one engine; it passes if every step was accepted and every expectation held. Everything that
 * keeps a vector from being run counts as a failure: a file that is not of the schema, an engine that cannot be loaded.
 */
import type { Engine } from './engines.js';
import { playVector, SKIPPED_KINDS } from './play.js';
import { readVectorFolder, type Vector } from './schema.js';

export interface RunnerOptions {
  readonly folder: string;
  readonly engines: readonly Engine[];
  /** Only vectors whose name contains this. */
  readonly only: string | null;
  /** Name the runs that pass, too. */
  readonly verbose: boolean;
  readonly print: (line: string) => void;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs the vectors and returns the totals. The run as a whole is good if nothing failed and there were files. */
export async function runVectors(options: RunnerOptions): Promise<Totals & { readonly good: boolean }> {
  const { print, engines } = options;
  const { files, vectors, errors } = readVectorFolder(options.folder);
  for (const error of errors) print(`FAILED ${error.message}`);
  const chosen = vectors.filter((vector) => options.only === null || vector.name.includes(options.only));
  const playable = chosen.filter((vector) => !SKIPPED_KINDS.includes(vector.kind));
  let passed = 0;
  let failed = errors.length;
  for (const engine of engines) {
    if ('missing' in engine) {
      print(`engine ${engine.engine} cannot be loaded: ${engine.missing}; its ${playable.length} runs count as failed`);
      failed += playable.length;
      continue;
    }
    for (const vector of playable) {
      if (engine.withoutKinds.includes(vector.kind)) {
        print(`not for ${engine.engine}: ${vector.name}`);
        continue;
      }
      const { failures, warnings } = await playVector(vector, engine);
      const name = `${vector.name} [${engine.engine}]`;
      for (const { step, expected, seen } of failures) {
        print(`FAILED ${name} ${step}`);
        print(`  expected: ${expected}`);
        print(`  seen:     ${seen}`);
      }
      for (const warning of warnings) print(`warning: ${name} ${warning}`);
      if (failures.length > 0) failed++;
      else passed++;
      if (options.verbose && failures.length === 0) print(`passed ${name}`);
    }
  }
  if (files.length === 0) print(`no vector files (*.json) in ${options.folder}`);
  else if (chosen.length === 0 && errors.length === 0) print('no vector was chosen');
  print(skippedLine(chosen));
  print(`${passed} passed, ${failed} failed`);
  const good = failed === 0 && files.length > 0 && chosen.length > 0;
  return { passed, failed, skipped: chosen.length - playable.length, good };
}

/** How many vectors were skipped, by kind. */
function skippedLine(vectors: readonly Vector[]): string {
  const counts = SKIPPED_KINDS.map((kind) => ({ kind, count: vectors.filter((v) => v.kind === kind).length }));
  const parts = counts.filter(({ count }) => count > 0).map(({ kind, count }) => `${kind} ${count}`);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? '0 skipped' : `${total} skipped: ${parts.join(', ')}`;
}
