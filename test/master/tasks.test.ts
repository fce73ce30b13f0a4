/** Tasks: their states, statuses on the way to frameworks, acknowledgements, kills, reconciliation, messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskState, TaskStatus } from '../../src/protocol/task.js';
import { type AgentPeer, asAgent, asExecutor, asTask, type FrameworkPeer } from './harness.js';
import { resources, START_MS, task, World } from './harness.js';

const AWARE = [{ type: 'PARTITION_AWARE' }];

interface Scene {
  readonly world: World;
  readonly agent: AgentPeer;
  readonly framework: FrameworkPeer;
}

/** A framework with these tasks on an agent. */
function scene(ids: readonly string[], capabilities: { type: string }[] = AWARE): Scene {
  const world = new World();
  const agent = world.agent();
  const framework = world.framework({ capabilities, checkpoint: true, failoverTimeoutSeconds: 1e6 });
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, ...ids.map((id) => task(id, offer!, 'cpus:1;mem:64')));
  agent.take();
  return { world, agent, framework };
}

function stateOf({ world, framework }: Scene, id = 't'): TaskState | undefined {
  return world.state.frameworks.get(framework.id)!.tasks.get(asTask(id))?.state;
}

function freeCpus({ world, agent }: Scene): number {
  const { held } = world.state.allocator.agent(agent.id);
  return 4 - held.reduce((sum, { resources: taken }) => sum + taken.get('cpus') / 1000, 0) + offered(world);
}

function offered(world: World): number {
  return [...world.state.offers.values()].reduce((sum, offer) => sum + offer.resources.get('cpus') / 1000, 0);
}

test('[B151] a launched task is TASK_STAGING until its agent tells more', () => {
  const play = scene(['t']);
  assert.equal(stateOf(play), 'TASK_STAGING');
  assert.deepEqual(play.framework.statuses(), [], 'the master sends no status of its own');
});

const ENDS = new Set<TaskState>([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
]);

/** Takes a task through states: each is forwarded as it comes; with the end its resources are free. */
function walk(...states: readonly TaskState[]): void {
  const play = scene(['t'], [...AWARE, { type: 'TASK_KILLING_STATE' }]);
  const { agent, framework, world } = play;
  for (const state of states) {
    const status = agent.status('t', state, { message: 'm', healthy: true });
    agent.update(framework.id, status);
    assert.deepEqual(framework.statuses(), [status], 'nothing is added or left out');
    assert.equal(stateOf(play), state);
    const ended = ENDS.has(state);
    assert.equal(freeCpus(play), ended ? 4 : 3);
    framework.acknowledge(status);
    const sent = agent.takeOne('STATUS_UPDATE_ACKNOWLEDGEMENT');
    assert.deepEqual(sent, { type: sent.type, frameworkId: framework.id, taskId: 't', uuid: status.uuid });
    assert.equal(stateOf(play), ended ? undefined : state);
  }
  const last = states.at(-1)!;
  assert.equal(world.state.counters.ended[last], ENDS.has(last) ? 1 : 0);
}

test('[B152] TASK_STARTING, then TASK_RUNNING', () => walk('TASK_STARTING', 'TASK_RUNNING'));
test('[B153] TASK_RUNNING, more than once', () => walk('TASK_RUNNING', 'TASK_RUNNING'));
test('[B154] TASK_KILLING on the way to TASK_KILLED', () => walk('TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED'));
test('[B155] TASK_FINISHED is an end', () => walk('TASK_RUNNING', 'TASK_FINISHED'));
test('[B156] TASK_FAILED is an end', () => walk('TASK_RUNNING', 'TASK_FAILED'));
test('[B157] TASK_KILLED is an end', () => walk('TASK_KILLED'));
test('[B158] TASK_ERROR is an end', () => walk('TASK_ERROR'));
test('[B159] TASK_LOST is an end', () => walk('TASK_RUNNING', 'TASK_LOST'));
test('[B160] TASK_DROPPED is an end', () => walk('TASK_DROPPED'));
test('[B162] TASK_GONE is an end', () => walk('TASK_RUNNING', 'TASK_GONE'));

