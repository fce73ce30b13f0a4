/**
 * Playing a vector: steps in order, after each what is expected then. Whatever is thrown ends the play as a failure.
 */
import { playAllocator } from './play-allocator.js';
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
};

/** Kinds that need a master, or that say nothing about correctness. */
export const SKIPPED_KINDS: readonly string[] = ['master_quota_api', 'master_weights_api', 'benchmark_shape'];

/** What playing a vector brought up. Warnings are fields that nobody understood. */
export interface Outcome {
  readonly failures: readonly Failure[];
  readonly warnings: readonly string[];
}

/** Plays a vector on the subjects of one engine, with each sorter that it is for. */
export function playVector(vector: Vector, subjects: Subjects): Outcome {
  const newPlay = Object.hasOwn(KINDS, vector.kind) ? KINDS[vector.kind] : undefined;
  if (newPlay === undefined) {
    const expected = `one of the kinds ${[...Object.keys(KINDS), ...SKIPPED_KINDS].join(', ')}`;
    return { failures: [{ step: 'kind', expected, seen: vector.kind }], warnings: [] };
  }
  const bySorter = vector.kind.startsWith('sorter');
  const failures = (bySorter ? vector.sorters : (['drf'] as const)).flatMap((sorter) => {
    const report = new Report();
    const prefix = bySorter && vector.sorters.length > 1 ? `${sorter}: ` : '';
    playOnce(vector, report, prefix, () => newPlay(subjects, report, vector, sorter));
    return report.failures;
  });
  return { failures, warnings: failures.length === 0 ? unreadFields(vector) : [] };
}

function playOnce(vector: Vector, report: Report, prefix: string, start: () => Play): void {
  try {
    report.at = `${prefix}start`;
    const play = start();
    for (let index = -1; index < vector.steps.length; index++) {
      const step = vector.steps[index];
      const label = step === undefined ? 'before the first step' : `step ${index} ${step.op}`;
      report.at = `${prefix}${label}`;
      if (step !== undefined) play.step(step, index);
      for (const expectation of vector.expectations) {
        if (expectation.after !== index) continue;
        report.at = `${prefix}${label}, expect ${expectation.type}`;
        play.expect(expectation);
      }
    }
  } catch (error) {
    if (error instanceof PlayStopped) return;
    report.check(false, 'no error', messageOf(error));
  }
}

function unreadFields(vector: Vector): string[] {
  const parts = [
    ...vector.steps.map((step, i) => ({ label: `step ${i} ${step.op}`, fields: step.fields })),
    ...vector.expectations.map((e) => ({ label: `expect ${e.type} after ${e.after}`, fields: e.fields })),
  ];
  return parts.flatMap(({ label, fields }) => fields.unread.map((name) => `${label}: field ${name} is not understood`));
}
