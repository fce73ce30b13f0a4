/**
 * An agent: what it has, who holds what of it, and its planned maintenance.
 */
import { Resources } from '../../src/resources/resources.js';
import type { Attributes, Domain, InverseOfferStatus, NewAgent, Unavailability } from './types.js';

/** What a current agent can do, and an agent of which nothing else is said. */
const ALL_CAPABILITIES: readonly string[] = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
];

/** A planned unavailability and what frameworks answered to it. */
export interface Maintenance {
  readonly unavailability: Unavailability;
  /** Frameworks that have an inverse offer which they did not answer yet. */
  readonly outstanding: Set<string>;
  /** The latest answer of each framework that gave one. */
  readonly statuses: Map<string, InverseOfferStatus>;
}

/** What one framework holds in one role. */
export interface Holding {
  readonly frameworkId: string;
  readonly role: string;
  readonly resources: Resources;
}

export class OracleAgent {
  readonly id: string;
  hostname: string;
  total: Resources;
  attributes: Attributes;
  capabilities: ReadonlySet<string>;
  domain: Domain | null;
  /** Whether its resources may be offered. */
  activated = true;
  maintenance: Maintenance | null;
  /** Offered or allocated; at most one entry for each framework and role, none of them empty. */
  holdings: Holding[] = [];

  constructor(
    info: NewAgent,
    /** Its number in the order in which agents were added, from 1; never used again. */
    readonly ordinal: number,
  ) {
    this.id = info.id;
    this.hostname = info.hostname ?? info.id;
    this.total = info.total;
    this.attributes = info.attributes ?? [];
    this.capabilities = new Set(info.capabilities ?? ALL_CAPABILITIES);
    this.domain = info.domain ?? null;
    this.maintenance = maintenanceFor(info.unavailability ?? null);
  }

  has(capability: string): boolean {
    return this.capabilities.has(capability);
  }

  get hasGpus(): boolean {
    return this.total.get('gpus') > 0;
  }

  heldBy(frameworkId: string, role: string): Resources {
    const own = this.holdings.find((holding) => holding.frameworkId === frameworkId && holding.role === role);
    return own?.resources ?? Resources.EMPTY;
  }

  setHeldBy(frameworkId: string, role: string, resources: Resources): void {
    this.holdings = this.holdings.filter((other) => other.frameworkId !== frameworkId || other.role !== role);
    if (!resources.isEmpty) this.holdings.push({ frameworkId, role, resources });
  }

  /** All that is offered or allocated. May be more than the agent has. */
  get held(): Resources {
    return this.holdings.reduce((sum, holding) => sum.plus(holding.resources), Resources.EMPTY);
  }

  /** What nobody holds, and all shared resources: these may be offered while they are in use. */
  get available(): Resources {
    return this.total.nonShared().minus(this.held.nonShared()).plus(this.total.sharedOnly());
  }
}

export function maintenanceFor(unavailability: Unavailability | null): Maintenance | null {
  return unavailability === null ? null : { unavailability, outstanding: new Set(), statuses: new Map() };
}
