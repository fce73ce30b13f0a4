/** One task from offer to acknowledgement, and one offer declined. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { task, World } from './harness.js';

test('[B28][B46][B60][B77][B78] an agent, a framework, an offer, a task, its statuses and acknowledgements', () => {
  const world = new World();
  const agent = world.agent('cpus:4;mem:4096');
  const framework = world.framework();
  assert.equal(agent.id, 'master-S0');
  assert.equal(framework.id, 'master-0000');
  world.settle();
  const [offer] = framework.offers();
  assert.ok(offer);
  assert.equal(offer.id, 'master-O0');
  framework.launch(offer, task('t1', offer, 'cpus:1;mem:512'));
  const run = agent.takeOne('RUN_TASK');
  assert.equal(run.task.taskId, 't1');
  assert.deepEqual(run.task.resources, [
    { name: 'cpus', type: 'SCALAR', scalar: 1, allocationInfo: { role: '*' } },
    { name: 'mem', type: 'SCALAR', scalar: 512, allocationInfo: { role: '*' } },
  ]);
  assert.equal(run.frameworkInfo.id, framework.id);
  for (const state of ['TASK_RUNNING', 'TASK_FINISHED'] as const) {
    agent.update(framework.id, agent.status('t1', state));
    const [status] = framework.statuses();
    assert.equal(status?.state, state);
    framework.acknowledge(status);
    assert.deepEqual(agent.takeOne('STATUS_UPDATE_ACKNOWLEDGEMENT').uuid, status.uuid);
  }
  assert.equal(world.state.frameworks.get(framework.id)!.tasks.size, 0);
  world.advance(10_000);
  const [whole] = framework.offers().slice(-1);
  assert.deepEqual(whole?.resources.map((r) => r.scalar), [4, 4096]);
});

test('[B60] a declined offer comes back when its filter is over', () => {
  const world = new World();
  world.agent();
  const framework = world.framework();
  world.settle();
  const [offer] = framework.offers();
  framework.send({ type: 'DECLINE', offerIds: [offer!.id], filters: { refuseSeconds: 7 } });
  world.advance(6_000);
  assert.deepEqual(framework.offers(), []);
  world.advance(3_000);
  assert.equal(framework.offers().length, 1);
});
