/** Offers: what they say, how they are used together, how they end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationMessage } from '../../src/protocol/offer.js';
import { ABLE, asExecutor, asFramework, asOffer, resources, START_MS, task, World } from './harness.js';

const MULTI = [{ type: 'MULTI_ROLE' }];

function launch(...taskInfos: ReturnType<typeof task>[]): OperationMessage {
  return { type: 'LAUNCH', launch: { taskInfos } };
}

test('[B64] an offer says where it is, what it is of, and what runs there already', () => {
  const masterDomain = { faultDomain: { region: { name: 'r' }, zone: { name: 'z' } } };
  const world = new World({ masterInfo: { id: 'master', ip: 1, port: 5050, domain: masterDomain } });
  const domain = { faultDomain: { region: { name: 'r' }, zone: { name: 'y' } } };
  const attributes = [{ name: 'rack', type: 'TEXT', text: 'a1' } as const];
  const peer = world.agentLink();
  const total = resources('cpus:4;mem:512;ports:[1-5]');
  const agentInfo = { hostname: 'h1', port: 5051, resources: total, attributes, domain };
  peer.send({ type: 'REGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: ABLE });
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  assert.deepEqual(offer, {
    id: 'master-O0',
    frameworkId: framework.id,
    agentId: 'master-S0',
    hostname: 'h1',
    url: { scheme: 'http', address: { hostname: 'h1', ip: '10.0.0.5', port: 5051 }, path: '/slave(1)' },
    domain,
    attributes,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: 4 },
      { name: 'mem', type: 'SCALAR', scalar: 512 },
      { name: 'ports', type: 'RANGES', ranges: [{ begin: 1, end: 5 }] },
    ],
  });
  const executor = { executorId: asExecutor('e1'), command: { value: 'run' } };
  framework.accept([offer], [launch(task('t', offer, 'cpus:1', { executor }))], 0);
  world.operator({ type: 'UPDATE_UNAVAILABILITY', agentId: offer.agentId, unavailability: { startMs: START_MS + 1 } });
  world.advance(1_000);
  const [next] = framework.offers();
  assert.deepEqual(next?.executorIds, ['e1']);
  assert.deepEqual(next.unavailability, { startMs: START_MS + 1 });
});

test('[B64] frameworks of several roles are told the role of an offer, others are not', () => {
  const world = new World();
  world.agent();
  const framework = world.framework({ capabilities: MULTI, roles: ['a'] });
  world.settle();
  const [offer] = framework.offers();
  assert.deepEqual(offer?.allocationInfo, { role: 'a' });
  assert.ok(offer.resources.every((resource) => resource.allocationInfo?.role === 'a'));
});

test('[B60] an offer is known until it is used, declined or rescinded', () => {
  const world = new World();
  const framework = world.framework();
  const filters = { refuseSeconds: 0 };
  const ends: ((id: string) => void)[] = [
    (id) => framework.send({ type: 'ACCEPT', offerIds: [asOffer(id)], filters }),
    (id) => framework.send({ type: 'DECLINE', offerIds: [asOffer(id), asOffer('unknown')], filters }),
    () => world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: '*', weight: 2 }] }),
  ];
  world.agent();
  for (const end of ends) {
    world.advance(1_000);
    const [offer] = framework.offers();
    assert.equal(world.state.offers.size, 1);
    end(offer!.id);
    assert.equal(world.state.offers.size, 0);
    assert.equal(world.state.frameworks.get(framework.id)!.offers.size, 0);
  }
  const { counters } = world.state.frameworks.get(framework.id)!;
  const { offersSent, offersAccepted, offersDeclined, offersRescinded } = counters;
  assert.deepEqual([offersSent, offersAccepted, offersDeclined, offersRescinded], [3, 1, 1, 1]);
});

test('[B60] only its own framework can decline or use an offer', () => {
  const world = new World();
  world.agent();
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  const thief = world.framework();
  thief.send({ type: 'DECLINE', offerIds: [offer!.id] });
  thief.launch(offer!, task('t', offer!));
  assert.equal(world.state.offers.size, 1);
  const [status] = thief.statuses();
  const owners = `Offer ${offer!.id} has invalid framework ${framework.id} while framework ${thief.id} is expected`;
  assert.equal(status?.message, `Task launched with invalid offers: ${owners}`);
});

test('[B62][B63] an offer that is not answered in time is rescinded and made anew', () => {
  const world = new World({ offerTimeoutMs: 30_000 });
  world.agent();
  const framework = world.framework();
  world.settle();
  const [first] = framework.offers();
  world.advance(10_000);
  world.agent();
  world.advance(1_000);
  const [second] = framework.offers();
  world.advance(18_000);
  assert.deepEqual(framework.take('RESCIND'), []);
  world.advance(1_000);
  assert.deepEqual(framework.take('RESCIND'), [{ type: 'RESCIND', offerId: first!.id }]);
  world.advance(1_000);
  assert.equal(framework.offers().length, 1);
  world.advance(9_000);
  assert.deepEqual(framework.take('RESCIND'), [{ type: 'RESCIND', offerId: second!.id }]);
  const patient = new World();
  patient.agent();
  const calm = patient.framework();
  patient.advance(10 ** 9);
  assert.deepEqual(calm.take('RESCIND'), [], 'without a time-out offers are held for ever');
});

test('[B63] a rescinded offer cannot be used any more', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }] });
  world.settle();
  const [offer] = framework.offers();
  world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: '*', weight: 3 }] });
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  framework.launch(offer!, task('t', offer!));
  assert.deepEqual(agent.take('RUN_TASK'), []);
  const [status] = framework.statuses();
  assert.deepEqual(
    { ...status, timestamp: 0 },
    {
      taskId: 't',
      state: 'TASK_DROPPED',
      message: `Task launched with invalid offers: Offer ${offer!.id} is no longer valid`,
      source: 'SOURCE_MASTER',
      reason: 'REASON_INVALID_OFFERS',
      agentId: agent.id,
      timestamp: 0,
    },
  );
});

test('[B160][B159] tasks on invalid offers are dropped, or lost for frameworks that know no better', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework();
  framework.launch({ id: asOffer('none'), agentId: agent.id } as never, task('t', { agentId: agent.id }));
  const [status] = framework.statuses();
  assert.deepEqual([status?.state, status?.reason], ['TASK_LOST', 'REASON_INVALID_OFFERS']);
  framework.send({ type: 'ACCEPT', offerIds: [], operations: [launch(task('u', { agentId: agent.id }))] });
  assert.equal(framework.statuses()[0]?.message, 'Task launched with invalid offers: No offers specified');
  assert.equal(world.state.counters.ended.TASK_LOST, 2);
});

test('[B66] offers of one agent and role are used as one', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:1000');
  const framework = world.framework();
  world.settle();
  const [first] = framework.offers();
  framework.launch(first!, task('t1', first!, 'cpus:2;mem:500'));
  agent.update(framework.id, agent.status('t1', 'TASK_RUNNING'));
  framework.statuses();
  world.advance(6_000);
  const [rest] = framework.offers();
  agent.update(framework.id, agent.status('t1', 'TASK_FINISHED'));
  world.advance(1_000);
  const [freed] = framework.offers();
  agent.take();
  framework.accept([rest!, freed!], [launch(task('t2', rest!, 'cpus:4;mem:1000'))]);
  assert.equal(agent.take('RUN_TASK').length, 1);
  assert.equal(world.state.offers.size, 0);
});

test('[B66] offers of different agents or roles are not', () => {
  const world = new World();
  world.agent();
  world.agent();
  const framework = world.framework({ capabilities: MULTI, roles: ['a', 'b'] });
  world.settle();
  const offers = framework.offers();
  assert.equal(offers.length, 2);
  framework.accept(offers, [launch(task('t', offers[0]!))]);
  assert.match(framework.statuses()[0]?.message ?? '', /Aggregated offers must (be allocated to the same role|belong)/);
  assert.equal(world.state.offers.size, 0, 'both are taken back');
  world.advance(1_000);
  assert.equal(framework.offers().length, 2, 'without a filter');
});

test('[B65] what a task does not use is declined with the filters of the call', () => {
  const world = new World();
  world.agent('cpus:4;mem:1000');
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  framework.accept([offer!], [launch(task('t', offer!, 'cpus:1;mem:100'))], 20);
  world.advance(19_000);
  assert.deepEqual(framework.offers(), []);
  world.advance(2_000);
  assert.deepEqual(framework.offers()[0]?.resources.map((one) => one.scalar), [3, 900]);
});

test('[B61] inverse offers: sent for a maintenance window, answered, rescinded with it, timed out', () => {
  const world = new World({ offerTimeoutMs: 60_000 });
  const agent = world.agent();
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, task('t', offer!));
  const unavailability = { startMs: START_MS + 1_000_000, durationMs: 1_000 };
  assert.equal(world.operator({ type: 'UPDATE_UNAVAILABILITY', agentId: agent.id, unavailability }).status, 200);
  world.settle();
  const [inverse] = framework.takeOne('INVERSE_OFFERS').inverseOffers;
  const address = { hostname: `host${agent.link}`, ip: '10.0.0.5', port: 5051 };
  const url = { scheme: 'http', address, path: '/slave(1)' };
  assert.deepEqual(inverse, { id: inverse!.id, frameworkId: framework.id, agentId: agent.id, url, unavailability });
  assert.equal(world.state.inverseOffers.size, 1);
  const inverseOfferIds = [inverse.id, asOffer('x')];
  framework.send({ type: 'ACCEPT_INVERSE_OFFERS', inverseOfferIds, filters: { refuseSeconds: 5 } });
  assert.equal(world.state.inverseOffers.size, 0);
  assert.deepEqual(world.state.allocator.inverseOfferStatuses(), { [agent.id]: { [framework.id]: 'ACCEPT' } });
  world.advance(6_000);
  const [second] = framework.takeOne('INVERSE_OFFERS').inverseOffers;
  framework.send({ type: 'DECLINE_INVERSE_OFFERS', inverseOfferIds: [second!.id], filters: { refuseSeconds: 0 } });
  assert.deepEqual(world.state.allocator.inverseOfferStatuses(), { [agent.id]: { [framework.id]: 'DECLINE' } });
  world.advance(1_000);
  const [third] = framework.takeOne('INVERSE_OFFERS').inverseOffers;
  world.advance(60_000);
  assert.equal(framework.take('RESCIND_INVERSE_OFFER')[0]?.inverseOfferId, third!.id);
  world.advance(1_000);
  const [fourth] = framework.take('INVERSE_OFFERS').at(-1)!.inverseOffers;
  world.operator({ type: 'UPDATE_UNAVAILABILITY', agentId: agent.id, unavailability: null });
  assert.equal(framework.take('RESCIND_INVERSE_OFFER').at(-1)?.inverseOfferId, fourth!.id);
  assert.equal(world.state.inverseOffers.size, 0);
  const unknown = { type: 'UPDATE_UNAVAILABILITY', agentId: 'x', unavailability: null } as const;
  assert.equal(world.operator(unknown as never).body, 'No agent found with specified ID');
});

test('[A1][A4] the allocator gets its options, is asked once for a turn of many events, and gives fair shares', () => {
  const world = new World({ weights: [{ role: 'heavy', weight: 3 }] });
  const heavy = world.framework({ capabilities: MULTI, roles: ['heavy'] });
  const light = world.framework({ capabilities: MULTI, roles: ['light'] });
  for (let i = 0; i < 8; i++) world.agent('cpus:1;mem:100');
  const settings = world.log.filter((effect) => effect.type === 'SetTimer' && effect.timer === 'allocate');
  assert.ok(settings.length <= 3, `${settings.length} settings of the timer for ten events`);
  world.settle();
  assert.equal(world.state.counters.plain.slave_registrations, 8);
  assert.deepEqual([heavy.offers().length, light.offers().length], [6, 2]);
  assert.equal(world.state.allocator.metrics()['allocator/mesos/allocation_runs'], 2);
});

test('an offer to a framework that has gone meanwhile comes back to the allocator', () => {
  const world = new World();
  world.agent();
  const framework = world.framework({ failoverTimeoutSeconds: 10 });
  framework.close();
  world.settle();
  assert.equal(world.state.offers.size, 0);
  assert.equal(world.state.frameworks.get(asFramework('master-0000'))!.offers.size, 0);
});

test('what an ended task gives back is offered at once, but not sooner than so long after another allocation', () => {
  const world = new World({ reofferIntervalMs: 5 });
  const agent = world.agent('cpus:2;mem:512');
  const framework = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }] });
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, task('t1', offer!, 'cpus:1;mem:256'), task('t2', offer!, 'cpus:1;mem:256'));
  world.advance(10);
  agent.update(framework.id, agent.status('t1', 'TASK_FINISHED'));
  world.settle();
  assert.equal(framework.offers().length, 1, 'in the same turn');
  agent.update(framework.id, agent.status('t2', 'TASK_FINISHED'));
  world.advance(4);
  assert.equal(framework.offers().length, 0);
  world.advance(1);
  assert.equal(framework.offers().length, 1);
  assert.ok(world.nowMs < START_MS + 1000, 'before the next batch');
});
