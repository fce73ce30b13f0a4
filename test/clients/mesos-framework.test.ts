/** Frameworks on the npm package mesos-framework, against a master and agents with real sockets and processes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { startCluster, type TestCluster } from '../agent/shell/cluster.js';
import type { MasterOptions } from '../../src/master/shell/start-master.js';
import { FakeElection, leaderAt } from '../ha/fake-election.js';
import { command, crash, type Heard, launch, type Offer, startScheduler, type Status } from './mesos-framework.js';

type Options = Readonly<Record<string, unknown>>;

interface Ground {
  readonly cluster: TestCluster;
  /** A scheduler that leaves when the test is over. */
  readonly start: (options: Options, frameworkId?: string) => Promise<Heard>;
}

async function ground(t: TestContext, more: Partial<MasterOptions> = {}): Promise<Ground> {
  const cluster = await startCluster(more);
  const started: Heard[] = [];
  t.after(async () => {
    started.forEach(crash);
    await cluster.close();
  });
  return {
    cluster,
    start: async (options, frameworkId) => {
      const heard = await startScheduler(cluster, options, frameworkId);
      started.push(heard);
      return heard;
    },
  };
}

interface Frameworks {
  readonly frameworks: readonly { readonly id: string; readonly tasks: readonly unknown[] }[];
  readonly completed_frameworks: readonly { readonly id: string }[];
}

async function frameworksOf({ master }: TestCluster): Promise<Frameworks> {
  return (await (await fetch(`http://${master.address}/frameworks`)).json()) as Frameworks;
}

const isState = (state: string) => (status: Status) => status.state === state;

test('[G3] mesos-framework runs command tasks to completion and acknowledges what it hears', async (t) => {
  const { cluster, start } = await ground(t);
  await cluster.addAgent();
  const heard = await start({ tasks: { greet: command('test "$HOST" = 127.0.0.1', 3), fail: command('exit 3') },
    restartStates: [] });
  for (let i = 0; i < 3; i++) await heard.status(isState('TASK_FINISHED'));
  await heard.status(isState('TASK_FAILED'));
  const taskIds = new Set(heard.statuses.map(({ task_id: id }) => id.value));
  assert.equal(taskIds.size, 4);
  for (const taskId of taskIds) {
    const last = taskId.includes('fail') ? 'TASK_FAILED' : 'TASK_FINISHED';
    const states = heard.statuses.filter(({ task_id: id }) => id.value === taskId).map(({ state }) => state);
    assert.deepEqual(states, ['TASK_RUNNING', last]);
  }
  assert.deepEqual(heard.errors, []);
});

test('[G3] mesos-framework restarts what fails', async (t) => {
  const { cluster, start } = await ground(t);
  await cluster.addAgent();
  const mark = `${cluster.root}/been-here`;
  const heard = await start({ tasks: { twice: command(`test -e '${mark}' || { touch '${mark}'; exit 1; }`) } });
  const failed = await heard.status(isState('TASK_FAILED'));
  heard.scheduler.revive();
  const finished = await heard.status(isState('TASK_FINISHED'));
  assert.notEqual(failed.task_id.value, finished.task_id.value);
  assert.deepEqual(heard.errors, []);
});

test('[G3] mesos-framework kills, reconciles, tears down', async (t) => {
  const { cluster, start } = await ground(t);
  await cluster.addAgent();
  const heard = await start({ tasks: { sleep: command('sleep 1000', 2) } });
  const { scheduler } = heard;
  const running = [await heard.status(isState('TASK_RUNNING')), await heard.status(isState('TASK_RUNNING'))];
  const [first, second] = running.map(({ task_id: task, agent_id: agent }) => [task.value, agent!.value] as const);
  const isReconciled = ({ reason }: Status): boolean => reason === 'REASON_RECONCILIATION';

  scheduler.reconcile(...first!);
  const one = await heard.status(isReconciled);
  assert.deepEqual([one.task_id.value, one.state, one.uuid], [first![0], 'TASK_RUNNING', undefined]);
  scheduler.reconcile();
  const all = [await heard.status(isReconciled), await heard.status(isReconciled)];
  assert.deepEqual(all.map(({ task_id: id }) => id.value).sort(), [first![0], second![0]].sort());
  scheduler.reconcile('nobody', first![1]);
  const unknown = await heard.status(isReconciled);
  assert.deepEqual([unknown.task_id.value, unknown.state], ['nobody', 'TASK_LOST']);

  scheduler.kill(...first!);
  assert.equal((await heard.status(isState('TASK_KILLED'))).task_id.value, first![0]);

  assert.deepEqual(heard.errors, []);
  const ended = once(scheduler, 'error');
  scheduler.subscribe = () => undefined;
  scheduler.teardown();
  await once(scheduler, 'sent_teardown');
  assert.deepEqual(await ended, [{ message: 'Long-running connection was closed!' }]);
  const after = await frameworksOf(cluster);
  assert.deepEqual([after.frameworks.length, after.completed_frameworks[0]?.id], [0, scheduler.frameworkId]);
});

