/** The network of the fault tests does what they take for granted. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { test } from 'node:test';
import { waitFor } from '../e2e/ground.js';
import { NO_NETWORK, openNetwork } from './network.js';

const LISTENER = `
const server = require('node:net').createServer((socket) => socket.end('here'));
server.listen(4000, () => console.log('up'));`;

/** What a server says; null if it cannot be reached. */
function reach(host: string): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host, port: 4000 });
    const end = (value: string | null): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(300, () => end(null));
    socket.on('data', (chunk: Buffer) => (said += String(chunk))).on('end', () => end(said));
    socket.on('error', () => end(null));
  });
}

test('hosts reach each other until the way is cut', { skip: NO_NETWORK }, async () => {
  const network = openNetwork();
  const one = network.host('one');
  const other = network.host('other');
  const [program, ...first] = one.through;
  const child = spawn(program!, [...first, process.execPath, '-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  let up = false;
  child.stdout.on('data', () => (up = true));
  try {
    assert.notEqual(one.address, other.address);
    await waitFor('the server', () => up);
    assert.equal(await reach(one.address), 'here');
    one.cutFrom([network.address]);
    assert.equal(await reach(one.address), null);
    one.heal();
    one.cutFrom([other.address]);
    assert.equal(await reach(one.address), 'here');
    one.heal();
    one.cutFrom([]);
    assert.equal(await reach(one.address), null);
    one.heal();
    assert.equal(await reach(one.address), 'here');
  } finally {
    child.kill('SIGKILL');
    network.close();
  }
});
