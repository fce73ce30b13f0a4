/**
 * Downloads that are kept, the latest used longest, up to a number of bytes. Several that want the same file wait for
 * one download; a file in use is not removed. A download that fails is not remembered.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

export interface FetchCache {
  /** Of all files that are kept. */
  readonly bytes: number;
  /** Calls `take` with the path of the file of this key, loading it first if it is not there. */
  use(key: string, load: (path: string) => Promise<number>, take: (path: string) => Promise<void>): Promise<void>;
}

interface Entry {
  readonly path: string;
  readonly loaded: Promise<number>;
  bytes: number;
  users: number;
}

/** A cache in `directory`. Names of files cannot be guessed from keys by others than us. */
export function createFetchCache(directory: string, maxBytes: number): FetchCache {
  /** In the order of their last use. */
  const entries = new Map<string, Entry>();
  const salt = String(process.hrtime.bigint());

  const drop = (key: string, entry: Entry): void => {
    if (entries.get(key) === entry) entries.delete(key);
    rmSync(entry.path, { force: true });
  };

  const size = (): number => [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);

  const trim = (): void => {
    let bytes = size();
    for (const [key, entry] of entries) {
      if (bytes <= maxBytes) return;
      if (entry.users > 0) continue;
      bytes -= entry.bytes;
      drop(key, entry);
    }
  };

  const known = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    entries.set(key, entry);
    return entry;
  };

  const make = (key: string, load: (path: string) => Promise<number>): Entry => {
    const path = join(directory, createHash('sha256').update(`${salt} ${key}`).digest('hex'));
    const entry: Entry = { path, loaded: load(path), bytes: 0, users: 0 };
    entries.set(key, entry);
    entry.loaded.then(
      (bytes) => (entry.bytes = bytes),
      () => drop(key, entry),
    );
    return entry;
  };

  const use: FetchCache['use'] = async (key, load, take) => {
    const shared = known(key);
    const entry = shared ?? make(key, load);
    entry.users++;
    try {
      const isLoaded = await entry.loaded.then(
        () => true,
        (error: unknown) => {
          if (shared === undefined) throw error;
          return false;
        },
      );
      // Another's download may have been given up for reasons of its own.
      if (!isLoaded) return await use(key, load, take);
      await take(entry.path);
    } finally {
      entry.users--;
      trim();
    }
  };
  return {
    use,
    get bytes() {
      return size();
    },
  };
}
