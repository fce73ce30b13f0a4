/**
 * The allocator's metrics under Mesos' names, computed when asked for. Percentiles are of the latest runs.
 */
import { fromMilli } from '../resources/amount.js';
import { Resources } from '../resources/resources.js';
import { isDefaultQuota } from './role-tree.js';
import type { AllocatorState } from './state.js';

const PREFIX = 'allocator/mesos';
const PERCENTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
  ['p9999', 0.9999],
] as const;

/** A node as the engine reads it: share, grants, amounts. */
function readNode(state: AllocatorState, node: number): Float64Array {
  const { program } = state;
  if (state.totalsMoved) {
    program.setTotals(state.encoding.vector(state.totals));
    state.totalsMoved = false;
  }
  program.flush();
  const row = new Float64Array(2 + program.engine.kinds);
  program.engine.readNode(node, row);
  return row;
}

/** Scalar thousandths of one kind that a role (itself, not its subroles) has offered or allocated. */
function roleAmount(state: AllocatorState, role: string, name: string): number {
  if (!state.roleSorter.has(role)) return 0;
  const kind = state.encoding.kindIfKnown(name);
  if (kind === undefined) return 0;
  return readNode(state, state.roleSorter.leafOf(role).id)[2 + kind]!;
}

/** Thousandths of one kind that frameworks hold which have not been added yet; what others share counts with them. */
function unclaimedAmount(state: AllocatorState, name: string): number {
  let sum = 0;
  for (const agent of new Set([...state.unclaimed.values()].flatMap((agents) => [...agents]))) {
    const known = agent.holdings.reduce((all, held) => all.plus(held), Resources.EMPTY);
    const unclaimed = agent.unclaimed.reduce((all, used) => all.plus(used.resources), Resources.EMPTY);
    sum += known.plus(unclaimed).get(name) - known.get(name);
  }
  return sum;
}

function resourceMetrics(state: AllocatorState, metrics: Record<string, number>): void {
  const root = readNode(state, state.roleSorter.root.id);
  const names = new Set(['cpus', 'mem', 'disk', ...state.totals.keys()]);
  for (const name of names) {
    const kind = state.encoding.kindIfKnown(name);
    metrics[`${PREFIX}/resources/${name}/total`] = fromMilli(state.totals.get(name) ?? 0);
    const used = kind === undefined ? 0 : root[2 + kind]!;
    metrics[`${PREFIX}/resources/${name}/offered_or_allocated`] = fromMilli(used + unclaimedAmount(state, name));
  }
}

/** Shares are what a DRF sorter orders by; a random one has none. */
function shareMetrics(state: AllocatorState, metrics: Record<string, number>): void {
  if (state.settings.roleSorter === 'random') return;
  for (const role of state.roles.values()) {
    const row = readNode(state, state.roleSorter.leafOf(role.name).id);
    metrics[`${PREFIX}/roles/${role.name}/shares/dominant`] = row[0]!;
  }
}

function roleMetrics(state: AllocatorState, metrics: Record<string, number>): void {
  for (const role of state.roleTree.roles()) {
    const filters = state.roles.get(role.name)?.filters.count ?? 0;
    metrics[`${PREFIX}/offer_filters/roles/${role.name}/active`] = filters;
    if (isDefaultQuota(role.quota)) continue;
    const prefix = `${PREFIX}/quota/roles/${role.name}/resources`;
    const { guarantees, limits } = role.quota;
    for (const [name, amount] of guarantees) metrics[`${prefix}/${name}/guarantee`] = fromMilli(amount);
    for (const [name, amount] of limits) metrics[`${prefix}/${name}/limit`] = fromMilli(amount);
    for (const name of new Set([...guarantees.keys(), ...limits.keys()])) {
      metrics[`${prefix}/${name}/offered_or_allocated`] = fromMilli(roleAmount(state, role.name, name));
    }
  }
}

/** A timer's last value and statistics; they appear when there are two values to compare. */
function timerMetrics(name: string, values: readonly number[], metrics: Record<string, number>): void {
  if (values.length < 2) return;
  const sorted = [...values].sort((a, b) => a - b);
  metrics[name] = values[values.length - 1]!;
  metrics[`${name}/count`] = values.length;
  metrics[`${name}/min`] = sorted[0]!;
  metrics[`${name}/max`] = sorted[sorted.length - 1]!;
  for (const [label, share] of PERCENTILES) {
    metrics[`${name}/${label}`] = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  }
}

/** All metrics by name. Amounts are in units, durations in milliseconds. */
export function collectMetrics(state: AllocatorState): Record<string, number> {
  const metrics: Record<string, number> = {
    [`${PREFIX}/allocation_runs`]: state.runsMade,
    [`${PREFIX}/event_queue_dispatches`]: state.pending ? 1 : 0,
  };
  resourceMetrics(state, metrics);
  shareMetrics(state, metrics);
  roleMetrics(state, metrics);
  timerMetrics(`${PREFIX}/allocation_run_ms`, state.times.runMs, metrics);
  timerMetrics(`${PREFIX}/allocation_run_latency_ms`, state.times.latencyMs, metrics);
  return metrics;
}
