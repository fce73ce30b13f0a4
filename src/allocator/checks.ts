/**
 * Checks of what callers hand in. Each throws a MeteError that names field, value and mend, before anything is changed.
 */
import { MeteError } from '../base/errors.js';
import { validateRole } from '../resources/role-name.js';
import type { AgentRecord } from './agent-record.js';
import { checkTime, isList, refuse } from './basic-checks.js';
import type { FrameworkRecord, Unavailability } from './model.js';
import type { AllocatorState } from './state.js';

export { checkId, checkResources, checkTime, isList, refuse } from './basic-checks.js';

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
