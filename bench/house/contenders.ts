/**
 * The table of contenders, and how each makes an allocator or a sorter. `-naive` is the same engine re-sorting all
 * clients at every visit and visiting every agent at every cycle: it tells what the algorithm is worth, apart from the
 * language. `objects` is a third writing in plain objects and strings, in the manner of Mesos (bench/naive). Drivers of
 * links play where links are measured, and programs of the system beside the code of jobs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { EngineFactory } from '../../src/allocator/engine/engine.js';
import { HierarchicalAllocator } from '../../src/allocator/hierarchical-allocator.js';
import type { AllocatorOptions } from '../../src/allocator/state.js';
import { createEngineFactory } from '../../src/engine/create-engine.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import type { ContenderName, EngineContender, Play, Size } from './problem.js';
import type { Run } from './run.js';

export type EngineName = 'native' | 'typescript' | 'none';

export interface Contender {
  readonly name: ContenderName;
  readonly engine: EngineName;
  readonly incremental: boolean;
  readonly title: string;
  /** A program that must be installed. */
  readonly program?: string;
}

export const CONTENDERS: Readonly<Record<ContenderName, Contender>> = {
  native: { name: 'native', engine: 'native', incremental: true, title: 'C++ engine' },
  typescript: { name: 'typescript', engine: 'typescript', incremental: true, title: 'TypeScript engine' },
  'native-naive': { name: 'native-naive', engine: 'native', incremental: false, title: 'C++, all at each visit' },
  'typescript-naive': {
    name: 'typescript-naive',
    engine: 'typescript',
    incremental: false,
    title: 'TypeScript, all at each visit',
  },
  objects: { name: 'objects', engine: 'none', incremental: false, title: 'objects and strings' },
  uws: { name: 'uws', engine: 'none', incremental: false, title: 'links over uWebSockets.js' },
  ws: { name: 'ws', engine: 'none', incremental: false, title: 'links over ws' },
  memory: { name: 'memory', engine: 'none', incremental: false, title: 'in one process' },
  worker: { name: 'worker', engine: 'none', incremental: false, title: 'the code of a task, one thread' },
  threads: { name: 'threads', engine: 'none', incremental: false, title: 'the code of a task, all processors' },
  cluster: { name: 'cluster', engine: 'none', incremental: false, title: 'a master, agents, executors' },
  coreutils: { name: 'coreutils', engine: 'none', incremental: false, title: 'tr, sort, uniq', program: 'uniq' },
  mawk: { name: 'mawk', engine: 'none', incremental: false, title: 'mawk', program: 'mawk' },
  python: { name: 'python', engine: 'none', incremental: false, title: "Python's Counter", program: 'python3' },
  lmdb: { name: 'lmdb', engine: 'none', incremental: false, title: 'a file of LMDB' },
  zookeeper: { name: 'zookeeper', engine: 'none', incremental: false, title: 'ZooKeeper, one server', program: 'java' },
  etcd: { name: 'etcd', engine: 'none', incremental: false, title: 'etcd, one server', program: 'etcd' },
};

export const CONTENDER_NAMES = Object.keys(CONTENDERS) as ContenderName[];

/** Where Debian puts it. */
export const ZOOKEEPER_JAR = '/usr/share/java/zookeeper.jar';

/** Why a contender cannot play here; null if it can. */
export async function whyMissing(contender: ContenderName): Promise<string | null> {
  const { engine, program } = CONTENDERS[contender];
  if (program !== undefined && spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined) {
    return `${program} is not installed`;
  }
  if (contender === 'zookeeper' && !existsSync(ZOOKEEPER_JAR)) return `${ZOOKEEPER_JAR} is not there`;
  try {
    if (contender === 'uws') await chooseTransport('uws');
    if (engine !== 'none') createEngineFactory(engine);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Makes engines for a contender that has one. Throws MeteError (ENGINE_UNAVAILABLE) if it cannot be used here. */
export function engineFactory(contender: ContenderName): EngineFactory {
  const { engine, incremental } = CONTENDERS[contender];
  if (engine === 'none') throw new Error(`${contender} has no engine`);
  const factory = createEngineFactory(engine);
  return (options) => factory({ ...options, incremental: options.incremental && incremental });
}

/** Makes an allocator for a contender. */
export type MakeAllocator = (options?: Omit<AllocatorOptions, 'engine'>) => HierarchicalAllocator;

/** The four contenders that are the allocator itself on different engines. */
export function allocatorContenders<S extends Size>(
  play: (run: Run, size: S, make: MakeAllocator) => void,
): Record<Exclude<EngineContender, 'objects'>, Play<S>> {
  const on = (contender: ContenderName): Play<S> => (run, size) => {
    const engine = engineFactory(contender);
    play(run, size, (options = {}) => new HierarchicalAllocator({ ...options, engine }));
  };
  return {
    native: on('native'),
    typescript: on('typescript'),
    'native-naive': on('native-naive'),
    'typescript-naive': on('typescript-naive'),
  };
}
