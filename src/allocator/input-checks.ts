/**
 * Checks of the shape of what callers hand in, made at the door: callers need not have been checked by a compiler, and
 * what is wrong must be refused before anything is changed. Whether the content makes sense is the rooms' business.
 */
import { MeteError } from '../base/errors.js';
import { MAX_MILLI } from '../resources/amount.js';
import type { Resources } from '../resources/resources.js';
import { validateRole } from '../resources/role-name.js';
import { checkId, checkResources, checkTime, refuse } from './basic-checks.js';

type Fields = Readonly<Record<string, unknown>>;

/** Checks what is there; what is absent needs no check. */
export type Check = (field: string, value: unknown) => void;

/** Lists and maps have no fields of their own, so they are mistakes where fields are wanted. */
export function checkObject(field: string, value: unknown): asserts value is Fields {
  if (typeof value === 'object' && value !== null && !(Symbol.iterator in value)) return;
  throw refuse(field, value, 'it is not an object', 'give an object');
}

export function checkText(field: string, value: unknown): void {
  if (typeof value === 'string') return;
  throw refuse(field, value, 'it is not a string', 'give a string');
}

export function checkFlag(field: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw refuse(field, value, 'it is neither true nor false', 'give true or false, or leave it out');
}

export function checkList(field: string, value: unknown, checkItem: Check): void {
  if (!Array.isArray(value)) throw refuse(field, value, 'it is not a list', 'give a list');
  // By index: holes are values, too.
  for (let i = 0; i < value.length; i++) checkItem(`${field}[${i}]`, value[i]);
}

/** Checks the fields that are there, and that those named in `needed` are. */
export function checkFields(
  field: string,
  value: unknown,
  checks: Readonly<Record<string, Check>>,
  needed: string[],
): void {
  checkObject(field, value);
  const prefix = field === '' ? '' : `${field}.`;
  for (const [name, check] of Object.entries(checks)) {
    if (value[name] !== undefined || needed.includes(name)) check(`${prefix}${name}`, value[name]);
  }
}

export const checkTexts: Check = (field, value) => checkList(field, value, checkText);

/** A map from resource names to thousandths. */
export const checkAmounts: Check = (field, value) => {
  if (!(value instanceof Map)) {
    throw refuse(field, value, 'it is not a map of thousandths', 'make it with quantitiesFromRecord');
  }
  for (const [name, amount] of value as Map<unknown, unknown>) {
    if (typeof name !== 'string' || name === '') {
      throw refuse(field, name, 'it is not the name of a resource', 'give a non-empty string');
    }
    if (!Number.isSafeInteger(amount) || (amount as number) < 0) {
      const mend = `give an integer of thousandths, 0 to ${MAX_MILLI}`;
      throw refuse(`${field}.${name}`, amount, 'it is not an amount', mend);
    }
  }
};

export const checkAlternatives: Check = (field, value) => checkList(field, value, checkAmounts);

const checkOfferFilters: Check = (field, value) => {
  checkObject(field, value);
  for (const [role, filter] of Object.entries(value)) {
    validateRole(role, field);
    checkFields(`${field}.${role}`, filter, { minAllocatable: checkAlternatives }, []);
  }
};

const FRAMEWORK_FIELDS: Readonly<Record<string, Check>> = {
  capabilities: checkTexts,
  suppressedRoles: checkTexts,
  offerFilters: checkOfferFilters,
};

const checkFunction: Check = (field, value) => {
  if (typeof value !== 'function') throw refuse(field, value, 'it is not a function', 'give a function');
};

/** Options of an allocator; ranges of numbers are checked where they become settings. */
export function checkOptions(options: unknown): void {
  checkFields('options', options, {}, []);
  const fields: Readonly<Record<string, Check>> = {
    engine: checkFunction,
    allocationIntervalMs: checkNumber,
    minAllocatable: checkAlternatives,
    fairSharingExcludedResourceNames: checkTexts,
    filterGpuResources: checkFlag,
    domain: checkDomain,
    seed: checkNumber,
    agentRecoveryFactor: checkNumber,
    recoveryTimeoutMs: (field, value) => checkDuration(field, value),
    incremental: checkFlag,
    stopwatch: checkFunction,
  };
  checkFields('', options, fields, ['engine']);
}

/** Roles are checked where they are used. */
export function checkFrameworkUpdate(update: unknown): void {
  checkFields('update', update, FRAMEWORK_FIELDS, []);
}

const checkResourcesOf: Check = (field, value) => checkResources(field, value as Resources);

const checkRole: Check = (field, value) => validateRole(value as string, field);

const checkIdOf: Check = (field, value) => checkId(field, value as string);

const checkUseOnAgent: Check = (field, value) =>
  checkFields(field, value, { agentId: checkIdOf, role: checkRole, resources: checkResourcesOf }, USE_ON_AGENT);
const USE_ON_AGENT = ['agentId', 'role', 'resources'];

export function checkFrameworkOptions(options: unknown): void {
  checkFields('framework', options, {}, []);
  const used: Check = (field, value) => checkList(field, value, checkUseOnAgent);
  checkFields('', options, { ...FRAMEWORK_FIELDS, active: checkFlag, used }, []);
}

export const checkAttribute: Check = (field, value) => {
  checkFields(field, value, { name: checkText }, ['name']);
  const { type } = value as Fields;
  if (type === 'TEXT') checkFields(field, value, { text: checkText }, ['text']);
  else if (type === 'SCALAR') checkFields(field, value, { value: checkNumber }, ['value']);
  else if (type === 'RANGES') checkFields(field, value, { ranges: checkNumbers }, ['ranges']);
  else throw refuse(`${field}.type`, type, 'it is not a type of attributes', 'use SCALAR, RANGES or TEXT');
};

