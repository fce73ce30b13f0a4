/** The election that a URL names. */
import type { Election, ElectionOptions } from './election.js';
import type { EtcdElection } from './etcd-election.js';
import type { ZooKeeperElection } from './zookeeper-election.js';

/** An election with what else its servers are good for: keeping the registry. */
export type OpenElection =
  | { readonly scheme: 'zk'; readonly election: ZooKeeperElection }
  | { readonly scheme: 'etcd'; readonly election: EtcdElection };

/** Loads only what the URL needs: processes without elections start faster. */
export async function openElection(options: ElectionOptions): Promise<OpenElection & { readonly election: Election }> {
  if (options.url.scheme === 'zk') {
    const { createZooKeeperElection } = await import('./zookeeper-election.js');
    return { scheme: 'zk', election: createZooKeeperElection(options) };
  }
  const { createEtcdElection } = await import('./etcd-election.js');
  return { scheme: 'etcd', election: createEtcdElection(options) };
}
