/** What the master lets frameworks and agents do, by ACLs and by who they have proved to be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAcls } from '../../src/authorizer/acls.js';
import type { Resource } from '../../src/protocol/common.js';
import type { OperationMessage } from '../../src/protocol/offer.js';
import type { ExecutorId } from '../../src/protocol/schema.js';
import type { TaskInfo } from '../../src/protocol/task.js';
import type { FrameworkPeer} from './harness.js';
import { resources, task, World } from './harness.js';

const ALL = { type: 'ANY' };
const NONE = { type: 'NONE' };
const only = (...values: string[]): object => ({ values });

/** A world with these lists. */
function worldWith(acls: object, more: ConstructorParameters<typeof World>[0] = {}): World {
  return new World({ acls: readAcls(acls), ...more });
}

const USERS = { run_tasks: [{ principals: only('ops'), users: only('nobody') }, { principals: ALL, users: NONE }] };

/** What becomes of tasks that one framework launches at once. */
function launchAll(world: World, framework: FrameworkPeer, tasks: (text: string) => TaskInfo[]): string[] {
  const agent = world.agent('cpus:8;mem:8192');
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, ...tasks(offer!.agentId).map((info) => ({ ...info, agentId: offer!.agentId })));
  const refused = framework.statuses().map(({ taskId, state, reason, source, message }) => {
    return [taskId, state, source, reason, message].join(' ');
  });
  return [...refused, ...agent.take('RUN_TASK').map((message) => `runs ${message.task.taskId}`)];
}

test('[B68] a task runs only as a user that may be: its own, else its executor\'s, else that of the framework', () => {
  const world = worldWith(USERS);
  const framework = world.framework({ principal: 'ops', user: 'nobody' });
  const command = (user?: string): Partial<TaskInfo> => ({ command: { value: 'true', ...(user && { user }) } });
  const executor = { executorId: 'e' as ExecutorId, command: { value: 'true', user: 'root' }, resources: [] };
  const outcome = launchAll(world, framework, () => [
    task('own', { agentId: '' as never }, 'cpus:1;mem:64', command('nobody')),
    task('other', { agentId: '' as never }, 'cpus:1;mem:64', command('root')),
    task('default', { agentId: '' as never }, 'cpus:1;mem:64', command()),
    task('executor', { agentId: '' as never }, 'cpus:1;mem:64', { executor }),
  ]);
  const start = 'TASK_ERROR SOURCE_MASTER REASON_TASK_UNAUTHORIZED Principal \'ops\' no authorized to launch task';
  assert.deepEqual(outcome, [
    `other ${start} other of framework ${framework.id} under user 'root'`,
    `executor ${start} executor of framework ${framework.id} under user 'root'`,
    'runs own',
    'runs default',
  ]);
});

test('[B68] the resources of a task that may not run are free for the others', () => {
  const world = worldWith(USERS);
  const framework = world.framework({ principal: 'eve' });
  const outcome = launchAll(world, framework, () => [task('t', { agentId: '' as never }, 'cpus:8;mem:8192')]);
  assert.equal(outcome.length, 1);
  world.advance(6000);
  assert.equal(framework.offers().length, 1);
});

test('[B68] of a group none runs if one may not', () => {
  const world = worldWith(USERS);
  const framework = world.framework({ principal: 'ops' });
  const agent = world.agent('cpus:8;mem:8192');
  world.settle();
  const [offer] = framework.offers();
  const tasks = ['a', 'b'].map((id) => {
    return task(id, offer!, 'cpus:1;mem:64', { command: { value: 'true', user: id === 'b' ? 'root' : 'nobody' } });
  });
  const executor = { executorId: 'e' as ExecutorId, type: 'DEFAULT' as const, resources: resources('cpus:1;mem:64') };
  const launchGroup = { executor: { ...executor, frameworkId: framework.id }, taskGroup: { tasks } };
  framework.accept([offer!], [{ type: 'LAUNCH_GROUP', launchGroup }]);
  const statuses = framework.statuses();
  assert.deepEqual(statuses.map(({ reason }) => reason), new Array(2).fill('REASON_TASK_GROUP_UNAUTHORIZED'));
  const text = `Task 'b' is not authorized tolaunch task b of framework ${framework.id} under user 'root'`;
  assert.equal(statuses[0]!.message, text);
  assert.equal(agent.take('RUN_TASK_GROUP').length, 0);
});

