/**
 * What holds for a master after every event: both ends of each relation agree, and what the allocator believes to be
 * held on an agent is exactly what offers, tasks that have not ended, and executors hold there.
 */
import assert from 'node:assert/strict';
import type { Agent, Framework, MasterState } from '../../src/master/core/state.js';
import { holdsNothing } from '../../src/master/core/tasks.js';
import { totalsOf, withShared } from '../../src/master/core/sums.js';
import { usedOnAgents } from '../../src/master/core/usage.js';
import { TASK_STATES, type TaskState } from '../../src/protocol/task.js';
import { Resources } from '../../src/resources/resources.js';

export function checkInvariants(state: MasterState): void {
  for (const framework of state.frameworks.values()) checkFramework(state, framework);
  for (const agent of state.agents.values()) checkAgent(state, agent);
  for (const [id, offer] of state.offers) {
    assert.equal(id, offer.id);
    assert.ok(offer.framework.offers.has(offer) && offer.agent.offers.has(offer), `offer ${id} is at both ends`);
    assert.equal(state.agents.get(offer.agentId), offer.agent);
    assert.equal(state.frameworks.get(offer.frameworkId), offer.framework);
  }
  for (const [id, link] of state.links) {
    const { owner } = link;
    if (owner?.type === 'framework') assert.equal(owner.framework.link, id);
    if (owner?.type === 'agent') assert.equal(owner.agent.link, id);
  }
  checkSums(state);
  const { agents, frameworks } = state.allocator.list();
  assert.deepEqual(agents.sort(), [...state.agents.keys()].sort());
  assert.deepEqual(frameworks.sort(), [...state.frameworks.keys()].sort());
}

/** What is counted as things come and go is what there is. */
function checkSums(state: MasterState): void {
  const all = usedOnAgents([...state.agents.values()]);
  const { firm, revocable } = totalsOf([{ total: all }]);
  const used = withShared(state.counters.used, () => all);
  const shown = (of: ReadonlyMap<string, number>): [string, number][] => [...of].filter(([, sum]) => sum !== 0).sort();
  assert.deepEqual(shown(used.firm), shown(firm), 'what is used');
  assert.deepEqual(shown(used.revocable), shown(revocable), 'what is used and may be taken back');
  for (const { id, tasks, counters } of [...state.frameworks.values(), ...state.completedFrameworks.values()]) {
    for (const name of Object.keys(TASK_STATES) as TaskState[]) {
      const count = [...tasks.values()].filter((task) => task.state === name).length;
      assert.equal(counters.live[name], count, `${name} of ${id}`);
    }
  }
}

function checkFramework(state: MasterState, framework: Framework): void {
  const { id, settings } = { id: framework.id, settings: state.settings };
  assert.equal(state.allocator.framework(id).active, framework.active);
  if (framework.link !== null) {
    const owner = state.links.get(framework.link)?.owner;
    assert.ok(owner?.type === 'framework' && owner.framework === framework, `${id} owns its link`);
  } else {
    assert.equal(framework.active, false, `${id} is disconnected and active`);
    assert.equal(framework.offers.size, 0, `${id} is disconnected and has offers`);
  }
  for (const task of framework.tasks.values()) {
    assert.ok(task.agent?.tasks.has(task), `task ${task.id} is on its agent`);
    assert.equal(state.agents.get(task.agentId), task.agent);
    assert.ok(!framework.unreachableTasks.has(task.id), `task ${task.id} is there and unreachable`);
  }
  for (const offer of framework.offers) assert.equal(state.offers.get(offer.id), offer);
  for (const executor of framework.executors) {
    assert.equal(executor.agent.executors.get(id)?.get(executor.info.executorId), executor);
  }
  assert.ok(framework.completedTasks.size <= settings.maxCompletedTasksPerFramework);
  assert.ok(framework.unreachableTasks.size <= settings.maxUnreachableTasksPerFramework);
}

function checkAgent(state: MasterState, agent: Agent): void {
  const view = state.allocator.agent(agent.id);
  assert.equal(String(view.total), String(agent.total), `total of ${agent.id}`);
  assert.equal(view.active, agent.active);
  if (agent.link === null) {
    assert.equal(agent.active, false, `${agent.id} is disconnected and active`);
    assert.equal(agent.offers.size, 0, `${agent.id} is disconnected and offered`);
  }
  const expected = new Map<string, Resources>();
  const add = (framework: Framework, role: string, resources: Resources): void => {
    if (resources.isEmpty) return;
    const key = `${framework.id} ${role}`;
    expected.set(key, (expected.get(key) ?? Resources.EMPTY).plus(resources));
  };
  for (const task of agent.tasks) {
    assert.equal(task.framework.tasks.get(task.id), task, `task ${task.id} is its framework's`);
    if (!holdsNothing(task.state)) add(task.framework, task.role, task.resources);
  }
  for (const executors of agent.executors.values()) {
    for (const { framework, role, resources } of executors.values()) add(framework, role, resources);
  }
  for (const offer of agent.offers) {
    assert.equal(state.offers.get(offer.id), offer);
    add(offer.framework, offer.role, offer.resources);
  }
  const held = new Map<string, string>();
  for (const { frameworkId, role, resources } of view.held) held.set(`${frameworkId} ${role}`, String(resources));
  const wanted = new Map([...expected].map(([key, resources]) => [key, String(resources)]));
  assert.deepEqual(new Map([...held].sort()), new Map([...wanted].sort()), `held on ${agent.id}`);
}
