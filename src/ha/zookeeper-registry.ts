/**
 * A registry in ZooKeeper, below `PATH/registry`: one znode for each cell (log-registry.ts), the version of the head's
 * znode as its token. Znodes stay far below what ZooKeeper takes at most.
 */
import { MeteError } from '../base/errors.js';
import { type CellStore, LogRegistry, type LogRegistryOptions } from './log-registry.js';
import type { ZooKeeperOperation, ZooKeeperSession } from './zookeeper-session.js';

export interface ZooKeeperRegistryOptions extends LogRegistryOptions {
  /** Of the cluster, absolute. */
  readonly path: string;
  /** For messages; absent: the path. */
  readonly place?: string;
  /** The session was opened for this registry: it ends with it. */
  readonly ownsSession?: boolean;
}

export function createZooKeeperRegistry(
  session: ZooKeeperSession,
  options: ZooKeeperRegistryOptions,
): LogRegistry {
  return new LogRegistry(cellsOf(session, options), options);
}

const CONFLICTS: ReadonlySet<string> = new Set(['WRONG_VERSION', 'ALREADY_EXISTS', 'NOT_FOUND']);

function cellsOf(session: ZooKeeperSession, options: ZooKeeperRegistryOptions): CellStore {
  const root = `${options.path}/registry`;
  const place = `zookeeper at ${options.place ?? options.path}`;
  const at = (name: string): string => `${root}/${name}`;
  const told = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => refuse(place, error));
  return {
    place,
    readHead: () =>
      told(
        (async () => {
          await caughtUp(session, root);
          const found = await session.read(at('head'));
          return found === null ? null : { data: found.data, token: found.stat.version };
        })(),
      ),
    async exchange(token, head, cells) {
      const path = at('head');
      const turn: ZooKeeperOperation =
        token === null ? { type: 'create', path, data: head } : { type: 'set', path, data: head, version: token };
      const made = cells.map(([name, data]): ZooKeeperOperation => ({ type: 'create', path: at(name), data }));
      try {
        await session.transact([turn, ...made]);
        return token === null ? 0 : token + 1;
      } catch (error) {
        if (!(error instanceof MeteError) || !CONFLICTS.has(error.code)) return refuse(place, error);
        const { reason, mend } = error;
        throw new MeteError('REGISTRY_CONFLICT', { field: 'registry', value: place, reason, mend, cause: error });
      }
    },
    read: async (name) => (await told(session.read(at(name))))?.data ?? null,
    write: (name, data) => told(write(session, at(name), data)),
    list: async () => ((await told(session.children(root))) ?? []).filter((name) => name !== 'head'),
    remove: (names) => told(remove(session, names.map(at))),
    close: () => (options.ownsSession === true ? session.close() : Promise.resolve()),
  };
}

/**
 * Resolves when the server of this session knows all that was written before: whatever changes something goes through
 * the leader of the servers, and so does this, though it changes nothing.
 */
async function caughtUp(session: ZooKeeperSession, root: string): Promise<void> {
  await again(() => session.ensurePath(root));
  await again(() => session.transact([{ type: 'check', path: root, version: -1 }]));
}

/** For what may be done twice. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MeteError) || error.code !== 'UNREACHABLE') throw error;
    }
  }
}

async function write(session: ZooKeeperSession, path: string, data: Uint8Array): Promise<void> {
  try {
    await session.create(path, data);
  } catch (error) {
    if (!(error instanceof MeteError) || error.code !== 'ALREADY_EXISTS') throw error;
    await session.write(path, data, -1);
  }
}

async function remove(session: ZooKeeperSession, paths: readonly string[]): Promise<void> {
  const removed = paths.map((path) =>
    session.remove(path, -1).catch((error: unknown) => {
      if (!(error instanceof MeteError) || error.code !== 'NOT_FOUND') throw error;
    }),
  );
  await Promise.all(removed);
}

function refuse(place: string, error: unknown): never {
  if (!(error instanceof MeteError) || error.code === 'UNREACHABLE') throw error;
  const { reason, mend } = error;
  throw new MeteError('REGISTRY_UNAVAILABLE', { field: 'registry', value: place, reason, mend, cause: error });
}
