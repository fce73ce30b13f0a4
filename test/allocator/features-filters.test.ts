/**
 * Filters, suppressing and reviving, feature by feature: what is not offered again, to whom, and for how long.
 */
import assert from 'node:assert/strict';
import type { Filters } from '../../src/allocator/model.js';
import { parseAttributes } from '../../src/resources/attributes.js';
import { type Cluster, countByFirst, res, scenario } from './fixtures.js';

const INTERVAL = 1000;
const DAY_SECONDS = 24 * 3600;
const LONG: Filters = { refuseSeconds: 3600 };

/** One framework that has refused the only agent. */
function refused(c: Cluster, filters: Filters, total = 'cpus:4;mem:1024'): Cluster {
  c.framework('f', 'r');
  c.agent('s', total);
  c.now();
  c.giveBack(filters);
  return c;
}

/** Seconds until something is offered again, looking just before and at each second. */
function secondsUntilOffered(c: Cluster, mostSeconds: number): number {
  for (let seconds = 1; seconds <= mostSeconds; seconds++) if (c.after(INTERVAL).length > 0) return seconds;
  return Infinity;
}

scenario('[A66] what was declined is not offered again for five seconds by default', (make) => {
  assert.equal(secondsUntilOffered(refused(make(), {}), 9), 5);
  assert.equal(secondsUntilOffered(refused(make(), { refuseSeconds: 8 }), 9), 8);
});

scenario('[A66] a filter concerns one framework, one role and one agent', (make) => {
  const c = make();
  c.framework('f', 'a b');
  c.framework('g', 'c');
  c.agent('s', 'cpus:1');
  c.now();
  assert.deepEqual(c.out.map((offer) => offer.role), ['a']);
  c.giveBack(LONG);
  assert.deepEqual(c.after(INTERVAL), ['f b s cpus:1']);
  c.giveBack(LONG);
  assert.deepEqual(c.after(INTERVAL), ['g c s cpus:1']);
  c.giveBack(LONG);
  assert.deepEqual(c.after(INTERVAL), []);
  c.agent('t', 'cpus:1');
  assert.equal(c.now().length, 1);
});

scenario('[A67] the unused part of an accepted offer is filtered, and only that', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:4;mem:1024');
  c.now();
  c.allocator.recoverResources('f', 's', 'r', res('cpus:3;mem:512'), {});
  for (let i = 0; i < 4; i++) assert.deepEqual(c.after(INTERVAL), []);
  assert.deepEqual(c.after(INTERVAL), ['f r s cpus:3;mem:512']);
  c.allocator.recoverResources('f', 's', 'r', res('cpus:3;mem:512'), LONG);
  // A task ends, without a filter: now there is more than was refused.
  c.allocator.recoverResources('f', 's', 'r', res('cpus:1;mem:512'));
  assert.deepEqual(c.after(INTERVAL), ['f r s cpus:4;mem:1024']);
});

scenario('[A68] a filter blocks only what the refused resources contain', (make) => {
  const c = refused(make(), LONG);
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.updateAgent('s', { total: res('cpus:4;mem:1000') });
  assert.deepEqual(c.now(), []);
  c.allocator.updateAgent('s', { total: res('cpus:1;mem:1025') });
  assert.deepEqual(c.now(), ['f r s cpus:1;mem:1025']);
  const d = refused(make(), LONG);
  d.allocator.updateAgent('s', { total: res('cpus:4;mem:1024;ports:[1-2]') });
  assert.deepEqual(d.now(), ['f r s cpus:4;mem:1024;ports:[1-2]']);
});

scenario('[A69] a filter covers the next batch at least, the one at its deadline included', (make) => {
  for (const refuseSeconds of [0.001, 5, 10]) {
    const c = refused(make({ allocationIntervalMs: 10_000 }), { refuseSeconds });
    assert.deepEqual(c.after(9_999), []);
    assert.deepEqual(c.after(1), []);
    assert.equal(c.metric('offer_filters/roles/r/active'), 0);
    assert.deepEqual(c.after(10_000), ['f r s cpus:4;mem:1024']);
  }
});

