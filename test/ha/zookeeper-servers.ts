/**
 * Real ZooKeeper for tests: one server, or an ensemble, as Debian's package `zookeeper` brings it. Session time-outs
 * from 400 ms are granted; nothing is forced to disk, since no machine fails here.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askTcp, createServerProcess, freePorts, hasProgram, missing, type ServerProcess } from './server-process.js';

const JAVA = '/usr/share/java';
const JARS = ['zookeeper.jar', 'slf4j-simple.jar'].map((name) => join(JAVA, name));

function whyMissing(): string | false {
  if (!hasProgram('java')) return missing('there is no java');
  const lacking = JARS.find((jar) => !existsSync(jar));
  return lacking === undefined ? false : missing(`ZooKeeper is not installed (no ${lacking})`);
}

/** Why there can be no ZooKeeper here, for `skip`; false if there can. In CI it must be there. */
export const NO_ZOOKEEPER = whyMissing();

export type ZooKeeperRole = 'standalone' | 'leader' | 'follower';

export interface ZooKeeperServer extends ServerProcess {
  readonly port: number;
  /** Null if it does not serve. */
  role(): Promise<ZooKeeperRole | null>;
}

export interface ZooKeeperServers {
  readonly servers: readonly ZooKeeperServer[];
  /** `zk://…` of all of them; `user:password` for digest authentication. */
  url(path: string, credentials?: string): string;
  /** The server that leads the ensemble, as soon as there is one. */
  leader(): Promise<ZooKeeperServer>;
  close(): Promise<void>;
}

const TICK_MS = 200;

function configuration(directory: string, host: string, port: number, ensemble: readonly string[]): string {
  const alone = [
    `tickTime=${TICK_MS}`,
    'minSessionTimeout=400',
    'maxSessionTimeout=120000',
    `dataDir=${directory}`,
    `clientPortAddress=${host}`,
    `clientPort=${port}`,
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
  ];
  const together = ['initLimit=50', 'syncLimit=10', 'quorumListenOnAllIPs=false', ...ensemble];
  return [...alone, ...(ensemble.length > 1 ? together : [])].join('\n');
}

function command(file: string): string[] {
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', JARS.join(':')];
  const quiet = ['-Dzookeeper.forceSync=no', '-Dzookeeper.preAllocSize=64'];
  const level = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  return ['java', ...jvm, ...quiet, level, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', file];
}

async function roleOf(host: string, port: number): Promise<ZooKeeperRole | null> {
  const mode = /^Mode: (\w+)$/m.exec((await askTcp(port, 'srvr', host)) ?? '')?.[1];
  return mode === undefined ? null : (mode as ZooKeeperRole);
}

/** Starts 1 or 3 (or more) servers that clients reach at an address of this machine; resolves when they serve. */
export async function startZooKeeper(count = 1, host = '127.0.0.1'): Promise<ZooKeeperServers> {
  const directory = mkdtempSync(join(tmpdir(), 'mete-zookeeper-'));
  const ports = await freePorts(count * 3);
  const portsOf = (index: number): [number, number, number] => [
    ports[index * 3]!,
    ports[index * 3 + 1]!,
    ports[index * 3 + 2]!,
  ];
  const indices = Array.from({ length: count }, (_, index) => index);
  const ensemble = indices.map((index) => {
    const [, quorum, election] = portsOf(index);
    return `server.${index + 1}=127.0.0.1:${quorum}:${election}`;
  });
  const servers = indices.map((index): ZooKeeperServer => {
    const [port] = portsOf(index);
    const own = join(directory, String(index + 1));
    mkdirSync(own);
    writeFileSync(join(own, 'myid'), String(index + 1));
    writeFileSync(join(own, 'zoo.cfg'), configuration(own, host, port, ensemble));
    const server = createServerProcess(command(join(own, 'zoo.cfg')), async () => (await roleOf(host, port)) !== null);
    return Object.assign(server, { port, role: () => roleOf(host, port) });
  });
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill()));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await close();
    throw error;
  }
  const hosts = servers.map(({ port }) => `${host}:${port}`).join(',');
  return {
    servers,
    url: (path, credentials) => `zk://${credentials === undefined ? '' : `${credentials}@`}${hosts}${path}`,
    async leader() {
      for (;;) {
        const roles = await Promise.all(servers.map((server) => server.role()));
        const index = roles.findIndex((role) => role === 'leader' || role === 'standalone');
        if (index >= 0) return servers[index]!;
      }
    },
    close,
  };
}
