/**
 * What operators decide about agents: no offers of an agent, or again; draining, which ends its tasks; gone for ever.
 * All of it is in the registry before it holds. An agent that is drained is told so, also each time it comes back, and
 * ends its tasks with the grace that the operator allows; for agents that cannot do that the master kills the tasks.
 * The agent is drained when none is left.
 */
import type { AgentInfo } from '../../protocol/framework.js';
import { machineOf } from '../../protocol/maintenance.js';
import type { AgentId } from '../../protocol/schema.js';
import { isTerminal, type KillPolicy } from '../../protocol/task.js';
import { agentLost, forgetAgent, loseTask } from './agent-loss.js';
import { deactivateAgent, ipOf } from './agents.js';
import type { MasterEffect } from './events.js';
import { sendKill } from './kill.js';
import { loseOperations } from './operation-feedback.js';
import { collectLater } from './registry-gc.js';
import { info, toAgent, toFramework } from './send.js';
import type { Agent, LinkRecord, MasterState, Task } from './state.js';
import { lossState, masterStatus } from './statuses.js';
import { storeInRegistry } from './stores.js';
import { updateTask } from './tasks.js';

const GONE = 'Agent has been marked gone';

/** Why an agent that registers is told to end: an operator has declared it gone, or its machine is down. */
export function comesTooLate(state: MasterState, link: LinkRecord, { id, hostname }: AgentInfo): string | null {
  if (id !== undefined && state.goneAgents.has(id)) return GONE;
  const machine = machineOf(state.maintenance, hostname, ipOf(link.remote));
  return machine?.mode === 'DOWN' ? 'Machine is `DOWN`' : null;
}

/** Whether an agent is registered, awaited, or unreachable. */
export function isKnownAgent(state: MasterState, id: AgentId): boolean {
  return state.agents.has(id) || state.recoveredAgents.has(id) || state.unreachableAgents.has(id);
}

/** No offers of an agent. */
export function deactivate(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  state.deactivatedAgents.add(id);
  const agent = state.agents.get(id);
  if (agent?.active === true) deactivateAgent(state, agent, effects);
}

/** Offers of an agent again; false if it has been removed meanwhile. */
export function reactivate(state: MasterState, id: AgentId): boolean {
  state.deactivatedAgents.delete(id);
  state.draining.delete(id);
  const agent = state.agents.get(id);
  if (agent === undefined) return false;
  if (agent.link !== null && !agent.active) {
    agent.active = true;
    state.allocator.activateAgent(id);
  }
  return true;
}

/** An agent that is drained ends its tasks; one that has been drained is told again, it may not have heard of it. */
export function resumeDraining(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  const draining = state.draining.get(agent.id);
  if (draining === undefined) return;
  const drains = agent.capabilities.has('AGENT_DRAINING');
  if (drains) toAgent(agent, { type: 'DRAIN', config: draining.info.config }, effects);
  if (draining.info.state !== 'DRAINING') return;
  draining.startedMs ??= state.nowMs;
  if (drains) return;
  for (const task of agent.tasks) {
    if (isTerminal(task.state)) continue;
    task.kill = { policy: policyOf(task, draining.info.config.maxGracePeriodMs) };
    sendKill(task, effects);
  }
}

/** The grace of a task, but no longer than an operator allows; absent: what its executor thinks right. */
function policyOf({ extras }: Task, maxGracePeriodMs: number | undefined): KillPolicy | undefined {
  const own = extras.killPolicy?.gracePeriodMs;
  if (maxGracePeriodMs === undefined) return extras.killPolicy;
  return { gracePeriodMs: own === undefined ? maxGracePeriodMs : Math.min(own, maxGracePeriodMs) };
}

/** Agents whose last task has gone are drained, and gone if that was wanted. */
export function finishDraining(state: MasterState, effects: MasterEffect[]): void {
  for (const [id, draining] of state.draining) {
    const agent = state.agents.get(id);
    if (agent === undefined || agent.tasks.size > 0 || draining.info.state !== 'DRAINING') continue;
    if (draining.storing || state.markingGone.has(id)) continue;
    draining.storing = true;
    if (draining.info.config.markGone === true) markGone(state, id, null, effects);
    else storeInRegistry(state, { type: 'MARK_AGENT_DRAINED', agentId: id }, { type: 'drained', agentId: id }, effects);
  }
}

export function drainedStored(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  const draining = state.draining.get(id);
  if (draining === undefined) return;
  const { info: before, startedMs } = draining;
  state.draining.set(id, { info: { ...before, state: 'DRAINED' }, startedMs, storing: false });
  info(effects, 'agent drained', { agent: id });
}

/** Starts the end of an agent by an operator's word; `request` is answered then, null: nobody has asked. */
export function markGone(state: MasterState, id: AgentId, request: number | null, effects: MasterEffect[]): void {
  state.markingGone.add(id);
  const goneMs = state.nowMs;
  const operation = { type: 'MARK_AGENT_GONE', agentId: id, goneTimeMs: goneMs } as const;
  storeInRegistry(state, operation, { type: 'gone', agentId: id, goneMs, request }, effects);
  info(effects, 'marking agent gone', { agent: id });
}

/** The registry knows that an agent is gone: its tasks are, too. */
export function goneStored(
  state: MasterState,
  id: AgentId,
  goneMs: number,
  request: number | null,
  effects: MasterEffect[],
): void {
  state.markingGone.delete(id);
  state.goneAgents.set(id, goneMs);
  collectLater(state, effects);
  state.deactivatedAgents.delete(id);
  state.draining.delete(id);
  state.recoveredAgents.delete(id);
  state.unreachableAgents.delete(id);
  const agent = state.agents.get(id);
  if (agent === undefined) endUnreachableTasks(state, id, effects);
  else endAgent(state, agent, effects);
  if (request !== null) effects.push({ type: 'AnswerOperator', request, status: 200 });
}

function endAgent(state: MasterState, agent: Agent, effects: MasterEffect[]): void {
  toAgent(agent, { type: 'SHUTDOWN_AGENT', message: GONE }, effects);
  state.counters.plain.slave_removals++;
  state.allocator.removeAgent(agent.id);
  for (const task of [...agent.tasks]) loseTask(state, task, ...lossOf(task), effects);
  loseOperations(agent, 'OPERATION_GONE_BY_OPERATOR', 'Agent has been marked gone', effects);
  forgetAgent(state, agent, GONE, effects);
}

function lossOf({ framework }: Task): [ReturnType<typeof lossState>, Parameters<typeof loseTask>[3]] {
  const isAware = framework.capabilities.has('PARTITION_AWARE');
  const reason = isAware ? 'REASON_AGENT_REMOVED_BY_OPERATOR' : 'REASON_AGENT_REMOVED';
  return [lossState(framework, 'TASK_GONE_BY_OPERATOR'), { message: GONE, unreachable: false, reason }];
}

function endUnreachableTasks(state: MasterState, id: AgentId, effects: MasterEffect[]): void {
  for (const framework of state.frameworks.values()) {
    for (const task of [...framework.unreachableTasks.values()]) {
      if (task.agentId !== id) continue;
      const [lost, { message, reason }] = lossOf(task);
      const { id: taskId, executorId } = task;
      const detail = { taskId, state: lost, message, reason: reason!, agentId: id, executorId };
      const status = masterStatus(state, detail);
      updateTask(state, task, status);
      framework.unreachableTasks.delete(taskId);
      framework.completedTasks.add(task);
      toFramework(framework, { type: 'UPDATE', status }, effects);
    }
  }
  agentLost(state, id, effects);
}
