/**
 * What random plays are played on: the product on one engine or another, and the oracle. Calls are data (a method and
 * its arguments), so that the same call can be made on several subjects and be printed when they disagree.
 */
import { MeteError } from '../../../src/base/errors.js';
import type { Attribute } from '../../../src/resources/attributes.js';
import type { Conversion, Operation } from '../../../src/resources/operations.js';
import type { Quantities } from '../../../src/resources/quantities.js';
import { Resources } from '../../../src/resources/resources.js';

export interface Holding {
  readonly frameworkId: string;
  readonly role: string;
  readonly resources: Resources;
}

export interface Plan {
  readonly startMs: number;
  readonly durationMs?: number;
}

export interface FrameworkUpdate {
  readonly roles: readonly string[];
  readonly capabilities?: readonly string[];
  readonly suppressedRoles?: readonly string[];
  readonly offerFilters?: Readonly<Record<string, { readonly minAllocatable?: readonly Quantities[] }>>;
  readonly offerConstraints?: unknown;
}

export interface AgentUpdate {
  readonly total?: Resources;
  readonly attributes?: readonly Attribute[];
  readonly capabilities?: readonly string[];
  readonly hostname?: string;
  readonly domain?: { readonly region: string; readonly zone: string } | null;
}

interface Quota {
  readonly guarantees: Quantities;
  readonly limits: Quantities;
}

export interface Offered {
  readonly offers: readonly (Holding & { readonly agentId: string; readonly unavailability: Plan | null })[];
  readonly inverseOffers: readonly { frameworkId: string; agentId: string; unavailability: Plan }[];
}

interface AgentView {
  readonly hostname: string;
  readonly active: boolean;
  readonly total: Resources;
  readonly available: Resources;
  readonly held: readonly Holding[];
  readonly unavailability: Plan | null;
}

interface FrameworkView {
  readonly active: boolean;
  readonly roles: readonly string[];
  readonly suppressedRoles: readonly string[];
}

export interface RoleView extends Quota {
  readonly weight: number;
  readonly reserved: Quantities;
  readonly share: number;
  readonly grants: number;
  readonly frameworks: readonly string[];
}

type FrameworkUse = { agentId: string; role: string; resources: Resources };

/** The methods that all subjects have. */
export interface Subject {
  run(atMs: number): Offered;
  allocate(atMs: number): Offered;
  nextDeadlineMs(): number;
  pause(): void;
  resume(): void;
  recover(expectedAgentCount: number, quotas: ReadonlyMap<string, Quota>): void;
  addFramework(info: FrameworkUpdate & { id: string; active?: boolean; used?: readonly FrameworkUse[] }): void;
  updateFramework(id: string, info: FrameworkUpdate): void;
  removeFramework(id: string): void;
  activateFramework(id: string): void;
  deactivateFramework(id: string): void;
  suppressOffers(id: string, roles: readonly string[]): void;
  reviveOffers(id: string, roles: readonly string[]): void;
  requestResources(id: string, requests: readonly { readonly agentId?: string }[]): void;
  addAgent(
    info: AgentUpdate & { id: string; total: Resources; unavailability?: Plan | null; used?: readonly Holding[] },
  ): void;
  updateAgent(id: string, info: AgentUpdate): void;
  removeAgent(id: string): void;
  activateAgent(id: string): void;
  deactivateAgent(id: string): void;
  addResourceProvider(id: string, total: Resources, used: readonly Holding[]): void;
  updateWhitelist(hostnames: readonly string[] | null): void;
  updateUnavailability(id: string, plan: Plan | null): void;
  updateInverseOffer(
    agentId: string,
    frameworkId: string,
    status: 'ACCEPT' | 'DECLINE' | null,
    filters: { readonly refuseSeconds?: number } | null,
  ): void;
  inverseOfferStatuses(): Record<string, Record<string, string>>;
  updateAllocation(
    frameworkId: string,
    agentId: string,
    role: string,
    offered: Resources,
    conversions: readonly Conversion[],
  ): void;
  updateAvailable(agentId: string, operations: readonly Operation[]): void;
  recoverResources(
    frameworkId: string,
    agentId: string,
    role: string,
    resources: Resources,
    filters: { readonly refuseSeconds?: number } | null,
  ): void;
  updateQuota(role: string, quota: Quota): void;
  updateWeights(weights: readonly { readonly role: string; readonly weight: number }[]): void;
  metrics(): Record<string, number>;
  agent(id: string): AgentView;
  framework(id: string): FrameworkView;
  role(name: string): RoleView;
  list(): { agents: string[]; frameworks: string[]; roles: string[] };
}

/** A call of one of the methods that change something. */
export interface Call {
  readonly method: Exclude<keyof Subject, 'metrics' | 'agent' | 'framework' | 'role' | 'list' | 'inverseOfferStatuses'>;
  readonly args: readonly unknown[];
}

/** A call whose arguments are checked against the method's. */
export function call<M extends Call['method']>(method: M, ...args: Parameters<Subject[M]>): Call {
  return { method, args };
}

/** What came of a call: the offers it returned, or the code of its refusal. */
export interface Outcome {
  readonly offered: Offered | null;
  readonly refusal: MeteError | null;
}

/** Makes the call. Anything thrown but a MeteError other than INTERNAL is a defect and passes through. */
export function apply(subject: Subject, { method, args }: Call): Outcome {
  try {
    const result = (subject[method] as (...all: readonly unknown[]) => unknown).apply(subject, [...args]);
    const offered = method === 'run' || method === 'allocate' ? (result as Offered) : null;
    return { offered, refusal: null };
  } catch (error) {
    if (error instanceof MeteError && error.code !== 'INTERNAL') return { offered: null, refusal: error };
    throw error;
  }
}

/** The call as one would write it down. */
export function print({ method, args }: Call): string {
  return `${method}(${args.map(printValue).join(', ')})`;
}

function printValue(value: unknown): string {
  if (value instanceof Resources) return `R\`${value.toString()}\``;
  if (value instanceof Map) return `Map${printEntries([...value] as [string, unknown][])}`;
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return printEntries(Object.entries(value));
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function printEntries(entries: readonly (readonly [key: string, value: unknown])[]): string {
  return `{${entries.map(([key, value]) => `${key}: ${printValue(value)}`).join(', ')}}`;
}
