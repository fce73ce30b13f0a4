/**
 * How an agent finds its way to the master and stays there: detection, back-off, registration and re-registration,
 * pings.
 *
 * The agent is RUNNING exactly while the master has answered on the present link. Whatever breaks that (a lost link, no
 * ping for too long, a ping that says the master holds it for disconnected, another master) leads through DISCONNECTED
 * and a random pause to a new registration, with all the agent runs. Facts: `detected`, `doReliableRegistration`,
 * `registered`, `reregistered`, `ping` of Mesos' agent.
 */
import type { LinkId } from '../../base/core.js';
import type { AgentCall, MessageOf } from '../../protocol/messages.js';
import type { TaskMessage } from '../../protocol/task.js';
import { checkpointAgent } from './checkpoint.js';
import { roll } from './dice.js';
import type { AgentEvent, Effects } from './events.js';
import { forwardUpdates, storeAndForward } from './forwarding.js';
import { resumeOperations } from './operation-statuses.js';
import { dropMessage, log, sendToMaster } from './send.js';
import { type AgentState, droppedState, type Framework, type Task, TIMERS, waitingContainers } from './state.js';
import { findStream, pauseStreams, resumeStreams } from './status-updates.js';
import { makeStatus } from './task-status.js';

type Detected = Extract<AgentEvent, { type: 'MasterDetected' }>;
type Opened = Extract<AgentEvent, { type: 'MasterLinkOpened' }>;

/** A leading master, perhaps the same one, or none. */
export function masterDetected(state: AgentState, event: Detected, effects: Effects): void {
  if (event.master !== state.master) closeMasterLink(state, 'another master leads', effects);
  state.master = event.master;
  if (state.recovering.size > 0) return;
  log(effects, 'info', event.master === null ? 'lost the leading master' : 'new master detected', {
    ...(event.master === null ? {} : { master: event.master }),
  });
  disconnect(state, event.at, effects);
}

/** From now on the agent does not count as registered; it tries to be after a random pause, if there is a master. */
export function disconnect(state: AgentState, atMs: number, effects: Effects): void {
  pauseStreams(state.streams);
  effects.push({ type: 'ClearTimer', timer: TIMERS.ping });
  if (state.phase === 'TERMINATING') return;
  state.phase = 'DISCONNECTED';
  if (state.master === null) {
    effects.push({ type: 'ClearTimer', timer: TIMERS.register });
    return;
  }
  state.registrationBackoffMs = state.config.registrationBackoffMs;
  pauseBeforeRegistration(state, atMs, effects);
}

/** Sets the next attempt to a random moment in [0, back-off] and doubles the back-off. */
function pauseBeforeRegistration(state: AgentState, atMs: number, effects: Effects): void {
  const backoffMs = Math.min(state.registrationBackoffMs, state.config.registrationBackoffMaxMs);
  state.registrationBackoffMs = backoffMs * 2;
  effects.push({ type: 'SetTimer', timer: TIMERS.register, atMs: atMs + roll(state.dice) * backoffMs });
}

/** The pause is over: opens the link, or registers over the one that is open. */
export function registerTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  if (state.phase !== 'DISCONNECTED' || state.master === null) return;
  if (state.masterLink === null) effects.push({ type: 'ConnectMaster', address: state.master });
  else sendToMaster(state, registration(state), effects);
  pauseBeforeRegistration(state, atMs, effects);
}

export function masterLinkOpened(state: AgentState, event: Opened, effects: Effects): void {
  if (state.master === null || (event.master !== undefined && event.master !== state.master)) {
    effects.push({ type: 'CloseLink', link: event.link, reason: 'not the leading master' });
    return;
  }
  if (state.masterLink !== null && state.masterLink !== event.link) {
    closeMasterLink(state, 'replaced by another link', effects);
    if (state.phase === 'RUNNING') disconnect(state, event.at, effects);
  }
  state.masterLink = event.link;
  if (state.phase === 'DISCONNECTED') sendToMaster(state, registration(state), effects);
}

/** The link to the master is gone; tells whether it was that. */
export function masterLinkClosed(
  state: AgentState,
  atMs: number,
  link: LinkId,
  reason: string,
  effects: Effects,
): boolean {
  if (link !== state.masterLink) return false;
  state.masterLink = null;
  log(effects, 'warn', 'link to the master closed', { reason });
  disconnect(state, atMs, effects);
  return true;
}

function closeMasterLink(state: AgentState, reason: string, effects: Effects): void {
  if (state.masterLink !== null) effects.push({ type: 'CloseLink', link: state.masterLink, reason });
  state.masterLink = null;
}

function registration(state: AgentState): AgentCall {
  const { info, config, resourceVersion } = state;
  const common = {
    agentInfo: info,
    version: config.version,
    capabilities: [...config.capabilities],
    checkpointedResources: state.checkpointedMessages,
    resourceVersion,
  };
  if (info.id === undefined) return { type: 'REGISTER_AGENT', ...common };
  const executors: NonNullable<MessageOf<'REREGISTER_AGENT'>['executors']> = [];
  const tasks: TaskMessage[] = [];
  for (const framework of state.frameworks.values()) {
    for (const task of framework.tasks.values()) tasks.push(taskMessage(state, framework, task));
    for (const executor of framework.executors.values()) {
      if (executor.generated || executor.state === 'TERMINATED') continue;
      executors.push({
        executorInfo: executor.info,
        frameworkId: framework.id,
        containerId: executor.containerId,
        ...(executor.pid === null ? {} : { pid: executor.pid }),
      });
    }
  }
  return {
    type: 'REREGISTER_AGENT',
    ...common,
    executors,
    tasks,
    frameworks: [...state.frameworks.values()].map((framework) => framework.info),
    completedFrameworks: [...state.completedFrameworks.values()].map((framework) => framework.info),
    operations: [...state.operations.values()].map(({ operation }) => operation),
    ...(state.drainConfig === null ? {} : { drainConfig: state.drainConfig }),
  };
}

