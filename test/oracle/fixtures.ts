/** Short ways to write down clusters in the oracle's tests. */
import type { Limits } from '../../src/resources/limits.js';
import { limitsFromRecord } from '../../src/resources/limits.js';
import { type Extras, scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { type Quantities, quantitiesFromRecord } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { OracleAllocator } from './allocator.js';
import type { NewFramework, OracleOptions, RunResult } from './types.js';

export type Numbers = Readonly<Record<string, number>>;

export function res(text: string): Resources {
  return parseResources(text);
}

function one(name: string, value: number, extras: Extras): Resources {
  return Resources.of([scalar(name, value, extras)]);
}

export function revocable(name: string, value: number): Resources {
  return one(name, value, { revocable: true });
}

/** A persistent volume of a role that several may use at once. */
export function sharedVolume(role: string, id: string, megabytes: number): Resources {
  return one('disk', megabytes, {
    reservations: [{ type: 'STATIC', role }],
    disk: { persistence: { id }, volume: { mode: 'RW', container_path: id } },
    shared: true,
  });
}

export function mountDisk(root: string, megabytes: number): Resources {
  return one('disk', megabytes, { disk: { source: { type: 'MOUNT', root } } });
}

/** Reserved for the first role, then refined for the next ones. */
export function refined(name: string, value: number, ...roles: string[]): Resources {
  return one(name, value, { reservations: roles.map((role) => ({ type: 'DYNAMIC', role })) });
}

export function quota(guarantees: Numbers, limits: Numbers = {}): { guarantees: Quantities; limits: Limits } {
  return { guarantees: quantitiesFromRecord(guarantees), limits: limitsFromRecord(limits) };
}

export function framework(id: string, ...roles: string[]): NewFramework {
  return { id, roles, capabilities: ['MULTI_ROLE'] };
}

/** An allocator in which everything but nothing is worth offering. */
export function allocator(options: OracleOptions = {}): OracleAllocator {
  return new OracleAllocator({ minAllocatable: [], ...options });
}

/** Offers as lines: framework, role, agent, resources, in the order in which they were granted. */
export function lines(result: RunResult): string[] {
  return result.offers.map(({ frameworkId, role, agentId, resources }) => {
    return `${frameworkId} ${role} ${agentId} ${resources.toString()}`;
  });
}

/** The same in the order of the alphabet, for runs over several agents. */
export function sortedLines(result: RunResult): string[] {
  return lines(result).sort();
}

/** Gives back everything that was offered. */
export function recoverAll(oracle: OracleAllocator, result: RunResult, refuseSeconds?: number): void {
  for (const { frameworkId, agentId, role, resources } of result.offers) {
    const filters = refuseSeconds === undefined ? null : { refuseSeconds };
    oracle.recoverResources(frameworkId, agentId, role, resources, filters);
  }
}
