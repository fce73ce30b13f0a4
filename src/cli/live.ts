/**
 * Lines that are redrawn in place on a terminal: bars, tables that are watched. Elsewhere nothing is drawn; whoever uses
 * it prints plain lines instead. Drawn on standard error unless told otherwise, so that results can be piped on.
 */
import { createLogUpdate } from 'log-update';

export interface Live {
  /** Whether `show` draws at all. */
  readonly redraws: boolean;
  /** Takes the place of what was shown before. */
  show(lines: readonly string[]): void;
  /** A line that stays, above what is shown. */
  say(line: string): void;
  /** What is shown last stays. Later calls do nothing. */
  close(): void;
}

/** What is drawn on. */
export type LiveTarget = NodeJS.WritableStream & { readonly isTTY?: boolean };

export function createLive(target: LiveTarget = process.stderr): Live {
  if (target.isTTY !== true) {
    return { redraws: false, show: () => undefined, say: (line) => void target.write(`${line}\n`), close: () => undefined };
  }
  const update = createLogUpdate(target, { showCursor: true });
  let shown: readonly string[] = [];
  let closed = false;
  const draw = (): void => update(shown.join('\n'));
  return {
    redraws: true,
    show(lines) {
      if (closed) return;
      shown = lines;
      draw();
    },
    say(line) {
      if (!closed) update.clear();
      target.write(`${line}\n`);
      if (!closed && shown.length > 0) draw();
    },
    close() {
      if (closed) return;
      closed = true;
      update.done();
    },
  };
}
