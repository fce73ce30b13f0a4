/** The oracle's books: who is tracked where, what counts as held, what refusals of bad input leave behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeteError } from '../../src/base/errors.js';
import { Resources } from '../../src/resources/resources.js';
import type { OracleAllocator } from './allocator.js';
import { allocator, framework, lines, quota, recoverAll, refined, res, sharedVolume } from './fixtures.js';

function shares(oracle: OracleAllocator): Record<string, number> {
  const found = Object.entries(oracle.metrics()).filter(([name]) => name.endsWith('/shares/dominant'));
  return Object.fromEntries(found.map(([name, share]) => [name.split('roles/')[1]!.split('/shares')[0]!, share]));
}

test('oracle books: a framework stays tracked under a role that it left as long as it holds something there', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a', 'b'));
  oracle.addAgent({ id: 'agent', total: res('cpus:4') });
  const { offers } = oracle.run(0);
  const { role } = offers[0]!;
  oracle.updateFramework('f1', { roles: [] });
  assert.deepEqual(shares(oracle), { [role]: 1 });
  assert.deepEqual(oracle.role(role).frameworks, ['f1']);
  oracle.recoverResources('f1', 'agent', role, res('cpus:1'));
  assert.deepEqual(lines(oracle.run(1000)), []);
  assert.deepEqual(shares(oracle), { [role]: 0.75 });
  oracle.recoverResources('f1', 'agent', role, res('cpus:3'));
  assert.deepEqual(shares(oracle), {});
  assert.deepEqual(oracle.list().roles, []);
});

test('oracle books: holdings of a framework count when both the agent and the framework are known', () => {
  const oracle = allocator();
  const used = [{ frameworkId: 'f1', agentId: 'agent1', role: 'r', resources: res('cpus:1') }];
  oracle.addAgent({ id: 'agent1', total: res('cpus:2'), used });
  assert.deepEqual(shares(oracle), {});
  assert.equal(oracle.metrics()['allocator/mesos/resources/cpus/offered_or_allocated'], 1);
  oracle.addFramework({ ...framework('f1', 'a'), active: false, used });
  assert.deepEqual(shares(oracle), { a: 0, r: 0.5 });
  oracle.addAgent({ id: 'agent2', total: res('cpus:2'), used: [{ ...used[0]!, role: 'a' }] });
  assert.deepEqual(shares(oracle), { a: 0.25, r: 0.25 });
  oracle.removeFramework('f1');
  assert.deepEqual(shares(oracle), {});
  assert.equal(oracle.metrics()['allocator/mesos/resources/cpus/offered_or_allocated'], 0);
  assert.ok(oracle.agent('agent1').available.equals(res('cpus:2')));
});

test('oracle books: uses that come with an agent count as grants, one for each framework and role', () => {
  const oracle = allocator();
  const use = { frameworkId: 'f1', agentId: 'agent1', role: 'a', resources: res('cpus:1') };
  oracle.addFramework(framework('f1', 'a'));
  oracle.addFramework(framework('f2', 'b'));
  oracle.addAgent({ id: 'agent1', total: res('cpus:2'), used: [use, use] });
  oracle.recoverResources('f1', 'agent1', 'a', res('cpus:2'));
  assert.deepEqual(lines(oracle.run(0)), ['f2 b agent1 cpus:2']);
  oracle.recoverResources('f2', 'agent1', 'b', res('cpus:2'));
  assert.deepEqual(lines(oracle.run(1000)), ['f1 a agent1 cpus:2']);
});

test('oracle books: an agent takes along what is held on it', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent1', total: res('cpus:2') });
  oracle.addAgent({ id: 'agent2', total: res('cpus:2') });
  recoverAll(oracle, oracle.run(0), 100);
  oracle.reviveOffers('f1');
  oracle.run(0);
  oracle.removeAgent('agent1');
  assert.deepEqual(shares(oracle), { a: 1 });
  assert.deepEqual(oracle.framework('f1').held.map(({ agentId }) => agentId), ['agent2']);
  oracle.recoverResources('f1', 'agent1', 'a', res('cpus:2'), { refuseSeconds: 100 });
  assert.equal(oracle.metrics()['allocator/mesos/offer_filters/roles/a/active'], 0);
});

test('oracle books: conversions change total and holding together, further copies only the holding', () => {
  const oracle = allocator();
  oracle.addFramework({ ...framework('f1', 'a'), capabilities: ['SHARED_RESOURCES'] });
  oracle.addAgent({ id: 'agent', total: res('cpus:1;disk(a):10') });
  oracle.run(0);
  const volume = sharedVolume('a', 'v', 4);
  const create = { consumed: res('disk(a):4'), converted: volume };
  oracle.updateAllocation('f1', 'agent', 'a', res('cpus:1;disk(a):10'), [create]);
  assert.ok(oracle.agent('agent').total.equals(res('cpus:1;disk(a):6').plus(volume)));
  assert.ok(oracle.agent('agent').available.equals(volume));
  oracle.updateAllocation('f1', 'agent', 'a', volume, [{ consumed: Resources.EMPTY, converted: volume }]);
  assert.equal(oracle.framework('f1').held[0]?.resources.sharedOnly().lots[0]?.copies, 2);
  assert.equal(oracle.agent('agent').total.sharedOnly().lots[0]?.copies, 1);
  assert.equal(shares(oracle)['a'], 1);
});

test('oracle books: a framework that loses its last holding in a role it left is not tracked there any more', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:1') });
  oracle.run(0);
  oracle.updateFramework('f1', { roles: [] });
  oracle.updateAllocation('f1', 'agent', 'a', res('cpus:1'), [{ consumed: res('cpus:1'), converted: Resources.EMPTY }]);
  assert.deepEqual(shares(oracle), {});
  assert.ok(oracle.agent('agent').total.isEmpty);
});

test('oracle books: operations on what is free change the total, or fail and change nothing', () => {
  const oracle = allocator();
  const reserved = res('cpus:1').plus(refined('cpus', 1, 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:2') });
  oracle.updateAvailable('agent', [{ type: 'RESERVE', resources: refined('cpus', 1, 'a') }]);
  assert.ok(oracle.agent('agent').total.equals(reserved));
  const tooMuch = refined('cpus', 2, 'a');
  assert.throws(() => oracle.updateAvailable('agent', [{ type: 'RESERVE', resources: tooMuch }]), MeteError);
  assert.ok(oracle.agent('agent').total.equals(reserved));
});

test('oracle books: an agent may hold more than it has', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:4;mem:1') });
  oracle.run(0);
  oracle.updateAgent('agent', { total: res('cpus:1;mem:3') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a agent mem:2']);
  oracle.recoverResources('f1', 'agent', 'a', res('cpus:3'));
  assert.ok(oracle.agent('agent').available.isEmpty);
});

test('oracle books: a quota counts all reservations and what else is held, not what unknown frameworks hold', () => {
  const oracle = allocator();
  oracle.updateQuota('q', quota({}, { cpus: 10 }));
  oracle.addFramework(framework('f1', 'q'));
  const used = [{ frameworkId: 'unknown', role: 'q', resources: res('cpus:5') }];
  oracle.addAgent({ id: 'agent1', total: res('cpus:5;cpus(q/x):4'), used });
  oracle.addAgent({ id: 'agent2', total: res('cpus:20') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 q agent2 cpus:6']);
});

test('oracle books: what is refused changes nothing', () => {
  const oracle = allocator();
  oracle.addFramework(framework('f1', 'a'));
  oracle.addAgent({ id: 'agent', total: res('cpus:1') });
  oracle.run(0);
  const refusals: (readonly [string, () => void])[] = [
    ['ALREADY_EXISTS', () => oracle.addFramework(framework('f1', 'a'))],
    ['ALREADY_EXISTS', () => oracle.addAgent({ id: 'agent', total: res('cpus:1') })],
    ['INVALID_ROLE', () => oracle.addFramework(framework('f2', 'a//b'))],
    ['INVALID_ARGUMENT', () => oracle.addFramework({ ...framework('f2', 'a'), suppressedRoles: ['b'] })],
    ['INVALID_OFFER_CONSTRAINTS', () => oracle.updateFramework('f1', { roles: ['b'], offerConstraints: 7 })],
    ['INVALID_ARGUMENT', () => oracle.suppressOffers('f1', ['a', 'b'])],
    ['UNKNOWN_FRAMEWORK', () => oracle.reviveOffers('f2')],
    ['UNKNOWN_AGENT', () => oracle.removeAgent('agent2')],
    ['NOT_HELD', () => oracle.recoverResources('f1', 'agent', 'a', res('cpus:2'), {})],
    ['NOT_HELD', () => oracle.recoverResources('f1', 'agent', 'b', res('cpus:1'), {})],
    ['INVALID_QUOTA', () => oracle.updateQuota('a/b', quota({}))],
    ['INVALID_QUOTA', () => oracle.updateQuota('a', quota({ cpus: 2 }, { cpus: 1 }))],
    ['INVALID_WEIGHT', () => oracle.updateWeights([{ role: 'a', weight: 2 }, { role: 'b', weight: 0 }])],
    ['INVALID_ARGUMENT', () => oracle.run(NaN)],
  ];
  const before = oracle.metrics();
  for (const [code, act] of refusals) assert.throws(act, (error) => error instanceof MeteError && error.code === code);
  assert.deepEqual(oracle.metrics(), before);
  assert.equal(oracle.role('a').weight, 1);
  assert.deepEqual(lines(oracle.run(1000)), []);
});