scenario('[A69] a refusal that is longer than the interval lasts as long as it says', (make) => {
  const c = refused(make({ allocationIntervalMs: 10_000 }), { refuseSeconds: 25 });
  assert.deepEqual(c.after(10_000), []);
  assert.deepEqual(c.after(10_000), []);
  assert.equal(c.metric('offer_filters/roles/r/active'), 1);
  assert.deepEqual(c.after(5_000), []);
  assert.equal(c.metric('offer_filters/roles/r/active'), 0);
  assert.deepEqual(c.after(5_000), ['f r s cpus:4;mem:1024']);
});

scenario('[A70] negative and invalid durations mean the default; zero installs no filter', (make) => {
  for (const refuseSeconds of [-1, -Infinity, NaN]) {
    assert.equal(secondsUntilOffered(refused(make(), { refuseSeconds }), 9), 5, String(refuseSeconds));
  }
  assert.equal(secondsUntilOffered(refused(make(), { refuseSeconds: 0 }), 9), 1);
});

scenario('[A70] more than 365 days is cut to 365 days', (make) => {
  for (const refuseSeconds of [365 * DAY_SECONDS, 366 * DAY_SECONDS, Infinity]) {
    const c = refused(make(), { refuseSeconds });
    c.after(365 * DAY_SECONDS * 1000 - 1);
    assert.equal(c.metric('offer_filters/roles/r/active'), 1);
    c.after(1);
    assert.equal(c.metric('offer_filters/roles/r/active'), 0);
  }
});

scenario('[A71] REVIVE drops the filters of all or given roles, ends suppression and asks for a run', (make) => {
  const c = make();
  c.framework('f', 'a b');
  c.agents(4, 'cpus:1');
  c.now();
  c.giveBack(LONG);
  c.allocator.suppressOffers('f');
  const asked = c.runsAsked(() => c.allocator.reviveOffers('f', ['b']));
  assert.equal(asked, 1);
  // Two of these agents had been refused in b; the others still are refused in a.
  assert.deepEqual(c.out.map((offer) => offer.role), ['b', 'b', 'b', 'b']);
  c.giveBack(LONG);
  assert.deepEqual(c.after(INTERVAL), []);
  c.allocator.reviveOffers('f');
  assert.deepEqual(countByFirst(c.now(), 1), { a: 2, b: 2 });
  assert.equal(c.metric('offer_filters/roles/a/active'), 0);
  assert.deepEqual(c.allocator.framework('f').suppressedRoles, []);
});

scenario('[A72] SUPPRESS stops offers for given or all roles, and filters stay', (make) => {
  const c = make();
  c.framework('f', 'a b');
  c.agents(2, 'cpus:1');
  assert.deepEqual(countByFirst(c.now(), 1), { a: 1, b: 1 });
  c.giveBack();
  c.allocator.suppressOffers('f', ['a']);
  assert.deepEqual(countByFirst(c.after(INTERVAL), 1), { b: 2 });
  c.giveBack(LONG);
  c.allocator.suppressOffers('f');
  assert.deepEqual(c.allocator.framework('f').suppressedRoles, ['a', 'b']);
  assert.deepEqual(c.after(INTERVAL), []);
  assert.equal(c.metric('offer_filters/roles/b/active'), 2);
});

scenario('[A73] the set of suppressed roles that comes with a framework replaces the one before', (make) => {
  const c = make();
  c.framework('f', 'a b', { suppressedRoles: ['a'] });
  c.agents(2, 'cpus:1');
  assert.deepEqual(countByFirst(c.now(), 1), { b: 2 });
  c.giveBack();
  c.allocator.updateFramework('f', { roles: ['a', 'b'], suppressedRoles: ['b'] });
  assert.deepEqual(countByFirst(c.after(INTERVAL), 1), { a: 2 });
  c.giveBack();
  c.allocator.updateFramework('f', { roles: ['a', 'b'] });
  assert.deepEqual(countByFirst(c.after(INTERVAL), 1), { a: 1, b: 1 });
});

