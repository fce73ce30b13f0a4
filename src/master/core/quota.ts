/**
 * UPDATE_QUOTA: guarantees and limits of roles, all or none. Then offers are rescinded as far as they break a new limit
 * or stand in the way of a new guarantee. Facts: Mesos' quota handler.
 */
import type { Quota } from '../../allocator/role-tree.js';
import { addQuantities, NO_QUANTITIES, type Quantities, subtractQuantities } from '../../resources/quantities.js';
import { containsQuantities, quantitiesFromRecord } from '../../resources/quantities.js';
import { toMilli } from '../../resources/amount.js';
import { limitsContain } from '../../resources/limits.js';
import { isSelfOrAncestor } from '../../resources/role-name.js';
import type { MasterEffect, OperatorCall } from './events.js';
import { rescindOffer } from './offers.js';
import { useOfRole } from './roles.js';
import type { MasterState } from './state.js';
import { validateCapacity, validateConsumption, validateQuota } from './validation/index.js';

type QuotaCall = Extract<OperatorCall, { readonly type: 'UPDATE_QUOTA' }>;

/** Sets the quotas. The answer is null, or why they are refused. */
export function updateQuota(state: MasterState, call: QuotaCall, effects: MasterEffect[]): string | null {
  const allowed = state.settings.roles === undefined ? undefined : new Set(state.settings.roles);
  const quotas = new Map<string, Quota>();
  for (const config of call.configs) {
    const refusal = validateQuota(config, allowed);
    if (refusal !== null) return refusal;
    // Kept apart from quantities: a limit of zero is a limit.
    const limits = Object.entries(config.limits ?? {}).map(([name, amount]) => [name, toMilli(amount, name)] as const);
    quotas.set(config.role, { guarantees: quantitiesFromRecord(config.guarantees ?? {}), limits: new Map(limits) });
  }
  if (call.force !== true) {
    const refusal = overcommitment(state, quotas);
    if (refusal !== null) return refusal;
  }
  state.allocator.updateQuotas(quotas, { force: true });
  for (const [role, quota] of quotas) rescindFor(state, role, quota, effects);
  return null;
}

/** Whether the cluster cannot give all guarantees, or a role uses more than its new limits already. */
function overcommitment(state: MasterState, quotas: ReadonlyMap<string, Quota>): string | null {
  let guarantees: Quantities = NO_QUANTITIES;
  for (const name of state.allocator.list().roles) {
    if (!quotas.has(name)) guarantees = addQuantities(guarantees, state.allocator.role(name).guarantees);
  }
  for (const quota of quotas.values()) guarantees = addQuantities(guarantees, quota.guarantees);
  let capacity: Quantities = NO_QUANTITIES;
  for (const { total } of state.agents.values()) {
    capacity = addQuantities(capacity, total.nonRevocable().scalarQuantities());
  }
  const beyond = validateCapacity(guarantees, capacity);
  if (beyond !== null) return beyond;
  for (const [role, quota] of quotas) {
    const refusal = validateConsumption(role, useOfRole(state, role).consumed, quota.limits);
    if (refusal !== null) return refusal;
  }
  return null;
}

function rescindFor(state: MasterState, role: string, quota: Quota, effects: MasterEffect[]): void {
  const { consumed, offered } = useOfRole(state, role);
  let held = addQuantities(consumed, offered);
  for (const framework of state.frameworks.values()) {
    for (const offer of [...framework.offers]) {
      if (limitsContain(quota.limits, held)) break;
      if (!isSelfOrAncestor(role, offer.role)) continue;
      held = subtractQuantities(held, offer.resources.scalarQuantities());
      rescindOffer(state, offer, effects);
    }
  }
  for (const agent of state.agents.values()) {
    for (const offer of [...agent.offers]) {
      if (containsQuantities(held, quota.guarantees)) return;
      if (isSelfOrAncestor(role, offer.role)) continue;
      held = addQuantities(held, offer.resources.scalarQuantities());
      rescindOffer(state, offer, effects);
    }
  }
}
