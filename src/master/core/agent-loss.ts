/**
 * Losing agents: those that do not answer become unreachable, those that leave are removed. Both are written to the
 * registry first; then their tasks end or become unreachable, and every framework hears of it.
 */
import type { AgentId } from '../../protocol/schema.js';
import { isTerminal, type Reason, type TaskState } from '../../protocol/task.js';
import { forgetAddress } from './addresses.js';
import { closeLink, reregisterTimer } from './agents.js';
import { agentRemoved } from './changes.js';
import type { MasterEffect } from './events.js';
import { removeExecutor } from './executors.js';
import { forgetOldest } from './history.js';
import { removeInverseOffer, rescindOffer } from './offers.js';
import { forgetAgentOperations, loseOperations } from './operation-feedback.js';
import { stopPings } from './pings.js';
import { collectLater } from './registry-gc.js';
import { info, toFramework, warn } from './send.js';
import type { Agent, MasterState, RemovalReason, Task } from './state.js';
import { lossState, masterStatus, shownState } from './statuses.js';
import { storeInRegistry } from './stores.js';
import { removeTask, updateTask } from './tasks.js';

/**
 * Starts the transition of an agent to unreachable; it takes place when the registry has it. False if there is nothing
 * to mark: the agent is not known any more, or something else is being done with it.
 */
export function markUnreachable(state: MasterState, id: AgentId, message: string, effects: MasterEffect[]): boolean {
  if (!state.agents.has(id) && !state.recoveredAgents.has(id)) return false;
  if (state.reregistering.has(id) || state.markingUnreachable.has(id) || state.removing.has(id)) return false;
  if (state.markingGone.has(id)) return false;
  state.markingUnreachable.add(id);
  const unreachableMs = state.nowMs;
  const operation = { type: 'MARK_AGENT_UNREACHABLE', agentId: id, unreachableTimeMs: unreachableMs } as const;
  storeInRegistry(state, operation, { type: 'unreachable', agentId: id, unreachableMs, message }, effects);
  warn(effects, 'marking agent unreachable', { agent: id, reason: message });
  return true;
}

/** The registry knows that an agent is unreachable: its tasks are, too. */
export function unreachableStored(
  state: MasterState,
  id: AgentId,
  unreachableMs: number,
  message: string,
  effects: MasterEffect[],
): void {
  state.markingUnreachable.delete(id);
  state.counters.plain.slave_removals++;
  state.counters.plain['slave_removals/reason_unhealthy']++;
  state.unreachableAgents.set(id, unreachableMs);
  collectLater(state, effects);
  const agent = state.agents.get(id);
  if (agent === undefined) {
    if (state.recoveredAgents.delete(id)) state.counters.plain.recovery_slave_removals++;
    agentLost(state, id, effects);
    return;
  }
  state.allocator.removeAgent(id);
  for (const task of [...agent.tasks]) {
    const lost = lossState(task.framework, 'TASK_UNREACHABLE');
    loseTask(state, task, lost, { message, unreachableTimeMs: unreachableMs, unreachable: true }, effects);
  }
  loseOperations(agent, 'OPERATION_UNREACHABLE', 'Agent was marked unreachable', effects);
  forgetAgent(state, agent, 'agent is unreachable', effects);
}

/** Starts the removal of an agent for good; it takes place when the registry has it. */
export function removeAgent(
  state: MasterState,
  agent: Agent,
  cause: string,
  reason: RemovalReason,
  effects: MasterEffect[],
): void {
  const { id } = agent;
  if (state.markingUnreachable.has(id) || state.removing.has(id) || state.markingGone.has(id)) return;
  state.removing.add(id);
  const continuation = { type: 'remove', agentId: id, cause, reason } as const;
  storeInRegistry(state, { type: 'REMOVE_AGENT', agentId: id }, continuation, effects);
  info(effects, 'removing agent', { agent: id, reason: cause });
}

/** The registry has forgotten an agent: its tasks are lost. */
export function removalStored(
  state: MasterState,
  id: AgentId,
  cause: string,
  reason: RemovalReason,
  effects: MasterEffect[],
): void {
  state.removing.delete(id);
  const agent = state.agents.get(id);
  if (agent === undefined) return;
  state.counters.plain.slave_removals++;
  if (reason !== null) state.counters.plain[reason]++;
  state.deactivatedAgents.delete(id);
  state.draining.delete(id);
  state.allocator.removeAgent(id);
  const message = `Agent ${agent.info.hostname} removed: ${cause}`;
  for (const task of [...agent.tasks]) loseTask(state, task, 'TASK_LOST', { message, unreachable: false }, effects);
  forgetAgent(state, agent, cause, effects);
}

export interface Loss {
  readonly message: string;
  readonly unreachableTimeMs?: number;
  /** Whether the task may come back. */
  readonly unreachable: boolean;
  readonly reason?: Reason;
}

/**
 * A task goes with its agent. One that had ended already ends as it did, though its framework may not have seen that
 * yet; but if the agent may come back and tell the statuses before the end, the end is left to it.
 */
export function loseTask(
  state: MasterState,
  task: Task,
  lost: TaskState,
  loss: Loss,
  effects: MasterEffect[],
): void {
  const { framework, id: taskId, agentId, executorId } = task;
  const hasEnded = isTerminal(task.state) && (!loss.unreachable || isTerminal(shownState(task)));
  const { message, unreachableTimeMs } = loss;
  const status = masterStatus(state, {
    taskId,
    state: hasEnded ? task.state : lost,
    reason: loss.reason ?? 'REASON_AGENT_REMOVED',
    message,
    agentId,
    executorId,
    ...(hasEnded ? {} : { unreachableTimeMs }),
  });
  updateTask(state, task, status);
  removeTask(state, task, loss.unreachable && !hasEnded);
  toFramework(framework, { type: 'UPDATE', status }, effects);
}

/** The end of an agent's record, after its tasks and its entry in the allocator. */
export function forgetAgent(state: MasterState, agent: Agent, reason: string, effects: MasterEffect[]): void {
  for (const executors of [...agent.executors.values()]) {
    for (const executor of [...executors.values()]) removeExecutor(state, executor);
  }
  forgetAgentOperations(agent);
  for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  for (const inverseOffer of [...agent.inverseOffers]) removeInverseOffer(state, inverseOffer, true, effects);
  state.agents.delete(agent.id);
  agentRemoved(state, agent);
  forgetAddress(state, agent);
  state.removedAgents.add(agent.id);
  forgetOldest(state.removedAgents, state.settings.maxRemovedAgents);
  stopPings(agent, effects);
  effects.push({ type: 'ClearTimer', timer: reregisterTimer(agent) });
  if (agent.link !== null) closeLink(state, agent.link, reason, effects);
  agent.link = null;
  agentLost(state, agent.id, effects);
}

/** Every connected framework hears of the loss of an agent, whether it had tasks there or not. */
export function agentLost(state: MasterState, agentId: AgentId, effects: MasterEffect[]): void {
  for (const framework of state.frameworks.values()) toFramework(framework, { type: 'FAILURE', agentId }, effects);
}
