/** The head of a registry of cells (log-registry.ts): its form, and the errors about what is found. */
import { MeteError } from '../base/errors.js';

/** The arrangement of the cells; a later one is refused. */
export const REGISTRY_LAYOUT = 1;

export interface RegistryHead {
  readonly layout: number;
  /** Of the registry. */
  readonly version: number;
  /** Who wrote this head: an id of one process. */
  readonly writer: string;
  /** Null: everything is in the log. */
  readonly snapshot: { readonly name: string; readonly parts: number } | null;
  /** The version of the first write that is not in the snapshot. */
  readonly logFrom: number;
}

/** Throws MeteError: REGISTRY_CORRUPT, REGISTRY_TOO_NEW. */
export function parseHead(data: Uint8Array, place: string): RegistryHead {
  const head = parse(data, place);
  if (isCount(head['layout']) && head['layout'] > REGISTRY_LAYOUT) {
    throw new MeteError('REGISTRY_TOO_NEW', {
      field: `registry (${place})`,
      value: head['layout'],
      reason: `its cells are of layout ${head['layout']}, this mete knows ${REGISTRY_LAYOUT}`,
      mend: 'start the version of mete that wrote it, or a later one',
    });
  }
  const { layout, version, writer, snapshot, logFrom } = head;
  const isHead =
    layout === REGISTRY_LAYOUT && isCount(version) && typeof writer === 'string' && isCount(logFrom) &&
    logFrom <= version + 1 && isSnapshot(snapshot);
  if (!isHead) throw damaged(place, 'head', 'it is not of its form');
  return { layout, writer, version, snapshot, logFrom };
}

function parse(data: Uint8Array, place: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw damaged(place, 'head', 'it is not a JSON object');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isSnapshot(value: unknown): value is RegistryHead['snapshot'] {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { name, parts } = value as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && isCount(parts);
}

export function damaged(place: string, cell: string, reason: string): MeteError {
  return new MeteError('REGISTRY_CORRUPT', {
    field: `registry (${place})`,
    value: cell,
    reason,
    mend: 'restore a backup with `mete registry restore`; `mete registry check` shows what can be read',
  });
}

export function lostRace(place: string, expectedVersion: number, version: number): MeteError {
  return new MeteError('REGISTRY_CONFLICT', {
    field: `registry (${place})`,
    value: `version ${version}`,
    reason: `another master has written to it since version ${expectedVersion}`,
    mend: 'this master must not go on; a new start finds out who leads',
  });
}
