/** A cluster of real processes on loopback, each of which a test may freeze or kill, and what its master knows. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { availableEngines } from '../allocator/engines.js';
import { MeteError } from '../../src/base/errors.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import { type Ground, type Running, type SpawnOptions, waitFor } from './ground.js';

/** Which engine and which network driver a cluster uses; `missing` says why it cannot be had on this machine. */
export interface Kind {
  readonly engine: 'native' | 'typescript';
  readonly transport: 'uws' | 'ws';
  readonly missing: string | false;
}

/** Why the native engine and uWebSockets.js do not work here; false if they do. In CI that is an error. */
async function whyNoNative(): Promise<string | false> {
  if (!availableEngines().some(({ name }) => name === 'native')) return 'the native engine is not built here';
  try {
    await chooseTransport('uws');
    return false;
  } catch (error) {
    if ((process.env['CI'] ?? '') !== '' || !(error instanceof MeteError)) throw error;
    return error.message;
  }
}

export const FAST: Kind = { engine: 'native', transport: 'uws', missing: await whyNoNative() };
export const PORTABLE: Kind = { engine: 'typescript', transport: 'ws', missing: false };
export const KINDS: readonly Kind[] = [FAST, PORTABLE];

export interface AgentProcess {
  readonly address: string;
  readonly workDir: string;
  readonly running: Running;
}

export interface TaskView {
  readonly id: string;
  readonly framework_id: string;
  readonly slave_id: string;
  readonly executor_id: string;
  readonly state: string;
}

export interface AgentView {
  readonly id: string;
  readonly pid: string;
  readonly port: number;
  readonly active: boolean;
  readonly used_resources: Readonly<Record<string, unknown>>;
  readonly offered_resources: Readonly<Record<string, unknown>>;
}

export interface FrameworkView {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly connected: boolean;
  readonly tasks: readonly TaskView[];
}

export interface StateView {
  readonly activated_slaves: number;
  readonly unreachable_slaves: number;
  readonly frameworks: readonly FrameworkView[];
  readonly completed_frameworks: readonly FrameworkView[];
}

export interface Cluster {
  readonly ground: Ground;
  /** `host:port` of the master. */
  readonly master: string;
  readonly agents: AgentProcess[];
  addAgent(flags?: readonly string[], options?: SpawnOptions): Promise<AgentProcess>;
  /** Starts an agent that has ended again, where it was. */
  restart(agent: AgentProcess): Promise<AgentProcess>;
  /** JSON that the master answers. */
  ask<T>(path: string): Promise<T>;
  state(): Promise<StateView>;
  agentViews(): Promise<readonly AgentView[]>;
  /** Waits until so many agents are active, there is no framework, nothing is held, and no executor lives. */
  isIdle(agents?: number): Promise<void>;
  /** Executors that live, with the agent's work directory in their environment. */
  executorsOf(agent: AgentProcess): number[];
}

export interface ClusterOptions {
  readonly agents?: number;
  readonly resources?: string;
  readonly masterFlags?: readonly string[];
  readonly agentFlags?: readonly string[];
}

const SERVING = /^mete (?:master|agent) on http:\/\/(\S+)$/m;

/** The address that a service prints once it serves. */
async function addressOf(running: Running, what: string): Promise<string> {
  const { output, child } = running;
  const look = (): string | boolean => SERVING.exec(output.stdout)?.[1] ?? child.exitCode !== null;
  const address = await waitFor(`${what} to serve`, look, () => output);
  if (typeof address === 'string') return address;
  throw new Error(`${what} ended with ${child.exitCode}: ${output.stderr}`);
}

function isNothing(resources: Readonly<Record<string, unknown>>): boolean {
  return Object.values(resources).every((amount) => amount === 0 || amount === '' || amount === undefined);
}

/** Starts a master and agents; `ground.close` ends them. */
export async function startCluster(ground: Ground, kind: Kind, options: ClusterOptions = {}): Promise<Cluster> {
  const common = ['--ip', '127.0.0.1', '--port', '0', '--transport', kind.transport, '--log-level', 'warn'];
  const masterFlags = ['--engine', kind.engine, ...(options.masterFlags ?? [])];
  const master = await addressOf(ground.start(['master', ...common, ...masterFlags]), 'the master');
  const agents: AgentProcess[] = [];
  const resources = options.resources ?? 'cpus:1;mem:1024;disk:100;ports:[31000-31009]';
  const ask = async <T>(path: string): Promise<T> => (await fetch(`http://${master}${path}`)).json() as Promise<T>;
  const state = (): Promise<StateView> => ask<StateView>('/state');
  const agentViews = async (): Promise<readonly AgentView[]> =>
    (await ask<{ slaves: readonly AgentView[] }>('/slaves')).slaves;
  const executorsOf = ({ workDir }: AgentProcess): number[] => {
    const isOfAgent = (text: string): boolean => text.includes(`MESOS_DIRECTORY=${workDir}/`);
    const all = ground.processes().filter(({ environment }) => isOfAgent(environment));
    return all.filter(({ command }) => / executor( --jobs)?$/.test(command)).map(({ pid }) => pid);
  };
  const startAgent = async (
    workDir: string,
    flags: readonly string[],
    spawnOptions?: SpawnOptions,
  ): Promise<AgentProcess> => {
    const own = ['--master', master, '--work-dir', workDir, '--resources', resources];
    const backoff = ['--registration-backoff-factor', '50ms'];
    const all = ['agent', ...common, ...own, ...backoff, ...(options.agentFlags ?? []), ...flags];
    const running = ground.start(all, spawnOptions);
    return { address: await addressOf(running, 'an agent'), workDir, running };
  };
  const addAgent: Cluster['addAgent'] = async (flags = [], spawnOptions) => {
    const agent = await startAgent(mkdtempSync(join(ground.directory, 'agent-')), flags, spawnOptions);
    agents.push(agent);
    return agent;
  };
  const restart: Cluster['restart'] = async (agent) => {
    const again = await startAgent(agent.workDir, []);
    agents[agents.indexOf(agent)] = again;
    return again;
  };
  await Promise.all(Array.from({ length: options.agents ?? 2 }, () => addAgent()));
  const wanted = options.agents ?? 2;
  await waitFor('agents to register', async () => (await state()).activated_slaves === wanted, state);
  return {
    ground,
    master,
    agents,
    addAgent,
    restart,
    ask,
    state,
    agentViews,
    executorsOf,
    isIdle: async (count = agents.length) => {
      const idle = async (): Promise<boolean> => {
        const { frameworks, activated_slaves: active } = await state();
        const views = await agentViews();
        const isFree = views.every((view) => isNothing(view.used_resources) && isNothing(view.offered_resources));
        const executors = agents.flatMap(executorsOf);
        return frameworks.length === 0 && active === count && isFree && executors.length === 0;
      };
      const seen = async (): Promise<unknown> => [await state(), ground.processes().map(({ command }) => command)];
      await waitFor('the cluster to be idle', idle, seen);
    },
  };
}
