/**
 * The words of the allocator: what callers hand in, what they get back, and the records it keeps.
 */
import type { Attribute } from '../resources/attributes.js';
import type { Quantities } from '../resources/quantities.js';
import type { Resources } from '../resources/resources.js';
import type { ChainHead } from './filter-pool.js';
import type { OfferConstraintsFilter } from './offer-constraints.js';
import type { TreeNode } from './sorter-tree.js';
import type { SorterTree } from './sorter-tree.js';

/** A fault domain. */
export interface FaultDomain {
  readonly region: string;
  readonly zone: string;
}

/** A maintenance window. */
export interface Unavailability {
  readonly startMs: number;
  readonly durationMs?: number;
}

/** Resources that a framework holds already, told when a framework or an agent is added. */
export interface Used {
  readonly frameworkId: string;
  readonly role: string;
  readonly resources: Resources;
}

/** The same, told with a framework. */
export interface UsedOnAgent {
  readonly agentId: string;
  readonly role: string;
  readonly resources: Resources;
}

export interface OfferFilterOptions {
  /** Alternatives that replace the allocator's minimum for one role; an empty list switches the minimum off. */
  readonly minAllocatable?: readonly Quantities[];
}

/** What may change about a framework without its being added again. */
export interface FrameworkUpdate {
  readonly roles: readonly string[];
  /** Mesos' names: MULTI_ROLE, GPU_RESOURCES, SHARED_RESOURCES, REVOCABLE_RESOURCES, RESERVATION_REFINEMENT … */
  readonly capabilities?: readonly string[];
  readonly suppressedRoles?: readonly string[];
  readonly offerFilters?: Readonly<Record<string, OfferFilterOptions>>;
  /** The v1 JSON of OfferConstraints. */
  readonly offerConstraints?: unknown;
}

export interface FrameworkOptions extends FrameworkUpdate {
  readonly id: string;
  readonly active?: boolean;
  readonly used?: readonly UsedOnAgent[];
}

export interface AgentUpdate {
  readonly total?: Resources;
  readonly attributes?: readonly Attribute[];
  /** Mesos' names: MULTI_ROLE, HIERARCHICAL_ROLE, RESERVATION_REFINEMENT …; absent: all. */
  readonly capabilities?: readonly string[];
  readonly hostname?: string;
  readonly domain?: FaultDomain | null;
}

export interface AgentOptions extends AgentUpdate {
  readonly id: string;
  readonly total: Resources;
  readonly unavailability?: Unavailability | null;
  readonly used?: readonly Used[];
  /** False: not offered until it is activated. */
  readonly active?: boolean;
}

export interface Offer {
  readonly frameworkId: string;
  readonly role: string;
  readonly agentId: string;
  resources: Resources;
  readonly unavailability: Unavailability | null;
}

export interface InverseOffer {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly unavailability: Unavailability;
}

/** What one call of `run` or `allocate` gives out, in order of granting. */
export interface Allocation {
  readonly offers: Offer[];
  readonly inverseOffers: InverseOffer[];
}

export interface Filters {
  /** Seconds; absent: 5. Negative values mean the default too; more than 365 days is cut to 365 days. */
  readonly refuseSeconds?: number;
}

export type InverseOfferResponse = 'ACCEPT' | 'DECLINE';

/** A framework in a role: what sorters order and offers go to. */
export interface Client {
  readonly index: number;
  readonly framework: FrameworkRecord;
  readonly role: RoleClients;
  readonly node: TreeNode;
  /** Number of agents on which the client holds something. */
  holdings: number;
  readonly filters: ChainHead;
  readonly roleFilters: { count: number };
}

/** A role that has clients: its leaf in the role sorter and its own framework sorter. */
export interface RoleClients {
  /** How many of the clients are active. */
  activeClients: number;
  readonly name: string;
  readonly frameworks: SorterTree;
  readonly clients: Set<Client>;
  readonly filters: { count: number };
}

export interface InverseFilter {
  readonly deadlineMs: number;
  readonly generation: number;
}

export interface FrameworkRecord {
  readonly id: string;
  roles: Set<string>;
  suppressed: Set<string>;
  capabilities: Set<string>;
  active: boolean;
  minimums: Map<string, readonly Quantities[]>;
  constraints: OfferConstraintsFilter | null;
  /** The JSON the constraints came from, for snapshots. */
  constraintsSource: unknown;
  readonly clients: Map<string, Client>;
  readonly inverseFilters: Map<string, InverseFilter[]>;
}

export interface Maintenance {
  readonly unavailability: Unavailability;
  readonly outstanding: Set<string>;
  readonly statuses: Map<string, InverseOfferResponse>;
}
