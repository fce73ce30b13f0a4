/**
 * Metrics by name, as numbers in units. Without times: the oracle has no stopwatch.
 */
import { NOTHING, plus, type Amounts } from './amounts.js';
import { OracleDrfSorter } from './sorter.js';
import type { OracleState } from './state.js';

const PREFIX = 'allocator/mesos/';

export function metricsOf(state: OracleState): Record<string, number> {
  return {
    [`${PREFIX}allocation_runs`]: state.runs,
    ...resourceMetrics(state),
    ...quotaMetrics(state),
    ...filterMetrics(state),
    ...shareMetrics(state),
  };
}

function resourceMetrics(state: OracleState): Record<string, number> {
  const agents = state.agentsInOrder();
  const totals = agents.map((agent) => agent.total.scalarQuantities()).reduce(plus, NOTHING);
  const held = agents.map((agent) => agent.held.scalarQuantities()).reduce(plus, NOTHING);
  const metrics: Record<string, number> = {};
  for (const name of new Set(['cpus', 'mem', 'disk', ...totals.keys()])) {
    metrics[`${PREFIX}resources/${name}/total`] = inUnits(totals, name);
    metrics[`${PREFIX}resources/${name}/offered_or_allocated`] = inUnits(held, name);
  }
  return metrics;
}

/** Guarantees and limits as they are set; what is held counts for the role itself, not for roles below it. */
function quotaMetrics(state: OracleState): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const role of state.roleTree.roles()) {
    const { guarantees, limits } = state.roleTree.quota(role);
    const held = state.roleSorter.contains(role) ? state.roleSorter.allocationQuantities(role) : NOTHING;
    const prefix = `${PREFIX}quota/roles/${role}/resources`;
    for (const name of guarantees.keys()) metrics[`${prefix}/${name}/guarantee`] = inUnits(guarantees, name);
    for (const name of limits.keys()) metrics[`${prefix}/${name}/limit`] = inUnits(limits, name);
    for (const name of [...guarantees.keys(), ...limits.keys()]) {
      metrics[`${prefix}/${name}/offered_or_allocated`] = inUnits(held, name);
    }
  }
  return metrics;
}

function filterMetrics(state: OracleState): Record<string, number> {
  const filters = [...state.frameworks.values()].flatMap((framework) => framework.offerFilters);
  const entries = state.roleTree.roles().map((role) => {
    const active = filters.filter((filter) => filter.role === role).length;
    return [`${PREFIX}offer_filters/roles/${role}/active`, active] as const;
  });
  return Object.fromEntries(entries);
}

function shareMetrics(state: OracleState): Record<string, number> {
  if (!(state.roleSorter instanceof OracleDrfSorter)) return {};
  const entries = Object.entries(state.roleSorter.shares());
  return Object.fromEntries(entries.map(([role, share]) => [`${PREFIX}roles/${role}/shares/dominant`, share]));
}

function inUnits(amounts: Amounts, name: string): number {
  return (amounts.get(name) ?? 0) / 1000;
}
