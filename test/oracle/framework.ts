/**
 * A framework: its roles, what it can do, what it refused.
 */
import type { ConstrainedAgent, OfferConstraintsFilter } from '../../src/allocator/offer-constraints.js';
import type { Resources } from '../../src/resources/resources.js';
import type { Amounts } from './amounts.js';
import type { Timer } from './timers.js';
import type { FrameworkUpdate } from './types.js';

/** A refusal: these resources on this agent, or less, are not offered again in this role until the timer is due. */
export interface OfferFilter {
  readonly role: string;
  readonly agentId: string;
  readonly resources: Resources;
  readonly timer: Timer;
}

/** No inverse offer for this agent until the timer is due. */
export interface InverseOfferFilter {
  readonly agentId: string;
  readonly timer: Timer;
}

export class OracleFramework {
  roles: ReadonlySet<string> = new Set();
  suppressedRoles = new Set<string>();
  active: boolean;
  offerFilters: OfferFilter[] = [];
  inverseOfferFilters: InverseOfferFilter[] = [];
  private capabilities: ReadonlySet<string> = new Set();
  /** Roles for which the framework says itself what is too little to be offered. */
  private minimums: ReadonlyMap<string, readonly Amounts[]> = new Map();
  private constraints: OfferConstraintsFilter | null = null;

  constructor(
    readonly id: string,
    active: boolean,
  ) {
    this.active = active;
  }

  /** Takes over everything that an update replaces, except roles and suppressed roles. */
  describe(info: FrameworkUpdate, constraints: OfferConstraintsFilter | null): void {
    this.capabilities = new Set(info.capabilities ?? []);
    this.minimums = new Map(
      Object.entries(info.offerFilters ?? {}).flatMap(([role, filter]) =>
        filter.minAllocatable === undefined ? [] : [[role, filter.minAllocatable]],
      ),
    );
    this.constraints = constraints;
  }

  can(capability: string): boolean {
    return this.capabilities.has(capability);
  }

  /** Whether the framework takes offers in this role at the moment. */
  wantsOffersIn(role: string): boolean {
    return this.active && this.roles.has(role) && !this.suppressedRoles.has(role);
  }

  /** What is the least that may be offered in this role; undefined if the framework leaves that to the allocator. */
  minimumFor(role: string): readonly Amounts[] | undefined {
    return this.minimums.get(role);
  }

  excludes(role: string, agent: ConstrainedAgent): boolean {
    return this.constraints?.isAgentExcluded(role, agent) ?? false;
  }
}
