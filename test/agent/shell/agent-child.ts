/**
 * An agent in a process of its own that kills itself (SIGKILL) before the n-th step of its turns:
 * `agent-child.ts WORKDIR MASTER N`. Without N it counts its steps, and writes their names to standard output.
 */
import { fileURLToPath } from 'node:url';
import { startAgent } from '../../../src/agent/shell/start-agent.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { wsTransport } from '../../../src/transport/ws-transport.js';

const EXECUTOR_MAIN = fileURLToPath(new URL('../../executor/executor-main.ts', import.meta.url));

const [workDir = '', master = '', dieAt = '0'] = process.argv.slice(2);
let steps = 0;

await startAgent({
  host: '127.0.0.1',
  port: 0,
  master,
  workDir,
  resources: parseResources('cpus:4;mem:1024;disk:10;ports:[]'),
  transport: wsTransport,
  program: { execPath: process.execPath, args: ['--import', 'tsx', EXECUTOR_MAIN] },
  core: { version: '1.11.0', registrationBackoffMs: 10, statusUpdateRetryMinMs: 200, statusUpdateRetryMaxMs: 200 },
  version: '0',
  log: () => undefined,
  onDefect: (error) => {
    throw error;
  },
  onStep: (step) => {
    if (step === 'Log') return;
    steps++;
    process.stdout.write(`${steps} ${step}\n`);
    if (steps === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
  },
});