/** What a link hears when it subscribes. */
function subscribe(world: World, info: object, authenticated?: string | null): string {
  const peer = world.frameworkLink();
  if (authenticated !== undefined) {
    world.feed({ type: 'LinkAuthenticated', link: peer.link, principal: authenticated });
  }
  peer.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'nobody', name: 'test', ...info } });
  const [first] = peer.take();
  if (first?.type === 'ERROR') return first.message;
  assert.equal(first?.type, 'SUBSCRIBED');
  const { info: known } = [...world.state.frameworks.values()].at(-1)!;
  return `subscribed as ${known.principal ?? 'nobody'}`;
}

const MULTI = [{ type: 'MULTI_ROLE' }];

test('[B92] register_frameworks: a framework must be allowed all its roles, also when it changes them', () => {
  const world = worldWith({
    register_frameworks: [{ principals: only('ops'), roles: only('web', 'eng/%') }, { principals: ALL, roles: NONE }],
  });
  const many = (...roles: string[]): object => ({ capabilities: MULTI, roles });
  assert.equal(subscribe(world, { principal: 'ops', ...many('web', 'eng/a') }), 'subscribed as ops');
  const text = (roles: string): string => `Not authorized to register framework  with roles { ${roles} }`;
  assert.equal(subscribe(world, { principal: 'ops', ...many('web', 'db') }), text('db, web'));
  assert.equal(subscribe(world, { principal: 'dev', ...many('web') }), text('web'));
  assert.equal(subscribe(world, { role: 'web' }), text('web'));
  const framework = world.framework({ principal: 'ops', capabilities: MULTI, roles: ['web'] });
  const update = { user: 'nobody', name: 'test', principal: 'ops', id: framework.id, ...many('web', 'db') };
  const answer = world.operator({
    type: 'UPDATE_FRAMEWORK',
    frameworkId: framework.id,
    update: { type: 'UPDATE_FRAMEWORK', frameworkInfo: update },
  });
  const forbidden = `Not authorized to register framework ${framework.id} with roles { db, web }`;
  assert.deepEqual([answer.status, answer.body], [403, forbidden]);
});

test('[B87] with --authenticate-frameworks only those who have proved who they are may subscribe', () => {
  const world = new World({ authenticateFrameworks: true });
  assert.match(subscribe(world, {}), /^Framework at 10\.0\.0\.9:\d+ is not authenticated$/);
  assert.equal(subscribe(world, {}, 'ops'), 'subscribed as ops');
  assert.equal(subscribe(world, {}, null), 'subscribed as nobody');
});

test('[B94] a framework is who it has proved to be: it may leave that out, and say nothing else', () => {
  const world = new World();
  assert.equal(subscribe(world, {}, 'ops'), 'subscribed as ops');
  assert.equal(subscribe(world, { principal: 'ops' }, 'ops'), 'subscribed as ops');
  const other = "Framework principal 'root' does not match authenticated principal 'ops'";
  assert.equal(subscribe(world, { principal: 'root' }, 'ops'), other);
});

test('[B94] nobody takes a framework over who is not its principal', () => {
  const world = new World();
  const peer = world.frameworkLink();
  world.feed({ type: 'LinkAuthenticated', link: peer.link, principal: 'ops' });
  const frameworkInfo = { user: 'nobody', name: 'test', failoverTimeoutSeconds: 100 };
  peer.send({ type: 'SUBSCRIBE', frameworkInfo });
  const { frameworkId: id } = peer.takeOne('SUBSCRIBED');
  peer.close();
  const thief = world.frameworkLink();
  world.feed({ type: 'LinkAuthenticated', link: thief.link, principal: 'eve' });
  thief.send({ type: 'SUBSCRIBE', frameworkId: id, frameworkInfo: { ...frameworkInfo, id } });
  assert.equal(thief.takeOne('ERROR').message, "Changing framework's principal is not allowed.");
});

/** What an agent hears that registers. */
function register(world: World, text: string, authenticated?: string): string {
  const peer = world.agentLink();
  if (authenticated !== undefined) {
    world.feed({ type: 'LinkAuthenticated', link: peer.link, principal: authenticated });
  }
  const info = { hostname: `host${peer.link}`, port: 5051, resources: resources(text) };
  peer.send({ type: 'REGISTER_AGENT', agentInfo: info, version: '1.11.0' });
  return peer.closed ?? peer.types()[0]!;
}

