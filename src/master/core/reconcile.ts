/**
 * RECONCILE: the newest state of tasks, from what the master knows. Answers are statuses of the master, without uuid.
 * A task that may be on an agent which is not back yet (recovered from the registry, or disconnected), or of which the
 * registry is just being told something, gets no answer: nobody knows.
 */
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentId, TaskId } from '../../protocol/schema.js';
import type { MasterEffect } from './events.js';
import { toFramework } from './send.js';
import type { Framework, MasterState, Task } from './state.js';
import { lossState, masterStatus, shownState, type StatusDetail } from './statuses.js';

const REASON = 'REASON_RECONCILIATION';

export function reconcile(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'RECONCILE'>,
  effects: MasterEffect[],
): void {
  state.counters.plain.messages_reconcile_tasks++;
  const wanted = call.tasks ?? [];
  const details =
    wanted.length === 0
      ? [...framework.tasks.values()].map(latestOf)
      : wanted.map(({ taskId, agentId }) => answerFor(state, framework, taskId, agentId));
  for (const detail of details) {
    if (detail !== null) toFramework(framework, { type: 'UPDATE', status: masterStatus(state, detail) }, effects);
  }
}

function latestOf(task: Task): StatusDetail {
  return {
    taskId: task.id,
    state: shownState(task),
    reason: REASON,
    message: 'Reconciliation: Latest task state',
    agentId: task.agentId,
    executorId: task.executorId,
    latest: task.statuses.at(-1),
  };
}

/** The answer for one task; null if there is none. */
function answerFor(
  state: MasterState,
  framework: Framework,
  taskId: TaskId,
  givenAgentId: AgentId | undefined,
): StatusDetail | null {
  const task = framework.tasks.get(taskId);
  if (task !== undefined) return latestOf(task);
  const agentId = givenAgentId ?? framework.unreachableTasks.get(taskId)?.agentId;
  const answer = { taskId, agentId, reason: REASON } as const;
  if (isInTransition(state, agentId)) return null;
  if (agentId === undefined) {
    // Nobody has heard of it.
  } else if (state.agents.has(agentId)) {
    const message = 'Reconciliation: Task is unknown to the agent';
    return { ...answer, state: lossState(framework, 'TASK_GONE'), message };
  } else if (state.goneAgents.has(agentId)) {
    return { ...answer, state: lossState(framework, 'TASK_GONE_BY_OPERATOR'), message: 'Reconciliation: Task is gone' };
  } else if (state.unreachableAgents.has(agentId)) {
    const unreachableTimeMs = state.unreachableAgents.get(agentId);
    const message = 'Reconciliation: Task is unreachable';
    return { ...answer, state: lossState(framework, 'TASK_UNREACHABLE'), message, unreachableTimeMs };
  }
  return { ...answer, state: lossState(framework, 'TASK_UNKNOWN'), message: 'Reconciliation: Task is unknown' };
}

/** Whether it is not settled what an agent is; of no agent in particular: any of them. */
function isInTransition(state: MasterState, id: AgentId | undefined): boolean {
  const { recoveredAgents, reregistering, removing, markingUnreachable, markingGone } = state;
  const changing = [recoveredAgents, reregistering, removing, markingUnreachable, markingGone];
  if (id === undefined) return changing.some((agents) => agents.size > 0);
  return changing.some((agents) => agents.has(id)) || state.agents.get(id)?.link === null;
}
