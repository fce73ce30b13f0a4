/**
 * The allocation cycle, feature by feature: when runs take place, over which agents, in which order, what they give.
 * give.
 */
import assert from 'node:assert/strict';
import { parseAttributes } from '../../src/resources/attributes.js';
import { type Cluster, countByFirst, quantities, quota, res, reserved, sameLines, scenario } from './fixtures.js';

const INTERVAL = 1000;

scenario('[A2] the allocator picks the framework, the framework picks what it uses', (make) => {
  const c = make();
  c.framework('f1', 'r1');
  c.framework('f2', 'r2');
  c.agent('s1', 'cpus:4;mem:4096');
  assert.deepEqual(c.now(), ['f1 r1 s1 cpus:4;mem:4096']);
  // f1 uses a part; what it leaves goes to the framework with the smaller share, which refuses it.
  c.allocator.recoverResources('f1', 's1', 'r1', res('cpus:3;mem:3072'), { refuseSeconds: 60 });
  assert.deepEqual(c.after(INTERVAL), ['f2 r2 s1 cpus:3;mem:3072']);
  c.giveBack({ refuseSeconds: 60 }, 'f2');
  assert.deepEqual(c.after(INTERVAL), []);
  assert.equal(c.allocator.agent('s1').available.toString(), 'cpus:3; mem:3072');
});

scenario('[A5] events ask for a run at once', (make) => {
  const c = make();
  c.agent('s1', 'cpus:4;mem:1024');
  c.framework('idle', 'r', { active: false });
  const { allocator } = c;
  const asking: Record<string, () => void> = {
    'framework added': () => c.framework('f', 'r'),
    'framework activated': () => allocator.activateFramework('f'),
    'agent added': () => c.agent('s2', 'cpus:1'),
    'agent total': () => allocator.updateAgent('s1', { total: res('cpus:5;mem:1024') }),
    'agent capabilities': () => allocator.updateAgent('s1', { capabilities: ['MULTI_ROLE'] }),
    'agent attributes': () => allocator.updateAgent('s1', { attributes: parseAttributes('rack:a') }),
    'unavailability': () => allocator.updateUnavailability('s1', { startMs: 5000 }),
    'offers revived': () => allocator.reviveOffers('f'),
  };
  for (const [name, act] of Object.entries(asking)) assert.equal(c.runsAsked(act), 1, name);
});

scenario('[A5] an inactive framework or an update that changes nothing asks for no run', (make) => {
  const c = make();
  c.agent('s1', 'cpus:4', { capabilities: ['MULTI_ROLE'], attributes: parseAttributes('rack:a') });
  assert.equal(c.runsAsked(() => c.framework('f', 'r', { active: false })), 0);
  const same = { total: res('cpus:4'), capabilities: ['MULTI_ROLE'], attributes: parseAttributes('rack:a') };
  assert.equal(c.runsAsked(() => c.allocator.updateAgent('s1', same)), 0);
});

scenario('[A6] what asks for no run is felt in the next batch', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.framework('g', 'other');
  c.agent('s1', 'cpus:4');
  c.now();
  const { allocator } = c;
  const silent: Record<string, () => void> = {
    decline: () => c.giveBack({ refuseSeconds: 60 }),
    weight: () => allocator.updateWeights([{ role: 'r', weight: 3 }]),
    quota: () => allocator.updateQuota('q', quota({ cpus: 1 })),
    suppress: () => allocator.suppressOffers('f'),
    'framework update': () => allocator.updateFramework('g', { roles: ['other', 'more'] }),
    whitelist: () => allocator.updateWhitelist(null),
    'resource provider': () => allocator.addResourceProvider('s1', res('disk:10')),
  };
  for (const [name, act] of Object.entries(silent)) assert.equal(c.runsAsked(act), 0, name);
  // The quota holds back one of the cpus; everything else is for the framework that did not refuse.
  assert.deepEqual(c.after(INTERVAL), ['g more s1 cpus:3;disk:10']);
});

scenario('[A7] every second all agents are considered, without any event', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agents(2, 'cpus:1');
  c.now();
  c.giveBack();
  assert.equal(c.allocator.nextDeadlineMs(), 1000);
  assert.deepEqual(c.after(999), []);
  sameLines(c.after(1), ['f r s1 cpus:1', 'f r s2 cpus:1']);
  assert.equal(c.allocator.nextDeadlineMs(), 2000);
});

