/**
 * Plays a plan and watches the laws: after every event those of the master's books, all the time those of frameworks
 * and agents, and at the end that everything has come to its end. The first breach ends the play.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { MasterEvent, OperatorCall } from '../master/core/events.js';
import type { TaskState } from '../protocol/task.js';
import { createDigest, digestOf } from '../runner/journal-digest.js';
import type { EventSink } from '../runner/runner.js';
import { Cluster } from './cluster.js';
import type { ExecutorFate } from './hosts.js';
import { createDice, type Dice } from './dice.js';
import { checkAgents, checkFrameworks, checkMaster, unquiet } from './invariants.js';
import { Network, type NetworkWatch } from './network.js';
import { notOnDisk, operatorCall } from './operator-plan.js';
import type { Fault, FaultType, Plan } from './plan.js';
import type { RegistryDisk } from './registry-disk.js';
import { checkAdmissions, checkRegistry } from './registry-law.js';
import { snapshotMaster } from './replay-cores.js';
import { createWorld, type World } from './world.js';

export interface PlayOptions {
  readonly engine: EngineFactory;
  readonly journal?: EventSink<MasterEvent>;
  /** Of the registry. */
  readonly disk?: RegistryDisk;
  readonly watch?: NetworkWatch;
  readonly log?: (line: string) => void;
}

export interface PlayResult {
  /** What was breached; null if nothing was. */
  readonly failure: string | null;
  readonly events: number;
  readonly tasks: number;
  /** How tasks ended, by state. */
  readonly ends: Readonly<Partial<Record<TaskState, number>>>;
  readonly virtualMs: number;
  /** Of all effects of the first master, and of its state at its end. */
  readonly masterDigests: { readonly effects: string; readonly state: string };
  /** Of both. */
  readonly digest: string;
}

/** In this time after the chaos everything must have come to its end. */
const QUIET_LIMIT_MS = 45 * 60_000;
const QUIET_STEP_MS = 5_000;

/** A play that takes more events than this runs in a circle. */
const EVENT_LIMIT = 200_000;

export function play(plan: Plan, options: PlayOptions): PlayResult {
  return new Play(plan, options).run();
}

class Play {
  private readonly plan: Plan;
  private readonly world: World;
  private readonly network: Network;
  private readonly cluster: Cluster;
  private readonly dice: Dice;
  private readonly log: (line: string) => void;
  private readonly digest = createDigest();
  private failure: string | null = null;
  private events = 0;
  private resting = false;
  private readonly asked = new Map<number, OperatorCall>();

