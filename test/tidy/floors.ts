/**
 * The one table of the house: which room lies on which floor, what is pure, and which npm packages may be used where.
 * A file imports only from lower floors or its own room; rooms of one floor do not import each other.
 */
export interface Room {
  /** A folder (or file) below src/; the longest match counts. */
  readonly path: string;
  readonly floor: number;
  /** No node:* modules, clocks, randomness, timers, console or promises: the same input gives the same output. */
  readonly pure: boolean;
  /** npm packages, each with the start of the names of the files that may import it, or their folder ('' = all). */
  readonly packages: Readonly<Record<string, string>>;
  /** Rooms that alone may import this one; absent: any on a higher floor. */
  readonly importedOnlyBy?: readonly string[];
  /** Folders beside src/ that this room may import. */
  readonly annexes?: readonly string[];
  /** The only rooms this one may import, and these for their types only; absent: any on a lower floor. */
  readonly typesOnlyFrom?: readonly string[];
}

function room(path: string, floor: number, packages: Record<string, string> = {}, more: Partial<Room> = {}): Room {
  return { path, floor, pure: floor <= 4, packages, ...more };
}

export const ROOMS: readonly Room[] = [
  room('base', 0),
  // Types alone: what backends of the registry promise to those who drive them. Nothing pure may await it.
  room('base/registry-backend.ts', 0, {}, { pure: false }),
  room('protocol', 1, { typebox: '', msgpackr: '', protobufjs: 'protobuf/' }),
  room('authorizer', 1),
  room('resources', 2),
  room('jobs', 2),
  room('allocator', 3, { re2js: 'offer-constraints' }),
  room('master/core', 4),
  room('agent/core', 4),
  room('framework/core', 4),
  room('native', 4, {}, { pure: false, importedOnlyBy: ['engine', 'bin'] }),
  room('engine', 5),
  room('runner', 5, { msgpackr: 'journal' }),
  room('transport', 5, { ws: '', 'uWebSockets.js': '' }),
  room('http', 5),
  room('ha', 5, { 'node-zookeeper-client': '', etcd3: '' }),
  room('storage', 5, { lmdb: '' }),
  room('containers', 5),
  room('telemetry', 5, { pino: '' }),
  room('config', 5),
  room('master/shell', 6),
  room('agent/shell', 6),
  room('executor', 6, { piscina: '', msgpackr: '' }),
  room('framework/shell', 6, { esbuild: 'bundle', tinyglobby: 'inputs', msgpackr: '' }),
  room('sim', 6),
  room('load', 6),
  room('cli', 7, { commander: '', 'cli-table3': 'table', 'log-update': 'live' }),
  room('ui', 7, {}, { typesOnlyFrom: ['protocol'] }),
  room('bin', 8, {}, { annexes: ['bench/'] }),
  room('index.ts', 8),
];

/** Folders beside src/: what of the project they may import, and which packages. Tests may import anything. */
export const ANNEXES: readonly { path: string; mayImport: readonly string[]; packages: readonly string[] }[] = [
  { path: 'bench/', mayImport: ['bench/', 'src/'], packages: ['tinybench', 'msgpackr', 'typebox/compile'] },
  { path: 'scripts/', mayImport: ['scripts/'], packages: ['typescript', 'esbuild'] },
];

/** C++: which folders below native/ a folder may include; `node` says whether Node's headers are allowed there. */
export const NATIVE_FOLDERS: readonly { path: string; mayInclude: readonly string[]; node: boolean }[] = [
  { path: 'native/core/', mayInclude: ['core/'], node: false },
  { path: 'native/binding/', mayInclude: ['binding/', 'core/'], node: true },
  { path: 'native/test/', mayInclude: ['test/', 'fuzz/', 'core/'], node: false },
  { path: 'native/fuzz/', mayInclude: ['fuzz/', 'core/'], node: false },
];

export function roomOf(path: string): Room | null {
  const below = path.replace(/^src\//, '');
  const matches = ROOMS.filter((candidate) => below === candidate.path || below.startsWith(`${candidate.path}/`));
  return matches.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}
