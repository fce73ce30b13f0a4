/**
 * Oversubscription, maintenance, placement and metrics, feature by feature: what frameworks must be able to take.
 */
import assert from 'node:assert/strict';
import { type Cluster, lot, res, reserved, sameLines, scenario, text, volume } from './fixtures.js';

const INTERVAL = 1000;

function revocable(cpus: number): ReturnType<typeof lot> {
  return lot('cpus', cpus, { revocable: true });
}

scenario('[A89] revocable resources are offered as such, to those who opted in', (make) => {
  const c = make();
  c.framework('f', 'r');
  c.agent('s', res('cpus:2').plus(revocable(3)));
  assert.deepEqual(c.now(), ['f r s cpus:2']);
  c.framework('g', 'r', { capabilities: ['REVOCABLE_RESOURCES'] });
  c.now();
  const [, offer] = c.out;
  assert.equal(offer!.frameworkId, 'g');
  assert.ok(offer!.resources.equals(revocable(3)));
  assert.ok(offer!.resources.lots.every((one) => one.descriptor.revocable));
});

scenario('[A90] a new estimate replaces the revocable part of the total', (make) => {
  const c = make();
  c.framework('f', 'r', { capabilities: ['REVOCABLE_RESOURCES'] });
  c.agent('s', res('cpus:2').plus(revocable(3)));
  c.now();
  c.giveBack(null);
  const estimate = (cpus: number): void =>
    c.allocator.updateAgent('s', { total: c.allocator.agent('s').total.nonRevocable().plus(revocable(cpus)) });
  estimate(1);
  assert.equal(c.metric('resources/cpus/total'), 3);
  c.now();
  assert.ok(c.out[0]!.resources.equals(res('cpus:2').plus(revocable(1))));
  // While one is held, a larger estimate offers the difference, a smaller one nothing.
  estimate(4);
  c.now();
  assert.ok(c.out[1]!.resources.equals(revocable(3)));
  estimate(2);
  assert.deepEqual(c.now(), []);
  c.giveBack(null);
  c.after(INTERVAL);
  assert.ok(c.out[0]!.resources.equals(res('cpus:2').plus(revocable(2))));
});

/** Inverse offers of a run, `framework agent start`. */
function inverse(c: Cluster, afterMs = 0): string[] {
  const { inverseOffers } = c.allocator.run(c.allocator.clockMs + afterMs);
  return inverseOffers.map(({ frameworkId, agentId, unavailability }) => {
    return `${frameworkId} ${agentId} ${unavailability.startMs}`;
  });
}

/** f and g hold something on agent s, idle does not. */
function holders(c: Cluster): Cluster {
  for (const id of ['f', 'g', 'idle']) c.framework(id, id);
  const used = ['f', 'g'].map((id) => ({ frameworkId: id, role: id, resources: res('cpus:1') }));
  c.agent('s', 'cpus:2', { used });
  c.agent('t', 'mem:5');
  c.now();
  return c;
}

scenario('[A91] active frameworks that hold something on the machine get an inverse offer: the window', (make) => {
  const c = holders(make());
  assert.deepEqual(inverse(c), []);
  c.allocator.deactivateFramework('g');
  c.allocator.updateUnavailability('s', { startMs: 60_000, durationMs: 5000 });
  const { offers, inverseOffers } = c.allocator.run(0);
  assert.deepEqual(offers, []);
  const window = { startMs: 60_000, durationMs: 5000 };
  assert.deepEqual(inverseOffers, [{ frameworkId: 'f', agentId: 's', unavailability: window }]);
  c.allocator.activateFramework('g');
  assert.deepEqual(inverse(c), ['g s 60000']);
});

