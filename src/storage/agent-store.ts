/**
 * The checkpoint of an agent on disk: one LMDB file, `agent.mdb`. Keys are texts, a value is the checksum of a record
 * and then the record (protocol/checkpoint.ts). What is committed together is there together or not at all, whatever
 * ends the process or the machine: a commit is answered when it is on disk.
 *
 * An agent that has a file it cannot use does not start with an empty one: it refuses, and says which file and why.
 */
import { Buffer } from 'node:buffer';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, MeteError } from '../base/errors.js';
import { CHECKPOINT_FORM, type CheckpointRecord, decodeCheckpoint, encodeCheckpoint } from '../protocol/checkpoint.js';
import { crc32 } from './checksum.js';

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
  const reason = 'its checksum is wrong';
  throw new MeteError('INVALID_MESSAGE', { field: 'record', value: `${value.length} bytes`, reason, mend: 'restore it' });
}

const NEW_AGENT = 'move it away; the agent then registers as a new one, and what ran on the old one is lost';

function refusal(code: ErrorCode, path: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError(code, { field: 'checkpoint', value: path, reason, mend, cause });
}

function checkAccess(path: string): void {
  if (!existsSync(path)) return;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const mend = 'let the user of the agent read and write it';
    throw refusal('CHECKPOINT_FAILED', path, `it may not be used: ${(cause as Error).message}`, mend, cause);
  }
}

interface Database {
  put(key: string, value: Buffer): Promise<boolean>;
  remove(key: string): Promise<boolean>;
  batch(action: () => void): Promise<boolean>;
  getKeys(range: { start: string; end: string }): Iterable<string>;
  getRange(): Iterable<{ key: string; value: Buffer }>;
  close(): Promise<void>;
}

async function openDatabase(path: string): Promise<Database> {
  try {
    const { open } = await import('lmdb');
    // Not `overlappingSync`: a commit is answered when it is on disk.
    return open<Buffer, string>({ path, encoding: 'binary', compression: false, overlappingSync: false });
  } catch (cause) {
    throw refusal('CHECKPOINT_CORRUPT', path, `it cannot be opened: ${(cause as Error).message}`, NEW_AGENT, cause);
  }
}

interface Content {
  readonly entries: [string, CheckpointRecord][];
  readonly unreadable: string[];
}

/** All records; the form of the file is checked first. */
function readAll(path: string, database: Database): Content {
  const content: Content = { entries: [], unreadable: [] };
  let form: number | null = null;
  for (const { key, value } of database.getRange()) {
    try {
      const record = unseal(value);
      if (record.type === 'FORM') form = record.form;
      else content.entries.push([key, record]);
    } catch (error) {
      if (!(error instanceof MeteError)) throw error;
      content.unreadable.push(`${key}: ${error.reason}`);
    }
  }
  if (form !== null && form > CHECKPOINT_FORM) {
    const mend = `use the version of mete that wrote it, or a newer one; or ${NEW_AGENT}`;
    throw refusal('CHECKPOINT_TOO_NEW', path, `it has form ${form}, and this is form ${CHECKPOINT_FORM}`, mend);
  }
  if (form === null && content.entries.length + content.unreadable.length > 0) {
    throw refusal('CHECKPOINT_CORRUPT', path, 'it does not say which form it has', NEW_AGENT);
  }
  return content;
}

/**
 * Opens the store in a directory, which must be there and belong to this process alone. Throws MeteError
 * CHECKPOINT_CORRUPT, CHECKPOINT_TOO_NEW, CHECKPOINT_FAILED.
 */
export async function openAgentStore(directory: string): Promise<AgentStore> {
  const path = join(directory, AGENT_STORE_FILE);
  checkAccess(path);
  const database = await openDatabase(path);
  let content: Content;
  try {
    content = readAll(path, database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const store: AgentStore = {
    path,
    ...content,
    commit: (writes) => commit(path, database, writes),
    close: () => database.close(),
  };
  await store.commit([{ key: FORM_KEY, record: { type: 'FORM', form: CHECKPOINT_FORM } }]);
  return store;
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
    throw refusal('CHECKPOINT_FAILED', path, `it cannot be written: ${reasonOf(cause)}`, mend, cause);
  }
}

/** LMDB words the end of a transaction; what led to it may be an error of its own. */
function reasonOf(error: unknown): string {
  const { message, commitError } = error as Error & { commitError?: Error };
  return commitError === undefined ? message : commitError.message;
}