test('[B77] a status gets what its update says besides', () => {
  const { agent, framework } = scene(['t']);
  const uuid = agent.uuid();
  const status = { taskId: asTask('t'), state: 'TASK_RUNNING' } as const;
  const update = { frameworkId: framework.id, executorId: asExecutor('e'), status, timestamp: 12.5, uuid };
  agent.send({ type: 'STATUS_UPDATE', update });
  const expected = { ...status, agentId: agent.id, executorId: 'e', timestamp: 12.5, uuid };
  assert.deepEqual(framework.statuses(), [expected]);
});

test('[B77] when the agent is ahead and the task has ended, its resources are free before the framework knows', () => {
  const play = scene(['t']);
  const { agent, framework, world } = play;
  const status = agent.status('t', 'TASK_RUNNING');
  agent.update(framework.id, status, { latestState: 'TASK_FINISHED' });
  assert.equal(framework.statuses()[0]?.state, 'TASK_RUNNING');
  assert.equal(stateOf(play), 'TASK_FINISHED');
  assert.equal(freeCpus(play), 4);
  framework.acknowledge(status);
  assert.equal(stateOf(play), 'TASK_FINISHED', 'that was not the end');
  framework.send({ type: 'RECONCILE' });
  assert.equal(framework.statuses()[0]?.state, 'TASK_RUNNING', 'what it has been told');
  const end = agent.status('t', 'TASK_FINISHED');
  agent.update(framework.id, end);
  assert.equal(freeCpus(play), 4);
  framework.acknowledge(end);
  assert.equal(stateOf(play), undefined);
  assert.equal(world.state.counters.ended.TASK_FINISHED, 1);
});

test('[B77] statuses of a disconnected framework are not forwarded, but the task moves on', () => {
  const play = scene(['t']);
  const { agent, framework, world } = play;
  framework.close();
  agent.update(framework.id, agent.status('t', 'TASK_FINISHED'));
  assert.equal(stateOf(play), 'TASK_FINISHED');
  assert.equal(freeCpus(play), 4);
  assert.equal(world.state.counters.plain.invalid_status_updates, 1);
});

test('[B77] statuses that are of another agent or have no proper uuid are ignored, unknown tasks are forwarded', () => {
  const { agent, framework, world } = scene(['t']);
  agent.update(framework.id, agent.status('t', 'TASK_RUNNING', { agentId: asAgent('other') }));
  agent.update(framework.id, agent.status('t', 'TASK_RUNNING', { uuid: new Uint8Array(3) }));
  assert.deepEqual(framework.statuses(), []);
  agent.update(framework.id, agent.status('stray', 'TASK_RUNNING'));
  const [stray] = framework.statuses();
  assert.equal(stray?.taskId, 'stray');
  framework.acknowledge(stray);
  assert.equal(agent.take('STATUS_UPDATE_ACKNOWLEDGEMENT').length, 1);
  assert.equal(world.state.counters.plain.invalid_status_updates, 3);
});

test('[B78] acknowledgements: an old uuid ends nothing, one nobody waits for goes nowhere', () => {
  const play = scene(['t']);
  const { agent, framework, world } = play;
  const { plain } = world.state.counters;
  const early = agent.status('t', 'TASK_RUNNING');
  framework.acknowledge(early);
  assert.deepEqual(agent.take('STATUS_UPDATE_ACKNOWLEDGEMENT'), [], 'nothing was forwarded yet');
  assert.equal(plain.invalid_status_update_acknowledgements, 1);
  agent.update(framework.id, early);
  const end = agent.status('t', 'TASK_FINISHED');
  agent.update(framework.id, end);
  framework.acknowledge(early);
  assert.equal(agent.take('STATUS_UPDATE_ACKNOWLEDGEMENT').length, 1, 'the agent knows what to make of it');
  assert.equal(stateOf(play), 'TASK_FINISHED');
  framework.acknowledge({ ...end, agentId: asAgent('unknown') });
  agent.close();
  framework.acknowledge(end);
  assert.equal(plain.invalid_status_update_acknowledgements, 3);
  assert.equal(plain.valid_status_update_acknowledgements, 1);
});

