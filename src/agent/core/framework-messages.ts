/** Bytes between frameworks and their executors: passed on at once while both are there, never repeated. */
import type { MessageOf } from '../../protocol/messages.js';
import type { Effects } from './events.js';
import { log, sendToExecutor, sendToMaster } from './send.js';
import { agentIdOf, type AgentState, type Executor } from './state.js';

export function messageToExecutor(
  state: AgentState,
  message: MessageOf<'FRAMEWORK_TO_EXECUTOR'>,
  effects: Effects,
): void {
  const { frameworkId, executorId, data } = message;
  const framework = state.frameworks.get(frameworkId);
  const executor = framework?.executors.get(executorId);
  const awake = state.phase === 'RUNNING' && framework?.terminating === false;
  const runs = awake && executor?.state === 'RUNNING';
  if (runs && sendToExecutor(executor, { type: 'FRAMEWORK_MESSAGE', data }, effects)) {
    state.counters.validFrameworkMessages++;
    return;
  }
  state.counters.invalidFrameworkMessages++;
  const { phase } = state;
  log(effects, 'warn', 'dropping a message for an executor that is not running', { frameworkId, executorId, phase });
}

export function messageToFramework(state: AgentState, executor: Executor, data: Uint8Array, effects: Effects): void {
  const { framework, id: executorId } = executor;
  const call = {
    type: 'EXECUTOR_TO_FRAMEWORK',
    agentId: agentIdOf(state),
    frameworkId: framework.id,
    executorId,
    data,
  } as const;
  if (state.phase === 'RUNNING' && !framework.terminating && sendToMaster(state, call, effects)) {
    state.counters.validFrameworkMessages++;
    return;
  }
  state.counters.invalidFrameworkMessages++;
  const { phase } = state;
  log(effects, 'warn', 'dropping a message for a framework', { frameworkId: framework.id, executorId, phase });
}
