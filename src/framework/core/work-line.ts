/**
 * Cuts a line of work by guided self-scheduling (Polychronopoulos and Kuck, 1987): the next piece is a share of what is
 * left, here 1 / (2 × slots), so that pieces are large at first and small at the end, and all slots end together.
 * The measured speed bounds a piece from both sides: below, so that the cost of a task is small beside its work; above,
 * so that other frameworks get their turn and a lost task costs little.
 */

/** What of a job's `Work` the scheduler looks at. */
export interface WorkShape {
  readonly units: number;
  readonly unit: string;
  readonly stepUnits?: number;
  readonly exact?: boolean;
  readonly maxUnits?: number;
  readonly unitsPerSecond?: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A task should take at least this long … */
export const MIN_TASK_MS = 25;
/** … and at most this long, as far as the speed is known. */
export const MAX_TASK_MS = 1000;
/** Without any idea of the speed the first pieces are so small a share of the work of one slot. */
const FIRST_SHARE = 1 / 64;
/** What earlier pieces still count for in the speed when another one is done. */
const MEMORY = 0.7;

export interface WorkLine {
  readonly shape: WorkShape;
  /** What was never given out, ascending. */
  readonly fresh: Span[];
  freshUnits: number;
  /** Units and milliseconds of the last pieces, older ones fading. */
  measuredUnits: number;
  measuredMs: number;
}

/** A line with nothing given out but `done`, the spans of an earlier run, ascending. */
export function createWorkLine(shape: WorkShape, done: readonly Span[] = []): WorkLine {
  const fresh: Span[] = [];
  let at = 0;
  for (const span of [...done, { from: shape.units, to: shape.units }]) {
    if (span.from > at) fresh.push({ from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  const freshUnits = fresh.reduce((sum, { from, to }) => sum + to - from, 0);
  return { shape, fresh, freshUnits, measuredUnits: 0, measuredMs: 0 };
}

/** Units a millisecond of one slot: as measured, else as the job guesses; null if neither is there. */
export function speedOf(line: WorkLine): number | null {
  if (line.measuredMs > 0) return line.measuredUnits / line.measuredMs;
  const { unitsPerSecond } = line.shape;
  return unitsPerSecond === undefined ? null : unitsPerSecond / 1000;
}

/** A piece is done: its units took one slot so long. */
export function measure(line: WorkLine, units: number, ms: number): void {
  line.measuredUnits = line.measuredUnits * MEMORY + units;
  line.measuredMs = line.measuredMs * MEMORY + Math.max(ms, 0.01);
}

/** Cuts the next piece off, or gives null if nothing is left. `slots`: tasks that can run at once, as is known. */
export function cutNext(line: WorkLine, slots: number): Span | null {
  const first = line.fresh[0];
  if (first === undefined) return null;
  const left = first.to - first.from;
  const units = pieceUnits(line, slots);
  const span = { from: first.from, to: units < left ? first.from + units : first.to };
  if (span.to === first.to) line.fresh.shift();
  else line.fresh[0] = { from: span.to, to: first.to };
  line.freshUnits -= span.to - span.from;
  return span;
}

function pieceUnits(line: WorkLine, slots: number): number {
  const { stepUnits = 1, exact = false, maxUnits = Infinity } = line.shape;
  if (exact) return stepUnits;
  const guided = line.freshUnits / (2 * Math.max(1, slots));
  const speed = speedOf(line);
  const most = speed === null ? (line.shape.units / Math.max(1, slots)) * FIRST_SHARE : speed * MAX_TASK_MS;
  // What is too small to be worth a task is known by measuring only: a guess may be far too high.
  const least = speed === null || line.measuredMs === 0 ? 0 : speed * MIN_TASK_MS;
  const bounded = Math.min(Math.max(Math.min(guided, most), least), maxUnits);
  return Math.max(stepUnits, Math.round(bounded / stepUnits) * stepUnits);
}