scenario('[A92] at most one inverse offer is outstanding; the last answer is kept', (make) => {
  const c = holders(make());
  const { allocator } = c;
  allocator.updateUnavailability('s', { startMs: 60_000 });
  assert.deepEqual(inverse(c), ['f s 60000', 'g s 60000']);
  assert.deepEqual(inverse(c, INTERVAL), []);
  assert.deepEqual(allocator.inverseOfferStatuses(), { s: {} });
  allocator.updateInverseOffer('s', 'f', 'ACCEPT');
  allocator.updateInverseOffer('s', 'g', 'DECLINE', { refuseSeconds: 2 });
  assert.deepEqual(allocator.inverseOfferStatuses(), { s: { f: 'ACCEPT', g: 'DECLINE' } });
  assert.deepEqual(inverse(c, INTERVAL), ['f s 60000']);
  // Taken back: no answer, so the last one stays.
  allocator.updateInverseOffer('s', 'f', null);
  assert.deepEqual(allocator.inverseOfferStatuses(), { s: { f: 'ACCEPT', g: 'DECLINE' } });
  assert.deepEqual(inverse(c, INTERVAL), ['f s 60000', 'g s 60000']);
  allocator.updateUnavailability('s', null);
  assert.deepEqual(allocator.inverseOfferStatuses(), {});
});

scenario('[A93] offers from a machine with a planned window carry it', (make) => {
  const c = make();
  const unavailability = { startMs: 60_000, durationMs: 5000 };
  c.framework('f', 'r');
  c.agent('s', 'cpus:1', { unavailability });
  c.agent('t', 'cpus:1');
  c.now();
  const windows = (): object => Object.fromEntries(c.out.map((offer) => [offer.agentId, offer.unavailability]));
  assert.deepEqual(windows(), { s: unavailability, t: null });
  c.giveBack();
  c.allocator.updateUnavailability('s', null);
  c.allocator.updateUnavailability('t', { startMs: 7 });
  c.after(INTERVAL);
  assert.deepEqual(windows(), { s: null, t: { startMs: 7 } });
});

scenario('[A94] agents with gpus are for frameworks that opt in, unless the filter is off', (make) => {
  for (const filterGpuResources of [undefined, true, false]) {
    const c = make(filterGpuResources === undefined ? {} : { filterGpuResources });
    c.framework('f', 'r');
    c.agent('s', 'cpus:1;gpus:2');
    assert.equal(c.now().length, filterGpuResources === false ? 1 : 0);
    c.giveBack();
    c.allocator.suppressOffers('f');
    c.framework('g', 'r', { capabilities: ['GPU_RESOURCES'] });
    assert.deepEqual(c.now(), ['g r s cpus:1;gpus:2']);
  }
});

scenario('[A95] agents of another region are for REGION_AWARE frameworks; without a domain all are near', (make) => {
  const near = { region: 'west', zone: 'w2' };
  const far = { region: 'east', zone: 'e1' };
  const offeredTo = (capabilities: string[], domain?: typeof near): string[] => {
    const c = make(domain === undefined ? {} : { domain });
    c.framework('f', 'r', { capabilities });
    c.agent('near', 'cpus:1', { domain: near });
    c.agent('far', 'cpus:1', { domain: far });
    c.agent('unknown', 'cpus:1');
    c.now();
    return c.out.map((offer) => offer.agentId).sort();
  };
  const master = { region: 'west', zone: 'w1' };
  assert.deepEqual(offeredTo([], master), ['near', 'unknown']);
  assert.deepEqual(offeredTo(['REGION_AWARE'], master), ['far', 'near', 'unknown']);
  assert.deepEqual(offeredTo([]), ['far', 'near', 'unknown']);
});

