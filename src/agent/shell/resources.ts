/**
 * What an agent has if it is not told: processors, memory, disk, ports, by Mesos' formulas. Reading the machine and
 * computing are apart. Facts: Containerizer::resources of Mesos 1.11.
 */
import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Resources } from '../../resources/resources.js';
import { parseResources } from '../../resources/parse-text.js';

/** What the machine has, in bytes; null where it would not say. */
export interface Machine {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  /** Size of the file system of the work directory. */
  readonly diskBytes: number | null;
}

/** Resources, with the names of all that were given, those of kinds of which there are none included. */
export interface NamedResources {
  readonly value: Resources;
  readonly names: ReadonlySet<string>;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const DEFAULT_CPUS = 1;
const DEFAULT_MEMORY_BYTES = GIB;
const DEFAULT_DISK_BYTES = 10 * GIB;
const DEFAULT_PORTS = '[31000-32000]';

/** Some is left to the system: `spareBytes` of a machine with at least `fromBytes`, half of a smaller one. In MB. */
function usableMb(bytes: number, fromBytes: number, spareBytes: number): number {
  return Math.floor((bytes >= fromBytes ? bytes - spareBytes : bytes / 2) / MIB);
}

/** The kinds of resources that get a value if they were not given one, each as text. */
export function detectedResources(machine: Machine): Readonly<Record<string, string>> {
  const { cpus, memoryBytes, diskBytes: bytes } = machine;
  const memory = memoryBytes === null ? DEFAULT_MEMORY_BYTES / MIB : usableMb(memoryBytes, 2 * GIB, GIB);
  const disk = bytes === null ? DEFAULT_DISK_BYTES / MIB : usableMb(bytes, 10 * GIB, 5 * GIB);
  return { cpus: String(cpus ?? DEFAULT_CPUS), mem: String(memory), disk: String(disk), ports: DEFAULT_PORTS };
}

/**
 * The resources given, and for each kind that is not among them what the machine has. A kind that was given as nothing
 * (`cpus:0`) stays nothing: it is not in `given` but in `names`.
 */
export function completeResources(given: Resources, names: ReadonlySet<string>, machine: Machine): Resources {
  const missing = Object.entries(detectedResources(machine)).filter(
    ([name]) => !names.has(name) && !given.lots.some((lot) => lot.descriptor.name === name),
  );
  return given.plus(parseResources(missing.map(([name, text]) => `${name}:${text}`).join(';')));
}

function diskBytes(directory: string): number | null {
  try {
    const { blocks, bsize } = statfsSync(directory);
    return blocks * bsize;
  } catch {
    return null;
  }
}

/** Reads the machine; a limit on this process' memory (a container's) counts as the machine's. */
export function readMachine(workDir: string): Machine {
  const limit = process.constrainedMemory();
  const memoryBytes = limit !== undefined && limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { cpus: availableParallelism(), memoryBytes, diskBytes: diskBytes(workDir) };
}
