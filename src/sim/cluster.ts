/**
 * A simulated cluster: one master, agents with their executors, frameworks. The cores of master and agent are the real
 * ones; executors and frameworks are models. This file is what shells are in real life: it opens links, starts and ends
 * processes, stores the registry.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { AgentEffect, AgentEvent, LaunchExecutor } from '../agent/core/events.js';
import type { AgentConfig } from '../agent/core/config.js';
import { createAgent } from '../agent/core/create.js';
import { reduceAgent } from '../agent/core/reduce.js';
import type { AgentState } from '../agent/core/state.js';
import { mix32, nameSalt } from '../base/mix32.js';
import type { MasterConfig } from '../master/core/config.js';
import type { MasterEffect, MasterEvent, OperatorCall } from '../master/core/events.js';
import { reduceMaster } from '../master/core/reduce.js';
import { createMaster, type MasterState } from '../master/core/state.js';
import type { ContainerId } from '../protocol/schema.js';
import { parseAttributes } from '../resources/attributes.js';
import { attributesToMessages } from '../resources/message-form.js';
import { parseResources } from '../resources/parse-text.js';
import type { EventSink } from '../runner/runner.js';
import { createMemoryRegistrar, type Registrar } from '../storage/memory-registrar.js';
import { createExecutorModel, reduceExecutorModel } from './executor-model.js';
import type { ExecutorModelEffect, ExecutorModelEvent, ExecutorModelState } from './executor-model.js';
import { reduceFrameworkModel } from './framework-model.js';
import { createFrameworkModel, type FrameworkModelConfig, type FrameworkModelEffect } from './framework-state.js';
import type { FrameworkModelEvent, FrameworkModelState } from './framework-state.js';
import type { Network } from './network.js';
import { startProcess, type LogSink, type Process } from './process.js';
import type { World } from './world.js';

export type MasterProcess = Process<MasterState, MasterEvent>;
export type AgentProcess = Process<AgentState, AgentEvent>;
export type ExecutorProcess = Process<ExecutorModelState, ExecutorModelEvent>;
export type FrameworkProcess = Process<FrameworkModelState, FrameworkModelEvent>;

export const MASTER_ADDRESS = 'master:5050';

export interface AgentNode {
  readonly name: string;
  readonly config: Omit<AgentConfig, 'seed'>;
  process: AgentProcess;
  /** Started so many times. */
  runs: number;
}

export interface ExecutorNode {
  readonly name: string;
  readonly agent: AgentProcess;
  readonly launch: LaunchExecutor;
  /** Null until it has started. */
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

interface Typed {
  readonly type: string;
}

export interface ClusterOptions {
  readonly world: World;
  readonly network: Network;
  readonly engine: EngineFactory;
  readonly seed: number;
  readonly master?: Partial<MasterConfig>;
  readonly agent?: Partial<AgentConfig>;
  readonly storeMs: () => number;
  readonly fateOf: () => ExecutorFate;
  readonly journal?: EventSink<MasterEvent>;
  readonly log?: LogSink;
  readonly answered?: (request: number, status: number, body: string | undefined) => void;
  /** After each event that any core has reduced, with its effects. */
  readonly observe?: (owner: string, event: Typed, effects: readonly Typed[]) => void;
  readonly defect: (name: string, error: unknown, event: unknown) => void;
}

export type MasterOptions = Pick<ClusterOptions, 'engine' | 'master' | 'seed'>;

export function masterConfigOf(options: MasterOptions, startMs: number): MasterConfig {
  const { allocator, ...rest } = options.master ?? {};
  return {
    masterInfo: { id: 'M', ip: 0x0100007f, port: 5050, hostname: 'master' },
    startMs,
    ...rest,
    allocator: { seed: options.seed, ...allocator, engine: options.engine },
  };
}

export class Cluster {
  readonly master: MasterProcess;
  readonly registrar: Registrar;
  readonly agents = new Map<string, AgentNode>();
  readonly frameworks = new Map<string, FrameworkProcess>();
  readonly executors = new Map<ContainerId, ExecutorNode>();
  private readonly options: ClusterOptions;
  private pids = 100;
  private requests = 0;
  private failOvers = 0;

  constructor(options: ClusterOptions) {
    this.options = options;
    const { world, network } = options;
    this.registrar = createMemoryRegistrar((callback) => {
      world.schedule(world.nowMs + options.storeMs(), callback);
    });
    this.master = startProcess<MasterState, MasterEvent, MasterEffect>({
      ...this.common('master', 'master'),
      core: { reduce: reduceMaster },
      state: createMaster(masterConfigOf(options, world.nowMs)),
      ...(options.journal === undefined ? {} : { journal: options.journal }),
      perform: (effect) => {
        this.performMaster(effect);
      },
    });
    network.listen(MASTER_ADDRESS, this.master);
  }

  addAgent(name: string, resources: string, attributes = ''): AgentNode {
    const config = {
      agentInfo: { hostname: name, port: 5051, attributes: attributesToMessages(parseAttributes(attributes)) },
      resources: parseResources(resources),
      version: '1.0.0',
      workDir: `/var/lib/${name}`,
      ...this.options.agent,
    };
    const node: AgentNode = { name, config, process: this.startAgent(name, config, 0), runs: 1 };
    this.agents.set(name, node);
    return node;
  }

  /** The process of the agent ends without a word, and its executors with it or later. */
  crashAgent(name: string): void {
    this.agents.get(name)?.process.crash();
  }

