/** The registry that a URL names, with a session of its own or that of an election. */
import { type EnsembleUrl, printEnsembleUrl } from '../base/ensemble-url.js';
import type { RegistryBackend } from '../base/registry-backend.js';
import type { LogFunction } from './election.js';
import type { LogRegistry } from './log-registry.js';
import type { OpenElection } from './open-election.js';

/** The registry beside the election of its masters: a master that has lost its session cannot write any more. */
export async function registryOfElection(opened: OpenElection, url: EnsembleUrl): Promise<RegistryBackend> {
  const where = { path: url.path, place: printEnsembleUrl(url) };
  if (opened.scheme === 'zk') {
    const { createZooKeeperRegistry } = await import('./zookeeper-registry.js');
    return createZooKeeperRegistry(opened.election.session, where);
  }
  const { createEtcdRegistry } = await import('./etcd-registry.js');
  return createEtcdRegistry(opened.election.client, where);
}

export interface RegistryAtOptions {
  readonly url: EnsembleUrl;
  readonly timeoutMs: number;
  readonly log: LogFunction;
}

/** A registry with a session that ends with it. */
export async function openRegistryAt({ url, timeoutMs, log }: RegistryAtOptions): Promise<LogRegistry> {
  const where = { path: url.path, place: printEnsembleUrl(url) };
  if (url.scheme === 'zk') {
    const { createZooKeeperRegistry } = await import('./zookeeper-registry.js');
    const { openZooKeeper } = await import('./zookeeper-session.js');
    return createZooKeeperRegistry(openZooKeeper({ url, timeoutMs, log }), { ...where, ownsSession: true });
  }
  const { createEtcdRegistry } = await import('./etcd-registry.js');
  const { openEtcd } = await import('./etcd-client.js');
  return createEtcdRegistry(openEtcd(url, timeoutMs), { ...where, ownsClient: true });
}
