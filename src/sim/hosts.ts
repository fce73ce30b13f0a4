/**
 * The agents of a simulated cluster, each with its disk and the executors that it has started. This is what the shell
 * of an agent is in real life: it opens links, stores checkpoints, starts and ends processes. Executors are processes
 * of their own: they outlive their agent if their framework wants it, and find the next run of it at the same address.
 */
import type { AgentConfig } from '../agent/core/config.js';
import { createAgent } from '../agent/core/create.js';
import type { AgentEffect, AgentEvent, Checkpoint, LaunchExecutor } from '../agent/core/events.js';
import type { RecoveredAgent } from '../agent/core/recovered.js';
import { reduceAgent } from '../agent/core/reduce.js';
import type { AgentState } from '../agent/core/state.js';
import { mix32, nameSalt } from '../base/mix32.js';
import type { ContainerId } from '../protocol/schema.js';
import { AgentDisk } from './agent-disk.js';
import { createExecutorModel, reduceExecutorModel } from './executor-model.js';
import type { ExecutorModelEffect, ExecutorModelEvent, ExecutorModelState } from './executor-model.js';
import type { Network } from './network.js';
import { type Process, type ProcessOptions, startProcess } from './process.js';
import type { World } from './world.js';

export type AgentProcess = Process<AgentState, AgentEvent>;
export type ExecutorProcess = Process<ExecutorModelState, ExecutorModelEvent>;

export interface AgentNode {
  readonly name: string;
  readonly config: Omit<AgentConfig, 'seed'>;
  readonly disk: AgentDisk;
  process: AgentProcess;
  /** Started so many times. */
  runs: number;
}

export interface ExecutorNode {
  readonly name: string;
  /** Name of its agent. */
  readonly host: string;
  readonly launch: LaunchExecutor;
  /** Whether there is a process, which may not do anything yet. */
  forked: boolean;
  /** Null until it can talk. */
  process: ExecutorProcess | null;
  over: boolean;
}

/** What chance decides about an executor that is to be started. */
export interface ExecutorFate {
  readonly startMs: number;
  /** From its start until it talks to its agent. */
  readonly bootMs: number;
  readonly outcome: 'runs' | 'cannot-start' | 'dies-at-boot' | 'never-subscribes';
}

/** How an agent starts again. `nothing`: it has lost its disk; `reboot`: so has its machine its processes. */
export type Restart = 'nothing' | 'disk' | 'reboot';

type Common = Pick<
  ProcessOptions<never, { type: string }, { type: string }>,
  'name' | 'host' | 'world' | 'network' | 'defect' | 'observe' | 'log'
>;

export interface HostsOptions {
  readonly world: World;
  readonly network: Network;
  readonly seed: number;
  readonly common: (name: string, host: string) => Common;
  readonly fateOf: () => ExecutorFate;
  /** How long a checkpoint takes; 0: it is there at once. */
  readonly syncMs: () => number;
  /** Whether a checkpoint that the end of the agent interrupts has been made. */
  readonly isMade: () => boolean;
  /** Where the leading master is, as a process that starts learns it. */
  readonly leader: () => string | null;
  /** Opens a link for a model, which gets `Connected`. */
  readonly connect: (process: ExecutorProcess, address: string) => void;
}

export class Hosts {
  readonly agents = new Map<string, AgentNode>();
  readonly executors = new Map<ContainerId, ExecutorNode>();
  private readonly options: HostsOptions;
  private pids = 100;

  constructor(options: HostsOptions) {
    this.options = options;
  }

  addAgent(config: Omit<AgentConfig, 'seed'>): AgentNode {
    const name = config.agentInfo.hostname;
    const disk = new AgentDisk();
    const node = { name, config, disk, runs: 0 } as Omit<AgentNode, 'process'> as AgentNode;
    this.agents.set(name, node);
    this.startAgent(node, null);
    return node;
  }

  /** The process of the agent ends without a word; executors that are not there yet will never be. */
  crashAgent(name: string): void {
    const node = this.agents.get(name);
    if (node?.process.alive !== true) return;
    node.process.crash();
    node.disk.interrupt(this.options.isMade());
    for (const executor of this.executorsOf(name)) if (!executor.forked) this.forget(executor);
  }

  /** A new process. Without what the old one knew it ends what it finds running, as agents do with orphans. */
  restartAgent(name: string, how: Restart): void {
    const node = this.agents.get(name)!;
    this.crashAgent(name);
    if (how === 'nothing') node.disk.wipe();
    if (how !== 'disk') for (const executor of this.executorsOf(name)) this.killExecutor(executor, 9);
    if (how === 'reboot') node.disk.forgetRuns();
    this.startAgent(node, node.disk.recover());
  }

  /** Ends the process of an executor from outside. */
  killExecutor(node: ExecutorNode, status: number): void {
    if (node.over) return;
    this.forget(node);
    node.process?.crash();
    const { process } = this.agents.get(node.host)!;
    const { containerId } = node.launch;
    if (process.alive) process.push({ type: 'ExecutorExited', at: process.now(), containerId, status });
  }