/**
 * A task as the master is told of it; command tasks have no executor id, as in Mesos. With its newest state goes the
 * one that is being delivered, so that the master does not run ahead of the updates still to come.
 */
export function taskMessage(state: AgentState, framework: Framework, task: Task): TaskMessage {
  const { info, executor } = task;
  const delivering = task.forwarded ?? firstPending(state, framework, task);
  const user = info.command?.user ?? info.executor?.command?.user;
  return {
    name: info.name,
    taskId: task.id,
    frameworkId: framework.id,
    agentId: info.agentId,
    state: task.state,
    ...(executor.generated ? {} : { executorId: executor.id }),
    ...(info.resources === undefined ? {} : { resources: info.resources }),
    ...(task.statuses.length === 0 ? {} : { statuses: [...task.statuses] }),
    ...(delivering === null ? {} : { statusUpdateState: delivering.state, statusUpdateUuid: delivering.uuid }),
    ...(info.labels === undefined ? {} : { labels: info.labels }),
    ...(info.discovery === undefined ? {} : { discovery: info.discovery }),
    ...(info.container === undefined ? {} : { container: info.container }),
    ...(info.healthCheck === undefined ? {} : { healthCheck: info.healthCheck }),
    ...(info.killPolicy === undefined ? {} : { killPolicy: info.killPolicy }),
    ...(user === undefined ? {} : { user }),
  };
}

/** The update that goes out first once there is a master. */
function firstPending(state: AgentState, framework: Framework, task: Task): Task['forwarded'] {
  const update = findStream(state.streams, framework.id, task.id)?.pending[0];
  return update === undefined ? null : { state: update.status.state, uuid: update.uuid! };
}

export function registered(
  state: AgentState,
  atMs: number,
  message: MessageOf<'AGENT_REGISTERED'>,
  effects: Effects,
): void {
  if (state.info.id !== undefined && state.info.id !== message.agentId) {
    exitWithWrongId(state, 'Registered', message.agentId, effects);
    return;
  }
  if (state.phase !== 'DISCONNECTED') {
    dropMessage(state, effects, 'ignoring a registration', { phase: state.phase });
    return;
  }
  if (state.info.id === undefined) state.info = { ...state.info, id: message.agentId };
  run(state, atMs, message, effects);
}

export function reregistered(
  state: AgentState,
  atMs: number,
  message: MessageOf<'AGENT_REREGISTERED'>,
  effects: Effects,
): void {
  if (state.info.id !== message.agentId) {
    exitWithWrongId(state, 'Re-registered', message.agentId, effects);
    return;
  }
  if (state.phase !== 'DISCONNECTED' && state.phase !== 'RUNNING') {
    dropMessage(state, effects, 'ignoring a re-registration', { phase: state.phase });
    return;
  }
  if (state.phase === 'DISCONNECTED') run(state, atMs, message, effects);
  for (const { frameworkId, tasks } of message.reconciliations ?? []) {
    const framework = state.frameworks.get(frameworkId);
    for (const { taskId } of tasks) {
      if (framework?.tasks.has(taskId) === true) continue;
      log(effects, 'warn', 'a task is unknown here', { frameworkId, taskId });
      const text = 'Reconciliation: task unknown to the agent';
      const to = droppedState(framework);
      const update = makeStatus(state, atMs, frameworkId, taskId, to, 'REASON_RECONCILIATION', text);
      storeAndForward(state, atMs, update, undefined, effects);
    }
  }
}

function run(
  state: AgentState,
  atMs: number,
  message: MessageOf<'AGENT_REGISTERED'> | MessageOf<'AGENT_REREGISTERED'>,
  effects: Effects,
): void {
  state.phase = 'RUNNING';
  checkpointAgent(state, effects);
  state.pingTimeoutMs = message.totalPingTimeoutSeconds * 1000;
  log(effects, 'info', message.type === 'AGENT_REGISTERED' ? 'registered' : 're-registered', {
    agentId: message.agentId,
    masterId: message.masterId,
  });
  effects.push({ type: 'ClearTimer', timer: TIMERS.register });
  setPingTimer(state, atMs, effects);
  forwardUpdates(state, atMs, resumeStreams(state.streams, atMs), effects);
  resumeOperations(state, atMs, effects);
}

function exitWithWrongId(state: AgentState, verb: string, id: string, effects: Effects): void {
  state.exited = true;
  const reason = `${verb} but got wrong id: ${id} (expected: ${state.info.id ?? ''})`;
  effects.push({ type: 'Exit', reason, code: 1, forGood: false, keep: waitingContainers(state) });
}

function setPingTimer(state: AgentState, atMs: number, effects: Effects): void {
  effects.push({ type: 'SetTimer', timer: TIMERS.ping, atMs: atMs + state.pingTimeoutMs });
}

/** Answers whatever the phase is, so that a slow agent is not held for dead. */
export function ping(state: AgentState, atMs: number, connected: boolean, effects: Effects): void {
  sendToMaster(state, { type: 'PONG' }, effects);
  if (state.phase !== 'RUNNING') return;
  if (connected) {
    setPingTimer(state, atMs, effects);
    return;
  }
  log(effects, 'info', 'the master holds the agent for disconnected; registering again');
  disconnect(state, atMs, effects);
}

export function pingTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  if (state.phase !== 'RUNNING') return;
  log(effects, 'warn', 'no pings from the master', { withinMs: state.pingTimeoutMs });
  closeMasterLink(state, 'no pings from the master', effects);
  disconnect(state, atMs, effects);
}
