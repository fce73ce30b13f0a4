/** What operators ask for, and what can be read of the master. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  printTasks,
  type TaskQuery,
  viewAgents,
  viewFrameworks,
  viewMetrics,
  viewOffers,
  viewRoles,
  viewState,
} from '../../src/master/core/views/index.js';
import type { AgentId, FrameworkId, TaskId } from '../../src/protocol/schema.js';
import { ABLE, asExecutor, asTask, MASTER_ID, resources, START_MS, task, World } from './harness.js';

const MULTI = [{ type: 'MULTI_ROLE' }];

function tasksOf({ state }: World, query: TaskQuery = {}): unknown[] {
  return (JSON.parse([...printTasks(state, query)].join('')) as { tasks: unknown[] }).tasks;
}

test('[B50] TEARDOWN by an operator', () => {
  const world = new World();
  const framework = world.framework();
  assert.deepEqual(world.operator({ type: 'TEARDOWN', frameworkId: 'x' as never }), {
    type: 'AnswerOperator',
    request: 1,
    status: 400,
    body: 'No framework found with specified ID',
  });
  assert.equal(world.operator({ type: 'TEARDOWN', frameworkId: framework.id }).status, 200);
  assert.equal(framework.closed, 'framework removed');
  assert.equal(world.state.completedFrameworks.has(framework.id), true);
});

test('[A48][A49] new weights change shares; all offers are rescinded if the role is in use, else none', () => {
  const world = new World();
  const a = world.framework({ capabilities: MULTI, roles: ['a'] });
  const b = world.framework({ capabilities: MULTI, roles: ['b'] });
  for (let i = 0; i < 4; i++) world.agent('cpus:1;mem:100');
  world.settle();
  assert.deepEqual([a.offers().length, b.offers().length], [2, 2]);
  assert.equal(world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: 'idle', weight: 5 }] }).status, 200);
  assert.equal(world.state.offers.size, 4);
  assert.equal(world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: ' a ', weight: 3 }] }).status, 200);
  assert.deepEqual([a.take('RESCIND').length, b.take('RESCIND').length], [2, 2]);
  world.advance(1_000);
  assert.deepEqual([a.offers().length, b.offers().length], [3, 1]);
  const weights = [{ role: 'b', weight: 9 }, { role: 'a', weight: 0 }];
  const refused = world.operator({ type: 'UPDATE_WEIGHTS', weights });
  assert.equal(refused.status, 400);
  assert.match(refused.body ?? '', /^Failed to validate update weights request JSON for role 'a': Invalid weight '0'/);
  assert.equal(world.state.allocator.role('b').weight, 1, 'all or none');
});

test('[A63] a new guarantee takes offers from others, a new limit from the role itself', () => {
  const world = new World();
  const a = world.framework({ capabilities: MULTI, roles: ['a'] });
  for (let i = 0; i < 4; i++) world.agent('cpus:1;mem:100');
  world.settle();
  assert.equal(a.offers().length, 4);
  const b = world.framework({ capabilities: MULTI, roles: ['b'] });
  world.settle();
  assert.deepEqual(b.offers(), []);
  const quota = { role: 'b', guarantees: { cpus: 2, mem: 200 }, limits: { cpus: 2, mem: 200 } };
  assert.equal(world.operator({ type: 'UPDATE_QUOTA', configs: [quota] }).status, 200);
  assert.equal(a.take('RESCIND').length, 2, 'as many as the guarantee needs');
  world.advance(1_000);
  assert.equal(b.offers().length, 2);
  assert.equal(world.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a', limits: { cpus: 1 } }] }).status, 200);
  assert.equal(a.take('RESCIND').length, 1);
  assert.equal(b.take('RESCIND').length, 0);
});

test('[A63] quotas that the cluster cannot hold are refused, unless forced', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:100');
  const framework = world.framework({ capabilities: MULTI, roles: ['a'] });
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, task('t', offer!, 'cpus:2'));
  assert.equal(agent.take('RUN_TASK').length, 1);
  const much = { role: 'b', guarantees: { cpus: 9 } };
  const beyond = world.operator({ type: 'UPDATE_QUOTA', configs: [much] });
  const exceed = "total quota guarantees 'cpus:9' exceed cluster capacity 'cpus:4; mem:100'";
  assert.equal(beyond.status, 400);
  assert.equal(beyond.body, `Invalid QuotaConfig: ${exceed} (use 'force' flag to bypass this check)`);
  const below = world.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a', limits: { cpus: 1 } }] });
  assert.match(below.body ?? '', /^Invalid QuotaConfig: Role 'a' is already consuming 'cpus:2'/);
  assert.match(world.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a/b' }] }).body ?? '', /nested role/);
  assert.equal(world.operator({ type: 'UPDATE_QUOTA', configs: [much], force: true }).status, 200);
  assert.equal(world.state.allocator.role('b').guarantees.get('cpus'), 9000);
});

test('[A80] an operator reserves: offers are rescinded as far as needed, the agent is told, 202', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:100;disk:50');
  const framework = world.framework({ capabilities: MULTI, roles: ['a'] });
  world.settle();
  const [offer] = framework.offers();
  const reservations = [{ type: 'DYNAMIC' as const, role: 'b', principal: 'ops' }];
  const list = resources('cpus:3;disk:20').map((resource) => ({ ...resource, reservations }));
  const agentId = agent.id;
  assert.equal(world.operator({ type: 'RESERVE_RESOURCES', agentId, resources: list }).status, 202);
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  assert.deepEqual(agent.takeOne('CHECKPOINT_RESOURCES').resources, list);
  world.advance(1_000);
  const [rest] = framework.offers();
  assert.deepEqual(rest?.resources.map(({ name, scalar }) => `${name} ${scalar!}`), ['cpus 1', 'disk 30', 'mem 100']);
  const disk = { persistence: { id: 'v', principal: 'ops' }, volume: { mode: 'RW', containerPath: 'v' } } as const;
  const volume = { ...list[1]!, disk };
  assert.equal(world.operator({ type: 'CREATE_VOLUMES', agentId, volumes: [volume] }).status, 202);
  const bound = world.operator({ type: 'UNRESERVE_RESOURCES', agentId, resources: [volume] });
  assert.equal(bound.status, 400);
  assert.equal(world.operator({ type: 'DESTROY_VOLUMES', agentId, volumes: [volume] }).status, 202);
  assert.equal(world.operator({ type: 'UNRESERVE_RESOURCES', agentId, resources: list }).status, 202);
  assert.deepEqual(agent.take('CHECKPOINT_RESOURCES').at(-1)?.resources, []);
  framework.launch(rest, task('t', rest, 'cpus:1'));
  const again = resources('cpus:4').map((resource) => ({ ...resource, reservations }));
  assert.equal(world.operator({ type: 'RESERVE_RESOURCES', agentId, resources: again }).status, 409, 'one is in use');
  const unknown = world.operator({ type: 'RESERVE_RESOURCES', agentId: 'x' as never, resources: list });
  assert.deepEqual([unknown.status, unknown.body], [400, 'No agent found with specified ID']);
});

test('only agents on the whitelist are offered', () => {
  const world = new World();
  const agents = [world.agent(), world.agent()];
  const framework = world.framework();
  assert.equal(world.operator({ type: 'UPDATE_WHITELIST', hostnames: [`host${agents[1]!.link}`] }).status, 200);
  world.settle();
  assert.deepEqual(framework.offers().map((offer) => offer.agentId), [agents[1]!.id]);
  world.operator({ type: 'UPDATE_WHITELIST', hostnames: null });
  world.advance(1_000);
  assert.deepEqual(framework.offers().map((offer) => offer.agentId), [agents[0]!.id]);
});

/** A cluster with one of everything. */
function cluster(): { world: World; frameworkId: string; agentId: string } {
  const world = new World({ awaitsRegistry: true, cluster: 'test', flags: { port: '5050' } });
  world.advance(500);
  world.recover();
  const rack = { name: 'rack', type: 'TEXT', text: 'a1' } as const;
  const attributes = [rack, { name: 'level', type: 'SCALAR', scalar: 2 } as const];
  const total = resources('cpus:4;mem:1000;cpus(r):1;ports:[1-9]');
  const agentInfo = { hostname: 'h', port: 5051, resources: total, attributes };
  const agent = world.agent('', { agentInfo });
  const labels = [{ key: 'k', value: 'v' }];
  const framework = world.framework({ capabilities: MULTI, roles: ['a'], labels, principal: 'p' });
  world.settle();
  const [offer] = framework.offers();
  const executor = { executorId: asExecutor('e'), command: { value: 'run' }, resources: resources('cpus:0.5') };
  const more = { executor, labels: [{ key: 'x' }], discovery: { visibility: 'CLUSTER' as const, name: 'd' } };
  const taskInfos = [task('t', offer!, 'cpus:1;mem:100', more)];
  framework.accept([offer!], [{ type: 'LAUNCH', launch: { taskInfos } }], 0);
  agent.update(framework.id, agent.status('t', 'TASK_RUNNING', { healthy: true, executorId: asExecutor('e') }));
  world.advance(1_000);
  world.framework({ name: 'second', role: 'b' }).send({ type: 'TEARDOWN' });
  return { world, frameworkId: framework.id, agentId: agent.id };
}