scenario('[A7] the interval can be set', (make) => {
  const c = make({ allocationIntervalMs: 7000 });
  c.framework('f', 'r');
  c.agent('s1', 'cpus:1');
  c.now();
  c.giveBack();
  assert.deepEqual(c.after(6999), []);
  assert.deepEqual(c.after(1), ['f r s1 cpus:1']);
});

scenario('[A8] ten events cost one run, over all agents that they named', (make) => {
  const c = make();
  c.framework('f', 'r', { active: false });
  const runs = c.runsAsked(() => {
    c.agents(9, 'cpus:1');
    c.allocator.activateFramework('f');
  });
  assert.equal(runs, 1);
  assert.equal(c.out.length, 9);
  assert.equal(c.metric('allocation_runs'), 1);
});

scenario('[A9] an agent event looks at that agent, framework events and the batch at every agent', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s1', 'cpus:1');
  c.now();
  c.giveBack();
  c.agent('s2', 'cpus:1');
  assert.deepEqual(c.now(), ['f r s2 cpus:1']);
  c.allocator.reviveOffers('f');
  assert.deepEqual(c.now(), ['f r s1 cpus:1']);
  c.giveBack();
  c.framework('g', 'q');
  assert.equal(c.now().length, 2);
  c.giveBack();
  assert.equal(c.after(INTERVAL).length, 2);
});

function firstAgents(c: Cluster, runs: number): string[] {
  c.framework('f', 'r');
  c.agents(4, 'cpus:1');
  c.now();
  return Array.from({ length: runs }, () => {
    c.giveBack();
    return c.after(INTERVAL)[0]!.split(' ')[2]!;
  });
}

scenario('[A10] the order of agents is another in each run; no agent is always first', (make) => {
  const firsts = firstAgents(make(), 80);
  const counts = countByFirst(firsts);
  assert.deepEqual(Object.keys(counts).sort(), ['s1', 's2', 's3', 's4']);
  for (const count of Object.values(counts)) assert.ok(count >= 8 && count <= 36, JSON.stringify(counts));
  assert.deepEqual(firstAgents(make(), 80), firsts);
  assert.notDeepEqual(firstAgents(make({ seed: 7 }), 80), firsts);
});

scenario('[A11] roles take turns agent by agent, and frameworks within a role', (make) => {
  const c = make();
  c.framework('f1', 'r1');
  c.framework('f2', 'r1');
  c.framework('f3', 'r2');
  c.agents(4, 'cpus:1;mem:100');
  const turns = c.now().map((line) => line.split(' ').slice(0, 2).join(' '));
  assert.deepEqual(turns, ['f1 r1', 'f3 r2', 'f2 r1', 'f3 r2']);
});

scenario('[A12] the first framework in the order takes all of an agent', (make) => {
  const c = make();
  c.framework('f1', 'r');
  c.framework('f2', 'r');
  c.framework('f3', 'z');
  c.agent('s1', 'cpus:16;mem:65536;disk:1000');
  assert.deepEqual(c.now(), ['f1 r s1 cpus:16;disk:1000;mem:65536']);
});

scenario('[A13] a framework in two roles gets an offer for each of them from one agent', (make) => {
  const c = make();
  c.framework('f', 'a b');
  c.agent('s1', 'cpus(a):1;cpus(b):2;cpus:4');
  sameLines(c.now(), ['f a s1 cpus:4;cpus(a):1', 'f b s1 cpus(b):2']);
  assert.deepEqual(c.out.map((offer) => offer.role), ['a', 'b']);
});

scenario('[A14] less than every alternative minimum is not offered', (make) => {
  const offered = (c: Cluster, total: string): boolean => {
    c.framework('f', 'r');
    c.agent('s1', total);
    return c.now().length > 0;
  };
  assert.equal(offered(make(), 'cpus:0.009;mem:31.999;disk:5000'), false);
  assert.equal(offered(make(), 'cpus:0.01'), true);
  assert.equal(offered(make(), 'mem:32'), true);
  const minAllocatable = [quantities({ cpus: 1, mem: 100 }), quantities({ disk: 50 })];
  assert.equal(offered(make({ minAllocatable }), 'cpus:8;mem:99;disk:49'), false);
  assert.equal(offered(make({ minAllocatable }), 'cpus:1;mem:100'), true);
  assert.equal(offered(make({ minAllocatable }), 'disk:50'), true);
});

