/**
 * The books of the allocator, and how what is held is entered in all of them.
 *
 * Who holds what stands in three places: with the agent, in the role sorter (a client is a role) and in the framework
 * sorter of the role (a client is a framework). A framework is tracked under a role, that is, it is a client there, as
 * long as it is subscribed to the role or holds something in it. Holdings of frameworks that are not known (yet) stand
 * with the agent only.
 */
import type { Resources } from '../../src/resources/resources.js';
import { NOTHING, plus, type Amounts } from './amounts.js';
import type { OracleAgent } from './agent.js';
import type { OracleFramework } from './framework.js';
import { OracleHdrfSorter } from './hdrf-sorter.js';
import { OracleRandomSorter } from './random-sorter.js';
import { OracleRoleTree } from './role-tree.js';
import { OracleDrfSorter, type OracleSorter, type SorterOptions } from './sorter.js';
import { OracleTimers, type Timer } from './timers.js';
import type { OracleOptions } from './types.js';
import { NOBODY, type Situation, type Witness } from './witness.js';

/** A hundredth of a cpu or 32 MB of memory. */
const MIN_ALLOCATABLE: readonly Amounts[] = [new Map([['cpus', 10]]), new Map([['mem', 32_000]])];

export interface Settings {
  readonly allocationIntervalMs: number;
  readonly minAllocatable: readonly Amounts[];
  readonly excludedNames: readonly string[];
  readonly filterGpuResources: boolean;
  readonly roleSorter: 'drf' | 'hdrf' | 'random';
  readonly frameworkSorter: 'drf' | 'random';
  readonly region: string | null;
  readonly seed: number;
  readonly agentRecoveryFactor: number;
  readonly recoveryTimeoutMs: number;
  readonly witness: Witness;
}

export function settingsFrom(options: OracleOptions): Settings {
  return {
    allocationIntervalMs: options.allocationIntervalMs ?? 1000,
    minAllocatable: options.minAllocatable ?? MIN_ALLOCATABLE,
    excludedNames: options.fairSharingExcludedResourceNames ?? [],
    filterGpuResources: options.filterGpuResources ?? true,
    roleSorter: options.roleSorter ?? 'drf',
    frameworkSorter: options.frameworkSorter ?? 'drf',
    region: options.domain?.region ?? null,
    seed: options.seed ?? 0,
    agentRecoveryFactor: options.agentRecoveryFactor ?? 0.8,
    recoveryTimeoutMs: options.recoveryTimeoutMs ?? 600_000,
    witness: options.witness ?? NOBODY,
  };
}

export class OracleState {
  readonly timers: OracleTimers;
  readonly agents = new Map<string, OracleAgent>();
  readonly frameworks = new Map<string, OracleFramework>();
  readonly roleTree = new OracleRoleTree();
  readonly roleSorter: OracleSorter;
  /** One for each role under which a framework is tracked. */
  readonly frameworkSorters = new Map<string, OracleSorter>();
  /** Hostnames that may be offered; null for all. */
  whitelist: ReadonlySet<string> | null = null;
  paused = false;
  /** Agents that the next run looks at. */
  readonly candidates = new Set<string>();
  /** Whether an event asked for a run that has not taken place yet. */
  runPending = false;
  runs = 0;
  agentsEverAdded = 0;
  /** After a failover: no run before so many agents are back or the timer is due. */
  holdOff: { readonly expectedAgents: number; readonly timer: Timer } | null = null;

  constructor(readonly settings: Settings) {
    const { excludedNames, witness } = settings;
    this.timers = new OracleTimers(witness);
    this.roleSorter = newSorter(settings.roleSorter, { excludedNames, witness });
  }

  note(situation: Situation): void {
    this.settings.witness(situation);
  }

  /** All agents in the order in which they were added. */
  agentsInOrder(): OracleAgent[] {
    return [...this.agents.values()].sort((a, b) => a.ordinal - b.ordinal);
  }

  /** Asks for a run over some agents. While the allocator is paused, nobody listens. */
  trigger(agentIds: Iterable<string>): void {
    if (this.paused) return;
    for (const agentId of agentIds) this.candidates.add(agentId);
    this.runPending = true;
  }

  frameworkSorter(role: string): OracleSorter {
    return this.frameworkSorters.get(role)!;
  }

  isTracked(frameworkId: string, role: string): boolean {
    return this.frameworkSorters.get(role)?.contains(frameworkId) ?? false;
  }

  /** Makes the framework a client of the role, and the role a client, if they are not. */
  track(framework: OracleFramework, role: string): void {
    if (this.isTracked(framework.id, role)) return;
    let sorter = this.frameworkSorters.get(role);
    if (sorter === undefined) {
      this.roleSorter.add(role);
      if (this.settings.roleSorter !== 'hdrf') this.roleSorter.activate(role);
      const { frameworkSorter, excludedNames, witness } = this.settings;
      sorter = newSorter(frameworkSorter, { excludedNames, flat: true, witness });
      for (const agent of this.agents.values()) sorter.addAgent(agent.id, agent.total.scalarQuantities());
      this.frameworkSorters.set(role, sorter);
    }
    sorter.add(framework.id);
    this.roleTree.trackFramework(framework.id, role);
  }