test('[B9] /state shows who the master is, when it started and when it was elected', () => {
  const { world } = cluster();
  const view = viewState(world.state);
  assert.equal(view['id'], MASTER_ID);
  assert.equal(view['start_time'], START_MS / 1000);
  assert.equal(view['elected_time'], START_MS / 1000 + 0.5);
  assert.equal(view['pid'], 'master@localhost:5050');
  assert.equal(view['leader'], view['pid']);
  assert.deepEqual([view['activated_slaves'], view['deactivated_slaves'], view['unreachable_slaves']], [1, 0, 0]);
  assert.deepEqual([view['cluster'], view['flags']], ['test', { port: '5050' }]);
  assert.deepEqual(view['orphan_tasks'], []);
  for (const list of ['slaves', 'recovered_slaves', 'frameworks', 'completed_frameworks', 'unregistered_frameworks']) {
    assert.ok(Array.isArray(view[list]), list);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(view)), view, 'it is JSON');
});

test('[B54] /slaves, /frameworks and /tasks have the fields of Mesos', () => {
  const { world, frameworkId, agentId } = cluster();
  const [agent] = viewAgents(world.state).slaves as Record<string, unknown>[];
  assert.equal(agent?.['id'], agentId);
  assert.deepEqual(agent['attributes'], { rack: 'a1', level: 2 });
  assert.deepEqual(agent['resources'], { cpus: 5, gpus: 0, mem: 1000, disk: 0, ports: '[1-9]' });
  assert.deepEqual(agent['used_resources'], { cpus: 1.5, gpus: 0, mem: 100, disk: 0 });
  assert.deepEqual(agent['offered_resources'], { cpus: 2.5, gpus: 0, mem: 900, disk: 0, ports: '[1-9]' });
  assert.deepEqual(agent['reserved_resources'], { r: { cpus: 1, gpus: 0, mem: 0, disk: 0 } });
  assert.equal((agent['reserved_resources_full'] as { r: { name: string }[] }).r[0]?.name, 'cpus');
  assert.equal(agent['pid'], 'slave(1)@10.0.0.5:5051');
  const { frameworks, completed_frameworks: completed } = viewFrameworks(world.state);
  const [framework] = frameworks as Record<string, unknown>[];
  assert.equal(framework?.['id'], frameworkId);
  assert.deepEqual(framework['roles'], ['a']);
  assert.equal('role' in framework, false);
  assert.deepEqual([framework['active'], framework['connected'], framework['recovered']], [true, true, false]);
  assert.deepEqual(framework['capabilities'], ['MULTI_ROLE']);
  assert.equal(framework['failover_timeout'], 0);
  assert.deepEqual(framework['labels'], [{ key: 'k', value: 'v' }]);
  assert.equal((framework['executors'] as { executor_id: string; slave_id: string }[])[0]?.slave_id, agentId);
  const [offer] = framework['offers'] as Record<string, unknown>[];
  assert.deepEqual(offer?.['allocation_info'], { role: 'a' });
  assert.deepEqual((completed as { role: string }[]).map((one) => one.role), ['b']);
  const [one] = tasksOf(world) as Record<string, unknown>[];
  const { statuses, ...rest } = one as { statuses: Record<string, unknown>[] };
  assert.deepEqual(rest, {
    id: 't',
    name: 't',
    framework_id: frameworkId,
    executor_id: 'e',
    slave_id: agentId,
    state: 'TASK_RUNNING',
    resources: { cpus: 1, gpus: 0, mem: 100, disk: 0 },
    role: 'a',
    user: 'nobody',
    labels: [{ key: 'x' }],
    discovery: { visibility: 'CLUSTER', name: 'd' },
  });
  assert.deepEqual(statuses, [{ state: 'TASK_RUNNING', timestamp: START_MS / 1000, healthy: true }]);
  const { offers } = viewOffers(world.state);
  assert.equal(offers.length, 1);
});

