/** What an agent shows of itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewMetrics } from '../../../src/agent/core/metrics.js';
import { viewState } from '../../../src/agent/core/views.js';
import { attributesToMessages } from '../../../src/resources/message-form.js';
import { parseAttributes } from '../../../src/resources/attributes.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { FRAMEWORK, Harness, executorInfo, frameworkId, START_MS, task, uuid } from './harness.js';

const RESOURCES = [
  { name: 'cpus', type: 'SCALAR', scalar: 1, allocationInfo: { role: 'dev' } },
  { name: 'mem', type: 'SCALAR', scalar: 128, allocationInfo: { role: 'dev' } },
] as const;

function busyAgent(): Harness {
  const agent = Harness.registered({
    resources: parseResources('cpus:4;mem:1024;mem(ads):64;ports:[31000-31999]'),
    agentInfo: {
      hostname: 'host',
      port: 5051,
      attributes: attributesToMessages(parseAttributes('rack:a;n:2;r:[1-3]')),
    },
  });
  agent.run(task('t1', { resources: [...RESOURCES], executor: executorInfo('e1', { resources: [RESOURCES[0]] }) }));
  agent.run(task('t2', { resources: [...RESOURCES] }));
  const link = agent.subscribe();
  agent.update(link, 't1', 'TASK_RUNNING', 1, { labels: [{ key: 'k' }], healthy: true, data: uuid(1) });
  agent.update(link, 't2', 'TASK_FINISHED', 2);
  agent.run(task('c1', { command: { value: 'sleep 1' }, resources: [RESOURCES[0]] }));
  return agent;
}

interface View {
  [key: string]: unknown;
  frameworks: { id: string; role: string; executors: ViewedExecutor[] }[];
}
interface ViewedExecutor {
  [key: string]: unknown;
  tasks: Record<string, unknown>[];
  queued_tasks: Record<string, unknown>[];
  completed_tasks: Record<string, unknown>[];
}

test('/state: the agent, its resources by role and use, its attributes', () => {
  const state = viewState(busyAgent().state) as unknown as View;
  const { version, id, pid, hostname, start_time: start, attributes, master_hostname: master } = state;
  assert.deepEqual([version, id, pid, hostname], ['1.2.3', 'S0', 'slave(1)@10.0.0.1:5051', 'host']);
  assert.deepEqual([start, master], [START_MS / 1000, 'm']);
  assert.deepEqual(attributes, { rack: 'a', n: 2, r: '[1-3]' });
  assert.deepEqual(state['resources'], { cpus: 4, gpus: 0, mem: 1088, disk: 0, ports: '[31000-31999]' });
  assert.deepEqual(state['reserved_resources'], { ads: { cpus: 0, gpus: 0, mem: 64, disk: 0 } });
  assert.deepEqual(state['unreserved_resources_allocated'], { cpus: 3.1, gpus: 0, mem: 160, disk: 0 });
  const full = state['reserved_resources_full'] as { ads: { name: string; scalar: { value: number } }[] };
  assert.deepEqual([full.ads[0]?.name, full.ads[0]?.scalar.value], ['mem', 64]);
});

test('/state: frameworks, executors, tasks; a command task has no executor id', () => {
  const agent = busyAgent();
  const [framework] = (viewState(agent.state) as unknown as View).frameworks;
  assert.deepEqual([framework?.id, framework?.role], [FRAMEWORK, 'dev']);
  const [first, second] = framework!.executors;
  assert.equal(first?.['container'], agent.executor().containerId);
  assert.equal(first['directory'], agent.executor().directory);
  assert.deepEqual(first['resources'], { cpus: 2, gpus: 0, mem: 128, disk: 0 });
  const [running] = first.tasks;
  assert.deepEqual([running?.['id'], running?.['state'], running?.['executor_id']], ['t1', 'TASK_RUNNING', 'e1']);
  const [status] = running!['statuses'] as Record<string, unknown>[];
  assert.deepEqual(Object.keys(status!), ['state', 'timestamp', 'labels', 'container_status', 'healthy']);
  assert.deepEqual(status?.['labels'], [{ key: 'k' }]);
  assert.deepEqual(first.completed_tasks.map((ended) => [ended['id'], ended['state']]), [['t2', 'TASK_FINISHED']]);
  assert.deepEqual(second?.queued_tasks, [
    {
      id: 'c1',
      name: 'c1',
      slave_id: 'S0',
      resources: { cpus: 1, gpus: 0, mem: 0, disk: 0 },
      role: 'dev',
      command: { shell: true, value: 'sleep 1' },
    },
  ]);
});

test('/state is JSON through and through, also with a history', () => {
  const agent = busyAgent();
  agent.exit();
  agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: frameworkId(FRAMEWORK) });
  agent.exit('c1');
  const state = viewState(agent.state);
  assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
  const [completed] = state['completed_frameworks'] as { completed_executors: unknown[] }[];
  assert.equal(completed?.completed_executors.length, 2);
});

test('the figures of the agent, under the names of Mesos', () => {
  const agent = busyAgent();
  agent.exit();
  const { executorId } = executorInfo();
  agent.fromMaster({ type: 'FRAMEWORK_TO_EXECUTOR', frameworkId: FRAMEWORK, executorId, data: uuid(1) });
  const figures = viewMetrics(agent.state, START_MS + 5_000);
  const some = (names: string[]): number[] => names.map((name) => figures[`slave/${name}`]!);
  assert.deepEqual(some(['uptime_secs', 'registered', 'frameworks_active']), [5, 1, 1]);
  assert.deepEqual(some(['tasks_staging', 'tasks_running', 'tasks_finished', 'tasks_failed']), [1, 0, 1, 1]);
  assert.deepEqual(some(['executors_registering', 'executors_running', 'executors_terminated']), [1, 0, 1]);
  assert.deepEqual(some(['valid_status_updates', 'invalid_framework_messages']), [3, 1]);
  assert.deepEqual(some(['cpus_total', 'mem_total', 'gpus_percent']), [4, 1088, 0]);
  assert.deepEqual(some(['cpus_used', 'cpus_percent', 'mem_used', 'cpus_revocable_total']), [2.1, 0.525, 32, 0]);
});
