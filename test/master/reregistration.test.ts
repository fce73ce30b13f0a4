/** Agents that come back: what master and agent tell each other, and what becomes of the tasks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comeBack, launched, running, TOTAL } from './agent-scenes.js';
import { asAgent, asExecutor, asFramework, resources, START_MS, task, World } from './harness.js';

test('[B29][B35] an agent comes back in time: what it does not report is asked for, kills are repeated', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true, failoverTimeoutSeconds: 1000 });
  const agent = world.agent();
  launched(world, framework, agent, 'there', 'gone', 'doomed');
  agent.close();
  framework.send({ type: 'KILL', taskId: 'doomed' as never, killPolicy: { gracePeriodMs: 7 } });
  const tasks = [running(framework, agent, 'there'), running(framework, agent, 'doomed')];
  const back = comeBack(world, agent, { tasks, frameworks: [world.state.frameworks.get(framework.id)!.info] });
  const again = back.takeOne('AGENT_REREGISTERED');
  assert.deepEqual(again.reconciliations, [{ frameworkId: framework.id, tasks: [{ taskId: 'gone' }] }]);
  const { gracePeriodMs } = back.takeOne('KILL_TASK').killPolicy!;
  assert.equal(gracePeriodMs, 7);
  assert.equal(back.takeOne('UPDATE_FRAMEWORK_INFO').frameworkInfo.id, framework.id);
  assert.equal(back.take('CHECKPOINT_RESOURCES').length, 1);
  assert.equal(world.state.agents.get(agent.id)!.active, true);
  assert.ok(!world.timers.has(`reregister/${agent.id}`));
  assert.deepEqual(framework.statuses(), []);
  framework.offers();
  world.advance(6_000);
  assert.equal(framework.offers().length, 1);
});

test('[B29] executors the agent does not report are gone, those of a removed framework are shut down', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  world.settle();
  const [offer] = framework.offers();
  const command = { value: 'run' };
  const executor = { executorId: asExecutor('e'), command, resources: resources('cpus:1;mem:64') };
  framework.launch(offer!, task('t', offer!, 'cpus:1;mem:64', { executor }));
  assert.equal(world.state.agents.get(agent.id)!.executors.size, 1);
  const removed = world.framework({ checkpoint: true });
  removed.send({ type: 'TEARDOWN' });
  agent.close();
  const ended = { ...world.state.completedFrameworks.get(removed.id)!.info };
  const frameworks = [world.state.frameworks.get(framework.id)!.info, ended];
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks });
  assert.equal(world.state.agents.get(agent.id)!.executors.size, 0);
  assert.deepEqual(back.take('SHUTDOWN_FRAMEWORK'), [{ type: 'SHUTDOWN_FRAMEWORK', frameworkId: removed.id }]);
});

test('[B29] tasks that the master has given up are taken back from an agent that still runs them', () => {
  const world = new World();
  const framework = world.framework();
  const agent = world.agent();
  launched(world, framework, agent, 't');
  agent.close();
  assert.equal(framework.statuses()[0]?.state, 'TASK_LOST');
  const frameworks = [world.state.frameworks.get(framework.id)!.info];
  comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks });
  const [status] = framework.statuses();
  assert.equal(status?.state, 'TASK_RUNNING');
  assert.equal(status.reason, 'REASON_AGENT_REREGISTERED');
  assert.equal(world.state.frameworks.get(framework.id)!.completedTasks.size, 0);
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 1);
});

test('[B29][B36] an unreachable agent returns: the registry first, then its tasks as it reports them', () => {
  const world = new World();
  const aware = world.framework({ capabilities: [{ type: 'PARTITION_AWARE' }], checkpoint: true });
  const agent = world.agent();
  launched(world, aware, agent, 'here', 'over', 'forgotten');
  agent.answersPings = false;
  world.advance(100_000);
  const unreachable = aware.statuses();
  assert.deepEqual(unreachable.map((status) => status.state), Array(3).fill('TASK_UNREACHABLE'));
  const [{ unreachableTimeMs, reason, source, uuid }] = unreachable as [(typeof unreachable)[0]];
  assert.ok(unreachableTimeMs! > START_MS);
  assert.deepEqual([reason, source, uuid], ['REASON_AGENT_REMOVED', 'SOURCE_MASTER', undefined]);
  assert.equal(aware.takeOne('FAILURE').agentId, agent.id);
  const record = world.state.frameworks.get(aware.id)!;
  assert.equal(record.unreachableTasks.size, 3);
  assert.equal(world.registry.unreachable.has(agent.id), true);
  world.holdRegistry = true;
  const tasks = [running(aware, agent, 'here'), running(aware, agent, 'over', { state: 'TASK_FINISHED' })];
  const back = comeBack(world, agent, { tasks, frameworks: [record.info] });
  assert.deepEqual(back.take(), []);
  world.holdRegistry = false;
  world.releaseRegistry();
  assert.equal(back.takeOne('AGENT_REREGISTERED').agentId, agent.id);
  assert.equal(world.registry.unreachable.has(agent.id), false);
  const told = aware.statuses();
  const states = told.map(({ taskId, state }) => [taskId, state]);
  assert.deepEqual(states, [['here', 'TASK_RUNNING'], ['over', 'TASK_FINISHED']]);
  assert.deepEqual(new Set(told.map((status) => status.reason)), new Set(['REASON_AGENT_REREGISTERED']));
  assert.equal(record.unreachableTasks.size, 0);
  assert.equal(record.tasks.size, 2);
  assert.equal(world.state.unreachableAgents.size, 0);
  assert.equal(world.state.counters.plain.slave_reregistrations, 1);
});

test('[B29] an agent tells what its framework has still to see, not what comes after', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  const record = world.state.frameworks.get(framework.id)!;
  const uuid = new Uint8Array(16).fill(7);
  const ahead = { state: 'TASK_FINISHED', statusUpdateState: 'TASK_RUNNING', statusUpdateUuid: uuid } as const;
  agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't', ahead)], frameworks: [record.info] });
  assert.equal(framework.statuses()[0]?.state, 'TASK_RUNNING');
  assert.equal(record.tasks.get('t' as never)?.state, 'TASK_FINISHED');
  framework.send({ type: 'ACKNOWLEDGE', agentId: agent.id, taskId: 't' as never, uuid });
  assert.equal(back.take('STATUS_UPDATE_ACKNOWLEDGEMENT').length, 1);
});

test('[B29] frameworks that only an agent knows are recovered, keep what they hold, and may subscribe', () => {
  const world = new World();
  const agent = world.agentLink();
  agent.id = asAgent('old-S3');
  const id = asFramework('old-0001');
  const frameworkInfo = { user: 'nobody', name: 'from before', id, failoverTimeoutSeconds: 100 };
  const executorInfo = { executorId: asExecutor('e'), command: { value: 'run' }, resources: resources('cpus:1') };
  const reported = running({ id }, agent, 't', { executorId: executorInfo.executorId });
  comeBack(world, Object.assign(agent, { id: agent.id }), {
    tasks: [reported],
    frameworks: [frameworkInfo],
    executors: [{ executorInfo, frameworkId: id }],
  });
  const record = world.state.frameworks.get(id)!;
  assert.equal(record.recovered, true);
  assert.equal(record.active, false);
  assert.equal(record.executors.size, 1);
  const other = world.framework();
  world.settle();
  assert.deepEqual(other.offers()[0]?.resources.map((one) => one.scalar), [2, 4032], 'what it holds is not offered');
  const peer = world.frameworkLink();
  peer.send({ type: 'SUBSCRIBE', frameworkId: id, frameworkInfo });
  assert.equal(peer.takeOne('SUBSCRIBED').frameworkId, id);
  assert.equal(record.recovered, false);
  assert.equal(record.active, true);
  peer.send({ type: 'RECONCILE' });
  assert.equal(peer.statuses()[0]?.state, 'TASK_RUNNING');
});

test('[B29] an agent that comes back as another host, or with resources that do not match, is told to end', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:4096;disk:100');
  const peer = world.agentLink();
  const agentInfo = { id: agent.id, hostname: 'elsewhere', resources: resources(TOTAL) };
  peer.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0' });
  assert.equal(peer.takeOne('SHUTDOWN_AGENT').message, 'Agent attempted to reregister with different IP / hostname');
  const reservations = [{ type: 'DYNAMIC' as const, role: 'a' }];
  const reserved = resources('disk:10').map((resource) => ({ ...resource, reservations }));
  world.operator({ type: 'RESERVE_RESOURCES', agentId: agent.id, resources: reserved });
  agent.close();
  const back = comeBack(world, agent);
  assert.match(back.takeOne('SHUTDOWN_AGENT').message, /^Incompatible agent resources: /);
  const without = world.agentLink();
  without.send({ type: 'REREGISTER_AGENT', agentInfo: { hostname: 'x' }, version: '1.11.0' });
  assert.equal(without.closed, 'an agent that comes back needs its id');
});

test('[B29] an agent that comes back while its old link still seems whole has the old one closed', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  launched(world, framework, agent, 't');
  world.advance(10_000);
  const [offer] = framework.offers();
  const frameworks = [world.state.frameworks.get(framework.id)!.info];
  const back = comeBack(world, agent, { tasks: [running(framework, agent, 't')], frameworks });
  assert.equal(agent.closed, 'the agent came back on another link');
  assert.equal(framework.takeOne('RESCIND').offerId, offer?.id);
  assert.equal(back.take('AGENT_REREGISTERED').length, 1);
  assert.deepEqual(framework.statuses(), []);
});

test('[B29] another description goes to the registry first', () => {
  const world = new World();
  const agent = world.agent();
  agent.close();
  world.holdRegistry = true;
  const agentInfo = { id: agent.id, hostname: `host${agent.link}`, port: 5051, resources: resources('cpus:9') };
  const back = comeBack(world, agent, { agentInfo });
  assert.deepEqual(back.take(), []);
  world.releaseRegistry();
  assert.deepEqual(back.types().slice(0, 1), ['AGENT_REREGISTERED']);
  assert.deepEqual(world.registry.agents.get(agent.id), agentInfo);
  assert.equal(String(world.state.agents.get(agent.id)!.total), 'cpus:9');
});


test('[B29][B70] an executor that came back with its agent is still the one its framework describes', () => {
  const world = new World();
  const framework = world.framework({ checkpoint: true });
  const agent = world.agent();
  world.settle();
  const [offer] = framework.offers();
  // In an order of its own, and without the role, which the master adds.
  const wanted = resources('cpus:0.5;mem:64').reverse();
  const executor = { executorId: asExecutor('e'), command: { value: 'run' }, resources: wanted };
  framework.launch(offer!, task('t1', offer!, 'cpus:1', { executor }));
  const executorInfo = agent.takeOne('RUN_TASK').task.executor!;
  const record = world.state.frameworks.get(framework.id)!;
  agent.answersPings = false;
  world.advance(100_000);
  assert.equal(record.executors.size, 0);
  const executors = [{ executorInfo, frameworkId: framework.id }];
  const tasks = [running(framework, agent, 't1', { executorId: executor.executorId })];
  const back = comeBack(world, agent, { tasks, executors, frameworks: [record.info] });
  assert.equal(record.executors.size, 1);
  world.settle();
  const next = framework.offers().at(-1)!;
  framework.statuses();
  framework.launch(next, task('t2', next, 'cpus:1', { executor }));
  assert.deepEqual(framework.statuses(), []);
  assert.equal(back.takeOne('RUN_TASK').launchExecutor, false);
});
