/**
 * Several masters, real ZooKeeper (and etcd), agents and frameworks, all of them real processes: the leader is killed,
 * frozen, asked to stop; another leads, everybody follows, and the results of jobs are right all the same.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { NO_ETCD, startEtcd } from '../ha/etcd-server.js';
import { NO_ZOOKEEPER, startZooKeeper, type ZooKeeperServers } from '../ha/zookeeper-servers.js';
import { endOf, type Ground, NOVEL, openGround, type Running, waitFor } from './ground.js';
import { askDirectly, type MasterProcess, type Masters, startMasters } from './masters.js';
import { countedBySystem } from './words.js';

const COPIES = 60;

/** A word count that takes a few seconds, with its result in a file. */
function countWords(ground: Ground, url: string, out: string): Running {
  const input = ['--input', NOVEL, '--copies', String(COPIES), '--out', out];
  return ground.start(['run', 'wordcount', ...input, '--master', url, '--zk-session-timeout', '1secs']);
}

function assertCounted(out: string): void {
  assert.deepEqual(readFileSync(out), countedBySystem([NOVEL], COPIES));
}

/** Waits until the job has tasks that run. */
async function untilTasksRun(masters: Masters, leader: MasterProcess): Promise<void> {
  const areThere = async (): Promise<boolean> => {
    const { frameworks } = await masters.state(leader);
    return frameworks.some(({ tasks }) => tasks.some((task) => task.state === 'TASK_RUNNING'));
  };
  await waitFor('tasks to run', areThere);
}

describe('three masters, ZooKeeper, two agents', { skip: NO_ZOOKEEPER, timeout: 180_000 }, () => {
  let zooKeeper: ZooKeeperServers | undefined;
  let ground: Ground | undefined;
  after(async () => {
    await ground?.close();
    await zooKeeper?.close();
  });

  test('[E1] [E12] [E16] [E18] [B47] the leader is killed during a word count: the counts are right', async () => {
    zooKeeper = await startZooKeeper(1);
    ground = await openGround();
    const url = zooKeeper.url('/mete');
    const masters = await startMasters(ground, { url });
    const leader = await masters.leader();
    for (const master of masters.all) {
      if (master === leader) continue;
      const answer = await fetch(`http://${master.address}/state`, { redirect: 'manual' });
      assert.equal(answer.status, 307);
      assert.equal(answer.headers.get('location'), `//${leader.address}/state`);
      assert.equal((await askDirectly<Record<string, number>>(master, '/metrics/snapshot'))!['master/elected'], 0);
    }
    const state = await askDirectly<{ leader: string; leader_info: { hostname: string } }>(leader, '/state');
    assert.equal(state?.leader, `master@${leader.address}`);
    assert.equal((await askDirectly<Record<string, number>>(leader, '/metrics/snapshot'))!['master/elected'], 1);
    assert.match(await ground.succeed(['agents', '--master', url]), /active/);

    const out = join(ground.directory, 'counts');
    const job = countWords(ground, url, out);
    await untilTasksRun(masters, leader);
    process.kill(leader.running.pid, 'SIGKILL');
    const next = await masters.leader(leader);
    assert.notEqual(next, leader);
    const { code, stderr } = await endOf(job, 'the word count');
    assert.equal(code, 0, stderr);
    assertCounted(out);
    await waitFor('both agents', async () => (await masters.state(next)).activated_slaves === 2);
  });

  test('[E11] [E24] a frozen leader that wakes up after its session does nothing but end', async () => {
    const masters = await startMasters(ground!, { url: zooKeeper!.url('/frozen'), masters: 2, agents: 1 });
    const leader = await masters.leader();
    process.kill(leader.running.pid, 'SIGSTOP');
    const next = await masters.leader(leader);
    await waitFor('the agent', async () => (await masters.state(next)).activated_slaves === 1);
    process.kill(leader.running.pid, 'SIGCONT');
    const { code, stderr } = await endOf(leader.running, 'the old leader');
    assert.equal(code, 1);
    assert.match(stderr, /Lost leadership/);
    assert.equal((await masters.state(next)).activated_slaves, 1);
  });

  test('a leader that is asked to stop makes room at once; a new master finds the registry', async () => {
    const url = zooKeeper!.url('/rolling');
    const masters = await startMasters(ground!, { url, masters: 2, agents: 1, sessionTimeout: '30secs' });
    const leader = await masters.leader();
    process.kill(leader.running.pid, 'SIGTERM');
    const next = await masters.leader(leader);
    assert.equal((await endOf(leader.running, 'the old leader')).code, 0);
    await waitFor('the agent', async () => (await masters.state(next)).activated_slaves === 1);
    const third = await masters.add();
    process.kill(next.running.pid, 'SIGTERM');
    assert.equal(await masters.leader(leader, next), third);
    await waitFor('the agent', async () => (await masters.state(third)).activated_slaves === 1);
  });

  test('ZooKeeper is gone for longer than a session: the leader ends, later another leads', async () => {
    const servers = await startZooKeeper(1);
    try {
      const masters = await startMasters(ground!, { url: servers.url('/mete'), masters: 1, agents: 1 });
      const leader = await masters.leader();
      await servers.servers[0]!.kill();
      const { code, stderr } = await endOf(leader.running, 'the leader');
      assert.equal(code, 1);
      assert.match(stderr, /Lost leadership/);
      await servers.servers[0]!.start();
      const next = await masters.add();
      await waitFor('the agent', async () => (await masters.state(next)).activated_slaves === 1);
    } finally {
      await servers.close();
    }
  });
});

describe('two masters, etcd, an agent', { skip: NO_ETCD, timeout: 120_000 }, () => {
  test('[E15] the leader is killed during a word count: the counts are right', async () => {
    const etcd = await startEtcd();
    const ground = await openGround();
    try {
      const url = etcd.url('/mete');
      const masters = await startMasters(ground, { url, masters: 2, agents: 1, sessionTimeout: '2secs' });
      const leader = await masters.leader();
      const out = join(ground.directory, 'counts');
      const job = countWords(ground, url, out);
      await untilTasksRun(masters, leader);
      process.kill(leader.running.pid, 'SIGKILL');
      const { code, stderr } = await endOf(job, 'the word count');
      assert.equal(code, 0, stderr);
      assertCounted(out);
    } finally {
      await ground.close();
      await etcd.close();
    }
  });
});
