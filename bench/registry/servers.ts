/** One server of ZooKeeper or etcd for a benchmark, as safe as they are by default: a write is on the disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ZOOKEEPER_JAR } from '../house/contenders.js';

export interface RegistryServer {
  readonly url: string;
  close(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function closer(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(directory, { recursive: true, force: true });
}

/** Clients connect as soon as it serves: nobody has to wait for it here. */
export async function startZooKeeperServer(): Promise<RegistryServer> {
  const directory = mkdtempSync(join(tmpdir(), 'mete-bench-zookeeper-'));
  const port = await freePort();
  const file = join(directory, 'zoo.cfg');
  const address = ['clientPortAddress=127.0.0.1', `clientPort=${port}`, `dataDir=${directory}`];
  writeFileSync(file, ['tickTime=2000', ...address, 'admin.enableServer=false'].join('\n'));
  const classes = [ZOOKEEPER_JAR, '/usr/share/java/slf4j-simple.jar'].join(':');
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const child = spawn('java', ['-Xmx256m', '-cp', classes, quiet, main, file], { stdio: 'ignore' });
  return { url: `zk://127.0.0.1:${port}/bench`, close: () => closer(child, directory) };
}

export async function startEtcdServer(): Promise<RegistryServer> {
  const directory = mkdtempSync(join(tmpdir(), 'mete-bench-etcd-'));
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const places = ['--listen-client-urls', client, '--advertise-client-urls', client];
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer];
  const args = ['--data-dir', directory, ...places, ...peers, '--initial-cluster', `default=${peer}`];
  const child = spawn('etcd', args, { stdio: 'ignore' });
  return { url: `${client.replace('http', 'etcd')}/bench`, close: () => closer(child, directory) };
}
