/** The program as people and scripts use it: tables, JSON, HTTP, exit codes, interrupts, clusters for one job. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Cluster, FAST, PORTABLE, startCluster } from './cluster.js';
import { endOf, type Ground, NOVEL, openGround, type Running, waitFor } from './ground.js';
import { countedBySystem } from './words.js';

const KIND = FAST.missing === false ? FAST : PORTABLE;

let ground: Ground;
let cluster: Cluster;

before(async () => {
  ground = await openGround();
  cluster = await startCluster(ground, KIND);
});
after(() => ground.close());

/** A job that runs until it is told to end, and has a task that runs. */
async function startEndless(): Promise<Running> {
  const running = ground.start(['run', '--master', cluster.master, 'pi', '--tasks', '2', '--points', '1000000000000']);
  const hasTask = async (): Promise<boolean> =>
    (await cluster.state()).frameworks.some(({ tasks }) => tasks.some(({ state }) => state === 'TASK_RUNNING'));
  await waitFor('a task that runs', hasTask, () => running.output);
  return running;
}

test('[F6] tables and JSON of what a master knows; METE_MASTER names the master', async () => {
  const env = { METE_MASTER: cluster.master };
  const job = await startEndless();
  const tables = {
    agents: [/^ID\tHOST\tSTATE\tTOTAL\tUSED\tOFFERED\n/, /\tactive\tcpus:1; mem:1024; disk:100/],
    frameworks: [/^ID\tNAME\tROLES\tSTATE\tTASKS\tUSED\tOFFERED\n/, /\tmete pi\t\*\tactive\t2\tcpus:2; mem:128\t/],
    tasks: [/^ID\tNAME\tFRAMEWORK\tAGENT\tSTATE\tRESOURCES\n/, /\tTASK_RUNNING\tcpus:1; mem:32\n/],
    offers: [/^ID\tFRAMEWORK\tAGENT\tROLE\tRESOURCES\n/],
    roles: [/^ROLE\tWEIGHT\tFRAMEWORKS\tALLOCATED\tGUARANTEE\tLIMIT\n/, /^\*\t1\t1\tcpus:2; mem:128\t/m],
    state: [/^WHAT\tVALUE\n/, /^agents\t2 active, 0 unreachable$/m, /^frameworks\t1, 0 completed$/m],
  };
  await Promise.all(
    Object.entries(tables).map(async ([name, patterns]) => {
      const text = await ground.succeed([name], { env });
      for (const pattern of patterns) assert.match(text, pattern, `mete ${name}`);
    }),
  );
  const json = { agents: 'slaves', frameworks: 'frameworks', tasks: 'tasks', roles: 'roles', state: 'frameworks' };
  await Promise.all(
    Object.entries(json).map(async ([name, key]) => {
      const text = await ground.succeed([name, '--json', '--master', cluster.master]);
      const answer = JSON.parse(text) as Record<string, unknown[]>;
      assert.equal(answer[key]?.length, name === 'agents' || name === 'tasks' ? 2 : 1, `mete ${name} --json`);
    }),
  );
  const version = (await cluster.ask<{ mete_version: string }>('/version')).mete_version;
  assert.match(await ground.succeed(['version']), new RegExp(`\\b${version}\\b`));
  job.child.kill('SIGINT');
  await endOf(job, 'the job');
});

