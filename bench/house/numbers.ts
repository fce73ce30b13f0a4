/** Figures as people read them. */
import { PER_MS, type Unit } from './problem.js';

const SHOWN: Readonly<Record<Unit, string>> = { ms: 'ms', us: 'µs', ns: 'ns' };

/** Three significant digits, with separators from ten thousand on. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** Milliseconds in a unit. */
export function duration(timeMs: number, unit: Unit): string {
  return `${digits(timeMs * PER_MS[unit])} ${SHOWN[unit]}`;
}

/** `3.2x`; two digits near one. */
export function times(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  return `${ratio >= 100 ? Math.round(ratio).toLocaleString('en') : Number(ratio.toPrecision(ratio < 10 ? 2 : 3))}x`;
}
