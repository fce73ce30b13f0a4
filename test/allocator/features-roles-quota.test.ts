/**
 * Roles and quota, feature by feature: who shares with whom, what is guaranteed, limited, counted and held back.
 */
import assert from 'node:assert/strict';
import { countByFirst, lot, quota, res, sameLines, scenario, text, volume } from './fixtures.js';

const INTERVAL = 1000;

scenario('[A42] roles are the units of fairness, reservation, weight and quota', (make) => {
  const c = make();
  c.framework('f1', 'a');
  c.framework('f2', 'a');
  c.framework('g', 'b');
  c.framework('h', '*');
  c.agents(12, 'cpus:1');
  assert.deepEqual(countByFirst(c.now()), { f1: 2, f2: 2, g: 4, h: 4 });
  c.agent('reserved', 'cpus(b):1');
  assert.deepEqual(c.now(), ['g b reserved cpus(b):1']);
  c.giveBack();
  c.allocator.updateQuota('a', quota({}, { cpus: 3 }));
  const counts = countByFirst(c.after(INTERVAL));
  assert.equal((counts['f1'] ?? 0) + (counts['f2'] ?? 0), 3);
});

scenario('[A43] a framework in several roles is offered, refuses and suppresses by role', (make) => {
  const c = make();
  c.framework('f', 'a b');
  c.agents(4, 'cpus:1');
  assert.deepEqual(countByFirst(c.now(), 1), { a: 2, b: 2 });
  c.giveBack({ refuseSeconds: 60 }, 'f', 'a');
  const refused = c.after(INTERVAL);
  assert.deepEqual(countByFirst(refused, 1), { b: 2 });
  c.giveBack();
  c.allocator.suppressOffers('f', ['b']);
  assert.deepEqual(countByFirst(c.after(INTERVAL), 1), { a: 2 });
});