scenario('[A99] agents that lack MULTI_ROLE or HIERARCHICAL_ROLE are not offered to those who need it', (make) => {
  const c = make();
  c.agent('plain', 'cpus:1', { capabilities: [] });
  c.agent('flat', 'cpus:1', { capabilities: ['MULTI_ROLE'] });
  c.agent('deep', 'cpus:1', { capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] });
  c.framework('nested', 'a/b');
  assert.deepEqual(c.now(), ['nested a/b deep cpus:1']);
  c.giveBack();
  c.allocator.removeFramework('nested');
  c.framework('multi', 'a');
  sameLines(c.now(), ['multi a deep cpus:1', 'multi a flat cpus:1']);
  c.giveBack();
  c.allocator.removeFramework('multi');
  c.framework('old', 'a', { capabilities: [] });
  sameLines(c.now(), ['old a deep cpus:1', 'old a flat cpus:1', 'old a plain cpus:1']);
  c.giveBack();
  c.allocator.removeFramework('old');
  c.framework('oldNested', 'a/b', { capabilities: [] });
  assert.deepEqual(c.now(), ['oldNested a/b deep cpus:1']);
});

scenario('[A99] refined, shared and revocable parts are left out for those who cannot read them', (make) => {
  const parts = {
    RESERVATION_REFINEMENT: reserved('mem', 32, 'r', 'r/s'),
    SHARED_RESOURCES: volume('r/s', 'v', 10, true),
    REVOCABLE_RESOURCES: revocable(1),
  };
  const all = Object.values(parts).reduce((sum, part) => sum.plus(part), res('cpus:2'));
  const names = Object.keys(parts) as (keyof typeof parts)[];
  for (const capabilities of [[], ...names.map((name) => [name]), names]) {
    const c = make();
    c.framework('f', 'r/s', { capabilities });
    c.agent('s', all);
    c.now();
    const expected = capabilities.reduce((sum, name) => sum.plus(parts[name]), res('cpus:2'));
    assert.ok(c.out[0]!.resources.equals(expected), `${capabilities.join(' ')}: ${text(c.out[0]!.resources)}`);
  }
});

scenario('[A100] metrics count runs, totals, what is offered or allocated, and shares', (make) => {
  const c = make();
  assert.equal(c.metric('allocation_runs'), 0);
  c.framework('f', 'a');
  c.framework('g', 'b');
  c.agent('s', 'cpus:4;mem:100;gold:2');
  c.agent('t', 'cpus:4', { used: [{ frameworkId: 'g', role: 'b', resources: res('cpus:4') }] });
  c.now();
  c.allocator.recoverResources('f', 's', 'a', res('cpus:2'));
  assert.equal(c.metric('allocation_runs'), 1);
  const expected = { cpus: [8, 6], mem: [100, 100], disk: [0, 0], gold: [2, 2] };
  for (const [name, [total, used]] of Object.entries(expected)) {
    assert.equal(c.metric(`resources/${name}/total`), total, name);
    assert.equal(c.metric(`resources/${name}/offered_or_allocated`), used, name);
  }
  assert.equal(c.metric('roles/a/shares/dominant'), 1);
  assert.equal(c.metric('roles/b/shares/dominant'), 0.5);
  assert.equal(c.metric('allocation_run_ms'), undefined);
});

scenario('[A100] with a stopwatch the times and delays of runs are measured', (make) => {
  let nowMs = 0;
  const c = make({ stopwatch: () => (nowMs += 1) });
  c.framework('f', 'r');
  c.agent('s', 'cpus:1');
  nowMs = 10;
  c.now();
  for (let i = 0; i < 9; i++) c.after(INTERVAL);
  assert.equal(c.metric('allocation_runs'), 10);
  assert.equal(c.metric('allocation_run_ms'), 1);
  assert.equal(c.metric('allocation_run_ms/count'), 10);
  for (const name of ['min', 'max', 'p50', 'p90', 'p95', 'p99', 'p999', 'p9999']) {
    assert.equal(c.metric(`allocation_run_ms/${name}`), 1, name);
  }
  // The first run had been asked for ten ticks before; the batches are nobody's request.
  assert.equal(c.metric('allocation_run_latency_ms/max'), 10);
  assert.equal(c.metric('allocation_run_latency_ms/min'), 0);
});