test('[G3] mesos-framework goes on with its framework id on a new connection', async (t) => {
  const { cluster, start } = await ground(t);
  await cluster.addAgent();
  const former = await start({ tasks: { sleep: command('sleep 1000') } });
  const running = await former.status(isState('TASK_RUNNING'));
  const frameworkId = former.scheduler.frameworkId!;
  crash(former);
  const heard = await start({}, frameworkId);
  assert.equal(heard.scheduler.frameworkId, frameworkId);
  assert.notEqual(heard.scheduler.mesosStreamId, former.scheduler.mesosStreamId);
  const [taskId, agentId] = [running.task_id.value, running.agent_id!.value];
  heard.scheduler.reconcile(taskId, agentId);
  assert.equal((await heard.status(({ task_id: id }) => id.value === taskId)).state, 'TASK_RUNNING');
  heard.scheduler.kill(taskId, agentId);
  await heard.status(isState('TASK_KILLED'));
  assert.deepEqual((await frameworksOf(cluster)).frameworks.map(({ id }) => id), [frameworkId]);
});

test('[G3] mesos-framework takes over while its former connection is open', async (t) => {
  const { start } = await ground(t);
  const former = await start({});
  former.scheduler.subscribe = () => undefined;
  const ended = once(former.scheduler, 'error');
  const heard = await start({}, former.scheduler.frameworkId!);
  await ended;
  assert.equal(former.errors[0], 'Error received from Mesos master: Framework failed over');
  heard.scheduler.reconcile();
  await once(heard.scheduler, 'sent_reconcile');
  assert.deepEqual(heard.errors, []);
});

test('[G3] mesos-framework follows a master that does not lead, and hears heartbeats', async (t) => {
  const { cluster, start } = await ground(t, { core: { heartbeatIntervalMs: 20 } });
  const [hostname = '', port = ''] = cluster.master.address.split(':');
  const election = new FakeElection();
  const follower = await startCluster({ election });
  t.after(() => follower.close());
  election.tell(leaderAt(hostname, Number(port)));
  const [masterUrl, followerPort] = follower.master.address.split(':');
  const heard = await start({ masterUrl, port: followerPort });
  assert.deepEqual([heard.scheduler.options.masterUrl, heard.scheduler.options.port], [hostname, port]);
  await once(heard.scheduler, 'heartbeat');
  assert.deepEqual(heard.errors, []);
});

test('[G3] executors on mesos-framework: launch, messages both ways, kill, end', async (t) => {
  const { cluster, start } = await ground(t);
  await cluster.addAgent();
  let isLaunched = false;
  function handleOffers(this: Heard['scheduler'], { offers }: { offers: readonly Offer[] }): void {
    if (isLaunched) return;
    isLaunched = true;
    this.accept([offers[0]!.id], [launch(offers[0]!, 'ex', ['a', 'b'])], { refuse_seconds: 0 });
  }
  const heard = await start({ handlers: { OFFERS: handleOffers } });
  const { scheduler } = heard;
  const running = [await heard.status(isState('TASK_RUNNING')), await heard.status(isState('TASK_RUNNING'))];
  const agentId = running[0]!.agent_id!.value;
  assert.deepEqual(running.map(({ executor_id: id }) => id?.value), ['ex', 'ex']);
  const said = async (text: string): Promise<void> => {
    while (!heard.messages.includes(text)) await once(scheduler, 'message');
  };
  await said('hello from a');
  await said('hello from b');
  scheduler.message(agentId, 'ex', 'ping');
  await said('echo: ping');
  scheduler.message(agentId, 'ex', 'finish a');
  assert.equal((await heard.status(isState('TASK_FINISHED'))).task_id.value, 'a');
  scheduler.kill('b', agentId);
  assert.equal((await heard.status(isState('TASK_KILLED'))).task_id.value, 'b');
  assert.deepEqual(heard.errors, []);
});
