/**
 * What must hold after every event, however unlucky the network is, and what must hold when everything has become
 * quiet. Each check gives what is wrong in words; nothing wrong is an empty list.
 */
import type { AgentState, Task as AgentTask } from '../agent/core/state.js';
import type { Agent, Framework, MasterState } from '../master/core/state.js';
import { holdsNothing } from '../master/core/tasks.js';
import { isTerminal } from '../protocol/task.js';
import { Resources } from '../resources/resources.js';
import type { Cluster } from './cluster.js';
import { printResources } from './names.js';
import { isSettled } from './task-book.js';

/** The master's own books and those of its allocator; O(agents × what is on them). */
export function checkMaster(state: MasterState): string[] {
  const faults: string[] = [];
  for (const agent of state.agents.values()) faults.push(...checkAgentBooks(state, agent));
  faults.push(...checkOffers(state), ...checkTasks(state));
  const inAllocator = state.allocator.list();
  const lost = [
    ...inAllocator.agents.filter((id) => !state.agents.has(id as Agent['id'])),
    ...inAllocator.frameworks.filter((id) => !state.frameworks.has(id as Framework['id'])),
  ];
  faults.push(...lost.map((id) => `the allocator keeps ${id}`));
  return faults;
}

/** Offered + allocated + free = total, in the allocator and in the master, framework by framework and role by role. */
function checkAgentBooks(state: MasterState, agent: Agent): string[] {
  const view = state.allocator.agent(agent.id);
  const faults: string[] = [];
  const held = view.held.reduce((sum, one) => sum.plus(one.resources), Resources.EMPTY);
  const total = held.plus(view.available);
  // A new master takes an agent as it is: one that was still ending what the master before had given away already.
  const isOverfull = agent.reregisteredMs !== null && !view.total.contains(held) && total.contains(view.total);
  if (!total.equals(view.total) && !isOverfull) {
    faults.push(`${agent.id}: held and free are ${printResources(total)} of ${printResources(view.total)}`);
  }
  if (!view.total.equals(agent.total)) faults.push(`${agent.id}: the allocator has another total than the master`);
  const books = new Map<string, Resources>();
  const book = (frameworkId: string, role: string, resources: Resources): void => {
    const key = `${frameworkId} in ${role}`;
    books.set(key, (books.get(key) ?? Resources.EMPTY).plus(resources));
  };
  for (const offer of agent.offers) book(offer.frameworkId, offer.role, offer.resources);
  for (const task of agent.tasks) if (!holdsNothing(task.state)) book(task.framework.id, task.role, task.resources);
  for (const executors of agent.executors.values()) {
    for (const executor of executors.values()) book(executor.framework.id, executor.role, executor.resources);
  }
  for (const { frameworkId, role, resources } of view.held) {
    const key = `${frameworkId} in ${role}`;
    const mine = books.get(key) ?? Resources.EMPTY;
    books.delete(key);
    if (!mine.equals(resources)) faults.push(`${agent.id}: ${key} ${differ(resources, mine)}`);
  }
  for (const [key, resources] of books) {
    if (!resources.isEmpty) faults.push(`${agent.id}: ${key} ${differ(Resources.EMPTY, resources)}`);
  }
  return faults;
}

function differ(held: Resources, booked: Resources): string {
  return `holds ${printResources(held)}, the master's books say ${printResources(booked)}`;
}

function checkOffers(state: MasterState): string[] {
  const faults: string[] = [];
  for (const offer of state.offers.values()) {
    const { framework, agent } = offer;
    if (state.frameworks.get(framework.id) !== framework) faults.push(`${offer.id} is of a framework that is gone`);
    if (state.agents.get(agent.id) !== agent) faults.push(`${offer.id} is of an agent that is gone`);
    if (!framework.offers.has(offer) || !agent.offers.has(offer)) faults.push(`${offer.id} is not in all books`);
    if (framework.link === null) faults.push(`${offer.id} is outstanding although its framework is disconnected`);
    if (!agent.active) faults.push(`${offer.id} is outstanding although its agent is not active`);
  }
  const counted = [...state.agents.values()].reduce((sum, agent) => sum + agent.offers.size, 0);
  if (counted !== state.offers.size) faults.push(`${state.offers.size} offers, but agents have ${counted}`);
  return faults;
}

