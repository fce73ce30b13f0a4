/**
 * What goes into the oracle and comes out of it: the shapes of the allocator's public methods.
 */
import type {
  ConstrainedAgent,
  OfferConstraintLimits,
} from '../../src/allocator/offer-constraints.js';
import type { Resources } from '../../src/resources/resources.js';
import type { Amounts } from './amounts.js';
import type { Witness } from './witness.js';

export interface Domain {
  readonly region: string;
  readonly zone: string;
}

export interface OracleOptions {
  readonly allocationIntervalMs?: number;
  /** Alternatives, each a set of amounts that must all be there. None at all: everything is offered. */
  readonly minAllocatable?: readonly Amounts[];
  readonly fairSharingExcludedResourceNames?: readonly string[];
  readonly filterGpuResources?: boolean;
  readonly roleSorter?: 'drf' | 'hdrf' | 'random';
  readonly frameworkSorter?: 'drf' | 'random';
  readonly domain?: Domain | null;
  readonly seed?: number;
  readonly agentRecoveryFactor?: number;
  readonly recoveryTimeoutMs?: number;
  readonly offerConstraintLimits?: OfferConstraintLimits;
  /** Is told of the situations that the oracle gets into. */
  readonly witness?: Witness;
}

export type Attributes = ConstrainedAgent['attributes'];

export interface Unavailability {
  readonly startMs: number;
  readonly durationMs?: number;
}

export interface Quota {
  readonly guarantees: Amounts;
  readonly limits: Amounts;
}

/** Resources that a framework uses. */
export interface Used {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  readonly resources: Resources;
}

/** What an agent tells of its users. */
export type UsedOnAgent = Omit<Used, 'agentId'> & { readonly agentId?: string };

/** What a framework tells of its uses. */
export type UsedByFramework = Omit<Used, 'frameworkId'> & { readonly frameworkId?: string };

export interface FrameworkUpdate {
  readonly roles: readonly string[];
  readonly capabilities?: readonly string[];
  readonly suppressedRoles?: readonly string[];
  readonly offerFilters?: Readonly<Record<string, { readonly minAllocatable?: readonly Amounts[] }>>;
  readonly offerConstraints?: unknown;
}

export interface NewFramework extends FrameworkUpdate {
  readonly id: string;
  readonly active?: boolean;
  readonly used?: readonly UsedByFramework[];
}

export interface AgentUpdate {
  readonly total?: Resources;
  readonly hostname?: string;
  readonly attributes?: Attributes;
  readonly capabilities?: readonly string[];
  readonly domain?: Domain | null;
}

export interface NewAgent extends AgentUpdate {
  readonly id: string;
  readonly total: Resources;
  readonly unavailability?: Unavailability | null;
  readonly used?: readonly UsedOnAgent[];
}

export interface Filters {
  readonly refuseSeconds?: number;
}

export interface Offer {
  readonly frameworkId: string;
  readonly role: string;
  readonly agentId: string;
  readonly resources: Resources;
  readonly unavailability: Unavailability | null;
}

export interface InverseOffer {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly unavailability: Unavailability;
}

export interface RunResult {
  readonly offers: Offer[];
  readonly inverseOffers: InverseOffer[];
}

export type InverseOfferStatus = 'ACCEPT' | 'DECLINE';