test('health, version and metrics over HTTP, of masters and agents', async () => {
  for (const address of [cluster.master, cluster.agents[0]!.address]) {
    assert.equal((await fetch(`http://${address}/health`)).status, 200);
    assert.equal((await fetch(`http://${address}/no/such/thing`)).status, 404);
    assert.match(await (await fetch(`http://${address}/version`)).text(), /"mete_version":"\d/);
  }
  await ground.succeed(['run', '--master', cluster.master, 'pi', '--tasks', '3', '--points', '10']);
  await cluster.isIdle();
  const master = await cluster.ask<Record<string, number>>('/metrics/snapshot');
  assert.equal(master['master/slaves_active'], 2);
  assert.equal(master['master/cpus_total'], 2);
  assert.equal(master['master/cpus_used'], 0);
  assert.equal(master['master/tasks_finished'], 3);
  const ofAgents = cluster.agents.map(async ({ address }) => {
    const metrics = (await (await fetch(`http://${address}/metrics/snapshot`)).json()) as Record<string, number>;
    assert.equal(metrics['slave/registered'], 1);
    return metrics['slave/tasks_finished']!;
  });
  assert.equal((await Promise.all(ofAgents)).reduce((sum, count) => sum + count), 3);
});

test('[F3] one command: its states, its environment, its exit code; killed when it takes too long', async () => {
  const execute = ['execute', '--master', cluster.master, '--resources', 'cpus:0.5;mem:32'];
  const out = join(ground.directory, 'said');
  const say = ['--name', 'say', '--env', 'WORD=hi', '--env', 'MORE=a=b', '--command', `echo "$WORD $MORE" > ${out}`];
  const stdout = await ground.succeed([...execute, ...say]);
  assert.match(stdout, /^say: TASK_RUNNING, on .*\nsay: TASK_FINISHED, on .*SOURCE_EXECUTOR\n$/);
  assert.equal(readFileSync(out, 'utf8'), 'hi a=b\n');
  const failed = await ground.run([...execute, '--command', 'exit 7']);
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /^execute: TASK_FAILED, on .*7/m);
  const killed = await ground.run([...execute, '--command', 'sleep 1000', '--kill-after', '100ms']);
  assert.equal(killed.code, 1);
  assert.match(killed.stdout, /^execute: TASK_KILLED/m);
  const waiting = ground.start([...execute, '--resources', 'cpus:64', '--command', 'true']);
  const hasFramework = async (): Promise<boolean> => (await cluster.state()).frameworks.length > 0;
  await waitFor('the framework', hasFramework, () => waiting.output);
  waiting.child.kill('SIGINT');
  assert.equal((await endOf(waiting, 'the command')).code, 130);
  await cluster.isIdle();
  assert.equal((await ground.run([...execute.slice(0, 3)])).code, 64);
});

test('Ctrl-C on a job: exit code 130, the framework is gone, its executors have ended', async () => {
  const job = await startEndless();
  const { id } = (await cluster.state()).frameworks[0]!;
  job.child.kill('SIGINT');
  const { code, stdout, stderr } = await endOf(job, 'the job');
  assert.deepEqual([code, stdout], [130, '']);
  assert.match(stderr, /cancelled/);
  await cluster.isIdle();
  assert.ok((await cluster.state()).completed_frameworks.some((framework) => framework.id === id));
  await ground.nothingButLives(ground.processes().map(({ pid }) => pid).filter((pid) => pid !== job.pid));
});

test('a job that is killed gives back at once what it had, and its executors end', async () => {
  const job = await startEndless();
  const { id } = (await cluster.state()).frameworks[0]!;
  job.child.kill('SIGKILL');
  await endOf(job, 'the job');
  await cluster.isIdle();
  assert.ok((await cluster.state()).completed_frameworks.some((framework) => framework.id === id));
  assert.equal((await cluster.ask<Record<string, number>>('/metrics/snapshot'))['master/cpus_used'], 0);
  const left = (): number => cluster.agents.flatMap((agent) => cluster.executorsOf(agent)).length;
  await waitFor('the executors to end', () => left() === 0, () => ground.processes());
});

