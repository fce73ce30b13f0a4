/**
 * Executors: their resources are counted once, with the first task that brings them, until they exit. Also what
 * frameworks and executors say to each other through the master.
 */
import type { MessageOf } from '../../protocol/messages.js';
import type { ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { MasterEffect } from './events.js';
import { reoffer, toAgent, toFramework, warn } from './send.js';
import type { Agent, Executor, Framework, MasterState } from './state.js';
import { addSums } from './sums.js';

export function executorOf(agent: Agent, frameworkId: FrameworkId, executorId: ExecutorId): Executor | undefined {
  return agent.executors.get(frameworkId)?.get(executorId);
}

/** Enters an executor at both ends. */
export function addExecutor(state: MasterState, executor: Executor): Executor {
  const { framework, agent, info } = executor;
  let ofFramework = agent.executors.get(framework.id);
  if (ofFramework === undefined) agent.executors.set(framework.id, (ofFramework = new Map<ExecutorId, Executor>()));
  ofFramework.set(info.executorId, executor);
  framework.executors.add(executor);
  addSums(state.counters.used, executor.resources, 1);
  return executor;
}

/** Removes an executor; its own resources are free. Its tasks are another matter: each gets a status of its own. */
export function removeExecutor(state: MasterState, executor: Executor): void {
  const { framework, agent, role, resources, info } = executor;
  state.allocator.recoverResources(framework.id, agent.id, role, resources);
  reoffer(state);
  if (framework.executors.delete(executor)) addSums(state.counters.used, resources, -1);
  const ofFramework = agent.executors.get(framework.id);
  ofFramework?.delete(info.executorId);
  if (ofFramework?.size === 0) agent.executors.delete(framework.id);
}

/** EXITED_EXECUTOR: the framework learns of it by FAILURE; the agent sends a status for each of its tasks. */
export function exitedExecutor(
  state: MasterState,
  agent: Agent,
  call: MessageOf<'EXITED_EXECUTOR'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_exited_executor++;
  const { frameworkId, executorId, status } = call;
  const executor = executorOf(agent, frameworkId, executorId);
  if (executor === undefined) {
    const fields = { agent: agent.id, framework: frameworkId, executor: executorId };
    warn(effects, 'ignoring exit of unknown executor', fields);
    return;
  }
  removeExecutor(state, executor);
  toFramework(executor.framework, { type: 'FAILURE', agentId: agent.id, executorId, status }, effects);
}

/** SHUTDOWN: a framework wants an executor ended. */
export function shutdownExecutor(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'SHUTDOWN'>,
  effects: MasterEffect[],
): void {
  const agent = state.agents.get(call.agentId);
  if (agent === undefined) {
    warn(effects, 'cannot shut down executor of unknown agent', { agent: call.agentId, executor: call.executorId });
    return;
  }
  toAgent(agent, { type: 'SHUTDOWN_EXECUTOR', frameworkId: framework.id, executorId: call.executorId }, effects);
}

/** MESSAGE: bytes from a framework for an executor; lost if the agent is not there. */
export function messageToExecutor(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'MESSAGE'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_framework_to_executor++;
  const agent = state.agents.get(call.agentId);
  if (agent === undefined || agent.link === null) {
    plain.invalid_framework_to_executor_messages++;
    return;
  }
  const { executorId, data } = call;
  toAgent(agent, { type: 'FRAMEWORK_TO_EXECUTOR', frameworkId: framework.id, executorId, data }, effects);
  plain.valid_framework_to_executor_messages++;
}

/** EXECUTOR_TO_FRAMEWORK: bytes from an executor; lost if the framework is not there. */
export function messageToFramework(
  state: MasterState,
  agent: Agent,
  call: MessageOf<'EXECUTOR_TO_FRAMEWORK'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_executor_to_framework++;
  const framework = state.frameworks.get(call.frameworkId);
  if (framework === undefined || framework.link === null) {
    plain.invalid_executor_to_framework_messages++;
    return;
  }
  const { executorId, data } = call;
  toFramework(framework, { type: 'EXECUTOR_MESSAGE', agentId: agent.id, executorId, data }, effects);
  plain.valid_executor_to_framework_messages++;
}
