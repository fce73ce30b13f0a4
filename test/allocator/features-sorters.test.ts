/**
 * Sorters, feature by feature: the order of clients by dominant share, in trees, and by weighted lot.
 */
import assert from 'node:assert/strict';
import { DRFSorter, HDRFSorter, RandomSorter, weightedShuffle } from '../../src/allocator/sorter.js';
import { countByFirst, onEngines, quantities, res, scenario, volume } from './fixtures.js';

/** Adds clients and activates them. */
function activate(sorter: DRFSorter | RandomSorter, ...clients: string[]): void {
  for (const client of clients) {
    sorter.add(client);
    sorter.activate(client);
  }
}

onEngines('[A27] clients are ordered by the largest fraction that they hold of any kind', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100, mem: 100 }));
  activate(sorter, 'a', 'b', 'c');
  sorter.allocated('a', 's', res('cpus:5;mem:60'));
  sorter.allocated('b', 's', res('cpus:30;mem:30'));
  sorter.allocated('c', 's', res('cpus:50;mem:1'));
  assert.deepEqual(sorter.shares(), { a: 0.6, b: 0.3, c: 0.5 });
  assert.deepEqual(sorter.sort(), ['b', 'c', 'a']);
});

scenario('[A27] by default both sorters go by dominant share', (make) => {
  const c = make();
  for (const id of ['f1', 'f2']) c.framework(id, 'r');
  c.framework('f3', 'q');
  c.agents(40, 'cpus:1;mem:64');
  // Shares of equals never differ by more than one agent.
  assert.deepEqual(countByFirst(c.now()), { f1: 10, f2: 10, f3: 20 });
  assert.equal(c.metric('roles/r/shares/dominant'), 0.5);
});

/**
 * The starvation of Bhattacharya et al.: 100 cpus and 100 gpus for `n1`, `n2/a` and `n2/b`; one gpu task ends at a time
 * and its gpu goes to the first of those who want gpus. Returns the gpus of `n1` and `n2/b` after 2,000 steps.
 */
function starve(sorter: DRFSorter): [number, number] {
  sorter.addAgent('s', quantities({ cpus: 100, gpus: 100 }));
  activate(sorter, 'n1', 'n2/a', 'n2/b');
  const [cpu, gpu] = [res('cpus:1'), res('gpus:1')];
  for (let i = 0; i < 100; i++) sorter.allocated('n2/a', 's', cpu);
  const gpus = { n1: 51, 'n2/b': 49 };
  for (const [client, count] of Object.entries(gpus)) {
    for (let i = 0; i < count; i++) sorter.allocated(client, 's', gpu);
  }
  for (let step = 0; step < 2000; step++) {
    const ends = gpus['n2/b'] === 0 || (step % 2 === 0 && gpus.n1 > 0) ? 'n1' : 'n2/b';
    sorter.unallocated(ends, 's', gpu);
    gpus[ends]--;
    const next = sorter.sort().find((client) => client !== 'n2/a') as keyof typeof gpus;
    sorter.allocated(next, 's', gpu);
    gpus[next]++;
  }
  return [gpus.n1, gpus['n2/b']];
}

onEngines('dynamic H-DRF keeps the sibling at half that naive hierarchical DRF starves', (engine) => {
  assert.deepEqual(starve(new DRFSorter({ engine })), [100, 0]);
  const [n1, b] = starve(new HDRFSorter({ engine }));
  assert.ok(Math.abs(n1 - 50) <= 1 && n1 + b === 100, `${n1} and ${b}`);
});

scenario('role sorter hdrf: roles that want nothing do not set the scale, and no framework starves', (make) => {
  for (const [roleSorter, shared] of [
    ['drf', { x: 20 }],
    ['hdrf', { x: 10, b: 10 }],
  ] as const) {
    const c = make({ roleSorter });
    c.framework('a', 'n2/a');
    for (const id of ['c1', 'c2', 'c3', 'c4']) c.agent(id, 'cpus:5');
    assert.deepEqual(countByFirst(c.now()), { a: 4 });
    c.allocator.suppressOffers('a');
    c.framework('x', 'n1');
    c.framework('b', 'n2/b');
    c.agents(20, 'mem:320');
    assert.deepEqual(countByFirst(c.now()), shared);
  }
});

