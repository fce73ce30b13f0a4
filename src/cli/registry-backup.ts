/** A registry as a file: what `mete registry backup` writes and `restore` reads, and a cluster's administrator too. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { MeteError } from '../base/errors.js';
import type { MasterInfo } from '../protocol/framework.js';
import { type Registry, type RegistrySnapshot, restoreRegistry, snapshotRegistry } from '../protocol/registry.js';
import { REGISTRY_FORM } from '../protocol/registry-form.js';

export interface RegistryBackup {
  /** Says what the file is. */
  readonly mete: 'registry';
  readonly form: number;
  /** Of the registry that was written; a restored one counts its own. */
  readonly version: number;
  /** The master that wrote last. */
  readonly leader: MasterInfo | null;
  readonly registry: RegistrySnapshot;
}

export function backupOf(registry: Registry, leader: MasterInfo | null, version: number): RegistryBackup {
  return { mete: 'registry', form: REGISTRY_FORM, version, leader, registry: snapshotRegistry(registry) };
}

/** Writes it as a whole or not at all. Throws MeteError ALREADY_EXISTS, and errors of files. */
export function writeBackup(path: string, backup: RegistryBackup, overwrites: boolean): void {
  if (existsSync(path) && !overwrites) {
    const detail = { field: 'file', value: path, reason: 'it is there already', mend: 'name another, or add --force' };
    throw new MeteError('ALREADY_EXISTS', detail);
  }
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(backup, null, 1)}\n`, { mode: 0o600 });
  const file = openSync(fresh, 'r');
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, path);
}

/** The registry of a backup. Throws MeteError: NOT_FOUND, INVALID_SNAPSHOT, REGISTRY_TOO_NEW. */
export function readBackup(path: string): Registry {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeteError('NOT_FOUND', { field: 'file', value: path, reason, mend: 'name a backup', cause });
  }
  const backup = parse(path, text);
  const { mete, form, registry } = backup;
  if (mete !== 'registry') throw noBackup(path, 'it is no backup of a registry');
  if (typeof form === 'number' && form > REGISTRY_FORM) {
    const mend = 'use the version of mete that wrote it, or a later one';
    throw new MeteError('REGISTRY_TOO_NEW', { field: 'file', value: path, reason: `it is of form ${form}`, mend });
  }
  return restoreRegistry(registry);
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw noBackup(path, 'it is not a JSON object');
}

function noBackup(path: string, reason: string): MeteError {
  const mend = 'name a file that `mete registry backup` wrote';
  return new MeteError('INVALID_SNAPSHOT', { field: 'file', value: path, reason, mend });
}
