/**
 * A process that admits agents in a registry of ZooKeeper, for tests that end it at a bad moment:
 * `registry-child.ts URL STEP N`: ends itself by SIGKILL when a write reaches the step for the Nth time, or else ends
 * when it has admitted 400. Prints what was there, and each write that was answered.
 */
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import type { LogStep } from '../../src/ha/log-registry.js';
import { createZooKeeperRegistry } from '../../src/ha/zookeeper-registry.js';
import { openZooKeeper } from '../../src/ha/zookeeper-session.js';
import type { AgentId } from '../../src/protocol/schema.js';
import { openRegistrar } from '../../src/storage/registrar.js';

const [address = '', step = '', count = ''] = process.argv.slice(2);

async function say(line: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}

async function main(): Promise<void> {
  const url = parseEnsembleUrl(address, 'url');
  const session = openZooKeeper({ url, timeoutMs: 5_000 });
  let left = Number(count);
  const backend = createZooKeeperRegistry(session, {
    path: url.path,
    ownsSession: true,
    // Snapshots of several parts, often.
    compactAtBytes: 1,
    compactAtWrites: 3,
    reached(reached: LogStep) {
      if (reached === step && --left === 0) process.kill(process.pid, 'SIGKILL');
    },
  });
  const registrar = await openRegistrar({
    backend,
    leader: { id: `${process.pid}`, ip: 0, port: 5050 },
    fetchTimeoutMs: 60_000,
    storeTimeoutMs: 60_000,
    onFailure(error) {
      process.stdout.write(`${error.message}\n`, () => process.exit(3));
    },
  });
  const { agents } = registrar.registry;
  await say(`agents ${agents.size}`);
  const most = agents.size + 400;
  while (agents.size < most) {
    // Two in one write: both are there afterwards, or neither.
    const stored = [0, 1].map((i) => {
      const agentInfo = { id: `S${agents.size + i}` as AgentId, hostname: 'h'.repeat(2_000) };
      return new Promise<boolean>((resolve) => registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], resolve));
    });
    await Promise.all(stored);
    await say('stored');
  }
  await registrar.close();
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stdout.write(`${text}\n`, () => process.exit(2));
});