scenario('[A15] a framework replaces the minimum for a role, and an empty list switches it off', (make) => {
  const c = make();
  const offerFilters = { big: { minAllocatable: [quantities({ cpus: 4 })] }, any: { minAllocatable: [] } };
  c.framework('f', 'any big normal', { offerFilters });
  c.agent('s1', 'cpus(big):3.9;mem(big):100');
  c.agent('s2', 'cpus(big):4');
  c.agent('s3', 'disk(any):5');
  c.agent('s4', 'disk(normal):5');
  c.agent('s5', 'cpus(normal):0.01');
  c.agent('s6', 'disk:5');
  sameLines(c.now(), [
    'f big s2 cpus(big):4',
    'f any s3 disk(any):5',
    'f normal s5 cpus(normal):0.01',
    'f any s6 disk:5',
  ]);
});

scenario('[A16] triggers during a pause are dropped, and resuming asks for nothing', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.now();
  c.allocator.pause();
  c.agent('s1', 'cpus:1');
  assert.deepEqual(c.now(), []);
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.resume();
  assert.deepEqual(c.now(), []);
  assert.deepEqual(c.after(INTERVAL - 1), []);
  assert.deepEqual(c.after(1), ['f r s1 cpus:1']);
});

scenario('[A17] with quota nothing is offered after a failover until four of five agents are back', (make) => {
  const c = make();
  c.allocator.recover(10, new Map([['q', quota({ cpus: 1 })]]));
  c.framework('f', 'q');
  c.agents(7, 'cpus:1');
  assert.deepEqual(c.now(), []);
  assert.deepEqual(c.after(10 * INTERVAL), []);
  c.agent('s8', 'cpus:1');
  assert.deepEqual(c.now(), ['f q s8 cpus:1']);
  assert.equal(c.after(INTERVAL).length, 7);
});

scenario('[A17] the hold-off ends after ten minutes', (make) => {
  const c = make();
  c.allocator.recover(10, new Map([['q', quota({ cpus: 1 })]]));
  c.framework('f', 'q');
  c.agent('s1', 'cpus:1');
  assert.deepEqual(c.after(600_000 - 1), []);
  c.after(1);
  assert.deepEqual(c.after(INTERVAL), ['f q s1 cpus:1']);
});

scenario('[A17] the share of agents and the timeout can be set', (make) => {
  const c = make({ agentRecoveryFactor: 0.5, recoveryTimeoutMs: 30_000 });
  c.allocator.recover(4, new Map([['q', quota({ cpus: 1 })]]));
  c.framework('f', 'q');
  c.agent('s1', 'cpus:1');
  assert.deepEqual(c.after(30_000 - 1), []);
  c.after(1);
  assert.deepEqual(c.after(INTERVAL), ['f q s1 cpus:1']);
  const d = make({ agentRecoveryFactor: 0.5 });
  d.allocator.recover(4, new Map([['q', quota({ cpus: 1 })]]));
  d.framework('f', 'q');
  d.agent('s1', 'cpus:1');
  assert.deepEqual(d.now(), []);
  d.agent('s2', 'cpus:1');
  assert.deepEqual(d.now(), ['f q s2 cpus:1']);
});

scenario('[A17] without quota there is no hold-off', (make) => {
  const c = make();
  c.allocator.recover(10, new Map());
  c.framework('f', 'r');
  c.agent('s1', 'cpus:1');
  assert.deepEqual(c.now(), ['f r s1 cpus:1']);
});

scenario('[A26] ranges and sets go whole with the scalars, even where scalars are cut', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({ cpus: 1 }, { cpus: 1, mem: 64 }));
  c.framework('f', 'q');
  c.agent('s1', 'cpus:4;mem:1024;ports:[31000-32000];zones:{a,b}');
  assert.deepEqual(c.now(), ['f q s1 cpus:1;mem:64;ports:[31000-32000];zones:{a,b}']);
  const d = make();
  d.framework('f', 'r');
  d.agent('s1', res('cpus:4;ports:[1-5,8-9]').plus(reserved('mem', 100, 'r')));
  d.now();
  assert.ok(d.out[0]!.resources.equals(res('cpus:4;ports:[1-5,8-9]').plus(reserved('mem', 100, 'r'))));
});
