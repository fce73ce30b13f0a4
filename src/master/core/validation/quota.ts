/** Quotas and weights that operators set. Amounts are in units; refusals are answered with status 400. */
import type { Resource } from '../../../protocol/common.js';
import { containsQuantities, type Quantities } from '../../../resources/quantities.js';
import { type Limits, limitsContain } from '../../../resources/limits.js';
import { roleRefusal } from '../../../resources/role-name.js';
import { validateInputAmount } from './framework.js';
import { printAmount, printDouble, type Refusal } from './refusal.js';

/** A quota as it is asked for. What limits do not name is unlimited. */
export interface QuotaConfig {
  readonly role?: string | undefined;
  readonly guarantees?: Readonly<Record<string, number>> | undefined;
  readonly limits?: Readonly<Record<string, number>> | undefined;
}

const EXABYTE_MB = 1024 ** 4;
const TRILLION = 1e12;

/** One quota by itself. `allowedRoles` are Mesos' --roles; absent: any. */
export function validateQuota(config: QuotaConfig, allowedRoles?: ReadonlySet<string>): Refusal {
  const { role = '' } = config;
  if (allowedRoles !== undefined && role !== '*' && !allowedRoles.has(role)) {
    return `Invalid QuotaConfig: '${role}' is not on the roles whitelist`;
  }
  if (role.includes('/')) return `Updating quota on nested role '${role}' is not supported yet`;
  const refusal = validateConfig(config);
  return refusal === null ? null : `Invalid QuotaConfig: ${refusal}`;
}

function validateConfig({ role, guarantees = {}, limits = {} }: QuotaConfig): Refusal {
  if (role === undefined) return "'QuotaConfig.role' must be set";
  const name = roleRefusal(role);
  if (name !== null) return `Invalid 'QuotaConfig.role': ${name}`;
  const largeGuarantee = tooLarge(guarantees);
  if (largeGuarantee !== null) return `Invalid 'QuotaConfig.guarantees': ${largeGuarantee}`;
  const largeLimit = tooLarge(limits);
  if (largeLimit !== null) return `Invalid 'QuotaConfig.limits': ${largeLimit}`;
  const amount = validateAmounts(guarantees, 'guarantee') ?? validateAmounts(limits, 'limit');
  if (amount !== null) return amount;
  const within = Object.entries(guarantees).every(([kind, guarantee]) => {
    const limit = limits[kind];
    return limit === undefined || Math.round(guarantee * 1000) <= Math.round(limit * 1000);
  });
  if (within) return null;
  const inside = `is not contained within the 'QuotaConfig.limits' ${printMap(limits)}`;
  return `'QuotaConfig.guarantees' ${printMap(guarantees)} ${inside}`;
}

function tooLarge(amounts: Readonly<Record<string, number>>): Refusal {
  for (const [name, amount] of Object.entries(amounts)) {
    const isBytes = name === 'mem' || name === 'disk';
    const most = isBytes ? EXABYTE_MB : TRILLION;
    if (!(amount > most)) continue;
    const limit = `values greater than 1 ${isBytes ? 'exabyte' : 'trillion'} (${most}) are not supported`;
    return `{'${name}': ${printAmount(amount)}} is invalid: ${limit}`;
  }
  return null;
}

function validateAmounts(amounts: Readonly<Record<string, number>>, kind: 'guarantee' | 'limit'): Refusal {
  for (const [name, amount] of Object.entries(amounts)) {
    const refusal = validateInputAmount(amount);
    if (refusal !== null) return `Invalid ${kind} configuration {'${name}': ${printAmount(amount)}}: ${refusal}`;
  }
  return null;
}

/** Whether the role already uses more than its new limits; `force` is the caller's to look at. */
export function validateConsumption(role: string, consumed: Quantities, limits: Limits): Refusal {
  if (limitsContain(limits, consumed)) return null;
  const more = `this is more than the requested limits '${printQuantities(limits)}'`;
  const already = `Role '${role}' is already consuming '${printQuantities(consumed)}'; ${more}`;
  return `Invalid QuotaConfig: ${already} (use 'force' flag to bypass this check)`;
}

/** Whether all guarantees together are more than the cluster has; `force` is the caller's to look at. */
export function validateCapacity(guarantees: Quantities, capacity: Quantities): Refusal {
  if (containsQuantities(capacity, guarantees)) return null;
  const exceed = `exceed cluster capacity '${printQuantities(capacity)}'`;
  const total = `total quota guarantees '${printQuantities(guarantees)}' ${exceed}`;
  return `Invalid QuotaConfig: ${total} (use 'force' flag to bypass this check)`;
}

/** Weights by role: names are trimmed first, as Mesos does. */
export function validateWeight(role: string, weight: number, allowedRoles?: ReadonlySet<string>): Refusal {
  const failed = 'Failed to validate update weights request JSON';
  const name = role.trim();
  const refusal = roleRefusal(name);
  if (refusal !== null) return `${failed}: Invalid role '${name}': ${refusal}`;
  if (allowedRoles !== undefined && name !== '*' && !allowedRoles.has(name)) return `${failed}: Unknown role '${name}'`;
  if (weight > 0 && Number.isFinite(weight)) return null;
  return `${failed} for role '${name}': Invalid weight '${printDouble(weight)}': Weights must be positive`;
}

/** `cpus:1; mem:2` from thousandths; `{}` if there is nothing. */
function printQuantities(amounts: ReadonlyMap<string, number>): string {
  if (amounts.size === 0) return '{}';
  const names = [...amounts.keys()].sort();
  return names.map((name) => `${name}:${printAmount((amounts.get(name) ?? 0) / 1000)}`).join('; ');
}

/** `{ cpus: 1, mem: 2 }` */
function printMap(amounts: Readonly<Record<string, number>>): string {
  return `{ ${Object.entries(amounts).map(([name, amount]) => `${name}: ${printAmount(amount)}`).join(', ')} }`;
}

/** A quota in its old form, whose guarantee is a list of plain amounts. */
export function validateQuotaInfo(role: string, guarantee: readonly Resource[]): Refusal {
  const name = roleRefusal(role);
  if (name !== null) return `QuotaInfo with invalid role: ${name}`;
  if (guarantee.length === 0) return "QuotaInfo with empty 'guarantee'";
  const names = new Set<string>();
  for (const resource of guarantee) {
    const isReserved = (resource.reservations ?? []).length > 0 || (resource.role ?? '*') !== '*';
    if (isReserved) return 'QuotaInfo must not contain any ReservationInfo';
    if (resource.disk !== undefined) return 'QuotaInfo must not contain DiskInfo';
    if (resource.revocable === true) return 'QuotaInfo must not contain RevocableInfo';
    if (resource.type !== 'SCALAR') return 'QuotaInfo must not include non-scalar resources';
    if (names.has(resource.name)) return `QuotaInfo contains duplicate resource name '${resource.name}'`;
    names.add(resource.name);
  }
  return null;
}
