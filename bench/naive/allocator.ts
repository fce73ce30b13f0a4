/**
 * An allocator in plain objects and strings that walks agents × roles × frameworks as Mesos' hierarchical allocator
 * does: at each agent it lists all roles and frameworks by name in order of share, and looks at every filter of
 * every candidate. It knows no quota, reservations or maintenance; the order of agents is that of mete, so that its
 * offers can be compared. For comparison only.
 */
import { mix32, stageSalt } from '../../src/base/mix32.js';
import type { AgentOptions, Allocation, Filters, FrameworkOptions, Offer } from '../../src/allocator/model.js';
import type { Resources } from '../../src/resources/resources.js';
import { ObjectSorter } from './drf-sorter.js';

interface Agent {
  readonly id: string;
  readonly ordinal: number;
  available: Resources;
}

interface Filter {
  readonly refused: Resources;
  readonly untilMs: number;
}

interface Framework {
  readonly roles: readonly string[];
  /** By role, then by agent. */
  readonly filters: Map<string, Map<string, Filter[]>>;
}

const INTERVAL_MS = 1000;
const YEAR_MS = 365 * 24 * 3600 * 1000;
const STAGE = 2;
const SEED = 0;

export class ObjectAllocator {
  private readonly agents = new Map<string, Agent>();
  private readonly frameworks = new Map<string, Framework>();
  private readonly roleSorter = new ObjectSorter();
  private readonly frameworkSorters = new Map<string, ObjectSorter>();
  private clockMs = 0;
  private nextBatchMs = INTERVAL_MS;
  private pending = false;
  private runs = 0;

  addFramework({ id, roles }: FrameworkOptions): void {
    this.frameworks.set(id, { roles, filters: new Map(roles.map((role) => [role, new Map<string, Filter[]>()])) });
    for (const role of roles) {
      let sorter = this.frameworkSorters.get(role);
      if (sorter === undefined) {
        this.frameworkSorters.set(role, (sorter = new ObjectSorter()));
        for (const agent of this.agents.keys()) sorter.addAgent(agent, new Map());
        this.roleSorter.add(role);
        this.roleSorter.activate(role);
      }
      sorter.add(id);
      sorter.activate(id);
    }
    this.pending = true;
  }

  /** REQUIRES: the frameworks that use the agent have been added, and their roles before all agents. */
  addAgent({ id, total, used = [] }: AgentOptions): void {
    const agent: Agent = { id, ordinal: this.agents.size + 1, available: total };
    this.agents.set(id, agent);
    for (const sorter of [this.roleSorter, ...this.frameworkSorters.values()]) {
      sorter.addAgent(id, total.scalarQuantities());
    }
    for (const { frameworkId, role, resources } of used) this.take(agent, frameworkId, role, resources);
    this.pending = true;
  }

  private take(agent: Agent, frameworkId: string, role: string, resources: Resources): void {
    agent.available = agent.available.minus(resources);
    this.roleSorter.allocated(role, agent.id, resources);
    this.frameworkSorters.get(role)!.allocated(frameworkId, agent.id, resources);
  }

  recoverResources(
    frameworkId: string,
    agentId: string,
    role: string,
    resources: Resources,
    filters: Filters | null = null,
  ): void {
    const agent = this.agents.get(agentId)!;
    agent.available = agent.available.plus(resources);
    this.roleSorter.unallocated(role, agentId, resources);
    this.frameworkSorters.get(role)!.unallocated(frameworkId, agentId, resources);
    if (filters === null) return;
    const untilMs = this.clockMs + Math.min((filters.refuseSeconds ?? 5) * 1000, YEAR_MS);
    const byAgent = this.frameworks.get(frameworkId)!.filters.get(role)!;
    const list = byAgent.get(agentId);
    if (list === undefined) byAgent.set(agentId, [{ refused: resources, untilMs }]);
    else list.push({ refused: resources, untilMs });
  }

  /** In all roles of the framework. */
  suppressOffers(frameworkId: string): void {
    const { roles } = this.frameworks.get(frameworkId)!;
    for (const role of roles) this.frameworkSorters.get(role)!.deactivate(frameworkId);
  }

  counters(): null {
    return null;
  }

  run(atMs: number): Allocation {
    const offers: Offer[] = [];
    if (this.pending) this.cycle(offers);
    this.pending = false;
    this.clockMs = Math.max(this.clockMs, atMs);
    if (this.nextBatchMs <= this.clockMs) {
      this.cycle(offers);
      this.nextBatchMs = this.clockMs + INTERVAL_MS;
    }
    return { offers, inverseOffers: [] };
  }

  private cycle(offers: Offer[]): void {
    const salt = stageSalt(SEED, ++this.runs, STAGE);
    const order = [...this.agents.values()].map((agent) => ({ agent, key: mix32(agent.ordinal ^ salt) }));
    order.sort((a, b) => a.key - b.key);
    for (const { agent } of order) {
      for (const role of this.roleSorter.sort()) {
        for (const frameworkId of this.frameworkSorters.get(role)!.sort()) {
          if (agent.available.isEmpty) break;
          this.consider(agent, role, frameworkId, offers);
        }
      }
    }
  }

  /** Offers all that is left to a framework, unless that is too little or it has refused it. */
  private consider(agent: Agent, role: string, frameworkId: string, offers: Offer[]): void {
    const resources = agent.available.allocatableTo(role);
    if (!(resources.get('cpus') >= 10 || resources.get('mem') >= 32_000)) return;
    if (this.isFiltered(frameworkId, role, agent.id, resources)) return;
    this.take(agent, frameworkId, role, resources);
    offers.push({ frameworkId, role, agentId: agent.id, resources, unavailability: null });
  }

  private isFiltered(frameworkId: string, role: string, agentId: string, resources: Resources): boolean {
    const filters = this.frameworks.get(frameworkId)!.filters.get(role)!.get(agentId) ?? [];
    return filters.some((filter) => filter.untilMs > this.clockMs && filter.refused.contains(resources));
  }

  close(): void {
    this.agents.clear();
  }
}
