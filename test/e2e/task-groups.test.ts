/** Task groups under the default executor, on real processes: by the scheduler driver, and over the v1 API. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SchedulerDriver } from '../../src/framework/shell/scheduler-driver.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { ExecutorId, TaskId } from '../../src/protocol/schema.js';
import type { ExecutorInfo, TaskInfo, TaskStatus } from '../../src/protocol/task.js';
import { type Cluster, FAST, PORTABLE, startCluster } from './cluster.js';
import { type Ground, openGround, waitFor } from './ground.js';

const KIND = FAST.missing === false ? FAST : PORTABLE;

const SMALL = { cpus: 0.1, mem: 32 };

/** Ends when a file of this name is in the directory of the task. */
const UNTIL_GO = 'while [ ! -e go ]; do sleep 0.02; done';

function resources(amounts: Readonly<Record<string, number>>): NonNullable<TaskInfo['resources']> {
  return Object.entries(amounts).map(([name, scalar]) => ({ name, type: 'SCALAR', scalar }));
}

const POD: ExecutorInfo = {
  type: 'DEFAULT',
  executorId: 'pod' as ExecutorId,
  resources: resources({ ...SMALL, disk: 1 }),
};

interface Pods {
  readonly driver: SchedulerDriver;
  readonly lostExecutors: string[];
  /** Launches a group with the next offer. */
  launch(commands: Readonly<Record<string, string>>): void;
  states(taskId: string): string[];
  status(taskId: string, state: string): Promise<TaskStatus>;
}

function startFramework(master: string): Pods {
  const statuses: TaskStatus[] = [];
  const lostExecutors: string[] = [];
  const wanted: Readonly<Record<string, string>>[] = [];
  const answer = ({ id, agentId, resources: offered }: OfferMessage): void => {
    // What an executor has just given back may come in an offer of its own.
    const isEnough = offered.some(({ name, scalar = 0 }) => name === 'cpus' && scalar >= 1);
    const commands = isEnough ? wanted.shift() : undefined;
    if (commands === undefined) return driver.declineOffer(id, { refuseSeconds: 0.1 });
    const tasks = Object.entries(commands).map(([taskId, value]) => {
      return { name: taskId, taskId: taskId as TaskId, agentId, resources: resources(SMALL), command: { value } };
    });
    const launchGroup = { executor: POD, taskGroup: { tasks } };
    driver.acceptOffers([id], [{ type: 'LAUNCH_GROUP', launchGroup }], { refuseSeconds: 0 });
  };
  const driver = new SchedulerDriver(
    {
      resourceOffers: (_driver, offers) => offers.forEach(answer),
      statusUpdate: (_driver, status) => void statuses.push(status),
      executorLost: (_driver, executorId) => void lostExecutors.push(executorId),
    },
    {
      masters: [master],
      frameworkInfo: { user: userInfo().username, name: 'pods', capabilities: [{ type: 'TASK_KILLING_STATE' }] },
      transport: KIND.transport,
    },
  );
  const of = (taskId: string): TaskStatus[] => statuses.filter((status) => status.taskId === (taskId as TaskId));
  return {
    driver,
    lostExecutors,
    launch: (commands) => {
      wanted.push(commands);
      driver.reviveOffers();
    },
    states: (taskId) => of(taskId).map(({ state }) => state),
    status: (taskId, state) =>
      waitFor(`${taskId} to be ${state}`, () => of(taskId).find((status) => status.state === state), () => statuses),
  };
}

