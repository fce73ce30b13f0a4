/**
 * Lines that are redrawn in place on a terminal: progress, tables that are watched. Elsewhere lines are printed as they
 * change, one below the other. Redrawing is bounded: however often lines are shown, some are drawn at once and then the
 * last ones after a while, and always those that were shown last. The cursor stays visible, so that a process that is
 * killed leaves the terminal as it was.
 */
import { createLogUpdate } from 'log-update';

export interface Live {
  /** Whether lines are redrawn; if not, callers may want to show less. */
  readonly redraws: boolean;
  /** Shows these lines instead of those before. */
  show(lines: readonly string[]): void;
  /** Prints a line that stays, above what is redrawn. */
  say(line: string): void;
  /** Draws what was shown last and leaves it there. */
  close(): void;
}

type Target = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** What live lines need of time. */
export interface LiveClock {
  after(milliseconds: number, run: () => void): () => void;
}

const REDRAW_MS = 80;
const DEFAULT_COLUMNS = 80;

const REAL_CLOCK: LiveClock = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

function cutTo(line: string, columns: number): string {
  const characters = [...line];
  return characters.length < columns ? line : `${characters.slice(0, Math.max(0, columns - 2)).join('')}…`;
}

function plainLive(target: Target): Live {
  let last = '';
  const say = (line: string): void => void target.write(`${line}\n`);
  return {
    redraws: false,
    show(lines) {
      const text = lines.join('\n');
      if (text !== last) say(text);
      last = text;
    },
    say,
    close: () => undefined,
  };
}

/** Live lines on a stream, standard error if none is given. */
export function createLive(target: Target = process.stderr, clock: LiveClock = REAL_CLOCK): Live {
  if (target.isTTY !== true) return plainLive(target);
  const update = createLogUpdate(target, { showCursor: true });
  let shown: readonly string[] = [];
  let isStale = false;
  let cancel: (() => void) | null = null;
  let isOpen = true;
  const draw = (): void => {
    isStale = false;
    const columns = target.columns || DEFAULT_COLUMNS; // 0: a terminal that does not know its size
    update(shown.map((line) => cutTo(line, columns)).join('\n'));
  };
  const drawSoon = (): void => {
    isStale = true;
    if (cancel !== null) return;
    draw();
    cancel = clock.after(REDRAW_MS, () => {
      cancel = null;
      if (isStale) drawSoon();
    });
  };
  return {
    redraws: true,
    show(lines) {
      if (!isOpen) return;
      shown = lines;
      drawSoon();
    },
    say(line) {
      update.clear();
      target.write(`${line}\n`);
      if (isOpen && shown.length > 0) draw();
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      cancel?.();
      if (isStale) draw();
      update.done();
    },
  };
}