onEngines('[A28] the worked example: three tasks for A, two for B, both at two thirds', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 9, mem: 18 }));
  activate(sorter, 'A', 'B');
  const tasks = { A: res('cpus:1;mem:4'), B: res('cpus:3;mem:1') };
  let free = res('cpus:9;mem:18');
  const started: string[] = [];
  for (;;) {
    const next = sorter.sort()[0] as 'A' | 'B';
    if (!free.contains(tasks[next])) break;
    free = free.minus(tasks[next]);
    sorter.allocated(next, 's', tasks[next]);
    started.push(next);
  }
  assert.deepEqual(countByFirst(started), { A: 3, B: 2 });
  assert.ok(sorter.allocation('A', 's').equals(res('cpus:3;mem:12')));
  assert.ok(sorter.allocation('B', 's').equals(res('cpus:6;mem:2')));
  assert.deepEqual(sorter.shares(), { A: 2 / 3, B: 2 / 3 });
});

scenario('[A28] the worked example with offers: each framework starts one task and gives back the rest', (make) => {
  const c = make({ minAllocatable: [quantities({ cpus: 0.01 })] });
  const tasks: Record<string, ReturnType<typeof res>> = { A: res('cpus:1;mem:4'), B: res('cpus:3;mem:1') };
  c.framework('A', 'a');
  c.framework('B', 'b');
  c.agent('s', 'cpus:9;mem:18');
  const started: string[] = [];
  c.now();
  for (let offer = c.out.pop(); offer !== undefined; offer = c.out.pop()) {
    started.push(offer.frameworkId);
    const rest = offer.resources.minus(tasks[offer.frameworkId]!);
    c.allocator.recoverResources(offer.frameworkId, 's', offer.role, rest);
    c.after(1000);
  }
  assert.deepEqual(countByFirst(started), { A: 3, B: 2 });
  for (const role of ['a', 'b']) assert.equal(c.metric(`roles/${role}/shares/dominant`), 2 / 3);
});

onEngines('[A30] the dominant share is divided by the weight', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'a', 'b');
  sorter.allocated('a', 's', res('cpus:20'));
  sorter.allocated('b', 's', res('cpus:30'));
  assert.deepEqual(sorter.sort(), ['a', 'b']);
  sorter.updateWeight('b', 2);
  assert.deepEqual(sorter.shares(), { a: 0.2, b: 0.15 });
  assert.deepEqual(sorter.sort(), ['b', 'a']);
  for (const weight of [0, -1, NaN, Infinity]) assert.throws(() => sorter.updateWeight('a', weight), /INVALID_WEIGHT/);
});

scenario('[A30] a role of weight three gets three times as much; the default weight is one', (make) => {
  const c = make();
  c.framework('f', 'a');
  c.framework('g', 'b');
  c.allocator.updateWeights([{ role: 'b', weight: 3 }]);
  assert.equal(c.allocator.role('a').weight, 1);
  c.agents(8, 'cpus:1');
  assert.deepEqual(countByFirst(c.now()), { f: 2, g: 6 });
});

onEngines('[A31] equal shares: fewer allocations first, then the smaller name', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'c', 'b', 'a');
  assert.deepEqual(sorter.sort(), ['a', 'b', 'c']);
  sorter.allocated('a', 's', res('cpus:1'));
  sorter.allocated('a', 's', res('cpus:1'));
  sorter.allocated('b', 's', res('cpus:2'));
  assert.deepEqual(sorter.sort(), ['c', 'b', 'a']);
  sorter.allocated('c', 's', res('cpus:2.001'));
  assert.deepEqual(sorter.sort(), ['b', 'a', 'c']);
});

onEngines('[A32] allocations are counted, also of inactive clients, and never lowered', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'b');
  sorter.add('a');
  sorter.allocated('a', 's', res('cpus:1'));
  sorter.unallocated('a', 's', res('cpus:1'));
  sorter.activate('a');
  assert.deepEqual(sorter.sort(), ['b', 'a']);
  sorter.deactivate('a');
  sorter.activate('a');
  assert.deepEqual(sorter.sort(), ['b', 'a']);
  sorter.allocated('b', 's', res('cpus:1'));
  sorter.update('b', 's', res('cpus:1'), res('mem:1'));
  sorter.unallocated('b', 's', res('mem:1'));
  assert.deepEqual(sorter.sort(), ['a', 'b']);
});

