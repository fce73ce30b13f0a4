/**
 * What vectors are played on: allocators, sorters and role trees, as one set of makers per engine name.
 *
 * Players know these interfaces only, so the product on either engine and the oracle can be replayed alike.
 */
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import type {
  ConstrainedAgent,
  OfferConstraintsFilter,
} from '../../src/allocator/offer-constraints.js';
import type { Attribute } from '../../src/resources/attributes.js';
import type { Limits } from '../../src/resources/limits.js';
import type { Conversion, Operation } from '../../src/resources/operations.js';
import type { Quantities } from '../../src/resources/quantities.js';
import type { Resources } from '../../src/resources/resources.js';
import type { SorterKind } from './schema.js';

export interface Quota {
  readonly guarantees: Quantities;
  readonly limits: Limits;
}

export interface Unavailability {
  readonly startMs: number;
  readonly durationMs?: number;
}

export interface Offer {
  readonly frameworkId: string;
  readonly role: string;
  readonly agentId: string;
  readonly resources: Resources;
}

export interface InverseOffer {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly unavailability: Unavailability;
}

export interface RunResult {
  readonly offers: readonly Offer[];
  readonly inverseOffers: readonly InverseOffer[];
}

export interface Used {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Resources;
}

export interface FrameworkInfo {
  readonly roles: string[];
  readonly capabilities: string[];
  readonly suppressedRoles: string[];
  readonly offerFilters: Record<string, { minAllocatable?: Quantities[] }>;
  readonly offerConstraints?: unknown;
}

export interface Domain {
  readonly region: string;
  readonly zone: string;
}

export interface AgentUpdate {
  readonly total?: Resources;
  readonly hostname?: string;
  readonly attributes?: Attribute[];
  readonly capabilities?: string[];
  readonly domain?: Domain | null;
}

export interface AgentInfo extends AgentUpdate {
  readonly id: string;
  readonly total: Resources;
  readonly unavailability?: Unavailability | null;
  readonly used?: Used[];
}

export interface AllocatorOptions {
  readonly allocationIntervalMs?: number;
  readonly minAllocatable?: Quantities[];
  readonly fairSharingExcludedResourceNames?: string[];
  readonly filterGpuResources?: boolean;
  readonly roleSorter?: SorterKind;
  readonly frameworkSorter?: SorterKind;
  readonly domain?: Domain | null;
  readonly seed?: number;
}

/** The part of HierarchicalAllocator that vectors use. */
export interface Allocator {
  run(atMs: number): RunResult;
  addFramework(info: FrameworkInfo & { id: string; active: boolean; used: Used[] }): void;
  updateFramework(id: string, info: FrameworkInfo): void;
  removeFramework(id: string): void;
  activateFramework(id: string): void;
  deactivateFramework(id: string): void;
  suppressOffers(id: string, roles: string[]): void;
  reviveOffers(id: string, roles: string[]): void;
  addAgent(info: AgentInfo): void;
  updateAgent(id: string, update: AgentUpdate): void;
  removeAgent(id: string): void;
  addResourceProvider(agentId: string, total: Resources, used: Used[]): void;
  updateWhitelist(hostnames: string[] | null): void;
  updateUnavailability(agentId: string, unavailability: Unavailability | null): void;
  updateAllocation(
    frameworkId: string,
    agentId: string,
    role: string,
    offered: Resources,
    conversions: Conversion[],
  ): void;
  updateAvailable(agentId: string, operations: Operation[]): void;
  recoverResources(
    frameworkId: string,
    agentId: string,
    role: string,
    resources: Resources,
    filters: { refuseSeconds?: number } | null,
  ): void;
  updateQuota(role: string, quota: Quota): void;
  updateWeights(weights: { role: string; weight: number }[]): void;
  metrics(): Record<string, number>;
}

/** The part of DRFSorter and RandomSorter that vectors use. */
export interface Sorter {
  add(client: string): void;
  remove(client: string): void;
  activate(client: string): void;
  deactivate(client: string): void;
  updateWeight(path: string, weight: number): void;
  allocated(client: string, agentId: string, resources: Resources): void;
  unallocated(client: string, agentId: string, resources: Resources): void;
  update(client: string, agentId: string, before: Resources, after: Resources): void;
  addAgent(agentId: string, totalQuantities: Quantities): void;
  removeAgent(agentId: string): void;
  sort(): string[];
  contains(client: string): boolean;
  readonly count: number;
  allocation(client: string, agentId: string): Resources;
  allocationAgents(client: string): string[];
  allocationQuantities(client: string | null): Quantities;
  /** Dominant share by client. */
  shares(): Record<string, number>;
}

/** The part of RoleTree that vectors use. */
export interface RoleTree {
  updateWeight(role: string, weight: number): void;
  updateQuota(role: string, quota: Quota): void;
  trackReservations(resources: Resources): void;
  untrackReservations(resources: Resources): void;
  trackFramework(frameworkId: string, role: string): void;
  untrackFramework(frameworkId: string, role: string): void;
  has(role: string): boolean;
  weight(role: string): number;
  quota(role: string): Quota;
  reservationQuantities(role: string): Quantities;
  frameworkCount(role: string): number;
}

/** Everything that one engine name stands for. */
export interface Subjects {
  readonly engine: string;
  /** Kinds of vectors that these subjects are not made for. */
  readonly withoutKinds: readonly string[];
  /** The engine of a master; null: none runs on it. */
  readonly engineFactory: EngineFactory | null;
  allocator(options: AllocatorOptions): Allocator;
  sorter(kind: SorterKind, options: { excludedResourceNames: string[] }): Sorter;
  roleTree(): RoleTree;
  /** One of `runs` independent orders of items; a different `run` gives a different one. */
  weightedShuffle(items: string[], weights: number[], run: number): string[];
  compileOfferConstraints(json: unknown): OfferConstraintsFilter;
}

export type { ConstrainedAgent, OfferConstraintsFilter };
