/**
 * /metrics/snapshot of the master: counters, and gauges that are computed when asked for, under Mesos' names; the
 * allocator's own beside them.
 */
import type { TaskState } from '../../protocol/task.js';
import { fromMilli } from '../../resources/amount.js';
import { COUNTER_NAMES, ENDED_STATES, reasonEntries } from './counters.js';
import type { Agent, Framework, MasterState } from './state.js';
import { totalsOf, withShared } from './sums.js';
import { usedOnAgents } from './usage.js';

const ACTIVE_STATES = ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING'] as const;
const RESOURCE_NAMES = ['cpus', 'gpus', 'mem', 'disk'] as const;

type Metrics = Record<string, number>;
type Amounts = ReadonlyMap<string, number>;

/** All metrics as one flat object; `atMs` is the time now. */
export function viewMetrics(state: MasterState, atMs: number): Metrics {
  const metrics: Metrics = {
    'master/uptime_secs': Math.max(0, atMs - state.settings.startMs) / 1000,
    'master/elected': state.electedMs === null ? 0 : 1,
    'master/outstanding_offers': state.offers.size,
    'master/slaves_unreachable': state.unreachableAgents.size,
  };
  for (const name of COUNTER_NAMES) metrics[`master/${name}`] = state.counters.plain[name];
  for (const [name, count] of reasonEntries(state.counters)) metrics[`master/${name}`] = count;
  peersInto(metrics, 'slaves', [...state.agents.values()]);
  peersInto(metrics, 'frameworks', [...state.frameworks.values()]);
  tasksInto(metrics, state);
  operationsInto(metrics, state);
  resourcesInto(metrics, state);
  for (const framework of state.frameworks.values()) frameworkInto(metrics, framework);
  return Object.assign(metrics, state.allocator.metrics());
}

function peersInto(metrics: Metrics, name: string, peers: readonly (Agent | Framework)[]): void {
  const connected = peers.filter((peer) => peer.link !== null).length;
  const active = peers.filter((peer) => peer.active).length;
  metrics[`master/${name}_connected`] = connected;
  metrics[`master/${name}_disconnected`] = peers.length - connected;
  metrics[`master/${name}_active`] = active;
  metrics[`master/${name}_inactive`] = peers.length - active;
}

/** `TASK_GONE_BY_OPERATOR` as `tasks_gone_by_operator`. */
function metricOf(taskState: TaskState): string {
  return `master/tasks_${taskState.slice('TASK_'.length).toLowerCase()}`;
}

function tasksInto(metrics: Metrics, state: MasterState): void {
  for (const taskState of ACTIVE_STATES) metrics[metricOf(taskState)] = 0;
  for (const taskState of ENDED_STATES) metrics[metricOf(taskState)] = state.counters.ended[taskState];
  let unreachable = 0;
  for (const framework of state.frameworks.values()) {
    unreachable += framework.unreachableTasks.size;
    const { live } = framework.counters;
    for (const taskState of ACTIVE_STATES) metrics[metricOf(taskState)]! += live[taskState];
  }
  metrics['master/tasks_unreachable'] = unreachable;
}

function operationsInto(metrics: Metrics, { counters }: MasterState): void {
  let finished = 0;
  let refused = 0;
  for (const [type, count] of Object.entries(counters.operationsFinished)) {
    const errors = counters.operationsRefused[type as keyof typeof counters.operationsRefused];
    if (count === 0 && errors === 0) continue;
    const prefix = `master/operations/${type.toLowerCase()}`;
    metrics[`${prefix}/total`] = count + errors;
    metrics[`${prefix}/finished`] = count;
    metrics[`${prefix}/error`] = errors;
    finished += count;
    refused += errors;
  }
  metrics['master/operations/total'] = finished + refused;
  metrics['master/operations/finished'] = finished;
  metrics['master/operations/error'] = refused;
}

function resourcesInto(metrics: Metrics, { agents, counters }: MasterState): void {
  const total = totalsOf(agents.values());
  const used = withShared(counters.used, () => usedOnAgents([...agents.values()]));
  for (const name of RESOURCE_NAMES) {
    amountsInto(metrics, `master/${name}`, name, total.firm, used.firm);
    amountsInto(metrics, `master/${name}_revocable`, name, total.revocable, used.revocable);
  }
}

function amountsInto(metrics: Metrics, prefix: string, name: string, totals: Amounts, uses: Amounts): void {
  const total = totals.get(name) ?? 0;
  const used = uses.get(name) ?? 0;
  metrics[`${prefix}_total`] = fromMilli(total);
  metrics[`${prefix}_used`] = fromMilli(used);
  metrics[`${prefix}_percent`] = total === 0 ? 0 : used / total;
}

/** Metrics of one framework; its name is percent-encoded, since it may hold slashes. */
function frameworkInto(metrics: Metrics, framework: Framework): void {
  const { counters, id, info } = framework;
  const prefix = `master/frameworks/${encodeURIComponent(info.name)}/${id}`;
  metrics[`${prefix}/subscribed`] = framework.link === null ? 0 : 1;
  tableInto(metrics, `${prefix}/calls`, counters.calls);
  tableInto(metrics, `${prefix}/events`, counters.events);
  tableInto(metrics, `${prefix}/operations`, counters.operations);
  metrics[`${prefix}/offers/sent`] = counters.offersSent;
  metrics[`${prefix}/offers/accepted`] = counters.offersAccepted;
  metrics[`${prefix}/offers/declined`] = counters.offersDeclined;
  metrics[`${prefix}/offers/rescinded`] = counters.offersRescinded;
  for (const taskState of ENDED_STATES) {
    metrics[`${prefix}/tasks/terminal/${taskState.toLowerCase()}`] = counters.ended[taskState];
  }
  for (const taskState of ACTIVE_STATES) {
    metrics[`${prefix}/tasks/active/${taskState.toLowerCase()}`] = counters.live[taskState];
  }
  for (const role of framework.roles) {
    metrics[`${prefix}/roles/${role}/suppressed`] = framework.suppressedRoles.has(role) ? 1 : 0;
  }
}

/** All of a table, and their sum. */
function tableInto(metrics: Metrics, prefix: string, table: Readonly<Record<string, number>>): void {
  let sum = 0;
  for (const [type, count] of Object.entries(table)) {
    metrics[`${prefix}/${type.toLowerCase()}`] = count;
    sum += count;
  }
  metrics[prefix] = sum;
}