scenario('[A32] one is added for each grant; after a failover counting starts again', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agents(3, 'cpus:1');
  assert.equal(c.allocator.role('r').grants, 0);
  c.now();
  assert.equal(c.allocator.role('r').grants, 3);
  c.giveBack();
  c.allocator.deactivateFramework('f');
  assert.equal(c.allocator.role('r').grants, 3);
  const afterFailover = make();
  afterFailover.framework('f', 'r');
  assert.equal(afterFailover.allocator.role('r').grants, 0);
});

onEngines('[A33] a new client is inactive; inactive ones keep their allocation but are not sorted', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 10 }));
  sorter.add('a');
  activate(sorter, 'b');
  sorter.allocated('b', 's', res('cpus:4'));
  assert.deepEqual(sorter.sort(), ['b']);
  sorter.activate('a');
  assert.deepEqual(sorter.sort(), ['a', 'b']);
  sorter.deactivate('b');
  assert.deepEqual(sorter.sort(), ['a']);
  assert.equal(sorter.allocation('b', 's').toString(), 'cpus:4');
  assert.equal(sorter.shares()['b'], 0.4);
  assert.equal(sorter.count, 2);
});

scenario('[A34] excluded names do not count for the share, but are granted', (make) => {
  for (const excluded of [false, true]) {
    const c = make(excluded ? { fairSharingExcludedResourceNames: ['licences'] } : {});
    c.framework('f', 'a');
    c.framework('g', 'b');
    c.agent('s1', 'cpus:1;licences:5');
    assert.deepEqual(c.now(), ['f a s1 cpus:1;licences:5']);
    c.agent('s2', 'cpus:9');
    c.now();
    c.giveBack(null, 'g');
    assert.equal(c.metric('roles/a/shares/dominant'), excluded ? 0.1 : 1);
    assert.equal(c.metric('roles/b/shares/dominant'), 0);
  }
});

onEngines('[A35] shares follow the agents that come and go', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s1', quantities({ cpus: 10, mem: 100 }));
  activate(sorter, 'a', 'b');
  sorter.allocated('a', 's1', res('cpus:4'));
  sorter.allocated('b', 's1', res('mem:30'));
  assert.deepEqual(sorter.shares(), { a: 0.4, b: 0.3 });
  sorter.addAgent('s2', quantities({ cpus: 30 }));
  assert.deepEqual(sorter.shares(), { a: 0.1, b: 0.3 });
  assert.deepEqual(sorter.sort(), ['a', 'b']);
  sorter.allocated('a', 's2', res('cpus:2'));
  assert.deepEqual(sorter.allocationAgents('a'), ['s1', 's2']);
  assert.equal(sorter.allocation('a', 's2').toString(), 'cpus:2');
  assert.deepEqual([...sorter.allocationQuantities('a')], [['cpus', 6000]]);
  sorter.unallocated('a', 's2', res('cpus:2'));
  sorter.removeAgent('s2');
  assert.deepEqual(sorter.sort(), ['b', 'a']);
});

onEngines('[A36] copies of a shared volume count once for the share', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ disk: 100 }));
  activate(sorter, 'a', 'b');
  const shared = volume('r', 'v', 30, true);
  sorter.allocated('a', 's', shared);
  sorter.allocated('a', 's', shared);
  sorter.allocated('b', 's', res('disk:40'));
  assert.deepEqual(sorter.shares(), { a: 0.3, b: 0.4 });
  sorter.unallocated('a', 's', shared);
  assert.equal(sorter.shares()['a'], 0.3);
  sorter.unallocated('a', 's', shared);
  assert.equal(sorter.shares()['a'], 0);
});

onEngines('[A37] a client that is a parent has a leaf of its own among its children', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'a', 'a/b', 'c');
  assert.deepEqual(sorter.sort(), ['a', 'a/b', 'c']);
  sorter.allocated('a', 's', res('cpus:20'));
  assert.deepEqual(sorter.sort(), ['c', 'a/b', 'a']);
  // What the parent and the child hold counts together against the parent's siblings, and apart between the two.
  sorter.allocated('c', 's', res('cpus:25'));
  assert.deepEqual(sorter.sort(), ['a/b', 'a', 'c']);
  sorter.allocated('a/b', 's', res('cpus:10'));
  assert.deepEqual(sorter.sort(), ['c', 'a/b', 'a']);
});

