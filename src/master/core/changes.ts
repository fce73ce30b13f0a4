/**
 * What operators who watch are told: made at the moment of the change, given out at the end of the event. While nobody
 * watches this costs one comparison.
 */
import type { OperatorEvent } from '../../protocol/operator.js';
import type { TaskStatus } from '../../protocol/task.js';
import { describeAgent, describeFramework, describeTask } from './describe.js';
import type { MasterEffect } from './events.js';
import type { Agent, Framework, MasterState, Task } from './state.js';

export function taskAdded({ changes }: MasterState, task: Task): void {
  changes?.push({ type: 'TASK_ADDED', body: { task: describeTask(task) } });
}

export function taskUpdated({ changes }: MasterState, task: Task, status: TaskStatus): void {
  changes?.push({ type: 'TASK_UPDATED', body: { frameworkId: task.framework.id, status, state: task.state } });
}

export function frameworkAdded({ changes }: MasterState, framework: Framework): void {
  changes?.push({ type: 'FRAMEWORK_ADDED', body: { framework: describeFramework(framework) } });
}

export function frameworkUpdated({ changes }: MasterState, framework: Framework): void {
  changes?.push({ type: 'FRAMEWORK_UPDATED', body: { framework: describeFramework(framework) } });
}

export function frameworkRemoved({ changes }: MasterState, framework: Framework): void {
  changes?.push({ type: 'FRAMEWORK_REMOVED', body: { frameworkInfo: framework.info } });
}

export function agentAdded(state: MasterState, agent: Agent): void {
  state.changes?.push({ type: 'AGENT_ADDED', body: { agent: describeAgent(state, agent) } });
}

export function agentRemoved({ changes }: MasterState, agent: Agent): void {
  changes?.push({ type: 'AGENT_REMOVED', body: { agentId: agent.id } });
}

/** Gives out what has been noted. */
export function publish(state: MasterState, effects: MasterEffect[]): void {
  const { changes } = state;
  if (changes === null || changes.length === 0) return;
  const events: OperatorEvent[] = changes.splice(0);
  for (const event of events) effects.push({ type: 'Publish', event });
}
