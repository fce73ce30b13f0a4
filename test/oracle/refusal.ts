/**
 * How long a refusal holds.
 */
import type { Filters } from './types.js';

const DEFAULT_REFUSE_SECONDS = 5;
const MAX_REFUSE_SECONDS = 365 * 24 * 60 * 60;

/**
 * Milliseconds; 0 for no refusal at all. Absent, negative and impossible values are the default; a year is the most.
 */
export function refusalMs(filters: Filters | null): number {
  if (filters === null) return 0;
  const seconds = filters.refuseSeconds ?? DEFAULT_REFUSE_SECONDS;
  if (Number.isNaN(seconds) || seconds < 0) return DEFAULT_REFUSE_SECONDS * 1000;
  return Math.min(seconds, MAX_REFUSE_SECONDS) * 1000;
}
