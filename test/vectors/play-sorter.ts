/**
 * Plays vectors of the kinds sorter and sorter_statistical: one sorter, and the places that clients take when it sorts
 * many times.
 */
import { equalQuantities } from '../../src/resources/quantities.js';
import { closeTo, quantitiesOf, resourcesOf, showQuantities, showResources } from './bundles.js';
import type { Reader} from './reader.js';
import { listOf, numberOf, SchemaError } from './reader.js';
import { entryOf, type Play, type Report } from './report.js';
import type { SorterKind, Vector } from './schema.js';
import type { Sorter, Subjects } from './subjects.js';

interface SorterPlay {
  readonly subjects: Subjects;
  readonly kind: SorterKind;
  readonly sorter: Sorter;
  readonly report: Report;
  /** The orders of the latest operation that made many. */
  orders: string[][];
}

export function playSorter(subjects: Subjects, report: Report, _vector: Vector, kind: SorterKind): Play {
  const sorter = subjects.sorter(kind, { excludedResourceNames: [] });
  const play: SorterPlay = { subjects, kind, sorter, report, orders: [] };
  return {
    step: ({ op, fields }) => entryOf(OPERATIONS, op, 'operation', fields.path('op'))(play, fields),
    expect: ({ type, fields }) => entryOf(EXPECTATIONS, type, 'expectation', fields.path('type'))(play, fields),
  };
}

type Action = (play: SorterPlay, fields: Reader) => void;

const resources = (fields: Reader, name: string): ReturnType<typeof resourcesOf> =>
  resourcesOf(fields.raw(name), fields.path(name));

export const OPERATIONS: Readonly<Record<string, Action>> = {
  addAgent: ({ sorter }, fields) =>
    sorter.addAgent(fields.text('agent'), quantitiesOf(fields.raw('total'), fields.path('total'))),
  removeAgent: ({ sorter }, fields) => sorter.removeAgent(fields.text('agent')),
  add: ({ sorter }, fields) => sorter.add(fields.text('client')),
  remove: ({ sorter }, fields) => sorter.remove(fields.text('client')),
  activate: ({ sorter }, fields) => sorter.activate(fields.text('client')),
  deactivate: ({ sorter }, fields) => sorter.deactivate(fields.text('client')),
  updateWeight: ({ sorter }, fields) => sorter.updateWeight(fields.text('path'), fields.number('weight')),
  allocated: ({ sorter }, fields) =>
    sorter.allocated(fields.text('client'), fields.text('agent'), resources(fields, 'resources')),
  unallocated: ({ sorter }, fields) =>
    sorter.unallocated(fields.text('client'), fields.text('agent'), resources(fields, 'resources')),
  update: ({ sorter }, fields) =>
    sorter.update(fields.text('client'), fields.text('agent'), resources(fields, 'old'), resources(fields, 'new')),
  weightedShuffle: (play, fields) => {
    const items = fields.list('items').map(String);
    const weights = fields.list('weights').map((weight, i) => numberOf(weight, `${fields.path('weights')}[${i}]`));
    if (weights.length !== items.length) {
      throw new SchemaError(fields.path('weights'), weights, `one weight for each of ${items.length} items is needed`);
    }
    play.orders = manyOrders(fields, (run) => play.subjects.weightedShuffle(items, weights, run));
  },
  sortManyTimes: (play, fields) => {
    play.orders = manyOrders(fields, () => play.sorter.sort());
  },
};

function manyOrders(fields: Reader, order: (run: number) => string[]): string[][] {
  const runs = fields.number('runs');
  if (!Number.isInteger(runs) || runs < 1) throw new SchemaError(fields.path('runs'), runs, 'a count is needed');
  return Array.from({ length: runs }, (_, i) => order(i + 1));
}

export const EXPECTATIONS: Readonly<Record<string, Action>> = {
  sort: (play, fields) => {
    play.report.checkSame('order', fields.texts('order'), play.sorter.sort());
    if (fields.has('shares')) checkShares(play, fields);
  },
  sort_set: ({ sorter, report }, fields) =>
    report.checkSame('sorted clients', fields.texts('clients').sort(), sorter.sort().sort()),
  contains: ({ sorter, report }, fields) => {
    const client = fields.text('client');
    report.checkSame(`contains ${client}`, fields.flag('value'), sorter.contains(client));
  },
  count: ({ sorter, report }, fields) => report.checkSame('count', fields.number('value'), sorter.count),
  allocation: ({ sorter, report }, fields) => {
    const [client, agent] = [fields.text('client'), fields.text('agent')];
    const expected = resources(fields, 'resources');
    const seen = sorter.allocation(client, agent);
    report.check(expected.equals(seen), `${client} has ${showResources(expected)} on ${agent}`, showResources(seen));
  },
  allocation_agents: ({ sorter, report }, fields) => {
    const client = fields.text('client');
    const seen = [...sorter.allocationAgents(client)].sort();
    report.checkSame(`agents of ${client}`, fields.texts('agents').sort(), seen);
  },
  allocation_quantities: ({ sorter, report }, fields) => {
    const client = fields.optional('client', (name) => fields.text(name), null);
    const expected = quantitiesOf(fields.raw('quantities'), fields.path('quantities'));
    const seen = sorter.allocationQuantities(client);
    const what = `${client ?? 'all'} hold ${showQuantities(expected)}`;
    report.check(equalQuantities(expected, seen), what, showQuantities(seen));
  },
  shares: (play, fields) => checkShares(play, fields),
  position_probabilities: checkPositions,
};

/** The dominant shares of some clients. A random sorter has none. */
function checkShares({ kind, sorter, report }: SorterPlay, fields: Reader): void {
  const expected = fields.entries('shares', numberOf);
  if (kind !== 'drf') return;
  const seen = sorter.shares();
  for (const [client, share] of expected) {
    const own = seen[client];
    report.check(own !== undefined && closeTo(share, own), `share of ${client} ${share}`, String(own));
  }
}

/** How often each client took each place, against the probabilities given. */
function checkPositions({ orders, report }: SorterPlay, fields: Reader): void {
  const clients = fields.texts('clients');
  const tolerance = fields.number('tolerance');
  report.check(orders.length > 0, 'many orders to count', 'none');
  const rows = fields.list('matrix');
  if (rows.length !== clients.length) {
    throw new SchemaError(fields.path('matrix'), rows, `one row for each of ${clients.length} clients is needed`);
  }
  rows.forEach((row, i) => {
    const where = `${fields.path('matrix')}[${i}]`;
    listOf(row, where).forEach((value, position) => {
      const expected = numberOf(value, `${where}[${position}]`);
      const taken = orders.filter((order) => order[position] === clients[i]).length;
      const seen = taken / Math.max(1, orders.length);
      const what = `${clients[i]} at place ${position} with ${expected} ± ${tolerance}`;
      report.check(Math.abs(seen - expected) <= tolerance, what, String(seen));
    });
  });
}
