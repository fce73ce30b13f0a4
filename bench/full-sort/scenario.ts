/**
 * FullSort: the sorter alone. Unlike Mesos' own benchmark, which never activates its clients and so sorts nothing, all
 * clients are active here; its figures are those of the benchmark with that mended.
 */
import { parseResources } from '../../src/resources/parse-text.js';
import type { Resources } from '../../src/resources/resources.js';
import { agentId, eachItsOwn, fragmentedPorts } from '../house/cluster.js';
import { ms, type Play, problem, TWINS, us } from '../house/problem.js';
import type { Run } from '../house/run.js';
import { objectSorter } from './objects.js';
import { engineSorter, type SortingSubject } from './subject.js';

const USED = `cpus:16;mem:2014;disk:1024;ports:${fragmentedPorts(100)}`;
const FLAT = 'flat';

/** Different amounts that clients are given to make their shares differ. */
const PORTIONS = 61;

interface Sorting extends Readonly<Record<string, number | string>> {
  readonly agents: number;
  readonly clients: number;
  readonly tree: string;
}

/** Names of clients: 0, 1, 2 … or the paths of a tree `HEIGHTxBRANCHING`, depth first, inner nodes too. */
export function clientNames(clients: number, tree: string): string[] {
  if (tree === FLAT) return eachItsOwn(clients, String);
  const [height, branching] = tree.split('x').map(Number) as [number, number];
  const below = (path: string, level: number): string[] => {
    if (level >= height) return [];
    return eachItsOwn(branching, (i) => (path === '' ? `${i}` : `${path}/${i}`)).flatMap((child) => {
      return [child, ...below(child, level + 1)];
    });
  };
  return below('', 1);
}

function fill(run: Run, sorter: SortingSubject, names: readonly string[], agents: number): void {
  run.once('add clients', () => {
    for (const name of names) {
      sorter.add(name);
      sorter.activate(name);
    }
    sorter.settle();
  });
  const totals = eachItsOwn(agents, () => parseResources('cpus:24;mem:4096;disk:4096').scalarQuantities());
  run.once('add agents', () => {
    totals.forEach((total, i) => sorter.addAgent(agentId(i), total));
    sorter.settle();
  });
  const used = eachItsOwn(agents, () => parseResources(USED));
  run.once('allocated', () => {
    used.forEach((resources, i) => sorter.allocated(names[i % names.length]!, agentId(i), resources));
    sorter.settle();
  });
}

function empty(run: Run, sorter: SortingSubject, names: readonly string[], used: readonly Resources[]): void {
  run.once('unallocated', () => {
    used.forEach((resources, i) => sorter.unallocated(names[i % names.length]!, agentId(i), resources));
    sorter.settle();
  });
  run.once('remove agents', () => {
    used.forEach((_, i) => sorter.removeAgent(agentId(i)));
    sorter.settle();
  });
  run.once('remove clients', () => {
    for (const name of names) sorter.remove(name);
    sorter.settle();
  });
}

/** Changes the share of every client, so that the next sort is a full one; untimed. */
function scrambler(sorter: SortingSubject, names: readonly string[]): () => void {
  const portions = eachItsOwn(PORTIONS, (i) => parseResources(`cpus:0.${1 + i};mem:${1 + ((5 * i) % PORTIONS)}`));
  let round = 0;
  return () => {
    round++;
    names.forEach((name, i) => sorter.allocated(name, agentId(0), portions[(i * i + round) % PORTIONS]!));
    sorter.unallocated(names[0]!, agentId(0), portions[round % PORTIONS]!);
    sorter.settle();
  };
}

function contender(make: () => SortingSubject): Play<Sorting> {
  return (run, { agents, clients, tree }) => {
    const names = clientNames(clients, tree);
    const change = parseResources(USED);
    const sorter = make();
    fill(run, sorter, names, agents);
    const used = eachItsOwn(agents, () => parseResources(USED));
    run.seeNames('first sort', run.once('first sort', () => sorter.sort()));
    run.repeat('no-op sort', () => sorter.sort());
    const changeOne = (): void => {
      sorter.unallocated(names[0]!, agentId(0), change);
      sorter.allocated(names[0]!, agentId(0), change);
    };
    changeOne();
    run.seeNames('re-sort', sorter.sort());
    run.repeat('re-sort', () => sorter.sort(), { before: changeOne });
    if (sorter.sortNodes !== undefined) {
      run.repeat('no-op sort, numbers', () => sorter.sortNodes!());
      run.repeat('re-sort, numbers', () => sorter.sortNodes!(), { before: changeOne });
    }
    empty(run, sorter, names, used);
    sorter.close();
    fullSorts(run, make(), names);
  };
}

