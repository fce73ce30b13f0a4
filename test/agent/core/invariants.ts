/** What is true of an agent's state after every event. */
import assert from 'node:assert/strict';
import type { AgentState, Executor } from '../../../src/agent/core/state.js';
import { MAX_PENDING } from '../../../src/agent/core/status-updates.js';
import { isTerminal } from '../../../src/protocol/task.js';

export function checkInvariants(state: AgentState): void {
  const executors = [...state.frameworks.values()].flatMap((framework) => [...framework.executors.values()]);
  assert.deepEqual(new Set(state.containers.values()), new Set(executors));
  for (const framework of state.frameworks.values()) {
    const tasks = [...framework.executors.values()].flatMap((executor) => [
      ...executor.queued.values(),
      ...executor.launched.values(),
      ...executor.terminated.values(),
    ]);
    assert.deepEqual(new Set(framework.tasks.values()), new Set(tasks));
    assert.equal(framework.tasks.size, tasks.length);
    assert.ok(!state.completedFrameworks.has(framework.id));
    assert.ok(framework.completedExecutors.length <= state.config.maxCompletedExecutorsPerFramework);
    for (const executor of framework.executors.values()) checkExecutor(state, executor);
  }
  for (const [link, executor] of state.links) assert.equal(executor.link ?? executor.formerLink, link);
  assert.ok(state.completedFrameworks.size <= state.config.maxCompletedFrameworks);
  if (state.phase === 'RUNNING') assert.ok(state.masterLink !== null && state.master !== null);
  assert.equal(state.streams.paused, state.phase !== 'RUNNING');
  checkStreams(state);
}

function checkExecutor(state: AgentState, executor: Executor): void {
  for (const [stage, tasks] of [
    ['QUEUED', executor.queued],
    ['LAUNCHED', executor.launched],
    ['TERMINATED', executor.terminated],
  ] as const) {
    for (const [id, task] of tasks) {
      assert.equal(task.id, id);
      assert.equal(task.stage, stage);
      assert.equal(task.executor, executor);
      if (!executor.framework.terminating) assert.equal(isTerminal(task.state), stage === 'TERMINATED');
    }
  }
  if (executor.link !== null) assert.equal(state.links.get(executor.link), executor);
  if (executor.state === 'REGISTERING' || executor.state === 'TERMINATED') assert.equal(executor.link, null);
  if (executor.state === 'RUNNING' && executor.link !== null) assert.equal(executor.queued.size, 0);
  if (executor.state === 'TERMINATED') assert.ok(executor.terminated.size > 0);
  const grouped = [...executor.queued.values()].filter((task) => task.group !== null);
  assert.deepEqual(new Set(grouped.map((task) => task.group)), executor.queuedGroups);
  for (const group of executor.queuedGroups) assert.ok(group.tasks.every((task) => task.stage === 'QUEUED'));
  assert.ok(executor.completed.length <= state.config.maxCompletedTasksPerExecutor);
}

function checkStreams(state: AgentState): void {
  const { streams } = state;
  for (const [frameworkId, ofFramework] of streams.byFramework) {
    assert.ok(ofFramework.size > 0);
    for (const [taskId, stream] of ofFramework) {
      assert.deepEqual([stream.frameworkId, stream.taskId], [frameworkId, taskId]);
      assert.ok(stream.pending.length <= MAX_PENDING + 1);
      assert.equal(stream.pause >= 0, !streams.paused && stream.pending.length > 0);
      if (stream.pause >= 0) assert.ok(streams.waiting[stream.pause]!.has(stream));
    }
  }
  for (const waiting of streams.waiting) {
    let lastMs = -Infinity;
    for (const stream of waiting) {
      assert.ok(stream.dueMs >= lastMs);
      lastMs = stream.dueMs;
      assert.equal(streams.byFramework.get(stream.frameworkId)?.get(stream.taskId), stream);
    }
  }
  for (const task of [...state.frameworks.values()].flatMap((of) => [...of.tasks.values()])) {
    if (task.stage !== 'TERMINATED' || task.executor.framework.terminating) continue;
    assert.ok(streams.byFramework.get(task.executor.framework.id)?.has(task.id), 'an ended task waits for its update');
  }
}
