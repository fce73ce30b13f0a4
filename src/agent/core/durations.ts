/** Spans of time as Mesos writes them: `15mins`, `5secs`, `2500ms`. */

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['ns', 1e-6],
  ['us', 1e-3],
  ['ms', 1],
  ['secs', 1_000],
  ['mins', 60_000],
  ['hrs', 3_600_000],
  ['days', 86_400_000],
  ['weeks', 604_800_000],
];

/**
 * A span in milliseconds (0 or more) in the unit of its magnitude, or in the next smaller one if only that gives a
 * whole number (90 s is `90secs`, 2.5 s is `2500ms`), otherwise as a fraction.
 */
export function durationText(ms: number): string {
  let at = 0;
  while (at + 1 < UNITS.length && ms >= UNITS[at + 1]![1]) at++;
  if (!isWhole(ms, at) && at > 0 && isWhole(ms, at - 1)) at--;
  const [name, unitMs] = UNITS[at]!;
  return `${Number((ms / unitMs).toPrecision(15))}${name}`;
}

function isWhole(ms: number, at: number): boolean {
  return Number.isInteger(Number((ms / UNITS[at]![1]).toPrecision(15)));
}
