/**
 * Frameworks: what they say of themselves when they subscribe or update, which roles they suppress or constrain.
 * Refusals become an ERROR event, or status 400 for UPDATE_FRAMEWORK.
 */
import type { FrameworkInfo, OfferConstraintsMessage } from '../../../protocol/framework.js';
import { roleRefusal } from '../../../resources/role-name.js';
import { validateId } from './ids.js';
import { printDouble, printSet, type Refusal } from './refusal.js';

/** Durations are whole nanoseconds in 64 bits. */
const MAX_SECONDS = 9_223_372_036.854775;

/** The smallest double with full precision. */
const MIN_NORMAL = 2.2250738585072014e-308;

/** What of the master decides over frameworks. */
export interface Admission {
  /** The only roles there may be; absent: any (Mesos' --roles). */
  readonly allowedRoles?: ReadonlySet<string> | undefined;
  /** Whether frameworks may run as root (Mesos' --root_submissions); absent: they may. */
  readonly rootSubmissions?: boolean | undefined;
  /** Whether a framework of this id was here and is gone for good. */
  isCompleted(id: string): boolean;
}

export function hasCapability(info: FrameworkInfo, name: string): boolean {
  return info.capabilities?.some((capability) => capability.type === name) ?? false;
}

/** The roles of a framework: `roles` if it is MULTI_ROLE capable, otherwise its one `role`, `*` if unset. */
export function frameworkRoles(info: FrameworkInfo): readonly string[] {
  return hasCapability(info, 'MULTI_ROLE') ? (info.roles ?? []) : [info.role ?? '*'];
}

/** The rules for FrameworkInfo alone. */
export function validateFramework(info: FrameworkInfo): Refusal {
  return (
    validateRoles(info) ??
    validateFrameworkId(info.id) ??
    validateOfferFilters(info.offerFilters) ??
    validateFailoverTimeout(info.failoverTimeoutSeconds)
  );
}

function validateRoles(info: FrameworkInfo): Refusal {
  const multiRole = hasCapability(info, 'MULTI_ROLE');
  if (multiRole && info.role !== undefined) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  if (!multiRole && (info.roles?.length ?? 0) > 0) {
    return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
  }
  if (!multiRole) {
    const refusal = roleRefusal(info.role ?? '*');
    return refusal === null ? null : `'FrameworkInfo.role' is not a valid role: ${refusal}`;
  }
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const role of info.roles ?? []) (seen.has(role) ? twice : seen).add(role);
  if (twice.size > 0) return `'FrameworkInfo.roles' contains duplicate items: ${printSet(twice)}`;
  for (const role of seen) {
    const refusal = roleRefusal(role);
    if (refusal !== null) return `'FrameworkInfo.roles' contains invalid role: ${refusal}`;
  }
  return null;
}

/** No id, or an empty one, is that of a framework that is new. */
function validateFrameworkId(id: string | undefined): Refusal {
  return id === undefined || id === '' ? null : validateId(id);
}

function validateFailoverTimeout(seconds = 0): Refusal {
  // Mesos takes negative ones, too; they mean the same as zero.
  if (Math.abs(seconds) <= MAX_SECONDS) return null;
  return `The framework failover_timeout (${printDouble(seconds)}) is invalid`;
}

function validateOfferFilters(filters: FrameworkInfo['offerFilters']): Refusal {
  for (const { minAllocatableResources } of Object.values(filters ?? {})) {
    for (const { quantities } of minAllocatableResources ?? []) {
      const entries = Object.entries(quantities);
      if (entries.length === 0) return 'Resource quantities must contain at least one quantity';
      for (const [name, value] of entries) {
        const refusal = validateInputAmount(value);
        if (refusal !== null) return `Invalid resource quantity for '${name}': ${refusal}`;
      }
    }
  }
  return null;
}

/** Amounts given by people and frameworks for filters and quotas. */
export function validateInputAmount(value: number): Refusal {
  if (Number.isNaN(value)) return 'NaN not supported';
  if (!Number.isFinite(value)) return 'Infinite values not supported';
  if (value !== 0 && Math.abs(value) < MIN_NORMAL) return 'Subnormal values not supported';
  return value < 0 ? 'Negative values not supported' : null;
}

/** The rules of FrameworkInfo, then those of this master: SUBSCRIBE and UPDATE_FRAMEWORK alike. */
export function validateAdmission(info: FrameworkInfo, admission: Admission): Refusal {
  const refusal = validateFramework(info);
  if (refusal !== null) return refusal;
  const { allowedRoles } = admission;
  if (allowedRoles !== undefined) {
    // `*` is always allowed.
    const strangers = frameworkRoles(info).filter((role) => role !== '*' && !allowedRoles.has(role));
    if (strangers.length > 0) return `Roles ${printSet(strangers)} are not present in the master's --roles`;
  }
  if (info.user === 'root' && admission.rootSubmissions === false) {
    return "User 'root' is not allowed to run frameworks without --root_submissions set";
  }
  return info.id !== undefined && admission.isCompleted(info.id) ? 'Framework has been removed' : null;
}

/** What UPDATE_FRAMEWORK may not change. SUBSCRIBE asks `validatePrincipal` only and keeps user and checkpoint. */
export function validateUpdateFramework(old: FrameworkInfo, next: FrameworkInfo): Refusal {
  const refusal = validatePrincipal(old, next);
  if (refusal !== null) return refusal;
  if (next.user !== old.user) return changeRefusal('user', old.user, next.user);
  const [before, after] = [old.checkpoint ?? false, next.checkpoint ?? false];
  return before === after ? null : changeRefusal('checkpoint', String(before), String(after));
}

export function validatePrincipal(old: FrameworkInfo, next: FrameworkInfo): Refusal {
  return old.principal === next.principal ? null : "Changing framework's principal is not allowed.";
}

function changeRefusal(field: string, old: string, next: string): string {
  return `Updating 'FrameworkInfo.${field}' is unsupported; attempted to update from '${old}' to '${next}'`;
}

/** A framework that comes back with its id keeps these two, whatever it says. */
export function keepImmutable(old: FrameworkInfo, next: FrameworkInfo): FrameworkInfo {
  const checkpoint = old.checkpoint ?? false;
  if (next.user === old.user && (next.checkpoint ?? false) === checkpoint) return next;
  return { ...next, user: old.user, checkpoint };
}

/** Suppressed roles and offer constraints must be about roles of the framework. */
export function validateRolesOfOptions(
  roles: readonly string[],
  suppressedRoles: readonly string[] | undefined,
  constraints: OfferConstraintsMessage | undefined,
): Refusal {
  const own = new Set(roles);
  const strangers = new Set(suppressedRoles?.filter((role) => !own.has(role)));
  if (strangers.size > 0) {
    return `Suppressed roles ${printSet([...strangers].sort())} are not contained in the set of roles`;
  }
  for (const role of Object.keys(constraints?.roleConstraints ?? {})) {
    if (own.has(role)) continue;
    return `Offer constraints specify \`role_constraints\` for a role '${role}'not contained in the set of roles`;
  }
  return null;
}
