/** In which order an agent that starts looks at what it was given: the first thing that is wrong is what it says. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AgentOptions, startAgent } from '../../../src/agent/shell/start-agent.js';
import { wsTransport } from '../../../src/transport/ws-transport.js';

function options(port: number, master: string, workDir: string): AgentOptions {
  return {
    host: '127.0.0.1',
    port,
    master,
    workDir,
    transport: wsTransport,
    program: { execPath: process.execPath, args: [] },
    core: { version: '1.11.0' },
    version: '0.0.0',
    log: () => undefined,
    onDefect: (error) => {
      throw error;
    },
  };
}

test('[C2] an agent looks at its master, its work directory, what it kept, and its port, in this order', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mete-order-'));
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const fine = join(directory, 'work');
  try {
    await assert.rejects(startAgent(options(port, 'nonsense', file)), { code: 'INVALID_ARGUMENT', field: 'master' });
    await assert.rejects(startAgent(options(port, '127.0.0.1:1', file)), { field: 'work directory' });
    await assert.rejects(startAgent(options(port, '127.0.0.1:1', fine)), { code: 'ADDRESS_IN_USE' });
    writeFileSync(join(fine, 'meta', 'agent.json'), 'not JSON');
    const damaged = startAgent(options(port, '127.0.0.1:1', fine));
    await assert.rejects(damaged, (error: Error) => error.message.includes('agent.json'));
  } finally {
    taken.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