test('[B57] /tasks has ended and unreachable tasks, pages, and both orders', () => {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  const ids = ['a', 'b', 'c', 'd'];
  framework.launch(offer!, ...ids.map((id) => task(id, offer!, 'cpus:1')));
  ids.forEach((id, i) => {
    const status = agent.status(id, 'TASK_FINISHED', { timestamp: 100 + i });
    agent.update(framework.id, status);
    if (id !== 'd') framework.acknowledge(status);
  });
  const named = (query: object): unknown[] => {
    return tasksOf(world, query).map((one) => (one as { id: string }).id);
  };
  assert.deepEqual(named({}), ['d', 'c', 'b', 'a']);
  assert.deepEqual(named({ order: 'asc', limit: 2, offset: 1 }), ['b', 'c']);
  assert.deepEqual(named({ taskId: 'c' }), ['c']);
  assert.deepEqual(named({ frameworkId: 'none' }), []);
});

test('[B57] pages of many tasks are those of all tasks in order', () => {
  const count = 9001;
  const reported = (i: number) => {
    const taskId = `t${i}` as TaskId;
    const status = { taskId, state: 'TASK_RUNNING' as const, timestamp: (i * 7919) % count };
    const ids = { name: taskId, taskId, frameworkId: 'F' as FrameworkId, agentId: 'S' as AgentId };
    return { ...ids, state: 'TASK_RUNNING' as const, resources: [], statuses: [status] };
  };
  const world = new World({ awaitsRegistry: false });
  const agent = world.agentLink();
  const agentInfo = { id: 'S' as AgentId, hostname: 'host', port: 5051, resources: resources('cpus:1') };
  agent.send({
    type: 'REREGISTER_AGENT',
    agentInfo,
    version: '1.11.0',
    capabilities: ABLE,
    frameworks: [{ id: 'F' as FrameworkId, user: 'nobody', name: 'f' }],
    tasks: Array.from({ length: count }, (_, i) => reported(i)),
  });
  const times = (query: TaskQuery): number[] =>
    tasksOf(world, query).map((one) => (one as { statuses: { timestamp: number }[] }).statuses[0]!.timestamp);
  const all = Array.from({ length: count }, (_, i) => i);
  assert.deepEqual(times({ order: 'asc', limit: count }), all);
  assert.deepEqual(times({ limit: 3 }), [9000, 8999, 8998]);
  assert.deepEqual(times({ order: 'asc', offset: 5000, limit: 4200 }), all.slice(5000));
});