  /** A new process that knows nothing of the old one, and ends what it finds running, as agents do with orphans. */
  restartAgent(name: string): void {
    const node = this.agents.get(name)!;
    if (node.process.alive) node.process.crash();
    for (const executor of this.executors.values()) {
      if (executor.agent === node.process) this.killExecutor(executor, 9);
    }
    node.process = this.startAgent(name, node.config, node.runs++);
  }

  addFramework(config: FrameworkModelConfig): FrameworkProcess {
    const process = this.startFramework(config.name, createFrameworkModel(config));
    this.frameworks.set(config.name, process);
    return process;
  }

  /** The framework starts anew with the books of the old process, which may still be running: a fail-over. */
  failOverFramework(name: string): FrameworkProcess {
    const before = this.frameworks.get(name)!;
    const state = createFrameworkModel(before.state.config);
    state.id = before.state.id;
    state.left = before.state.left;
    state.launched = before.state.launched;
    state.launching = before.state.launching;
    for (const [id, book] of before.state.tasks) state.tasks.set(id, book);
    const process = this.startFramework(`${name}#${++this.failOvers + 1}`, state, before.host);
    this.frameworks.set(name, process);
    return process;
  }

  operate(call: OperatorCall): void {
    this.master.push({ type: 'OperatorCalled', at: this.master.now(), request: ++this.requests, call });
  }

  /** Ends the process of an executor from outside. */
  killExecutor(node: ExecutorNode, status: number): void {
    if (node.over) return;
    node.over = true;
    node.process?.crash();
    const { containerId } = node.launch;
    if (node.agent.alive) node.agent.push({ type: 'ExecutorExited', at: node.agent.now(), containerId, status });
    this.executors.delete(containerId);
  }

  private common(name: string, host: string) {
    const { world, network, log, defect, observe } = this.options;
    return {
      name,
      host,
      world,
      network,
      defect,
      ...(log === undefined ? {} : { log }),
      ...(observe === undefined
        ? {}
        : {
            observe: (event: Typed, effects: readonly Typed[], from: number) => {
              observe(name, event, from === 0 ? effects : effects.slice(from));
            },
          }),
    };
  }

  private performMaster(effect: MasterEffect): void {
    if (effect.type === 'StoreRegistry') {
      const { store } = effect;
      this.registrar.store(effect.operations, (ok) => {
        this.master.push({ type: 'RegistryStored', at: this.master.now(), store, ok });
      });
    } else if (effect.type === 'AnswerOperator') {
      this.options.answered?.(effect.request, effect.status, effect.body);
    }
  }

  private startAgent(name: string, config: Omit<AgentConfig, 'seed'>, run: number): AgentProcess {
    const { network, seed } = this.options;
    const process: AgentProcess = startProcess<AgentState, AgentEvent, AgentEffect>({
      ...this.common(name, name),
      core: { reduce: reduceAgent },
      state: createAgent({ ...config, seed: mix32(mix32(seed ^ nameSalt(name)) + run) }),
      perform: (effect, self) => {
        this.performAgent(effect, self);
      },
    });
    network.listen(`${name}:5051`, process);
    process.push({ type: 'MasterDetected', at: process.now(), master: MASTER_ADDRESS });
    return process;
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
      case 'Exit':
        agent.crash();
        break;
      default:
    }
  }

  private launchExecutor(launch: LaunchExecutor, agent: AgentProcess): void {
    const { containerId } = launch;
    const fate = this.options.fateOf();
    const name = `${agent.name}/${launch.executorId}`;
    const node: ExecutorNode = { name, agent, launch, process: null, over: false };
    this.executors.set(containerId, node);
    this.later(fate.startMs, () => {
      if (node.over || !agent.alive) return;
      if (fate.outcome === 'cannot-start') {
        node.over = true;
        this.executors.delete(containerId);
        agent.push({ type: 'ExecutorFailedToStart', at: agent.now(), containerId, message: 'cannot start' });
        return;
      }
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
    node.process = startProcess<ExecutorModelState, ExecutorModelEvent, ExecutorModelEffect>({
      ...this.common(node.name, node.agent.host),
      core: { reduce: reduceExecutorModel },
      state: createExecutorModel({ frameworkId, executorId, containerId, checkpoint, single: task !== null }),
      perform: (effect, self) => {
        if (effect.type === 'Connect') this.connect(self, `${node.agent.host}:5051`);
        else if (effect.type === 'Exit') this.later(1, () => void this.killExecutor(node, effect.status));
      },
    });
    this.connect(node.process, `${node.agent.host}:5051`);
  }

  private startFramework(name: string, state: FrameworkModelState, host = name): FrameworkProcess {
    const process: FrameworkProcess = startProcess<FrameworkModelState, FrameworkModelEvent, FrameworkModelEffect>({
      ...this.common(name, host),
      core: { reduce: reduceFrameworkModel },
      state,
      perform: (effect, self) => {
        if (effect.type === 'Connect') this.connect(self, MASTER_ADDRESS);
      },
    });
    process.push({ type: 'ConnectTold', at: process.now() });
    return process;
  }

  /** Opens a link for a model, which gets `Connected`. */
  private connect(process: ExecutorProcess | FrameworkProcess, address: string): void {
    const { network } = this.options;
    network.connect(process, address, (end) => {
      if (process.alive) {
        const link = end?.open === true ? process.adopt(end) : null;
        process.push({ type: 'Connected', at: process.now(), link });
      } else if (end !== null) network.close(end, 'not wanted');
    });
  }

  private later(ms: number, happen: () => void): void {
    const { world } = this.options;
    world.schedule(world.nowMs + ms, happen);
  }
}
