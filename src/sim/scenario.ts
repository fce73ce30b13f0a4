/**
 * A scenario while it runs: the simulated cluster, with a network in which every way takes one millisecond and nothing
 * goes wrong by itself, and the output since the last time somebody asked. What happens is a line each:
 * `1.002 master -> f1  OFFERS …`.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { AgentConfig } from '../agent/core/config.js';
import type { MasterConfig } from '../master/core/config.js';
import type { MasterEvent } from '../master/core/events.js';
import type { Message } from '../protocol/messages.js';
import type { EventSink } from '../runner/runner.js';
import { Cluster } from './cluster.js';
import { checkAgents, checkFrameworks, checkMaster } from './invariants.js';
import { createNames, type Names } from './names.js';
import { checkRegistry } from './registry-law.js';
import { Network, type Station, type Verdict } from './network.js';
import { summarize } from './summaries.js';
import { createWorld, type World } from './world.js';

/** What is done with the next messages of a type from one process to another. */
export interface Meddling {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly verdict: Verdict;
  left: number;
}

export interface ScenarioOptions {
  readonly engine: EngineFactory;
  readonly journal?: EventSink<MasterEvent>;
}

export interface ClusterSettings {
  readonly masters?: number;
  readonly sessionMs?: number;
  readonly restartMs?: number;
  readonly master: Partial<MasterConfig>;
  readonly agent: Partial<AgentConfig>;
}

const ON_THE_WAY_MS = 1;
const PATIENCE_MS = 10_000;
const NOISE = ['PING', 'PONG', 'HEARTBEAT'];

export class Scenario {
  readonly world: World = createWorld();
  readonly network: Network;
  readonly names: Names;
  /** Types of messages, and names of processes, that are not shown. */
  readonly hidden = new Set<string>(NOISE);
  readonly meddlings: Meddling[] = [];
  /** Uuids of statuses in the order in which frameworks got them: `f1 t1` → list. */
  readonly uuids = new Map<string, Uint8Array[]>();
  showsLogs = false;
  private readonly options: ScenarioOptions;
  private made: Cluster | null = null;
  private readonly lines: string[] = [];

  constructor(options: ScenarioOptions) {
    this.options = options;
    this.network = new Network({
      world: this.world,
      delayMs: (from, to) => (from === to ? 0 : ON_THE_WAY_MS),
      patienceMs: () => PATIENCE_MS,
      survivors: () => 0,
      watch: {
        delivered: (from, to, message) => {
          this.delivered(from, to, message);
        },
        lost: (from, to, message, why) => {
          if (this.isShown(from, to, message)) this.say(`${from.name} -> ${to.name}  ${this.text(message)}  (${why})`);
        },
        closed: (owner, other, reason) => {
          if (!this.hidden.has('links')) this.say(`${owner.name} || ${other.name}  ${reason}`);
        },
      },
    });
    this.network.meddle = (from, to, message) => this.meddle(from, to, message);
    this.names = createNames(() => this.cluster);
  }

  get cluster(): Cluster {
    return (this.made ??= this.makeCluster({ master: {}, agent: {} }));
  }

  /** Makes the cluster with settings; it must not be there yet. */
  makeCluster(settings: ClusterSettings): Cluster {
    const { engine, journal } = this.options;
    const { masters, sessionMs, restartMs } = settings;
    const cluster: Cluster = new Cluster({
      ...(masters === undefined ? {} : { masters }),
      ...(sessionMs === undefined ? {} : { sessionMs }),
      ...(restartMs === undefined ? {} : { restartMs }),
      elected: (address) => {
        // The first one leads before anything happens.
        if (this.made !== null) this.say(`*** ${address === null ? 'nobody' : address.replace(/:.*/, '')} leads`);
      },
      masterEnded: (name, reason) => {
        this.say(`*** ${name} ends: ${reason}`);
      },
      world: this.world,
      network: this.network,
      engine,
      seed: 1,
      master: settings.master,
      agent: settings.agent,
      storeMs: () => ON_THE_WAY_MS,
      fateOf: () => ({ startMs: 10, bootMs: 20, outcome: 'runs' }),
      ...(journal === undefined ? {} : { journal }),
      log: (name, level, text, fields) => {
        if (this.showsLogs && level !== 'debug') this.say(`${name} ${level}: ${text} ${JSON.stringify(fields ?? {})}`);
      },
      answered: (request, status, body) => {
        this.say(`operator  answer ${request}: ${status}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
      },
      observe: (owner) => {
        this.check(owner);
      },
      defect: (name, error) => {
        this.say(`DEFECT in ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      },
    });
    this.made = cluster;
    return cluster;
  }

  advance(ms: number): void {
    this.world.runUntil(this.world.nowMs + ms);
    if (this.made !== null) for (const fault of checkAgents(this.made)) this.breach(fault);
  }

  /** Adds a line of output with the time. */
  say(text: string): void {
    const seconds = (this.world.nowMs - this.world.startMs) / 1000;
    this.lines.push(`${seconds.toFixed(3)} ${text}`);
  }

  /** Adds a line of output as it is. */
  print(text: string): void {
    this.lines.push(text);
  }

  /** The output since the last call. */
  takeOutput(): string[] {
    return this.lines.splice(0);
  }

  text(message: Message): string {
    return summarize(message, this.names);
  }

  private check(owner: string): void {
    const cluster = this.made;
    if (cluster === null) return;
    const node = cluster.masters.nodes.get(owner);
    if (node !== undefined) for (const fault of this.masterFaults(cluster, node.name)) this.breach(fault);
    else for (const fault of checkFrameworks(cluster)) this.breach(fault);
  }

  private masterFaults({ masters }: Cluster, name: string): string[] {
    const { state } = masters.nodes.get(name)!.run.process;
    return [...checkMaster(state), ...(masters.counts(name) ? checkRegistry(state, masters.disk.view) : [])];
  }

  /** A law is broken: that stands in the output, and so in the difference to what was recorded. */
  private breach(fault: string): void {
    const line = `BREACH ${fault}`;
    if (!this.lines.includes(line)) this.lines.push(line);
  }

  private delivered(from: Station, to: Station, message: Message): void {
    if (message.type === 'UPDATE' && message.status.uuid !== undefined) {
      const key = `${to.name} ${message.status.taskId}`;
      this.uuids.set(key, [...(this.uuids.get(key) ?? []), message.status.uuid]);
    }
    if (this.isShown(from, to, message)) this.say(`${from.name} -> ${to.name}  ${this.text(message)}`);
  }

  private isShown(from: Station, to: Station, message: Message): boolean {
    const { hidden } = this;
    if (hidden.has(message.type)) return false;
    const isExecutor = from.name.includes('/') || to.name.includes('/');
    return !(isExecutor && hidden.has('executors'));
  }

  private meddle(from: Station, to: Station, message: Message): Verdict {
    if (message.type === 'SUBSCRIBED') this.names.learn(message.frameworkId, to.name);
    if (message.type === 'AGENT_REGISTERED') this.names.learn(message.agentId, to.name);
    const rule = this.meddlings.find((candidate) => {
      const { type, left } = candidate;
      return left > 0 && type === message.type && candidate.from === from.name && candidate.to === to.name;
    });
    if (rule === undefined) return 'pass';
    rule.left--;
    return rule.verdict;
  }
}
