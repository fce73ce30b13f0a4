/**
 * Waits for the end of processes that are not children of this one, by looking at them in turn: a few each time, so
 * that thousands cost little. A process is known by its id and the time it started, since ids are used again.
 */
import { readProcess } from './proc.js';

/** Between looks, and how many processes are looked at each time. */
const LOOK_MS = 100;
const AT_A_TIME = 100;

/** True while the process of this id is the one that started then, and has not ended. */
export function isAlive(pid: number, startTicks: number): boolean {
  const entry = readProcess(pid);
  return entry !== null && entry.startTicks === startTicks && entry.state !== 'Z' && entry.state !== 'X';
}

interface Watched {
  readonly pid: number;
  readonly startTicks: number;
  readonly ended: () => void;
}

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | null = null;

/** Looks at the first ones, which then stand last. */
function look(): void {
  let left = Math.min(AT_A_TIME, watched.size);
  for (const entry of watched) {
    if (left-- === 0) break;
    watched.delete(entry);
    if (isAlive(entry.pid, entry.startTicks)) watched.add(entry);
    else entry.ended();
  }
  if (watched.size > 0 || timer === null) return;
  clearInterval(timer);
  timer = null;
}

/** Resolves when the process has ended, within a second if there are no more than a thousand; `signal` stops it. */
export function untilEnded(pid: number, startTicks: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const entry: Watched = { pid, startTicks, ended: resolve };
    signal.addEventListener('abort', () => void watched.delete(entry), { once: true });
    if (signal.aborted) return;
    watched.add(entry);
    timer ??= setInterval(look, LOOK_MS);
  });
}
