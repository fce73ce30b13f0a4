/**
 * A registry in an LMDB file, for a master that is alone: durable when a commit resolves, old or new after a crash at
 * any moment, never a mixture. One process has it at a time.
 *
 *     DIRECTORY/data.mdb      the registry; LMDB's lock.mdb beside it is of no use to anybody else
 *     DIRECTORY/process.lock  who has it
 *     MARK                    says that there was a registry, so that a lost one is not taken for a first start
 *
 * Nothing here starts empty where something was: what cannot be read is refused with the name of the file and the mend.
 * Reading goes around LMDB (lmdb-pages.ts), for LMDB would die of a damaged file.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { MeteError } from '../base/errors.js';
import type { RegistryBackend, RegistryImage, RegistryWrite } from '../base/registry-backend.js';
import { bad } from '../protocol/registry-form.js';
import { readLmdb } from './lmdb-pages.js';
import { conflict } from './memory-backend.js';
import { lockProcess } from './process-lock.js';

export interface LmdbOptions {
  /** Is made if it is not there. */
  readonly directory: string;
  /** File outside the directory that says that a registry was begun. */
  readonly mark: string;
  /** Nothing in the directory is as good as a first start, whatever the mark says: a backup is put there. */
  readonly startsAnew?: boolean;
  /** Tests end the process here. */
  readonly reached?: (step: LmdbStep) => void;
}

/** What a commit goes through. */
export const LMDB_STEPS = ['opening', 'opened', 'writing', 'issued', 'written', 'marked'] as const;
export type LmdbStep = (typeof LMDB_STEPS)[number];

/** The entry with the version of the registry, as a text and as its LMDB version. */
const VERSION_KEY = Buffer.from('\u0001version');

/** lmdb-js keeps a version of each entry, as a double before its value. */
const VERSION_BYTES = 8;

/** What the file of the mark says. */
const MARK_TEXT = `${JSON.stringify({ registry: 'lmdb', form: 1 })}\n`;

/** Where the registry of a work directory is. */
export function lmdbPlaces(workDir: string): Pick<LmdbOptions, 'directory' | 'mark'> {
  return { directory: join(workDir, 'registry'), mark: join(workDir, 'registry.mark') };
}

/**
 * Takes the directory for this process. Throws MeteError: REGISTRY_IN_USE, REGISTRY_UNAVAILABLE.
 */
export function createLmdbBackend(options: LmdbOptions): RegistryBackend {
  const { directory } = options;
  const lock = withFiles(directory, () => {
    mkdirSync(directory, { recursive: true });
    return lockProcess(join(directory, 'process.lock'), (pid) => inUse(directory, pid));
  });
  return new LmdbBackend(options, lock);
}

/**
 * What the file has, without taking it: a master may be at work on it. Null if there never was a registry. Throws
 * MeteError: REGISTRY_CORRUPT, REGISTRY_TOO_NEW, REGISTRY_UNAVAILABLE.
 */
export function readLmdbRegistry({ directory, mark, startsAnew = false }: LmdbOptions): RegistryImage | null {
  const path = join(directory, 'data.mdb');
  const contents = withFiles(path, () =>
    readLmdb(path, (what, reason) => {
      return bad(what === 'newer' ? 'REGISTRY_TOO_NEW' : 'REGISTRY_CORRUPT', path, null, reason);
    }),
  );
  const entries: [string, Uint8Array][] = [];
  let version = 0;
  for (const [key, value] of contents?.entries ?? []) {
    if (value.length < VERSION_BYTES) throw bad('REGISTRY_CORRUPT', path, key.toString(), 'an entry has no version');
    if (key.equals(VERSION_KEY)) version = Number(value.subarray(VERSION_BYTES).toString());
    else entries.push([key.toString(), new Uint8Array(value.subarray(VERSION_BYTES))]);
  }
  if (Number.isSafeInteger(version) && version > 0) return { version, entries };
  if (entries.length > 0) throw bad('REGISTRY_CORRUPT', path, null, 'it has entries and no version');
  if (!startsAnew && withFiles(mark, () => existsSync(mark))) throw lost(path, mark);
  return null;
}

