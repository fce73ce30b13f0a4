/**
 * Checks of what callers hand in. Each throws a MeteError that names field, value and mend, before anything is changed.
 */
import { MeteError } from '../base/errors.js';
import { Resources } from '../resources/resources.js';
import { validateRole } from '../resources/role-name.js';
import type { AgentRecord } from './agent-record.js';
import type { FrameworkRecord, Unavailability } from './model.js';
import type { AllocatorState } from './state.js';

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

export function checkRoles(field: string, roles: readonly string[]): void {
  if (!isList(roles)) throw refuse(field, roles, 'it is not a list', 'give a list of role names');
  for (const role of roles) validateRole(role);
  if (new Set(roles).size !== roles.length) throw refuse(field, roles, 'it names a role twice', 'name each role once');
}

/** Beyond these a share by weight might not be a finite number above 0 any more. */
const LEAST_WEIGHT = 1e-12;
const MOST_WEIGHT = 1e12;

/** Throws MeteError (INVALID_WEIGHT). */
export function checkWeight(role: string, weight: number): void {
  if (typeof weight === 'number' && weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT) return;
  throw new MeteError('INVALID_WEIGHT', {
    field: `weight of ${role}`,
    value: weight,
    reason: 'it is not a positive number of reasonable size',
    mend: `give a number from ${LEAST_WEIGHT} to ${MOST_WEIGHT}`,
  });
}

export function checkUnavailability(field: string, unavailability: Unavailability | null): void {
  if (unavailability === null) return;
  checkTime(`${field}.startMs`, unavailability.startMs);
  if (unavailability.durationMs !== undefined) checkTime(`${field}.durationMs`, unavailability.durationMs);
}

export function agentOf(state: AllocatorState, id: string): AgentRecord {
  const agent = state.agents.get(id);
  if (agent !== undefined) return agent;
  throw new MeteError('UNKNOWN_AGENT', {
    field: 'agentId',
    value: id,
    reason: 'no such agent has been added',
    mend: 'add the agent first',
  });
}

export function frameworkOf(state: AllocatorState, id: string): FrameworkRecord {
  const framework = state.frameworks.get(id);
  if (framework !== undefined) return framework;
  throw new MeteError('UNKNOWN_FRAMEWORK', {
    field: 'frameworkId',
    value: id,
    reason: 'no such framework has been added',
    mend: 'add the framework first',
  });
}

export function alreadyExists(field: string, id: string): MeteError {
  return new MeteError('ALREADY_EXISTS', {
    field,
    value: id,
    reason: 'it has been added already',
    mend: 'remove it first, or update it',
  });
}
