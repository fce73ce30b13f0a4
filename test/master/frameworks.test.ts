/** Frameworks: subscribing, failing over, updating, going away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asFramework, asTask, task, World } from './harness.js';

const MULTI = [{ type: 'MULTI_ROLE' }];

test('[B5][B46][B12][B6] a new framework gets an id, the master info, a heartbeat at once and then regularly', () => {
  const address = { hostname: 'known-as', ip: '127.0.0.1', port: 5050 };
  const named = { id: 'master', ip: 16777343, port: 5050, pid: 'master@127.0.0.1:5050', hostname: 'known-as' };
  const masterInfo = { ...named, version: '1.11.0', address, capabilities: [{ type: 'AGENT_UPDATE' }] };
  const world = new World({ masterInfo });
  const peer = world.frameworkLink();
  peer.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'nobody', name: 'f' } });
  const [subscribed, beat] = peer.take();
  assert.deepEqual(subscribed, {
    type: 'SUBSCRIBED',
    frameworkId: 'master-0000',
    heartbeatIntervalSeconds: 15,
    masterInfo: { ...masterInfo },
  });
  assert.deepEqual(beat, { type: 'HEARTBEAT' });
  world.advance(45_000);
  assert.equal(peer.take('HEARTBEAT').length, 3);
  assert.equal(world.framework().id, 'master-0001');
  peer.close();
  assert.ok(!world.timers.has('heartbeat/master-0000'));
});

test('[B46] a refused subscription is told why and closed; the master counts it', () => {
  const world = new World({ roles: ['a'], rootSubmissions: false });
  const refusals = [
    [{ roles: ['b'] }, "Roles { b } are not present in the master's --roles"],
    [{ roles: ['a'], user: 'root' }, "User 'root' is not allowed to run frameworks without --root_submissions set"],
    [{ roles: ['a', 'a'] }, "'FrameworkInfo.roles' contains duplicate items: { a }"],
  ] as const;
  for (const [info, message] of refusals) {
    const peer = world.frameworkLink();
    const whole = { user: 'nobody', name: 'f', capabilities: MULTI, ...info, roles: [...info.roles] };
    peer.send({ type: 'SUBSCRIBE', frameworkInfo: whole });
    assert.deepEqual(peer.take(), [{ type: 'ERROR', message }]);
    assert.equal(peer.closed, message);
  }
  assert.equal(world.state.frameworks.size, 0);
  assert.equal(world.state.counters.plain.messages_register_framework, 3);
});

test('[B46] suppressed roles and offer constraints of foreign roles are refused, good ones are kept', () => {
  const world = new World();
  world.agent();
  const peer = world.frameworkLink();
  const frameworkInfo = { user: 'nobody', name: 'f', capabilities: MULTI, roles: ['a'] };
  peer.send({ type: 'SUBSCRIBE', frameworkInfo, suppressedRoles: ['b'] });
  const text = 'Suppressed roles { b } are not contained in the set of roles';
  assert.equal(peer.takeOne('ERROR').message, text);
  const other = world.frameworkLink();
  const selector = { pseudoattributeType: 'HOSTNAME' } as const;
  const groups = [{ attributeConstraints: [{ selector, predicate: { textEquals: { value: 'elsewhere' } } }] }];
  other.send({ type: 'SUBSCRIBE', frameworkInfo, offerConstraints: { roleConstraints: { a: { groups } } } });
  assert.equal(other.take('SUBSCRIBED').length, 1);
  world.advance(2_000);
  assert.deepEqual(other.offers(), [], 'no agent is called elsewhere');
  const third = world.frameworkLink();
  const none = { roleConstraints: { a: { groups: [] } } };
  third.send({ type: 'SUBSCRIBE', frameworkInfo, offerConstraints: none });
  assert.match(third.takeOne('ERROR').message, /^Offer constraints are not valid: /);
});

test('[B46] a framework that subscribes twice on one link is answered again', () => {
  const world = new World();
  const peer = world.framework();
  peer.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'nobody', name: 'test' } });
  assert.equal(peer.takeOne('SUBSCRIBED').frameworkId, peer.id);
  assert.equal(world.state.frameworks.size, 1);
});

test('[B47] the same id on another link takes over: the old one hears "Framework failed over" and is closed', () => {
  const world = new World();
  const agent = world.agent();
  const old = world.framework({ failoverTimeoutSeconds: 60 });
  world.settle();
  const [offer] = old.offers();
  old.launch(offer!, task('t', offer!));
  world.advance(6_000);
  assert.equal(old.offers().length, 1);
  const fresh = world.frameworkLink();
  const info = { user: 'nobody', name: 'newer', id: old.id, failoverTimeoutSeconds: 60 };
  fresh.send({ type: 'SUBSCRIBE', frameworkId: old.id, frameworkInfo: info });
  assert.deepEqual(old.take('ERROR'), [{ type: 'ERROR', message: 'Framework failed over' }]);
  assert.equal(old.closed, 'Framework failed over');
  assert.deepEqual(old.take('RESCIND'), [], 'offers of the old link go without a word');
  assert.equal(fresh.takeOne('SUBSCRIBED').frameworkId, old.id);
  const framework = world.state.frameworks.get(old.id)!;
  assert.equal(framework.info.name, 'newer');
  assert.equal(framework.offers.size, 0);
  assert.equal(framework.tasks.size, 1);
  assert.equal(agent.takeOne('UPDATE_FRAMEWORK_INFO').frameworkInfo.name, 'newer');
  assert.ok(!world.timers.has(`failover/${old.id}`));
  world.advance(1_000);
  assert.equal(fresh.offers().length, 1, 'offers go to the new link');
  agent.update(old.id, agent.status('t', 'TASK_RUNNING'));
  assert.equal(fresh.statuses()[0]?.state, 'TASK_RUNNING');
  assert.deepEqual(old.statuses(), []);
});

test('[B47] on the same link a subscription with the id rescinds the offers and goes on', () => {
  const world = new World();
  world.agent();
  const peer = world.framework();
  world.settle();
  const [offer] = peer.offers();
  peer.send({ type: 'SUBSCRIBE', frameworkId: peer.id, frameworkInfo: { user: 'nobody', name: 'test', id: peer.id } });
  assert.equal(peer.takeOne('RESCIND').offerId, offer?.id);
  assert.equal(peer.takeOne('SUBSCRIBED').frameworkId, peer.id);
  assert.equal(peer.closed, null);
});

test('[B47][B46] user and checkpoint stay as they were, another principal is refused', () => {
  const world = new World();
  const old = world.framework({ principal: 'p', failoverTimeoutSeconds: 60 });
  const fresh = world.frameworkLink();
  const info = { name: 'test', id: old.id, user: 'other', checkpoint: true };
  fresh.send({ type: 'SUBSCRIBE', frameworkId: old.id, frameworkInfo: { ...info, principal: 'q' } });
  assert.equal(fresh.takeOne('ERROR').message, "Changing framework's principal is not allowed.");
  assert.equal(old.closed, null);
  const third = world.frameworkLink();
  third.send({ type: 'SUBSCRIBE', frameworkId: old.id, frameworkInfo: { ...info, principal: 'p' } });
  assert.equal(third.take('SUBSCRIBED').length, 1);
  const framework = world.state.frameworks.get(old.id)!;
  assert.equal(framework.info.user, 'nobody');
  assert.equal(framework.info.checkpoint, false);
});

test('[B47] an id that the master does not know is taken as given', () => {
  const world = new World();
  const peer = world.frameworkLink();
  const id = asFramework('another-master-0007');
  peer.send({ type: 'SUBSCRIBE', frameworkId: id, frameworkInfo: { user: 'nobody', name: 'f', id } });
  assert.equal(peer.takeOne('SUBSCRIBED').frameworkId, id);
});

test('[B46] the id beside the call and the id in it must agree', () => {
  const world = new World();
  const peer = world.frameworkLink();
  peer.send({ type: 'SUBSCRIBE', frameworkId: asFramework('x'), frameworkInfo: { user: 'nobody', name: 'f' } });
  assert.equal(peer.takeOne('ERROR').message, "'framework_id' differs from 'subscribe.framework_info.id'");
});

test('[B48][B49] a disconnected framework keeps its tasks, gets no offers, is removed when its time is over', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework({ failoverTimeoutSeconds: 100, checkpoint: true });
  const other = world.framework({ name: 'other' });
  world.settle();
  const offers = [...framework.offers(), ...other.offers()];
  const mine = offers.find((offer) => offer.frameworkId === framework.id);
  assert.ok(mine !== undefined);
  framework.launch(mine, task('t', mine));
  agent.take();
  framework.close();
  const record = world.state.frameworks.get(framework.id)!;
  assert.equal(record.active, false);
  assert.equal(record.tasks.size, 1);
  world.advance(50_000);
  assert.ok(other.offers().length > 0, 'what it does not use goes to others');
  assert.equal(record.offers.size, 0);
  assert.equal(world.state.frameworks.has(framework.id), true);
  world.advance(50_000);
  assert.equal(world.state.frameworks.has(framework.id), false);
  assert.deepEqual(agent.take('SHUTDOWN_FRAMEWORK'), [{ type: 'SHUTDOWN_FRAMEWORK', frameworkId: framework.id }]);
});

test('[B48] without a failover time-out a framework is removed as soon as its link is gone', () => {
  const world = new World();
  const framework = world.framework();
  framework.close();
  world.settle();
  assert.equal(world.state.frameworks.size, 0);
  assert.equal(world.state.completedFrameworks.has(framework.id), true);
});

test('[B49] offers of a framework that goes are rescinded and offered to others', () => {
  const world = new World();
  world.agent();
  const framework = world.framework({ failoverTimeoutSeconds: 100 });
  world.settle();
  assert.equal(framework.offers().length, 1);
  framework.close();
  assert.equal(world.state.offers.size, 0);
  assert.equal(world.state.frameworks.get(framework.id)!.counters.offersRescinded, 1);
  const other = world.framework();
  world.settle();
  assert.equal(other.offers().length, 1);
});

test('[B50] teardown: executors shut down, tasks killed, the link closed, the id never used again', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework({ failoverTimeoutSeconds: 100 });
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, task('t', offer!));
  agent.take();
  framework.send({ type: 'TEARDOWN' });
  assert.deepEqual(agent.take(), [{ type: 'SHUTDOWN_FRAMEWORK', frameworkId: framework.id }]);
  assert.deepEqual(framework.take('UPDATE'), [], 'no further updates');
  assert.equal(framework.closed, 'framework removed');
  assert.equal(world.state.frameworks.size, 0);
  const [killed] = world.state.completedFrameworks.get(framework.id)!.completedTasks.toArray();
  assert.equal(killed?.state, 'TASK_KILLED');
  assert.equal(killed.statuses.at(-1)?.reason, 'REASON_FRAMEWORK_REMOVED');
  const again = world.frameworkLink();
  const info = { user: 'nobody', name: 'test', id: framework.id };
  again.send({ type: 'SUBSCRIBE', frameworkId: framework.id, frameworkInfo: info });
  assert.equal(again.takeOne('ERROR').message, 'Framework has been removed');
});

test('[B50][B57] an id stays used when the framework has long been forgotten', () => {
  const world = new World({ maxCompletedFrameworks: 2 });
  const first = world.framework();
  first.send({ type: 'TEARDOWN' });
  for (let i = 0; i < 3; i++) world.framework().send({ type: 'TEARDOWN' });
  assert.deepEqual([...world.state.completedFrameworks.keys()], ['master-0002', 'master-0003']);
  world.state.removedFrameworkIds.clear();
  const again = world.frameworkLink();
  const frameworkInfo = { user: 'nobody', name: 'test', id: first.id };
  again.send({ type: 'SUBSCRIBE', frameworkId: first.id, frameworkInfo });
  assert.equal(again.takeOne('ERROR').message, 'Framework has been removed');
});

test('[B51] an update replaces all but user, checkpoint and principal', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework({ capabilities: MULTI, roles: ['a', 'b'], failoverTimeoutSeconds: 5 });
  world.settle();
  const offers = framework.offers();
  assert.equal(offers.length, 1);
  const kept = offers[0]!.allocationInfo!.role === 'a' ? 'b' : 'a';
  const labels = [{ key: 'k', value: 'v' }];
  const info = { user: 'nobody', id: framework.id, name: 'renamed', roles: [kept], capabilities: MULTI, labels };
  framework.send({ type: 'UPDATE_FRAMEWORK', frameworkInfo: { ...info, failoverTimeoutSeconds: 9 } });
  assert.equal(framework.takeOne('RESCIND').offerId, offers[0]!.id, 'offers in roles that it left are rescinded');
  assert.deepEqual(framework.take('ERROR'), []);
  const record = world.state.frameworks.get(framework.id)!;
  assert.deepEqual([...record.roles], [kept]);
  assert.equal(record.info.failoverTimeoutSeconds, 9);
  assert.deepEqual(agent.takeOne('UPDATE_FRAMEWORK_INFO').frameworkInfo.labels, labels);
  framework.send({ type: 'UPDATE_FRAMEWORK', frameworkInfo: { ...info, failoverTimeoutSeconds: 9 } });
  assert.deepEqual(agent.take('UPDATE_FRAMEWORK_INFO'), [], 'nothing has changed');
  framework.send({ type: 'UPDATE_FRAMEWORK', frameworkInfo: { ...info, user: 'x' } });
  const text = "Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'nobody' to 'x'";
  assert.equal(framework.takeOne('ERROR').message, `FrameworkInfo update is not valid: ${text}`);
  framework.send({ type: 'UPDATE_FRAMEWORK', frameworkInfo: { ...info, roles: ['', 'a'] } });
  assert.match(framework.takeOne('ERROR').message, /^Supplied FrameworkInfo is not valid: /);
  framework.send({ type: 'UPDATE_FRAMEWORK', frameworkInfo: info, suppressedRoles: ['zz'] });
  assert.match(framework.takeOne('ERROR').message, /^'UpdateFramework' call is not valid: Suppressed roles/);
  assert.equal(framework.closed, null);
});

test('[B52] capabilities decide what is offered and what is told', () => {
  const world = new World();
  world.agent('cpus:4;mem:1024;gpus:1');
  const plain = world.framework();
  world.settle();
  assert.deepEqual(plain.offers(), [], 'agents with gpus are for frameworks that say GPU_RESOURCES');
  plain.send({ type: 'TEARDOWN' });
  const capabilities = [{ type: 'GPU_RESOURCES' }, ...MULTI, { type: 'FROM_THE_FUTURE' }];
  const able = world.framework({ capabilities, roles: ['a'] });
  world.settle();
  const [offer] = able.offers();
  assert.equal(offer?.allocationInfo?.role, 'a');
  assert.equal(offer.resources[0]?.allocationInfo?.role, 'a');
});

test('suppressing and reviving; roles that are not its own drop the whole call', () => {
  const world = new World();
  const framework = world.framework({ capabilities: MULTI, roles: ['a', 'b'] }, { suppressedRoles: ['a'] });
  world.agent();
  world.settle();
  assert.deepEqual(framework.offers().map((offer) => offer.allocationInfo?.role), ['b']);
  framework.send({ type: 'SUPPRESS', roles: ['b', 'z'] });
  assert.deepEqual([...world.state.frameworks.get(framework.id)!.suppressedRoles], ['a']);
  framework.send({ type: 'SUPPRESS' });
  world.agent();
  world.advance(3_000);
  assert.deepEqual(framework.offers(), []);
  framework.send({ type: 'REVIVE', roles: ['z'] });
  world.advance(3_000);
  assert.deepEqual(framework.offers(), []);
  framework.send({ type: 'REVIVE', roles: ['a'] });
  world.settle();
  assert.deepEqual(framework.offers().map((offer) => offer.allocationInfo?.role), ['a']);
  framework.send({ type: 'REVIVE' });
  assert.equal(world.state.frameworks.get(framework.id)!.suppressedRoles.size, 0);
});

test('reviving drops the filters of what was declined', () => {
  const world = new World();
  world.agent();
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  framework.send({ type: 'DECLINE', offerIds: [offer!.id], filters: { refuseSeconds: 1000 } });
  world.advance(5_000);
  assert.deepEqual(framework.offers(), []);
  framework.send({ type: 'REVIVE' });
  world.settle();
  assert.equal(framework.offers().length, 1);
});

test('[B57] completed tasks are kept up to a bound, the oldest go first', () => {
  const world = new World({ maxCompletedTasksPerFramework: 3 });
  const agent = world.agent();
  const framework = world.framework();
  for (let i = 0; i < 5; i++) {
    world.advance(10_000);
    const offer = framework.offers().at(-1)!;
    framework.launch(offer, task(`t${i}`, offer));
    agent.update(framework.id, agent.status(`t${i}`, 'TASK_FINISHED'));
    framework.acknowledge(framework.statuses()[0]!);
  }
  const completed = world.state.frameworks.get(framework.id)!.completedTasks.toArray();
  assert.deepEqual(completed.map((one) => one.id), ['t2', 't3', 't4']);
  assert.deepEqual(completed[0]?.statuses.map((status) => 'uuid' in status || 'data' in status), [false]);
});

test('a call on a link that belongs to nobody is dropped, counted, and answered', () => {
  const world = new World();
  const peer = world.frameworkLink();
  peer.send({ type: 'KILL', taskId: asTask('t') });
  assert.deepEqual(peer.take(), [{ type: 'ERROR', message: 'Framework disconnected' }]);
  const framework = world.framework();
  framework.send({ type: 'PONG' });
  framework.send({ type: 'REGISTER_AGENT', agentInfo: { hostname: 'h' }, version: '1.11.0' });
  assert.deepEqual(framework.take(), []);
  assert.equal(world.state.counters.plain.dropped_messages, 3);
});

test('a request is counted and ignored, whatever agents it names', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework();
  framework.send({ type: 'REQUEST', requests: [{ agentId: agent.id }, { agentId: 'nobody' as never }, {}] });
  assert.deepEqual(framework.take(), []);
  assert.equal(world.state.counters.plain.messages_resource_request, 1);
});