scenario('[A44] names with slashes form a tree, in which sharing and reservations go downwards', (make) => {
  const c = make();
  c.framework('f1', 'eng/front');
  c.framework('f2', 'eng/back');
  c.framework('g', 'ops');
  c.agents(8, 'cpus:1');
  assert.deepEqual(countByFirst(c.now()), { f1: 2, f2: 2, g: 4 });
  c.giveBack();
  c.allocator.suppressOffers('g');
  c.framework('parent', 'eng');
  c.allocator.suppressOffers('f2');
  for (const id of ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8']) c.allocator.removeAgent(id);
  c.agent('own', 'cpus(eng/front):1');
  assert.deepEqual(c.now(), ['f1 eng/front own cpus(eng/front):1']);
  c.agent('inherited', 'cpus(eng):1');
  c.agent('inherited2', 'cpus(eng):1');
  assert.deepEqual(countByFirst(c.now()), { parent: 2 });
  c.giveBack({}, 'parent');
  assert.deepEqual(countByFirst(c.after(INTERVAL)), { f1: 2 });
});

scenario('[A47] a role exists while a framework, a weight, a quota or resources refer to it', (make) => {
  const c = make();
  const { allocator } = c;
  assert.deepEqual(allocator.list().roles, []);
  c.framework('f', 'framework');
  allocator.updateWeights([{ role: 'weight', weight: 2 }]);
  allocator.updateQuota('quota', quota({ cpus: 1 }));
  c.agent('s', 'cpus(reserved/below):1;mem:100');
  c.agent('t', 'mem:100', { used: [{ frameworkId: 'f', role: 'left', resources: res('mem:50') }] });
  const expected = ['framework', 'left', 'quota', 'reserved', 'reserved/below', 'weight'];
  assert.deepEqual(allocator.list().roles.sort(), expected);
  allocator.updateWeights([{ role: 'weight', weight: 1 }]);
  allocator.updateQuota('quota', quota({}));
  allocator.removeAgent('s');
  assert.deepEqual(allocator.list().roles.sort(), ['framework', 'left']);
  allocator.recoverResources('f', 't', 'left', res('mem:50'));
  assert.deepEqual(allocator.list().roles, ['framework']);
  allocator.removeFramework('f');
  assert.deepEqual(allocator.list().roles, []);
});

scenario('[A50] first come roles whose guarantee is unmet, and get what brings them nearer to it', (make) => {
  const c = make();
  c.framework('f', 'a');
  c.framework('q', 'q');
  c.allocator.updateQuota('q', quota({ cpus: 2 }));
  c.agent('m1', 'mem:100');
  c.agent('m2', 'mem:100');
  c.agent('c1', 'cpus:1');
  c.agent('c2', 'cpus:1');
  c.agent('c3', 'cpus:1');
  const lines = c.now();
  // By name and share f would come first; and memory is of no use for the guarantee.
  assert.deepEqual(lines.slice(0, 2).map((line) => [line[0], line.split(' ')[3]]), [['q', 'cpus:1'], ['q', 'cpus:1']]);
  // The guarantee is met: q has no precedence any more.
  assert.equal(lines[2]![0], 'f');
});

scenario('[A51] then all roles share what is left above the headroom', (make) => {
  const c = make();
  c.framework('f', 'a');
  c.framework('g', 'b');
  c.framework('q', 'q');
  c.allocator.updateQuota('q', quota({ cpus: 1 }));
  c.allocator.updateQuota('absent', quota({ cpus: 2 }));
  c.agents(8, 'cpus:1');
  assert.deepEqual(countByFirst(c.now()), { q: 2, f: 2, g: 2 });
  assert.equal(c.after(INTERVAL).length, 0);
});

scenario('[A52] a role can count on its guarantee; by default there is none', (make) => {
  for (const guaranteed of [false, true]) {
    const c = make();
    if (guaranteed) c.allocator.updateQuota('q', quota({ cpus: 3 }));
    assert.equal(c.allocator.role('q').guarantees.size, guaranteed ? 1 : 0);
    c.framework('f', 'a');
    c.agents(4, 'cpus:1');
    assert.equal(c.now().length, guaranteed ? 1 : 4);
    c.framework('q', 'q');
    assert.deepEqual(countByFirst(c.now()), guaranteed ? { q: 3 } : {});
  }
});

scenario('[A53] limits: absent is unlimited, zero is nothing', (make) => {
  const c = make({ minAllocatable: [] });
  c.framework('f', 'q');
  c.allocator.updateQuota('q', quota({}, { cpus: 2.5, disk: 0 }));
  c.agents(4, 'cpus:1;mem:100;disk:10');
  c.now();
  const sum = c.out.reduce((all, offer) => all.plus(offer.resources), res(''));
  assert.equal(text(sum), 'cpus:2.5;mem:400');
  c.allocator.updateQuota('q', quota({}));
  c.after(INTERVAL);
  const later = c.out.reduce((all, offer) => all.plus(offer.resources), res(''));
  assert.equal(text(later), 'cpus:4;disk:40;mem:400');
});

scenario('[A54] reservations of the role and below are consumption, allocated or not', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({}, { cpus: 4 }));
  c.framework('f', 'q');
  c.agent('s', 'cpus(q):1;cpus(q/sub):1.5;cpus:8');
  assert.deepEqual(c.now(), ['f q s cpus:1.5;cpus(q):1']);
});

scenario('[A54] unreserved allocations of the role and below are consumption, offers too, revocables not', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({}, { cpus: 4 }));
  c.framework('g', 'q/sub');
  c.agent('s', 'cpus:2', { used: [{ frameworkId: 'g', role: 'q/sub', resources: res('cpus:1') }] });
  assert.deepEqual(c.now(), ['g q/sub s cpus:1']);
  c.allocator.suppressOffers('g');
  c.framework('f', 'q', { capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES'] });
  const revocable = lot('cpus', 8, { revocable: true });
  c.agent('t', res('cpus:3').plus(revocable));
  c.now();
  assert.equal(c.out.length, 2);
  // Two of four are taken, one of them by an offer that is still out.
  assert.ok(c.out[1]!.resources.equals(res('cpus:2').plus(revocable)), c.out[1]!.resources.toString());
});

scenario('[A55] unmet guarantees are held back, but neither reservations nor revocables', (make) => {
  const c = make();
  c.allocator.updateQuota('absent', quota({ cpus: 5, mem: 100 }));
  c.framework('f', 'a', { capabilities: ['REVOCABLE_RESOURCES'] });
  const revocable = lot('cpus', 8, { revocable: true });
  c.agent('s', res('cpus:4;cpus(a):2;mem:100').plus(revocable));
  c.now();
  assert.ok(c.out[0]!.resources.equals(res('cpus(a):2').plus(revocable)), c.out[0]!.resources.toString());
  // The sum counts, whichever agents it stands on.
  c.agent('t', 'cpus:4;mem:50');
  assert.deepEqual(c.now(), ['f a t cpus:3;mem:50']);
});

