/**
 * Frameworks: entering and removing them, their connection, activation, failover time-out and heartbeats.
 */
import type { FrameworkUpdate } from '../../allocator/model.js';
import type { LinkId } from '../../base/core.js';
import type { FrameworkInfo, OfferConstraintsMessage } from '../../protocol/framework.js';
import type { FrameworkId } from '../../protocol/schema.js';
import { quantitiesFromRecord } from '../../resources/quantities.js';
import { frameworkAdded, frameworkRemoved } from './changes.js';
import { noFrameworkCounters } from './counters.js';
import type { MasterEffect } from './events.js';
import { removeExecutor } from './executors.js';
import { forgetOldest, History } from './history.js';
import { constraintsJson } from './offer-constraints.js';
import { discardOffer, removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { forgetOperations } from './operation-feedback.js';
import { info, toAgent, toFramework } from './send.js';
import type { Framework, MasterState } from './state.js';
import { masterStatus } from './statuses.js';
import { removeTask, updateTask } from './tasks.js';
import { frameworkRoles } from './validation/index.js';

/** Removed ids that were not this master's own; older ones are forgotten. */
const REMOVED_IDS_KEPT = 10_000;

/** What a framework may say beside its FrameworkInfo. */
export interface FrameworkOptions {
  readonly suppressedRoles: readonly string[];
  readonly offerConstraints: OfferConstraintsMessage | null;
}

export const NO_OPTIONS: FrameworkOptions = { suppressedRoles: [], offerConstraints: null };

/** What the allocator is told of a framework. */
export function allocatorUpdate(frameworkInfo: FrameworkInfo, options: FrameworkOptions): FrameworkUpdate {
  const offerFilters = Object.entries(frameworkInfo.offerFilters ?? {}).map(([role, filter]) => {
    const alternatives = filter.minAllocatableResources;
    if (alternatives === undefined) return [role, {}] as const;
    return [role, { minAllocatable: alternatives.map(({ quantities }) => quantitiesFromRecord(quantities)) }] as const;
  });
  return {
    roles: frameworkRoles(frameworkInfo),
    capabilities: (frameworkInfo.capabilities ?? []).map((capability) => capability.type),
    suppressedRoles: options.suppressedRoles,
    offerFilters: Object.fromEntries(offerFilters),
    offerConstraints: constraintsJson(options.offerConstraints),
  };
}

/** A framework id that was never used: `<master>-0000`. */
export function newFrameworkId(state: MasterState): FrameworkId {
  const number = String(state.nextFramework++).padStart(4, '0');
  return `${state.settings.masterInfo.id}-${number}` as FrameworkId;
}

/** Whether a framework of this id was here and is gone for good. */
export function isRemovedFramework(state: MasterState, id: FrameworkId): boolean {
  if (state.frameworks.has(id)) return false;
  if (state.completedFrameworks.has(id) || state.removedFrameworkIds.has(id)) return true;
  // An id of this master's own that is not here any more has been removed, however long ago.
  const prefix = `${state.settings.masterInfo.id}-`;
  if (!id.startsWith(prefix)) return false;
  const rest = id.slice(prefix.length);
  return /^\d{4,}$/.test(rest) && Number(rest) < state.nextFramework;
}

/** Makes a framework known. `link` null: it has been heard of through an agent and has still to subscribe. */
export function addFramework(
  state: MasterState,
  frameworkInfo: FrameworkInfo & { readonly id: FrameworkId },
  options: FrameworkOptions,
  link: LinkId | null,
): Framework {
  const { settings } = state;
  const framework: Framework = {
    id: frameworkInfo.id,
    info: frameworkInfo,
    roles: new Set(frameworkRoles(frameworkInfo)),
    capabilities: new Set((frameworkInfo.capabilities ?? []).map((capability) => capability.type)),
    suppressedRoles: new Set(options.suppressedRoles),
    offerConstraints: options.offerConstraints,
    link,
    active: link !== null,
    recovered: link === null,
    registeredMs: state.nowMs,
    reregisteredMs: state.nowMs,
    unregisteredMs: null,
    tasks: new Map(),
    unreachableTasks: new Map(),
    completedTasks: new History(settings.maxCompletedTasksPerFramework),
    executors: new Set(),
    offers: new Set(),
    inverseOffers: new Set(),
    operations: new Map(),
    counters: noFrameworkCounters(),
    lastResources: null,
  };
  state.allocator.addFramework({
    id: framework.id,
    ...allocatorUpdate(frameworkInfo, options),
    active: framework.active,
  });
  state.frameworks.set(framework.id, framework);
  frameworkAdded(state, framework);
  return framework;
}

/** Takes over what a framework says of itself now; offers in roles it has left are rescinded. */
export function updateFramework(
  state: MasterState,
  framework: Framework,
  frameworkInfo: FrameworkInfo,
  options: FrameworkOptions,
  effects: MasterEffect[],
): void {
  state.allocator.updateFramework(framework.id, allocatorUpdate(frameworkInfo, options));
  const roles = new Set(frameworkRoles(frameworkInfo));
  for (const offer of [...framework.offers]) if (!roles.has(offer.role)) rescindOffer(state, offer, effects);
  framework.info = { ...frameworkInfo, id: framework.id };
  framework.roles = roles;
  framework.capabilities = new Set((frameworkInfo.capabilities ?? []).map((capability) => capability.type));
  framework.suppressedRoles = new Set(options.suppressedRoles);
  framework.offerConstraints = options.offerConstraints;
}

/** Tells all agents what a framework is now. */
export function announceFramework(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  const message = { type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: framework.info } as const;
  for (const agent of state.agents.values()) toAgent(agent, message, effects);
}

export function activateFramework(state: MasterState, framework: Framework): void {
  if (framework.active) return;
  framework.active = true;
  state.allocator.activateFramework(framework.id);
}

/** No more offers; outstanding ones are taken back, with RESCIND if `rescind`. Tasks stay. */
export function deactivateFramework(
  state: MasterState,
  framework: Framework,
  rescind: boolean,
  effects: MasterEffect[],
): void {
  framework.active = false;
  state.allocator.deactivateFramework(framework.id);
  withdrawOffers(state, framework, rescind, effects);
}

/** Takes back all offers and inverse offers of a framework. */
export function withdrawOffers(
  state: MasterState,
  framework: Framework,
  rescind: boolean,
  effects: MasterEffect[],
): void {
  for (const offer of [...framework.offers]) {
    if (rescind) rescindOffer(state, offer, effects);
    else discardOffer(state, offer);
  }
  for (const inverseOffer of [...framework.inverseOffers]) {
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, rescind, effects);
  }
}

