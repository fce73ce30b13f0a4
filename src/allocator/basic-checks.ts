/**
 * The simplest checks of what callers hand in, on which the others are built. They know nothing of the allocator's
 * state.
 */
import { MeteError } from '../base/errors.js';
import { Resources } from '../resources/resources.js';

export function refuse(field: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field, value, reason, mend });
}

export function checkId(field: string, id: string): void {
  if (typeof id === 'string' && id !== '') return;
  throw refuse(field, id, 'it is not a non-empty string', 'give an id');
}

export function checkTime(field: string, timeMs: number): void {
  if (typeof timeMs === 'number' && Number.isFinite(timeMs)) return;
  throw refuse(field, timeMs, 'it is not a finite number', 'give milliseconds');
}

export function checkResources(field: string, resources: Resources): void {
  if (resources instanceof Resources) return;
  throw refuse(field, resources, 'it is not a Resources value', 'make it with Resources.fromScalars or parseResources');
}

/** Whether a caller, who need not be checked by a compiler, gave a list. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}