scenario('[A56] scalars are cut to what is left of a guarantee or limit', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({ cpus: 1.5, mem: 64 }, { cpus: 1.5, mem: 64 }));
  c.framework('f', 'q');
  c.framework('g', 'rest');
  c.agent('s', 'cpus:4;mem:100');
  assert.deepEqual(c.now(), ['f q s cpus:1.5;mem:64', 'g rest s cpus:2.5;mem:36']);
});

scenario('[A56] mount disks and persistent volumes are never cut', (make) => {
  const mount = (root: string, megabytes: number): ReturnType<typeof lot> =>
    lot('disk', megabytes, { disk: { source: { type: 'MOUNT', root } } });
  const c = make();
  c.allocator.updateQuota('q', quota({}, { disk: 100 }));
  c.framework('f', 'q');
  c.agent('s', res('cpus:1').plus(mount('/big', 150)));
  assert.deepEqual(c.now(), ['f q s cpus:1']);
  c.agent('t', res('cpus:1').plus(mount('/small', 80)));
  c.now();
  assert.ok(c.out[1]!.resources.contains(mount('/small', 80)));
  c.agent('u', 'cpus:1;disk:50');
  assert.deepEqual(c.now(), ['f q u cpus:1;disk:20']);
  c.agent('v', res('cpus:1').plus(volume('q', 'v', 70)));
  c.now();
  assert.ok(c.out[3]!.resources.equals(res('cpus:1').plus(volume('q', 'v', 70))));
});

scenario('[A57] with a grant for a guarantee the rest of the agent rides along', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({ cpus: 1 }));
  c.framework('a', 'a');
  c.framework('f', 'q');
  c.agent('s', 'cpus:4;mem:1000;disk:10');
  assert.deepEqual(c.now(), ['f q s cpus:4;disk:10;mem:1000']);
});

scenario('[A57] what rides along stays within the limit and above the headroom', (make) => {
  const c = make();
  c.allocator.updateQuota('q', quota({ cpus: 1 }, { cpus: 2 }));
  c.allocator.updateQuota('absent', quota({ mem: 600 }));
  c.framework('a', 'a');
  c.framework('f', 'q');
  c.agent('s', 'cpus:4;mem:1000');
  assert.deepEqual(c.now(), ['f q s cpus:2;mem:400', 'a a s cpus:2']);
});

scenario('[A62] quota on a nested role is refused; subroles count for the top-level role', (make) => {
  const c = make();
  assert.throws(() => c.allocator.updateQuota('q/sub', quota({ cpus: 1 })), /INVALID_QUOTA.*nested/);
  assert.equal(c.allocator.role('q/sub').guarantees.size, 0);
  c.allocator.updateQuota('q', quota({ cpus: 2 }, { cpus: 3 }));
  c.framework('g', 'q/sub');
  c.framework('f', 'a');
  c.agent('s', 'cpus:2', { used: [{ frameworkId: 'g', role: 'q/sub', resources: res('cpus:2') }] });
  c.agent('t', 'cpus:4');
  // The guarantee is met by the subrole, so nothing is held back; and its limit leaves one for the subrole.
  sameLines(c.now(), ['f a t cpus:4']);
  c.allocator.suppressOffers('f');
  c.giveBack();
  assert.deepEqual(c.after(INTERVAL), ['g q/sub t cpus:1']);
});

scenario('[A65] metrics tell guarantee, limit and use for each role and resource', (make) => {
  const c = make();
  const metric = (role: string, rest: string): number | undefined => c.metric(`quota/roles/${role}/resources/${rest}`);
  c.allocator.updateQuota('q', quota({ cpus: 1 }, { cpus: 2.5, mem: 100 }));
  c.framework('f', 'q');
  assert.equal(metric('q', 'cpus/offered_or_allocated'), 0);
  c.agent('s', 'cpus:4;mem:50');
  c.now();
  assert.equal(metric('q', 'cpus/guarantee'), 1);
  assert.equal(metric('q', 'cpus/limit'), 2.5);
  assert.equal(metric('q', 'cpus/offered_or_allocated'), 2.5);
  assert.equal(metric('q', 'mem/guarantee'), undefined);
  assert.equal(metric('q', 'mem/limit'), 100);
  assert.equal(metric('q', 'mem/offered_or_allocated'), 50);
  c.allocator.updateQuota('q', quota({}));
  assert.deepEqual(Object.keys(c.allocator.metrics()).filter((name) => name.includes('/quota/')), []);
});
