/**
 * A simulated cluster: masters with an election and the registry's disk (masters.ts), agents with theirs and with
 * executors (hosts.ts), frameworks. The cores of masters and agents are the real ones; executors and frameworks are
 * models. This file puts them together.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { AgentConfig } from '../agent/core/config.js';
import type { MasterConfig } from '../master/core/config.js';
import type { MasterEvent, OperatorCall } from '../master/core/events.js';
import type { ContainerId } from '../protocol/schema.js';
import { parseAttributes } from '../resources/attributes.js';
import { attributesToMessages } from '../resources/message-form.js';
import { parseResources } from '../resources/parse-text.js';
import type { EventSink } from '../runner/runner.js';
import { reduceFrameworkModel } from './framework-model.js';
import { createFrameworkModel, type FrameworkModelConfig, type FrameworkModelEffect } from './framework-state.js';
import type { FrameworkModelEvent, FrameworkModelState } from './framework-state.js';
import { type AgentNode, type ExecutorFate, type ExecutorNode, type ExecutorProcess } from './hosts.js';
import { Hosts, type Restart } from './hosts.js';
import { type MasterProcess, Masters } from './masters.js';
import type { Network } from './network.js';
import { type LogSink, type Process, startProcess } from './process.js';
import { RegistryDisk, type WriteFate } from './registry-disk.js';
import type { World } from './world.js';

export type FrameworkProcess = Process<FrameworkModelState, FrameworkModelEvent>;

/** The address of a master that is alone. */
const SINGLE = 'master:5050';

/** Where processes look that know of no leader. */
const NOBODY = 'nobody:5050';

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
  /** Masters; one leads. */
  readonly masters?: number;
  readonly disk?: RegistryDisk;
  /** How long a leader that is silent stays leader, where there are several. */
  readonly sessionMs?: number;
  /** After which time a master that has ended by itself runs again; absent: it does not. */
  readonly restartMs?: number;
  /** Time that a write of the registry takes, a checkpoint, and the news of another leader. */
  readonly storeMs: () => number;
  readonly syncMs?: () => number;
  readonly detectMs?: () => number;
  /** What becomes of writes that are interrupted. */
  readonly writeFate?: () => WriteFate;
  readonly isMade?: () => boolean;
  readonly fateOf: () => ExecutorFate;
  /** Of the first master. */
  readonly journal?: EventSink<MasterEvent>;
  readonly log?: LogSink;
  readonly answered?: (request: number, status: number, body: string | undefined) => void;
  /** A master has ended by itself. */
  readonly masterEnded?: (name: string, reason: string) => void;
  readonly elected?: (address: string | null) => void;
  /** After each event that any core has reduced, with its effects. */
  readonly observe?: (owner: string, event: Typed, effects: readonly Typed[]) => void;
  readonly defect: (name: string, error: unknown, event: unknown) => void;
}

export type MasterOptions = Pick<ClusterOptions, 'engine' | 'master' | 'seed'>;

export function masterConfigOf(options: MasterOptions, startMs: number, id = 'M'): MasterConfig {
  const { allocator, ...rest } = options.master ?? {};
  return {
    masterInfo: { id, ip: 0x0100007f, port: 5050, hostname: 'master' },
    startMs,
    awaitsRegistry: true,
    ...rest,
    allocator: { seed: options.seed, ...allocator, engine: options.engine },
  };
}

export class Cluster {
  readonly masters: Masters;
  readonly frameworks = new Map<string, FrameworkProcess>();
  private readonly hosts: Hosts;
  private readonly options: ClusterOptions;
  private requests = 0;
  private failOvers = 0;

  constructor(options: ClusterOptions) {
    this.options = options;
    const { world, network, seed, storeMs } = options;
    const detectMs = options.detectMs ?? (() => 1);
    this.hosts = new Hosts({
      world,
      network,
      seed,
      common: (name, host) => this.common(name, host),
      fateOf: options.fateOf,
      syncMs: options.syncMs ?? (() => 0),
      isMade: options.isMade ?? (() => false),
      leader: () => this.leader,
      connect: (process, address) => {
        this.connect(process, address);
      },
    });
    this.masters = new Masters({
      count: options.masters ?? 1,
      disk: options.disk ?? new RegistryDisk(),
      world,
      sessionMs: options.sessionMs ?? 10_000,
      restartMs: options.restartMs ?? null,
      storeMs,
      detectMs,
      writeFate: options.writeFate ?? (() => 'lost'),
      config: (id) => masterConfigOf(options, world.nowMs, id),
      common: (name) => this.common(name, name),
      ...(options.journal === undefined ? {} : { journal: options.journal }),
      listen: (address, process) => {
        network.listen(address, process);
      },
      changed: (address) => {
        this.tellLeader(address, detectMs);
      },
      answer: ({ request, status, body }) => options.answered?.(request, status, body),
      ...(options.masterEnded === undefined ? {} : { ended: options.masterEnded }),
    });
  }

  /** The master that leads, or has led last. */
  get master(): MasterProcess {
    return this.masters.leading;
  }

  get agents(): ReadonlyMap<string, AgentNode> {
    return this.hosts.agents;
  }

  get executors(): ReadonlyMap<ContainerId, ExecutorNode> {
    return this.hosts.executors;
  }

  addAgent(name: string, resources: string, attributes = ''): AgentNode {
    return this.hosts.addAgent({
      agentInfo: { hostname: name, port: 5051, attributes: attributesToMessages(parseAttributes(attributes)) },
      resources: parseResources(resources),
      version: '1.0.0',
      workDir: `/var/lib/${name}`,
      ...this.options.agent,
    });
  }

  /** The process of the agent ends without a word, and its executors with it or later. */
  crashAgent(name: string): void {
    this.hosts.crashAgent(name);
  }

  restartAgent(name: string, how: Restart = 'nothing'): void {
    this.hosts.restartAgent(name, how);
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

  operate(call: OperatorCall): number {
    const { master } = this;
    master.push({ type: 'OperatorCalled', at: master.now(), request: ++this.requests, call });
    return this.requests;
  }

  /** Ends the process of an executor from outside. */
  killExecutor(node: ExecutorNode, status: number): void {
    this.hosts.killExecutor(node, status);
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

  /** Where there are several masters everybody watches the election. */
  private tellLeader(address: string | null, detectMs: () => number): void {
    this.options.elected?.(address);
    if ((this.options.masters ?? 1) === 1) return;
    for (const { process } of this.agents.values()) {
      this.later(detectMs(), () => {
        if (process.alive) process.push({ type: 'MasterDetected', at: process.now(), master: this.leader });
      });
    }
    for (const process of this.frameworks.values()) {
      this.later(detectMs(), () => {
        if (process.alive) process.push({ type: 'MasterDetected', at: process.now(), master: this.leader });
      });
    }
  }

  /** Where processes look for the leader: a single master is where it always is. */
  private get leader(): string | null {
    if ((this.options.masters ?? 1) === 1) return SINGLE;
    return this.masters.election.leader?.address ?? null;
  }

  private startFramework(name: string, state: FrameworkModelState, host = name): FrameworkProcess {
    const process: FrameworkProcess = startProcess<FrameworkModelState, FrameworkModelEvent, FrameworkModelEffect>({
      ...this.common(name, host),
      core: { reduce: reduceFrameworkModel },
      state,
      perform: (effect, self) => {
        if (effect.type === 'Connect') this.connect(self, this.leader ?? NOBODY);
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
