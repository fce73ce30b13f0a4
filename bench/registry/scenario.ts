/**
 * The registry: agents are admitted, many at once as after a failure of power, and one after the other. Each admission
 * is answered when it is durable. The time of one alone tells whether it depends on how many there are.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import type { RegistryBackend } from '../../src/base/registry-backend.js';
import { openRegistryAt } from '../../src/ha/open-registry.js';
import type { AgentInfo } from '../../src/protocol/framework.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { createLmdbBackend, lmdbPlaces } from '../../src/storage/lmdb-backend.js';
import { createMemoryBackend, emptyStore } from '../../src/storage/memory-backend.js';
import { openRegistrar, type Registrar } from '../../src/storage/registrar.js';
import { ms, type Play, problem, type RegistryContender, us } from '../house/problem.js';
import { startEtcdServer, startZooKeeperServer } from './servers.js';

interface RegistrySize extends Record<string, number> {
  readonly agents: number;
  readonly alone: number;
}

/** Where a registry can be opened again and again. */
interface Ground {
  open(): Promise<RegistryBackend>;
  close(): Promise<void>;
}

async function groundOf(name: RegistryContender): Promise<Ground> {
  if (name === 'memory') {
    const store = emptyStore();
    return { open: () => Promise.resolve(createMemoryBackend(store)), close: () => Promise.resolve() };
  }
  if (name === 'lmdb') {
    const directory = mkdtempSync(join(tmpdir(), 'mete-bench-registry-'));
    return {
      open: () => Promise.resolve(createLmdbBackend(lmdbPlaces(directory))),
      close: () => Promise.resolve(rmSync(directory, { recursive: true })),
    };
  }
  const server = await (name === 'etcd' ? startEtcdServer() : startZooKeeperServer());
  const url = parseEnsembleUrl(server.url, 'url');
  return { open: () => openRegistryAt({ url, timeoutMs: 10_000, log: () => undefined }), close: () => server.close() };
}

function open(backend: RegistryBackend): Promise<Registrar> {
  return openRegistrar({
    backend,
    leader: { id: 'M', ip: 0, port: 5050 },
    fetchTimeoutMs: 60_000,
    storeTimeoutMs: 60_000,
    onFailure(error) {
      throw error;
    },
  });
}

/** What an agent of a cluster looks like: some 500 bytes. */
function describe(number: number): AgentInfo {
  const scalar = (name: string, value: number) => ({ name, type: 'SCALAR' as const, scalar: value });
  return {
    id: `5e2288ca-b131-4878-b769-b9593c20f782-S${number}` as AgentId,
    hostname: `agent-${number}.example.org`,
    port: 5051,
    resources: [scalar('cpus', 32), scalar('mem', 128_000), scalar('disk', 1_000_000)],
    attributes: [],
  };
}

async function admit(registrar: Registrar, agentInfo: AgentInfo): Promise<void> {
  const ok = await new Promise<boolean>((resolve) => registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], resolve));
  if (!ok) throw new Error(`${agentInfo.hostname} was not admitted`);
}

function playOn(name: RegistryContender): Play<RegistrySize> {
  return async (run, { agents, alone }) => {
    const ground = await groundOf(name);
    try {
      const registrar = await open(await ground.open());
      const infos = Array.from({ length: agents + alone }, (_, i) => describe(i));
      const startedMs = performance.now();
      await Promise.all(infos.slice(0, agents).map((info) => admit(registrar, info)));
      run.note('agent', (performance.now() - startedMs) / agents);
      for (const info of infos.slice(agents)) {
        const atMs = performance.now();
        await admit(registrar, info);
        run.note('alone', performance.now() - atMs);
      }
      await registrar.close();
      const openedMs = performance.now();
      const again = await open(await ground.open());
      run.note('recovery', performance.now() - openedMs);
      run.see('agents', [...again.registry.agents.keys()].join(' '));
      await again.close();
    } finally {
      await ground.close();
    }
  };
}

export default problem<RegistrySize>({
  name: 'registry',
  title: 'The registry: admitting agents',
  shape:
    'Agents are admitted all at once, then some more one after the other, each when the one before is durable; then ' +
    'another master takes the registry over. ZooKeeper and etcd are one server each, on this machine and its disk.',
  parameters: { agents: 'agents admitted at once', alone: 'agents admitted one by one after that' },
  metrics: {
    agent: us('time per agent, many at once'),
    alone: ms('time of one admission alone'),
    recovery: ms('another master takes over'),
  },
  scales: {
    tiny: [{ name: 'large', size: { agents: 20, alone: 2 } }],
    quick: [{ name: 'large', size: { agents: 10_000, alone: 50 } }],
    default: [
      { name: 'small', size: { agents: 100, alone: 200 }, repeats: 3 },
      { name: 'large', size: { agents: 10_000, alone: 200 }, repeats: 3 },
      { name: 'huge', size: { agents: 100_000, alone: 200 }, contenders: ['memory', 'lmdb'] },
    ],
  },
  contenders: { memory: playOn('memory'), lmdb: playOn('lmdb'), zookeeper: playOn('zookeeper'), etcd: playOn('etcd') },
});
