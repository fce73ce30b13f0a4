/**
 * A server of another program (ZooKeeper, etcd) as tests want it: started on ports that were free, ready when it
 * answers, killed, frozen and started again at the same place, and gone with the process that started it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** How long a server may take to answer: the machine may be busy. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 25;

/** Throws where everything must be there: in CI. */
export function missing(what: string): string {
  const ci = process.env['CI'] ?? '';
  if (ci !== '' && ci !== 'false') throw new Error(`${what}, and this is CI`);
  return what;
}

/** Whether there is such a program in the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(`${directory}/${name}`));
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Sends some bytes and gives what comes back until the other side closes; null if nobody is there. */
export function askTcp(port: number, text: string, host = '127.0.0.1'): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, host, () => socket.write(text));
    const end = (value: string | null): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1000, () => end(null));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => end(null)).on('end', () => end(answer));
  });
}

export interface ServerProcess {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Starts it, again if it has run before; resolves when it answers. */
  start(): Promise<void>;
  /** SIGKILL unless told otherwise; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  freeze(): void;
  thaw(): void;
}

const living = new Set<ChildProcess>();
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/** With `setpriv` the kernel ends the child when its parent is gone, however that came. */
const BOUND = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

function spawnBound(command: readonly string[]): ChildProcess {
  const [program, ...args] = BOUND ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
  return spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** `answers` tells whether it serves. */
export function createServerProcess(command: readonly string[], answers: () => Promise<boolean>): ServerProcess {
  let child: ChildProcess | null = null;
  let exited: Promise<void> = Promise.resolve();
  let said = '';
  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;
  return {
    get pid() {
      return child?.pid ?? 0;
    },
    get isRunning() {
      return isRunning();
    },
    async start() {
      said = '';
      const started = spawnBound(command);
      child = started;
      living.add(started);
      const hear = (chunk: Buffer): void => void (said = (said + String(chunk)).slice(-4000));
      started.stdout!.on('data', hear);
      started.stderr!.on('data', hear);
      exited = new Promise((resolve) => {
        const gone = (): void => {
          living.delete(started);
          resolve();
        };
        started.once('error', gone).once('exit', gone);
      });
      const endMs = performance.now() + PATIENCE_MS;
      while (!(await answers())) {
        if (!isRunning()) throw new Error(`${command[0]!} ended: ${said}`);
        if (performance.now() > endMs) throw new Error(`${command[0]!} does not answer: ${said}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    async kill(signal = 'SIGKILL') {
      if (!isRunning()) return;
      child?.kill(signal);
      await exited;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
}
