/**
 * REREGISTER_AGENT: a known agent comes back with all it runs, and both sides are brought in line. If the master still
 * has the agent, it asks for what the agent does not report, and takes in what it did not know; if it has given the
 * agent up, or never knew it, the agent's report is what counts.
 */
import { MeteError } from '../../base/errors.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentId, FrameworkId, TaskId } from '../../protocol/schema.js';
import type { TaskMessage } from '../../protocol/task.js';
import { isTerminal } from '../../protocol/task.js';
import { resourcesFromMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { forgetAddress, noteAddress } from './addresses.js';
import { addAgent, allocatorAgent, closeLink, disconnectAgent, isStale, moveToLink, reconnected } from './agents.js';
import { totalWith } from './agents.js';
import { taskAdded } from './changes.js';
import { comesTooLate, resumeDraining } from './agent-operators.js';
import type { MasterEffect } from './events.js';
import { addExecutor, executorOf, removeExecutor } from './executors.js';
import { addFramework, awaitFramework, isRemovedFramework, NO_OPTIONS } from './frameworks.js';
import { sendKill } from './kill.js';
import { reconcileAgentOperations } from './operation-feedback.js';
import { sendCheckpointed } from './operations.js';
import { startPings } from './pings.js';
import { agentAccessRefusal } from './authorization.js';
import { agentRefusal, madeAgent, refuseAgent, totalPingTimeoutSeconds } from './registration.js';
import { spare } from './removals.js';
import { info, toAgent, toFramework, warn } from './send.js';
import type { Agent, Executor, LinkRecord, MasterState, Task } from './state.js';
import { UUID_BYTES, wordsOf } from './status-updates.js';
import { masterStatus, shownState } from './statuses.js';
import { storeInRegistry } from './stores.js';
import { addTask, holdsNothing } from './tasks.js';
import { equalMessages, frameworkRoles, validateReregisterAgent } from './validation/index.js';

type Call = MessageOf<'REREGISTER_AGENT'>;

export function reregisterAgent(state: MasterState, link: LinkRecord, call: Call, effects: MasterEffect[]): void {
  state.counters.plain.messages_reregister_slave++;
  const { agentInfo } = call;
  const { id } = agentInfo;
  if (id === undefined) {
    refuseAgent(link, 'an agent that comes back needs its id', effects);
    return;
  }
  if (state.reregistering.has(id) || state.markingUnreachable.has(id) || state.removing.has(id)) return;
  if (state.markingGone.has(id)) return;
  const forbidden = agentAccessRefusal(state, link, call.agentInfo, 'reregister');
  const refusal = forbidden ?? validateReregisterAgent(call) ?? agentRefusal(state, call);
  if (refusal !== null) {
    refuseAgent(link, refusal, effects);
    return;
  }
  const late = comesTooLate(state, link, agentInfo);
  if (late !== null) {
    shutDown(state, link, late, effects);
    return;
  }
  const agent = state.agents.get(id);
  if (isStale(state, agent ?? null, link, effects)) return;
  if (agent !== undefined && agent.info.hostname !== agentInfo.hostname) {
    shutDown(state, link, 'Agent attempted to reregister with different IP / hostname', effects);
    return;
  }
  spare(state, id);
  state.reregistering.add(id);
  const continuation = { type: 'readmit', link: link.id, call } as const;
  const known = agent?.info ?? state.recoveredAgents.get(id);
  if (known === undefined) storeInRegistry(state, { type: 'MARK_AGENT_REACHABLE', agentInfo }, continuation, effects);
  else if (equalMessages(known, agentInfo)) readmissionStored(state, link.id, call, effects);
  else storeInRegistry(state, { type: 'UPDATE_AGENT', agentInfo }, continuation, effects);
}

function shutDown(state: MasterState, link: LinkRecord, message: string, effects: MasterEffect[]): void {
  warn(effects, 'shutting down agent', { remote: link.remote, reason: message });
  effects.push({ type: 'Send', link: link.id, message: { type: 'SHUTDOWN_AGENT', message } });
  if (link.owner === null) closeLink(state, link.id, message, effects);
}

/** The registry has the agent. Its link may be gone by now: then it is disconnected, and will come again. */
export function readmissionStored(state: MasterState, linkId: number, call: Call, effects: MasterEffect[]): void {
  const id = call.agentInfo.id!;
  state.reregistering.delete(id);
  const link = state.links.get(linkId) ?? null;
  const agent = state.agents.get(id);
  if (agent === undefined) takeBack(state, id, call, link, effects);
  else if (link !== null) rejoin(state, agent, call, link, effects);
}

/** An agent that was given up, recovered from the registry, or never known to this master. */
function takeBack(
  state: MasterState,
  id: AgentId,
  call: Call,
  link: LinkRecord | null,
  effects: MasterEffect[],
): void {
  const agent = madeAgent(state, id, call, link, effects);
  if (agent === null) return;
  const wasUnreachable = state.unreachableAgents.has(id);
  const isNews = !state.recoveredAgents.has(id);
  recoverFrameworks(state, call, effects);
  for (const framework of state.frameworks.values()) {
    for (const task of [...framework.unreachableTasks.values()]) {
      if (task.agentId === id) framework.unreachableTasks.delete(task.id);
    }
  }
  const message = wasUnreachable ? 'Unreachable agent re-reregistered' : 'Unknown agent reregistered';
  for (const { executorInfo, frameworkId } of call.executors ?? []) {
    enterExecutor(state, agent, executorInfo, frameworkId);
  }
  const entered = (call.tasks ?? []).flatMap((reported) => enterTask(state, agent, reported, effects) ?? []);
  agent.reregisteredMs = state.nowMs;
  state.counters.plain.slave_reregistrations++;
  addAgent(state, agent, link, effects);
  toAgent(agent, reregistered(state, agent), effects);
  startPings(state, agent, effects);
  if (isNews) for (const task of entered) announceTask(state, task, message, effects);
  shutDownRemoved(state, agent, call, effects);
  sendFrameworkInfos(state, agent, call, effects);
  reconcileAgentOperations(state, agent, call.operations, effects);
  resumeDraining(state, agent, effects);
  info(effects, 'agent registered again', { agent: id });
}

/** Frameworks that only the agent knows: they keep what they hold until they subscribe. */
function recoverFrameworks(state: MasterState, call: Call, effects: MasterEffect[]): void {
  for (const frameworkInfo of call.frameworks ?? []) {
    const { id } = frameworkInfo;
    if (id === undefined || state.frameworks.has(id) || isRemovedFramework(state, id)) continue;
    awaitFramework(state, addFramework(state, { ...frameworkInfo, id }, NO_OPTIONS, null), effects);
  }
}

function enterExecutor(
  state: MasterState,
  agent: Agent,
  executorInfo: Executor['info'],
  frameworkId: FrameworkId,
): Executor | null {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined || executorOf(agent, frameworkId, executorInfo.executorId) !== undefined) return null;
  const role = executorInfo.resources?.[0]?.allocationInfo?.role ?? soleRole(framework);
  // As the framework says it: without the role that the master has added.
  const list = executorInfo.resources?.map(({ allocationInfo: _, ...resource }) => resource);
  const known = list === undefined ? executorInfo : { ...executorInfo, resources: list };
  const resources = resourcesFromMessages(list);
  return addExecutor(state, { info: known, given: known, framework, agent, role, resources });
}

