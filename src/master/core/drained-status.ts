/** How tasks that end because their agent is drained are told. */
import type { TaskStatus } from '../../protocol/task.js';
import type { Agent, MasterState, Task } from './state.js';

/** What a framework is told of a task that was killed because its agent is drained. */
export function drainedStatus(state: MasterState, agent: Agent, task: Task, status: TaskStatus): TaskStatus {
  const draining = state.draining.get(agent.id);
  if (draining === undefined || status.state !== 'TASK_KILLED') return status;
  const isGone = draining.info.config.markGone === true && task.framework.capabilities.has('PARTITION_AWARE');
  return { ...status, ...(isGone ? { state: 'TASK_GONE_BY_OPERATOR' } : {}), reason: 'REASON_AGENT_DRAINING' };
}
