/**
 * Where a registry is kept, as seen by whoever keeps one: small entries by key, and one version for all of them. A
 * write names the version it was made for and takes effect as a whole or not at all, so that of two writers who read
 * the same version only one succeeds; the other learns that it is not alone. Backends do not know what entries mean.
 *
 * They reject with MeteError: REGISTRY_CONFLICT (another writer was there: whoever gets this must stop writing),
 * REGISTRY_UNAVAILABLE (it cannot be reached, the disk is full: nothing is known to have been written),
 * REGISTRY_CORRUPT (what is there is damaged), REGISTRY_TOO_NEW (a later mete wrote it), REGISTRY_IN_USE (another
 * process has it open, where only one may).
 */

/** All of a registry at one moment. */
export interface RegistryImage {
  /** 1 for the first write ever, one more with each. */
  readonly version: number;
  /** In no particular order; each key once. */
  readonly entries: readonly RegistryEntry[];
}

export type RegistryEntry = readonly [key: string, value: Uint8Array];

/** What is to be at a key from now on; null: nothing. */
export type RegistryWrite = readonly [key: string, value: Uint8Array | null];

/** Longest key, in UTF-8 bytes; keys are not empty and without control characters. */
export const MAX_REGISTRY_KEY_BYTES = 480;

export interface RegistryBackend {
  /** What it is and where, for messages: `lmdb at /var/lib/mete/registry`. */
  readonly place: string;
  /** Everything that is kept, as the latest finished write left it; null if nothing was ever written. */
  load(): Promise<RegistryImage | null>;
  /**
   * Writes all of `writes` (each key once) if the version is still `expectedVersion` (0: nothing was ever written), and
   * resolves with the new version when that is durable. Only one commit is under way at a time.
   */
  commit(expectedVersion: number, writes: readonly RegistryWrite[]): Promise<number>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}
