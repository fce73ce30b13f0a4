/** Tasks arrive: executors are started for them, or they are answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executorId, executorInfo, FRAMEWORK, frameworkInfo, Harness, launched, only, sent } from './harness.js';
import { sentTypes, task, taskId, updates, uuid } from './harness.js';
import type { AgentId } from '../../../src/protocol/schema.js';
import type { TaskInfo } from '../../../src/protocol/task.js';

const AWARE = { frameworkInfo: frameworkInfo(FRAMEWORK, 'PARTITION_AWARE') };

function group(agent: Harness, tasks: TaskInfo[]): void {
  const executor = executorInfo();
  agent.fromMaster({ type: 'RUN_TASK_GROUP', frameworkInfo: frameworkInfo(), executor, taskGroup: { tasks } });
}

test('[C25] tasks wait for their executor and are delivered in order when it has subscribed', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  agent.run(task('t2'));
  assert.equal(only(agent.effects, 'LaunchExecutor').length, 1);
  assert.deepEqual(sentTypes(agent.take()), []);
  const link = agent.subscribe();
  assert.deepEqual(sent(agent.take(), 'LAUNCH', link).map((message) => message.task.taskId), ['t1', 't2']);
  agent.run(task('t3'));
  assert.deepEqual(sent(agent.take(), 'LAUNCH', link).map((message) => message.task.taskId), ['t3']);
});

test('[C25] the same task twice is run once', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  agent.run(task('t1'));
  agent.subscribe();
  agent.run(task('t1'));
  assert.equal(sent(agent.take(), 'LAUNCH').length, 1);
  assert.equal(agent.state.counters.droppedMessages, 2);
});

test('[C25] a task for the agent that this one was before is ignored', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { agentId: 'S-old' as AgentId }));
  assert.deepEqual(agent.take().map(({ type }) => type), ['Log']);
});

test('[C25] what cannot be run is answered: stale resources, ids, unknown reservations, executors', () => {
  const agent = Harness.registered();
  agent.run(task('t1'), { ...AWARE, resourceVersion: 'old' });
  agent.run(task('t2', { executor: executorInfo('../x') }));
  const reservations = [{ type: 'DYNAMIC', role: 'dev' } as const];
  agent.run(task('t3', { resources: [{ name: 'cpus', type: 'SCALAR', scalar: 1, reservations }] }));
  agent.run(task('t4'), { launchExecutor: false });
  agent.run(task('t5'), { resourceVersion: agent.state.resourceVersion });
  agent.run(task('t6'), { launchExecutor: true });
  const unknown = 'The checkpointed resources being used by the task or task group are unknown to the agent';
  const absent = 'No executor is expected to launch and there is none running';
  const present = 'Master wants to launch executor, but one already exists';
  assert.deepEqual(updates(agent.effects), [
    ['t1', 'TASK_DROPPED', 'REASON_INVALID_OFFERS', 'Task assumes outdated resource state'],
    ['t2', 'TASK_DROPPED', 'REASON_TASK_INVALID', "'../x' contains invalid characters"],
    ['t3', 'TASK_DROPPED', 'REASON_RESOURCES_UNKNOWN', unknown],
    ['t4', 'TASK_DROPPED', 'REASON_EXECUTOR_TERMINATED', absent],
    ['t6', 'TASK_DROPPED', 'REASON_EXECUTOR_TERMINATED', present],
  ]);
  assert.equal(agent.executor().state, 'TERMINATING');
});

test('[C25] for frameworks that do not know TASK_DROPPED it is TASK_LOST', () => {
  const agent = Harness.registered();
  agent.run(task('t1'), { resourceVersion: 'old' });
  assert.equal(updates(agent.take())[0]?.[1], 'TASK_LOST');
});

test('[C25] the master is told of an executor that it counts on and that is not started', () => {
  const agent = Harness.registered();
  agent.run(task('t1'), { resourceVersion: 'old', launchExecutor: true });
  const [exited] = sent(agent.take(), 'EXITED_EXECUTOR');
  assert.deepEqual([exited?.frameworkId, exited?.executorId, exited?.status], [FRAMEWORK, 'e1', -1]);
});

test('[C25] a task for an executor that is ending is answered', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.fromMaster({ type: 'SHUTDOWN_EXECUTOR', frameworkId: FRAMEWORK, executorId: executorId('e1') });
  agent.take();
  agent.run(task('t2'));
  agent.exit();
  assert.deepEqual(updates(agent.take()), [
    ['t2', 'TASK_LOST', 'REASON_EXECUTOR_TERMINATED', 'Executor terminating'],
    ['t1', 'TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', 'Executor terminated'],
  ]);
  agent.run(task('t3'));
  assert.deepEqual(updates(agent.take())[0], ['t3', 'TASK_LOST', 'REASON_EXECUTOR_TERMINATED', 'Executor terminated']);
});

test('the framework stays until the answer to its only task is acknowledged', () => {
  const agent = Harness.registered();
  agent.run(task('t1'), { resourceVersion: 'old', launchExecutor: true });
  const [message] = sent(agent.take(), 'STATUS_UPDATE');
  agent.advance(10_000);
  assert.equal(sent(agent.take(), 'STATUS_UPDATE').length, 1);
  agent.acknowledge('t1', message!.update.uuid!);
  assert.equal(agent.state.frameworks.size, 0);
  assert.deepEqual([...agent.state.completedFrameworks.keys()], [FRAMEWORK]);
});

test('[C26] a group is delivered as one, once the executor has subscribed', () => {
  const agent = Harness.registered();
  group(agent, [task('a'), task('b')]);
  const link = agent.subscribe();
  assert.deepEqual(sentTypes(agent.effects, link), ['EXECUTOR_SUBSCRIBED', 'LAUNCH_GROUP']);
  const [message] = sent(agent.take(), 'LAUNCH_GROUP');
  assert.deepEqual(message?.taskGroup.tasks.map((info) => info.taskId), ['a', 'b']);
  assert.deepEqual([...agent.executor().launched.keys()], ['a', 'b']);
  group(agent, [task('c')]);
  assert.deepEqual(sentTypes(agent.take(), link), ['LAUNCH_GROUP']);
});

test('[C26] a group that cannot be run is answered task by task', () => {
  const agent = Harness.registered();
  group(agent, [task('a'), task('/')]);
  assert.deepEqual(updates(agent.take()).map(([id, state]) => [id, state]), [
    ['a', 'TASK_LOST'],
    ['/', 'TASK_LOST'],
  ]);
  assert.equal(agent.state.containers.size, 0);
});

test('[C37] a default executor is the built-in program; what is told of it is what the framework said', () => {
  const agent = Harness.registered();
  const { command: _command, ...info } = executorInfo('pod', { type: 'DEFAULT' });
  const resources = [{ name: 'cpus', type: 'SCALAR', scalar: 1, allocationInfo: { role: 'dev' } } as const];
  const tasks = ['a', 'b'].map((id) => task(id, { command: { value: id }, executor: info, resources }));
  const message = { type: 'RUN_TASK_GROUP', frameworkInfo: frameworkInfo(), executor: info } as const;
  agent.fromMaster({ ...message, taskGroup: { tasks }, launchExecutor: true });
  const launch = launched(agent.take());
  const command = { shell: false, value: 'mete', arguments: ['mete', 'executor'] };
  assert.deepEqual(launch.executorInfo, { ...info, command, resources: [...resources, ...resources] });
  assert.equal(launch.task, null);
  assert.equal(launch.user, 'ann');
  const link = agent.subscribe('pod');
  const [told] = sent(agent.effects, 'EXECUTOR_SUBSCRIBED');
  assert.deepEqual(told?.executorInfo, info);
  assert.deepEqual(sentTypes(agent.take(), link), ['EXECUTOR_SUBSCRIBED', 'LAUNCH_GROUP']);
});

test('[C35] a task with a command gets an executor of its own, with 0.1 cpus and 32 MB more', () => {
  const agent = Harness.registered();
  const allocationInfo = { role: 'dev' };
  const resources = [{ name: 'cpus', type: 'SCALAR', scalar: 2, allocationInfo } as const];
  const command = { value: 'sleep 1000000000', user: 'bob', environment: { variables: [{ name: 'A', value: '1' }] } };
  const killPolicy = { gracePeriodMs: 4_000 };
  agent.run(task('c1', { command, resources, killPolicy }), { launchExecutor: true });
  const launch = launched(agent.take());
  assert.deepEqual(launch.executorInfo, {
    executorId: 'c1',
    frameworkId: FRAMEWORK,
    name: "Command Executor (Task: c1) (Command: sh -c 'sleep 100000...')",
    source: 'c1',
    command: {
      shell: false,
      value: 'mete',
      arguments: ['mete', 'executor'],
      environment: command.environment,
      user: 'bob',
    },
    shutdownGracePeriodMs: 6_000,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: 0.1, allocationInfo },
      { name: 'mem', type: 'SCALAR', scalar: 32, allocationInfo },
      ...resources,
    ],
  });
  assert.equal(launch.task?.taskId, 'c1');
  assert.deepEqual(agent.executor('c1').info.resources?.length, 2);
});

test('[C35] a command task cannot use an executor that is there', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { executor: executorInfo('c1') }));
  agent.take();
  agent.run(task('c1', { command: { value: 'x' } }), { launchExecutor: true });
  const text = 'Cannot reuse an already existing executor for a command task';
  assert.deepEqual(updates(agent.effects), [['c1', 'TASK_LOST', 'REASON_TASK_INVALID', text]]);
  assert.equal(sent(agent.take(), 'EXITED_EXECUTOR').length, 0);
  assert.equal(agent.executor('c1').state, 'REGISTERING');
});

test('[C38] an executor of the framework is started with its own command', () => {
  const agent = Harness.registered();
  const command = { shell: false, value: '/bin/x', arguments: ['x', '-v'] };
  agent.run(task('t1', { executor: executorInfo('e1', { command }) }));
  const launch = launched(agent.take());
  assert.deepEqual(launch.executorInfo.command, command);
  assert.equal(launch.task, null);
  assert.equal(launch.executorInfo.frameworkId, FRAMEWORK);
});

test('[C40] an executor finds all of MESOS_* in its environment, and the variables of its command', () => {
  const agent = Harness.registered({ executorEnvironment: { TZ: 'UTC', A: '0' } });
  const command = { value: './run', environment: { variables: [{ name: 'A', value: '1' }, { name: 'B' }] } };
  const info = { ...frameworkInfo(), checkpoint: true };
  agent.run(task('t1', { executor: executorInfo('e1', { command }) }), { frameworkInfo: info });
  const { directory, environment } = launched(agent.take());
  assert.deepEqual(environment, {
    TZ: 'UTC',
    LIBPROCESS_PORT: '0',
    MESOS_FRAMEWORK_ID: 'F1',
    MESOS_EXECUTOR_ID: 'e1',
    MESOS_DIRECTORY: directory,
    MESOS_SANDBOX: directory,
    MESOS_AGENT_ID: 'S0',
    MESOS_SLAVE_ID: 'S0',
    MESOS_SLAVE_PID: 'slave(1)@10.0.0.1:5051',
    MESOS_AGENT_ENDPOINT: '10.0.0.1:5051',
    MESOS_CHECKPOINT: '1',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
    MESOS_RECOVERY_TIMEOUT: '15mins',
    MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
    A: '1',
    B: '',
  });
});

test('[C40] without checkpointing there is no recovery; the grace period is the executor\'s own', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { executor: executorInfo('e1', { shutdownGracePeriodMs: 90_000 }) }));
  const { environment } = launched(agent.take());
  assert.equal(environment['MESOS_CHECKPOINT'], '0');
  assert.equal(environment['MESOS_RECOVERY_TIMEOUT'], undefined);
  assert.equal(environment['MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD'], '90secs');
});

test("[C41] an executor runs as its command's user, else as the framework's, or as the agent's", () => {
  const user = (config: { switchUser?: boolean }, command: { value: string; user?: string }): string | null => {
    const agent = Harness.registered(config);
    agent.run(task('t1', { executor: executorInfo('e1', { command }) }));
    return launched(agent.take()).user;
  };
  assert.equal(user({}, { value: 'x' }), 'ann');
  assert.equal(user({}, { value: 'x', user: 'bob' }), 'bob');
  assert.equal(user({ switchUser: false }, { value: 'x', user: 'bob' }), null);
});

test('[C46] the data of a task goes to the executor and is not kept', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { data: uuid(5) }));
  agent.subscribe();
  assert.deepEqual(sent(agent.take(), 'LAUNCH')[0]?.task.data, uuid(5));
  assert.equal(agent.executor().launched.get(taskId('t1'))?.info.data, undefined);
});

test('resources of old masters are allocated to the only role of the framework', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { resources: [{ name: 'cpus', type: 'SCALAR', scalar: 1 }] }));
  agent.subscribe();
  assert.deepEqual(sent(agent.take(), 'LAUNCH')[0]?.task.resources?.[0]?.allocationInfo, { role: 'dev' });
});
