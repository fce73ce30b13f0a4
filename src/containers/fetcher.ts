/**
 * The fetcher: brings the files that a command names (CommandInfo.uris) into its sandbox before it starts. They come
 * from the disk of the agent or over HTTP; archives are unpacked by the system's tar and unzip.
 *
 * Whatever touches the sandbox, or reads the disk for it, is done as the user of the container: nobody gets a file of
 * another's by naming it, and no archive or link leads the agent astray. Downloads arrive in a directory of the
 * agent's, bounded in size and time, and are copied from there. Facts: `fetcher.cpp` of Mesos.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { MeteError } from '../base/errors.js';
import { download } from './download.js';
import { createFetchCache } from './fetch-cache.js';
import { runTool, type ToolOptions } from './tool.js';
import type { User } from './users.js';

/** As CommandInfo has it. */
export interface FetchUri {
  readonly value: string;
  /** Made executable, and not unpacked. */
  readonly executable?: boolean;
  /** Default true. */
  readonly extract?: boolean;
  readonly cache?: boolean;
  readonly outputFile?: string;
}

export interface FetchOptions {
  readonly uris: readonly FetchUri[];
  /** The sandbox; it is there, and belongs to `user`. */
  readonly directory: string;
  /** Null: ourselves. */
  readonly user: User | null;
  /** Gives up. */
  readonly signal: AbortSignal;
}

export interface FetcherLimits {
  /** Of one file. */
  readonly maxBytes: number;
  /** How long a server may say nothing. */
  readonly stallTimeoutMs: number;
  /** For all files of one container. */
  readonly totalTimeoutMs: number;
  /** Of all cached files together. */
  readonly maxCacheBytes: number;
}

export interface Fetcher {
  /** Brings all files, one after the other. Rejects with MeteError that names the URI and says what is wrong. */
  fetch(options: FetchOptions): Promise<void>;
  /** What it has done so far, under Mesos' names. */
  figures(): Record<string, number>;
}

const GIB = 2 ** 30;

const DEFAULT_LIMITS: FetcherLimits = {
  maxBytes: 8 * GIB,
  stallTimeoutMs: 60_000,
  totalTimeoutMs: 1_800_000,
  maxCacheBytes: 2 * GIB,
};

function refused(uri: FetchUri, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('INVALID_ARGUMENT', { field: 'uri', value: uri.value, reason, mend, cause });
}

/** Where a file is: on this machine, or on another. Throws MeteError for places that are not known. */
function placeOf(uri: FetchUri): { readonly path: string } | { readonly url: URL } {
  const { value } = uri;
  if (value.startsWith('/')) return { path: value };
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return { url };
  if (value.startsWith('file:///')) return { path: value.slice('file://'.length) };
  throw refused(uri, 'this agent cannot fetch from there', 'give an absolute path, or file://, http:// or https://');
}

/** The name of a file in the sandbox, relative to it. Throws MeteError for one that would lie elsewhere. */
function nameOf(uri: FetchUri, place: ReturnType<typeof placeOf>): string {
  const path = 'url' in place ? place.url.pathname : place.path;
  const given = uri.outputFile ?? path.slice(path.lastIndexOf('/') + 1);
  const name = normalize(given);
  const leadsOut = isAbsolute(name) || name === '..' || name.startsWith('../');
  if (given === '' || name === '.' || name.endsWith('/') || leadsOut || name.includes('\0')) {
    throw refused(uri, `its name in the sandbox would be '${given}'`, 'name it by output_file, within the sandbox');
  }
  return name;
}

/** How archives are unpacked, by the ends of their names. */
const UNPACKERS: readonly (readonly [ends: RegExp, program: string, args: (file: string) => string[]])[] = [
  [/\.(tar|tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz)$/, 'tar', (file) => ['-x', '-f', file]],
  [/\.zip$/, 'unzip', (file) => ['-o', '-q', file]],
  [/\.gz$/, 'gzip', (file) => ['-d', '-k', '-f', file]],
];

