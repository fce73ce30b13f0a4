/** The settings of a master about its registry. */
import { duration, oneOf } from './kinds.js';
import { optional, setting } from './setting.js';

const SECOND = 1_000;

/** `in_memory` and `replicated_log` are Mesos' words for what is in memory, and for what is not. */
export const REGISTRIES = ['memory', 'lmdb', 'zookeeper', 'etcd', 'in_memory', 'replicated_log'] as const;

export const REGISTRY_SETTINGS = {
  registry: optional(
    oneOf(REGISTRIES),
    'where the registry is kept; unset: with the servers of --zk, else in --work-dir, else in memory',
    'registry',
  ),
  registryFetchTimeoutMs: setting(
    duration({ min: 1 }),
    60 * SECOND,
    'reading the registry takes this long at most, else the master ends',
    'registry_fetch_timeout',
  ),
  registryStoreTimeoutMs: setting(
    duration({ min: 1 }),
    20 * SECOND,
    'a write to the registry takes this long at most, else the master ends',
    'registry_store_timeout',
  ),
};
