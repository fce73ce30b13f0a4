/**
 * A registry in etcd, below `PATH/registry/`: one key for each cell (log-registry.ts), the revision of the head's last
 * change as its token.
 */
import { type Etcd3, EtcdAuthenticationFailedError, EtcdPermissionDeniedError } from 'etcd3';
import { MeteError } from '../base/errors.js';
import { type CellStore, LogRegistry, type LogRegistryOptions } from './log-registry.js';

export interface EtcdRegistryOptions extends LogRegistryOptions {
  /** Of the cluster, absolute. */
  readonly path: string;
  /** For messages; absent: the path. */
  readonly place?: string;
  /** The client was opened for this registry: it ends with it. */
  readonly ownsClient?: boolean;
}

export function createEtcdRegistry(client: Etcd3, options: EtcdRegistryOptions): LogRegistry {
  return new LogRegistry(cellsOf(client, options), options);
}

function cellsOf(client: Etcd3, options: EtcdRegistryOptions): CellStore {
  const root = `${options.path}/registry/`;
  const place = `etcd at ${options.place ?? options.path}`;
  const head = `${root}head`;
  const read = async (key: string) => {
    const { kvs } = await again(place, () => client.get(key).exec());
    return kvs[0] ?? null;
  };
  return {
    place,
    async readHead() {
      const found = await read(head);
      return found === null ? null : { data: found.value, token: Number(found.mod_revision) };
    },
    async exchange(token, data, cells) {
      const isSame =
        token === null ? client.if(head, 'Create', '==', 0) : client.if(head, 'Mod', '==', token);
      const puts = [[head, data] as const, ...cells.map(([name, cell]) => [root + name, cell] as const)];
      const writes = puts.map(([key, value]) => client.put(key).value(Buffer.from(value)));
      const { succeeded, header } = await told(place, () => isSame.then(...writes).commit());
      if (succeeded) return Number(header.revision);
      const reason = 'its head is another';
      const mend = 'this master must not go on';
      throw new MeteError('REGISTRY_CONFLICT', { field: 'registry', value: place, reason, mend });
    },
    read: async (name) => (await read(root + name))?.value ?? null,
    write: (name, data) => told(place, async () => void (await client.put(root + name).value(Buffer.from(data)))),
    async list() {
      const keys = await again(place, () => client.getAll().prefix(root).keys());
      return keys.map((key) => key.slice(root.length)).filter((name) => name !== 'head');
    },
    async remove(names) {
      await Promise.all(names.map((name) => told(place, () => client.delete().key(root + name).exec())));
    },
    close: () => Promise.resolve(options.ownsClient === true ? client.close() : undefined),
  };
}

const PAUSE_MS = 50;

/** For what may be done twice. */
async function again<T>(place: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await told(place, work);
    } catch (error) {
      if (!(error instanceof MeteError) || error.code !== 'UNREACHABLE') throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Calls once. What fails may have been done, unless etcd says that we may not. */
async function told<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const isRefused = cause instanceof EtcdAuthenticationFailedError || cause instanceof EtcdPermissionDeniedError;
    const code = isRefused ? 'REGISTRY_UNAVAILABLE' : 'UNREACHABLE';
    const reason = cause instanceof Error ? cause.message : String(cause);
    const mend = isRefused ? 'give the right user and password' : 'see whether its servers answer';
    throw new MeteError(code, { field: 'registry', value: place, reason, mend, cause });
  }
}
