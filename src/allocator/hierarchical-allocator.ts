/**
 * HierarchicalAllocator: Mesos' two-stage hierarchical allocator as a library. This file is the door; the rooms behind
 * it are frameworks.ts, agents.ts, operations.ts, quota.ts, inverse-offers.ts, run.ts and metrics.ts.
 *
 * It is deterministic: the same calls with the same arguments give the same offers, with either engine. It calls nobody
 * back and reads no clock: `run` and `allocate` return what is to be offered, and time is an argument. Every method
 * checks its arguments and throws a MeteError, leaving the state as it was, if they are not acceptable.
 */
import type { Conversion, Operation } from '../resources/operations.js';
import type { Resources } from '../resources/resources.js';
import { validateRole } from '../resources/role-name.js';
import * as agents from './agents.js';
import { agentOf, checkId, frameworkOf } from './checks.js';
import type { EngineCounters } from './engine/engine.js';
import * as frameworks from './frameworks.js';
import {
  checkAgentOptions,
  checkAgentUpdate,
  checkConversions,
  checkFilters,
  checkForce,
  checkFrameworkOptions,
  checkFrameworkUpdate,
  checkOperations,
  checkQuotas,
  checkQuotaShape,
  checkRequests,
  checkText,
  checkUnavailability,
  checkUses,
  checkWeights,
  listOfHostnames,
} from './input-checks.js';
import * as inverse from './inverse-offers.js';
import { collectMetrics } from './metrics.js';
import type {
  AgentOptions,
  AgentUpdate,
  Allocation,
  Filters,
  FrameworkOptions,
  FrameworkUpdate,
  InverseOfferResponse,
  Unavailability,
  Used,
} from './model.js';
import * as operations from './operations.js';
import * as quota from './quota.js';
import type { Quota } from './role-tree.js';
import * as runs from './run.js';
import { restoreInto, takeSnapshot } from './snapshot.js';
import type { AllocatorSnapshot } from './snapshot-format.js';
import { type AllocatorOptions, type AllocatorState, createState } from './state.js';
import { type AgentView, type FrameworkView, type RoleView, viewAgent, viewFramework, viewRole } from './views.js';

export class HierarchicalAllocator {
  private readonly state: AllocatorState;

  /** Throws MeteError (INVALID_ARGUMENT) for options out of range. */
  constructor(options: AllocatorOptions) {
    this.state = createState(options);
  }

  /** Which engine works here: 'native' or 'typescript'. */
  get engineName(): string {
    return this.state.program.engine.name;
  }

  /** The time of the last `run` or `allocate`, in milliseconds. */
  get clockMs(): number {
    return this.state.clockMs;
  }

  /**
   * Fires all that is due at `atMs`: a pending event-driven run, filter expiries, the batch. The clock never goes
   * back.
   */
  run(atMs: number): Allocation {
    return runs.run(this.state, atMs);
  }

  /** One batch run over all agents at `atMs`, whatever the timer says; the next batch is one interval later. */
  allocate(atMs: number): Allocation {
    return runs.allocate(this.state, atMs);
  }

  /** When `run` has something to do next, in milliseconds of the caller's clock. */
  nextDeadlineMs(): number {
    return runs.nextDeadlineMs(this.state);
  }

  /** Adds a framework; if active, a run over all agents becomes pending. Throws ALREADY_EXISTS, INVALID_ROLE … */
  addFramework(options: FrameworkOptions): void {
    checkFrameworkOptions(options);
    frameworks.addFramework(this.state, options);
  }

  /** Changes roles, capabilities, suppressed roles, minimums and constraints of a framework in place. */
  updateFramework(frameworkId: string, update: FrameworkUpdate): void {
    checkFrameworkUpdate(update);
    frameworks.updateFramework(this.state, frameworkId, update);
  }

  /** Removes a framework; what it holds becomes available, its filters go. */
  removeFramework(frameworkId: string): void {
    frameworks.removeFramework(this.state, frameworkId);
  }

  activateFramework(frameworkId: string): void {
    frameworks.activateFramework(this.state, frameworkId);
  }

  /** The framework keeps what it holds but gets no offers; its filters are dropped. */
  deactivateFramework(frameworkId: string): void {
    frameworks.deactivateFramework(this.state, frameworkId);
  }

  addAgent(options: AgentOptions): void {
    checkAgentOptions(options);
    agents.addAgent(this.state, options);
  }

  updateAgent(agentId: string, update: AgentUpdate): void {
    checkAgentUpdate(update);
    agents.updateAgent(this.state, agentId, update);
  }

  removeAgent(agentId: string): void {
    agents.removeAgent(this.state, agentId);
  }

  activateAgent(agentId: string): void {
    agents.setAgentActive(this.state, agentId, true);
  }

  /** The agent is not offered until it is activated again. */
  deactivateAgent(agentId: string): void {
    agents.setAgentActive(this.state, agentId, false);
  }

  addResourceProvider(agentId: string, total: Resources, used: readonly Used[] = []): void {
    checkUses(used);
    agents.addResourceProvider(this.state, agentId, total, used);
  }

  /** Only agents with these hostnames are offered; null offers all. */
  updateWhitelist(hostnames: Iterable<string> | null): void {
    agents.updateWhitelist(this.state, listOfHostnames(hostnames));
  }

  /** Accepted and ignored, as in Mesos. */
  requestResources(frameworkId: string, requests: readonly { readonly agentId?: string }[]): void {
    checkRequests(requests);
    const named = requests.flatMap((request) => (request.agentId === undefined ? [] : [request.agentId]));
    frameworks.requestResources(this.state, frameworkId, named);
  }

