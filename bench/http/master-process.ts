/** A master in a process of its own, so that what it costs can be told from what its clients cost. */
import { type ChildProcess, fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createEngineFactory } from '../../src/engine/create-engine.js';
import { startMaster } from '../../src/master/shell/start-master.js';
import { chooseTransport } from '../../src/transport/choose-transport.js';
import { cpuMs } from '../transport/echo-server.js';

const SCRIPT = fileURLToPath(import.meta.url);

export interface MasterProcess {
  readonly port: number;
  /** Milliseconds of CPU the process has used. */
  cpuMs(): Promise<number>;
  close(): void;
}

export async function startMasterProcess(): Promise<MasterProcess> {
  const child = fork(SCRIPT, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
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
    const fail = (): void => reject(new Error('the master has ended'));
    child.once('exit', fail);
    child.once('message', (message) => {
      child.off('exit', fail);
      resolve(message as number);
    });
  });
}

async function serve(): Promise<void> {
  const { transport } = await chooseTransport('auto');
  const { address } = await startMaster({
    host: '127.0.0.1',
    port: 0,
    transport,
    engine: createEngineFactory('auto'),
    allocator: { allocationIntervalMs: 100 },
    core: {},
    version: '0',
    log: () => undefined,
    onDefect: (error) => {
      throw error;
    },
  });
  process.on('message', () => process.send!(cpuMs()));
  process.on('disconnect', () => process.exit(0));
  process.send!(Number(address.split(':')[1]));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === SCRIPT && process.send !== undefined) {
  await serve();
}
