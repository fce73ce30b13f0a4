/** The policy of jobs against a cluster in virtual time: every unit is merged once, whatever goes wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeCluster } from './fake-cluster.js';
import type { FakeAgent, Troubles } from './fake-setup.js';

const NEEDS = { cpus: 1, memMb: 100 };

function agents(count: number, cpus = 2, speed = 1000): FakeAgent[] {
  return Array.from({ length: count }, (_, i) => ({ id: `a${i}`, cpus, mem: 4096, speed }));
}

/** Each unit once: pieces, sorted, follow each other from 0 to the end. */
function assertCovered(cluster: FakeCluster, units: number): void {
  assert.equal(cluster.tally.merged, units);
  let at = 0;
  for (const { from, to } of cluster.tally.pieces.toSorted((a, b) => a.from - b.from)) {
    assert.equal(from, at);
    at = to;
  }
  assert.equal(at, units);
}

test('offers are filled with as many tasks as fit, on all agents, and nothing is kept', () => {
  const units = 10_000_000;
  const cluster = new FakeCluster({ needs: NEEDS, work: { units, unit: 'bytes' } }, agents(3, 4));
  assert.deepEqual(cluster.run(), { type: 'finished' });
  assertCovered(cluster, units);
  assert.equal(cluster.tally.most, 12);
  assert.equal(new Set(cluster.tally.pieces.map((piece) => piece.agent)).size, 3);
  assert.equal(cluster.state.scheduler.offers.size, 0);
  assert.equal(cluster.tally.offers, cluster.tally.accepted + cluster.tally.declined);
  assert.equal(cluster.tally.calls.get('TEARDOWN'), 1);
});

test('pieces are large at first and small at the end, bounded by time from both sides', () => {
  const units = 60_000_000;
  const work = { units, unit: 'bytes', unitsPerSecond: 1e6 };
  const cluster = new FakeCluster({ needs: NEEDS, work }, agents(2));
  cluster.run();
  assertCovered(cluster, units);
  const sizes = cluster.tally.pieces.toSorted((a, b) => a.from - b.from).map(({ from, to }) => to - from);
  const expected = 1e6; // a second's work
  assert.ok(sizes.every((size) => size <= expected * 1.01));
  assert.ok(sizes[0]! >= expected * 0.99);
  assert.ok(sizes.at(-1)! <= expected / 8, `the last piece has ${sizes.at(-1)}`);
  // All slots end within a twentieth of a second of each other.
  const last = Math.max(...cluster.tally.pieces.map((piece) => piece.atMs));
  const idealMs = units / 4000;
  const tookMs = last - 1_000_000;
  assert.ok(tookMs < idealMs * 1.03, `${tookMs} ms, ideally ${idealMs}`);
});

test('the speed is measured: a wrong guess of the job costs little', () => {
  for (const unitsPerSecond of [1e3, 1e9]) {
    const units = 60_000_000;
    const cluster = new FakeCluster({ needs: NEEDS, work: { units, unit: 'bytes', unitsPerSecond } }, agents(2));
    cluster.run();
    assertCovered(cluster, units);
    const tookMs = cluster.nowMs - 1_000_000;
    const worst = unitsPerSecond === 1e9 ? 1.6 : 1.1;
    assert.ok(tookMs < (units / 4000) * worst, `guess ${unitsPerSecond}: ${tookMs} ms`);
  }
});

