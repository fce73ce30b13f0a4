/**
 * Refusals of bad input. Every check throws before anything was changed.
 */
import { isDeepStrictEqual } from 'node:util';
import { type ErrorCode, MeteError } from '../../src/base/errors.js';
import type { Resources } from '../../src/resources/resources.js';
import { validateRole } from '../../src/resources/role-name.js';
import type { OracleAgent } from './agent.js';
import type { OracleFramework } from './framework.js';
import type { OracleState } from './state.js';
import type { Attributes, Quota } from './types.js';

export function refuse(code: ErrorCode, field: string, value: unknown, reason: string): never {
  throw new MeteError(code, { field, value, reason, mend: 'see docs/allocator.md' });
}

export function knownAgent(state: OracleState, agentId: string): OracleAgent {
  return state.agents.get(agentId) ?? refuse('UNKNOWN_AGENT', 'agentId', agentId, 'there is no such agent');
}

export function knownFramework(state: OracleState, frameworkId: string): OracleFramework {
  const framework = state.frameworks.get(frameworkId);
  return framework ?? refuse('UNKNOWN_FRAMEWORK', 'frameworkId', frameworkId, 'there is no such framework');
}

export function checkId(field: string, id: string): void {
  if (typeof id !== 'string' || id === '') refuse('INVALID_ARGUMENT', field, id, 'is not an id');
}

export function checkTime(atMs: number): void {
  if (!Number.isFinite(atMs)) refuse('INVALID_ARGUMENT', 'atMs', atMs, 'is not a time');
}

export function checkRoles(roles: readonly string[], suppressedRoles: readonly string[]): void {
  roles.forEach((role) => validateRole(role));
  if (new Set(roles).size < roles.length) refuse('INVALID_ARGUMENT', 'roles', roles, 'contain duplicates');
  for (const role of suppressedRoles) {
    if (!roles.includes(role)) refuse('INVALID_ARGUMENT', 'suppressedRoles', role, 'is not one of the roles');
  }
}

export function checkSubscribed(framework: OracleFramework, roles: readonly string[]): void {
  for (const role of roles) {
    if (!framework.roles.has(role)) refuse('INVALID_ARGUMENT', 'roles', role, 'is not a role of the framework');
  }
}

/** Only top-level roles have quotas, and a guarantee must be allowed by the limit. */
export function checkQuota(role: string, quota: Quota): void {
  validateRole(role);
  if (role.includes('/')) refuse('INVALID_QUOTA', 'role', role, 'is below another role');
  for (const [name, guaranteeMilli] of quota.guarantees) {
    const limitMilli = quota.limits.get(name);
    if (limitMilli !== undefined && limitMilli < guaranteeMilli) {
      refuse('INVALID_QUOTA', `guarantees.${name}`, guaranteeMilli, 'is more than the limit');
    }
  }
}

export function checkWeight(role: string, weight: number): void {
  validateRole(role);
  if (!(weight > 0 && weight < Infinity)) refuse('INVALID_WEIGHT', role, weight, 'is not a positive number');
}

export function checkHeld(held: Resources, resources: Resources): void {
  if (!held.contains(resources)) refuse('NOT_HELD', 'resources', resources.toString(), 'are not held');
}

/** Whether each list has everything the other has. Order and repetitions do not matter. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  const within = (inner: Attributes, outer: Attributes): boolean =>
    inner.every((item) => outer.some((other) => isDeepStrictEqual(item, other)));
  return a.length === b.length && within(a, b) && within(b, a);
}
