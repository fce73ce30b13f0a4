/**
 * A slot: one worker thread of the executor, a Piscina pool of one, so that it can be ended without touching any other.
 * The thread is started with the slot, kept warm between tasks, and has one task at a time. A slot whose thread has
 * died is dead for good; whoever owns it makes a new one.
 *
 * The limit V8 keeps for a thread is far above what tasks may use, and above what V8 puts into one object (1 GB): V8
 * ends the whole process when one large allocation crosses its limit (an array that doubles). memory-watch.ts keeps the
 * limits of tasks; V8's is the last resort. What is larger than V8 can make at all (a string of 500 million characters
 * split into letters) ends the process whatever is set: an executor is lost with its tasks, which are run again.
 */
import { Piscina } from 'piscina';
import type { HttpClient } from '../http/client.js';
import { createRemoteReads } from './remote-reads.js';
import { cellsOf, SHARED_BYTES, type WorkerMessage, type WorkerSetup } from './worker-protocol.js';
import type { WorkOutcome, WorkRequest } from './worker-protocol.js';

/** V8 would choose more for a heap that may grow so large: each thread would keep tens of MB for nothing. */
const YOUNG_MB = 24;

/** How a request ended: with an outcome, or with the thread. */
export type SlotEnd =
  | { readonly type: 'outcome'; readonly outcome: WorkOutcome }
  /** The thread ran into V8's own limit. */
  | { readonly type: 'out-of-memory' }
  | { readonly type: 'died'; readonly message: string };

export interface Slot {
  /** MB of heap that V8 allows. */
  readonly heapMb: number;
  readonly threadId: number;
  readonly dead: boolean;
  readonly busy: boolean;
  /** Runs a request; the slot must be free. Never rejects. */
  run(request: WorkRequest): Promise<SlotEnd>;
  /** Lets `context.cancelled` become true. */
  cancel(): void;
  /** Units the running task has told. */
  doneUnits(): number;
  /** Ends the thread, whatever it does. A running request ends as 'died'. */
  destroy(): Promise<void>;
}

/** The worker's file, beside this one, in the language this one runs in. */
const COMPILED = new URL('./job-worker.js', import.meta.url).href;
const WORKER_FILE = import.meta.url.endsWith('.ts') ? COMPILED.replace(/\.js$/, '.ts') : COMPILED;

function endOf(error: unknown): SlotEnd {
  if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return { type: 'out-of-memory' };
  return { type: 'died', message: error instanceof Error ? error.message : String(error) };
}

/** Starts a slot; `onDeath` is called once if its thread ends other than by `destroy`. */
export function createSlot(heapMb: number, http: HttpClient, onDeath: (slot: Slot) => void): Slot {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const cells = cellsOf(shared);
  const reads = createRemoteReads(http);
  const pool = new Piscina<WorkRequest, WorkOutcome>({
    filename: WORKER_FILE,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Infinity,
    recordTiming: false,
    workerData: { shared } satisfies WorkerSetup,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let dead = false;
  let busy = false;
  let destroyed: Promise<void> | null = null;
  const threadId = pool.threads[0]!.threadId;

  const die = (): void => {
    if (dead) return;
    dead = true;
    reads.stopAll();
    if (destroyed !== null) return;
    destroyed = pool.destroy();
    onDeath(slot);
  };
  pool.on('message', (message: WorkerMessage) => reads.take(message));
  pool.on('error', die);

  const slot: Slot = {
    heapMb,
    threadId,
    get dead() {
      return dead;
    },
    get busy() {
      return busy;
    },
    run: async (request) => {
      busy = true;
      cells.cancelled[0] = 0;
      cells.doneUnits[0] = 0;
      try {
        return { type: 'outcome', outcome: await pool.run(request) };
      } catch (error) {
        die();
        return endOf(error);
      } finally {
        busy = false;
      }
    },
    cancel: () => void Atomics.store(cells.cancelled, 0, 1),
    doneUnits: () => cells.doneUnits[0]!,
    destroy: () => {
      destroyed ??= pool.destroy();
      die();
      return destroyed;
    },
  };
  return slot;
}