test('[B171] a terminal state is final', () => {
  const play = scene(['t']);
  const { agent, framework } = play;
  agent.update(framework.id, agent.status('t', 'TASK_FINISHED'));
  agent.update(framework.id, agent.status('t', 'TASK_RUNNING'));
  agent.update(framework.id, agent.status('t', 'TASK_FAILED'));
  assert.equal(stateOf(play), 'TASK_FINISHED');
  assert.equal(framework.statuses().length, 3, 'all are forwarded');
});

test('one status is kept for each change of state, without data, and not without end', () => {
  const play = scene(['t']);
  const { agent, framework, world } = play;
  const record = world.state.frameworks.get(framework.id)!.tasks.get(asTask('t'))!;
  const data = new Uint8Array(9);
  for (let i = 0; i < 5; i++) agent.update(framework.id, agent.status('t', 'TASK_RUNNING', { data }));
  assert.equal(record.statuses.length, 1);
  assert.equal('data' in record.statuses[0]!, false);
  for (let i = 0; i < 500; i++) {
    agent.update(framework.id, agent.status('t', i % 2 === 0 ? 'TASK_STARTING' : 'TASK_RUNNING'));
  }
  assert.equal(record.statuses.length, 64);
});

test('[B74] a kill goes to the agent, again when the agent comes back', () => {
  const { agent, framework, world } = scene(['t']);
  framework.send({ type: 'KILL', taskId: asTask('t') });
  assert.deepEqual(agent.take('KILL_TASK'), [{ type: 'KILL_TASK', frameworkId: framework.id, taskId: 't' }]);
  framework.send({ type: 'KILL', taskId: asTask('t'), agentId: asAgent('other') });
  assert.deepEqual(agent.take('KILL_TASK'), [], 'of another agent');
  framework.send({ type: 'KILL', taskId: asTask('t'), agentId: agent.id });
  assert.equal(agent.take('KILL_TASK').length, 1);
  assert.equal(world.state.counters.plain.messages_kill_task, 3);
});

test('[B74] a kill of an unknown task is answered like a reconciliation', () => {
  const { agent, framework } = scene([]);
  framework.send({ type: 'KILL', taskId: asTask('t') });
  const [unknown] = framework.statuses();
  assert.deepEqual([unknown?.state, unknown?.reason], ['TASK_UNKNOWN', 'REASON_RECONCILIATION']);
  framework.send({ type: 'KILL', taskId: asTask('t'), agentId: agent.id });
  assert.equal(framework.statuses()[0]?.state, 'TASK_GONE');
});

test('[B75] the kill policy of the call goes with it', () => {
  const { agent, framework } = scene(['t']);
  framework.send({ type: 'KILL', taskId: asTask('t'), killPolicy: { gracePeriodMs: 1500 } });
  assert.deepEqual(agent.takeOne('KILL_TASK').killPolicy, { gracePeriodMs: 1500 });
});

test('[B76] an executor is shut down on request', () => {
  const { agent, framework } = scene([]);
  framework.send({ type: 'SHUTDOWN', executorId: asExecutor('e'), agentId: agent.id });
  const message = { type: 'SHUTDOWN_EXECUTOR', frameworkId: framework.id, executorId: 'e' };
  assert.deepEqual(agent.take(), [message]);
  framework.send({ type: 'SHUTDOWN', executorId: asExecutor('e'), agentId: asAgent('unknown') });
  assert.deepEqual(agent.take(), []);
});

/** A status without what varies. */
function core({ taskId, state, message, source, reason, uuid, agentId }: TaskStatus): unknown[] {
  return [taskId, state, message, source, reason, uuid, agentId];
}

test('[B79][B165] explicit reconciliation tells the newest state that the framework has been sent', () => {
  const { agent, framework } = scene(['t', 'u']);
  agent.update(framework.id, agent.status('t', 'TASK_RUNNING', { healthy: false, executorId: asExecutor('e') }));
  framework.statuses();
  const wanted = [{ taskId: asTask('t') }, { taskId: asTask('u'), agentId: asAgent('wrong') }];
  framework.send({ type: 'RECONCILE', tasks: wanted });
  const [first, second] = framework.statuses();
  const latest = ['Reconciliation: Latest task state', 'SOURCE_MASTER', 'REASON_RECONCILIATION', undefined, agent.id];
  assert.deepEqual(core(first!), ['t', 'TASK_RUNNING', ...latest]);
  assert.equal(first?.healthy, false);
  assert.equal(first.timestamp, START_MS / 1000);
  assert.deepEqual(core(second!), ['u', 'TASK_STAGING', ...latest]);
});

