/** KILL: forwarded to the agent, remembered for the case that the agent is not there. */
import type { MessageOf } from '../../protocol/messages.js';
import type { MasterEffect } from './events.js';
import { reconcile } from './reconcile.js';
import { toAgent, warn } from './send.js';
import type { Framework, MasterState, Task } from './state.js';

export function kill(state: MasterState, framework: Framework, call: MessageOf<'KILL'>, effects: MasterEffect[]): void {
  state.counters.plain.messages_kill_task++;
  const { taskId, agentId, killPolicy } = call;
  const task = framework.tasks.get(taskId);
  if (task === undefined) {
    // What has become of it is told as in a reconciliation.
    const wanted = agentId === undefined ? { taskId } : { taskId, agentId };
    reconcile(state, framework, { type: 'RECONCILE', tasks: [wanted] }, effects);
    return;
  }
  if (agentId !== undefined && agentId !== task.agentId) {
    warn(effects, 'cannot kill task: it belongs to another agent', { task: taskId, agent: agentId });
    return;
  }
  task.kill = { policy: killPolicy };
  sendKill(task, effects);
}

/** Tells the agent of a task that was killed, if the agent is there. */
export function sendKill(task: Task, effects: MasterEffect[]): void {
  const { agent, framework, kill: wanted } = task;
  if (agent === null || wanted === null) return;
  const { policy } = wanted;
  const message = { type: 'KILL_TASK', frameworkId: framework.id, taskId: task.id } as const;
  toAgent(agent, policy === undefined ? message : { ...message, killPolicy: policy }, effects);
}