test('/roles shows weight, quota, and who holds what', () => {
  const { world, frameworkId } = cluster();
  world.operator({ type: 'UPDATE_WEIGHTS', weights: [{ role: 'q', weight: 2.5 }] });
  world.operator({ type: 'UPDATE_QUOTA', configs: [{ role: 'a', guarantees: { cpus: 1 }, limits: { cpus: 4 } }] });
  const { roles } = viewRoles(world.state) as { roles: { name: string }[] };
  assert.deepEqual(roles.map((role) => role.name), ['a', 'q', 'r']);
  const zero = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  const allocated = { ...zero, cpus: 1.5, mem: 100 };
  const offered = { ...zero, cpus: 2.5, mem: 900 };
  assert.deepEqual(roles[0], {
    name: 'a',
    weight: 1,
    quota: { role: 'a', guarantee: { cpus: 1 }, limit: { cpus: 4 }, consumed: { cpus: 1.5, mem: 100 } },
    resources: { ...zero, cpus: 4, mem: 1000 },
    allocated,
    offered,
    reserved: zero,
    frameworks: [frameworkId],
  });
  assert.deepEqual((roles[2] as unknown as { reserved: object }).reserved, { ...zero, cpus: 1 });
  assert.equal((roles[1] as unknown as { weight: number }).weight, 2.5);
});

