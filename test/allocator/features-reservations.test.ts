/**
 * Reservations, volumes and shared resources, feature by feature: who is offered what belongs to a role.
 */
import assert from 'node:assert/strict';
import { conversionsOf, type Operation } from '../../src/resources/operations.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { quantitiesToRecord } from '../../src/resources/quantities.js';
import type { Resources } from '../../src/resources/resources.js';
import { type Cluster, lot, quota, res, reserved, sameLines, scenario, text, volume } from './fixtures.js';

const INTERVAL = 1000;

/** A framework applies an operation to what it holds on agent s in role r. */
function accept(c: Cluster, operation: Operation, role = 'r', frameworkId = 'f'): void {
  const { held } = c.allocator.agent('s');
  const mine = held.find((one) => one.frameworkId === frameworkId && one.role === role)!.resources;
  c.allocator.updateAllocation(frameworkId, 's', role, mine, conversionsOf(operation));
}

/** What a framework holds on agent s. */
function heldBy(c: Cluster, frameworkId: string): Resources {
  return c.allocator.agent('s').held.find((one) => one.frameworkId === frameworkId)!.resources;
}

/** A framework gives back all that it holds on agent s. */
function release(c: Cluster, frameworkId: string, role = 'r'): void {
  c.allocator.recoverResources(frameworkId, 's', role, heldBy(c, frameworkId));
}

scenario('[A78] an agent starts with resources of a role; the default role is for everybody', (make) => {
  const c = make();
  c.framework('f', 'other');
  c.framework('g', 'role');
  c.agent('s', 'cpus(role):2;cpus:1');
  sameLines(c.now(), ['f other s cpus:1', 'g role s cpus(role):2']);
  assert.deepEqual(quantitiesToRecord(c.allocator.role('role').reserved), { cpus: 2 });
  const d = make();
  d.framework('f', 'other');
  d.framework('g', 'role');
  d.agent('s', parseResources('cpus:2;mem(*):64', { defaultRole: 'role' }));
  sameLines(d.now(), ['f other s mem:64', 'g role s cpus(role):2']);
});

scenario('[A79] RESERVE in an accepted offer makes resources the role\'s, UNRESERVE everybody\'s', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:4');
  c.now();
  const labelled = lot('cpus', 3, {
    reservations: [{ type: 'DYNAMIC', role: 'r', principal: 'ops', labels: [{ key: 'job', value: 'db' }] }],
  });
  accept(c, { type: 'RESERVE', resources: labelled });
  release(c, 'f');
  c.framework('g', 'other');
  c.now();
  assert.ok(heldBy(c, 'g').equals(res('cpus:1')));
  assert.ok(heldBy(c, 'f').equals(labelled));
  assert.deepEqual(quantitiesToRecord(c.allocator.role('r').reserved), { cpus: 3 });
  accept(c, { type: 'UNRESERVE', resources: labelled });
  release(c, 'f');
  c.allocator.suppressOffers('f');
  assert.deepEqual(c.after(INTERVAL), ['g other s cpus:3']);
  assert.deepEqual(quantitiesToRecord(c.allocator.role('r').reserved), {});
});

scenario('[A81] reserved resources are offered to frameworks of the role or of its subroles only', (make) => {
  const roles = ['eng', 'eng/ads', 'eng/ads/x', 'eng/web', 'engine', 'ops', '*'];
  for (const role of roles) {
    const c = make();
    c.framework('f', role);
    c.agent('s', 'cpus(eng/ads):1');
    assert.equal(c.now().length, role === 'eng/ads' || role === 'eng/ads/x' ? 1 : 0, role);
  }
});

scenario('[A82] a refined reservation belongs to the last role of its stack, and needs the capability', (make) => {
  const capabilities = ['MULTI_ROLE', 'RESERVATION_REFINEMENT'];
  const stack = reserved('cpus', 2, 'eng', 'eng/ads');
  const c = make();
  c.framework('parent', 'eng', { capabilities });
  c.framework('unable', 'eng/ads');
  c.framework('f', 'eng/ads', { capabilities });
  c.agent('s', stack);
  c.now();
  assert.deepEqual(c.out.map((offer) => offer.frameworkId), ['f']);
  assert.ok(heldBy(c, 'f').equals(stack));
  assert.deepEqual(quantitiesToRecord(c.allocator.role('eng').reserved), { cpus: 2 });
  // Unreserving takes the last reservation off: what is left belongs to the parent.
  accept(c, { type: 'UNRESERVE', resources: stack }, 'eng/ads');
  assert.ok(heldBy(c, 'f').equals(reserved('cpus', 2, 'eng')));
  release(c, 'f', 'eng/ads');
  c.allocator.suppressOffers('f');
  c.allocator.suppressOffers('unable');
  c.after(INTERVAL);
  assert.ok(heldBy(c, 'parent').equals(reserved('cpus', 2, 'eng')));
  accept(c, { type: 'RESERVE', resources: stack }, 'eng', 'parent');
  release(c, 'parent', 'eng');
  c.allocator.reviveOffers('f');
  c.now();
  assert.ok(heldBy(c, 'f').equals(stack));
});

