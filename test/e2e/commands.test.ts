/** Command tasks of a framework of our own on real processes: how they start, what they see, how they end. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SchedulerDriver } from '../../src/framework/shell/scheduler-driver.js';
import type { ExecutorId, TaskId } from '../../src/protocol/schema.js';
import { isTerminal, type TaskInfo, type TaskStatus } from '../../src/protocol/task.js';
import { type Cluster, FAST, PORTABLE, startCluster } from './cluster.js';
import { type Ground, openGround, waitFor } from './ground.js';

const KIND = FAST.missing === false ? FAST : PORTABLE;

interface Tasks {
  readonly driver: SchedulerDriver;
  readonly lostExecutors: string[];
  /** Launches a task on the next offer. */
  launch(taskId: string, task: Partial<TaskInfo>): void;
  states(taskId: string): string[];
  running(taskId: string): Promise<TaskStatus>;
  ended(taskId: string): Promise<TaskStatus>;
}

function startFramework(master: string): Tasks {
  const statuses: TaskStatus[] = [];
  const lostExecutors: string[] = [];
  const wanted: { taskId: string; task: Partial<TaskInfo> }[] = [];
  const resources: TaskInfo['resources'] = [
    { name: 'cpus', type: 'SCALAR', scalar: 0.1 },
    { name: 'mem', type: 'SCALAR', scalar: 32 },
  ];
  const driver = new SchedulerDriver(
    {
      resourceOffers: (_driver, offers) => {
        for (const { id, agentId } of offers) {
          const next = wanted.shift();
          if (next === undefined) driver.declineOffer(id, { refuseSeconds: 0.1 });
          else {
            const task = { name: next.taskId, taskId: next.taskId as TaskId, agentId, resources, ...next.task };
            driver.launchTasks([id], [task], { refuseSeconds: 0 });
          }
        }
      },
      statusUpdate: (_driver, status) => void statuses.push(status),
      executorLost: (_driver, executorId) => void lostExecutors.push(executorId),
    },
    {
      masters: [master],
      frameworkInfo: { user: userInfo().username, name: 'commands', capabilities: [{ type: 'TASK_KILLING_STATE' }] },
      transport: KIND.transport,
    },
  );
  const find = (taskId: string, is: (status: TaskStatus) => boolean): Promise<TaskStatus> => {
    const look = (): TaskStatus | undefined =>
      statuses.find((status) => status.taskId === (taskId as TaskId) && is(status));
    return waitFor(`task ${taskId}`, look, () => statuses);
  };
  return {
    driver,
    lostExecutors,
    launch: (taskId, task) => {
      wanted.push({ taskId, task });
      driver.reviveOffers();
    },
    states: (taskId) => statuses.filter((status) => status.taskId === (taskId as TaskId)).map(({ state }) => state),
    running: (taskId) => find(taskId, ({ state }) => state === 'TASK_RUNNING'),
    ended: (taskId) => find(taskId, ({ state }) => isTerminal(state)),
  };
}

