/** When the oracle's runs take place, and over which agents. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OracleAllocator } from './allocator.js';
import { allocator, framework, lines, quota, recoverAll, res, sortedLines } from './fixtures.js';

function runs(oracle: OracleAllocator): number | undefined {
  return oracle.metrics()['allocator/mesos/allocation_runs'];
}

function withAgents(...ids: string[]): OracleAllocator {
  const oracle = allocator();
  for (const id of ids) oracle.addAgent({ id, total: res('cpus:1') });
  return oracle;
}

test('oracle runs: several events are one run, and a run that was asked for comes before the batch', () => {
  const oracle = withAgents('a1', 'a2');
  oracle.addFramework(framework('f1', 'a'));
  assert.equal(oracle.nextDeadlineMs(), 0);
  assert.deepEqual(sortedLines(oracle.run(0)), ['f1 a a1 cpus:1', 'f1 a a2 cpus:1']);
  assert.equal(runs(oracle), 1);
  assert.equal(oracle.nextDeadlineMs(), 1000);
  oracle.activateFramework('f1');
  oracle.run(5000);
  assert.equal(runs(oracle), 3);
});

test('oracle runs: an event that names an agent is about this agent only', () => {
  const oracle = withAgents('a1', 'a2');
  oracle.addFramework(framework('f1', 'a'));
  recoverAll(oracle, oracle.run(0));
  oracle.updateAgent('a2', { total: res('cpus:2') });
  assert.deepEqual(lines(oracle.run(0)), ['f1 a a2 cpus:2']);
  assert.deepEqual(lines(oracle.run(1000)), ['f1 a a1 cpus:1']);
});

test('oracle runs: these events do not ask for one', () => {
  const oracle = withAgents('a1');
  oracle.addFramework(framework('f1', 'a'));
  recoverAll(oracle, oracle.run(0));
  oracle.updateWeights([{ role: 'a', weight: 2 }]);
  oracle.updateQuota('a', quota({ cpus: 1 }));
  oracle.suppressOffers('f1');
  oracle.updateFramework('f1', framework('f1', 'a'));
  oracle.updateWhitelist(null);
  oracle.addResourceProvider('a1', res('cpus:1'), []);
  oracle.updateAgent('a1', { total: res('cpus:2') });
  oracle.deactivateAgent('a1');
  oracle.activateAgent('a1');
  oracle.addFramework({ ...framework('f2', 'a'), active: false });
  oracle.requestResources('f1', []);
  assert.equal(oracle.nextDeadlineMs(), 1000);
});

test('oracle runs: while paused events are lost, and time passes', () => {
  const oracle = withAgents('a1');
  oracle.pause();
  assert.equal(oracle.nextDeadlineMs(), Infinity);
  oracle.addFramework(framework('f1', 'a'));
  assert.deepEqual(lines(oracle.run(3500)), []);
  oracle.resume();
  assert.equal(runs(oracle), 0);
  assert.equal(oracle.nextDeadlineMs(), 4500);
  assert.deepEqual(lines(oracle.run(4500)), ['f1 a a1 cpus:1']);
});

test('oracle runs: agents of a run that fell into a pause are looked at in the next run of any kind', () => {
  const oracle = withAgents('a1');
  oracle.addFramework({ ...framework('f1', 'a'), active: false });
  oracle.activateFramework('f1');
  oracle.pause();
  oracle.run(0);
  oracle.resume();
  assert.deepEqual(lines(oracle.run(0)), []);
  oracle.addAgent({ id: 'a2', total: res('cpus:1') });
  assert.deepEqual(sortedLines(oracle.run(0)), ['f1 a a1 cpus:1', 'f1 a a2 cpus:1']);
});

test('oracle runs: a run on demand is the next batch, made now, and what events asked for is part of it', () => {
  const oracle = withAgents('a1');
  oracle.addFramework(framework('f1', 'a'));
  recoverAll(oracle, oracle.allocate(500), 0.1);
  assert.equal(runs(oracle), 1);
  assert.equal(oracle.nextDeadlineMs(), 1500);
  assert.deepEqual(lines(oracle.allocate(1500)), []);
  assert.deepEqual(lines(oracle.allocate(1500)), ['f1 a a1 cpus:1']);
  assert.equal(oracle.nextDeadlineMs(), 2500);
  oracle.activateFramework('f1');
  oracle.pause();
  assert.deepEqual(lines(oracle.allocate(1700)), []);
  oracle.resume();
  assert.equal(oracle.nextDeadlineMs(), 2700);
});

test('oracle runs: time does not go back', () => {
  const oracle = withAgents('a1');
  oracle.run(9000);
  oracle.run(2000);
  assert.equal(oracle.nextDeadlineMs(), 10_000);
});

test('oracle runs: after a failover with quotas nothing is offered before enough agents are back', () => {
  const oracle = allocator({ agentRecoveryFactor: 0.6 });
  oracle.recover(4, { q: quota({ cpus: 1 }) });
  oracle.addFramework(framework('f1', 'q'));
  oracle.addAgent({ id: 'a1', total: res('cpus:1') });
  assert.deepEqual(lines(oracle.run(5000)), []);
  oracle.addAgent({ id: 'a2', total: res('cpus:1') });
  assert.deepEqual(lines(oracle.run(5000)), ['f1 q a2 cpus:1']);
  assert.deepEqual(lines(oracle.run(6000)), ['f1 q a1 cpus:1']);
  assert.equal(oracle.nextDeadlineMs(), 7000);
});

test('oracle runs: the hold-off ends when its time is over, and there is none without quotas or agents', () => {
  const oracle = allocator({ recoveryTimeoutMs: 10_000 });
  oracle.recover(100, new Map([['q', quota({ cpus: 1 })]]));
  oracle.addFramework(framework('f1', 'q'));
  oracle.addAgent({ id: 'a1', total: res('cpus:1') });
  assert.equal(oracle.nextDeadlineMs(), 10_000);
  assert.deepEqual(lines(oracle.run(9000)), []);
  assert.deepEqual(lines(oracle.run(10_000)), ['f1 q a1 cpus:1']);
  for (const [count, quotas] of [[100, {}], [1, { q: quota({ cpus: 1 }) }]] as const) {
    const free = allocator();
    free.recover(count, quotas);
    free.addAgent({ id: 'a1', total: res('cpus:1') });
    assert.equal(free.nextDeadlineMs(), 0);
  }
});

test('oracle runs: deactivated agents and others are candidates for inverse offers, not for offers', () => {
  const oracle = withAgents('a1');
  oracle.addFramework(framework('f1', 'a'));
  oracle.run(0);
  oracle.recoverResources('f1', 'a1', 'a', res('cpus:0.5'));
  oracle.deactivateAgent('a1');
  oracle.updateUnavailability('a1', { startMs: 5, durationMs: 6 });
  const { offers, inverseOffers } = oracle.run(1000);
  assert.deepEqual([offers.length, inverseOffers.length], [0, 1]);
  oracle.activateAgent('a1');
  assert.deepEqual(oracle.run(2000).offers[0]?.unavailability, { startMs: 5, durationMs: 6 });
});