scenario('[A84] a volume outlives those who hold it, and is disk again when it is destroyed', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', res('cpus:1;cpus(r):1').plus(reserved('disk', 100, 'r')));
  c.now();
  const made = volume('r', 'data', 60);
  accept(c, { type: 'CREATE', volumes: made });
  const whole = res('cpus:1;cpus(r):1').plus(made).plus(reserved('disk', 40, 'r'));
  assert.ok(heldBy(c, 'f').equals(whole));
  release(c, 'f');
  c.allocator.removeFramework('f');
  c.framework('g', 'r');
  c.now();
  assert.ok(heldBy(c, 'g').equals(whole));
  // The agent comes back with what it knows of: the volume as well.
  const { total } = c.allocator.agent('s');
  c.allocator.removeAgent('s');
  c.agent('s', total);
  c.now();
  assert.ok(heldBy(c, 'g').contains(made));
  accept(c, { type: 'DESTROY', volumes: made }, 'r', 'g');
  assert.ok(heldBy(c, 'g').equals(res('cpus:1;cpus(r):1').plus(reserved('disk', 100, 'r'))));
  assert.equal(c.metric('resources/disk/total'), 100);
});

scenario('[A86] a shared volume is offered while others use it, to those who can share', (make) => {
  const capabilities = ['MULTI_ROLE', 'SHARED_RESOURCES'];
  const shared = volume('r', 'data', 60, true);
  const c = make();
  c.framework('unable', 'r');
  c.framework('f', 'r', { capabilities });
  c.allocator.suppressOffers('unable');
  c.agent('s', res('cpus:4;mem:100').plus(shared));
  c.now();
  assert.ok(heldBy(c, 'f').contains(shared));
  // Two tasks use it: one more copy is allocated. The total stays at one.
  c.allocator.updateAllocation('f', 's', 'r', shared, [{ consumed: res(''), converted: shared }]);
  assert.equal(heldBy(c, 'f').lots.find((one) => one.descriptor.shared)!.copies, 2);
  assert.equal(c.metric('resources/disk/offered_or_allocated'), 60);
  assert.equal(c.metric('resources/disk/total'), 60);
  c.allocator.recoverResources('f', 's', 'r', res('cpus:2;mem:50'));
  c.framework('g', 'r', { capabilities });
  c.now();
  assert.ok(heldBy(c, 'g').equals(res('cpus:2;mem:50').plus(shared)));
  c.allocator.recoverResources('f', 's', 'r', shared.plus(shared));
  assert.ok(!heldBy(c, 'f').contains(shared));
  assert.ok(c.allocator.agent('s').available.equals(shared));
  release(c, 'g');
  c.allocator.suppressOffers('f');
  c.allocator.suppressOffers('g');
  c.allocator.reviveOffers('unable');
  c.now();
  assert.equal(text(heldBy(c, 'unable')), 'cpus:2;mem:50');
});

scenario('[A87] disks keep their kinds: a root or PATH disk can be cut, a MOUNT, BLOCK or RAW one cannot', (make) => {
  const kinds = { ROOT: true, PATH: true, MOUNT: false, BLOCK: false, RAW: false } as const;
  for (const [type, divisible] of Object.entries(kinds)) {
    const disk = (megabytes: number): Resources => {
      if (type === 'ROOT') return res(`disk:${megabytes}`);
      const where = type === 'PATH' || type === 'MOUNT' ? { root: '/mnt/data' } : { id: 'disk1' };
      return lot('disk', megabytes, { disk: { source: { type: type as 'PATH', ...where } } });
    };
    const c = make();
    c.framework('f', 'q');
    c.agent('s', res('cpus:1').plus(disk(100)));
    c.now();
    assert.ok(heldBy(c, 'f').equals(res('cpus:1').plus(disk(100))), type);
    c.giveBack();
    c.allocator.updateQuota('q', quota({}, { disk: 60 }));
    c.after(INTERVAL);
    assert.ok(heldBy(c, 'f').equals(divisible ? res('cpus:1').plus(disk(60)) : res('cpus:1')), type);
    c.giveBack();
    c.allocator.updateQuota('q', quota({}, { disk: 100 }));
    c.after(INTERVAL);
    assert.ok(heldBy(c, 'f').equals(res('cpus:1').plus(disk(100))), type);
  }
});