function checkNumber(field: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw refuse(field, value, 'it is not a finite number', 'give a number');
}

const checkNumbers: Check = (field, value) => checkList(field, value, checkNumber);

export const checkDomain: Check = (field, value) => {
  if (value !== null) checkFields(field, value, { region: checkText, zone: checkText }, ['region', 'zone']);
};

function checkDuration(field: string, value: unknown): void {
  checkTime(field, value as number);
  if ((value as number) < 0) throw refuse(field, value, 'it is negative', 'give milliseconds');
}

export const checkWindow: Check = (field, value) => {
  const start: Check = (name, ms) => checkTime(name, ms as number);
  if (value !== null) checkFields(field, value, { startMs: start, durationMs: checkDuration }, ['startMs']);
};

export function checkUnavailability(value: unknown): void {
  checkWindow('unavailability', value);
}

const AGENT_FIELDS: Readonly<Record<string, Check>> = {
  total: checkResourcesOf,
  attributes: (field, value) => checkList(field, value, checkAttribute),
  capabilities: checkTexts,
  hostname: checkText,
  domain: checkDomain,
};

export function checkAgentUpdate(update: unknown): void {
  checkFields('update', update, {}, []);
  checkFields('', update, AGENT_FIELDS, []);
}

const checkUse: Check = (field, value) =>
  checkFields(field, value, { frameworkId: checkIdOf, role: checkRole, resources: checkResourcesOf }, USE);
const USE = ['frameworkId', 'role', 'resources'];

export function checkUses(used: unknown): void {
  checkList('used', used, checkUse);
}

export function checkAgentOptions(options: unknown): void {
  checkFields('agent', options, {}, []);
  const used: Check = (_field, value) => checkUses(value);
  const fields = { ...AGENT_FIELDS, unavailability: checkWindow, used, active: checkFlag };
  checkFields('', options, fields, ['total']);
}

export function checkFilters(filters: unknown): void {
  if (filters === null) return;
  const seconds: Check = (field, value) => {
    if (typeof value !== 'number') throw refuse(field, value, 'it is not a number', 'give seconds, or leave it out');
  };
  checkFields('filters', filters, { refuseSeconds: seconds }, []);
}

export function checkRequests(requests: unknown): void {
  checkList('requests', requests, (field, value) => checkFields(field, value, { agentId: checkIdOf }, []));
}

/** What comes from nothing can only be further copies of shared volumes. */
const checkConversion: Check = (field, value) => {
  const fields = { consumed: checkResourcesOf, converted: checkResourcesOf, absentAfter: checkResourcesOf };
  checkFields(field, value, fields, ['consumed', 'converted']);
  const { consumed, converted } = value as { consumed: Resources; converted: Resources };
  if (!consumed.isEmpty || converted.nonShared().isEmpty) return;
  const mend = 'consume something, or convert to copies of shared volumes';
  throw refuse(`${field}.converted`, converted.toString(), 'it comes from nothing and is not shared', mend);
};

export function checkConversions(conversions: unknown): void {
  checkList('conversions', conversions, checkConversion);
}

/** The resources that each operation needs. */
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  RESERVE: ['resources'],
  UNRESERVE: ['resources'],
  CREATE: ['volumes'],
  DESTROY: ['volumes'],
  GROW_VOLUME: ['volume', 'addition'],
  SHRINK_VOLUME: ['volume'],
};

const checkOperation: Check = (field, value) => {
  checkObject(field, value);
  const needed = Object.hasOwn(OPERANDS, String(value['type'])) ? OPERANDS[String(value['type'])]! : [];
  for (const name of needed) checkResourcesOf(`${field}.${name}`, value[name]);
  if (value['source'] !== undefined) checkResourcesOf(`${field}.source`, value['source']);
};

export function checkOperations(operations: unknown): void {
  checkList('operations', operations, checkOperation);
}

/** The hostnames as a list; what can be gone through only once is gone through here. */
export function listOfHostnames(hostnames: unknown): string[] | null {
  if (hostnames === null) return null;
  if (typeof hostnames !== 'object' || !(Symbol.iterator in hostnames)) {
    throw refuse('whitelist', hostnames, 'it is no list of hostnames', 'give a list of hostnames, or null for all');
  }
  const list = [...(hostnames as Iterable<unknown>)];
  for (const hostname of list) checkText('whitelist', hostname);
  return list as string[];
}

/** A quota; what is wrong with it is INVALID_QUOTA, whatever it is. */
export function checkQuotaShape(role: string, quota: unknown): void {
  validateRole(role);
  try {
    checkFields('', quota, { guarantees: checkAmounts, limits: checkAmounts }, ['guarantees', 'limits']);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    const { field, value, reason, mend } = error;
    throw new MeteError('INVALID_QUOTA', { field: `quota of ${role}: ${field}`, value, reason, mend });
  }
}

export function checkQuotas(quotas: unknown): void {
  if (!(quotas instanceof Map)) throw refuse('quotas', quotas, 'it is not a map', 'give a map from roles to quotas');
  for (const [role, quota] of quotas as Map<string, unknown>) checkQuotaShape(role, quota);
}

export function checkForce(options: unknown): void {
  checkFields('options', options, { force: checkFlag }, []);
}

export function checkWeights(weights: unknown): void {
  checkList('weights', weights, (field, value) => checkFields(field, value, {}, []));
}
