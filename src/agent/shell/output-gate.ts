/**
 * Nothing that the core asks for is done before what it wrote down in the same turn is on disk. Turns that come while a
 * commit is under way wait, and are committed together: the slower the disk, the larger the commits. Order is kept: a
 * turn without checkpoints waits for those before it.
 */
import type { CheckpointWrite } from '../../storage/agent-store.js';

export interface GateOptions<Turn> {
  readonly writesOf: (turn: Turn) => readonly CheckpointWrite[];
  readonly commit: (writes: readonly CheckpointWrite[]) => Promise<void>;
  readonly perform: (turn: Turn) => void;
  /** A commit failed: nothing is performed any more. */
  readonly onFailure: (error: unknown) => void;
  /** `perform` threw: nothing is performed any more. */
  readonly onDefect: (error: unknown) => void;
}

export interface OutputGate<Turn> {
  pass(turn: Turn): void;
  /** What waits is never performed. */
  close(): void;
}

export function createOutputGate<Turn>(options: GateOptions<Turn>): OutputGate<Turn> {
  let waiting: Turn[] = [];
  let closed = false;
  let running: Promise<void> | null = null;

  const performAll = (turns: readonly Turn[]): void => {
    for (const turn of turns) {
      if (closed) return;
      try {
        options.perform(turn);
      } catch (error) {
        closed = true;
        options.onDefect(error);
      }
    }
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0 && !closed) {
      const turns = waiting;
      waiting = [];
      const writes = turns.flatMap(options.writesOf);
      if (writes.length > 0) await options.commit(writes);
      performAll(turns);
    }
  };

  return {
    pass(turn) {
      if (closed) return;
      if (running === null && options.writesOf(turn).length === 0) {
        performAll([turn]);
        return;
      }
      waiting.push(turn);
      running ??= run()
        .catch((error: unknown) => {
          closed = true;
          options.onFailure(error);
        })
        .finally(() => (running = null));
    },
    close() {
      closed = true;
      waiting = [];
    },
  };
}
