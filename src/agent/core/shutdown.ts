/** Ending executors, frameworks and the agent gracefully: asked first, destroyed when the grace period is over. */
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentEvent, Effects } from './events.js';
import { exitIfDone, removeExecutor, removeFrameworkIfIdle } from './removal.js';
import { addExecutorDeadline, dropMessage, log, sendToExecutor, sendToMaster } from './send.js';
import { type AgentState, endsWithAgent, type Executor, type Framework } from './state.js';
import { dropStreams, pauseStreams } from './status-updates.js';

/** Asks an executor (REGISTERING or RUNNING) to end; after the grace period it is destroyed. */
export function shutdownExecutor(state: AgentState, atMs: number, executor: Executor, effects: Effects): void {
  log(effects, 'info', 'shutting down an executor', { frameworkId: executor.framework.id, executorId: executor.id });
  executor.state = 'TERMINATING';
  sendToExecutor(executor, { type: 'EXECUTOR_SHUTDOWN' }, effects);
  const graceMs = executor.info.shutdownGracePeriodMs ?? state.config.executorShutdownGracePeriodMs;
  addExecutorDeadline(state, executor, 'SHUTDOWN', atMs + Math.max(0, graceMs), effects);
}

export function shutdownExecutorAsked(
  state: AgentState,
  atMs: number,
  message: MessageOf<'SHUTDOWN_EXECUTOR'>,
  effects: Effects,
): void {
  const { frameworkId, executorId } = message;
  const framework = state.frameworks.get(frameworkId);
  const executor = framework?.executors.get(executorId);
  const awake = state.phase === 'RUNNING' || state.phase === 'TERMINATING';
  if (awake && framework?.terminating === false && executor !== undefined) {
    if (executor.state === 'REGISTERING' || executor.state === 'RUNNING') {
      shutdownExecutor(state, atMs, executor, effects);
      return;
    }
  }
  const { phase } = state;
  dropMessage(state, effects, 'ignoring the shutdown of an executor', { frameworkId, executorId, phase });
}

/** Ends all executors of a framework; no more updates, since nobody would acknowledge them. */
export function shutdownFramework(state: AgentState, atMs: number, framework: Framework, effects: Effects): void {
  if (framework.terminating) return;
  log(effects, 'info', 'shutting down a framework', { frameworkId: framework.id });
  framework.terminating = true;
  dropStreams(state.streams, framework.id);
  for (const executor of [...framework.executors.values()]) {
    if (executor.state === 'TERMINATED') removeExecutor(state, executor, effects);
    else if (executor.state !== 'TERMINATING') shutdownExecutor(state, atMs, executor, effects);
  }
  removeFrameworkIfIdle(state, framework, effects);
}

export function shutdownFrameworkAsked(
  state: AgentState,
  atMs: number,
  message: MessageOf<'SHUTDOWN_FRAMEWORK'>,
  effects: Effects,
): void {
  const { frameworkId } = message;
  if (state.phase === 'RECOVERING' || state.phase === 'DISCONNECTED') {
    dropMessage(state, effects, 'ignoring the shutdown of a framework', { frameworkId, phase: state.phase });
    return;
  }
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) dropStreams(state.streams, frameworkId);
  else shutdownFramework(state, atMs, framework, effects);
}

/** The master wants the agent to end. */
export function shutdownAsked(
  state: AgentState,
  atMs: number,
  message: MessageOf<'SHUTDOWN_AGENT'>,
  effects: Effects,
): void {
  shutdownAgent(state, atMs, `asked by the master: ${message.message}`, true, effects);
}

/** Someone on the machine wants the agent to end. */
export function shutdownRequested(
  state: AgentState,
  event: Extract<AgentEvent, { type: 'ShutdownRequested' }>,
  effects: Effects,
): void {
  const { id } = state.info;
  const leaves = event.unregister && id !== undefined && state.phase !== 'TERMINATING';
  if (leaves) sendToMaster(state, { type: 'UNREGISTER_AGENT', agentId: id }, effects);
  const reason = event.unregister ? 'unregistering and shutting down' : 'shutting down';
  shutdownAgent(state, event.at, reason, event.unregister, effects, event.keepExecutors === true);
}

function shutdownAgent(
  state: AgentState,
  atMs: number,
  reason: string,
  forGood: boolean,
  effects: Effects,
  keepsExecutors = false,
): void {
  if (state.phase === 'TERMINATING') return;
  log(effects, 'info', 'the agent is terminating', { reason });
  state.phase = 'TERMINATING';
  state.exitReason = reason;
  state.leavesForGood = forGood;
  state.keepsExecutors = keepsExecutors && !forGood;
  pauseStreams(state.streams);
  for (const framework of [...state.frameworks.values()]) {
    if (endsWithAgent(state, framework)) shutdownFramework(state, atMs, framework, effects);
  }
  exitIfDone(state, effects);
}
