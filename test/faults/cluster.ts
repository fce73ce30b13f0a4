/**
 * The cluster that faults are made in: an ensemble of three ZooKeeper servers, three masters and three agents, each on
 * a host of its own in a network whose ways may be cut. Time-outs are short, so that a fault takes seconds.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistrySnapshot } from '../../src/protocol/registry.js';
import type { AgentView, StateView } from '../e2e/cluster.js';
import { type Ground, openGround, waitFor } from '../e2e/ground.js';
import { startZooKeeper, type ZooKeeperServers } from '../ha/zookeeper-servers.js';
import { type Network, openNetwork } from './network.js';
import { createService, type Service } from './service.js';

const MASTERS = 3;
const AGENTS = 3;
const RESOURCES = 'cpus:4;mem:4096;disk:1000;ports:[31000-31999]';

export interface RegistryView {
  /** Ids of agents. */
  readonly admitted: readonly string[];
  readonly unreachable: readonly string[];
  readonly gone: readonly string[];
}

export interface FaultCluster {
  readonly ground: Ground;
  readonly network: Network;
  readonly zooKeeper: ZooKeeperServers;
  readonly zooKeeperPorts: readonly number[];
  readonly url: string;
  readonly masters: readonly Service[];
  readonly agents: readonly Service[];
  /** The master that leads and has recovered; waits until there is one. */
  leader(): Promise<Service>;
  state(): Promise<StateView & { readonly recovered_agents?: number }>;
  agentViews(): Promise<readonly AgentView[]>;
  /** Starts what has ended, heals every way, and waits until a leader has all agents. */
  restore(): Promise<void>;
  /** What `mete registry show` says. */
  registry(): Promise<RegistryView>;
  executors(): { readonly pid: number; readonly agent: Service }[];
  close(): Promise<void>;
}

async function ask<T>(address: string, path: string): Promise<T | null> {
  try {
    const answer = await fetch(`http://${address}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(3000) });
    return answer.status === 200 ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}

async function leaderAmong(masters: readonly Service[]): Promise<Service | null> {
  for (const master of masters.filter(({ isRunning }) => isRunning)) {
    if ((await ask(master.address, '/state-summary')) !== null) return master;
  }
  return null;
}

/** A disk of its own, so small that it can be filled. */
function mountDisk(directory: string): string {
  mkdirSync(directory);
  const args = ['-t', 'tmpfs', '-o', 'size=64m', 'mete-faults', directory];
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${directory}: ${stderr}`);
  return directory;
}

/** Starts everything. */
export async function startFaultCluster(): Promise<FaultCluster> {
  const network = openNetwork();
  const [ground, zooKeeper] = await Promise.all([openGround(), startZooKeeper(3, network.address)]);
  const url = zooKeeper.url('/mete');
  const masterArgs = [
    ...['master', '--zk', url, '--zk-session-timeout', '1secs', '--registry', 'zookeeper', '--quorum', '2'],
    ...['--agent-ping-timeout', '1secs', '--max-agent-ping-timeouts', '2', '--agent-reregister-timeout', '20secs'],
    ...['--heartbeat-interval', '1secs', '--max-completed-tasks-per-framework', '100000'],
  ];
  const agentArgs = [
    ...['agent', '--master', url, '--resources', RESOURCES, '--registration-backoff-factor', '50ms'],
    ...['--status-update-retry-min', '300ms'],
  ];
  const service = (name: string, args: readonly string[], port: number): Service =>
    createService({ ground, host: network.host(name), name, args, port, workDir: join(ground.directory, name) });
  const masters = Array.from({ length: MASTERS }, (_, i) => service(`master-${i + 1}`, masterArgs, 5050));
  const disks = Array.from({ length: AGENTS }, (_, i) => mountDisk(join(ground.directory, `agent-${i + 1}`)));
  const agents = Array.from({ length: AGENTS }, (_, i) => service(`agent-${i + 1}`, agentArgs, 5051));
  const services = [...masters, ...agents];
  const leader = (): Promise<Service> =>
    waitFor('a leader', () => leaderAmong(masters), () => masters.map((master) => master.words()));
  const askLeader = async <T extends object>(path: string): Promise<T> =>
    waitFor<T | null>(`an answer to ${path}`, async () => ask<T>((await leader()).address, path));
  const state: FaultCluster['state'] = () => askLeader('/state');
  const restore = async (): Promise<void> => {
    services.forEach(({ host }) => host.heal());
    await Promise.all(zooKeeper.servers.filter(({ isRunning }) => !isRunning).map((server) => server.start()));
    await Promise.all(services.filter(({ isRunning }) => !isRunning).map((one) => one.start()));
    const isWhole = async (): Promise<boolean> => (await state()).activated_slaves === AGENTS;
    await waitFor('all agents to be back', isWhole, async () => [await state(), agents.map((agent) => agent.words())]);
  };
  const cluster: FaultCluster = {
    ground,
    network,
    zooKeeper,
    zooKeeperPorts: zooKeeper.servers.map(({ port }) => port),
    url,
    masters,
    agents,
    leader,
    state,
    agentViews: async () => (await askLeader<{ slaves: readonly AgentView[] }>('/slaves')).slaves,
    restore,
    registry: async () => {
      const text = await ground.succeed(['registry', 'show', '--zk', url, '--json']);
      const { registry } = JSON.parse(text) as { registry: RegistrySnapshot };
      return {
        admitted: registry.agents.map(({ id }) => id ?? '').sort(),
        unreachable: (registry.unreachable ?? []).map(({ agentId }) => agentId),
        gone: (registry.gone ?? []).map(({ agentId }) => agentId),
      };
    },
    executors: () =>
      ground.processes().flatMap(({ pid, command, environment }) => {
        const agent = agents.find(({ workDir }) => environment.includes(`MESOS_DIRECTORY=${workDir}/`));
        return agent !== undefined && / executor( --jobs)?$/.test(command) ? [{ pid, agent }] : [];
      }),
    close: async () => {
      try {
        services.filter(({ isRunning }) => isRunning).forEach((one) => one.thaw());
        // Executors outlive agents that are only stopped.
        await Promise.all(agents.map((agent) => agent.kill('SIGUSR1')));
        for (const { pid } of ground.processes()) {
          if (!services.some((one) => one.isRunning && one.pid === pid)) process.kill(pid, 'SIGKILL');
        }
        disks.forEach((disk) => spawnSync('umount', ['--lazy', disk]));
        await ground.close();
      } finally {
        await zooKeeper.close();
        network.close();
      }
    },
  };
  try {
    await restore();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}