function heartbeatTimer(framework: Framework): string {
  return `heartbeat/${framework.id}`;
}

function failoverTimer(framework: Framework): string {
  return `failover/${framework.id}`;
}

/** A heartbeat now, and from now on at every interval. */
export function beat(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  if (framework.link === null) return;
  toFramework(framework, { type: 'HEARTBEAT' }, effects);
  const atMs = state.nowMs + state.settings.heartbeatIntervalMs;
  effects.push({ type: 'SetTimer', timer: heartbeatTimer(framework), atMs });
}

/** The link of a framework is gone: it gets no offers, and has its failover time-out to come back. */
export function disconnectFramework(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  framework.link = null;
  if (framework.active) deactivateFramework(state, framework, true, effects);
  effects.push({ type: 'ClearTimer', timer: heartbeatTimer(framework) });
  const failoverMs = (framework.info.failoverTimeoutSeconds ?? 0) * 1000;
  const atMs = Math.min(state.nowMs + failoverMs, Number.MAX_SAFE_INTEGER);
  effects.push({ type: 'SetTimer', timer: failoverTimer(framework), atMs });
  info(effects, 'framework disconnected', { framework: framework.id, failoverMs });
}

/** A framework has its link (again): heartbeats start, the failover time-out is off. */
export function connectFramework(
  state: MasterState,
  framework: Framework,
  link: LinkId,
  effects: MasterEffect[],
): void {
  framework.link = link;
  effects.push({ type: 'ClearTimer', timer: failoverTimer(framework) });
  toFramework(framework, subscribed(state, framework), effects);
  beat(state, framework, effects);
}

