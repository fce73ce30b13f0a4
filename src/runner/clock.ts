/**
 * Time as drivers see it: what it is now, to be called later, and to be called when the present turn is over. The
 * runner knows no other clock, so that the same runner works over real time (this file) and over the virtual time of
 * the simulator. `nowMs` never goes back.
 */
export interface Clock {
  /** Milliseconds since 1970, whole. */
  nowMs(): number;
  /** Calls back once, as soon as `nowMs() >= atMs`. Returns what cancels it. */
  wakeAt(atMs: number, callback: () => void): () => void;
  /** Calls back once, after everything that is ready to be read now has been read. */
  defer(callback: () => void): void;
}

/** The longest wait that timers of Node take; a longer one is waited for in pieces. */
const LONGEST_WAIT_MS = 0x7fffffff;

/**
 * The machine's clock. It starts at the time of day and then follows the monotonic clock, so it does not jump when
 * somebody sets the time of day.
 */
export function createRealClock(): Clock {
  const originMs = performance.timeOrigin;
  const nowMs = (): number => Math.floor(originMs + performance.now());
  return {
    nowMs,
    wakeAt(atMs, callback) {
      let handle: NodeJS.Timeout;
      const wait = (): void => {
        const leftMs = atMs - nowMs();
        if (leftMs <= 0) callback();
        else handle = setTimeout(wait, Math.min(leftMs, LONGEST_WAIT_MS));
      };
      handle = setTimeout(wait, Math.max(0, Math.min(atMs - nowMs(), LONGEST_WAIT_MS)));
      return () => {
        clearTimeout(handle);
      };
    },
    defer(callback) {
      setImmediate(callback);
    },
  };
}