scenario('[A74] resources that are taken back without filters are offered again in the next batch', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', 'cpus:1');
  c.now();
  c.giveBack(null);
  assert.equal(c.metric('offer_filters/roles/r/active'), 0);
  assert.deepEqual(c.after(INTERVAL), ['f r s cpus:1']);
});

scenario('[A75] deactivation, leaving a role, reviving and a change of attributes drop filters', (make) => {
  const changes: Record<string, (c: Cluster) => void> = {
    deactivation: ({ allocator }) => {
      allocator.deactivateFramework('f');
      allocator.activateFramework('f');
    },
    'role removal': ({ allocator }) => {
      allocator.updateFramework('f', { roles: ['other'] });
      allocator.updateFramework('f', { roles: ['r'] });
    },
    revive: ({ allocator }) => allocator.reviveOffers('f'),
    attributes: ({ allocator }) => allocator.updateAgent('s', { attributes: parseAttributes('rack:a') }),
  };
  for (const [name, change] of Object.entries(changes)) {
    const c = refused(make(), LONG);
    assert.equal(c.metric('offer_filters/roles/r/active'), 1, name);
    change(c);
    assert.equal(c.metric('offer_filters/roles/r/active'), 0, name);
    assert.deepEqual(c.after(INTERVAL), ['f r s cpus:4;mem:1024'], name);
  }
});

/** An agent in maintenance, held by a framework that has answered its inverse offer. */
function declinedInverse(c: Cluster, filters: Filters): Cluster {
  c.framework('f', 'r');
  c.agent('s', 'cpus:1', { unavailability: { startMs: 99_000 } });
  const { inverseOffers } = c.allocator.run(0);
  assert.equal(inverseOffers.length, 1);
  c.allocator.updateInverseOffer('s', 'f', 'DECLINE', filters);
  return c;
}

function secondsUntilInverse({ allocator }: Cluster): number {
  for (let seconds = 1; seconds < 20; seconds++) {
    if (allocator.run(allocator.clockMs + INTERVAL).inverseOffers.length > 0) return seconds;
  }
  return Infinity;
}

scenario('[A76] declined inverse offers wait, five seconds by default', (make) => {
  assert.equal(secondsUntilInverse(declinedInverse(make(), {})), 5);
  assert.equal(secondsUntilInverse(declinedInverse(make(), { refuseSeconds: 12 })), 12);
  assert.equal(secondsUntilInverse(declinedInverse(make(), { refuseSeconds: 0 })), 1);
});

scenario('[A76] their filters go when the unavailability changes', (make) => {
  const { allocator } = declinedInverse(make(), LONG);
  assert.deepEqual(allocator.run(INTERVAL).inverseOffers, []);
  allocator.updateUnavailability('s', { startMs: 50_000 });
  assert.equal(allocator.run(INTERVAL).inverseOffers.length, 1);
});

scenario('[A77] a metric counts the live filters of each role', (make) => {
  const c = make();
  c.framework('f', 'a');
  c.framework('g', 'a');
  c.framework('h', 'b');
  assert.equal(c.metric('offer_filters/roles/a/active'), 0);
  c.agents(8, 'cpus:1');
  c.now();
  c.giveBack(LONG, 'f');
  c.giveBack({}, 'g');
  c.giveBack({}, 'h');
  assert.equal(c.metric('offer_filters/roles/a/active'), 4);
  assert.equal(c.metric('offer_filters/roles/b/active'), 4);
  c.allocator.suppressOffers('g');
  c.allocator.suppressOffers('h');
  c.allocator.suppressOffers('f');
  c.after(5000);
  assert.equal(c.metric('offer_filters/roles/a/active'), 2);
  assert.equal(c.metric('offer_filters/roles/b/active'), 0);
});
