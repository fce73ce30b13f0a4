/** Real etcd for tests: one server, as Debian's packages `etcd-server` and `etcd-client` bring it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServerProcess, freePorts, hasProgram, missing, type ServerProcess } from './server-process.js';

/** Why there can be no etcd here, for `skip`; false if there can. In CI it must be there. */
export const NO_ETCD = hasProgram('etcd') ? false : missing('etcd is not installed');

export interface EtcdServer extends ServerProcess {
  readonly port: number;
  url(path: string): string;
  close(): Promise<void>;
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1000) });
    return response.ok && (await response.text()).includes('true');
  } catch {
    return false;
  }
}

export async function startEtcd(): Promise<EtcdServer> {
  const directory = mkdtempSync(join(tmpdir(), 'mete-etcd-'));
  const [port, peerPort] = (await freePorts(2)) as [number, number];
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const places = ['--listen-client-urls', client, '--advertise-client-urls', client];
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `a=${peer}`];
  const times = ['--heartbeat-interval', '50', '--election-timeout', '500'];
  const command = ['etcd', '--name', 'a', '--data-dir', directory, ...places, ...peers, ...times];
  const server = createServerProcess(command, () => isHealthy(port));
  const close = async (): Promise<void> => {
    await server.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await close();
    throw error;
  }
  return Object.assign(server, { port, url: (path: string) => `etcd://127.0.0.1:${port}${path}`, close });
}