describe(`command tasks on ${KIND.engine} and ${KIND.transport}`, () => {
  let ground: Ground;
  let cluster: Cluster;
  let tasks: Tasks;

  before(async () => {
    ground = await openGround();
    cluster = await startCluster(ground, KIND, { agents: 1, resources: 'cpus:4;mem:4096;disk:100' });
    tasks = startFramework(cluster.master);
    await tasks.driver.start();
  });
  after(async () => {
    tasks.driver.stop();
    await ground.close();
  });

  /** A file in the sandbox of the executor that was made for a task. */
  const sandbox = (executorId: string, agentId: string): string => {
    const { workDir } = cluster.agents[0]!;
    const executor = join(workDir, 'slaves', agentId, 'frameworks', tasks.driver.frameworkId!, 'executors', executorId);
    return join(executor, 'runs', 'latest');
  };
  const fileOf = (task: TaskStatus, name: string): string =>
    readFileSync(join(sandbox(task.taskId, task.agentId!), name), 'utf8');
  /** Processes of this ground whose command line has a word in it. */
  const living = (word: string): number[] =>
    ground.processes().filter(({ command }) => command.includes(word)).map(({ pid }) => pid);
  const killExecutor = (executorId: string): void => {
    const mark = `MESOS_EXECUTOR_ID=${executorId}\0`;
    const own = ground.processes().find(({ command, environment }) =>
      / executor( --jobs)?$/.test(command) && environment.includes(mark));
    process.kill(own!.pid, 'SIGKILL');
  };

  test('[C35] a shell command and a program with its arguments, each with its own environment', async () => {
    const environment = { variables: [{ name: 'GREETING', value: 'gr\u00fc\u00df dich' }] };
    tasks.launch('shell', { command: { value: 'echo "$GREETING" | tr a-z A-Z; echo $((6 * 7)) >&2', environment } });
    const argv = ['printf', '%s|', '$GREETING', 'two words', '*'];
    tasks.launch('argv', { command: { shell: false, value: 'printf', arguments: argv, environment } });
    const [shell, program] = [await tasks.ended('shell'), await tasks.ended('argv')];
    assert.deepEqual([shell.state, program.state], ['TASK_FINISHED', 'TASK_FINISHED']);
    assert.match(fileOf(shell, 'stdout'), /^GR.*DICH\n$/);
    assert.equal(fileOf(shell, 'stderr').split('\n').at(-2), '42');
    assert.equal(fileOf(program, 'stdout'), '$GREETING|two words|*|');
    assert.deepEqual(tasks.states('shell').slice(-2), ['TASK_RUNNING', 'TASK_FINISHED']);
  });

  test('[C35] how a command ends is the state of its task and its message', async () => {
    const ends = {
      'exit-0': ['exit 0', 'TASK_FINISHED', 'Command exited with status 0'],
      'exit-7': ['exit 7', 'TASK_FAILED', 'Command exited with status 7'],
      'signalled': ['kill -SEGV $$', 'TASK_FAILED', 'Command terminated with signal Segmentation fault'],
      'no-program': ['', 'TASK_FAILED', ''],
    } as const;
    for (const [taskId, [value]] of Object.entries(ends)) {
      const absent = { shell: false, value: '/no/such/program', arguments: ['program'] };
      tasks.launch(taskId, { command: value === '' ? absent : { value } });
    }
    for (const [taskId, [value, state, message]] of Object.entries(ends)) {
      const status = await tasks.ended(taskId);
      assert.equal(status.state, state, taskId);
      if (value !== '') assert.equal(status.message, message);
      else assert.match(status.message ?? '', /no\/such\/program/);
    }
  });

  test('[C99] sandboxes lie where they lie in Mesos, with stdout, stderr and the link to the latest', async () => {
    const value = 'pwd; ls; echo "$MESOS_SANDBOX"; echo "$MESOS_DIRECTORY"; echo made > file';
    tasks.launch('sandboxed', { command: { value } });
    const task = await tasks.ended('sandboxed');
    const latest = sandbox('sandboxed', task.agentId!);
    const [run] = readdirSync(join(latest, '..')).filter((name) => name !== 'latest');
    const path = join(latest, '..', run!);
    assert.deepEqual(fileOf(task, 'stdout').split('\n'), [path, 'stderr', 'stdout', path, path, '']);
    assert.equal(fileOf(task, 'file'), 'made\n');
    const { address } = cluster.agents[0]!;
    const read = await fetch(`http://${address}/files/read?path=${encodeURIComponent(join(path, 'file'))}&offset=0`);
    assert.deepEqual(await read.json(), { data: 'made\n', offset: 0 });
    const outside = await fetch(`http://${address}/files/download?path=${encodeURIComponent('/etc/passwd')}`);
    assert.ok(outside.status >= 400, `it answered ${outside.status}`);
  });

  test('[B74][C44] a kill asks first and, when the grace period is over, ends; no process is left', async () => {
    // A child that hears of nothing, a grandchild in a session of its own: all belong to the task.
    const stubborn = `trap '' TERM; setsid sleep 86401 & sleep 86402 & while :; do sleep 0.1; done`;
    tasks.launch('stubborn', { command: { value: stubborn }, killPolicy: { gracePeriodMs: 300 } });
    tasks.launch('polite', { command: { value: `trap 'echo asked; exit 3' TERM; while :; do sleep 0.1; done` } });
    const agentId = (await tasks.running('stubborn')).agentId!;
    await tasks.running('polite');
    await waitFor('both sleepers', () => living('sleep 86401').length > 0 && living('sleep 86402').length > 0);
    tasks.driver.killTask('stubborn' as TaskId, agentId);
    tasks.driver.killTask('polite' as TaskId, agentId);
    const [first, second] = [await tasks.ended('stubborn'), await tasks.ended('polite')];
    assert.deepEqual([first.state, first.message], ['TASK_KILLED', 'Command terminated with signal Killed']);
    assert.deepEqual([second.state, second.message], ['TASK_KILLED', 'Command exited with status 3']);
    assert.equal(fileOf(second, 'stdout'), 'asked\n');
    assert.ok(tasks.states('stubborn').includes('TASK_KILLING'));
    assert.deepEqual(living('sleep 8640'), []);
  });

  test('[C34] an executor that is killed takes its command along, and its task has failed', async () => {
    tasks.launch('orphaned', { command: { value: 'setsid sleep 86403 & sleep 86404' } });
    await tasks.running('orphaned');
    await waitFor('the sleepers', () => living('sleep 86403').length > 0 && living('sleep 86404').length > 0);
    killExecutor('orphaned');
    const task = await tasks.ended('orphaned');
    assert.deepEqual([task.state, task.reason], ['TASK_FAILED', 'REASON_EXECUTOR_TERMINATED']);
    await waitFor('the sleepers to be gone', () => living('sleep 8640').length === 0, () => living('sleep 8640'));
  });

  test('[C32] an executor that is named holds its resources while it lives; all end with the framework', async () => {
    const resources = [
      { name: 'cpus', type: 'SCALAR' as const, scalar: 0.25 },
      { name: 'mem', type: 'SCALAR' as const, scalar: 48 },
    ];
    const command = { shell: false, value: 'mete', arguments: ['mete', 'executor'] };
    const executor = { type: 'CUSTOM' as const, executorId: 'named' as ExecutorId, command, resources };
    tasks.launch('nonsense', { executor, data: new Uint8Array([1, 2, 3]) });
    assert.equal((await tasks.ended('nonsense')).reason, 'REASON_TASK_INVALID');
    const used = async (): Promise<unknown[]> => {
      const [agent] = await cluster.agentViews();
      return [agent!.used_resources['cpus'], agent!.used_resources['mem']];
    };
    assert.deepEqual(await used(), [0.25, 48], 'the task has ended, its executor waits for more');
    killExecutor('named');
    await waitFor('the framework to hear of it', () => tasks.lostExecutors.includes('named'));
    assert.deepEqual(await used(), [0, 0]);
    tasks.launch('held', { command: { value: 'setsid sleep 86405 & sleep 86406' } });
    await tasks.running('held');
    assert.deepEqual(await used(), [0.1, 32], 'the executor of a command counts nothing, as in Mesos');
    tasks.driver.stop();
    assert.deepEqual(await tasks.driver.join(), { error: null });
    await cluster.isIdle();
    assert.deepEqual(living('sleep 8640'), []);
  });
});