  constructor(plan: Plan, options: PlayOptions) {
    this.plan = plan;
    this.world = createWorld();
    this.dice = createDice(plan.seed).split('play');
    this.log = options.log ?? (() => undefined);
    const network = this.dice.split('network');
    this.network = new Network({
      world: this.world,
      delayMs: (from, to) => this.delayMs(network, from, to),
      patienceMs: () => network.whole(1000, 20_000),
      survivors: (count) => network.whole(0, count),
      ...(options.watch === undefined ? {} : { watch: options.watch }),
    });
    const fates = this.dice.split('fates');
    this.cluster = new Cluster({
      world: this.world,
      network: this.network,
      engine: options.engine,
      seed: plan.seed,
      master: plan.master,
      agent: plan.agent,
      masters: plan.masters,
      ...(options.disk === undefined ? {} : { disk: options.disk }),
      sessionMs: plan.sessionMs,
      restartMs: 1000,
      storeMs: () => network.whole(0, 30),
      syncMs: () => network.whole(0, 10),
      detectMs: () => network.whole(0, 300),
      writeFate: () => network.pick(['lost', 'made', 'torn'] as const),
      isMade: () => network.chance(0.5),
      answered: (request, status) => {
        this.answered(request, status);
      },
      elected: (address) => {
        this.log(address === null ? 'nobody leads' : `${address} leads`);
      },
      masterEnded: (name, reason) => {
        this.log(`${name} ends: ${reason}`);
      },
      fateOf: () => rollFate(fates),
      defect: (name, error, event) => {
        this.fail(`${name} threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, event);
      },
      observe: (owner, event, effects) => {
        this.observe(owner, event, effects);
      },
      ...(options.journal === undefined ? {} : { journal: options.journal }),
    });
  }

  run(): PlayResult {
    const { plan, world, cluster } = this;
    const startMs = world.nowMs;
    for (const agent of plan.agents) this.at(agent.atMs, () => void cluster.addAgent(agent.name, agent.resources));
    for (const framework of plan.frameworks) this.at(framework.atMs, () => void cluster.addFramework(framework));
    for (const fault of plan.faults) {
      this.at(fault.atMs, () => {
        this.log(`${fault.type} for ${fault.forMs}`);
        FAULTS[fault.type](this, fault);
      });
    }
    this.runUntil(startMs + Math.max(plan.chaosMs, 6000));
    this.comeToRest();
    const first = digestOf(snapshotMaster(cluster.masters.first.state));
    const masterDigests = { effects: this.digest.end(), state: first };
    const books = [...cluster.frameworks.values()].flatMap(({ state }) => [...state.tasks.values()]);
    const ends: Partial<Record<TaskState, number>> = {};
    for (const { state } of books) ends[state] = (ends[state] ?? 0) + 1;
    return {
      failure: this.failure,
      events: this.events,
      tasks: books.length,
      ends,
      virtualMs: world.nowMs - startMs,
      masterDigests,
      digest: digestOf([masterDigests, digestOf(snapshotMaster(cluster.master.state)), this.events, ends]),
    };
  }

  /** Ends all troubles and waits until nothing is left to do. */
  private comeToRest(): void {
    const { cluster, network, world } = this;
    if (this.failure !== null) return;
    this.resting = true;
    network.healAll();
    for (const { name, process } of cluster.agents.values()) {
      process.freeze(0);
      if (!process.alive) cluster.restartAgent(name, name < 'a3' ? 'disk' : 'nothing');
    }
    cluster.masters.mend();
    for (const [name, process] of [...cluster.frameworks]) {
      process.freeze(0);
      const current = process.alive ? process : cluster.failOverFramework(name);
      current.push({ type: 'WindDownTold', at: current.now() });
    }
    const limitMs = world.nowMs + QUIET_LIMIT_MS;
    let left = unquiet(cluster);
    while (this.failure === null && left.length > 0 && world.nowMs < limitMs) {
      this.runUntil(world.nowMs + QUIET_STEP_MS);
      left = unquiet(cluster);
    }
    if (left.length > 0) this.fail(`did not come to rest: ${left.slice(0, 5).join('; ')}`);
  }

  private runUntil(atMs: number): void {
    const { world } = this;
    while (this.failure === null && world.nextMs() <= atMs) world.step();
    if (this.failure === null) world.runUntil(atMs);
  }

  private observe(owner: string, event: unknown, effects: readonly unknown[]): void {
    if (this.failure !== null) return;
    this.events++;
    if (this.events > EVENT_LIMIT) this.fail(`more than ${EVENT_LIMIT} events`, event);
    const faults: string[] = [];
    const { masters } = this.cluster;
    const node = masters.nodes.get(owner);
    if (node !== undefined) {
      const { process } = node.run;
      if (process === masters.first) for (const effect of effects) this.digest.add(effect);
      faults.push(...checkMaster(process.state));
      if (masters.counts(owner)) {
        faults.push(...checkRegistry(process.state, masters.disk.view));
        faults.push(...checkAdmissions(effects as readonly { type: string }[], () => masters.disk.view));
      }
    } else {
      faults.push(...checkFrameworks(this.cluster));
    }
    if (this.events % 64 === 0) faults.push(...checkAgents(this.cluster));
    if (faults.length > 0) this.fail(faults.slice(0, 3).join('; '), event, owner);
  }

  private fail(what: string, event?: unknown, owner = ''): void {
    const afterMs = this.world.nowMs - this.world.startMs;
    const where = event === undefined ? '' : ` after ${owner} ${printEvent(event)}`;
    this.failure ??= `at ${afterMs} ms${where}: ${what}`;
  }

  /** What an operator is told is done is on disk. */
  private answered(request: number, status: number): void {
    const call = this.asked.get(request);
    if (call === undefined || status !== 200) return;
    const missing = notOnDisk(call, this.cluster.masters.disk.view);
    if (missing !== null) this.fail(`an operator was answered although ${missing}`, call);
  }

  private at(afterMs: number, happen: () => void): void {
    this.world.schedule(this.world.startMs + afterMs, happen);
  }

  private delayMs(dice: Dice, from: string, to: string): number {
    const { slowMs } = this.plan;
    if (from === to) return dice.whole(0, 1);
    return slowMs > 0 && dice.chance(0.1) ? dice.whole(0, slowMs) : dice.whole(0, 3);
  }

  /** The parts that faults work on. */
  readonly tools = {
    cutHost: (target: number, forMs: number): void => {
      const hosts = [...this.cluster.agents.keys(), ...this.cluster.frameworks.keys()];
      const host = pickFrom(hosts, target);
      if (host === undefined) return;
      this.network.cut('master', host);
      this.world.schedule(this.world.nowMs + forMs, () => {
        this.network.heal('master', host);
      });
    },
    breakLink: (target: number): void => {
      const end = pickFrom(this.network.openLinks(), target);
      if (end !== undefined) this.network.break(end);
    },
    crashAgent: (target: number, forMs: number): void => {
      const node = pickFrom([...this.cluster.agents.values()], target);
      if (node === undefined) return;
      this.cluster.crashAgent(node.name);
      this.world.schedule(this.world.nowMs + forMs, () => {
        if (!node.process.alive) this.cluster.restartAgent(node.name);
      });
    },
    restartAgent: (target: number, forMs: number, how: 'disk' | 'reboot'): void => {
      const node = pickFrom([...this.cluster.agents.values()], target);
      if (node === undefined) return;
      this.cluster.crashAgent(node.name);
      this.world.schedule(this.world.nowMs + forMs, () => {
        if (!node.process.alive) this.cluster.restartAgent(node.name, how);
      });
    },
    crashMaster: (target: number, forMs: number): void => {
      const { masters } = this.cluster;
      // Mostly the one that leads.
      const name = target % 3 === 0 ? pickFrom([...masters.nodes.keys()], target) : this.cluster.master.name;
      if (name === undefined) return;
      masters.crash(name);
      this.world.schedule(this.world.nowMs + forMs, () => {
        masters.start(name);
      });
    },
    freezeMaster: (forMs: number): void => {
      this.cluster.masters.freeze(this.cluster.master.name, forMs);
    },
    cutMaster: (forMs: number): void => {
      this.cluster.masters.cutFromElection(this.cluster.master.name, forMs);
    },
    operate: (target: number): void => {
      const ids = [...this.cluster.agents.values()].flatMap(({ process }) => process.state.info.id ?? []);
      const call = operatorCall(target, pickFrom(ids, target >> 4));
      if (call !== null) this.asked.set(this.cluster.operate(call), call);
    },
    freeze: (target: number, forMs: number): void => {
      const { agents, frameworks } = this.cluster;
      const agentProcesses = [...agents.values()].map((node) => node.process);
      pickFrom([...agentProcesses, ...frameworks.values()], target)?.freeze(forMs);
    },
    crashFramework: (target: number, forMs: number, first: boolean): void => {
      const name = pickFrom([...this.cluster.frameworks.keys()], target);
      const before = name === undefined ? undefined : this.cluster.frameworks.get(name);
      if (name === undefined || before === undefined || before.state.gone) return;
      if (!first) before.crash();
      this.world.schedule(this.world.nowMs + forMs, () => {
        if (this.resting || this.cluster.frameworks.get(name) !== before || before.state.gone) return;
        this.cluster.failOverFramework(name);
        before.crash();
      });
    },
    killExecutor: (target: number): void => {
      const node = pickFrom([...this.cluster.executors.values()], target);
      if (node !== undefined) this.cluster.killExecutor(node, 9);
    },
    hangExecutor: (target: number): void => {
      const process = pickFrom([...this.cluster.executors.values()], target)?.process;
      if (process?.alive === true) process.push({ type: 'HangTold', at: process.now() });
    },
    tearDown: (target: number): void => {
      const process = pickFrom([...this.cluster.frameworks.values()], target);
      if (process?.alive === true) process.push({ type: 'CallTold', at: process.now(), call: { type: 'TEARDOWN' } });
    },
  };
}

const FAULTS: Readonly<Record<FaultType, (play: Play, fault: Fault) => void>> = {
  'break-link': (on, { target }) => on.tools.breakLink(target),
  'cut-host': (on, { target, forMs }) => on.tools.cutHost(target, forMs),
  'crash-agent': (on, { target, forMs }) => on.tools.crashAgent(target, forMs),
  'restart-agent': (on, { target, forMs }) => on.tools.restartAgent(target, forMs >> 3, 'disk'),
  'reboot-agent': (on, { target, forMs }) => on.tools.restartAgent(target, forMs, 'reboot'),
  'crash-master': (on, { target, forMs }) => on.tools.crashMaster(target, forMs),
  'freeze-master': (on, { forMs }) => on.tools.freezeMaster(forMs),
  'cut-master': (on, { forMs }) => on.tools.cutMaster(forMs),
  operate: (on, { target }) => on.tools.operate(target),
  freeze: (on, { target, forMs }) => on.tools.freeze(target, forMs),
  'crash-framework': (on, { target, forMs }) => on.tools.crashFramework(target, forMs, false),
  'fail-over': (on, { target, forMs }) => on.tools.crashFramework(target, forMs, true),
  'kill-executor': (on, { target }) => on.tools.killExecutor(target),
  'hang-executor': (on, { target }) => on.tools.hangExecutor(target),
  'tear-down': (on, { target }) => on.tools.tearDown(target),
};

function pickFrom<T>(items: readonly T[], target: number): T | undefined {
  return items[target % Math.max(1, items.length)];
}

function rollFate(dice: Dice): ExecutorFate {
  const startMs = dice.whole(0, 200);
  const bootMs = dice.chance(0.1) ? dice.whole(0, 20_000) : dice.whole(10, 500);
  const outcome = dice.chance(0.9) ? 'runs' : dice.pick(['cannot-start', 'dies-at-boot', 'never-subscribes'] as const);
  return { startMs, bootMs, outcome };
}

function printEvent(event: unknown): string {
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? `<${value.length} bytes>` : value;
  const text = JSON.stringify(event, plain);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
