/** The oracle's filters: what they cover, how long they live, what ends them early. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttributes } from '../../src/resources/attributes.js';
import type { OracleAllocator } from './allocator.js';
import { allocator, framework, lines, recoverAll, res } from './fixtures.js';
import { refusalMs } from './refusal.js';

const EVERYTHING = ['f1 a agent cpus:2'];

/** A framework that just declined the only agent, at time 0. */
function declined(refuseSeconds: number, allocationIntervalMs = 1000): OracleAllocator {
  const oracle = allocator({ allocationIntervalMs });
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  recoverAll(oracle, oracle.run(0), refuseSeconds);
  return oracle;
}

function active(oracle: OracleAllocator): number | undefined {
  return oracle.metrics()['allocator/mesos/offer_filters/roles/a/active'];
}

test('oracle filters: a refusal shorter than the interval covers the batch that falls on its deadline', () => {
  const oracle = declined(0.1, 5000);
  assert.deepEqual(lines(oracle.run(4999)), []);
  assert.deepEqual(lines(oracle.run(5000)), []);
  assert.equal(active(oracle), 0);
  assert.deepEqual(lines(oracle.run(10_000)), EVERYTHING);
});

test('oracle filters: a refusal that was made before the batch timer was armed ends before that batch', () => {
  const oracle = declined(2);
  assert.deepEqual(lines(oracle.run(1000)), []);
  assert.deepEqual(lines(oracle.run(2000)), EVERYTHING);
});

test('oracle filters: a late run fires the one batch that is due, and then the refusals that are younger', () => {
  const oracle = declined(0.5, 1000);
  assert.deepEqual(lines(oracle.run(60_000)), []);
  assert.equal(active(oracle), 0);
  assert.equal(oracle.nextDeadlineMs(), 61_000);
});

test('oracle filters: zero seconds refuse nothing, and no filter refuses nothing', () => {
  assert.deepEqual(lines(declined(0).run(1000)), EVERYTHING);
  assert.deepEqual([null, {}, { refuseSeconds: 0 }].map(refusalMs), [0, 5000, 0]);
  assert.deepEqual([-1, NaN, 1e99].map((refuseSeconds) => refusalMs({ refuseSeconds })), [5000, 5000, 31_536e6]);
});

test('oracle filters: less than what was refused is refused, more is offered', () => {
  const oracle = declined(100);
  oracle.updateAgent('agent', { total: res('cpus:1') });
  assert.deepEqual(lines(oracle.run(0)), []);
  oracle.updateAgent('agent', { total: res('cpus:1;mem:1') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a agent cpus:1; mem:1']);
});

test('oracle filters: revive, new attributes and deactivation end them; suppress and a new domain do not', () => {
  const oracle = declined(100);
  oracle.suppressOffers('f1');
  oracle.updateAgent('agent', { domain: { region: 'r', zone: 'z' } });
  assert.equal(active(oracle), 1);
  oracle.reviveOffers('f1', ['a']);
  assert.equal(active(oracle), 0);
  recoverAll(oracle, oracle.run(0), 100);
  oracle.updateAgent('agent', { attributes: parseAttributes('rack:1') });
  assert.equal(active(oracle), 0);
  recoverAll(oracle, oracle.run(0), 100);
  oracle.deactivateFramework('f1');
  assert.equal(active(oracle), 0);
});

test('oracle filters: an update of the framework ends those of roles that it leaves or wakes up', () => {
  const oracle = allocator();
  oracle.addFramework({ ...framework('f1', 'a', 'b', 'c'), suppressedRoles: ['b', 'c'] });
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  recoverAll(oracle, oracle.run(0), 100);
  oracle.updateFramework('f1', { roles: ['a', 'b', 'c'], suppressedRoles: ['a', 'c'] });
  assert.equal(active(oracle), 1);
  oracle.updateFramework('f1', { roles: ['a', 'b', 'c'], suppressedRoles: [] });
  assert.equal(active(oracle), 0);
});

test('oracle filters: suppressed roles get nothing until they are revived', () => {
  const oracle = allocator();
  oracle.addFramework({ ...framework('f1', 'a', 'b'), suppressedRoles: ['a'] });
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  recoverAll(oracle, oracle.run(0));
  oracle.suppressOffers('f1');
  assert.deepEqual(lines(oracle.run(1000)), []);
  oracle.reviveOffers('f1', ['a']);
  assert.deepEqual(lines(oracle.run(1000)), EVERYTHING);
});

test('oracle filters: a framework that is not active is offered nothing, whatever is revived or subscribed', () => {
  const oracle = allocator();
  oracle.addFramework({ ...framework('f1', 'a'), active: false });
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  oracle.reviveOffers('f1');
  oracle.updateFramework('f1', { roles: ['a', 'b'] });
  assert.deepEqual(lines(oracle.run(1000)), []);
  oracle.activateFramework('f1');
  assert.equal(oracle.run(1000).offers.length, 1);
});

test('oracle filters: inverse offers go once to active holders, and wait after a refusal', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  oracle.run(0);
  oracle.updateUnavailability('agent', { startMs: 9000 });
  const expected = [{ frameworkId: 'f1', agentId: 'agent', unavailability: { startMs: 9000 } }];
  assert.deepEqual(oracle.run(0).inverseOffers, expected);
  assert.deepEqual(oracle.run(1000).inverseOffers, []);
  oracle.updateInverseOffer('agent', 'f1', 'DECLINE', { refuseSeconds: 3 });
  assert.deepEqual(oracle.inverseOfferStatuses(), { agent: { f1: 'DECLINE' } });
  assert.deepEqual(oracle.run(3000).inverseOffers, []);
  assert.deepEqual(oracle.run(4000).inverseOffers, expected);
  oracle.updateInverseOffer('agent', 'f1', null, { refuseSeconds: 100 });
  assert.deepEqual(oracle.inverseOfferStatuses(), { agent: { f1: 'DECLINE' } });
  oracle.updateUnavailability('agent', { startMs: 9001 });
  assert.deepEqual(oracle.inverseOfferStatuses(), { agent: {} });
  assert.equal(oracle.run(4000).inverseOffers.length, 1);
});