onEngines('[A38] a weight compares a node to its siblings only', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'eng/ads', 'eng/web', 'ops');
  sorter.allocated('eng/ads', 's', res('cpus:12'));
  sorter.allocated('eng/web', 's', res('cpus:8'));
  sorter.allocated('ops', 's', res('cpus:15'));
  assert.deepEqual(sorter.sort(), ['ops', 'eng/web', 'eng/ads']);
  sorter.updateWeight('eng/ads', 10);
  assert.deepEqual(sorter.sort(), ['ops', 'eng/ads', 'eng/web']);
  sorter.updateWeight('eng', 2);
  assert.deepEqual(sorter.sort(), ['eng/ads', 'eng/web', 'ops']);
});

onEngines('[A38] the leaf of a parent weighs one, whatever the weight of the parent', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'eng', 'eng/ads');
  sorter.updateWeight('eng', 100);
  sorter.allocated('eng', 's', res('cpus:10'));
  sorter.allocated('eng/ads', 's', res('cpus:5'));
  assert.deepEqual(sorter.shares(), { eng: 0.1, 'eng/ads': 0.05 });
  assert.deepEqual(sorter.sort(), ['eng/ads', 'eng']);
});

onEngines('[A39] inner nodes count the allocations below them, and break ties at their level', (engine) => {
  const sorter = new DRFSorter({ engine });
  sorter.addAgent('s', quantities({ cpus: 100 }));
  activate(sorter, 'a/x', 'a/y', 'b/z');
  const grants = { 'a/x': 1, 'a/y': 1, 'b/z': 1 };
  for (const [client, count] of Object.entries(grants)) {
    for (let i = 0; i < count; i++) sorter.allocated(client, 's', res('cpus:1'));
    sorter.unallocated(client, 's', res('cpus:1'));
  }
  // Two below a, one below b: no leaf has more than another.
  assert.deepEqual(sorter.sort(), ['b/z', 'a/x', 'a/y']);
  sorter.allocated('b/z', 's', res('cpus:1'));
  sorter.allocated('b/z', 's', res('cpus:1'));
  sorter.unallocated('b/z', 's', res('cpus:2'));
  assert.deepEqual(sorter.sort(), ['a/x', 'a/y', 'b/z']);
});

onEngines('[A40] chances to be first are the products of relative weights on the path', (engine) => {
  const sorter = new RandomSorter({ engine, seed: 1 });
  activate(sorter, 'a', 'b/x', 'b/y');
  sorter.updateWeight('a', 3);
  sorter.updateWeight('b/y', 4);
  const firsts = (): Record<string, number> => countByFirst(Array.from({ length: 4000 }, () => sorter.sort()[0]!));
  const near = (actual: number | undefined, chance: number): void => {
    assert.ok(Math.abs(actual! / 4000 - chance) < 0.03, `${actual} of 4000, not ${chance}`);
  };
  const all = firsts();
  near(all['a'], 3 / 4);
  near(all['b/x'], 1 / 4 * (1 / 5));
  near(all['b/y'], 1 / 4 * (4 / 5));
  // Only active subtrees take part.
  sorter.deactivate('b/y');
  near(firsts()['b/x'], 1 / 4);
  sorter.deactivate('b/x');
  assert.deepEqual(firsts(), { a: 4000 });
});

scenario('[A40] roles and frameworks can be drawn by lot', (make) => {
  const c = make({ roleSorter: 'random', frameworkSorter: 'random', seed: 5 });
  c.framework('f', 'a');
  c.framework('g1', 'b');
  c.framework('g2', 'b');
  c.allocator.updateWeights([{ role: 'b', weight: 4 }]);
  c.agents(500, 'cpus:1');
  const counts = countByFirst(c.now());
  assert.ok(Math.abs(counts['f']! - 100) < 30, JSON.stringify(counts));
  assert.ok(Math.abs(counts['g1']! - 200) < 45 && Math.abs(counts['g2']! - 200) < 45, JSON.stringify(counts));
  assert.equal(c.metric('roles/a/shares/dominant'), undefined);
  const order = weightedShuffle(['x', 'y', 'z'], [1, 1, 1], 3, 1);
  assert.deepEqual([...order].sort(), ['x', 'y', 'z']);
  assert.deepEqual(weightedShuffle(['x', 'y', 'z'], [1, 1, 1], 3, 1), order);
});
