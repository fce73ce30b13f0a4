/**
 * Records what a core was given, so that it can be given the same again (replay.ts). Events of a turn are written
 * together, when the turn is over and before anything is performed; so what others have seen of a process can always be
 * explained by its journal, even after it was killed. How much a crash of the machine may lose is the policy's affair.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { MeteError } from '../base/errors.js';
import { frameOf, JOURNAL_VERSION, type JournalHeader, MAGIC, packValue } from './journal-format.js';
import type { EventSink } from './runner.js';

/** When the file is forced to the disk: with every turn, at most once in `syncMs`, or by the system alone. */
export type SyncPolicy = 'turn' | 'interval' | 'never';

export interface JournalOptions {
  readonly path: string;
  readonly header: Omit<JournalHeader, 'version'>;
  readonly sync?: SyncPolicy;
  /** For the policy 'interval'. */
  readonly syncMs?: number;
  /** Events that wait in memory at most; with more they are written before their turn is over. */
  readonly bufferLimit?: number;
  readonly nowMs?: () => number;
}

export interface Journal<Event> extends EventSink<Event> {
  readonly counters: Readonly<{ events: number; bytes: number; writes: number; syncs: number }>;
  close(): void;
}

const DEFAULT_BUFFER_LIMIT = 4096;
const DEFAULT_SYNC_MS = 1000;

/**
 * Starts a journal; a file that is there is replaced. Throws MeteError JOURNAL_FAILED if the file cannot be written,
 * here and later: a process that promised to record must not go on without.
 */
export function createJournal<Event>(options: JournalOptions): Journal<Event> {
  const { path, sync = 'interval', syncMs = DEFAULT_SYNC_MS, bufferLimit = DEFAULT_BUFFER_LIMIT } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const counters = { events: 0, bytes: 0, writes: 0, syncs: 0 };
  let file: number | null = guard(path, () => openSync(path, 'w'));
  let waiting: Event[] = [];
  let syncedMs = nowMs();
  let dirty = false;

  const write = (bytes: Uint8Array): void => {
    if (file === null) return;
    const descriptor = file;
    guard(path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    });
    counters.bytes += bytes.length;
    counters.writes++;
    dirty = true;
  };
  const flush = (): void => {
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    write(frameOf(packValue(events)));
  };
  const forceToDisk = (): void => {
    if (!dirty || file === null) return;
    const descriptor = file;
    guard(path, () => {
      fsyncSync(descriptor);
    });
    dirty = false;
    syncedMs = nowMs();
    counters.syncs++;
  };

  write(MAGIC);
  write(frameOf(packValue({ version: JOURNAL_VERSION, ...options.header } satisfies JournalHeader)));
  const commit = (final: boolean): void => {
    flush();
    if (final || sync === 'turn' || (sync === 'interval' && nowMs() - syncedMs >= syncMs)) forceToDisk();
  };
  return {
    counters,
    append(event) {
      counters.events++;
      waiting.push(event);
      if (waiting.length >= bufferLimit) flush();
    },
    commit,
    close() {
      if (file === null) return;
      commit(true);
      const descriptor = file;
      file = null;
      guard(path, () => {
        closeSync(descriptor);
      });
    },
  };
}

function guard<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new MeteError('JOURNAL_FAILED', {
      field: 'journal',
      value: path,
      reason: `it cannot be written (${cause instanceof Error ? cause.message : String(cause)})`,
      mend: 'name a file in a folder that may be written and has room',
      cause,
    });
  }
}