/** Sorts after every share changed, on a sorter with one agent. */
function fullSorts(run: Run, sorter: SortingSubject, names: readonly string[]): void {
  for (const name of names) {
    sorter.add(name);
    sorter.activate(name);
  }
  sorter.addAgent(agentId(0), parseResources('cpus:24000;mem:4096000;disk:4096').scalarQuantities());
  const scramble = scrambler(sorter, names);
  for (let i = 1; i <= 3; i++) {
    scramble();
    run.seeNames(`full sort ${i}`, sorter.sort());
  }
  run.repeat('full sort', () => sorter.sort(), { before: scramble });
  if (sorter.sortNodes !== undefined) {
    run.repeat('full sort, numbers', () => sorter.sortNodes!(), { before: scramble });
  }
  sorter.close();
}

export default problem<Sorting>({
  name: 'full-sort',
  title: 'FullSort: the sorter by weighted dominant share',
  shape:
    'Clients are added and activated, agents of cpus:24; mem:4096; disk:4096 added, and on each agent cpus:16; ' +
    'mem:2014; disk:1024 and 100 ranges of ports allocated to the clients in turn. Then all clients are listed in ' +
    'order, by name and as the numbers that a caller may keep names for.',
  parameters: {
    agents: 'agents, each with one allocation',
    clients: 'clients below the root; of a tree, as many as it has',
    tree: `${FLAT}, or HEIGHTxBRANCHING with every node of the tree a client`,
  },
  metrics: {
    'add clients': ms('add and activate all clients'),
    'add agents': ms('add all agents to the total'),
    allocated: ms('count one allocation for each agent'),
    'first sort': us('first sort of all, listing names'),
    'full sort': us('sort after the share of every client changed, listing names'),
    'full sort, numbers': us('sort after the share of every client changed, listing numbers'),
    'no-op sort': us('sort when nothing changed, listing names'),
    'no-op sort, numbers': us('sort when nothing changed, listing numbers'),
    're-sort': us('sort after one allocation was taken back and made again, listing names'),
    're-sort, numbers': us('the same, listing numbers'),
    unallocated: ms('take back the allocation on each agent'),
    'remove agents': ms('remove all agents from the total'),
    'remove clients': ms('remove all clients'),
  },
  scales: {
    tiny: [
      { name: 'large', size: { agents: 9, clients: 4, tree: FLAT } },
      { name: 'deep', size: { agents: 9, clients: 14, tree: '4x2' }, contenders: TWINS },
    ],
    quick: [{ name: 'large', size: { agents: 1000, clients: 200, tree: FLAT } }],
    default: [
      { name: 'small', size: { agents: 1000, clients: 1000, tree: FLAT }, repeats: 9 },
      { name: 'large', size: { agents: 10_000, clients: 1000, tree: FLAT }, repeats: 5 },
      { name: 'huge', size: { agents: 50_000, clients: 1000, tree: FLAT }, repeats: 3, contenders: TWINS },
      { name: 'broad', size: { agents: 10_000, clients: 1056, tree: '3x32' }, repeats: 5, contenders: TWINS },
      { name: 'middle', size: { agents: 10_000, clients: 1092, tree: '7x3' }, repeats: 5, contenders: TWINS },
      { name: 'deep', size: { agents: 10_000, clients: 1022, tree: '10x2' }, repeats: 5, contenders: TWINS },
    ],
  },
  contenders: {
    native: contender(() => engineSorter('native')),
    typescript: contender(() => engineSorter('typescript')),
    'native-naive': contender(() => engineSorter('native-naive')),
    'typescript-naive': contender(() => engineSorter('typescript-naive')),
    objects: contender(objectSorter),
  },
});