function soleRole(framework: Task['framework']): string {
  return frameworkRoles(framework.info)[0] ?? '*';
}

/** Takes in a task that an agent reports; null if its framework is gone, or has a task of this id elsewhere. */
function enterTask(state: MasterState, agent: Agent, reported: TaskMessage, effects: MasterEffect[]): Task | null {
  const framework = state.frameworks.get(reported.frameworkId);
  if (framework === undefined) return null;
  const { taskId, executorId, resources, user } = reported;
  if (framework.tasks.has(taskId)) {
    // The id was used again after this task was forgotten: only one of them can be the framework's.
    toAgent(agent, { type: 'KILL_TASK', frameworkId: framework.id, taskId }, effects);
    return null;
  }
  framework.unreachableTasks.delete(taskId);
  framework.completedTasks.remove((task) => task.id === taskId);
  const role = resources?.[0]?.allocationInfo?.role ?? soleRole(framework);
  const held = resourcesFromMessages(resources);
  const place = { framework, agent, executorId: executorId ?? null, role, resources: held, user };
  const task = addTask(state, reported, place, reported.state);
  const { statusUpdateState, statusUpdateUuid } = reported;
  if (statusUpdateState !== undefined && statusUpdateUuid?.length === UUID_BYTES) {
    task.updateState = statusUpdateState;
    task.updateUuid = wordsOf(statusUpdateUuid);
  }
  for (const { data: _data, uuid: _uuid, ...status } of reported.statuses ?? []) task.statuses.push(status);
  taskAdded(state, task);
  return task;
}