class LmdbBackend implements RegistryBackend {
  readonly place: string;
  private database: RootDatabase<Buffer, Buffer> | null = null;
  private isMarked = false;
  private isRead = false;
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: LmdbOptions,
    private readonly lock: { release(): void },
  ) {
    this.place = `lmdb at ${options.directory}`;
  }

  load(): Promise<RegistryImage | null> {
    return Promise.resolve().then(() => {
      const image = readLmdbRegistry(this.options);
      this.isRead = true;
      return image;
    });
  }

  commit(expectedVersion: number, writes: readonly RegistryWrite[]): Promise<number> {
    const work = this.write(expectedVersion, writes);
    this.underWay = work.catch(() => undefined);
    return work;
  }

  async close(): Promise<void> {
    await this.underWay;
    await this.database?.close();
    this.database = null;
    this.lock.release();
  }

  private async write(expectedVersion: number, writes: readonly RegistryWrite[]): Promise<number> {
    const { directory, mark, reached = () => undefined } = this.options;
    reached('opening');
    this.database ??= await this.open();
    reached('opened');
    const database = this.database;
    const version = expectedVersion + 1;
    const issue = (): void => {
      for (const [key, value] of writes) {
        if (value === null) void database.remove(Buffer.from(key));
        else void database.put(Buffer.from(key), Buffer.from(value), version);
      }
      void database.put(VERSION_KEY, Buffer.from(String(version)), version);
      reached('writing');
    };
    const commit =
      expectedVersion === 0
        ? database.ifNoExists(VERSION_KEY, issue)
        : database.ifVersion(VERSION_KEY, expectedVersion, issue);
    reached('issued');
    const isWritten = await commit.catch((error: unknown) => failed(directory, error));
    reached('written');
    if (!isWritten) throw conflict(this.place, expectedVersion, readLmdbRegistry(this.options)?.version ?? 0);
    if (!this.isMarked) withFiles(mark, () => writeMark(mark, directory));
    this.isMarked = true;
    reached('marked');
    return version;
  }

  private async open(): Promise<RootDatabase<Buffer, Buffer>> {
    const { directory } = this.options;
    // Whoever opens a file that is damaged is ended by a signal.
    if (!this.isRead) await this.load();
    return withFiles(directory, () => {
      // Nobody else has the directory, so what is left of LMDB's own lock is of a process that is gone.
      rmSync(join(directory, 'lock.mdb'), { force: true });
      return open({
        path: directory,
        noSubdir: false,
        keyEncoding: 'binary',
        encoding: 'binary',
        useVersions: true,
        // A commit resolves when it is on the disk.
        overlappingSync: false,
      });
    });
  }
}

/** Writes the file as a whole, and makes it and the new names in both directories durable. */
function writeMark(mark: string, directory: string): void {
  if (!existsSync(mark)) {
    const fresh = `${mark}.new`;
    writeFileSync(fresh, MARK_TEXT);
    sync(fresh);
    renameSync(fresh, mark);
  }
  sync(directory);
  sync(dirname(mark));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** LMDB rejects with an error that has the cause in a promise of its own. */
async function failed(directory: string, error: unknown): Promise<never> {
  const inner: unknown = (error as { commitError?: unknown }).commitError;
  const cause: unknown = await Promise.resolve(inner).catch((reason: unknown) => reason);
  throw unusable(directory, cause ?? error);
}

/** Runs what touches files; errors of the system become REGISTRY_UNAVAILABLE. */
function withFiles<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MeteError) throw error;
    throw unusable(path, error);
  }
}

const MENDS: Readonly<Record<string, string>> = {
  EACCES: 'give the user of the master the right to read and write there',
  EPERM: 'give the user of the master the right to read and write there',
  EROFS: 'mount it for writing, or name another with --work-dir',
  ENOSPC: 'free space on its file system',
  ENOTDIR: 'name another with --work-dir',
  EEXIST: 'name another with --work-dir',
};

function unusable(path: string, cause: unknown): MeteError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { code?: unknown } | null)?.code;
  const known = /no space left/i.test(text) ? 'ENOSPC' : /permission denied/i.test(text) ? 'EACCES' : String(code);
  const mend = MENDS[known] ?? 'see whether its disk is well';
  return new MeteError('REGISTRY_UNAVAILABLE', { field: 'registry', value: path, reason: text, mend, cause });
}

function inUse(directory: string, pid: number): MeteError {
  return new MeteError('REGISTRY_IN_USE', {
    field: 'registry',
    value: directory,
    reason: `the process with id ${pid} has it open`,
    mend: 'end that one, or name another with --work-dir',
  });
}

function lost(path: string, mark: string): MeteError {
  return new MeteError('REGISTRY_CORRUPT', {
    field: 'registry',
    value: path,
    reason: 'there was a registry here and it is gone',
    mend: `restore a backup with \`mete registry restore\`, or remove ${mark} to start with an empty one`,
  });
}
