/** What one ACCEPT works on, as its operations go on. */
import type { Conversion } from '../../resources/operations.js';
import type { Resources } from '../../resources/resources.js';
import type { Agent, Framework } from './state.js';

/** The pool of one ACCEPT, as its operations go on. */
export interface Acceptance {
  readonly framework: Framework;
  readonly agent: Agent;
  readonly role: string;
  readonly offered: Resources;
  /** What no operation has taken yet, after the conversions so far. */
  remaining: Resources;
  /** Shared volumes of the pool: any number of tasks may use them. */
  shared: Resources;
  /** Volumes made by resizing, which no later operation of this call sees. */
  resized: Resources;
  readonly conversions: Conversion[];
}
