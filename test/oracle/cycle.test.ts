/** The oracle's allocation cycle: orders, stages, guarantees, limits, headroom, cutting. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  allocator,
  framework,
  lines,
  mountDisk,
  quota,
  recoverAll,
  refined,
  res,
  revocable,
  sharedVolume,
  sortedLines,
} from './fixtures.js';

test('oracle cycle: the order of roles is taken once at each agent', () => {
  const oracle = allocator();
  oracle.updateQuota('a', quota({}, { cpus: 1 }));
  oracle.addFramework(framework('f1', 'a'));
  oracle.addFramework(framework('f2', 'b'));
  oracle.addAgent({ id: 'agent', total: res('cpus:4;mem:4') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a agent cpus:1; mem:4', 'f2 b agent cpus:3']);
});

test('oracle cycle: the next framework of a role gets what the one before it could not have', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addFramework({ ...framework('f2', 'a'), capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES'] });
  oracle.addFramework(framework('f3', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:4').plus(revocable('cpus', 3)) });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a agent cpus:4', 'f2 a agent cpus{REV}:3']);
});

test('oracle cycle: frameworks of a quota role share its guarantee in their order', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({ cpus: 3 }, { cpus: 3 }));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addFramework(framework('f2', 'q'));
  oracle.addFramework(framework('f3', 'other'));
  oracle.addAgent({ id: 'agent1', total: res('cpus:2') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent1 cpus:2']);
  oracle.addAgent({ id: 'agent2', total: res('cpus:2') });
  assert.deepEqual(lines(oracle.run(0)), ['f2 q agent2 cpus:1', 'f3 other agent2 cpus:1']);
});

test('oracle cycle: the first quota role takes what is above all guarantees, the others their guarantees', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({ cpus: 1 }));
  oracle.updateQuota('z', quota({ cpus: 2 }));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addFramework(framework('f2', 'z'));
  oracle.addAgent({ id: 'agent', total: res('cpus:5;mem(q):5;mem(z):6') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent cpus:3; mem(q):5', 'f2 z agent cpus:2; mem(z):6']);
});

test('oracle cycle: additional scalars come along within the limits and above the headroom', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({ cpus: 1 }, { mem: 6 }));
  oracle.updateQuota('absent', quota({ cpus: 2, mem: 1 }));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addAgent({ id: 'agent', total: res('cpus:8;mem:8;disk:8;ports:[1-9]') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent cpus:6; disk:8; mem:6; ports:[1-9]']);
});

test('oracle cycle: a guarantee is served even if the headroom is already short', () => {
  const oracle = allocator();
  oracle.updateQuota('absent', quota({ cpus: 100 }));
  oracle.updateQuota('q', quota({ cpus: 2 }));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addFramework(framework('f2', 'other'));
  oracle.addAgent({ id: 'agent', total: res('cpus:8;mem:3') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent cpus:2; mem:3']);
});

test('oracle cycle: headroom does not hold back reserved, revocable and other than scalar resources', () => {
  const oracle = allocator();
  oracle.updateQuota('absent', quota({ cpus: 100 }));
  oracle.addFramework({ ...framework('f1', 'r'), capabilities: ['REVOCABLE_RESOURCES'] });
  oracle.addAgent({ id: 'agent', total: res('cpus:8;cpus(r):2;ports:[1-2]').plus(revocable('cpus', 3)) });
  assert.deepEqual(lines(oracle.run(0)), ['f1 r agent cpus(r):2; cpus{REV}:3; ports:[1-2]']);
});

test('oracle cycle: a limit binds the roles below, and what they hold counts at once', () => {
  const oracle = allocator();
  oracle.updateQuota('top', quota({}, { cpus: 3 }));
  oracle.addFramework(framework('f1', 'top/a'));
  oracle.addFramework(framework('f2', 'top/b'));
  oracle.addFramework(framework('f3', 'top'));
  oracle.addAgent({ id: 'agent1', total: res('cpus:2') });
  assert.equal(lines(oracle.run(0)).length, 1);
  oracle.addAgent({ id: 'agent2', total: res('cpus:2') });
  assert.match(lines(oracle.run(0)).join('|'), /^f. top\S* agent2 cpus:1$/);
  oracle.addAgent({ id: 'agent3', total: res('cpus:2') });
  assert.deepEqual(lines(oracle.run(0)), []);
});

test('oracle cycle: a limit of zero means nothing at all, no limit means everything', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({}, { cpus: 0 }));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addAgent({ id: 'agent', total: res('cpus:2;mem:2') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent mem:2']);
});

test('oracle cycle: plain disk is cut before mount disks are looked at, and these are taken whole or not', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({}, { disk: 150 }));
  oracle.addFramework(framework('f1', 'q'));
  const disks = res('disk:30').plus(mountDisk('/a', 100)).plus(mountDisk('/b', 100)).plus(mountDisk('/c', 15));
  oracle.addAgent({ id: 'agent', total: disks });
  const offered = oracle.run(0).offers[0]!.resources;
  assert.ok(offered.equals(res('disk:30').plus(mountDisk('/a', 100)).plus(mountDisk('/c', 15))));
});

test('oracle cycle: reservations go to their role and the roles below it', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a/b'));
  oracle.addFramework(framework('f2', 'a'));
  oracle.addFramework(framework('f3', 'ab'));
  oracle.addAgent({ id: 'agent', total: res('cpus(a/b):1;cpus(a):2;cpus(ab):4') });
  const expected = ['f1 a/b agent cpus(a/b):1', 'f2 a agent cpus(a):2', 'f3 ab agent cpus(ab):4'];
  assert.deepEqual(sortedLines(oracle.run(0)), expected);
});

test('oracle cycle: refined reservations and shared volumes are for those who can read them', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a/b'));
  const total = res('cpus:1').plus(refined('mem', 5, 'a', 'a/b')).plus(sharedVolume('a', 'v', 9));
  oracle.addAgent({ id: 'agent', total });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a/b agent cpus:1']);
  oracle.addFramework({ ...framework('f2', 'a/b'), capabilities: ['RESERVATION_REFINEMENT', 'SHARED_RESOURCES'] });
  const { offers } = oracle.run(0);
  assert.equal(offers.length, 1);
  assert.ok(offers[0]!.resources.equals(total.minus(res('cpus:1'))));
});

test('oracle cycle: a shared volume is offered once in a run, and again in the next', () => {
  const oracle = allocator();
  const capabilities = ['SHARED_RESOURCES'];
  for (const id of ['f1', 'f2', 'f3']) oracle.addFramework({ ...framework(id, 'a'), capabilities });
  const volume = sharedVolume('a', 'v', 9);
  oracle.addAgent({ id: 'agent', total: res('cpus:1').plus(volume) });
  const first = oracle.run(0);
  assert.equal(first.offers.length, 1);
  const second = oracle.run(1000);
  assert.equal(second.offers.length, 1);
  assert.ok(second.offers[0]!.resources.equals(volume));
  assert.notEqual(second.offers[0]!.frameworkId, first.offers[0]!.frameworkId);
});

test('oracle cycle: gpus, regions, old agents and the whitelist', () => {
  const oracle = allocator({ domain: { region: 'here', zone: 'z1' } });
  oracle.addFramework(framework('f1', 'a', 'b/c'));
  oracle.addAgent({ id: 'gpu', total: res('cpus:1;gpus:1') });
  oracle.addAgent({ id: 'far', total: res('cpus:1'), domain: { region: 'there', zone: 'z1' } });
  oracle.addAgent({ id: 'near', total: res('cpus:1'), domain: { region: 'here', zone: 'z2' } });
  oracle.addAgent({ id: 'old', total: res('cpus:1'), capabilities: ['HIERARCHICAL_ROLE'] });
  oracle.addAgent({ id: 'flat', total: res('cpus:1'), capabilities: ['MULTI_ROLE'] });
  const granted = oracle.run(0);
  assert.deepEqual(new Set(granted.offers.map(({ agentId }) => agentId)), new Set(['near', 'flat']));
  assert.equal(granted.offers.find(({ agentId }) => agentId === 'flat')?.role, 'a');
  recoverAll(oracle, granted);
  oracle.updateWhitelist(['flat']);
  assert.deepEqual(oracle.run(1000).offers.map(({ agentId }) => agentId), ['flat']);
});

test('oracle cycle: minimum amounts count scalars, items of sets and numbers of ranges', () => {
  const minAllocatable = [quota({ cpus: 2, ports: 3 }).guarantees, quota({ names: 2 }).guarantees];
  const oracle = allocator({ minAllocatable });
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent1', total: res('cpus:2;ports:[1-2]') });
  oracle.addAgent({ id: 'agent2', total: res('cpus:1;cpus(a):1;ports:[1-1,7-8]') });
  oracle.addAgent({ id: 'agent3', total: res('names:{x,y}') });
  const agents = oracle.run(0).offers.map(({ agentId }) => agentId);
  assert.deepEqual(new Set(agents), new Set(['agent2', 'agent3']));
});
