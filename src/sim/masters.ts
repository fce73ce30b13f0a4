/**
 * The masters of a simulated cluster. One leads, the others stand by; a master that crashes is started again with a new
 * id, as by a supervisor, and has only the registry to know from. One that is frozen beyond its session is replaced;
 * when it wakes up it goes on as if it led until it is told, or until the registry refuses its writes; then it ends.
 * A single master has no session: it leads when it runs.
 */
import type { MasterConfig } from '../master/core/config.js';
import type { MasterEffect, MasterEvent } from '../master/core/events.js';
import { reduceMaster } from '../master/core/reduce.js';
import { createMaster, type MasterState } from '../master/core/state.js';
import { type Candidate, Election } from './election.js';
import type { Process, ProcessOptions } from './process.js';
import { startProcess } from './process.js';
import { DiskRegistrar, type RegistryDisk, type WriteFate } from './registry-disk.js';
import type { World } from './world.js';

export type MasterProcess = Process<MasterState, MasterEvent>;

type Common = Omit<
  ProcessOptions<MasterState, MasterEvent, MasterEffect>,
  'core' | 'state' | 'perform' | 'journal'
>;

export interface MastersOptions {
  readonly count: number;
  readonly disk: RegistryDisk;
  readonly world: World;
  /** How long a leader that is silent stays leader, where there are several. */
  readonly sessionMs: number;
  /** After which time a master that has ended by itself runs again; null: it does not. */
  readonly restartMs: number | null;
  readonly storeMs: () => number;
  /** After which time others, and the one itself, learn who leads. */
  readonly detectMs: () => number;
  readonly writeFate: () => WriteFate;
  readonly config: (masterId: string) => MasterConfig;
  readonly common: (name: string) => Common;
  readonly journal?: ProcessOptions<MasterState, MasterEvent, MasterEffect>['journal'];
  /** The process is to be found at its address. */
  readonly listen: (address: string, process: MasterProcess) => void;
  /** Somebody else leads; told at once. */
  readonly changed: (address: string | null) => void;
  readonly answer: (effect: Extract<MasterEffect, { type: 'AnswerOperator' }>) => void;
  readonly ended?: (name: string, reason: string) => void;
}

/** A process of a master, from its start to its end. */
interface Run {
  readonly process: MasterProcess;
  readonly candidate: Candidate;
  registrar: DiskRegistrar | null;
  /** Its session has ended while it could not know. */
  deposed: boolean;
}

interface MasterNode {
  readonly name: string;
  readonly address: string;
  run: Run;
}

export class Masters {
  readonly nodes = new Map<string, MasterNode>();
  readonly disk: RegistryDisk;
  readonly election: Election;
  /** Processes so far. */
  starts = 0;
  private readonly options: MastersOptions;
  private last: MasterNode | null = null;
  private firstProcess: MasterProcess | null = null;

  constructor(options: MastersOptions) {
    this.options = options;
    this.disk = options.disk;
    this.election = new Election((leader) => {
      options.changed(leader?.address ?? null);
    });
    for (let n = 1; n <= options.count; n++) this.add(n === 1 ? 'master' : `master${n}`);
  }

  /** The process that leads, or has led last. */
  get leading(): MasterProcess {
    const { leader } = this.election;
    if (leader !== null) this.last = this.byAddress(leader.address) ?? this.last;
    return this.last!.run.process;
  }

  /** The first process of all. */
  get first(): MasterProcess {
    return this.firstProcess!;
  }

  get isOneLeading(): boolean {
    const { leader } = this.election;
    const node = leader === null ? undefined : this.byAddress(leader.address);
    return node?.run.process.alive === true && node.run.process.state.isRecovered && !node.run.deposed;
  }

  /** Whether what a process of this name believes is what the cluster goes by. */
  counts(name: string): boolean {
    const node = this.nodes.get(name);
    return node !== undefined && !node.run.deposed && node.run.candidate === this.election.leader;
  }

  has(name: string): boolean {
    return this.nodes.has(name);
  }

  /** The process ends without a word. */
  crash(name: string): void {
    const { run } = this.nodes.get(name)!;
    if (!run.process.alive) return;
    run.process.crash();
    run.registrar?.end(this.options.writeFate());
    const { count, sessionMs } = this.options;
    if (count === 1 || run.deposed) this.election.withdraw(run.candidate);
    else this.later(sessionMs, () => void this.election.withdraw(run.candidate));
  }

  /** Starts a master that has ended. */
  start(name: string): void {
    const node = this.nodes.get(name)!;
    if (node.run.process.alive) return;
    node.run = this.newRun(name, node.address);
    this.contend(node);
  }