  /**
   * The contrary, unless there is still a reason to track it. The last framework of a role takes the role with it.
   */
  untrackIfIdle(framework: OracleFramework, role: string): void {
    if (!this.isTracked(framework.id, role)) return;
    const sorter = this.frameworkSorter(role);
    if (framework.roles.has(role)) return;
    if (sorter.allocationAgents(framework.id).length > 0) {
      this.note('client kept by what it holds');
      return;
    }
    sorter.remove(framework.id);
    this.roleTree.untrackFramework(framework.id, role);
    this.refreshRole(role);
    if (sorter.count > 0) return;
    this.roleSorter.remove(role);
    this.frameworkSorters.delete(role);
  }

  /** Clients that want offers are active in the framework sorters, the others are not. */
  refreshActivity(framework: OracleFramework): void {
    for (const [role, sorter] of this.frameworkSorters) {
      if (!sorter.contains(framework.id)) continue;
      if (framework.wantsOffersIn(role)) sorter.activate(framework.id);
      else sorter.deactivate(framework.id);
      this.refreshRole(role);
    }
  }

  /** H-DRF has to know which roles want nothing. */
  private refreshRole(role: string): void {
    if (this.settings.roleSorter !== 'hdrf') return;
    if (this.frameworkSorter(role).sort(0).length > 0) this.roleSorter.activate(role);
    else this.roleSorter.deactivate(role);
  }

  /** Enters what a framework holds in the sorters: one grant. Unknown frameworks are not in them. */
  enterInSorters(agentId: string, frameworkId: string, role: string, resources: Resources): void {
    const framework = this.frameworks.get(frameworkId);
    if (framework === undefined || resources.isEmpty) return;
    this.track(framework, role);
    this.roleSorter.allocated(role, agentId, resources);
    this.frameworkSorter(role).allocated(frameworkId, agentId, resources);
  }

  /** Strikes out of the sorters what a framework does not hold any more. */
  strikeFromSorters(agentId: string, frameworkId: string, role: string, resources: Resources): void {
    const framework = this.frameworks.get(frameworkId);
    if (framework === undefined || resources.isEmpty) return;
    this.frameworkSorter(role).unallocated(frameworkId, agentId, resources);
    this.roleSorter.unallocated(role, agentId, resources);
    this.untrackIfIdle(framework, role);
  }

  /** An offer or a use: the agent gives, the framework holds. */
  give(agent: OracleAgent, frameworkId: string, role: string, resources: Resources): void {
    agent.setHeldBy(frameworkId, role, agent.heldBy(frameworkId, role).plus(resources));
    this.enterInSorters(agent.id, frameworkId, role, resources);
  }

  takeBack(agent: OracleAgent, frameworkId: string, role: string, resources: Resources): void {
    agent.setHeldBy(frameworkId, role, agent.heldBy(frameworkId, role).minus(resources));
    this.strikeFromSorters(agent.id, frameworkId, role, resources);
  }

  /** Enters the total of a new agent. */
  enterTotal(agent: OracleAgent): void {
    this.roleTree.trackReservations(agent.total);
    const scalars = agent.total.scalarQuantities();
    for (const sorter of this.allSorters()) sorter.addAgent(agent.id, scalars);
  }

  strikeTotal(agent: OracleAgent): void {
    this.roleTree.untrackReservations(agent.total);
    for (const sorter of this.allSorters()) sorter.removeAgent(agent.id);
  }

  setTotal(agent: OracleAgent, total: Resources): void {
    this.strikeTotal(agent);
    agent.total = total;
    this.enterTotal(agent);
  }

  /** Scalars that nobody holds and that are neither reserved nor revocable, on all agents. */
  availableHeadroom(): Amounts {
    return this.agentsInOrder()
      .map((agent) => agent.total.minus(agent.held).unreserved().nonRevocable().scalarQuantities())
      .reduce(plus, NOTHING);
  }

  dropFilters(framework: OracleFramework, which: { role?: string; agentId?: string }): void {
    for (const filter of [...framework.offerFilters]) {
      if (which.role !== undefined && which.role !== filter.role) continue;
      if (which.agentId !== undefined && which.agentId !== filter.agentId) continue;
      this.timers.cancel(filter.timer);
      framework.offerFilters = framework.offerFilters.filter((other) => other !== filter);
    }
  }

  dropInverseFilters(framework: OracleFramework, which: { agentId?: string }): void {
    for (const filter of [...framework.inverseOfferFilters]) {
      if (which.agentId !== undefined && which.agentId !== filter.agentId) continue;
      this.timers.cancel(filter.timer);
      framework.inverseOfferFilters = framework.inverseOfferFilters.filter((other) => other !== filter);
    }
  }

  private allSorters(): OracleSorter[] {
    return [this.roleSorter, ...this.frameworkSorters.values()];
  }
}

function newSorter(kind: 'drf' | 'hdrf' | 'random', options: SorterOptions): OracleSorter {
  if (kind === 'hdrf') return new OracleHdrfSorter(options);
  return kind === 'random' ? new OracleRandomSorter(options) : new OracleDrfSorter(options);
}