/** The framework learns of a task that it had to believe lost. */
function announceTask(state: MasterState, task: Task, message: string, effects: MasterEffect[]): void {
  const { id: taskId, framework, agentId, executorId, statuses } = task;
  const reason = 'REASON_AGENT_REREGISTERED';
  const place = { agentId, executorId, latest: statuses.at(-1) };
  // Not the newest state: the agent has still to deliver what led to it.
  const detail = { taskId, state: shownState(task), reason, message, ...place } as const;
  toFramework(framework, { type: 'UPDATE', status: masterStatus(state, detail) }, effects);
}

function reregistered(
  state: MasterState,
  agent: Agent,
  reconciliations: NonNullable<MessageOf<'AGENT_REREGISTERED'>['reconciliations']> = [],
): MessageOf<'AGENT_REREGISTERED'> {
  return {
    type: 'AGENT_REREGISTERED',
    agentId: agent.id,
    masterId: state.settings.masterInfo.id,
    totalPingTimeoutSeconds: totalPingTimeoutSeconds(state),
    ...(reconciliations.length === 0 ? {} : { reconciliations }),
  };
}

/** Frameworks that are gone for good end on the agent, too. */
function shutDownRemoved(state: MasterState, agent: Agent, call: Call, effects: MasterEffect[]): void {
  for (const { id } of call.frameworks ?? []) {
    if (id === undefined || !isRemovedFramework(state, id)) continue;
    toAgent(agent, { type: 'SHUTDOWN_FRAMEWORK', frameworkId: id }, effects);
  }
}

/** The agent may have old descriptions of its frameworks. */
function sendFrameworkInfos(state: MasterState, agent: Agent, call: Call, effects: MasterEffect[]): void {
  for (const { id } of call.frameworks ?? []) {
    const framework = id === undefined ? undefined : state.frameworks.get(id);
    if (framework === undefined || framework.recovered) continue;
    toAgent(agent, { type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: framework.info }, effects);
  }
}

/** An agent that the master still has. */
function rejoin(state: MasterState, agent: Agent, call: Call, link: LinkRecord, effects: MasterEffect[]): void {
  try {
    agent.total = totalWith(resourcesFromMessages(call.agentInfo.resources), agent.checkpointed);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    shutDown(state, link, error.reason, effects);
    return;
  }
  if (agent.link !== null && agent.link !== link.id) {
    // Its old link is not known to be broken yet: what was offered or sent over it may be lost.
    closeLink(state, agent.link, 'the agent came back on another link', effects);
    disconnectAgent(state, agent, effects);
  }
  takeOverDescription(state, agent, call);
  moveToLink(state, agent, link, effects);
  recoverFrameworks(state, call, effects);
  reconcileKnown(state, agent, call, effects);
  reconnected(agent, effects);
  agent.pingTimeouts = 0;
  if (!agent.active && !state.deactivatedAgents.has(agent.id)) {
    agent.active = true;
    state.allocator.activateAgent(agent.id);
  }
  sendFrameworkInfos(state, agent, call, effects);
  sendCheckpointed(agent, effects);
  reconcileAgentOperations(state, agent, call.operations, effects);
  resumeDraining(state, agent, effects);
  info(effects, 'agent came back', { agent: agent.id });
}