test('pieces keep to steps, exact sizes and the largest size', () => {
  const exact = new FakeCluster(
    { needs: NEEDS, work: { units: 95, unit: 'items', stepUnits: 10, exact: true } }, agents(1));
  exact.run();
  assertCovered(exact, 95);
  const sizes = exact.tally.pieces.map(({ from, to }) => to - from).sort((a, b) => b - a);
  assert.deepEqual(sizes, [10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
  const bounded = new FakeCluster(
    { needs: NEEDS, work: { units: 10_007, unit: 'bytes', stepUnits: 8, maxUnits: 100 } }, agents(2));
  bounded.run();
  assertCovered(bounded, 10_007);
  for (const { from, to } of bounded.tally.pieces) {
    assert.ok(to - from <= 104 && from % 8 === 0);
  }
});

test('nothing to do ends at once, without a master', () => {
  const cluster = new FakeCluster({ needs: NEEDS, work: { units: 0, unit: 'bytes' } }, agents(1));
  assert.deepEqual(cluster.run(), { type: 'finished' });
  assert.equal(cluster.tally.calls.size, 0);
});

test('what an earlier run has done is not done again', () => {
  const done = [{ from: 100, to: 400 }, { from: 900, to: 1000 }];
  const cluster = new FakeCluster({ needs: NEEDS, work: { units: 1000, unit: 'items' }, done }, agents(1));
  cluster.run();
  assert.equal(cluster.tally.merged, 600);
  assert.ok(cluster.tally.pieces.every(({ from, to }) => done.every((span) => to <= span.from || from >= span.to)));
});

test('with nothing left to launch offers are suppressed; a failure revives them', () => {
  let failed = false;
  for (let seed = 1; seed < 30 && !failed; seed++) {
    const work = { units: 400_000, unit: 'bytes', stepUnits: 100_000, exact: true };
    const cluster = new FakeCluster({ needs: NEEDS, work }, agents(2, 4), { taskFails: 0.2 }, seed);
    assert.deepEqual(cluster.run(), { type: 'finished' });
    assert.ok((cluster.tally.calls.get('SUPPRESS') ?? 0) >= 1);
    if (cluster.state.failedTasks === 0) assert.equal(cluster.tally.calls.get('REVIVE'), undefined);
    else {
      failed = true;
      assert.ok(cluster.tally.calls.get('REVIVE')! >= 1);
    }
  }
  assert.ok(failed);
});

test('a piece that keeps failing ends the job, with the reasons, after three tries on different agents', () => {
  const work = { units: 10, unit: 'items', stepUnits: 10, exact: true };
  const cluster = new FakeCluster({ needs: NEEDS, work }, agents(3), { taskFails: 1 });
  const end = cluster.run();
  assert.equal(end?.type, 'failed');
  assert.equal(cluster.tally.launched, 3);
  const reasons = end.type === 'failed' ? end.reasons : [];
  assert.equal(reasons.length, 3);
  assert.match(reasons[0]!, /^task 1 on a\d: TASK_FAILED/);
  assert.equal(new Set(reasons.map((reason) => /on (a\d)/.exec(reason)?.[1])).size, 3);
});

test('on one agent a failed piece is tried there again', () => {
  const cluster = new FakeCluster(
    { needs: NEEDS, work: { units: 10, unit: 'items', stepUnits: 10, exact: true } }, agents(1), { taskFails: 1 });
  assert.equal(cluster.run()?.type, 'failed');
  assert.equal(cluster.tally.launched, 3);
});

test('results that cannot be used are made again, three times at most', () => {
  const work = { units: 1000, unit: 'items', stepUnits: 100, exact: true };
  const good = new FakeCluster({ needs: NEEDS, work }, agents(2), { resultIsBroken: 0.1 }, 3);
  assert.deepEqual(good.run(), { type: 'finished' });
  assertCovered(good, 1000);
  assert.ok(good.state.failedTasks > 0);
  const bad = new FakeCluster({ needs: NEEDS, work }, agents(2), { resultIsBroken: 1 });
  const end = bad.run();
  assert.deepEqual(end, { type: 'failed', unavailable: false, reasons: ['broken', 'broken', 'broken'] });
});

test('a straggler at the end is doubled on another agent; the first result counts', () => {
  let doubled = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const work = { units: 4_000_000, unit: 'bytes', unitsPerSecond: 1e6 };
    const cluster = new FakeCluster({ needs: NEEDS, work }, agents(2), { taskHangs: 0.1 }, seed);
    assert.deepEqual(cluster.run(), { type: 'finished' });
    assertCovered(cluster, 4_000_000);
    if (cluster.state.launchedTasks > cluster.state.finishedTasks) doubled++;
    else assert.equal(cluster.tally.calls.get('KILL'), undefined);
  }
  assert.ok(doubled > 3, `${doubled} runs had doubles`);
});

test('offers too small for one task are declined and the reason is told once', () => {
  const cluster = new FakeCluster({ needs: { cpus: 4, memMb: 100 }, work: { units: 10, unit: 'items' } }, agents(2));
  assert.equal(cluster.run(60_000), null);
  assert.equal(cluster.tally.accepted, 0);
  assert.ok(cluster.tally.declined > 2);
  const told = cluster.logs.filter((text) => text.includes('a task needs cpus:4; mem:100'));
  assert.equal(told.length, 1);
  assert.match(cluster.state.hindrance, /but only cpus:2; mem:4096 is offered/);
});

test('the memory of the executor is counted where it does not run yet, and only there', () => {
  const small = { id: 'a', cpus: 8, mem: 332, speed: 1000 };
  const cluster = new FakeCluster({ needs: NEEDS, work: { units: 100_000, unit: 'bytes' } }, [small]);
  assert.deepEqual(cluster.run(), { type: 'finished' });
  assert.equal(cluster.tally.most, 3);
});

test('a stop cancels: the framework is torn down and nothing is merged any more', () => {
  const cluster = new FakeCluster({ needs: NEEDS, work: { units: 1e9, unit: 'bytes' } }, agents(2));
  cluster.run(2000);
  cluster.give({ type: 'JobStopped', at: cluster.nowMs, reason: 'cancelled', byUser: true });
  assert.deepEqual(cluster.end, { type: 'cancelled', reason: 'cancelled' });
  assert.equal(cluster.tally.calls.get('TEARDOWN'), 1);
  const { merged } = cluster.tally;
  cluster.give({ type: 'ResultTaken', at: cluster.nowMs, piece: 1, runMs: 1 });
  assert.equal(cluster.tally.merged, merged);
});

test('no master for too long fails the job as unavailable', () => {
  const work = { units: 10, unit: 'items' };
  const cluster = new FakeCluster({ needs: NEEDS, work, masterTimeoutMs: 5000 }, agents(1));
  const perform = cluster as unknown as { later: (ms: number, act: () => void) => void };
  perform.later = () => undefined;
  const end = cluster.run();
  assert.equal(end?.type, 'failed');
  assert.ok(end.type === 'failed' && end.unavailable);
});

test('whatever fails, each unit is merged once and the job ends', () => {
  const share = fc.constantFrom(0, 0, 0.02, 0.1);
  const troubles: fc.Arbitrary<Troubles> = fc.record({
    taskFails: fc.constantFrom(0, 0.02, 0.05), executorDies: share, agentGoes: share, linkBreaks: share,
    offerIsVoid: share, resultIsBroken: fc.constantFrom(0, 0.02), statusComesTwice: share, taskHangs: share,
  });
  const agent = fc.record({ cpus: fc.constantFrom(1, 2, 3.5, 8), mem: fc.constantFrom(150, 400, 4096) });
  const setting = fc.record({
    troubles,
    seed: fc.nat(),
    agents: fc.array(agent, { minLength: 1, maxLength: 5 }),
    units: fc.integer({ min: 1, max: 3_000_000 }),
    guess: fc.constantFrom(undefined, 1e4, 1e6, 1e8),
  });
  fc.assert(
    fc.property(setting, ({ troubles: given, seed, agents: some, units, guess }) => {
      const fakes = some.map((one, i) => ({ id: `a${i}`, speed: 1000, ...one }));
      const work = { units, unit: 'bytes', ...(guess === undefined ? {} : { unitsPerSecond: guess }) };
      const config = { needs: NEEDS, work, maxFailures: 20, maxLosses: 200 };
      const cluster = new FakeCluster(config, fakes, given, seed);
      assert.deepEqual(cluster.run(24 * 3_600_000), { type: 'finished' });
      assertCovered(cluster, units);
    }),
    { numRuns: 200 },
  );
});
