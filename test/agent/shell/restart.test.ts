/** An agent that starts again in its work directory: under its former id, or not at all, and never beside another. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { readBootId } from '../../../src/agent/shell/former-run.js';
import { completeResources, readMachine } from '../../../src/agent/shell/resources.js';
import type { AgentOptions, RunningAgent } from '../../../src/agent/shell/start-agent.js';
import { lockWorkDir } from '../../../src/agent/shell/work-dir-lock.js';
import { MeteError } from '../../../src/base/errors.js';
import { agentInfo, type AgentInfo } from '../../../src/protocol/framework.js';
import type { AgentId, TaskId } from '../../../src/protocol/schema.js';
import { toV1Json } from '../../../src/protocol/v1-json.js';
import { resourcesToMessages } from '../../../src/resources/message-form.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { logs, startCluster, type TestCluster } from './cluster.js';

let cluster: TestCluster;

before(async () => {
  cluster = await startCluster();
});

after(() => cluster.close());

interface AgentView {
  readonly id: string;
  readonly active: boolean;
  readonly resources: { readonly cpus: number };
}

async function agents(): Promise<readonly AgentView[]> {
  const answer = await fetch(`http://${cluster.master.address}/slaves`);
  return ((await answer.json()) as { slaves: readonly AgentView[] }).slaves;
}

async function registered(agent: RunningAgent): Promise<string> {
  for (;;) {
    const figures = (await (await fetch(`http://${agent.address}/metrics/snapshot`)).json()) as Record<string, number>;
    if (figures['slave/registered'] === 1) {
      const { id } = (await (await fetch(`http://${agent.address}/state`)).json()) as { id: string };
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function options(name: string, resources: string, more: Partial<AgentOptions> = {}): Partial<AgentOptions> {
  return { workDir: join(cluster.root, name), resources: parseResources(resources), ...more };
}

const RESOURCES = 'cpus:4;mem:1024;disk:10;ports:[]';

test('[C15] an agent comes back under its id if it is what it was; its tasks are lost', async () => {
  const first = await cluster.addAgent(options('same', RESOURCES));
  const id = await registered(first);
  const scheduler = await cluster.addFramework();
  await scheduler.launch([{ taskId: 'lost' as TaskId, command: { value: 'sleep 1000' } }]);
  await scheduler.running('lost');
  await first.close();
  const second = await cluster.addAgent(options('same', RESOURCES));
  assert.equal(await registered(second), id);
  assert.ok(['TASK_LOST', 'TASK_FAILED', 'TASK_KILLED'].includes((await scheduler.ended('lost')).state));
  assert.deepEqual((await agents()).map((agent) => [agent.id, agent.active]), [[id, true]]);
  await second.close('unregister');
  const third = await cluster.addAgent(options('same', RESOURCES));
  assert.notEqual(await registered(third), id);
  await third.close('unregister');
});

test('[C15] an agent that has changed does not start and says why; with policy additive it may grow', async () => {
  const first = await cluster.addAgent(options('changed', RESOURCES));
  const id = await registered(first);
  await first.close();
  const more = RESOURCES.replace('cpus:4', 'cpus:6');
  await assert.rejects(cluster.addAgent(options('changed', more)), (error: Error) => {
    assert.match(error.message, /Incompatible agent info detected\. Old agent info: .*cpus:4.*New .* info: .*cpus:6/);
    const path = join(cluster.root, 'changed/meta/agent.mdb');
    assert.ok(error.message.includes(`its checkpoint is ${path}`), error.message);
    assert.match(error.message, /--recover=none/);
    return error instanceof MeteError;
  });
  const policy = 'additive' as const;
  const additive = { core: { version: '1.11.0', registrationBackoffMs: 10, reconfigurationPolicy: policy } };
  const second = await cluster.addAgent(options('changed', more, additive));
  assert.equal(await registered(second), id);
  assert.deepEqual((await agents()).map((agent) => [agent.id, agent.resources.cpus]), [[id, 6]]);
  await second.close();
  await assert.rejects(
    cluster.addAgent(options('changed', RESOURCES, additive)),
    /Configuration change not permitted under 'additive' policy: Value of scalar resource 'cpus' decreased/,
  );
});

test('[C65] after a restart of the machine an agent that has changed is a new one, another keeps its id', async () => {
  const first = await cluster.addAgent(options('boot', RESOURCES));
  const id = await registered(first);
  await first.close();
  const second = await cluster.addAgent(options('boot', RESOURCES, { bootId: 'second' }));
  assert.equal(await registered(second), id);
  await second.close();
  const fewer = 'cpus:1;mem:64;disk:10;ports:[]';
  const third = await cluster.addAgent(options('boot', fewer, { bootId: 'third' }));
  assert.notEqual(await registered(third), id);
  await third.close('unregister');
});

test('an agent of the first versions comes back under its id; its file is replaced by a checkpoint', async () => {
  const path = join(cluster.root, 'legacy/meta/agent.json');
  mkdirSync(dirname(path), { recursive: true });
  const cases: [string, RegExp][] = [
    ['{"version":1,', /it is no JSON/],
    ['{"version":2}', /it is not of version 1/],
    ['null', /it is not of version 1/],
    ['{"version":1,"agent_info":{}}', /agent_info: Missing required fields: hostname/],
    ['{"version":1,"agent_info":{"hostname":"h"}}', /agent_info has no id/],
  ];
  for (const [content, text] of cases) {
    writeFileSync(path, content);
    await assert.rejects(cluster.addAgent(options('legacy', RESOURCES)), (error: Error) => {
      assert.match(error.message, text);
      assert.ok(error.message.includes(path) && error.message.includes('remove it'), error.message);
      return error instanceof MeteError && error.code === 'CHECKPOINT_CORRUPT';
    });
  }
  const first = await cluster.addAgent(options('before-legacy', RESOURCES));
  const id = await registered(first);
  await first.close();
  const resources = resourcesToMessages(completeResources(parseResources(RESOURCES), new Set(), readMachine('/')));
  const info: AgentInfo = { id: id as AgentId, hostname: '127.0.0.1', port: 1, attributes: [], resources };
  const former = { version: 1, boot_id: readBootId(), agent_info: toV1Json(agentInfo, info) };
  writeFileSync(path, JSON.stringify(former));
  const second = await cluster.addAgent(options('legacy', RESOURCES));
  assert.equal(await registered(second), id);
  assert.equal(existsSync(path), false);
  await second.close('unregister');
});

test('two agents do not share a work directory; a lock that nobody holds is taken over', async () => {
  const first = await cluster.addAgent(options('shared', RESOURCES));
  await assert.rejects(cluster.addAgent(options('shared', RESOURCES)), (error: Error) => {
    assert.match(error.message, new RegExp(`process id ${process.pid} works in it; end that one`));
    return error instanceof MeteError && error.code === 'ALREADY_EXISTS';
  });
  await first.close('unregister');
  const directory = join(cluster.root, 'shared/meta');
  const lock = join(directory, 'agent.lock');
  assert.equal(existsSync(lock), false);
  for (const stale of ['999999999 5\n', `${process.pid} 1\n`, 'nonsense', '']) {
    writeFileSync(lock, stale);
    lockWorkDir('there', directory).release();
    assert.equal(existsSync(lock), false);
  }
  const held = lockWorkDir('there', directory);
  assert.throws(() => lockWorkDir('there', directory), /works in it/);
  held.release();
  held.release();
  const again = await cluster.addAgent(options('shared', RESOURCES));
  await again.close('unregister');
  assert.ok(logs.some((line) => line.includes('agent has ended')));
});
