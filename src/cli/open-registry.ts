/** Where a master keeps its registry, from its settings: what is named, or what there is. */
import { printEnsembleUrl } from '../base/ensemble-url.js';
import { MeteError } from '../base/errors.js';
import type { RegistryBackend } from '../base/registry-backend.js';
import type { MasterConfiguration } from '../config/master-settings.js';
import type { OpenElection } from '../ha/open-election.js';
import { registryOfElection } from '../ha/open-registry.js';
import type { MasterOptions } from '../master/shell/start-master.js';
import { createMemoryBackend } from '../storage/memory-backend.js';
import { openRegistrar } from '../storage/registrar.js';
import type { Logger } from '../telemetry/logger.js';

type Registry = 'memory' | 'lmdb' | 'zookeeper' | 'etcd';
type Settings = Pick<
  MasterConfiguration,
  'registry' | 'registryFetchTimeoutMs' | 'registryStoreTimeoutMs' | 'workDir' | 'zk'
>;

/** Which kind it is. Throws MeteError (INVALID_ARGUMENT) if the settings contradict each other. */
export function registryOf({ registry, workDir, zk }: Pick<Settings, 'registry' | 'workDir' | 'zk'>): Registry {
  const ofEnsemble = zk === undefined ? null : zk.scheme === 'zk' ? 'zookeeper' : 'etcd';
  if (registry === undefined) return ofEnsemble ?? (workDir === undefined ? 'memory' : 'lmdb');
  const aliases: Readonly<Record<string, Registry>> = { in_memory: 'memory', replicated_log: ofEnsemble ?? 'lmdb' };
  const wanted = aliases[registry] ?? (registry as Registry);
  if (wanted === 'lmdb') {
    if (zk !== undefined) {
      refuse(registry, 'the masters of --zk would not see what one of them keeps to itself', 'leave --registry away');
    }
    if (workDir === undefined) refuse(registry, 'it has no directory', 'give one with --work-dir');
  } else if (wanted !== 'memory' && wanted !== ofEnsemble) {
    const place = wanted === 'etcd' ? 'etcd://host:2379/path' : 'zk://host:2181/path';
    refuse(registry, 'its servers are not named', `name them with --zk ${place}`);
  }
  return wanted;
}

function refuse(value: unknown, reason: string, mend: string): never {
  throw new MeteError('INVALID_ARGUMENT', { field: '--registry', value, reason, mend });
}

/**
 * How a master opens its registry once it leads. What can be wrong with the settings is said at once; `opened` is the
 * election of `zk`.
 */
export function registrarOpener(
  config: Settings,
  opened: OpenElection | null,
  log: Logger['log'],
): NonNullable<MasterOptions['openRegistrar']> {
  const kind = registryOf(config);
  if (kind === 'memory' && config.registry === undefined) {
    log('warn', 'the registry is kept in memory and ends with this process; --work-dir makes it last');
  }
  return async (leader, onFailure) => {
    const backend = await backendOf(kind, config, opened);
    log('info', 'reading the registry', { place: backend.place });
    const { registryFetchTimeoutMs: fetchTimeoutMs, registryStoreTimeoutMs: storeTimeoutMs } = config;
    try {
      return await openRegistrar({ backend, leader, fetchTimeoutMs, storeTimeoutMs, onFailure });
    } catch (error) {
      // It may never be done with what took too long.
      backend.close().catch(() => undefined);
      throw error;
    }
  };
}

async function backendOf(
  kind: Registry,
  { workDir, zk }: Settings,
  opened: OpenElection | null,
): Promise<RegistryBackend> {
  if (kind === 'memory') return createMemoryBackend();
  if (kind === 'lmdb') {
    const { createLmdbBackend, lmdbPlaces } = await import('../storage/lmdb-backend.js');
    return createLmdbBackend(lmdbPlaces(workDir!));
  }
  if (opened !== null && zk !== undefined) return registryOfElection(opened, zk);
  const where = zk === undefined ? '' : printEnsembleUrl(zk);
  const detail = { field: '--zk', value: where, reason: 'no election was opened', mend: 'this is a fault of mete' };
  throw new MeteError('INTERNAL', detail);
}