test('[B80] implicit reconciliation tells all tasks that are not completed', () => {
  const { agent, framework } = scene(['t', 'u', 'v']);
  const end = agent.status('u', 'TASK_FINISHED');
  agent.update(framework.id, end);
  framework.acknowledge(end);
  framework.statuses();
  framework.send({ type: 'RECONCILE' });
  framework.send({ type: 'RECONCILE', tasks: [] });
  const told = framework.statuses().map((status) => [status.taskId, status.state]);
  const all = [['t', 'TASK_STAGING'], ['v', 'TASK_STAGING']];
  assert.deepEqual(told, [...all, ...all]);
});

for (const aware of [true, false]) {
  const as = (state: TaskState): TaskState => (aware ? state : 'TASK_LOST');
  const who = aware ? 'for frameworks aware of partitions' : 'TASK_LOST for others';

  test(`[B86][B167][B170][B164] reconciliation of tasks the master does not know, ${who}`, () => {
    const { agent, framework } = scene([], aware ? AWARE : []);
    const taskId = asTask('x');
    const wanted = [{ taskId, agentId: agent.id }, { taskId, agentId: asAgent('?') }, { taskId }];
    framework.send({ type: 'RECONCILE', tasks: wanted });
    const rest = ['SOURCE_MASTER', 'REASON_RECONCILIATION', undefined];
    assert.deepEqual(framework.statuses().map(core), [
      ['x', as('TASK_GONE'), 'Reconciliation: Task is unknown to the agent', ...rest, agent.id],
      ['x', as('TASK_UNKNOWN'), 'Reconciliation: Task is unknown', ...rest, '?'],
      ['x', as('TASK_UNKNOWN'), 'Reconciliation: Task is unknown', ...rest, undefined],
    ]);
  });

  test(`[B86][B161][B168][B36] tasks of an agent that is not reachable, ${who}`, () => {
    const play = scene(['t'], aware ? AWARE : []);
    const { agent, framework, world } = play;
    agent.answersPings = false;
    world.advance(100_000);
    const [status] = framework.statuses();
    assert.equal(status?.state, as('TASK_UNREACHABLE'));
    assert.equal(status.reason, 'REASON_AGENT_REMOVED');
    assert.ok(status.unreachableTimeMs! > START_MS);
    const record = world.state.frameworks.get(framework.id)!;
    assert.deepEqual([...record.unreachableTasks.keys()], ['t']);
    framework.send({ type: 'RECONCILE', tasks: [{ taskId: asTask('t'), agentId: agent.id }, { taskId: asTask('t') }] });
    for (const answer of framework.statuses()) {
      assert.equal(answer.state, as('TASK_UNREACHABLE'));
      assert.equal(answer.message, 'Reconciliation: Task is unreachable');
      assert.equal(answer.unreachableTimeMs, status.unreachableTimeMs);
    }
    const other = world.agent();
    world.settle();
    const offer = framework.offers().at(-1)!;
    framework.launch(offer, task('t', offer));
    assert.equal(framework.statuses()[0]?.message, 'Task reuses the ID of an unreachable task: t');
    assert.deepEqual(other.take('RUN_TASK'), []);
  });
}

test('[B166] no answer while agents of the registry are awaited; then they are unreachable', () => {
  const recovered = { id: asAgent('old-S1'), hostname: 'h' };
  const world = new World({ awaitsRegistry: true, agentReregisterTimeoutMs: 50_000 });
  world.registry.agents.set(recovered.id, recovered);
  world.recover();
  const framework = world.framework({ capabilities: AWARE });
  const agent = world.agent();
  const taskId = asTask('t');
  framework.send({ type: 'RECONCILE', tasks: [{ taskId, agentId: recovered.id }, { taskId }] });
  assert.deepEqual(framework.statuses(), []);
  framework.send({ type: 'RECONCILE', tasks: [{ taskId, agentId: agent.id }] });
  assert.equal(framework.statuses()[0]?.state, 'TASK_GONE');
  agent.close();
  framework.send({ type: 'RECONCILE', tasks: [{ taskId, agentId: agent.id }] });
  assert.deepEqual(framework.statuses(), [], 'a disconnected agent may come back with it');
  world.advance(49_000);
  assert.equal(world.state.recoveredAgents.size, 1);
  world.advance(2_000);
  assert.equal(world.state.recoveredAgents.size, 0);
  assert.equal(framework.take('FAILURE')[0]?.agentId, recovered.id);
  framework.send({ type: 'RECONCILE', tasks: [{ taskId, agentId: recovered.id }, { taskId }] });
  assert.deepEqual(framework.statuses().map((status) => status.state), ['TASK_UNREACHABLE', 'TASK_UNKNOWN']);
  assert.equal(world.state.counters.plain.recovery_slave_removals, 1);
});

