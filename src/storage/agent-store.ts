/**
 * The checkpoint of an agent on disk: one LMDB file, `agent.mdb`. Keys are texts, a value is the checksum of a record
 * and then the record (protocol/checkpoint.ts). What is committed together is there together or not at all, whatever
 * ends the process or the machine: a commit is answered when it is on disk.
 *
 * An agent that has a file it cannot use does not start with an empty one: it refuses, and says which file and why.
 */
import { Buffer } from 'node:buffer';
import { accessSync, constants, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, MeteError } from '../base/errors.js';
import { CHECKPOINT_FORM, type CheckpointRecord, decodeCheckpoint, encodeCheckpoint } from '../protocol/checkpoint.js';
import { crc32 } from './checksum.js';
import { type LmdbContents, readLmdb } from './lmdb-pages.js';

/** Name of the file in the directory of the store. */
export const AGENT_STORE_FILE = 'agent.mdb';

const FORM_KEY = 'form';
const CHECKSUM_BYTES = 4;
/** After every character that a key may have. */
const LAST = '\u{10ffff}';

export interface CheckpointWrite {
  /** One that ends with a slash, with null, removes all below it. */
  readonly key: string;
  readonly record: CheckpointRecord | null;
}

export interface AgentStore {
  readonly path: string;
  /** What was there when it was opened. */
  readonly entries: readonly (readonly [key: string, record: CheckpointRecord])[];
  /** Keys whose records are damaged, each with the reason. */
  readonly unreadable: readonly string[];
  /**
   * Stores all or nothing; resolves when that is on disk. Calls must not overlap. Rejects with MeteError
   * CHECKPOINT_FAILED; what is on disk then is what was there before.
   */
  commit(writes: readonly CheckpointWrite[]): Promise<void>;
  close(): Promise<void>;
}

function seal(record: CheckpointRecord): Buffer {
  const encoded = encodeCheckpoint(record);
  const sealed = Buffer.allocUnsafe(CHECKSUM_BYTES + encoded.length);
  sealed.writeUInt32LE(crc32(encoded), 0);
  sealed.set(encoded, CHECKSUM_BYTES);
  return sealed;
}

/** The record of a sealed value. Throws MeteError. */
function unseal(value: Buffer): CheckpointRecord {
  const whole = value.length > CHECKSUM_BYTES && value.readUInt32LE(0) === crc32(value, CHECKSUM_BYTES);
  if (whole) return decodeCheckpoint(value.subarray(CHECKSUM_BYTES));
  const detail = { field: 'record', value: `${value.length} bytes`, reason: 'its checksum is wrong' };
  throw new MeteError('INVALID_MESSAGE', { ...detail, mend: 'restore it' });
}

const NEW_AGENT = 'move it away; the agent then registers as a new one, and what ran on the old one is lost';
const OTHER_VERSION = `use the version of mete that wrote it, or a newer one; or ${NEW_AGENT}`;

function refusal(code: ErrorCode, path: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError(code, { field: 'checkpoint', value: path, reason, mend, cause });
}

interface Database {
  put(key: string, value: Buffer): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  batch(action: () => void): Promise<boolean>;
  getKeys(range: { start: string; end: string }): Iterable<string>;
  close(): Promise<void>;
}

async function openDatabase(path: string): Promise<Database> {
  try {
    const { open } = await import('lmdb');
    // Not `overlappingSync`: a commit is answered when it is on disk.
    return open<Buffer, string>({ path, encoding: 'binary', compression: false, overlappingSync: false });
  } catch (cause) {
    const mend = 'see that the agent may write there, that the disk is not full, and that lmdb is installed';
    throw refusal('CHECKPOINT_FAILED', path, `it cannot be opened: ${(cause as Error).message}`, mend, cause);
  }
}

