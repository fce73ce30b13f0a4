/**
 * The expectations of allocator vectors. Resources are compared by value, several offers of one agent to the same
 * framework and role by their sum.
 */
import { equalQuantities, type Quantities } from '../../src/resources/quantities.js';
import { Resources } from '../../src/resources/resources.js';
import { closeTo, quantitiesOf, resourcesOf, showQuantities, showResources } from './bundles.js';
import type { AllocatorPlay } from './allocator-play.js';
import { entriesOf, listOf, numberOf, Reader, SchemaError, textsOf } from './reader.js';
import type { Offer } from './subjects.js';

type Check = (play: AllocatorPlay, fields: Reader, after: number) => void;

export const EXPECTATIONS: Readonly<Record<string, Check>> = {
  offers: (play, fields, after) => {
    const expected = expectedOffers(fields.raw('offers'), fields.path('offers'));
    const seen = summed(play.takeOffers(after, expected.size === 0));
    play.report.check(sameOffers(expected, seen), showOffers(expected), showOffers(seen));
  },
  no_offers: (play, _fields, after) => {
    const seen = summed(play.takeOffers(after, true));
    play.report.check(seen.size === 0, 'no offers', showOffers(seen));
  },
  offers_any_of: (play, fields, after) => {
    const where = fields.path('alternatives');
    const alternatives = fields.list('alternatives').map((item, i) => expectedOffers(item, `${where}[${i}]`));
    const seen = summed(play.takeOffers(after, alternatives.every((one) => one.size === 0)));
    const holds = alternatives.some((one) => sameOffers(one, seen));
    play.report.check(holds, `one of: ${alternatives.map(showOffers).join(' | ')}`, showOffers(seen));
  },
  offers_totals: checkTotals,
  offers_count: (play, fields, after) => {
    const count = fields.number('count');
    const seen = play.takeOffers(after, count === 0);
    play.report.check(seen.length === count, `${count} offers`, `${seen.length}: ${showOffers(summed(seen))}`);
    if (!fields.has('each')) return;
    const each = amountOf(fields.raw('each'), fields.path('each'));
    for (const { frameworkId, role, agentId, resources } of seen) {
      const key = keyOf(frameworkId, role, agentId);
      play.report.check(each.equals(resources), `each ${each.text}`, `${showKey(key)}: ${showResources(resources)}`);
    }
  },
  inverse_offers: checkInverseOffers,
  metrics: ({ allocator, report }, fields) => {
    const metrics = allocator.metrics();
    if (!fields.has('values') && !fields.has('absent')) {
      throw new SchemaError(fields.where, undefined, 'values or absent is needed');
    }
    for (const [name, value] of fields.optional('values', (field) => fields.entries(field, numberOf), [])) {
      const seen = metrics[name];
      report.check(seen !== undefined && closeTo(seen, value), `${name} = ${value}`, String(seen));
    }
    for (const name of fields.optional('absent', (field) => fields.texts(field), [])) {
      report.check(metrics[name] === undefined, `${name} absent`, String(metrics[name]));
    }
  },
  metrics_present: ({ allocator, report }, fields) => {
    const metrics = allocator.metrics();
    for (const name of fields.texts('names')) {
      report.check(Number.isFinite(metrics[name]), `${name} present`, String(metrics[name]));
    }
    for (const name of fields.optional('greater_than_zero', (field) => fields.texts(field), [])) {
      report.check((metrics[name] ?? 0) > 0, `${name} > 0`, String(metrics[name]));
    }
  },
  result: ({ refusal, report }, fields) => {
    const ok = fields.flag('ok');
    const seen = refusal === null ? 'accepted' : refusal.message;
    report.check(ok === (refusal === null), ok ? 'accepted' : 'refused', seen);
  },
};

/** Resources by framework, role and agent. */
type OfferMap = ReadonlyMap<string, Resources>;

const keyOf = (frameworkId: string, role: string, agentId: string): string =>
  JSON.stringify([frameworkId, role, agentId]);

const showKey = (key: string): string => (JSON.parse(key) as string[]).join(' ');

function expectedOffers(value: unknown, where: string): OfferMap {
  const offers = new Map<string, Resources>();
  const byFramework = entriesOf(value, where, (roles, at) =>
    entriesOf(roles, at, (agents, inner) => entriesOf(agents, inner, resourcesOf)),
  );
  for (const [framework, byRole] of byFramework) {
    for (const [role, byAgent] of byRole) {
      for (const [agent, resources] of byAgent) {
        if (!resources.isEmpty) offers.set(keyOf(framework, role, agent), resources);
      }
    }
  }
  return offers;
}

