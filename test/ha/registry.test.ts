/** Registries in real ZooKeeper and real etcd, by what all backends must do. */
import { after } from 'node:test';
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import { openRegistryAt } from '../../src/ha/open-registry.js';
import { conform, type Ground } from '../storage/conformance.js';
import { NO_ETCD, startEtcd } from './etcd-server.js';
import { NO_ZOOKEEPER, startZooKeeper } from './zookeeper-servers.js';

/** Servers for all tests of a kind; each test has a path of its own. */
function groundsOn(start: () => Promise<{ url(path: string): string; close(): Promise<void> }>): () => Promise<Ground> {
  let servers: ReturnType<typeof start> | null = null;
  let grounds = 0;
  after(async () => (await servers)?.close());
  return async () => {
    const url = parseEnsembleUrl((await (servers ??= start())).url(`/cluster-${grounds++}/mete`), 'url');
    return {
      open: () => openRegistryAt({ url, timeoutMs: 5_000, log: () => undefined }),
      close: () => Promise.resolve(),
    };
  };
}

conform({
  name: 'zookeeper',
  allowsTwo: true,
  manyAgents: 100_000,
  skip: NO_ZOOKEEPER,
  ground: groundsOn(() => startZooKeeper(1)),
});

conform({
  name: 'etcd',
  allowsTwo: true,
  manyAgents: 20_000,
  skip: NO_ETCD,
  ground: groundsOn(() => startEtcd()),
});