  private executorsOf(host: string): ExecutorNode[] {
    return [...this.executors.values()].filter((node) => node.host === host);
  }

  private forget(node: ExecutorNode): void {
    node.over = true;
    this.executors.delete(node.launch.containerId);
  }

  private startAgent(node: AgentNode, recovered: RecoveredAgent | null): void {
    const { network, seed, leader } = this.options;
    const { name, config } = node;
    const id = recovered?.agentInfo?.id;
    const agentInfo = id === undefined ? config.agentInfo : { ...config.agentInfo, id };
    const seeded = { ...config, agentInfo, seed: mix32(mix32(seed ^ nameSalt(name)) + node.runs++) };
    const process: AgentProcess = startProcess<AgentState, AgentEvent, AgentEffect>({
      ...this.options.common(name, name),
      core: { reduce: reduceAgent },
      state: createAgent(seeded, recovered),
      persist: (effects, done) => this.persist(node, effects, done),
      perform: (effect, self) => {
        this.performAgent(effect, self);
      },
    });
    node.process = process;
    network.listen(`${name}:5051`, process);
    if (recovered !== null && recovered.frameworks.length > 0) this.beginRecovery(process);
    process.push({ type: 'MasterDetected', at: process.now(), master: leader() });
  }

  /** What runs is left alone; what has ended meanwhile is told. */
  private beginRecovery(process: AgentProcess): void {
    const at = process.now();
    process.push({ type: 'RecoveryBegan', at });
    for (const containerId of process.state.recovering) {
      if (!this.executors.has(containerId)) process.push({ type: 'ExecutorExited', at, containerId, status: -1 });
    }
  }

  private persist(node: AgentNode, effects: readonly AgentEffect[], done: () => void): boolean {
    const checkpoints = effects.filter((effect): effect is Checkpoint => effect.type === 'Checkpoint');
    if (checkpoints.length === 0) return false;
    const { process, disk } = node;
    disk.begin(checkpoints);
    const syncMs = this.options.syncMs();
    if (syncMs === 0) {
      disk.finish();
      return false;
    }
    this.later(syncMs, () => {
      if (!process.alive || node.process !== process) return;
      disk.finish();
      done();
    });
    return true;
  }

  private performAgent(effect: AgentEffect, agent: AgentProcess): void {
    const { network } = this.options;
    switch (effect.type) {
      case 'ConnectMaster':
        network.connect(agent, effect.address, (end) => {
          if (end === null) return;
          if (agent.alive && end.open) {
            agent.push({ type: 'MasterLinkOpened', at: agent.now(), link: agent.adopt(end), master: effect.address });
          } else network.close(end, 'not wanted');
        });
        break;
      case 'LaunchExecutor':
        this.launchExecutor(effect, agent);
        break;
      case 'DestroyExecutor': {
        const node = this.executors.get(effect.containerId);
        if (node !== undefined) this.later(1, () => void this.killExecutor(node, 9));
        break;
      }
      case 'Exit': {
        const node = this.agents.get(agent.name)!;
        agent.crash();
        if (effect.forGood) node.disk.wipe();
        break;
      }
      default:
    }
  }

  private launchExecutor(launch: LaunchExecutor, agent: AgentProcess): void {
    const { containerId } = launch;
    const fate = this.options.fateOf();
    const name = `${agent.name}/${launch.executorId}`;
    const node: ExecutorNode = { name, host: agent.name, launch, forked: false, process: null, over: false };
    this.executors.set(containerId, node);
    this.later(fate.startMs, () => {
      if (node.over || !agent.alive) return;
      if (fate.outcome === 'cannot-start') {
        this.forget(node);
        agent.push({ type: 'ExecutorFailedToStart', at: agent.now(), containerId, message: 'cannot start' });
        return;
      }
      node.forked = true;
      agent.push({ type: 'ExecutorStarted', at: agent.now(), containerId, pid: this.pids++ });
      this.later(fate.bootMs, () => {
        if (node.over || fate.outcome === 'never-subscribes') return;
        if (fate.outcome === 'dies-at-boot') this.killExecutor(node, 256);
        else this.startExecutor(node);
      });
    });
  }

  private startExecutor(node: ExecutorNode): void {
    const { frameworkId, executorId, containerId, environment, task } = node.launch;
    const checkpoint = environment['MESOS_CHECKPOINT'] === '1';
    const address = `${node.host}:5051`;
    node.process = startProcess<ExecutorModelState, ExecutorModelEvent, ExecutorModelEffect>({
      ...this.options.common(node.name, node.host),
      core: { reduce: reduceExecutorModel },
      state: createExecutorModel({ frameworkId, executorId, containerId, checkpoint, single: task !== null }),
      perform: (effect, self) => {
        if (effect.type === 'Connect') this.options.connect(self, address);
        else if (effect.type === 'Exit') this.later(1, () => void this.killExecutor(node, effect.status));
      },
    });
    this.options.connect(node.process, address);
  }

  private later(ms: number, happen: () => void): void {
    const { world } = this.options;
    world.schedule(world.nowMs + ms, happen);
  }
}