test('[B87] with --authenticate-agents only agents that have proved who they are are taken in', () => {
  const world = new World({ authenticateAgents: true });
  assert.equal(register(world, 'cpus:1'), 'the agent is not authenticated');
  assert.equal(register(world, 'cpus:1', 'agent'), 'AGENT_REGISTERED');
});

test('[B92] register_agents, and reserve_resources for roles that an agent brings reservations of', () => {
  const world = worldWith({
    register_agents: [{ principals: only('agent'), agents: ALL }, { principals: ALL, agents: NONE }],
    reserve_resources: [{ principals: only('agent'), roles: only('*', 'web') }, { principals: ALL, roles: NONE }],
  });
  assert.equal(register(world, 'cpus:1', 'agent'), 'AGENT_REGISTERED');
  assert.equal(register(world, 'cpus:1;cpus(web):1', 'agent'), 'AGENT_REGISTERED');
  const refusal = (what: string, who: string): string =>
    `Not authorized to register agent providing resources '${what}' ${who}`;
  const db = 'cpus(reservations: [(STATIC,db)]):1';
  assert.equal(register(world, 'cpus(db):1', 'agent'), refusal(db, "with principal 'agent'"));
  assert.equal(register(world, 'cpus:1', 'eve'), refusal('cpus:1', "with principal 'eve'"));
  assert.equal(register(world, 'cpus:1'), refusal('cpus:1', 'without a principal'));
});

function reserved(text: string, role: string, principal?: string): Resource[] {
  const by = principal === undefined ? {} : { principal };
  return resources(text).map((item) => ({ ...item, reservations: [{ type: 'DYNAMIC', role, ...by }] }));
}

const VOLUME = { persistence: { id: 'v', principal: 'ops' }, volume: { mode: 'RW' as const, containerPath: 'v' } };

/** Whether an operation of a framework took effect, or the text of its refusal. */
function operate(world: World, framework: FrameworkPeer, ...operations: OperationMessage[]): string[] {
  world.settle();
  const offers = framework.offers();
  world.log.length = 0;
  framework.accept(offers, operations, 0);
  const dropped = world.log.flatMap((effect) => {
    const isDrop = effect.type === 'Log' && effect.text.startsWith('dropping');
    return isDrop ? [String(effect.fields?.['reason'])] : [];
  });
  world.advance(2000);
  return dropped;
}

test('[B92] operations on resources need leave, by the role, by who reserved, by who made the volume', () => {
  const owners = [{ principals: only('ops'), reserver_principals: only('ops') }];
  const world = worldWith({
    reserve_resources: [{ principals: only('ops'), roles: only('web') }, { principals: ALL, roles: NONE }],
    unreserve_resources: [...owners, { principals: ALL, reserver_principals: NONE }],
    create_volumes: [{ principals: only('ops'), roles: only('web') }, { principals: ALL, roles: NONE }],
    destroy_volumes: [{ principals: ALL, creator_principals: NONE }],
  });
  world.agent('cpus:4;mem:4096;disk:4096');
  const capabilities = [...MULTI, { type: 'RESERVATION_REFINEMENT' }];
  const framework = world.framework({ principal: 'ops', capabilities, roles: ['web'] });
  const reserve = (role: string): OperationMessage =>
    ({ type: 'RESERVE', reserve: { resources: reserved('disk:64', role, 'ops') } });
  assert.deepEqual(operate(world, framework, reserve('web')), []);
  const volume = { ...reserved('disk:64', 'web', 'ops')[0]!, disk: VOLUME };
  assert.deepEqual(operate(world, framework, { type: 'CREATE', create: { volumes: [volume] } }), []);
  const [refusal] = operate(world, framework, { type: 'DESTROY', destroy: { volumes: [volume] } });
  assert.match(refusal!, /^Principal 'ops' no authorized to perform action DESTROY_VOLUME on object {"value":"ops",/);
  const more = reserved('cpus:1', 'web', 'ops');
  assert.deepEqual(operate(world, framework, { type: 'RESERVE', reserve: { resources: more } }), []);
  const unreserve = { type: 'UNRESERVE', unreserve: { resources: more } } as const;
  assert.deepEqual(operate(world, framework, unreserve), []);
});