function unpackerOf({ executable, extract }: FetchUri, name: string): (typeof UNPACKERS)[number] | null {
  if (executable === true || extract === false) return null;
  return UNPACKERS.find(([ends]) => ends.test(name)) ?? null;
}

/** Copies one file into the sandbox, and does with it what the URI says. */
async function bring(uri: FetchUri, from: string, name: string, tool: ToolOptions): Promise<void> {
  // A path that starts with a dash is no option.
  const to = `./${name}`;
  if (dirname(name) !== '.') await runTool('mkdir', ['-p', dirname(to)], tool);
  await runTool('cp', [from, to], tool);
  await runTool('chmod', [uri.executable === true ? 'u+rwx,go+rx' : 'u+rw', to], tool);
  const unpacker = unpackerOf(uri, name);
  if (unpacker === null) return;
  const [, program, args] = unpacker;
  await runTool(program, args(to), tool);
  // As in Mesos: the archive stays, unless it is a copy of the cached one.
  if (uri.cache === true) await runTool('rm', ['-f', to], tool);
}

function checkLocal(uri: FetchUri, path: string, maxBytes: number): void {
  let stat;
  try {
    stat = statSync(path);
  } catch (cause) {
    throw refused(uri, `it cannot be read: ${(cause as Error).message}`, 'put the file on every agent', cause);
  }
  if (!stat.isFile()) throw refused(uri, 'it is no file', 'pack directories into an archive');
  if (stat.size > maxBytes) throw refused(uri, `it has ${stat.size} bytes`, `files of up to ${maxBytes} are fetched`);
}

/** A fetcher with a directory of its own, which it empties first. */
export function createFetcher(directory: string, more: Partial<FetcherLimits> = {}): Fetcher {
  const limits = { ...DEFAULT_LIMITS, ...more };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  // Others may pass through to files whose names they cannot know.
  chmodSync(directory, 0o711);
  const cache = createFetchCache(directory, limits.maxCacheBytes);
  const counts = { succeeded: 0, failed: 0 };

  const fetchOne = async (uri: FetchUri, tool: ToolOptions): Promise<void> => {
    const where = placeOf(uri);
    const name = nameOf(uri, where);
    if ('path' in where) {
      checkLocal(uri, where.path, limits.maxBytes);
      return bring(uri, where.path, name, tool);
    }
    const { url } = where;
    if (uri.cache === true) {
      const load = (path: string): Promise<number> => download(url, path, { ...limits, signal: tool.signal });
      return cache.use(`${tool.user?.name ?? ''} ${url.href}`, load, (path) => bring(uri, path, name, tool));
    }
    const path = join(directory, randomUUID());
    try {
      await download(url, path, { ...limits, signal: tool.signal });
      await bring(uri, path, name, tool);
    } finally {
      await rm(path, { force: true });
    }
  };

  const fetchAll: Fetcher['fetch'] = async ({ uris, directory: sandbox, user, signal }) => {
    const timeout = AbortSignal.timeout(limits.totalTimeoutMs);
    const tool = { directory: sandbox, user, signal: AbortSignal.any([signal, timeout]) };
    for (const uri of uris) {
      try {
        await fetchOne(uri, tool);
      } catch (error) {
        if (signal.aborted) throw refused(uri, 'the container was to end', 'start it again', error);
        if (timeout.aborted) throw refused(uri, 'it took too long', 'fetch less, or from nearer', error);
        if (!(error instanceof MeteError) || error.field === 'uri') throw error;
        throw refused(uri, `${error.field} ${String(error.value)}: ${error.reason}`, error.mend, error);
      }
    }
  };

  return {
    async fetch(options) {
      try {
        await fetchAll(options);
        counts.succeeded++;
      } catch (error) {
        counts.failed++;
        throw error;
      }
    },
    figures: () => ({
      'containerizer/fetcher/task_fetches_succeeded': counts.succeeded,
      'containerizer/fetcher/task_fetches_failed': counts.failed,
      'containerizer/fetcher/cache_size_total_bytes': limits.maxCacheBytes,
      'containerizer/fetcher/cache_size_used_bytes': cache.bytes,
    }),
  };
}
