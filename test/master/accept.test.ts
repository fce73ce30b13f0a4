/** ACCEPT: operations in order, tasks, task groups, executors, volumes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../../src/protocol/common.js';
import type { OfferMessage, OperationMessage } from '../../src/protocol/offer.js';
import type { ExecutorInfo } from '../../src/protocol/task.js';
import { type AgentPeer, asExecutor, type FrameworkPeer, resources, task, World } from './harness.js';

const CAPABILITIES = [{ type: 'MULTI_ROLE' }, { type: 'SHARED_RESOURCES' }];
const RESERVATIONS = [{ type: 'DYNAMIC' as const, role: 'a' }];

interface Scene {
  readonly world: World;
  readonly agent: AgentPeer;
  readonly framework: FrameworkPeer;
  readonly offer: OfferMessage;
}

function scene(text = 'cpus:4;mem:1024;disk:100'): Scene {
  const world = new World();
  const agent = world.agent(text);
  const framework = world.framework({ capabilities: CAPABILITIES, roles: ['a'], user: 'alice' });
  world.settle();
  const [offer] = framework.offers();
  assert.ok(offer !== undefined);
  return { world, agent, framework, offer };
}

function reserved(text: string): Resource[] {
  return resources(text).map((resource) => ({ ...resource, reservations: RESERVATIONS }));
}

function volume(id: string, megabytes = 10, more: Partial<Resource> = {}): Resource {
  const disk = { persistence: { id }, volume: { mode: 'RW', containerPath: id } } as const;
  return { ...reserved(`disk:${megabytes}`)[0]!, disk, ...more };
}

function launch(...taskInfos: ReturnType<typeof task>[]): OperationMessage {
  return { type: 'LAUNCH', launch: { taskInfos } };
}

const reserve = (list: Resource[]): OperationMessage => ({ type: 'RESERVE', reserve: { resources: list } });
const create = (...volumes: Resource[]): OperationMessage => ({ type: 'CREATE', create: { volumes } });
const destroy = (...volumes: Resource[]): OperationMessage => ({ type: 'DESTROY', destroy: { volumes } });

/** Text of what of an offer is reserved or a volume. */
function special(offer: OfferMessage | undefined): string[] {
  return (offer?.resources ?? [])
    .filter((resource) => resource.reservations !== undefined)
    .map(({ name, scalar, disk }) => `${disk?.persistence?.id ?? name} ${scalar ?? 0}`);
}

test('[B65] operations see what the ones before have made', () => {
  const { world, agent, framework, offer } = scene();
  const one = task('t', offer, 'cpus:1;mem:64');
  one.resources = [...one.resources!, volume('v')];
  framework.accept([offer], [reserve(reserved('disk:20')), create(volume('v')), launch(one)], 0);
  const messages = agent.take();
  const types = ['CHECKPOINT_RESOURCES', 'CHECKPOINT_RESOURCES', 'RUN_TASK'];
  assert.deepEqual(messages.map((message) => message.type), types);
  const [, checkpoint] = messages as { resources?: Resource[] }[];
  assert.deepEqual(checkpoint?.resources?.map(({ scalar }) => scalar), [10, 10]);
  assert.deepEqual(framework.statuses(), []);
  world.advance(1_000);
  assert.deepEqual(special(framework.offers()[0]), ['disk 10']);
  agent.update(framework.id, agent.status('t', 'TASK_FINISHED'));
  world.advance(1_000);
  assert.deepEqual(special(framework.offers()[0]), ['v 10']);
});

test('[B65] an operation that cannot be done is dropped, the others are carried out', () => {
  const { world, agent, framework, offer } = scene();
  const operations = [
    create(volume('v')),
    reserve(reserved('cpus:1')),
    { type: 'UNRESERVE', unreserve: { resources: reserved('cpus:2') } } as OperationMessage,
    launch(task('t', offer)),
    { type: 'UNKNOWN' } as OperationMessage,
  ];
  framework.accept([offer], operations, 0);
  assert.equal(agent.take('RUN_TASK').length, 1);
  const { operationsFinished: done, operationsRefused: refused } = world.state.counters;
  assert.deepEqual([done.RESERVE, refused.CREATE, refused.UNRESERVE, refused.UNKNOWN], [1, 1, 1, 1]);
  world.advance(1_000);
  assert.deepEqual(special(framework.offers()[0]), ['cpus 1']);
});

