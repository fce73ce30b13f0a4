/** A master as a process: who it says it is, and what it answers before anybody has come. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chooseEngine } from '../../../src/engine/create-engine.js';
import type { MasterOptions, RunningMaster } from '../../../src/master/shell/start-master.js';
import { startMaster } from '../../../src/master/shell/start-master.js';
import { ipNumber } from '../../../src/protocol/master-znode.js';
import { wsTransport } from '../../../src/transport/ws-transport.js';

const running: RunningMaster[] = [];
after(async () => {
  for (const master of running) await master.close();
});

async function start(more: Partial<MasterOptions> = {}): Promise<RunningMaster> {
  const master = await startMaster({
    host: '127.0.0.1',
    port: 0,
    transport: wsTransport,
    engine: chooseEngine('typescript').factory,
    allocator: {},
    core: {},
    version: '9.8.7',
    log: () => undefined,
    onDefect: (error) => {
      throw error;
    },
    ...more,
  });
  running.push(master);
  return master;
}

const read = async (master: RunningMaster, path: string): Promise<Record<string, unknown>> => {
  const response = await fetch(`http://127.0.0.1:${portOf(master)}${path}`);
  assert.equal(response.status, 200, path);
  return (await response.json()) as Record<string, unknown>;
};
const portOf = (master: RunningMaster): string => master.address.split(':').at(-1)!;

test('[B4] every start of a master gives it another id, a random UUID', async () => {
  const ids = [await start(), await start()].map(({ masterInfo }) => masterInfo.id);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(ids[0], ids[1]);
});

test('[B6, B12] a master tells its address, or the one it is told to tell', async () => {
  const plain = (await start()).masterInfo;
  assert.deepEqual(plain.address, { hostname: '127.0.0.1', ip: '127.0.0.1', port: plain.port });
  assert.equal(plain.pid, `master@127.0.0.1:${plain.port}`);
  assert.equal(plain.ip, 16_777_343);
  const advertise = { ip: '10.1.2.3', hostname: 'm1.example' };
  const other = (await start({ advertise })).masterInfo;
  assert.deepEqual(other.address, { hostname: 'm1.example', ip: '10.1.2.3', port: other.port });
  assert.equal(other.ip, ipNumber('10.1.2.3'));
  assert.equal(ipNumber('10.1.2.3'), 10 + 1 * 2 ** 8 + 2 * 2 ** 16 + 3 * 2 ** 24);
  assert.equal(ipNumber('::1'), 0);
});

test('[B15] /version has the version of Mesos that clients know, and our own', async () => {
  const answer = await read(await start(), '/version');
  assert.equal(answer['version'], '1.11.0');
  assert.equal(answer['mete_version'], '9.8.7');
});

test('[B107] /metrics/snapshot is one flat object of numbers, of core, links and process', async () => {
  const figures = await read(await start(), '/metrics/snapshot');
  for (const [name, value] of Object.entries(figures)) assert.equal(typeof value, 'number', name);
  for (const name of ['master/elected', 'allocator/mesos/allocation_runs', 'links/open', 'process/rss_bytes']) {
    assert.ok(name in figures, name);
  }
});