describe(`task groups on ${KIND.engine} and ${KIND.transport}`, () => {
  let ground: Ground;
  let cluster: Cluster;
  let pods: Pods;

  before(async () => {
    ground = await openGround();
    cluster = await startCluster(ground, KIND, { agents: 1, resources: 'cpus:4;mem:4096;disk:100' });
    pods = startFramework(cluster.master);
    await pods.driver.start();
  });
  after(async () => {
    pods.driver.stop();
    await ground.close();
  });

  const directoryOf = (taskId: string, agentId: string): string => {
    const framework = join(cluster.agents[0]!.workDir, 'slaves', agentId, 'frameworks', pods.driver.frameworkId!);
    return join(framework, 'executors', 'pod', 'runs', 'latest', 'tasks', taskId);
  };
  const used = async (): Promise<unknown> => (await cluster.agentViews())[0]!.used_resources['cpus'];

  test('[C37] two groups in one default executor: one breaks, one goes on; then all is given back', async () => {
    pods.launch({ web: `echo "$MESOS_TASK_ID"; exec sleep 86407`, logs: `${UNTIL_GO}; exit 5` });
    const { agentId, executorId } = await pods.status('logs', 'TASK_RUNNING');
    assert.equal(executorId, 'pod');
    await pods.status('web', 'TASK_RUNNING');
    pods.launch({ other: UNTIL_GO });
    await pods.status('other', 'TASK_RUNNING');
    assert.equal(cluster.executorsOf(cluster.agents[0]!).length, 1);
    const printed = (): string => readFileSync(join(directoryOf('web', agentId!), 'stdout'), 'utf8');
    assert.equal(await waitFor('web to print', printed), 'web\n');
    writeFileSync(join(directoryOf('logs', agentId!), 'go'), '');
    assert.equal((await pods.status('logs', 'TASK_FAILED')).message, 'Command exited with status 5');
    assert.equal((await pods.status('web', 'TASK_KILLED')).message, 'Command terminated with signal Terminated');
    assert.deepEqual(pods.states('web'), ['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED']);
    await waitFor('the group to be given back', async () => (await used()) === 0.2, used);
    assert.deepEqual(pods.states('other'), ['TASK_STARTING', 'TASK_RUNNING']);
    writeFileSync(join(directoryOf('other', agentId!), 'go'), '');
    await pods.status('other', 'TASK_FINISHED');
    await waitFor('the executor to end', () => pods.lostExecutors.includes('pod'));
    await waitFor('all to be given back', async () => (await used()) === 0, used);
  });

  test('[C37] a kill of one task ends its group', async () => {
    pods.launch({ left: 'exec sleep 86408', right: 'exec sleep 86408' });
    const { agentId } = await pods.status('left', 'TASK_RUNNING');
    await pods.status('right', 'TASK_RUNNING');
    pods.driver.killTask('left' as TaskId, agentId);
    await pods.status('left', 'TASK_KILLED');
    await pods.status('right', 'TASK_KILLED');
  });

  test('[C37] a group over the v1 API, in JSON', async () => {
    pods.driver.stop();
    await cluster.isIdle();
    const ended = await launchOverV1(cluster.master, userInfo().username);
    assert.deepEqual(ended, { one: 'TASK_FINISHED', two: 'TASK_FINISHED' });
  });
});

interface V1Event {
  readonly type: string;
  readonly subscribed?: { readonly framework_id: { readonly value: string } };
  readonly offers?: { readonly offers: readonly { readonly id: object; readonly agent_id: object }[] };
  readonly update?: {
    readonly status: {
      readonly task_id: { readonly value: string };
      readonly agent_id: object;
      readonly state: string;
      readonly uuid?: string;
    };
  };
}

/** The events of a subscription, as RecordIO has them. */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<V1Event> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const at = bytes.indexOf('\n');
      const end = at + 1 + Number(bytes.subarray(0, Math.max(at, 0)));
      if (at < 0 || bytes.length < end) break;
      yield JSON.parse(bytes.toString('utf8', at + 1, end)) as V1Event;
      bytes = bytes.subarray(end);
    }
  }
}

/** A framework that launches one group of two and leaves; gives how its tasks have ended. */
async function launchOverV1(master: string, user: string): Promise<Record<string, string>> {
  const post = (call: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`http://${master}/api/v1/scheduler`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      body: JSON.stringify(call),
    });
  const stream = await post({ type: 'SUBSCRIBE', subscribe: { framework_info: { user, name: 'v1-pods' } } });
  const headers = { 'Mesos-Stream-Id': stream.headers.get('Mesos-Stream-Id') ?? '' };
  let frameworkId: object = {};
  const say = async (call: object): Promise<void> => {
    const { status } = await post({ framework_id: frameworkId, ...call }, headers);
    assert.equal(status, 202);
  };
  const amounts = (more: object = {}): object[] =>
    Object.entries({ ...SMALL, ...more }).map(([name, value]) => ({ name, type: 'SCALAR', scalar: { value } }));
  const ended: Record<string, string> = {};
  let launched = false;
  for await (const { subscribed, offers, update } of eventsOf(stream.body!)) {
    if (subscribed !== undefined) frameworkId = subscribed.framework_id;
    for (const { id, agent_id: agentId } of launched ? [] : (offers?.offers ?? [])) {
      launched = true;
      const tasks = ['one', 'two'].map((name) => {
        const task = { name, task_id: { value: name }, agent_id: agentId };
        return { ...task, resources: amounts(), command: { value: 'true' } };
      });
      const executor = { type: 'DEFAULT', executor_id: { value: 'v1' }, resources: amounts({ disk: 1 }) };
      const operation = { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks } } };
      await say({ type: 'ACCEPT', accept: { offer_ids: [id], operations: [operation] } });
    }
    if (update === undefined) continue;
    const { task_id: taskId, agent_id: agentId, state, uuid } = update.status;
    const acknowledge = { agent_id: agentId, task_id: taskId, uuid };
    if (uuid !== undefined) await say({ type: 'ACKNOWLEDGE', acknowledge });
    if (!['TASK_STARTING', 'TASK_RUNNING'].includes(state)) ended[taskId.value] = state;
    if (Object.keys(ended).length < 2) continue;
    await say({ type: 'TEARDOWN' });
    break;
  }
  return ended;
}