test('[B65] volumes are destroyed only when nobody uses them, reservations undone when nothing lies on them', () => {
  const { world, agent, framework, offer } = scene();
  const one = task('t', offer, 'cpus:1');
  one.resources = [...one.resources!, volume('v', 10, { shared: true })];
  const shared = volume('v', 10, { shared: true });
  framework.accept([offer], [reserve(reserved('disk:20')), create(shared), launch(one)], 0);
  world.advance(1_000);
  const [second] = framework.offers();
  framework.accept([second!], [destroy(shared)], 0);
  assert.equal(world.state.counters.operationsRefused.DESTROY, 1, 'in use');
  agent.update(framework.id, agent.status('t', 'TASK_FAILED'));
  world.advance(1_000);
  const [third] = framework.offers();
  const unreserve: OperationMessage = { type: 'UNRESERVE', unreserve: { resources: reserved('disk:20') } };
  framework.accept([third!], [destroy(shared), unreserve], 0);
  assert.equal(world.state.counters.operationsFinished.UNRESERVE, 1);
  world.advance(1_000);
  assert.deepEqual(special(framework.offers()[0]), []);
  assert.equal(world.state.agents.get(agent.id)!.checkpointed.isEmpty, true);
});

test('[B65] several tasks of one call share a volume', () => {
  const { world, agent, framework, offer } = scene();
  const shared = volume('v', 10, { shared: true });
  const tasks = ['t1', 't2', 't3'].map((id) => {
    const one = task(id, offer, 'cpus:0.1');
    return { ...one, resources: [...one.resources!, shared] };
  });
  framework.accept([offer], [reserve(reserved('disk:10')), create(shared), launch(...tasks)], 0);
  assert.equal(agent.take('RUN_TASK').length, 3);
  const held = world.state.allocator.agent(agent.id).held[0]!.resources.sharedOnly();
  assert.equal(held.lots[0]?.copies, 3);
  framework.accept([offer], [create(shared)]);
});

test('[B65] a shared volume that is there is not made again', () => {
  const { world, framework, offer } = scene();
  const shared = volume('v', 10, { shared: true });
  framework.accept([offer], [reserve(reserved('disk:30')), create(shared), create(shared)], 0);
  assert.equal(world.state.counters.operationsFinished.CREATE, 1);
  assert.equal(world.state.counters.operationsRefused.CREATE, 1);
});

test('[B65] volumes grow and shrink', () => {
  const { world, framework, offer } = scene();
  framework.accept([offer], [reserve(reserved('disk:40')), create(volume('v', 20))], 0);
  world.advance(1_000);
  const [second] = framework.offers();
  const grow = { volume: volume('v', 20), addition: reserved('disk:15')[0]! };
  framework.accept([second!], [{ type: 'GROW_VOLUME', growVolume: grow }], 0);
  world.advance(1_000);
  const [third] = framework.offers();
  assert.deepEqual(special(third), ['v 35', 'disk 5']);
  framework.accept([third!], [{ type: 'SHRINK_VOLUME', shrinkVolume: { volume: volume('v', 35), subtract: 30 } }], 0);
  world.advance(1_000);
  assert.deepEqual(special(framework.offers()[0]), ['v 5', 'disk 35']);
});

test('[B67][B158] a task that is not valid ends in TASK_ERROR with the reason, the others run', () => {
  const { world, agent, framework, offer } = scene();
  const wrong = [
    task('greedy', offer, 'cpus:100'),
    task('t1', { agentId: 'elsewhere' as never }),
    task('a/b', offer),
    { ...task('bare', offer), resources: [] },
  ];
  framework.accept([offer], [launch(...wrong, task('good', offer), task('good', offer))]);
  assert.deepEqual(agent.take('RUN_TASK').map((run) => run.task.taskId), ['good']);
  const statuses = framework.statuses();
  assert.deepEqual(
    new Set(statuses.map(({ state, reason, source }) => `${state} ${reason!} ${source!}`)),
    new Set(['TASK_ERROR REASON_TASK_INVALID SOURCE_MASTER']),
  );
  const [greedy, elsewhere, slash, bare, twice] = statuses.map((status) => status.message ?? '');
  assert.match(greedy!, /^Total resources .* required by task and its executor is more than available/);
  assert.equal(elsewhere, `Task uses invalid agent elsewhere while agent ${agent.id} is expected`);
  assert.equal(slash, "'a/b' contains invalid characters");
  assert.equal(bare, 'Task uses no resources');
  assert.equal(twice, 'Task has duplicate ID: good');
  assert.equal(world.state.counters.ended.TASK_ERROR, 5);
});

test('[B67] operations with an id and tasks of a malformed operation fail as a whole', () => {
  const { framework, offer, agent } = scene();
  const negative = { ...task('n', offer), resources: [{ name: 'cpus', type: 'SCALAR', scalar: -1 } as const] };
  const operations = [launch(negative, task('fine', offer)), { ...launch(task('with', offer)), id: 'op' as never }];
  framework.accept([offer], operations);
  assert.deepEqual(agent.take('RUN_TASK'), []);
  const messages = framework.statuses().map(({ taskId, message }) => [taskId, message]);
  const invalid = messages[0]?.[1];
  assert.match(invalid ?? '', /Invalid scalar resource/);
  const id = 'The `id` field cannot be set on LAUNCH operations';
  assert.deepEqual(messages, [['n', invalid], ['fine', invalid], ['with', id]]);
});

