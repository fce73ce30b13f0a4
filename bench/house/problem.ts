/**
 * What a benchmark is: a problem with parameters, the sizes it is run at, and its contenders. A contender plays the
 * problem once: it sets up, times its steps through a `Run`, and shows the results that all contenders must agree on.
 */
import type { Run } from './run.js';

/** The values of a problem's parameters. */
export type Size = Readonly<Record<string, number | string>>;

/** An engine, an engine that re-sorts and visits everything, or plain objects in the manner of Mesos. */
export type EngineContender = 'native' | 'typescript' | 'native-naive' | 'typescript-naive' | 'objects';

/** A driver of links. */
export type TransportContender = 'uws' | 'ws' | 'memory';

/** The code of a task in one thread, and programs of the system that do the same. */
export type JobContender = 'worker' | 'threads' | 'cluster' | 'coreutils' | 'mawk' | 'python';

/** Where a registry is kept; `memory` is one too. */
export type RegistryContender = 'memory' | 'lmdb' | 'zookeeper' | 'etcd';

/** Who can play. */
export type ContenderName = EngineContender | TransportContender | JobContender | RegistryContender;

/** The two engines as they are used. */
export const TWINS: readonly ContenderName[] = ['native', 'typescript'];

/** Which set of sizes: for tests, for `--quick`, or for the figures that are told to people. */
export type Scale = 'tiny' | 'quick' | 'default';

/** What one step is, and the unit it is shown in. Samples are always milliseconds. */
export interface Metric {
  readonly title: string;
  readonly unit: Unit;
}

export type Unit = 'ms' | 'us' | 'ns';

/** One size to run at. `name` stands for it in budgets and is the same at each scale. */
export interface Case<S extends Size = Size> {
  readonly name: string;
  readonly size: S;
  /** Who plays it; absent: all contenders of the problem. Naive ones are spared what would take minutes. */
  readonly contenders?: readonly ContenderName[];
  /** How many times it is played in one process, each time from nothing; default 1. */
  readonly repeats?: number;
}

export type Play<S extends Size = Size> = (run: Run, size: S) => void | Promise<void>;

export interface Definition<S extends Size> {
  /** Name of its folder. */
  readonly name: string;
  readonly title: string;
  /** What is set up and what is timed, in a sentence or two. */
  readonly shape: string;
  /** Meaning of each parameter. */
  readonly parameters: Readonly<Record<keyof S & string, string>>;
  /** In the order of the steps. */
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly scales: Readonly<Record<Scale, readonly Case<S>[]>>;
  readonly contenders: Partial<Readonly<Record<ContenderName, Play<S>>>>;
}

export type Problem = Definition<Size>;

/** A definition as the house handles it, its parameters being just numbers and words. */
export function problem<S extends Size>(definition: Definition<S>): Problem {
  return definition as unknown as Problem;
}

/** A metric of a whole step, in milliseconds. */
export function ms(title: string): Metric {
  return { title, unit: 'ms' };
}

export function us(title: string): Metric {
  return { title, unit: 'us' };
}

export function ns(title: string): Metric {
  return { title, unit: 'ns' };
}

/** How many of a unit there are in a millisecond. */
export const PER_MS: Readonly<Record<Unit, number>> = { ms: 1, us: 1e3, ns: 1e6 };

/** `10,000 agents` …: a size as words. */
export function sizeText(size: Size): string {
  return Object.entries(size)
    .map(([name, value]) => (typeof value === 'number' ? `${value.toLocaleString('en')} ${name}` : `${name} ${value}`))
    .join(', ');
}
