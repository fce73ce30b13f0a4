/**
 * The faults, one a row: what is done to the cluster, and whether tasks that run must go on running. Each leaves the
 * cluster as it likes; `restore` heals and starts again whatever has ended.
 */
import assert from 'node:assert/strict';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../e2e/ground.js';
import type { FaultCluster } from './cluster.js';
import type { Service } from './service.js';

export interface Fault {
  readonly name: string;
  /** Whether tasks that run survive it, in the executors that they are in. */
  readonly sparesTasks: boolean;
  /** Why it cannot be done here; false if it can. */
  readonly missing?: string | false;
  act(cluster: FaultCluster, pick: (count: number) => number): Promise<void>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Longer than the session of a master, and than an agent may leave pings unanswered. */
const PAST_SESSION_MS = 2500;

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

async function isUnreachable(cluster: FaultCluster): Promise<void> {
  const isSeen = async (): Promise<boolean> => (await cluster.state()).activated_slaves < cluster.agents.length;
  await waitFor('the agent to be missed', isSeen, () => cluster.state());
}

/** Waits until another master leads. */
async function isSucceeded(cluster: FaultCluster, leader: Service): Promise<void> {
  await waitFor('another leader', async () => (await cluster.leader()) !== leader);
}

/** A leader that has lost its session ends by itself, and says why. */
async function endsItself(leader: Service): Promise<void> {
  const code = await leader.ended();
  assert.notEqual(code, 0, `${leader.name} ended with ${code}`);
}

async function withFakedTime(cluster: FaultCluster, service: Service): Promise<void> {
  const file = join(cluster.ground.directory, 'clock');
  writeFileSync(file, '+0');
  await service.kill('SIGKILL');
  await service.start({
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_RESET: '1',
  });
  for (const offset of ['+1d', '-1d', '+0']) {
    writeFileSync(file, offset);
    await pause(1500);
    assert.ok(service.isRunning, `${service.name} ended when the clock jumped by ${offset}: ${service.words()}`);
  }
  await service.kill('SIGKILL');
}

const anyAgent = (cluster: FaultCluster, pick: (count: number) => number): Service =>
  cluster.agents[pick(cluster.agents.length)]!;
const addressesOf = (services: readonly Service[]): string[] => services.map(({ host }) => host.address);

const FAULTS: readonly Fault[] = [
  {
    name: 'the leading master is killed',
    sparesTasks: true,
    act: async (cluster) => (await cluster.leader()).kill(),
  },
  {
    name: 'the leading master is frozen until its session has ended, and wakes',
    sparesTasks: true,
    act: async (cluster) => {
      const leader = await cluster.leader();
      leader.freeze();
      await isSucceeded(cluster, leader);
      leader.thaw();
      await endsItself(leader);
    },
  },
  {
    name: 'the leading master is cut off from ZooKeeper, but not from the agents',
    sparesTasks: true,
    act: async (cluster) => {
      const leader = await cluster.leader();
      leader.host.cutFromPorts(cluster.network.address, cluster.zooKeeperPorts);
      await endsItself(leader);
      await isSucceeded(cluster, leader);
    },
  },
  {
    name: 'the leading master is cut off from everybody',
    sparesTasks: true,
    act: async (cluster) => {
      const leader = await cluster.leader();
      leader.host.cutFrom([]);
      await endsItself(leader);
      await isSucceeded(cluster, leader);
    },
  },
  {
    name: 'the leader of the ZooKeeper servers is killed',
    sparesTasks: true,
    act: async (cluster) => {
      await (await cluster.zooKeeper.leader()).kill();
      await cluster.zooKeeper.leader();
    },
  },
  {
    name: 'all ZooKeeper servers are frozen for longer than a session',
    sparesTasks: true,
    act: async (cluster) => {
      cluster.zooKeeper.servers.forEach((server) => server.freeze());
      await pause(PAST_SESSION_MS);
      cluster.zooKeeper.servers.forEach((server) => server.thaw());
    },
  },
  {
    name: 'an agent is cut off from the masters for a moment',
    sparesTasks: true,
    act: async (cluster, pick) => {
      const agent = anyAgent(cluster, pick);
      agent.host.cutFrom(addressesOf(cluster.masters));
      await pause(800);
    },
  },
  {
    name: 'an agent is cut off from the masters until it is unreachable',
    sparesTasks: true,
    act: async (cluster, pick) => {
      anyAgent(cluster, pick).host.cutFrom(addressesOf(cluster.masters));
      await isUnreachable(cluster);
    },
  },
  {
    name: 'an agent is cut off from everybody until it is unreachable, while the leader is killed',
    sparesTasks: true,
    act: async (cluster, pick) => {
      anyAgent(cluster, pick).host.cutFrom([]);
      await (await cluster.leader()).kill();
      await isUnreachable(cluster);
    },
  },
  {
    name: 'an agent is killed',
    sparesTasks: true,
    act: async (cluster, pick) => anyAgent(cluster, pick).kill(),
  },
  {
    name: 'an agent is killed together with the leading master',
    sparesTasks: true,
    act: async (cluster, pick) => {
      await Promise.all([anyAgent(cluster, pick).kill(), (await cluster.leader()).kill()]);
    },
  },
  {
    name: 'an agent is frozen until it is unreachable, and wakes',
    sparesTasks: true,
    act: async (cluster, pick) => {
      const agent = anyAgent(cluster, pick);
      agent.freeze();
      await isUnreachable(cluster);
      agent.thaw();
    },
  },
  {
    name: 'an executor is killed',
    sparesTasks: false,
    act: async (cluster, pick) => {
      const executors = cluster.executors();
      process.kill(executors[pick(executors.length)]!.pid, 'SIGKILL');
      await pause(200);
    },
  },
  {
    name: 'an executor is killed while its agent is down',
    sparesTasks: false,
    act: async (cluster, pick) => {
      const executors = cluster.executors();
      const { pid, agent } = executors[pick(executors.length)]!;
      await agent.kill();
      process.kill(pid, 'SIGKILL');
    },
  },
  {
    name: "an agent's disk is full",
    sparesTasks: true,
    act: async (cluster, pick) => {
      const agent = anyAgent(cluster, pick);
      const filler = join(agent.workDir, 'filler');
      const { bavail, bsize } = statfsSync(agent.workDir);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
      await pause(PAST_SESSION_MS);
      if (existsSync(filler)) rmSync(filler);
      // What needs no more space may go on; what does must say why it ends.
      if (!agent.isRunning) assert.match(agent.words(), /ENOSPC|no space|full/i);
    },
  },
  {
    name: 'the clock of an agent jumps by a day, forth and back',
    sparesTasks: true,
    missing: existsSync(FAKETIME) ? false : 'libfaketime is not installed',
    act: (cluster, pick) => withFakedTime(cluster, anyAgent(cluster, pick)),
  },
  {
    name: 'the clock of a master jumps by a day, forth and back',
    sparesTasks: true,
    missing: existsSync(FAKETIME) ? false : 'libfaketime is not installed',
    act: async (cluster) => withFakedTime(cluster, await cluster.leader()),
  },
  {
    name: 'everything is restarted, one after the other',
    sparesTasks: true,
    act: async (cluster) => {
      for (const service of [...cluster.masters, ...cluster.agents]) {
        await service.kill('SIGTERM');
        await service.start();
        await cluster.leader();
      }
      for (const server of cluster.zooKeeper.servers) {
        await server.kill('SIGTERM');
        await server.start();
      }
    },
  },
];

/** All of them. */
export function allFaults(): readonly Fault[] {
  return FAULTS;
}
