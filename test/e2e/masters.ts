/** Several masters that an election holds together, and agents that follow it, as real processes on loopback. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { StateView } from './cluster.js';
import { type Ground, type Running, waitFor } from './ground.js';

export interface MasterProcess {
  readonly address: string;
  readonly running: Running;
}

export interface Masters {
  readonly all: readonly MasterProcess[];
  readonly agents: readonly Running[];
  /** The one that answers for the cluster; waits until there is one, other than those named. */
  leader(...but: readonly MasterProcess[]): Promise<MasterProcess>;
  /** Starts another master, or agent. */
  add(): Promise<MasterProcess>;
  addAgent(): Promise<Running>;
  state(master: MasterProcess): Promise<StateView>;
}

export interface MastersOptions {
  readonly url: string;
  readonly masters?: number;
  readonly agents?: number;
  readonly sessionTimeout?: string;
  readonly masterFlags?: readonly string[];
  readonly agentFlags?: readonly string[];
}

const SERVING = /^mete (?:master|agent) on http:\/\/(\S+)$/m;

async function addressOf(running: Running): Promise<string> {
  const look = (): string | boolean => SERVING.exec(running.output.stdout)?.[1] ?? running.child.exitCode !== null;
  const address = await waitFor('a process to serve', look, () => running.output);
  if (typeof address === 'string') return address;
  throw new Error(`it ended with ${running.child.exitCode}: ${running.output.stderr}`);
}

/** What a master answers at a path by itself: redirects are not followed. Null if it does not serve it. */
export async function askDirectly<T>({ address }: MasterProcess, path: string): Promise<T | null> {
  try {
    const answer = await fetch(`http://${address}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
    return answer.status === 200 ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}

/** Starts masters and agents; resolves when one leads and all agents are there. `ground.close` ends them. */
export async function startMasters(ground: Ground, options: MastersOptions): Promise<Masters> {
  const { url, sessionTimeout = '1secs' } = options;
  const all: MasterProcess[] = [];
  const agents: Running[] = [];
  const common = ['--ip', '127.0.0.1', '--port', '0', '--log-level', 'info', '--zk-session-timeout', sessionTimeout];
  const add: Masters['add'] = async () => {
    const running = ground.start(['master', ...common, '--zk', url, ...(options.masterFlags ?? [])]);
    const master = { running, address: await addressOf(running) };
    all.push(master);
    return master;
  };
  const addAgent: Masters['addAgent'] = async () => {
    const workDir = mkdtempSync(join(ground.directory, 'agent-'));
    const own = ['--master', url, '--work-dir', workDir, '--resources', 'cpus:2;mem:1024;disk:100'];
    const flags = ['--registration-backoff-factor', '50ms', ...(options.agentFlags ?? [])];
    const running = ground.start(['agent', ...common, ...own, ...flags]);
    await addressOf(running);
    agents.push(running);
    return running;
  };
  const seen = (): unknown => all.map(({ running }) => running.output.stderr.split('\n').slice(-8));
  const leader: Masters['leader'] = (...but) =>
    waitFor('a master to lead', async () => {
      for (const master of all) {
        if (!but.includes(master) && (await askDirectly(master, '/state-summary')) !== null) return master;
      }
      return null;
    }, seen);
  const state: Masters['state'] = (master) =>
    waitFor('the state', () => askDirectly<StateView>(master, '/state'), seen);
  await Promise.all(Array.from({ length: options.masters ?? 3 }, add));
  await Promise.all(Array.from({ length: options.agents ?? 2 }, addAgent));
  const first = await leader();
  const isWhole = async (): Promise<boolean> => (await state(first)).activated_slaves === agents.length;
  await waitFor('agents to register', isWhole, seen);
  return { all, agents, leader, add, addAgent, state };
}