  /**
   * Applies conversions to resources that the framework holds; see docs/allocator.md. Throws NOT_HELD, NOT_AVAILABLE.
   */
  updateAllocation(
    frameworkId: string,
    agentId: string,
    role: string,
    offered: Resources,
    conversions: readonly Conversion[],
  ): void {
    checkText('role', role);
    checkConversions(conversions);
    operations.updateAllocation(this.state, frameworkId, agentId, role, offered, conversions);
  }

  /** An operator's operations on resources that are free. Throws NOT_AVAILABLE if they are not. */
  updateAvailable(agentId: string, list: readonly Operation[]): void {
    checkOperations(list);
    operations.updateAvailable(this.state, agentId, list);
  }

  updateUnavailability(agentId: string, unavailability: Unavailability | null): void {
    checkUnavailability(unavailability);
    agents.updateUnavailability(this.state, agentId, unavailability);
  }

  updateInverseOffer(
    agentId: string,
    frameworkId: string,
    status: InverseOfferResponse | null,
    filters: Filters | null = null,
  ): void {
    checkFilters(filters);
    inverse.updateInverseOffer(this.state, agentId, frameworkId, status, filters);
  }

  /** The last answers to inverse offers, by agent and framework. */
  inverseOfferStatuses(): Record<string, Record<string, InverseOfferResponse>> {
    return inverse.inverseOfferStatuses(this.state);
  }

  /**
   * Gives back resources that a framework was offered. With `filters` the same is not offered to it in this role for
   * `refuseSeconds` (5 if absent). Nothing happens if the framework or the agent is gone. Throws NOT_HELD.
   */
  recoverResources(
    frameworkId: string,
    agentId: string,
    role: string,
    resources: Resources,
    filters: Filters | null = null,
  ): void {
    checkId('frameworkId', frameworkId);
    checkId('agentId', agentId);
    checkText('role', role);
    checkFilters(filters);
    operations.recoverResources(this.state, frameworkId, agentId, role, resources, filters);
  }

  /** No more offers in these roles (none named: all) until they are revived. Filters stay. */
  suppressOffers(frameworkId: string, roles: readonly string[] = []): void {
    frameworks.suppressOffers(this.state, frameworkId, roles);
  }

  /** Drops filters and suppression in these roles (none named: all); a run over all agents becomes pending. */
  reviveOffers(frameworkId: string, roles: readonly string[] = []): void {
    frameworks.reviveOffers(this.state, frameworkId, roles);
  }

  /**
   * Sets the quota of several roles, all or none. Unless forced, guarantees above the cluster's capacity and limits
   * below a role's consumption are refused with INVALID_QUOTA.
   */
  updateQuotas(quotas: ReadonlyMap<string, Quota>, options: { readonly force?: boolean } = {}): void {
    checkQuotas(quotas);
    checkForce(options);
    quota.updateQuotas(this.state, quotas, options.force ?? false);
  }

  /** Sets guarantees and limits of a top-level role, whatever the cluster has. Throws INVALID_QUOTA. */
  updateQuota(role: string, value: Quota): void {
    checkQuotaShape(role, value);
    quota.updateQuota(this.state, role, value);
  }

  /** Sets weights of roles against their siblings; all or none. Throws INVALID_WEIGHT. */
  updateWeights(weights: readonly { readonly role: string; readonly weight: number }[]): void {
    checkWeights(weights);
    quota.updateWeights(this.state, weights);
  }

  /** No runs, and triggers are dropped, until `resume`. */
  pause(): void {
    runs.pause(this.state);
  }

  resume(): void {
    runs.resume(this.state);
  }

  /** The hold-off after a failover; see docs/allocator.md. */
  recover(expectedAgentCount: number, quotas: ReadonlyMap<string, Quota>): void {
    checkQuotas(quotas);
    quota.recover(this.state, expectedAgentCount, quotas);
  }

  /** Metrics by Mesos' names. */
  metrics(): Record<string, number> {
    return collectMetrics(this.state);
  }

  /** What the engine did so far. */
  counters(): EngineCounters {
    this.state.program.flush();
    return this.state.program.engine.counters();
  }

  /** A view of an agent. Throws UNKNOWN_AGENT. */
  agent(agentId: string): AgentView {
    return viewAgent(agentOf(this.state, agentId));
  }

  /** A view of a framework. Throws UNKNOWN_FRAMEWORK. */
  framework(frameworkId: string): FrameworkView {
    return viewFramework(this.state, frameworkOf(this.state, frameworkId));
  }

  /** A view of a role; roles that nothing refers to have weight 1 and no quota. */
  role(name: string): RoleView {
    validateRole(name, 'name');
    return viewRole(this.state, name);
  }

  /** Ids of all agents, frameworks, and names of all roles that something refers to. */
  list(): { agents: string[]; frameworks: string[]; roles: string[] } {
    const roles = [...this.state.roleTree.roles()].map((role) => role.name);
    return { agents: [...this.state.agents.keys()], frameworks: [...this.state.frameworks.keys()], roles };
  }

  /** The whole state as JSON values; `restore` gives an allocator that goes on exactly as this one would. */
  snapshot(): AllocatorSnapshot {
    return takeSnapshot(this.state);
  }

  /**
   * Rebuilds an allocator. `options` must be those of the original, but engine and stopwatch. Throws INVALID_SNAPSHOT.
   */
  static restore(snapshot: AllocatorSnapshot, options: AllocatorOptions): HierarchicalAllocator {
    const allocator = new HierarchicalAllocator(options);
    restoreInto(allocator.state, snapshot);
    return allocator;
  }

  /** An independent copy, for what-if questions. */
  fork(): HierarchicalAllocator {
    return HierarchicalAllocator.restore(this.snapshot(), this.state.settings);
  }

  /** Frees the engine; the allocator must not be used afterwards. */
  close(): void {
    this.state.program.engine.close();
  }
}
