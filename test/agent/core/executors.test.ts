/** The life of executors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executorId, executorInfo, FRAMEWORK, frameworkId, frameworkInfo, Harness, launched, only } from './harness.js';
import { sent, sentTypes, task, taskId, updates, uuid } from './harness.js';

const shutdown = { type: 'SHUTDOWN_EXECUTOR', frameworkId: FRAMEWORK, executorId: executorId('e1') } as const;

test('[C27] REGISTERING, RUNNING, TERMINATING, TERMINATED, gone when all is acknowledged', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const executor = agent.executor();
  const states = [executor.state];
  agent.subscribe();
  states.push(executor.state);
  agent.fromMaster(shutdown);
  states.push(executor.state);
  agent.take();
  agent.exit('e1', 9);
  states.push(executor.state);
  assert.deepEqual(states, ['REGISTERING', 'RUNNING', 'TERMINATING', 'TERMINATED']);
  assert.equal(agent.executor(), executor);
  agent.acknowledge('t1', sent(agent.take(), 'STATUS_UPDATE')[0]!.update.uuid!);
  assert.equal(agent.state.containers.size, 0);
  assert.equal(agent.state.frameworks.size, 0);
  assert.deepEqual(agent.state.completedFrameworks.get(FRAMEWORK)?.completedExecutors, [executor]);
});

test('[C28] an executor that subscribes learns of itself, its framework, its agent and its container', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  const link = agent.subscribe();
  assert.deepEqual(sent(agent.take(), 'EXECUTOR_SUBSCRIBED', link), [
    {
      type: 'EXECUTOR_SUBSCRIBED',
      executorInfo: executorInfo(),
      frameworkInfo: frameworkInfo(),
      agentInfo: agent.state.info,
      containerId,
    },
  ]);
});

test('[C28] [D57] one that nobody knows is refused', () => {
  const agent = Harness.registered();
  const stranger = agent.subscribe('e1');
  agent.run(task('t1'));
  const other = agent.subscribe('e9');
  const errors = sent(agent.effects, 'EXECUTOR_ERROR').map(({ message }) => message);
  assert.deepEqual(errors, ['Framework cannot be found', 'Executor cannot be found']);
  assert.deepEqual(only(agent.take(), 'CloseLink').map(({ link }) => link), [stranger, other]);
});

test('[C28] one that subscribes again takes the place of its older link', () => {
  const agent = Harness.registered();
  const first = agent.running('t1');
  agent.update(first, 't1', 'TASK_RUNNING', 1);
  agent.take();
  const second = agent.subscribe();
  assert.equal(only(agent.effects, 'CloseLink')[0]?.link, first);
  agent.close(first);
  agent.run(task('t2'));
  assert.deepEqual(sentTypes(agent.take(), second), ['EXECUTOR_SUBSCRIBED', 'LAUNCH']);
});

test('[C28] one that comes back tells what was not acknowledged; tasks it never saw are dropped', () => {
  const agent = Harness.registered();
  const first = agent.running('t1');
  for (const id of ['t2', 't3']) agent.run(task(id));
  agent.update(first, 't1', 'TASK_RUNNING', 1);
  agent.acknowledge('t1', 1);
  agent.close(first);
  agent.run(task('t4'));
  agent.take();
  const status = (state: 'TASK_RUNNING' | 'TASK_FINISHED', n: number) => ({
    status: { taskId: taskId('t1'), state, uuid: uuid(n) },
  });
  const second = agent.subscribe('e1', {
    unacknowledgedTasks: [task('t3')],
    unacknowledgedUpdates: [status('TASK_RUNNING', 1), status('TASK_FINISHED', 2)],
  });
  assert.deepEqual(updates(agent.effects), [
    ['t1', 'TASK_FINISHED', undefined, undefined],
    ['t2', 'TASK_LOST', 'REASON_AGENT_RESTARTED', 'Task launched during agent restart'],
  ]);
  const types = sentTypes(agent.take(), second);
  assert.deepEqual(types, ['EXECUTOR_SUBSCRIBED', 'ACKNOWLEDGED', 'ACKNOWLEDGED', 'LAUNCH']);
  assert.deepEqual([...agent.executor().launched.keys()], ['t3', 't4']);
});

test('[C29] an executor that does not subscribe in time is destroyed and its tasks fail', () => {
  const agent = Harness.registered({ executorRegistrationTimeoutMs: 90_000 });
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  agent.advance(74_000);
  agent.fromMaster({ type: 'PING', connected: true });
  agent.advance(15_999);
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), []);
  agent.advance(1);
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), [{ type: 'DestroyExecutor', containerId }]);
  const late = agent.subscribe();
  assert.deepEqual(sentTypes(agent.take(), late), ['EXECUTOR_SHUTDOWN']);
  agent.exit('e1', 9);
  const text = 'Executor did not register within 90secs';
  assert.deepEqual(updates(agent.take()), [['t1', 'TASK_FAILED', 'REASON_EXECUTOR_REGISTRATION_TIMEOUT', text]]);
});

test('[C29] one that subscribed in time is left alone', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.advance(61_000);
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), []);
});

test('[C31] an executor is asked to end and destroyed after its grace period', () => {
  const agent = Harness.registered();
  agent.run(task('t1', { executor: executorInfo('e1', { shutdownGracePeriodMs: 7_000 }) }));
  const link = agent.subscribe();
  agent.take();
  agent.fromMaster(shutdown);
  assert.deepEqual(sentTypes(agent.take(), link), ['EXECUTOR_SHUTDOWN']);
  agent.advance(6_999);
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), []);
  agent.advance(1);
  const { containerId } = agent.executor();
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), [{ type: 'DestroyExecutor', containerId }]);
});

test('[C31] one that ends within the grace period reports its tasks itself and is not destroyed', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.fromMaster(shutdown);
  agent.update(link, 't1', 'TASK_KILLED', 1);
  agent.exit();
  agent.advance(10_000);
  assert.deepEqual(only(agent.effects, 'DestroyExecutor'), []);
  assert.deepEqual(updates(agent.take())[0], ['t1', 'TASK_KILLED', undefined, undefined]);
});

test('[C31] one that is asked to end while it starts is destroyed as soon as it has', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  agent.fromMaster(shutdown);
  agent.event({ type: 'ExecutorStarted', at: agent.nowMs, containerId, pid: 5 });
  assert.deepEqual(only(agent.take(), 'DestroyExecutor'), [{ type: 'DestroyExecutor', containerId }]);
});

test('[C34] the tasks of an executor that ends fail, launched or queued, and the master is told its status', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.run(task('t2'));
  agent.update(link, 't2', 'TASK_FINISHED', 1);
  agent.close(link);
  agent.run(task('t3'));
  agent.take();
  agent.exit('e1', 256);
  assert.deepEqual(updates(agent.effects), [
    ['t1', 'TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', 'Executor terminated'],
    ['t3', 'TASK_FAILED', 'REASON_EXECUTOR_TERMINATED', 'Executor terminated'],
  ]);
  const [exited] = sent(agent.take(), 'EXITED_EXECUTOR');
  assert.deepEqual([exited?.frameworkId, exited?.executorId, exited?.status], [FRAMEWORK, 'e1', 256]);
  assert.equal(agent.state.counters.executorsTerminated, 1);
});

test('[C34] the reason that the system gives counts', () => {
  const agent = Harness.registered();
  agent.running('t1');
  agent.exit('e1', 9, { reason: 'REASON_CONTAINER_LIMITATION_MEMORY', message: 'Memory limit exceeded' });
  assert.deepEqual(updates(agent.take()), [
    ['t1', 'TASK_FAILED', 'REASON_CONTAINER_LIMITATION_MEMORY', 'Memory limit exceeded'],
  ]);
});

test('[C34] an executor that the agent made is not reported', () => {
  const agent = Harness.registered();
  agent.run(task('c1', { command: { value: 'x' } }));
  agent.take();
  agent.exit('c1');
  assert.deepEqual(sentTypes(agent.take()), ['STATUS_UPDATE']);
});

test('[C34] an executor that cannot be started fails its tasks', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  const { containerId } = launched(agent.take());
  agent.event({ type: 'ExecutorFailedToStart', at: agent.nowMs, containerId, message: 'no such file' });
  const text = 'Failed to launch container: no such file';
  assert.deepEqual(updates(agent.effects), [['t1', 'TASK_FAILED', 'REASON_CONTAINER_LAUNCH_FAILED', text]]);
  assert.equal(sent(agent.take(), 'EXITED_EXECUTOR')[0]?.status, -1);
  assert.equal(agent.state.counters.containerLaunchErrors, 1);
});

test('[C34] an executor without unfinished tasks leaves no updates', () => {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_FINISHED', 1);
  agent.acknowledge('t1', 1);
  agent.take();
  agent.exit('e1', 0);
  assert.deepEqual(sentTypes(agent.take()), ['EXITED_EXECUTOR']);
  assert.equal(agent.state.frameworks.size, 0);
});

test('[C45] an executor whose tasks were all killed before it came is shut down', () => {
  const agent = Harness.registered();
  agent.run(task('t1'));
  agent.fromMaster({ type: 'KILL_TASK', frameworkId: FRAMEWORK, taskId: taskId('t1') });
  agent.take();
  const link = agent.subscribe();
  assert.deepEqual(sentTypes(agent.take(), link), ['EXECUTOR_SHUTDOWN']);
  agent.advance(5_000);
  assert.equal(only(agent.take(), 'DestroyExecutor').length, 1);
});

test('[C48] histories are bounded: tasks, executors, frameworks; a framework that returns finds its own', () => {
  const agent = Harness.registered({
    maxCompletedTasksPerExecutor: 2,
    maxCompletedExecutorsPerFramework: 2,
    maxCompletedFrameworks: 2,
  });
  const link = agent.running('t0');
  for (let i = 1; i < 4; i++) agent.run(task(`t${i}`));
  for (let i = 0; i < 4; i++) {
    agent.update(link, `t${i}`, 'TASK_FINISHED', i);
    agent.acknowledge(`t${i}`, i);
  }
  const executor = agent.executor();
  assert.deepEqual(executor.completed.map(({ id }) => id), ['t2', 't3']);
  agent.exit();
  for (const id of ['F2', 'F3']) {
    agent.run(task('x'), { frameworkInfo: frameworkInfo(id) });
    agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: frameworkId(id) });
    const { containerId } = [...agent.state.containers.values()][0]!;
    agent.event({ type: 'ExecutorExited', at: agent.nowMs, containerId, status: 0 });
    if (id === 'F2') {
      assert.deepEqual([...agent.state.completedFrameworks.keys()], [FRAMEWORK, 'F2']);
      agent.run(task('t9'));
      assert.deepEqual(agent.state.frameworks.get(FRAMEWORK)?.completedExecutors, [executor]);
      agent.exit();
      agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK });
    }
  }
  assert.deepEqual([...agent.state.completedFrameworks.keys()], [FRAMEWORK, 'F3']);
});

test('a call on a link that has not subscribed closes the link', () => {
  const agent = Harness.registered();
  agent.update(55, 't1', 'TASK_RUNNING', 1);
  assert.equal(only(agent.take(), 'CloseLink')[0]?.link, 55);
});

test('ends of executors that are not known change nothing', () => {
  const agent = Harness.registered();
  agent.running('t1');
  const { containerId } = agent.executor();
  agent.exit();
  agent.take();
  agent.event({ type: 'ExecutorExited', at: agent.nowMs, containerId, status: 0 });
  assert.deepEqual(sentTypes(agent.take()), []);
});