  /** Does nothing for a while; with a session, perhaps for too long. */
  freeze(name: string, ms: number): void {
    const { run } = this.nodes.get(name)!;
    run.process.freeze(ms);
    const { count, sessionMs } = this.options;
    if (count === 1 || ms <= sessionMs || !run.process.alive) return;
    this.later(sessionMs, () => {
      this.expire(name, run, ms - sessionMs);
    });
  }

  /** The election does not hear of a master any more, though all others do. */
  cutFromElection(name: string, ms: number): void {
    const { run } = this.nodes.get(name)!;
    const { count, sessionMs } = this.options;
    if (count === 1 || ms <= sessionMs || !run.process.alive) return;
    this.later(sessionMs, () => {
      this.expire(name, run, 0);
    });
  }

  /** Everything that was wrong with masters is over. */
  mend(): void {
    for (const { name, run } of [...this.nodes.values()]) {
      run.process.freeze(0);
      if (run.deposed && run.process.alive) this.crash(name);
      if (!run.process.alive) this.start(name);
    }
  }

  private expire(name: string, run: Run, noticedMs: number): void {
    if (!run.process.alive || this.nodes.get(name)!.run !== run) return;
    run.deposed = true;
    this.election.withdraw(run.candidate);
    this.later(noticedMs + this.options.detectMs(), () => {
      this.endRun(name, run, 'lost leadership');
    });
  }

  /** The process ends itself, and its supervisor starts it again. */
  private endRun(name: string, run: Run, reason: string): void {
    if (!run.process.alive || this.nodes.get(name)!.run !== run) return;
    const { ended, restartMs } = this.options;
    ended?.(name, reason);
    this.crash(name);
    if (restartMs !== null) this.later(restartMs, () => void this.start(name));
  }

  private add(name: string): void {
    const address = `${name}:5050`;
    const node: MasterNode = { name, address, run: this.newRun(name, address) };
    this.nodes.set(name, node);
    this.last ??= node;
    this.firstProcess ??= node.run.process;
    this.contend(node);
  }

  private newRun(name: string, address: string): Run {
    const { options } = this;
    const id = this.starts++ === 0 ? 'M' : `M${this.starts}`;
    const { journal } = options;
    const process: MasterProcess = startProcess<MasterState, MasterEvent, MasterEffect>({
      ...options.common(name),
      core: { reduce: reduceMaster },
      state: createMaster(options.config(id)),
      ...(journal === undefined || this.starts > 1 ? {} : { journal }),
      perform: (effect) => {
        this.perform(name, run, effect);
      },
    });
    const candidate: Candidate = {
      address,
      elected: () => {
        this.elected(name, run);
      },
    };
    const run: Run = { process, candidate, registrar: null, deposed: false };
    options.listen(address, process);
    return run;
  }

  /** A master stands for election once it runs; the first of all at once. */
  private contend(node: MasterNode): void {
    const { run } = node;
    if (this.starts === 1) this.election.contend(run.candidate);
    else {
      this.later(this.options.detectMs(), () => {
        if (run.process.alive) this.election.contend(run.candidate);
      });
    }
  }

  private elected(name: string, run: Run): void {
    const read = (): void => {
      if (!run.process.alive || run.deposed) return;
      const registrar = new DiskRegistrar({
        disk: this.disk,
        soon: (callback) => {
          this.later(0, callback);
        },
        later: (callback) => {
          this.later(this.options.storeMs(), callback);
        },
        onConflict: () => {
          this.endRun(name, run, 'another master has written to the registry');
        },
      });
      run.registrar = registrar;
      run.process.push({ type: 'RegistryRecovered', at: run.process.now(), registry: registrar.snapshot });
    };
    if (this.starts === 1) read();
    else this.later(this.options.storeMs(), read);
  }

  private perform(name: string, run: Run, effect: MasterEffect): void {
    if (effect.type === 'StoreRegistry') {
      const { store } = effect;
      run.registrar!.store(effect.operations, (ok) => {
        run.process.push({ type: 'RegistryStored', at: run.process.now(), store, ok });
      });
    } else if (effect.type === 'AnswerOperator') this.options.answer(effect);
    else if (effect.type === 'Exit') this.endRun(name, run, effect.reason);
  }

  private byAddress(address: string): MasterNode | undefined {
    return [...this.nodes.values()].find((node) => node.address === address);
  }

  private later(ms: number, happen: () => void): void {
    const { world } = this.options;
    world.schedule(world.nowMs + ms, happen);
  }
}
