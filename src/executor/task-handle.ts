/** What all kinds of tasks have in common for the executor that runs them. */
import type { ProbePlace } from './probe.js';
import type { TaskReport } from './updates.js';

/** What a task tells. `ended` comes once, last, with a terminal state. */
export interface TaskEvents {
  /** `place`: where commands can be run beside it, if it is a process. */
  running(place?: ProbePlace): void;
  ended(report: TaskReport): void;
}

export interface TaskHandle {
  /**
   * Asks the task to end and, `graceMs` later, ends it for certain. May be called again; the earlier end counts. That
   * it was killed is known by the caller: the report says only how it ended.
   */
  kill(graceMs: number): void;
}
