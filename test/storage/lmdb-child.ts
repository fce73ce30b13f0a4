/**
 * A process that works on a registry in LMDB, for tests that end it at a bad moment: `lmdb-child.ts WORKDIR COMMAND`.
 * `open`: takes it over and prints the agents; `fill N`: admits agents until it is ended or N are there, printing each
 * that was answered; `kill STEP N`: ends itself by SIGKILL when a commit reaches the step for the Nth time.
 */
import type { AgentId } from '../../src/protocol/schema.js';
import { createLmdbBackend, lmdbPlaces, type LmdbStep } from '../../src/storage/lmdb-backend.js';
import { openRegistrar } from '../../src/storage/registrar.js';

const [workDir = '', command = '', first = '', second = ''] = process.argv.slice(2);

/** Lines are written at once: the process may be ended in the next moment. */
async function say(line: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}

function endAt(step: string, count: number): (reached: LmdbStep) => void {
  let left = count;
  return (reached) => {
    if (reached === step && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

async function main(): Promise<void> {
  const backend = createLmdbBackend({
    ...lmdbPlaces(workDir),
    ...(command === 'kill' ? { reached: endAt(first, Number(second)) } : {}),
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
  await say(`agents ${[...agents.keys()].join(' ')}`);
  const most = command === 'open' ? 0 : command === 'fill' ? Number(first) : Infinity;
  while (agents.size < most) {
    // Two in one write: both are there afterwards, or neither.
    const names = [0, 1].map((i) => `S${agents.size + i}`);
    const stored = names.map((name) => {
      const agentInfo = { id: name as AgentId, hostname: 'h'.repeat(600) };
      return new Promise<boolean>((resolve) => registrar.store([{ type: 'ADMIT_AGENT', agentInfo }], resolve));
    });
    await Promise.all(stored);
    await say(`stored ${names.join(' ')}`);
  }
  await registrar.close();
}

main().catch((error: unknown) => {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(2));
});