/** Makes a new file beside its place and moves it there, so that one that is there is never half made. */
async function create(path: string): Promise<void> {
  const fresh = path.replace(AGENT_STORE_FILE, `new-${AGENT_STORE_FILE}`);
  try {
    for (const leftover of [fresh, `${fresh}-lock`]) rmSync(leftover, { force: true });
  } catch (cause) {
    const mend = 'let the agent write in its work directory';
    throw refusal('CHECKPOINT_FAILED', path, `it cannot be made: ${(cause as Error).message}`, mend, cause);
  }
  const database = await openDatabase(fresh);
  try {
    await commit(fresh, database, [{ key: FORM_KEY, record: { type: 'FORM', form: CHECKPOINT_FORM } }]);
  } finally {
    await database.close();
  }
  renameSync(fresh, path);
  rmSync(`${fresh}-lock`, { force: true });
}

function readFile(path: string): LmdbContents['entries'] {
  let contents: LmdbContents | null;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    contents = readLmdb(path, (what, reason) => {
      if (what === 'damaged') return refusal('CHECKPOINT_CORRUPT', path, reason, NEW_AGENT);
      return refusal('CHECKPOINT_TOO_NEW', path, reason, OTHER_VERSION);
    });
  } catch (cause) {
    if (cause instanceof MeteError) throw cause;
    const mend = 'let the user of the agent read and write it';
    throw refusal('CHECKPOINT_FAILED', path, `it may not be used: ${(cause as Error).message}`, mend, cause);
  }
  if (contents === null) throw refusal('CHECKPOINT_CORRUPT', path, 'it is empty', NEW_AGENT);
  return contents.entries;
}

/** All records; the form of the file is checked first. */
function readAll(path: string): Pick<AgentStore, 'entries' | 'unreadable'> {
  const entries: [string, CheckpointRecord][] = [];
  const unreadable: string[] = [];
  let form: number | null = null;
  for (const [bytes, value] of readFile(path)) {
    const key = bytes.toString('utf8');
    try {
      const record = unseal(value);
      if (record.type === 'FORM') form = record.form;
      else entries.push([key, record]);
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      unreadable.push(`${key}: ${error.reason}`);
    }
  }
  if (form === null) throw refusal('CHECKPOINT_CORRUPT', path, 'it does not say which form it has', NEW_AGENT);
  if (form <= CHECKPOINT_FORM) return { entries, unreadable };
  throw refusal('CHECKPOINT_TOO_NEW', path, `it has form ${form}, this is form ${CHECKPOINT_FORM}`, OTHER_VERSION);
}

/**
 * Opens the store in a directory, which must be there and belong to this process alone. Throws MeteError
 * CHECKPOINT_CORRUPT, CHECKPOINT_TOO_NEW, CHECKPOINT_FAILED.
 */
export async function openAgentStore(directory: string): Promise<AgentStore> {
  const path = join(directory, AGENT_STORE_FILE);
  if (!existsSync(path)) await create(path);
  const content = readAll(path);
  const database = await openDatabase(path);
  return {
    path,
    ...content,
    commit: (writes) => commit(path, database, writes),
    close: () => database.close(),
  };
}

/** What is to be done, each key once: later writes replace earlier ones. */
function coalesce(database: Database, writes: readonly CheckpointWrite[]): Map<string, Buffer | null> {
  const changes = new Map<string, Buffer | null>();
  for (const { key, record } of writes) {
    if (!key.endsWith('/')) {
      changes.set(key, record === null ? null : seal(record));
      continue;
    }
    for (const known of changes.keys()) if (known.startsWith(key)) changes.set(known, null);
    for (const known of database.getKeys({ start: key, end: key + LAST })) changes.set(known, null);
  }
  return changes;
}

async function commit(path: string, database: Database, writes: readonly CheckpointWrite[]): Promise<void> {
  try {
    const changes = coalesce(database, writes);
    await database.batch(() => {
      for (const [key, value] of changes) void (value === null ? database.remove(key) : database.put(key, value));
    });
  } catch (cause) {
    const mend = 'see that the disk is not full and not failing; then start the agent again';
    throw refusal('CHECKPOINT_FAILED', path, `it cannot be written: ${await reasonOf(cause)}`, mend, cause);
  }
}

/** Why a commit failed; lmdb gives that as a promise that is rejected with it. */
async function reasonOf(error: unknown): Promise<string> {
  const { message, commitError } = error as Error & { commitError?: Promise<unknown> };
  try {
    await commitError;
    return message;
  } catch (cause) {
    return (cause as Error).message;
  }
}
