/** The npm package @dcos/mesos-client 1.0.0: reads of the operator API, and its stream of events. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { startCluster, type TestCluster } from '../agent/shell/cluster.js';
import { xmlHttpRequest } from './xml-http-request.js';

type Json = Readonly<Record<string, unknown>>;

interface Observable {
  subscribe(next: (text: string) => void, failed: (error: unknown) => void, done?: () => void): {
    unsubscribe(): void;
  };
}

const client = createRequire(import.meta.url)('@dcos/mesos-client') as {
  request(body: object, url: string): Observable;
  stream(body: object, url: string): Observable;
};

/** A cluster, and the place that a page of its master would be in. */
async function ground(t: TestContext): Promise<TestCluster> {
  const cluster = await startCluster();
  t.after(() => cluster.close());
  Object.assign(globalThis, { XMLHttpRequest: xmlHttpRequest(`http://${cluster.master.address}`) });
  t.after(() => void Reflect.deleteProperty(globalThis, 'XMLHttpRequest'));
  return cluster;
}

/** The answer to a call. */
function read(body: Json): Promise<Json> {
  return new Promise((resolve, reject) => {
    const answers: string[] = [];
    const done = (): void => resolve(JSON.parse(answers[0]!) as Json);
    client.request(body, '/api/v1').subscribe((text) => answers.push(text), reject, done);
  });
}

/** What a stream of events says, one after the other. */
function events(t: TestContext): { next(type: string): Promise<Json> } {
  const heard: Json[] = [];
  let wake = (): void => undefined;
  const subscription = client.stream({ type: 'SUBSCRIBE' }, '/api/v1').subscribe(
    (text) => {
      heard.push(JSON.parse(text) as Json);
      wake();
    },
    () => undefined,
  );
  t.after(() => subscription.unsubscribe());
  return {
    async next(type) {
      for (;;) {
        const at = heard.findIndex((event) => event['type'] === type);
        if (at >= 0) return heard.splice(0, at + 1)[at]!;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

test('@dcos/mesos-client reads health, version, agents and state', async (t) => {
  const cluster = await ground(t);
  const agent = await cluster.addAgent();
  const framework = await cluster.addFramework();
  await framework.launch([{ taskId: 'ein-täsk' as never, command: { value: 'sleep 1000' } }]);
  await framework.running('ein-täsk');
  assert.deepEqual(await read({ type: 'GET_HEALTH' }), { type: 'GET_HEALTH', get_health: { healthy: true } });
  const version = (await read({ type: 'GET_VERSION' }))['get_version'] as { version_info: { version: string } };
  assert.match(version.version_info.version, /^\d+\.\d+\.\d+$/);
  const { get_agents: agents } = (await read({ type: 'GET_AGENTS' })) as {
    get_agents: { agents: readonly { pid: string; active: boolean }[] };
  };
  assert.deepEqual(agents.agents.map(({ pid, active }) => [pid, active]), [[`slave(1)@${agent.address}`, true]]);
  const { get_state: state } = (await read({ type: 'GET_STATE' })) as {
    get_state: { get_tasks: { tasks: readonly { task_id: { value: string }; state: string }[] } };
  };
  assert.deepEqual(
    state.get_tasks.tasks.map(({ task_id: id, state: now }) => [id.value, now]),
    [['ein-täsk', 'TASK_RUNNING']],
  );
});

test('@dcos/mesos-client hears what happens in the cluster', async (t) => {
  const cluster = await ground(t);
  const stream = events(t);
  const { subscribed } = (await stream.next('SUBSCRIBED')) as { subscribed: { get_state: object } };
  assert.deepEqual(Object.keys(subscribed.get_state).sort(), [
    'get_agents', 'get_executors', 'get_frameworks', 'get_tasks',
  ]);
  await cluster.addAgent();
  await stream.next('AGENT_ADDED');
  const framework = await cluster.addFramework({ name: 'größer' });
  const added = (await stream.next('FRAMEWORK_ADDED')) as {
    framework_added: { framework: { framework_info: { name: string } } };
  };
  assert.equal(added.framework_added.framework.framework_info.name, 'größer');
  await framework.launch([{ taskId: 't' as never, command: { value: 'exit 0' } }]);
  await stream.next('TASK_ADDED');
  for (const state of ['TASK_RUNNING', 'TASK_FINISHED']) {
    const { task_updated: updated } = (await stream.next('TASK_UPDATED')) as { task_updated: { state: string } };
    assert.equal(updated.state, state);
  }
  framework.close();
  await stream.next('FRAMEWORK_REMOVED');
});
