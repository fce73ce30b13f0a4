/**
 * Weights and quotas by operators. UPDATE_QUOTA sets guarantees and limits of roles, all or none, and rescinds offers
 * as far as they break a new limit or stand in the way of a new guarantee. SET_QUOTA and REMOVE_QUOTA are its old
 * forms; they count from the moment they are asked for, so that of two that race the second is refused.
 */
import { addQuantities, NO_QUANTITIES, type Quantities, subtractQuantities } from '../../resources/quantities.js';
import { containsQuantities, quantitiesFromRecord } from '../../resources/quantities.js';
import { type QuotaEntry, setQuota } from '../../protocol/registry.js';
import { limitsContain } from '../../resources/limits.js';
import { isSelfOrAncestor } from '../../resources/role-name.js';
import type { MasterEffect } from './events.js';
import { rescindOffer } from './offers.js';
import { type Answer, type CallOf, DONE, type OperatorHandler, refused } from './operator-handler.js';
import { useOfRole } from './roles.js';
import { allocatorQuota, type MasterState } from './state.js';
import { validateCapacity, validateConsumption, validateQuota, validateQuotaInfo } from './validation/index.js';
import { validateWeight } from './validation/index.js';

function allowedRoles({ settings }: MasterState): ReadonlySet<string> | undefined {
  return settings.roles === undefined ? undefined : new Set(settings.roles);
}

type Calls = 'UPDATE_WEIGHTS' | 'UPDATE_QUOTA' | 'SET_QUOTA' | 'REMOVE_QUOTA';

export const OPERATOR_ROLE_CALLS: { readonly [T in Calls]: OperatorHandler<CallOf<T>> } = {
  UPDATE_WEIGHTS: {
    check(state, call) {
      const allowed = allowedRoles(state);
      for (const { role, weight } of call.weights) {
        const refusal = validateWeight(role, weight, allowed);
        if (refusal !== null) return refused(refusal);
      }
      return null;
    },
    store: (_state, call) => ({ type: 'UPDATE_WEIGHTS', weights: trimmed(call) }),
    act: updateWeights,
  },
  UPDATE_QUOTA: {
    check(state, call) {
      const allowed = allowedRoles(state);
      for (const config of call.configs) {
        const refusal = validateQuota(config, allowed);
        if (refusal !== null) return refused(refusal);
      }
      return refused(call.force === true ? null : overcommitment(state, call.configs.map(mutable)));
    },
    store: (_state, call) => ({ type: 'UPDATE_QUOTA', configs: call.configs.map(mutable) }),
    act(state, call, effects) {
      const configs = call.configs.map(mutable);
      for (const config of configs) setQuota(state.quotas, config);
      const quotas = new Map(configs.map((config) => [config.role, allocatorQuota(config)]));
      state.allocator.updateQuotas(quotas, { force: true });
      for (const config of configs) rescindFor(state, config, effects);
      return DONE;
    },
  },
  SET_QUOTA: {
    check: checkSetQuota,
    store(state, call) {
      const config = configOf(call);
      setQuota(state.quotas, config);
      return { type: 'UPDATE_QUOTA', configs: [config] };
    },
    act(state, call, effects) {
      const config = configOf(call);
      state.allocator.updateQuotas(new Map([[config.role, allocatorQuota(config)]]), { force: true });
      rescindForGuarantee(state, config, effects);
      return DONE;
    },
  },
  REMOVE_QUOTA: {
    check(state, { role, path }) {
      const of = path === undefined ? '' : ` for path '${path}'`;
      const allowed = allowedRoles(state);
      if (path !== undefined && allowed !== undefined && role !== '*' && !allowed.has(role)) {
        return refused(`Failed to validate remove quota request${of}: Unknown role '${role}'`);
      }
      if (state.quotas.has(role)) return null;
      return refused(`Failed to remove quota${of}: Role '${role}' has no quota set`);
    },
    store(state, { role }) {
      state.quotas.delete(role);
      return { type: 'UPDATE_QUOTA', configs: [{ role }] };
    },
    act(state, { role }) {
      state.allocator.updateQuotas(new Map([[role, allocatorQuota({ role })]]), { force: true });
      return DONE;
    },
  },
};

function mutable({ role, guarantees, limits }: CallOf<'UPDATE_QUOTA'>['configs'][number]): QuotaEntry {
  return {
    role,
    ...(guarantees === undefined ? {} : { guarantees: { ...guarantees } }),
    ...(limits === undefined ? {} : { limits: { ...limits } }),
  };
}

