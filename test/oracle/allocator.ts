/**
 * The oracle: the allocator of docs/allocator.md, written a second time, slow and obvious.
 *
 * It has the public methods of HierarchicalAllocator. It visits everything on every run, sorts anew whenever an order
 * is wanted, and keeps filters in lists. Where it and the product differ, one of them is wrong. The methods are one
 * line each; what they do stands in the file of its noun. Not here: snapshots and forks, which are matters of the
 * product.
 */
import type { OfferConstraintLimits } from '../../src/allocator/offer-constraints.js';
import type { Conversion, Operation } from '../../src/resources/operations.js';
import type { Resources } from '../../src/resources/resources.js';
import * as agents from './agents.js';
import { checkQuota, checkTime, checkWeight, knownAgent, knownFramework } from './checks.js';
import * as frameworks from './frameworks.js';
import * as holdings from './holdings.js';
import { metricsOf } from './metrics.js';
import * as runs from './runs.js';
import { OracleState, settingsFrom } from './state.js';
import type {
  AgentUpdate,
  Filters,
  FrameworkUpdate,
  InverseOfferStatus,
  NewAgent,
  NewFramework,
  OracleOptions,
  Quota,
  RunResult,
  Unavailability,
  UsedOnAgent,
} from './types.js';
import { agentView, type AgentView, frameworkView, type FrameworkView, roleView, type RoleView } from './views.js';

export class OracleAllocator {
  private readonly state: OracleState;
  private readonly constraintLimits: OfferConstraintLimits;
  /** What was offered since `run` or `allocate` was called. */
  private readonly sent: RunResult = { offers: [], inverseOffers: [] };

  constructor(options: OracleOptions = {}) {
    this.state = new OracleState(settingsFrom(options));
    this.constraintLimits = options.offerConstraintLimits ?? {};
    runs.armBatch(this.state, this.sent);
  }

  run(atMs: number): RunResult {
    checkTime(atMs);
    this.state.timers.moveTo(atMs);
    runs.runDue(this.state, this.sent);
    return this.collect();
  }

  allocate(atMs: number): RunResult {
    checkTime(atMs);
    this.state.timers.moveTo(atMs);
    runs.runAll(this.state);
    return this.collect();
  }

  nextDeadlineMs(): number {
    return runs.nextDeadlineMs(this.state);
  }

  pause(): void {
    this.state.paused = true;
  }

  resume(): void {
    runs.resume(this.state);
  }

  recover(expectedAgentCount: number, quotas: ReadonlyMap<string, Quota> | Readonly<Record<string, Quota>>): void {
    const entries = quotas instanceof Map ? [...(quotas as ReadonlyMap<string, Quota>)] : Object.entries(quotas);
    runs.recover(this.state, expectedAgentCount, entries as [string, Quota][]);
  }

  addFramework(info: NewFramework): void {
    frameworks.addFramework(this.state, info, this.constraintLimits);
  }

  updateFramework(frameworkId: string, info: FrameworkUpdate): void {
    frameworks.updateFramework(this.state, frameworkId, info, this.constraintLimits);
  }

  removeFramework(frameworkId: string): void {
    frameworks.removeFramework(this.state, frameworkId);
  }

  activateFramework(frameworkId: string): void {
    frameworks.activateFramework(this.state, frameworkId);
  }

  deactivateFramework(frameworkId: string): void {
    frameworks.deactivateFramework(this.state, frameworkId);
  }

  suppressOffers(frameworkId: string, roles: readonly string[] = []): void {
    frameworks.suppressOffers(this.state, frameworkId, roles);
  }

  reviveOffers(frameworkId: string, roles: readonly string[] = []): void {
    frameworks.reviveOffers(this.state, frameworkId, roles);
  }

  /** Wishes are heard and change nothing. */
  requestResources(frameworkId: string, requests: readonly { readonly agentId?: string }[]): void {
    knownFramework(this.state, frameworkId);
    for (const { agentId } of requests) if (agentId !== undefined) knownAgent(this.state, agentId);
  }

  addAgent(info: NewAgent): void {
    agents.addAgent(this.state, info);
  }

  updateAgent(agentId: string, change: AgentUpdate): void {
    agents.updateAgent(this.state, agentId, change);
  }

  removeAgent(agentId: string): void {
    agents.removeAgent(this.state, agentId);
  }

  activateAgent(agentId: string): void {
    knownAgent(this.state, agentId).activated = true;
  }

  deactivateAgent(agentId: string): void {
    knownAgent(this.state, agentId).activated = false;
  }

  addResourceProvider(agentId: string, total: Resources, used: readonly UsedOnAgent[]): void {
    agents.addResourceProvider(this.state, agentId, total, used);
  }

  updateWhitelist(hostnames: Iterable<string> | null): void {
    this.state.whitelist = hostnames === null ? null : new Set(hostnames);
  }

  updateUnavailability(agentId: string, unavailability: Unavailability | null): void {
    agents.updateUnavailability(this.state, agentId, unavailability);
  }

  updateInverseOffer(
    agentId: string,
    frameworkId: string,
    status: InverseOfferStatus | null,
    filters: Filters | null = null,
  ): void {
    agents.updateInverseOffer(this.state, agentId, frameworkId, status, filters);
  }

  inverseOfferStatuses(): Record<string, Record<string, InverseOfferStatus>> {
    return agents.inverseOfferStatuses(this.state);
  }

  updateAllocation(
    frameworkId: string,
    agentId: string,
    role: string,
    offered: Resources,
    conversions: readonly Conversion[],
  ): void {
    holdings.updateAllocation(this.state, frameworkId, agentId, role, offered, conversions);
  }

  updateAvailable(agentId: string, operations: readonly Operation[]): void {
    holdings.updateAvailable(this.state, agentId, operations);
  }

  recoverResources(
    frameworkId: string,
    agentId: string,
    role: string,
    resources: Resources,
    filters: Filters | null = null,
  ): void {
    holdings.recoverResources(this.state, frameworkId, agentId, role, resources, filters);
  }

  updateQuota(role: string, quota: Quota): void {
    checkQuota(role, quota);
    this.state.roleTree.updateQuota(role, quota);
  }

  updateWeights(weights: readonly { readonly role: string; readonly weight: number }[]): void {
    for (const { role, weight } of weights) checkWeight(role, weight);
    for (const { role, weight } of weights) {
      const changes = weight !== this.state.roleTree.weight(role);
      if (changes && this.state.roleSorter.grantsBelow(role) > 0) this.state.note('weight changed in use');
      this.state.roleTree.updateWeight(role, weight);
      this.state.roleSorter.updateWeight(role, weight);
    }
  }

  metrics(): Record<string, number> {
    return metricsOf(this.state);
  }

  agent(agentId: string): AgentView {
    return agentView(knownAgent(this.state, agentId));
  }

  framework(frameworkId: string): FrameworkView {
    return frameworkView(this.state, knownFramework(this.state, frameworkId));
  }

  role(role: string): RoleView {
    return roleView(this.state, role);
  }

  list(): { agents: string[]; frameworks: string[]; roles: string[] } {
    const { agents: known, frameworks: registered, roleTree } = this.state;
    return { agents: [...known.keys()], frameworks: [...registered.keys()], roles: roleTree.roles() };
  }

  private collect(): RunResult {
    return { offers: this.sent.offers.splice(0), inverseOffers: this.sent.inverseOffers.splice(0) };
  }
}