test('[B59] bytes go from framework to executor and back, and are lost where nobody is', () => {
  const { agent, framework, world } = scene([]);
  const data = Uint8Array.of(1, 2, 3);
  const executorId = asExecutor('e');
  framework.send({ type: 'MESSAGE', agentId: agent.id, executorId, data });
  assert.deepEqual(agent.take(), [{ type: 'FRAMEWORK_TO_EXECUTOR', frameworkId: framework.id, executorId, data }]);
  agent.send({ type: 'EXECUTOR_TO_FRAMEWORK', agentId: agent.id, frameworkId: framework.id, executorId, data });
  const received = { type: 'EXECUTOR_MESSAGE', agentId: agent.id, executorId, data };
  assert.deepEqual(framework.take('EXECUTOR_MESSAGE'), [received]);
  framework.send({ type: 'MESSAGE', agentId: asAgent('unknown'), executorId, data });
  framework.close();
  agent.send({ type: 'EXECUTOR_TO_FRAMEWORK', agentId: agent.id, frameworkId: framework.id, executorId, data });
  const { plain } = world.state.counters;
  assert.deepEqual([plain.valid_framework_to_executor_messages, plain.invalid_framework_to_executor_messages], [1, 1]);
  assert.deepEqual([plain.valid_executor_to_framework_messages, plain.invalid_executor_to_framework_messages], [1, 1]);
});

test('[B83] the exit of an executor is a FAILURE with agent, executor and status', () => {
  const { agent, framework, world } = scene([]);
  world.advance(10_000);
  const offer = framework.offers().at(-1)!;
  const executor = { executorId: asExecutor('e'), command: { value: 'run' }, resources: resources('cpus:1') };
  framework.launch(offer, task('t', offer, 'cpus:1', { executor }));
  const exit = { agentId: agent.id, frameworkId: framework.id, executorId: executor.executorId, status: 9 };
  agent.send({ type: 'EXITED_EXECUTOR', ...exit });
  assert.deepEqual(framework.take('FAILURE'), [{ type: 'FAILURE', agentId: agent.id, executorId: 'e', status: 9 }]);
  agent.send({ type: 'EXITED_EXECUTOR', ...exit });
  assert.deepEqual(framework.take('FAILURE'), [], 'it is gone already');
  assert.equal(world.state.agents.get(agent.id)!.executors.size, 0);
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 1, 'its tasks get statuses of their own');
});

test('[B84] the loss of an agent is a FAILURE with the agent only, to every connected framework', () => {
  const world = new World();
  const agent = world.agent();
  const peers = [world.framework(), world.framework()];
  const away = world.framework({ failoverTimeoutSeconds: 1e6 });
  away.close();
  agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  for (const peer of peers) assert.deepEqual(peer.take('FAILURE'), [{ type: 'FAILURE', agentId: agent.id }]);
  assert.deepEqual(away.take('FAILURE'), []);
});

test('[B57] unreachable tasks are kept up to a bound', () => {
  const world = new World({ maxUnreachableTasksPerFramework: 2 });
  const agent = world.agent();
  const framework = world.framework({ capabilities: AWARE });
  world.settle();
  const [offer] = framework.offers();
  framework.launch(offer!, ...['a', 'b', 'c'].map((id) => task(id, offer!, 'cpus:1')));
  agent.answersPings = false;
  world.advance(100_000);
  assert.deepEqual([...world.state.frameworks.get(framework.id)!.unreachableTasks.keys()], ['b', 'c']);
});