test('[B69] an executor is counted once, until it exits', () => {
  const { world, agent, framework, offer } = scene('cpus:4;mem:1024');
  const command = { value: 'run' };
  const executor: ExecutorInfo = { executorId: asExecutor('e'), command, resources: resources('cpus:0.5;mem:100') };
  const tasks = ['t1', 't2'].map((id) => task(id, offer, 'cpus:1;mem:50', { executor }));
  framework.accept([offer], [launch(...tasks)], 0);
  const runs = agent.take('RUN_TASK');
  assert.deepEqual(runs.map((run) => run.launchExecutor), [true, false]);
  assert.equal(runs[1]?.task.executor?.frameworkId, framework.id, 'filled in by the master');
  assert.deepEqual(runs[0]?.task.executor?.resources?.[0]?.allocationInfo, { role: 'a' });
  world.advance(1_000);
  const [rest] = framework.offers();
  assert.deepEqual(rest?.resources.map((one) => one.scalar), [1.5, 824]);
  assert.deepEqual(rest.executorIds, ['e']);
  for (const one of tasks) agent.update(framework.id, agent.status(one.taskId, 'TASK_FINISHED'));
  framework.send({ type: 'DECLINE', offerIds: [rest.id], filters: { refuseSeconds: 0 } });
  world.advance(1_000);
  assert.deepEqual(framework.offers()[0]?.resources.map((one) => one.scalar), [3.5, 924]);
  const ids = { agentId: agent.id, frameworkId: framework.id, executorId: executor.executorId };
  agent.send({ type: 'EXITED_EXECUTOR', ...ids, status: 256 });
  world.advance(1_000);
  assert.deepEqual(framework.offers()[0]?.resources.map((one) => one.scalar), [0.5, 100]);
});

test('[B70] the same executor id with another description is refused', () => {
  const { agent, framework, offer } = scene();
  const executor = { executorId: asExecutor('e'), command: { value: 'run' } };
  const other = { ...executor, command: { value: 'walk' } };
  const tasks = [task('t1', offer, 'cpus:1', { executor }), task('t2', offer, 'cpus:1', { executor: other })];
  framework.accept([offer], [launch(...tasks)]);
  assert.deepEqual(agent.take('RUN_TASK').map((run) => run.task.taskId), ['t1']);
  const text = 'ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID';
  assert.ok(framework.statuses()[0]?.message?.startsWith(text));
});

test('[B71] a task group starts as a whole or not at all', () => {
  const { world, agent, framework, offer } = scene();
  const executor: ExecutorInfo = {
    type: 'DEFAULT',
    executorId: asExecutor('pod'),
    resources: resources('cpus:0.1;mem:32;disk:10'),
  };
  const group = (...tasks: ReturnType<typeof task>[]): OperationMessage => {
    return { type: 'LAUNCH_GROUP', launchGroup: { executor, taskGroup: { tasks } } };
  };
  framework.accept([offer], [group(task('a', offer, 'cpus:1;mem:64'), task('b', offer, 'cpus:9'))], 0);
  const refused = framework.statuses();
  assert.deepEqual(refused.map(({ taskId, state, reason }) => [taskId, state, reason]), [
    ['a', 'TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
    ['b', 'TASK_ERROR', 'REASON_TASK_GROUP_INVALID'],
  ]);
  assert.deepEqual(agent.take(), []);
  world.advance(1_000);
  const [second] = framework.offers();
  framework.accept([second!], [group(task('a', offer, 'cpus:1;mem:64'), task('b', offer, 'cpus:1'))], 0);
  const run = agent.takeOne('RUN_TASK_GROUP');
  const members = run.taskGroup.tasks.map((one) => [one.taskId, one.executor?.executorId]);
  assert.deepEqual(members, [['a', 'pod'], ['b', 'pod']]);
  assert.equal(run.launchExecutor, true);
  assert.equal(run.executor.frameworkId, framework.id);
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 2);
  world.advance(1_000);
  const rest = framework.offers()[0]?.resources.map(({ name, scalar }) => `${name} ${scalar!}`);
  assert.deepEqual(rest, ['cpus 1.9', 'disk 90', 'mem 928']);
});

test('[B53][B54] what frameworks and tasks say of themselves goes to the agent and stays', () => {
  const world = new World();
  const agent = world.agent();
  const said = { user: 'alice', checkpoint: true, hostname: 'desk', webuiUrl: 'http://desk/', labels: [{ key: 'k' }] };
  const framework = world.framework(said);
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, task('t', offer!));
  const { frameworkInfo } = agent.takeOne('RUN_TASK');
  assert.deepEqual(frameworkInfo, { name: 'test', id: framework.id, ...said });
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.get('t' as never)?.user, 'alice');
});

test('a launch without tasks is a decline, and counted as one', () => {
  const { world, framework, offer } = scene();
  framework.accept([offer], [launch()], 0);
  assert.equal(world.state.counters.plain.messages_decline_offers, 1);
  assert.equal(world.state.counters.plain.messages_launch_tasks, 0);
  world.advance(1_000);
  assert.equal(framework.offers().length, 1);
});
