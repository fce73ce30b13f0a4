/**
 * Quota, weights and the hold-off after a failover.
 */
import { MeteError } from '../base/errors.js';
import { addQuantities, NO_QUANTITIES, type Quantities } from '../resources/quantities.js';
import { topLevelRole, validateRole } from '../resources/role-name.js';
import { checkTime, checkWeight, refuse } from './checks.js';
import { ensureKinds } from './rebuild.js';
import type { Quota } from './role-tree.js';
import { sendQuota } from './send.js';
import type { AllocatorState } from './state.js';

/** Largest amounts, as Mesos has them: an exabyte in MB for mem and disk, a trillion of anything else; thousandths. */
const MAX_MEGABYTES_MILLI = 1024 ** 4 * 1000;
const MAX_OTHER_MILLI = 1e12 * 1000;

function quotaError(role: string, field: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_QUOTA', { field: `quota of ${role}: ${field}`, value, reason, mend });
}

/** Checks a quota by itself; whether the cluster can serve it is the master's question. */
export function checkQuota(role: string, quota: Quota): void {
  validateRole(role);
  if (topLevelRole(role) !== role) {
    throw quotaError(role, 'role', role, 'quota on nested roles is not supported', 'set it on the top-level role');
  }
  for (const field of ['guarantees', 'limits'] as const) {
    for (const [name, amount] of quota[field]) {
      const most = name === 'mem' || name === 'disk' ? MAX_MEGABYTES_MILLI : MAX_OTHER_MILLI;
      if (!(amount >= 0 && amount <= most)) {
        throw quotaError(role, `${field}.${name}`, amount / 1000, 'it is out of range', `give 0 to ${most / 1000}`);
      }
    }
  }
  for (const [name, guarantee] of quota.guarantees) {
    const limit = quota.limits.get(name);
    if (limit !== undefined && limit < guarantee) {
      throw quotaError(role, `limits.${name}`, limit / 1000, 'it is below the guarantee', 'raise it to the guarantee');
    }
  }
}

export function updateQuota(state: AllocatorState, role: string, quota: Quota): void {
  checkQuota(role, quota);
  ensureKinds(state, 'quota', [...quota.guarantees.keys(), ...quota.limits.keys()]);
  state.roleTree.updateQuota(role, { guarantees: new Map(quota.guarantees), limits: new Map(quota.limits) });
  sendQuota(state, role, quota.guarantees, quota.limits);
}

/** What a top-level role consumes: its reservations, and unreserved non-revocable scalars held in its subtree. */
export function consumedBy(state: AllocatorState, role: string): Quantities {
  let sum = state.roleTree.reservationQuantities(role);
  for (const agent of state.agents.values()) {
    agent.holders.forEach((client, i) => {
      if (topLevelRole(client.role.name) !== role) return;
      sum = addQuantities(sum, agent.holdings[i]!.unreserved().nonRevocable().scalarQuantities());
    });
  }
  return sum;
}

function checkCapacity(state: AllocatorState, quotas: ReadonlyMap<string, Quota>): void {
  let guarantees: Quantities = NO_QUANTITIES;
  for (const role of state.roleTree.roles()) {
    if (!quotas.has(role.name)) guarantees = addQuantities(guarantees, role.quota.guarantees);
  }
  for (const quota of quotas.values()) guarantees = addQuantities(guarantees, quota.guarantees);
  for (const [name, amount] of guarantees) {
    const capacity = state.totals.get(name) ?? 0;
    if (amount <= capacity) continue;
    throw new MeteError('INVALID_QUOTA', {
      field: `total quota guarantees: ${name}`,
      value: amount / 1000,
      reason: `they exceed the cluster's capacity of ${capacity / 1000}`,
      mend: 'guarantee less, or force it',
    });
  }
}

function checkConsumption(state: AllocatorState, role: string, quota: Quota): void {
  if (quota.limits.size === 0) return;
  const consumed = consumedBy(state, role);
  for (const [name, limit] of quota.limits) {
    if ((consumed.get(name) ?? 0) <= limit) continue;
    const reason = `the role is already consuming ${consumed.get(name)! / 1000}`;
    throw quotaError(role, `limits.${name}`, limit / 1000, reason, 'raise the limit, or force it');
  }
}

/**
 * Sets the quota of several roles, all or none. Guarantees that together exceed the cluster, and limits below what a
 * role consumes already, are refused unless forced. Throws MeteError (INVALID_QUOTA).
 */
export function updateQuotas(state: AllocatorState, quotas: ReadonlyMap<string, Quota>, force: boolean): void {
  for (const [role, quota] of quotas) checkQuota(role, quota);
  if (!force) {
    checkCapacity(state, quotas);
    for (const [role, quota] of quotas) checkConsumption(state, role, quota);
  }
  const names = [...quotas.values()].flatMap((quota) => [...quota.guarantees.keys(), ...quota.limits.keys()]);
  ensureKinds(state, 'quota', names);
  for (const [role, quota] of quotas) updateQuota(state, role, quota);
}

export function updateWeights(
  state: AllocatorState,
  weights: readonly { readonly role: string; readonly weight: number }[],
): void {
  for (const { role, weight } of weights) {
    validateRole(role);
    checkWeight(role, weight);
  }
  for (const { role, weight } of weights) {
    state.roleTree.updateWeight(role, weight);
    state.roleSorter.setWeight(role, weight);
  }
}

/**
 * After a failover: with quota, offers are held off until enough of the expected agents are back or time is out, lest
 * guarantees are served from a part of the cluster.
 */
export function recover(state: AllocatorState, expectedAgents: number, quotas: ReadonlyMap<string, Quota>): void {
  checkTime('expectedAgentCount', expectedAgents);
  if (expectedAgents < 0 || !Number.isInteger(expectedAgents)) {
    throw refuse('expectedAgentCount', expectedAgents, 'it is not a count', 'give the number of registered agents');
  }
  if (state.agents.size > 0) {
    throw refuse('recover', state.agents.size, 'agents have been added already', 'recover before adding agents');
  }
  for (const [role, quota] of quotas) checkQuota(role, quota);
  if (quotas.size === 0) return;
  for (const [role, quota] of quotas) updateQuota(state, role, quota);
  const awaited = Math.floor(expectedAgents * state.settings.agentRecoveryFactor);
  if (awaited === 0) return;
  state.expectedAgents = awaited;
  state.paused = true;
  state.resumeAtMs = state.clockMs + state.settings.recoveryTimeoutMs;
  state.resumeGeneration = state.generation;
}