test('[B178] [B179] [B181] metrics have the names of Mesos and follow what happens', () => {
  const { world, frameworkId } = cluster();
  const framework = world.state.frameworks.get(frameworkId as never)!;
  const metrics = viewMetrics(world.state, START_MS + 2_000);
  const expected: Record<string, number> = {
    'master/uptime_secs': 2,
    'master/elected': 1,
    'master/slaves_connected': 1,
    'master/slaves_active': 1,
    'master/slaves_disconnected': 0,
    'master/slaves_inactive': 0,
    'master/slaves_unreachable': 0,
    'master/frameworks_connected': 1,
    'master/frameworks_active': 1,
    'master/outstanding_offers': 1,
    'master/tasks_running': 1,
    'master/tasks_staging': 0,
    'master/tasks_finished': 0,
    'master/messages_register_framework': 2,
    'master/messages_unregister_framework': 1,
    'master/messages_launch_tasks': 1,
    'master/messages_status_update': 1,
    'master/valid_status_updates': 1,
    'master/slave_registrations': 1,
    'master/cpus_total': 5,
    'master/cpus_used': 1.5,
    'master/cpus_percent': 0.3,
    'master/mem_used': 100,
    'master/gpus_total': 0,
    'master/cpus_revocable_total': 0,
    [`master/frameworks/test/${frameworkId}/subscribed`]: 1,
    [`master/frameworks/test/${frameworkId}/calls/accept`]: 1,
    [`master/frameworks/test/${frameworkId}/events/offers`]: 2,
    [`master/frameworks/test/${frameworkId}/offers/sent`]: 2,
    [`master/frameworks/test/${frameworkId}/offers/accepted`]: 1,
    [`master/frameworks/test/${frameworkId}/operations/launch`]: 1,
    [`master/frameworks/test/${frameworkId}/tasks/active/task_running`]: 1,
    [`master/frameworks/test/${frameworkId}/roles/a/suppressed`]: 0,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(metrics[name], value, name);
  assert.ok('allocator/mesos/allocation_runs' in metrics, "the allocator's own");
  assert.equal(framework.tasks.get(asTask('t'))?.state, 'TASK_RUNNING');
  const other = new World();
  const agent = other.agent();
  const peer = other.framework();
  peer.launch({ id: 'gone' as never, agentId: agent.id } as never, task('t', { agentId: agent.id }));
  const lost = viewMetrics(other.state, START_MS);
  assert.equal(lost['master/task_lost/source_master/reason_invalid_offers'], 1);
  assert.equal(lost['master/tasks_lost'], 1);
});