function trimmed({ weights }: CallOf<'UPDATE_WEIGHTS'>): { role: string; weight: number }[] {
  return weights.map(({ role, weight }) => ({ role: role.trim(), weight }));
}

/** New weights; if frameworks are in one of the roles, all outstanding offers are rescinded. */
function updateWeights(state: MasterState, call: CallOf<'UPDATE_WEIGHTS'>, effects: MasterEffect[]): Answer {
  const weights = trimmed(call);
  state.allocator.updateWeights(weights);
  for (const { role, weight } of weights) state.weights.set(role, weight);
  const inUse = new Set([...state.frameworks.values()].flatMap((framework) => [...framework.roles]));
  if (weights.some(({ role }) => inUse.has(role))) {
    for (const offer of [...state.offers.values()]) rescindOffer(state, offer, effects);
  }
  return DONE;
}

/** Whether a role uses more than its new limits already, or the cluster cannot give all guarantees. */
function overcommitment(state: MasterState, configs: readonly QuotaEntry[]): string | null {
  for (const config of configs) {
    const { consumed } = useOfRole(state, config.role);
    const refusal = validateConsumption(config.role, consumed, allocatorQuota(config).limits);
    if (refusal !== null) return refusal;
  }
  const { guarantees, capacity } = balance(state, configs);
  return validateCapacity(guarantees, capacity);
}

/** All guarantees with new ones in the place of old ones, and what the cluster has. */
function balance(state: MasterState, configs: readonly QuotaEntry[]): { guarantees: Quantities; capacity: Quantities } {
  const all = new Map(state.quotas);
  for (const config of configs) all.set(config.role, config);
  let guarantees: Quantities = NO_QUANTITIES;
  for (const { guarantees: own = {} } of all.values()) {
    guarantees = addQuantities(guarantees, quantitiesFromRecord(own));
  }
  let capacity: Quantities = NO_QUANTITIES;
  for (const { total } of state.agents.values()) {
    capacity = addQuantities(capacity, total.nonRevocable().scalarQuantities());
  }
  return { guarantees, capacity };
}

/** What is guaranteed in the old form is the limit, too. */
function configOf({ role, guarantee }: CallOf<'SET_QUOTA'>): QuotaEntry {
  const amounts = Object.fromEntries(guarantee.map(({ name, scalar = 0 }) => [name, scalar]));
  return { role, guarantees: amounts, limits: amounts };
}

function checkSetQuota(state: MasterState, call: CallOf<'SET_QUOTA'>): Answer | null {
  const { role, guarantee } = call;
  const failed = 'Failed to validate set quota request';
  const invalid = validateQuotaInfo(role, guarantee);
  if (invalid !== null) return refused(`${failed}: ${invalid}`);
  const allowed = allowedRoles(state);
  if (allowed !== undefined && role !== '*' && !allowed.has(role)) return refused(`${failed}: Unknown role '${role}'`);
  if (state.quotas.has(role)) {
    return refused(`${failed}: Cannot set quota for role '${role}' which already has quota`);
  }
  if (role.includes('/')) return refused(`Setting quota on nested role '${role}' is not supported yet`);
  if (call.force === true) return null;
  const { guarantees, capacity } = balance(state, [configOf(call)]);
  const beyond = validateCapacity(guarantees, capacity);
  if (beyond === null) return null;
  const why = beyond.replace('Invalid QuotaConfig: t', 'T').replace(" (use 'force' flag to bypass this check)", '');
  return { status: 409, body: `Quota guarantees overcommit the cluster (use 'force' to bypass this check): ${why}` };
}

function rescindFor(state: MasterState, config: QuotaEntry, effects: MasterEffect[]): void {
  const { role } = config;
  const quota = allocatorQuota(config);
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

/** SET_QUOTA takes back all offers of agents until they make up the guarantee, from an agent for each framework. */
function rescindForGuarantee(state: MasterState, { role, guarantees = {} }: QuotaEntry, effects: MasterEffect[]): void {
  const wanted = quantitiesFromRecord(guarantees);
  const takers = [...state.frameworks.values()].filter((framework) => framework.roles.has(role) && framework.active);
  let rescinded: Quantities = NO_QUANTITIES;
  let visited = 0;
  for (const agent of state.agents.values()) {
    if (containsQuantities(rescinded, wanted) && visited >= takers.length) return;
    if (!agent.active || agent.offers.size === 0) continue;
    for (const offer of [...agent.offers]) {
      rescinded = addQuantities(rescinded, offer.resources.scalarQuantities());
      rescindOffer(state, offer, effects);
    }
    visited++;
  }
}
