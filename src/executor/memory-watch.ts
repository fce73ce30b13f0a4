/**
 * Keeps tasks in worker threads within their memory. The size of the process is looked at often, which costs next to
 * nothing; only when it has grown, since it was idle, by more than the smallest limit of a running task are the threads
 * asked what they use. One that uses more than its task may, even after its garbage was collected, is reported.
 */
import { createHeapProbe, type HeapProbe } from './heap-probe.js';

export interface Watched {
  readonly threadId: number;
  readonly limitBytes: number;
}

export interface MemoryWatch {
  /** A task runs; `exceeded` is called with what it uses if that is more than its limit. */
  add(watched: Watched, exceeded: (usedBytes: number) => void): void;
  remove(watched: Watched): void;
  close(): void;
}

const LOOK_MS = 50;
/** A thread that was found within its limit is left alone for so long; longer if its garbage had to be collected. */
const CALM_MS = 100;
const PAUSE_MS = 500;

export function createMemoryWatch(openProbe: () => HeapProbe = createHeapProbe): MemoryWatch {
  const running = new Map<Watched, (usedBytes: number) => void>();
  const quietUntilMs = new Map<Watched, number>();
  let probe: HeapProbe | null = null;
  let timer: NodeJS.Timeout | null = null;
  let idleBytes = process.memoryUsage.rss();
  let looking = false;

  /** It may have ended while it was asked; then there is nothing to note. */
  const calm = (watched: Watched, ms: number): void => {
    if (running.has(watched)) quietUntilMs.set(watched, performance.now() + ms);
  };
  const check = async (watched: Watched, heap: HeapProbe): Promise<void> => {
    if ((quietUntilMs.get(watched) ?? 0) > performance.now()) return;
    const used = await heap.usedBytes(watched.threadId);
    if (used === null) return;
    calm(watched, CALM_MS);
    if (used <= watched.limitBytes) return;
    const live = await heap.liveBytes(watched.threadId);
    calm(watched, PAUSE_MS);
    if (live !== null && live > watched.limitBytes) running.get(watched)?.(live);
  };

  const look = async (): Promise<void> => {
    if (running.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
    if (looking || running.size === 0) return;
    const grownBytes = process.memoryUsage.rss() - idleBytes;
    let smallest = Infinity;
    for (const { limitBytes } of running.keys()) smallest = Math.min(smallest, limitBytes);
    if (grownBytes <= smallest) return;
    looking = true;
    probe ??= openProbe();
    await Promise.all([...running.keys()].map((watched) => check(watched, probe!)));
    looking = false;
  };

  return {
    add: (watched, exceeded) => {
      if (running.size === 0) idleBytes = Math.min(idleBytes, process.memoryUsage.rss());
      running.set(watched, exceeded);
      timer ??= setInterval(() => void look(), LOOK_MS).unref();
    },
    remove: (watched) => {
      running.delete(watched);
      quietUntilMs.delete(watched);
    },
    close: () => {
      if (timer !== null) clearInterval(timer);
      probe?.close();
    },
  };
}