function checkTasks(state: MasterState): string[] {
  const faults: string[] = [];
  for (const agent of state.agents.values()) {
    for (const task of agent.tasks) {
      if (task.agent !== agent) faults.push(`${task.id} is on two agents or does not know its own`);
      if (state.frameworks.get(task.framework.id) !== task.framework) faults.push(`${task.id} has no framework`);
      if (task.framework.tasks.get(task.id) !== task) faults.push(`${task.id} is not with its framework`);
    }
  }
  for (const framework of state.frameworks.values()) {
    for (const task of framework.tasks.values()) {
      if (task.agent?.tasks.has(task) !== true) faults.push(`${task.id} is not with its agent`);
    }
  }
  return faults;
}

/** No task lives on two agents at once. */
export function checkAgents(cluster: Cluster): string[] {
  const places = new Map<string, string>();
  const faults: string[] = [];
  for (const { name, process } of cluster.agents.values()) {
    if (!process.alive) continue;
    for (const task of tasksOf(process.state)) {
      if (isTerminal(task.state)) continue;
      const key = `${task.executor.framework.id} ${task.id}`;
      const other = places.get(key);
      if (other !== undefined) faults.push(`task ${key} is on ${other} and on ${name}`);
      places.set(key, name);
    }
  }
  return faults;
}

export function tasksOf(state: AgentState): AgentTask[] {
  return [...state.frameworks.values()].flatMap((framework) => [...framework.tasks.values()]);
}

/** What frameworks complain of, and those that were told of a fail-over although no other process has their id. */
export function checkFrameworks(cluster: Cluster): string[] {
  return [...cluster.frameworks].flatMap(([name, { state }]) => {
    const faults = state.complaints.map((text) => `${name}: ${text}`);
    if (state.goneBecause === 'Framework failed over') faults.push(`${name} was replaced by nobody`);
    return faults;
  });
}

/**
 * What is left to do until the cluster is quiet: tasks without an end that frameworks still wait for, updates without
 * an acknowledgement, masters and agents that do not agree. Wrong only if it stays. A task whose agent is gone for good
 * stays unreachable for ever.
 */
export function unquiet(cluster: Cluster): string[] {
  const left: string[] = [];
  if (!cluster.masters.isOneLeading) left.push('no master leads');
  const master = cluster.master.state;
  for (const id of master.recoveredAgents.keys()) left.push(`${id} is awaited`);
  for (const [name, { state, alive }] of cluster.frameworks) {
    if (!alive || state.gone) continue;
    if (!state.subscribed) left.push(`${name} is not subscribed`);
    for (const book of state.tasks.values()) {
      const isOver = book.state === 'TASK_UNREACHABLE' && !master.agents.has(book.agentId);
      if (isSettled(book) || isOver) continue;
      left.push(`${name} waits for the end of ${book.id} (${book.state}) on ${book.agentId}`);
    }
  }
  for (const { name, process } of cluster.agents.values()) {
    if (!process.alive) continue;
    const { id } = process.state.info;
    const agent = id === undefined ? undefined : master.agents.get(id);
    if (agent === undefined || agent.link === null) left.push(`${name} is not registered`);
    for (const task of tasksOf(process.state)) left.push(`${name} has ${task.id} (${task.stage} ${task.state})`);
    const masterTasks = [...(agent?.tasks ?? [])];
    for (const task of masterTasks) left.push(`master has ${task.id} (${task.state}) on ${name}`);
    for (const [framework, streams] of process.state.streams.byFramework) {
      for (const [taskId, stream] of streams) {
        if (stream.pending.length > 0) left.push(`${name} has updates of ${taskId} of ${framework} to deliver`);
      }
    }
  }
  return left;
}
