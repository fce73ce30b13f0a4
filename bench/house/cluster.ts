/**
 * The clusters of Mesos' allocator benchmarks: ports in fragments, agents partly in use, frameworks of one role, and
 * what a driver does with offers. Every agent gets resource values of its own, as it would from messages of its own.
 */
import type { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { AgentOptions, Filters, FrameworkOptions, Offer } from '../../src/allocator/model.js';
import { parseResources } from '../../src/resources/parse-text.js';
import type { Resources } from '../../src/resources/resources.js';
import { type Metric, ms } from './problem.js';

/** What the shapes of declining and suppressing need of an allocator. */
export type OfferingAllocator = Pick<
  HierarchicalAllocator,
  'addAgent' | 'addFramework' | 'recoverResources' | 'suppressOffers' | 'run' | 'close'
> & {
  /** Asking for them makes the engine take in all that it was told, so that a cycle is billed for itself alone. */
  counters(): unknown;
};

/** Forever, as Mesos' benchmarks have it; allocators cut it to a year. */
export const FOREVER: Filters = { refuseSeconds: 2 ** 31 - 1 };

export const INTERVAL_MS = 1000;

/** The steps that build a cluster. */
export const ADDING: Readonly<Record<string, Metric>> = {
  'add frameworks': ms('add all frameworks'),
  'add agents': ms('add all agents and run the allocation that they ask for'),
};

export const MULTI_ROLE = ['MULTI_ROLE'];

export function frameworkId(i: number): string {
  return `framework${i}`;
}

export function agentId(i: number): string {
  return `agent${i}`;
}

/** `count` ranges within [31000-32000]: single ports two apart, and the rest as the last range. */
export function fragmentedPorts(count: number): string {
  const ranges: string[] = [];
  for (let i = 0; i < count - 1; i++) ranges.push(`${31000 + 2 * i}-${31000 + 2 * i}`);
  ranges.push(`${31000 + 2 * (count - 1)}-32000`);
  return `[${ranges.join(',')}]`;
}

/** `count` values, each made for itself. */
export function eachItsOwn<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

export function frameworksIn(
  role: string,
  count: number,
  capabilities: readonly string[] = MULTI_ROLE,
): FrameworkOptions[] {
  return eachItsOwn(count, (i) => ({ id: frameworkId(i), roles: [role], capabilities }));
}

export interface PartlyUsed {
  readonly agents: number;
  readonly frameworks: number;
  readonly total: string;
  readonly used: string;
  readonly role?: string;
}

/** Agents of one total, agent i used in part by framework i modulo the number of frameworks. */
export function partlyUsedAgents({ agents, frameworks, total, used, role = '*' }: PartlyUsed): AgentOptions[] {
  return eachItsOwn(agents, (i) => ({
    id: agentId(i),
    total: parseResources(total),
    used: [{ frameworkId: frameworkId(i % frameworks), role, resources: parseResources(used) }],
  }));
}

/** Gives every offer back, and has the engine take that in. */
export function recoverAll(
  allocator: Pick<OfferingAllocator, 'recoverResources' | 'counters'>,
  offers: readonly Offer[],
  filters: Filters | null,
): void {
  for (const offer of offers) {
    allocator.recoverResources(offer.frameworkId, offer.agentId, offer.role, offer.resources, filters);
  }
  allocator.counters();
}

/** Less of the scalar `name` in a text of resources: `lessOf('cpus:24;mem:4096', 'mem', 1)`. */
export function lessOf(text: string, name: string, less: number): Resources {
  return parseResources(text).minus(parseResources(`${name}:${less}`));
}
