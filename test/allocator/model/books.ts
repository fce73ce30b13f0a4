/**
 * The books of a cluster as an auditor would draw them up, from what can be seen of an allocator and from nothing else.
 */
import type { Quantities } from '../../../src/resources/quantities.js';
import { Resources } from '../../../src/resources/resources.js';
import { isSelfOrAncestor, topLevelRole } from '../../../src/resources/role-name.js';
import type { Subject } from './subject.js';

/** Adds `sign` times quantities to a sum, in place. */
export function count(sum: Map<string, number>, quantities: Quantities, sign = 1): void {
  for (const [name, amount] of quantities) sum.set(name, (sum.get(name) ?? 0) + sign * amount);
}

/** What quota governs: unreserved, non-revocable scalars. */
export function governed(resources: Resources): Quantities {
  return resources.unreserved().nonRevocable().scalarQuantities();
}

/** What a top-level role consumes: all that is reserved to it and below, and what is held there of other scalars. */
export function consumption(subject: Subject, top: string): Map<string, number> {
  const sum = new Map(subject.role(top).reserved);
  const { agents, frameworks } = subject.list();
  for (const id of agents) {
    for (const { frameworkId, role, resources } of subject.agent(id).held) {
      if (isSelfOrAncestor(top, role) && frameworks.includes(frameworkId)) count(sum, governed(resources));
    }
  }
  return sum;
}

/** Unreserved non-revocable scalars that nobody holds, on all agents. */
export function freeHeadroom(subject: Subject): Map<string, number> {
  const sum = new Map<string, number>();
  for (const id of subject.list().agents) count(sum, governed(subject.agent(id).available));
  return sum;
}

export function topLevelRoles(subject: Subject): string[] {
  return [...new Set(subject.list().roles.map(topLevelRole))];
}

/** What must stay free for guarantees that are not met. */
export function requiredHeadroom(subject: Subject): Map<string, number> {
  const sum = new Map<string, number>();
  for (const role of topLevelRoles(subject)) {
    const consumed = consumption(subject, role);
    for (const [name, guarantee] of subject.role(role).guarantees) {
      count(sum, new Map([[name, Math.max(0, guarantee - (consumed.get(name) ?? 0))]]));
    }
  }
  return sum;
}

/** Why an agent's books do not agree; null if they do. What is held may exceed the total, but nothing is free twice. */
export function imbalance(subject: Subject, agentId: string): string | null {
  const { total, available, held } = subject.agent(agentId);
  if (!available.sharedOnly().equals(total.sharedOnly())) return 'shared volumes are not available as they are';
  let left = total.nonShared();
  for (const { resources } of held) left = left.minus(resources.nonShared());
  if (!available.nonShared().equals(left)) return `available is not what is left of the total: ${left.toString()}`;
  if (isOverdrawn(subject, agentId)) return null;
  const parts = [available, ...held.map(({ resources }) => resources)].map((part) => part.nonShared());
  const lots = parts.flatMap((part) => part.lots);
  const sum = parts.reduce((all, part) => all.plus(part), Resources.EMPTY);
  if (!sum.equals(total.nonShared())) return `the parts are not the whole: ${sum.toString()}`;
  const pieces = (which: readonly { ranges: readonly number[]; items: readonly string[] }[]): number =>
    which.reduce((n, lot) => n + lot.items.length + lengthOf(lot.ranges), 0);
  return pieces(lots) === pieces(total.lots) ? null : 'a port or an item is there twice';
}

function lengthOf(ranges: readonly number[]): number {
  let length = 0;
  for (let i = 0; i < ranges.length; i += 2) length += ranges[i + 1]! - ranges[i]! + 1;
  return length;
}

/** Whether more is held than there is: the agent shrank, or was told so. */
function isOverdrawn(subject: Subject, agentId: string): boolean {
  const { total, held } = subject.agent(agentId);
  let left = total.nonShared();
  for (const { resources } of held) {
    const own = resources.nonShared();
    if (!left.contains(own)) return true;
    left = left.minus(own);
  }
  return false;
}
