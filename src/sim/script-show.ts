/** What scenarios can ask to see: agents, offers, tasks, frameworks, as master, agents and frameworks know them. */
import type { Agent, Framework } from '../master/core/state.js';
import { holdsNothing } from '../master/core/tasks.js';
import { Resources } from '../resources/resources.js';
import { tasksOf, unquiet } from './invariants.js';
import { printResources } from './names.js';
import type { Scenario } from './scenario.js';

function sum(items: Iterable<{ readonly resources: Resources }>): Resources {
  let total = Resources.EMPTY;
  for (const { resources } of items) total = total.plus(resources);
  return total;
}

function showAgents(scenario: Scenario): string[] {
  const { state } = scenario.cluster.master;
  const lines = [...state.agents.values()].map((agent: Agent) => {
    const executors = [...agent.executors.values()].flatMap((of) => [...of.values()]);
    const allocated = sum([...[...agent.tasks].filter((task) => !holdsNothing(task.state)), ...executors]);
    const { available } = state.allocator.agent(agent.id);
    const parts = [
      `total ${printResources(agent.total)}`,
      `allocated ${printResources(allocated)}`,
      `offered ${printResources(sum(agent.offers))}`,
      `free ${printResources(available)}`,
    ];
    const status = agent.link === null ? 'disconnected' : agent.active ? 'active' : 'inactive';
    return `agent ${scenario.names.agent(agent.id)} ${status}: ${parts.join(', ')}`;
  });
  for (const id of state.recoveredAgents.keys()) lines.push(`agent ${scenario.names.agent(id)} awaited`);
  for (const id of state.goneAgents.keys()) lines.push(`agent ${scenario.names.agent(id)} gone`);
  for (const id of state.unreachableAgents.keys()) lines.push(`agent ${scenario.names.agent(id)} unreachable`);
  return lines;
}

function showFrameworks(scenario: Scenario): string[] {
  const { state } = scenario.cluster.master;
  const lines = [...state.frameworks.values()].map((framework: Framework) => {
    const away = framework.recovered ? 'known from agents' : 'disconnected';
    const status = framework.link === null ? away : framework.active ? 'active' : 'inactive';
    const counts = [`${framework.tasks.size} tasks`, `${framework.offers.size} offers`];
    return `framework ${scenario.names.framework(framework.id)} ${status}: ${counts.join(', ')}`;
  });
  for (const id of state.completedFrameworks.keys()) lines.push(`framework ${scenario.names.framework(id)} completed`);
  return lines;
}

function showOffers(scenario: Scenario): string[] {
  const { names } = scenario;
  return [...scenario.cluster.master.state.offers.values()].map((offer) => {
    const [id, to] = [names.offer(offer.id), names.framework(offer.frameworkId)];
    return `offer ${id} to ${to}: ${names.agent(offer.agentId)} ${printResources(offer.resources)}`;
  });
}

/** One line for each task that anybody knows: its state at the master, at its agent, at its framework. */
function showTasks(scenario: Scenario): string[] {
  const { cluster, names } = scenario;
  const rows = new Map<string, { master: string; agent: string; framework: string }>();
  const row = (framework: string, id: string): { master: string; agent: string; framework: string } => {
    const key = `${names.framework(framework)} ${id}`;
    const found = rows.get(key) ?? { master: '-', agent: '-', framework: '-' };
    rows.set(key, found);
    return found;
  };
  for (const { state } of cluster.frameworks.values()) {
    for (const book of state.tasks.values()) row(state.id ?? '', book.id).framework = book.state;
  }
  for (const framework of cluster.master.state.frameworks.values()) {
    for (const task of framework.tasks.values()) row(framework.id, task.id).master = task.state;
    for (const task of framework.unreachableTasks.values()) row(framework.id, task.id).master = `(${task.state})`;
  }
  for (const { name, process } of cluster.agents.values()) {
    if (!process.alive) continue;
    for (const task of tasksOf(process.state)) row(task.executor.framework.id, task.id).agent = `${name} ${task.state}`;
  }
  return [...rows].map(([key, of]) => `task ${key}: master ${of.master}, agent ${of.agent}, framework ${of.framework}`);
}

/** What is on the disk of the registry. */
function showRegistry(scenario: Scenario): string[] {
  const { agents, unreachable, gone, deactivated, weights, quotas } = scenario.cluster.masters.disk.view;
  const named = (ids: Iterable<string>): string => [...ids].map((id) => scenario.names.agent(id)).join(' ') || '-';
  const parts = [
    `agents ${named(agents.keys())}`,
    `unreachable ${named(unreachable.keys())}`,
    `gone ${named(gone.keys())}`,
    `deactivated ${named(deactivated)}`,
    `weights ${JSON.stringify([...weights])}`,
    `quotas ${[...quotas.keys()].join(' ') || '-'}`,
  ];
  return [`registry: ${parts.join(', ')}`];
}

function showLeft(scenario: Scenario): string[] {
  const left = unquiet(scenario.cluster);
  return left.length === 0 ? ['quiet'] : left.map((text) => `left: ${text}`);
}

export const SHOWS: Readonly<Record<string, (scenario: Scenario) => string[]>> = {
  agents: showAgents,
  frameworks: showFrameworks,
  offers: showOffers,
  tasks: showTasks,
  registry: showRegistry,
  left: showLeft,
};