export function subscribed(state: MasterState, framework: Framework): {
  type: 'SUBSCRIBED';
  frameworkId: FrameworkId;
  heartbeatIntervalSeconds: number;
  masterInfo: MasterState['settings']['masterInfo'];
} {
  return {
    type: 'SUBSCRIBED',
    frameworkId: framework.id,
    heartbeatIntervalSeconds: state.settings.heartbeatIntervalMs / 1000,
    masterInfo: state.settings.masterInfo,
  };
}

/**
 * A framework that is known from an agent only has its failover time-out to subscribe, but no less than agents have to
 * come back: most come without hurry after a failover of the master. (Mesos waits for ever.)
 */
export function awaitFramework(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  const failoverMs = (framework.info.failoverTimeoutSeconds ?? 0) * 1000;
  const waitMs = Math.max(failoverMs, state.settings.agentReregisterTimeoutMs);
  const atMs = Math.min(state.nowMs + waitMs, Number.MAX_SAFE_INTEGER);
  effects.push({ type: 'SetTimer', timer: failoverTimer(framework), atMs });
}

/** The failover time-out is over. */
export function failoverTimedOut(state: MasterState, id: FrameworkId, effects: MasterEffect[]): void {
  const framework = state.frameworks.get(id);
  if (framework === undefined || framework.link !== null) return;
  info(effects, 'failover time-out, removing framework', { framework: id });
  removeFramework(state, framework, effects);
}

/** Removes a framework for ever: its executors are shut down, its tasks end, its id is never used again. */
export function removeFramework(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  if (framework.active) deactivateFramework(state, framework, false, effects);
  const shutdown = { type: 'SHUTDOWN_FRAMEWORK', frameworkId: framework.id } as const;
  for (const agent of state.agents.values()) toAgent(agent, shutdown, effects);
  const message = `Framework ${framework.id} removed`;
  for (const task of [...framework.tasks.values(), ...framework.unreachableTasks.values()]) {
    const { id: taskId, agentId, executorId } = task;
    const end = { taskId, state: 'TASK_KILLED', reason: 'REASON_FRAMEWORK_REMOVED', message } as const;
    updateTask(state, task, masterStatus(state, { ...end, agentId, executorId }));
    if (framework.unreachableTasks.delete(taskId)) framework.completedTasks.add(task);
    else removeTask(state, task);
  }
  for (const executor of [...framework.executors]) removeExecutor(state, executor);
  forgetOperations(framework);
  state.allocator.removeFramework(framework.id);
  framework.unregisteredMs = state.nowMs;
  frameworkRemoved(state, framework);
  state.frameworks.delete(framework.id);
  state.completedFrameworks.set(framework.id, framework);
  forgetOldest(state.completedFrameworks, state.settings.maxCompletedFrameworks);
  state.removedFrameworkIds.add(framework.id);
  forgetOldest(state.removedFrameworkIds, REMOVED_IDS_KEPT);
  effects.push({ type: 'ClearTimer', timer: heartbeatTimer(framework) });
  effects.push({ type: 'ClearTimer', timer: failoverTimer(framework) });
  closeLinkOf(state, framework, effects);
  info(effects, 'framework removed', { framework: framework.id });
}

function closeLinkOf(state: MasterState, framework: Framework, effects: MasterEffect[]): void {
  const { link } = framework;
  if (link === null) return;
  framework.link = null;
  const record = state.links.get(link);
  if (record !== undefined) record.owner = null;
  effects.push({ type: 'CloseLink', link, reason: 'framework removed' });
}
