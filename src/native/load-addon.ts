/**
 * Finds and loads the compiled engine (`mete_engine.node`), or collects the reasons why there is none. Order, as
 * node-gyp-build has it: what was built here (cmake-js, then node-gyp), then a prebuilt binary of the package. Nothing
 * throws and nothing is printed: the caller falls back on the TypeScript engine and tells the reasons once. A binary
 * of another version of mete is refused, since the two sides of the line must come from one commit.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the addon exports: the whole line between JavaScript and C++, declared here and nowhere else. */
export interface NativeAddon {
  /** The version of mete that the binary was built from. */
  readonly version: string;
  /** The twin of `mix32` in src/base/mix32.ts: any number in, taken modulo 2^32. */
  readonly mix32: (value: number) => number;
  /** Makes an engine; arguments as in `EngineOptions`. */
  readonly createEngine: (
    kinds: number,
    seed: number,
    randomRoles: boolean,
    randomFrameworks: boolean,
    hierarchicalRoles: boolean,
    incremental: boolean,
  ) => NativeFunctions;
}

/**
 * An engine in C++: functions bound to it. They do what `AllocationEngine` says, with the caller's buffers, which may
 * be others at each call. RangeError for a number or a size that will not do, TypeError for a wrong type and, but for
 * `close`, once the engine is closed. An engine that runs out of memory says so in a RangeError and is closed.
 */
export interface NativeFunctions {
  readonly apply: (ops: Float64Array, length: number) => void;
  /** Copies the grants into the buffers; returns their number, or -1 - number where they do not fit. */
  readonly cycle: (run: number, allAgents: boolean, grants: Int32Array, amounts: Float64Array) => number;
  /** Copies the grants of the last cycle once more; returns as `cycle`. */
  readonly fetch: (grants: Int32Array, amounts: Float64Array) => number;
  /** How many amounts the grants of the last cycle have. */
  readonly amountCount: () => number;
  readonly sort: (root: number, out: Int32Array) => number;
  readonly shuffle: (root: number, salt: number, out: Int32Array) => number;
  readonly readNode: (node: number, out: Float64Array) => number;
  readonly counters: () => { cycles: number; visits: number; clientChecks: number; grants: number; sorts: number };
  readonly close: () => void;
}

/** The addon and the file it came from, or the reasons why there is none (at least one). */
export type AddonLoad =
  | { readonly addon: NativeAddon; readonly path: string }
  | { readonly reasons: readonly string[] };

export interface AddonLoadOptions {
  /** The package's folder; default: the one this file is in, and there the environment's METE_ADDON counts. */
  readonly root?: string;
  /** Try this file only. */
  readonly path?: string | undefined;
}

const FILE = 'mete_engine.node';

/** Loads the first candidate that works; each one that does not leaves its reason. */
export function loadAddon(options: AddonLoadOptions = {}): AddonLoad {
  const root = options.root ?? packageRoot();
  const only = options.path ?? (options.root === undefined ? process.env['METE_ADDON'] : undefined);
  const version = readManifest(root).version;
  const reasons: string[] = [];
  for (const path of only === undefined || only === '' ? candidates(root) : [only]) {
    const loaded = tryLoad(path, version);
    if (typeof loaded !== 'string') return { addon: loaded, path };
    reasons.push(`${shorten(root, path)} ${loaded}`);
  }
  if (reasons.length === 0) reasons.push(...buildReasons(root));
  return { reasons };
}

/** The existing files that may be the addon, best first. */
function candidates(root: string): string[] {
  const prebuilds = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const names = existsSync(prebuilds) ? readdirSync(prebuilds).sort() : [];
  const prebuilt = names.filter((name) => name.endsWith('.node')).map((name) => join(prebuilds, name));
  const built = [join(root, 'build/Release', FILE), join(root, 'build-gyp/build/Release', FILE)];
  return [...built.filter((path) => existsSync(path)), ...prebuilt];
}

/** The addon, or what is wrong with the file, as words that follow its name. */
function tryLoad(path: string, version: string): NativeAddon | string {
  let addon: Partial<NativeAddon> | undefined;
  try {
    addon = createRequire(import.meta.url)(path) as Partial<NativeAddon> | undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return `does not load: ${message.split('\n')[0]}`;
  }
  if (addon?.version !== version) return `is of version ${addon?.version ?? 'unknown'}, not ${version}`;
  return addon as NativeAddon;
}

/** Why nothing was built: what the build left behind, if it ran. */
function buildReasons(root: string): string[] {
  const nothing = [`${FILE} was not built and there is no prebuilt one for ${process.platform}-${process.arch}`];
  try {
    const stamp = JSON.parse(readFileSync(join(root, 'build/addon.json'), 'utf8')) as { reasons?: unknown };
    const reasons = Array.isArray(stamp.reasons) ? stamp.reasons.map(String) : [];
    return reasons.length > 0 ? reasons : nothing;
  } catch {
    return nothing; // no build was ever tried here: that is the reason
  }
}

/** The folder of this package: from src/native or from dist/src/native, the first above with our manifest. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (readManifest(folder).name !== 'mete' && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function readManifest(folder: string): { name: string; version: string } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
  } catch {
    return { name: '', version: '' }; // not a package's folder
  }
}

/** A path below the package is told relative to it. */
function shorten(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith('..') ? path : inside;
}
