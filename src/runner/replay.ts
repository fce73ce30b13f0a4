/**
 * Gives a core the events of a journal again and tells what it did: the digest of all effects and of the state at the
 * end. Nothing is performed. The engine may be another than the one that was there when the journal was written; the
 * digests must be the same.
 */
import type { Core } from '../base/core.js';
import { createDigest, digestOf } from './journal-digest.js';
import type { JournalHeader } from './journal-format.js';
import type { JournalReader, TornTail } from './journal-reader.js';

/** A core made anew from the header of a journal. */
export interface ReplayTarget<State, Event, Effect> {
  readonly core: Core<State, Event, Effect>;
  readonly state: State;
  /** The state as plain values, the same for the same history. */
  snapshot(state: State): unknown;
}

export interface Replay {
  readonly events: number;
  readonly effects: number;
  /** Of effects and state together. */
  readonly digest: string;
  readonly effectsDigest: string;
  readonly stateDigest: string;
  readonly durationMs: number;
  /** What was left out at the end of the journal. */
  readonly torn: TornTail | null;
}

/** Replays a whole journal. Throws what the core throws, as it did when the journal was written. */
export function replay<State, Event, Effect>(
  reader: JournalReader<Event>,
  make: (header: JournalHeader) => ReplayTarget<State, Event, Effect>,
): Replay {
  const target = make(reader.header);
  const { core, state } = target;
  const digest = createDigest();
  const startMs = performance.now();
  let events = 0;
  let effects = 0;
  const torn = reader.eachTurn((turn) => {
    for (const event of turn) {
      const out: Effect[] = [];
      core.reduce(state, event, out);
      events++;
      effects += out.length;
      for (const effect of out) digest.add(effect);
    }
  });
  const durationMs = performance.now() - startMs;
  const effectsDigest = digest.end();
  const stateDigest = digestOf(target.snapshot(state));
  const both = digestOf([effectsDigest, stateDigest]);
  return { events, effects, effectsDigest, stateDigest, digest: both, durationMs, torn };
}
