/**
 * Playing a vector: steps in order, after each what is expected then. Whatever is thrown ends the play as a failure.
 */
import { playAllocator } from './play-allocator.js';
import { playMaster } from './play-master.js';
import { playOfferConstraints } from './play-offer-constraints.js';
import { playRoleTree } from './play-role-tree.js';
import { playSorter } from './play-sorter.js';
import { type Failure, type Play, PlayStopped, Report } from './report.js';
import { messageOf, type SorterKind, type Vector } from './schema.js';
import type { Subjects } from './subjects.js';

type NewPlay = (subjects: Subjects, report: Report, vector: Vector, sorter: SorterKind) => Play;

const KINDS: Readonly<Record<string, NewPlay>> = {
  sorter: playSorter,
  sorter_statistical: playSorter,
  role_tree: playRoleTree,
  allocator: playAllocator,
  allocator_metrics_presence: playAllocator,
  offer_constraints: playOfferConstraints,
  master_quota_api: playMaster,
  master_weights_api: playMaster,
};

/** Kinds that say nothing about correctness. */
export const SKIPPED_KINDS: readonly string[] = ['benchmark_shape'];

/** What playing a vector brought up. Warnings are fields that nobody understood. */
export interface Outcome {
  readonly failures: readonly Failure[];
  readonly warnings: readonly string[];
}

/** Plays a vector on the subjects of one engine, with each sorter that it is for. */
export async function playVector(vector: Vector, subjects: Subjects): Promise<Outcome> {
  const newPlay = Object.hasOwn(KINDS, vector.kind) ? KINDS[vector.kind] : undefined;
  if (newPlay === undefined) {
    const expected = `one of the kinds ${[...Object.keys(KINDS), ...SKIPPED_KINDS].join(', ')}`;
    return { failures: [{ step: 'kind', expected, seen: vector.kind }], warnings: [] };
  }
  const bySorter = vector.kind.startsWith('sorter');
  const failures: Failure[] = [];
  for (const sorter of bySorter ? vector.sorters : (['drf'] as const)) {
    const report = new Report();
    const prefix = bySorter && vector.sorters.length > 1 ? `${sorter}: ` : '';
    await playOnce(vector, report, prefix, () => newPlay(subjects, report, vector, sorter));
    failures.push(...report.failures);
  }
  return { failures, warnings: failures.length === 0 ? unreadFields(vector) : [] };
}

async function playOnce(vector: Vector, report: Report, prefix: string, start: () => Play): Promise<void> {
  let play: Play | null = null;
  try {
    report.at = `${prefix}start`;
    play = start();
    for (let index = -1; index < vector.steps.length; index++) {
      const step = vector.steps[index];
      const label = step === undefined ? 'before the first step' : `step ${index} ${step.op}`;
      report.at = `${prefix}${label}`;
      if (step !== undefined) await play.step(step, index);
      for (const expectation of vector.expectations) {
        if (expectation.after !== index) continue;
        report.at = `${prefix}${label}, expect ${expectation.type}`;
        play.expect(expectation);
      }
    }
  } catch (error) {
    if (error instanceof PlayStopped) return;
    report.check(false, 'no error', messageOf(error));
  } finally {
    await play?.end?.();
  }
}

function unreadFields(vector: Vector): string[] {
  const parts = [
    ...vector.steps.map((step, i) => ({ label: `step ${i} ${step.op}`, fields: step.fields })),
    ...vector.expectations.map((e) => ({ label: `expect ${e.type} after ${e.after}`, fields: e.fields })),
  ];
  return parts.flatMap(({ label, fields }) => fields.unread.map((name) => `${label}: field ${name} is not understood`));
}
