/** A registry in memory: as durable as the object that is given in, which a restarted master may be given again. */
import { MeteError } from '../base/errors.js';
import type { RegistryBackend } from '../base/registry-backend.js';

/** What is kept. */
export interface MemoryStore {
  version: number;
  readonly entries: Map<string, Uint8Array>;
}

export function emptyStore(): MemoryStore {
  return { version: 0, entries: new Map() };
}

export function createMemoryBackend(store: MemoryStore = emptyStore()): RegistryBackend {
  return {
    place: 'memory',
    load: () => Promise.resolve(store.version === 0 ? null : { version: store.version, entries: [...store.entries] }),
    commit(expectedVersion, writes) {
      if (store.version !== expectedVersion) return Promise.reject(conflict('memory', expectedVersion, store.version));
      for (const [key, value] of writes) {
        if (value === null) store.entries.delete(key);
        else store.entries.set(key, value);
      }
      return Promise.resolve(++store.version);
    },
    close: () => Promise.resolve(),
  };
}

/** The error of a writer that is not alone. */
export function conflict(place: string, expectedVersion: number, version: number): MeteError {
  return new MeteError('REGISTRY_CONFLICT', {
    field: `registry (${place})`,
    value: `version ${version}`,
    reason: `another master has written to it since version ${expectedVersion}`,
    mend: 'this master must not go on; a new start finds out who leads',
  });
}
