/**
 * Plays vectors of the kinds allocator and allocator_metrics_presence: each step is an operation, then whatever is due
 * is run. A step that the allocator refuses fails the vector unless an expectation judges the result of that step.
 */
import { MeteError } from '../../src/base/errors.js';
import { EXPECTATIONS } from './allocator-expectations.js';
import { OPERATIONS } from './allocator-operations.js';
import { AllocatorPlay } from './allocator-play.js';
import { entryOf, type Play, PlayStopped, type Report } from './report.js';
import type { Step, Vector } from './schema.js';
import type { Subjects } from './subjects.js';

export function playAllocator(subjects: Subjects, report: Report, vector: Vector): Play {
  const play = new AllocatorPlay(subjects, report);
  return {
    step: (step, index) => {
      const judged = vector.expectations.some((e) => e.after === index && e.type === 'result');
      playStep(play, step, judged);
    },
    expect: ({ type, fields, after }) =>
      entryOf(EXPECTATIONS, type, 'expectation', fields.path('type'))(play, fields, after),
  };
}

function playStep(play: AllocatorPlay, { op, fields }: Step, judged: boolean): void {
  const operation = entryOf(OPERATIONS, op, 'operation', fields.path('op'));
  play.refusal = null;
  try {
    operation(play, fields);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    play.refusal = error;
    if (!judged) {
      play.report.check(false, 'the step to be accepted', error.message);
      throw new PlayStopped();
    }
  }
  play.drain();
}
