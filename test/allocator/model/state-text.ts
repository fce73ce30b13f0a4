/**
 * Everything that can be seen of an allocator, as lines of text: two allocators that print alike are, for whoever looks
 * from outside, in the same state. Orders that nobody promises (of holders, of frameworks in a role) are sorted.
 */
import type { Quantities } from '../../../src/resources/quantities.js';
import type { Lot } from '../../../src/resources/lot.js';
import type { Resources } from '../../../src/resources/resources.js';
import type { Offered, Subject } from './subject.js';

/** Runs' times and the queue of events are matters of the product alone. */
const NOT_COMPARED = /\/(allocation_run_(ms|latency_ms)|event_queue_dispatches)/;

/** The exact identity and amount of every lot. */
export function exact(resources: Resources): string {
  return resources.isEmpty ? '{}' : resources.lots.map(lotText).join(' + ');
}

function lotText({ descriptor, amountMilli, ranges, items, copies }: Lot): string {
  const amount = descriptor.type === 'SCALAR' ? amountMilli : descriptor.type === 'SET' ? items.join() : ranges.join();
  return `${descriptor.key.replaceAll('\0', ' ')} ${amount}${copies === 1 ? '' : ` x${copies}`}`;
}

function quantitiesText(quantities: Quantities): string {
  return [...quantities].map(([name, amount]) => `${name}=${amount}`).sort().join();
}

/** Offers and inverse offers, in their order. */
export function offeredText({ offers, inverseOffers }: Offered): string[] {
  return [
    ...offers.map((offer) => {
      const plan = JSON.stringify(offer.unavailability);
      return `offer to ${offer.frameworkId} as ${offer.role} on ${offer.agentId}: ${exact(offer.resources)} ${plan}`;
    }),
    ...inverseOffers.map(({ frameworkId, agentId, unavailability }) => {
      return `inverse offer to ${frameworkId} for ${agentId}: ${JSON.stringify(unavailability)}`;
    }),
  ];
}

export interface StateTextOptions {
  /** Shares mean something in a DRF role sorter only. */
  readonly shares: boolean;
}

/** The whole visible state. */
export function stateText(subject: Subject, { shares }: StateTextOptions): string[] {
  const { agents, frameworks, roles } = subject.list();
  const metrics = Object.entries(subject.metrics()).filter(([name]) => !NOT_COMPARED.test(name));
  return [
    ...agents.flatMap((id) => agentLines(subject, id)),
    ...frameworks.map((id) => frameworkLine(subject, id)),
    ...[...roles].sort().map((role) => roleLine(subject, role, shares)),
    ...metrics.map(([name, value]) => `${name} ${value}`).sort(),
    ...statusLines(subject),
    `next deadline ${subject.nextDeadlineMs()}`,
  ];
}

function statusLines(subject: Subject): string[] {
  const statuses = Object.entries(subject.inverseOfferStatuses());
  return statuses.map(([agent, own]) => `answers on ${agent} ${JSON.stringify(Object.entries(own).sort())}`).sort();
}

function agentLines(subject: Subject, id: string): string[] {
  const { hostname, active, total, available, held, unavailability } = subject.agent(id);
  const holders = held.map(({ frameworkId, role, resources }) => `${id} ${frameworkId} ${role}: ${exact(resources)}`);
  return [
    `agent ${id} ${hostname} ${active ? 'active' : 'inactive'} ${JSON.stringify(unavailability)}`,
    `${id} total: ${exact(total)}`,
    `${id} available: ${exact(available)}`,
    ...holders.sort(),
  ];
}

function frameworkLine(subject: Subject, id: string): string {
  const { active, roles, suppressedRoles } = subject.framework(id);
  const lists = `${[...roles].sort().join()} suppressed: ${[...suppressedRoles].sort().join()}`;
  return `framework ${id} ${active ? 'active' : 'inactive'} ${lists}`;
}

function roleLine(subject: Subject, name: string, shares: boolean): string {
  const { weight, guarantees, limits, reserved, share, grants, frameworks } = subject.role(name);
  const quota = `guarantees ${quantitiesText(guarantees)} limits ${quantitiesText(limits)}`;
  const order = `${shares ? `share ${share} ` : ''}grants ${grants}`;
  const books = `reserved ${quantitiesText(reserved)} ${order} ${[...frameworks].sort().join()}`;
  return `role ${name} weight ${weight} ${quota} ${books}`;
}

/** The lines that only one of two lists has, marked; empty if the lists are equal. */
export function difference(expected: readonly string[], seen: readonly string[]): string[] {
  if (expected.length === seen.length && expected.every((line, i) => line === seen[i])) return [];
  const missing = expected.filter((line) => !seen.includes(line)).map((line) => `  - ${line}`);
  const extra = seen.filter((line) => !expected.includes(line)).map((line) => `  + ${line}`);
  if (missing.length + extra.length > 0) return [...missing, ...extra];
  return ['  the order differs:', ...expected.map((line) => `  - ${line}`), ...seen.map((line) => `  + ${line}`)];
}
