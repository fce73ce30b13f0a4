/**
 * Short ways to write down allocator scenarios: a cluster whose offers are lines of text, and `scenario`, which plays
 * each one on every engine. Defaults are the allocator's own, so that scenarios prove them, too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { AgentOptions, Filters, FrameworkOptions, Offer } from '../../src/allocator/model.js';
import type { Quota } from '../../src/allocator/role-tree.js';
import type { AllocatorOptions } from '../../src/allocator/state.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { type Extras, scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { type Quantities, quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { ENGINES } from './engines.js';

export type Numbers = Readonly<Record<string, number>>;

export function res(value: string | Resources): Resources {
  return typeof value === 'string' ? parseResources(value) : value;
}

/** As the allocator prints it, without blanks. */
export function text(resources: Resources): string {
  return resources.toString().replaceAll(' ', '');
}

/** A lot of a scalar with reservations, disk info … */
export function lot(name: string, value: number, extras: Extras): Resources {
  return Resources.of([scalar(name, value, extras)]);
}

export function reserved(name: string, value: number, ...roles: string[]): Resources {
  return lot(name, value, { reservations: roles.map((role) => ({ type: 'DYNAMIC', role })) });
}

/** A persistent volume that is reserved for a role. */
export function volume(role: string, id: string, megabytes: number, shared = false): Resources {
  return lot('disk', megabytes, {
    reservations: [{ type: 'DYNAMIC', role }],
    disk: { persistence: { id }, volume: { mode: 'RW', container_path: id } },
    shared,
  });
}

export function quantities(record: Numbers): Quantities {
  return quantitiesFromRecord(record);
}

export function quota(guarantees: Numbers, limits: Numbers = {}): Quota {
  return { guarantees: quantitiesFromRecord(guarantees), limits: limitsFromRecord(limits) };
}

export type Options = Omit<AllocatorOptions, 'engine'>;

/** An allocator and the offers that are out. */
export class Cluster {
  readonly allocator: HierarchicalAllocator;
  /** Offers not given back yet, in order of granting. */
  out: Offer[] = [];

  constructor(engine: EngineFactory, options: Options = {}) {
    this.allocator = new HierarchicalAllocator({ ...options, engine });
  }

  agent(id: string, total: string | Resources, more: Partial<AgentOptions> = {}): void {
    this.allocator.addAgent({ id, total: res(total), ...more });
  }

  agents(count: number, total: string): void {
    for (let i = 1; i <= count; i++) this.agent(`s${i}`, total);
  }

  /** A framework in the roles named, divided by blanks. */
  framework(id: string, roles: string, more: Partial<FrameworkOptions> = {}): void {
    this.allocator.addFramework({ id, roles: roles.split(' '), capabilities: ['MULTI_ROLE'], ...more });
  }

  /** Lets time pass and fires what is due: `framework role agent resources` for each offer. */
  after(ms: number): string[] {
    const { offers } = this.allocator.run(this.allocator.clockMs + ms);
    this.out.push(...offers);
    return offers.map(({ frameworkId, role, agentId, resources }) => {
      return `${frameworkId} ${role} ${agentId} ${text(resources)}`;
    });
  }

  /** What events asked for, with no time passing. */
  now(): string[] {
    return this.after(0);
  }

  /** Gives back what a framework (absent: any) was offered; null installs no filter. */
  giveBack(filters: Filters | null = null, frameworkId?: string, role?: string): void {
    const isMeant = (offer: Offer): boolean =>
      (frameworkId === undefined || offer.frameworkId === frameworkId) && (role === undefined || offer.role === role);
    for (const { frameworkId: id, agentId, role: offered, resources } of this.out.filter(isMeant)) {
      this.allocator.recoverResources(id, agentId, offered, resources, filters);
    }
    this.out = this.out.filter((offer) => !isMeant(offer));
  }

  metric(name: string): number | undefined {
    return this.allocator.metrics()[`allocator/mesos/${name}`];
  }

  /** Runs that take place when `act` has happened, with no time passing. */
  runsAsked(act: () => void): number {
    this.now();
    const before = this.metric('allocation_runs')!;
    act();
    this.now();
    return this.metric('allocation_runs')! - before;
  }
}

/** How often each line's first word appears. */
export function countByFirst(lines: readonly string[], word = 0): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const key = line.split(' ')[word]!;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** A test on each engine. */
export function onEngines(title: string, body: (engine: EngineFactory) => void): void {
  for (const { name, factory } of ENGINES) test(`${title} (${name})`, () => body(factory));
}

/** A test on each engine that makes clusters. */
export function scenario(title: string, body: (make: (options?: Options) => Cluster) => void): void {
  onEngines(title, (engine) => body((options) => new Cluster(engine, options)));
}

/** The lines, in any order. */
export function sameLines(actual: readonly string[], expected: readonly string[], message?: string): void {
  assert.deepEqual([...actual].sort(), [...expected].sort(), message);
}
