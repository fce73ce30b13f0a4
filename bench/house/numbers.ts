/** Figures as people read them. */
import { PER_MS, type Unit } from './problem.js';

const SHOWN: Readonly<Record<Unit, string>> = { ms: 'ms', us: 'µs', ns: 'ns' };

/** Larger values go into a larger unit. */
const READABLE = 100_000;

/** Three significant digits, with separators from ten thousand on. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** Milliseconds in a unit, or in a larger one where the number would be unreadable. */
export function duration(timeMs: number, unit: Unit): string {
  const value = timeMs * PER_MS[unit];
  if (value < READABLE) return `${digits(value)} ${SHOWN[unit]}`;
  if (unit === 'ms') return `${digits(timeMs / 1000)} s`;
  return duration(timeMs, unit === 'ns' ? 'us' : 'ms');
}

/** `3.2x`; two digits near one. */
export function times(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  return `${ratio >= 100 ? Math.round(ratio).toLocaleString('en') : Number(ratio.toPrecision(ratio < 10 ? 2 : 3))}x`;
}