test('exit codes: 64 wrong usage, 70 a defect, 75 try again', async () => {
  const busy = createServer();
  await new Promise<void>((done) => busy.listen(0, '127.0.0.1', done));
  const { port } = busy.address() as { port: number };
  const nobody = `127.0.0.1:1`;
  const cases: readonly (readonly [code: number, args: string[], says: RegExp])[] = [
    [64, ['no-such-command'], /unknown command/],
    [64, ['run', '--master', nobody, 'no-such-job'], /neither a job nor a file/],
    [64, ['run', '--master', nobody, 'wordcount'], /input/],
    [64, ['run', '--master', nobody, 'wordcount', '--input', '/no/such/file'], /no\/such\/file/],
    [64, ['run', '--master', nobody, 'pi', '--tasks', 'many'], /tasks/],
    [64, ['master', '--port', '70000'], /port/],
    [70, ['master', '--ip', '127.0.0.1', '--port', '0', '--engine', 'native'], /ENGINE_UNAVAILABLE/],
    [75, ['agents', '--master', nobody], /no master answers/],
    [75, ['run', '--master', nobody, '--connect-timeout', '100ms', 'pi'], /failed/],
    [75, ['execute', '--master', nobody, '--connect-timeout', '100ms', '--command', 'true'], /none has answered/],
    [64, ['execute', '--master', nobody, '--command', 'true', '--env', 'x'], /no name or no value/],
    [75, ['master', '--ip', '127.0.0.1', '--port', String(port)], /ADDRESS_IN_USE/],
  ];
  await Promise.all(
    cases.map(async ([code, args, says]) => {
      const ended = await ground.run(args, { env: { METE_ADDON: '/no/such/addon.node' } });
      assert.equal(ended.code, code, `mete ${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, says);
      assert.equal(ended.stderr.trimEnd().split('\n').filter((line) => line.startsWith('    at ')).length, 0);
    }),
  );
  busy.close();
});

test('a cluster for one job ends with it, with its exit status, and leaves nothing', async () => {
  const ownGround = await openGround();
  try {
    const local = ['run', '--agents', '2', '--transport', KIND.transport, '--local', 'wordcount'];
    const shown = await ownGround.succeed([...local, '--top', '3', '--input', NOVEL]);
    assert.equal(shown, `${countedBySystem([NOVEL]).toString('utf8').split('\n').slice(0, 3).join('\n')}\n`);
    assert.equal((await ownGround.run([...local, '--input', '/no/such/file'])).code, 64);
    await ownGround.nothingButLives([]);
    assert.deepEqual(readdirSync(ownGround.directory), []);
  } finally {
    await ownGround.close();
  }
});

test('a cluster ends on Ctrl-C, and also when the process that started it is killed', async () => {
  const ownGround = await openGround();
  try {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const up = ownGround.start(['up', '--port', '0', '--transport', KIND.transport, '--log-level', 'warn']);
      const master = await waitFor(
        'the cluster to be up',
        () => /^mete master on http:\/\/([\d.:]+), 2 agents/m.exec(up.output.stdout)?.[1],
        () => up.output,
      );
      const job = ownGround.start(['run', '--master', master, 'pi', '--tasks', '2', '--points', '1000000000000']);
      const isExecutor = / executor( --jobs)?$/;
      const executors = (): boolean => ownGround.processes().some(({ command }) => isExecutor.test(command));
      await waitFor('executors', executors, () => ownGround.processes());
      up.child.kill(signal);
      const { code } = await endOf(up, 'mete up');
      assert.equal(code, signal === 'SIGINT' ? 0 : null);
      await ownGround.nothingButLives([job.pid]);
      job.child.kill('SIGINT');
      assert.notEqual((await endOf(job, 'the job without its cluster')).code, 0);
      if (signal === 'SIGINT') assert.deepEqual(readdirSync(ownGround.directory), []);
    }
  } finally {
    await ownGround.close();
  }
});

/** How to start a program that sees an empty directory where we see a full one, or why that cannot be done. */
function blindTo(directory: string): { through: string[] } | { reason: string } {
  const script = 'mount -t tmpfs none "$1" && shift && exec "$@"';
  for (const flags of [['-m'], ['-r', '-m']]) {
    const through = ['unshare', ...flags, 'sh', '-c', script, 'sh', directory];
    const { status } = spawnSync(through[0]!, [...through.slice(1), 'test', '!', '-e', join(directory, 'novel.txt')]);
    if (status === 0) return { through };
  }
  return { reason: 'no mount namespaces here (unshare -m): agents cannot be kept from seeing the input' };
}

test('agents that do not see the input read it from the framework', async (t: TestContext) => {
  const hidden = join(ground.directory, 'hidden');
  mkdirSync(hidden);
  const input = join(hidden, 'novel.txt');
  copyFileSync(NOVEL, input);
  const blind = blindTo(hidden);
  if ('reason' in blind) {
    t.diagnostic(`NOT TESTED: ${blind.reason}`);
    t.skip(blind.reason);
    return;
  }
  const blindCluster = await startCluster(ground, KIND, { agents: 0 });
  await Promise.all([0, 1].map(() => blindCluster.addAgent([], { through: blind.through })));
  for (const { running } of blindCluster.agents) {
    assert.deepEqual(readdirSync(`/proc/${running.pid}/root${hidden}`), []);
  }
  const out = join(ground.directory, 'remote.tsv');
  const work = ['wordcount', '--input', input, '--copies', '5', '--out', out];
  await ground.succeed(['run', '--master', blindCluster.master, ...work]);
  assert.deepEqual(readFileSync(out), countedBySystem([input], 5));
});
