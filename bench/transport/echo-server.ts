/**
 * The listening end of the benchmark of links, in a process of its own: sends every frame back where it came from. It
 * tells its port, answers each message with the CPU time it has used so far, and ends with its parent.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chooseTransport, type TransportChoice } from '../../src/transport/choose-transport.js';
import type { ListenOptions, TransportLimits } from '../../src/transport/transport.js';

const SCRIPT = fileURLToPath(import.meta.url);
const HOST = '127.0.0.1';

/** Links of a benchmark may be silent for as long as they like. */
export const LIMITS: Partial<TransportLimits> = { firstFrameTimeoutMs: 3_600_000, idleTimeoutMs: 3_600_000 };

export const ECHO: ListenOptions = {
  host: HOST,
  port: 0,
  limits: LIMITS,
  onLink: () => ({ frame: (link, bytes) => void link.send(bytes), closed: () => undefined }),
};

export interface EchoServer {
  readonly port: number;
  /** Milliseconds of CPU the process has used. */
  cpuMs(): Promise<number>;
  close(): void;
}

/** CPU time of this process, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Starts the other process. */
export async function startEchoServer(transport: TransportChoice): Promise<EchoServer> {
  const child = fork(SCRIPT, [transport]);
  const port = await nextNumber(child);
  return {
    port,
    cpuMs: () => {
      child.send('cpu');
      return nextNumber(child);
    },
    close: () => child.disconnect(),
  };
}

function nextNumber(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('the listening process ended'));
    child.once('exit', fail);
    child.once('message', (message) => {
      child.off('exit', fail);
      resolve(message as number);
    });
  });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === SCRIPT && process.send !== undefined) {
  const { transport } = await chooseTransport(process.argv[2] as TransportChoice);
  const { port } = await transport.listen(ECHO);
  process.on('message', () => process.send!(cpuMs()));
  process.on('disconnect', () => process.exit(0));
  process.send(port);
}