function summed(offers: readonly Offer[]): OfferMap {
  const sums = new Map<string, Resources>();
  for (const { frameworkId, role, agentId, resources } of offers) {
    const key = keyOf(frameworkId, role, agentId);
    sums.set(key, (sums.get(key) ?? Resources.EMPTY).plus(resources));
  }
  return sums;
}

function sameOffers(a: OfferMap, b: OfferMap): boolean {
  return a.size === b.size && [...a].every(([key, resources]) => b.get(key)?.equals(resources) ?? false);
}

function showOffers(offers: OfferMap): string {
  if (offers.size === 0) return 'no offers';
  const lines = [...offers].map(([key, resources]) => `${showKey(key)}: ${showResources(resources)}`);
  return lines.sort().join(', ');
}

/** An amount: bundles (compared as resources), one bundle, or quantities (compared as sums of scalars by name). */
interface Amount {
  readonly text: string;
  equals(resources: Resources): boolean;
}

const BUNDLE_FIELDS = ['scalars', 'ranges', 'sets'];

function amountOf(value: unknown, where: string): Amount {
  const isBundle = typeof value === 'object' && value !== null && BUNDLE_FIELDS.some((name) => name in value);
  if (Array.isArray(value) || isBundle) {
    const resources = resourcesOf(isBundle ? [value] : value, where);
    return { text: showResources(resources), equals: (seen) => seen.equals(resources) };
  }
  const quantities: Quantities = quantitiesOf(value, where);
  return {
    text: showQuantities(quantities),
    equals: (seen) => equalQuantities(quantities, seen.scalarQuantities()),
  };
}

/**
 * For each framework and role how many agents are offered (or which), and the sum of it all. Frameworks and roles that
 * are not named are offered nothing.
 */
function checkTotals(play: AllocatorPlay, fields: Reader, after: number): void {
  const name = ['totals', 'offers', 'offers_totals'].find((candidate) => fields.has(candidate)) ?? 'totals';
  const expected = fields
    .entries(name, (roles, at) => entriesOf(roles, at, (total, inner) => Reader.of(total, inner)))
    .flatMap(([framework, byRole]) => byRole.map(([role, total]) => ({ framework, role, total })));
  const seen = play.takeOffers(after, expected.length === 0);
  for (const { framework, role, total } of expected) {
    const own = seen.filter((offer) => offer.frameworkId === framework && offer.role === role);
    const agents = [...new Set(own.map((offer) => offer.agentId))].sort();
    const at = `${framework} ${role}`;
    const wanted = total.raw('agents');
    if (typeof wanted === 'number') play.report.checkSame(`${at}: number of agents`, wanted, agents.length);
    else if (wanted !== undefined) {
      play.report.checkSame(`${at}: agents`, textsOf(wanted, total.path('agents')).sort(), agents);
    }
    if (!total.has('sum')) continue;
    const amount = amountOf(total.raw('sum'), total.path('sum'));
    const sum = own.reduce((all, offer) => all.plus(offer.resources), Resources.EMPTY);
    play.report.check(amount.equals(sum), `${at}: sum ${amount.text}`, showResources(sum));
  }
  const others = seen.filter((o) => !expected.some((e) => e.framework === o.frameworkId && e.role === o.role));
  play.report.check(others.length === 0, 'no offers to others', showOffers(summed(others)));
}

/** Which frameworks were asked to give back which agents, and for which time. Inverse offers name no resources. */
function checkInverseOffers(play: AllocatorPlay, fields: Reader, after: number): void {
  const expected = fields
    .entries('offers', textsOf)
    .flatMap(([framework, agents]) => agents.map((agent) => `${framework} ${agent}`));
  const resources = fields.raw('resources');
  if (resources !== undefined && resources !== 'empty') listOf(resources, fields.path('resources'));
  const seen = play.takeInverseOffers(after);
  const pairs = seen.map(({ frameworkId, agentId }) => `${frameworkId} ${agentId}`);
  play.report.checkSame('inverse offers', expected.sort(), pairs.sort());
  if (!fields.has('unavailability_start_in_secs')) return;
  const startInSecs = fields.number('unavailability_start_in_secs');
  for (const { frameworkId, agentId, unavailability } of seen) {
    const announced = play.announced.get(agentId);
    const right = announced?.startInSecs === startInSecs && announced.startMs === unavailability.startMs;
    const shown = `${unavailability.startMs} ms, announced ${announced?.startInSecs} s ahead`;
    play.report.check(right, `${frameworkId} ${agentId}: start ${startInSecs} s ahead`, shown);
  }
}
