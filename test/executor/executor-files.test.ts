/** The executor as the build makes it, in one file for the process and one for its threads: they need nothing else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildExecutorFiles } from '../../scripts/lib/executor-files.mjs';
import { startFakeAgent } from './fake-agent.js';
import { CODE, jobTask, partOf, startFramework } from './jobs.js';

const root = mkdtempSync(join(tmpdir(), 'mete-executor-files-'));
const files = join(root, 'executor');
before(() => buildExecutorFiles(files));
after(() => rmSync(root, { recursive: true, force: true }));

test('they import only what comes with Node, and name the licences of what is in them', () => {
  const builtIn = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  const scripts = readdirSync(files).filter((name) => name.endsWith('.js'));
  assert.deepEqual(scripts.sort(), ['job-worker.js', 'main.js', 'worker.js']);
  for (const script of scripts) {
    const text = readFileSync(join(files, script), 'utf8');
    const imported = [...text.matchAll(/\bfrom\s?["']([^"']+)["']/g)].map(([, name]) => name!);
    assert.deepEqual(imported.filter((name) => !builtIn.has(name)), [], script);
  }
  assert.match(readFileSync(join(files, 'LICENSES.txt'), 'utf8'), /^piscina \d.*\n\n(.*\n)*?.*MIT/m);
});

test('the executor of one file runs a job in its thread, and ends with its agent', async () => {
  const [agent, framework] = await Promise.all([startFakeAgent(), startFramework(CODE)]);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    MESOS_FRAMEWORK_ID: 'f',
    MESOS_EXECUTOR_ID: 'e',
    MESOS_AGENT_ENDPOINT: `127.0.0.1:${agent.port}`,
    MESOS_DIRECTORY: root,
  };
  const child = spawn(process.execPath, [join(files, 'main.js'), '--jobs'], { env: environment, stdio: 'inherit' });
  try {
    await agent.subscribed(1);
    const task = jobTask(framework, { kind: 'echo', value: 42 });
    agent.send({ type: 'LAUNCH', task });
    assert.equal(partOf(await agent.status(task.taskId, 'TASK_FINISHED')), 42);
    agent.send({ type: 'EXECUTOR_SHUTDOWN' });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  } finally {
    child.kill('SIGKILL');
    await Promise.all([agent.close(), framework.close()]);
  }
});