function takeOverDescription(state: MasterState, agent: Agent, call: Call): void {
  forgetAddress(state, agent);
  agent.info = { ...call.agentInfo, id: agent.id };
  noteAddress(state, agent);
  agent.version = call.version;
  agent.capabilities = new Set(call.capabilities ?? []);
  agent.resourceVersion = call.resourceVersion;
  agent.reregisteredMs = state.nowMs;
  agent.offerBase = null;
  state.allocator.updateAgent(agent.id, allocatorAgent(agent));
}

/** Brings master and agent in line over what runs there. */
function reconcileKnown(state: MasterState, agent: Agent, call: Call, effects: MasterEffect[]): void {
  const reported = new Map<FrameworkId, Set<TaskId>>();
  for (const { frameworkId, taskId } of call.tasks ?? []) {
    let ids = reported.get(frameworkId);
    if (ids === undefined) reported.set(frameworkId, (ids = new Set()));
    ids.add(taskId);
  }
  const missing = new Map<FrameworkId, { taskId: TaskId }[]>();
  for (const { framework, id } of agent.tasks) {
    if (reported.get(framework.id)?.has(id) === true) continue;
    let tasks = missing.get(framework.id);
    if (tasks === undefined) missing.set(framework.id, (tasks = []));
    tasks.push({ taskId: id });
  }
  const reconciliations = [...missing].map(([frameworkId, tasks]) => ({ frameworkId, tasks }));
  toAgent(agent, reregistered(state, agent, reconciliations), effects);
  dropMissingExecutors(state, agent, call);
  for (const { frameworkId, taskId, state: taskState } of call.tasks ?? []) {
    const task = state.frameworks.get(frameworkId)?.tasks.get(taskId);
    if (task?.agent === agent && !isTerminal(taskState)) sendKill(task, effects);
  }
  adoptUnknown(state, agent, call, effects);
  shutDownRemoved(state, agent, call, effects);
}

function dropMissingExecutors(state: MasterState, agent: Agent, call: Call): void {
  const there = new Map<FrameworkId, Set<string>>();
  for (const { frameworkId, executorInfo } of call.executors ?? []) {
    let ids = there.get(frameworkId);
    if (ids === undefined) there.set(frameworkId, (ids = new Set()));
    ids.add(executorInfo.executorId);
  }
  for (const [frameworkId, executors] of [...agent.executors]) {
    for (const executor of [...executors.values()]) {
      if (there.get(frameworkId)?.has(executor.info.executorId) !== true) removeExecutor(state, executor);
    }
  }
}

/**
 * What runs on the agent and the master has given up, as it does for frameworks that do not checkpoint when a link
 * breaks. It is there, so it is taken back and its framework told. (Mesos leaves it uncounted.)
 */
function adoptUnknown(state: MasterState, agent: Agent, call: Call, effects: MasterEffect[]): void {
  const executors = (call.executors ?? []).flatMap(
    ({ executorInfo, frameworkId }) => enterExecutor(state, agent, executorInfo, frameworkId) ?? [],
  );
  const tasks = (call.tasks ?? []).flatMap((reported) => {
    const known = state.frameworks.get(reported.frameworkId)?.tasks.get(reported.taskId);
    if (known?.agent === agent) return [];
    return enterTask(state, agent, reported, effects) ?? [];
  });
  const running = tasks.filter((task) => !holdsNothing(task.state));
  const used = [...executors, ...running].map(({ framework, role, resources }) => ({
    frameworkId: framework.id,
    role,
    resources,
  }));
  if (used.length > 0) state.allocator.addResourceProvider(agent.id, Resources.EMPTY, used);
  for (const task of running) announceTask(state, task, 'Unknown task of reregistered agent', effects);
}
