/**
 * Registries in real ZooKeeper under faults: a writer killed at every step, servers that are killed or frozen while it
 * writes, a cell that is damaged or gone.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import type { RegistryImage } from '../../src/base/registry-backend.js';
import { LOG_STEPS } from '../../src/ha/log-registry.js';
import { openRegistryAt } from '../../src/ha/open-registry.js';
import { openZooKeeper } from '../../src/ha/zookeeper-session.js';
import { readRegistry } from '../../src/protocol/registry-form.js';
import { admit, registrarOn } from '../storage/conformance.js';
import { NO_ZOOKEEPER, startZooKeeper } from './zookeeper-servers.js';

const CHILD = fileURLToPath(new URL('./registry-child.ts', import.meta.url));

async function imageAt(address: string): Promise<RegistryImage | null> {
  const url = parseEnsembleUrl(address, 'url');
  const backend = await openRegistryAt({ url, timeoutMs: 5_000, log: () => undefined });
  try {
    return await backend.load();
  } finally {
    await backend.close();
  }
}

/** How many agents are stored; whatever else is there must be whole. */
async function stored(address: string): Promise<number> {
  const image = await imageAt(address);
  if (image === null) return 0;
  const { agents } = readRegistry(image.entries, address).registry;
  assert.deepEqual([...agents.keys()], Array.from(agents.keys(), (_, i) => `S${i}`));
  assert.equal(agents.size % 2, 0, 'half of a write');
  return agents.size;
}

async function cellsAt(address: string): Promise<string[]> {
  const url = parseEnsembleUrl(address, 'url');
  const session = openZooKeeper({ url, timeoutMs: 5_000 });
  try {
    return (await session.children(`${url.path}/registry`)) ?? [];
  } finally {
    await session.close();
  }
}

describe('a registry in ZooKeeper', { skip: NO_ZOOKEEPER, timeout: 240_000 }, () => {
  test('[B20] killed at any step of a write or a snapshot it has the old or the new, and all answered', async () => {
    const servers = await startZooKeeper(1);
    try {
      const address = servers.url('/mete');
      let before = 0;
      for (const step of LOG_STEPS) {
        const { signal, stdout } = spawnSync(process.execPath, ['--import', 'tsx', CHILD, address, step, '2'], {
          encoding: 'utf8',
          timeout: 60_000,
        });
        assert.equal(signal, 'SIGKILL', `${step}: ${stdout}`);
        const answered = 2 * stdout.split('\n').filter((line) => line === 'stored').length;
        const after = await stored(address);
        assert.ok(after >= before + answered && after <= before + answered + 2, `${step}: ${after} of ${before}`);
        before = after;
      }
      assert.ok(before > 20);
      // What crashes have left is cleared away by those who go on: what remains is head, snapshot and a short log.
      const { registrar } = await registrarOn(await openRegistryAt({
        url: parseEnsembleUrl(address, 'url'),
        timeoutMs: 5_000,
        log: () => undefined,
      }));
      for (let i = 0; i < 600; i++) await admit(registrar, `S${before + i}`);
      await registrar.close();
      assert.equal(await stored(address), before + 600);
      const cells = await cellsAt(address);
      const snapshots = new Set(cells.filter((name) => name.startsWith('snap')).map((name) => name.split('-')[1]));
      assert.equal(snapshots.size, 1, cells.join(' '));
      assert.ok(cells.length < 520, `${cells.length} cells`);
    } finally {
      await servers.close();
    }
  });

  test('servers that are killed while it writes lose nothing that was answered, bring nothing twice', async () => {
    const servers = await startZooKeeper(3);
    try {
      const url = parseEnsembleUrl(servers.url('/mete'), 'url');
      const backend = await openRegistryAt({ url, timeoutMs: 10_000, log: () => undefined });
      const { registrar, failures } = await registrarOn(backend);
      let answered = 0;
      let asked = 0;
      const ask = (count: number): Promise<unknown> => {
        const names = Array.from({ length: count }, () => `S${asked++}`);
        return Promise.all(names.map(async (name) => assert.equal(await admit(registrar, name), true, name)));
      };
      for (let round = 0; round < 3; round++) {
        const writing = (async () => {
          for (let i = 0; i < 100; i++) await ask(2).then(() => (answered += 2));
        })();
        const leader = await servers.leader();
        await leader.kill();
        await writing;
        await leader.start();
      }
      assert.deepEqual([answered, failures], [600, []]);
      await registrar.close();
      assert.equal(await stored(servers.url('/mete')), 600);
    } finally {
      await servers.close();
    }
  });

  test('a cell that is gone or damaged is refused with its name', async () => {
    const servers = await startZooKeeper(1);
    try {
      const address = servers.url('/mete');
      const url = parseEnsembleUrl(address, 'url');
      const { registrar } = await registrarOn(await openRegistryAt({ url, timeoutMs: 5_000, log: () => undefined }));
      await admit(registrar, 'S0');
      await registrar.close();
      const session = openZooKeeper({ url, timeoutMs: 5_000 });
      const at = (name: string): string => `${url.path}/registry/${name}`;
      const change = async (name: string, data: Uint8Array): Promise<void> => {
        const before = (await session.read(at(name)))!.data;
        await session.write(at(name), data, -1);
        await assert.rejects(stored(address), /REGISTRY_CORRUPT|REGISTRY_TOO_NEW/);
        await session.write(at(name), before, -1);
        assert.equal((await imageAt(address))?.version, 2);
      };
      const log = (await session.read(at('log-2-0')))!.data;
      await change('log-2-0', log.subarray(0, log.length - 3));
      await change('log-2-0', Buffer.concat([log.subarray(0, -1), Buffer.from('x')]));
      await change('head', Buffer.from('{}'));
      await change('head', Buffer.from('{"layout":2}'));
      await session.remove(at('log-2-0'), -1);
      await assert.rejects(imageAt(address), /REGISTRY_CORRUPT.*log-2-0.*missing.*mete registry restore/);
      await session.remove(at('head'), -1);
      await assert.rejects(imageAt(address), /REGISTRY_CORRUPT.*head.*there are other cells/);
      await session.close();
    } finally {
      await servers.close();
    }
  });
});
