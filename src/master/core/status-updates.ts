/**
 * Statuses on their way from agents to frameworks, and the acknowledgements back. The master repeats nothing: agents
 * send a status until it is acknowledged. A task goes when its terminal status is.
 */
import type { MessageOf } from '../../protocol/messages.js';
import type { StatusUpdate, TaskStatus } from '../../protocol/task.js';
import { isTerminal } from '../../protocol/task.js';
import { drainedStatus } from './drained-status.js';
import type { MasterEffect } from './events.js';
import { toAgent, toFramework, warn } from './send.js';
import type { Agent, Framework, MasterState, Task } from './state.js';
import { removeTask, updateTask } from './tasks.js';

export const UUID_BYTES = 16;

type Words = readonly [number, number, number, number];

/** A uuid as four 32-bit words: kept instead of the bytes, which are a part of a whole frame. */
export function wordsOf(uuid: Uint8Array): Words {
  return [wordAt(uuid, 0), wordAt(uuid, 4), wordAt(uuid, 8), wordAt(uuid, 12)];
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function isSame(words: Words, uuid: Uint8Array): boolean {
  if (uuid.length !== UUID_BYTES) return false;
  for (let i = 0; i < 4; i++) if (words[i] !== wordAt(uuid, 4 * i)) return false;
  return true;
}

/** The status with what the update says besides; mostly it says nothing new. */
function statusOf(update: StatusUpdate, agent: Agent): TaskStatus {
  const { status, uuid, executorId, timestamp } = update;
  const isWhole =
    status.agentId !== undefined &&
    status.timestamp !== undefined &&
    (status.uuid !== undefined || uuid === undefined) &&
    (status.executorId !== undefined || executorId === undefined);
  if (isWhole) return status;
  return {
    ...status,
    agentId: status.agentId ?? agent.id,
    timestamp: status.timestamp ?? timestamp,
    ...(status.uuid !== undefined || uuid === undefined ? {} : { uuid }),
    ...(status.executorId !== undefined || executorId === undefined ? {} : { executorId }),
  };
}

/** The task of a framework on an agent. */
function taskOn(agent: Agent, framework: Framework | undefined, taskId: Task['id']): Task | undefined {
  const task = framework?.tasks.get(taskId);
  return task?.agent === agent ? task : undefined;
}

/** STATUS_UPDATE: on to the framework, if it is connected; the task moves on in any case. */
export function statusUpdate(
  state: MasterState,
  agent: Agent,
  call: MessageOf<'STATUS_UPDATE'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_status_update++;
  const { update } = call;
  let status = statusOf(update, agent);
  if (status.agentId !== agent.id || (status.uuid !== undefined && status.uuid.length !== UUID_BYTES)) {
    plain.invalid_status_updates++;
    const reason = 'it is of another agent, or its uuid is not valid';
    warn(effects, 'ignoring status update', { agent: agent.id, task: status.taskId, reason });
    return;
  }
  const framework = state.frameworks.get(update.frameworkId);
  const task = taskOn(agent, framework, status.taskId);
  if (task !== undefined && state.draining.size > 0) status = drainedStatus(state, agent, task, status);
  const isForwarded = framework !== undefined && framework.link !== null;
  if (task !== undefined && status.uuid !== undefined) {
    // Also if nobody is there to get it: a framework that comes back and asks is not told what is still to come.
    task.updateState = status.state;
    task.updateUuid = wordsOf(status.uuid);
  }
  if (isForwarded) toFramework(framework, { type: 'UPDATE', status }, effects);
  if (task !== undefined) updateTask(state, task, status, update.latestState);
  if (task !== undefined && isForwarded) plain.valid_status_updates++;
  else plain.invalid_status_updates++;
}

/** ACKNOWLEDGE: on to the agent; a task whose terminal status is acknowledged goes. */
export function acknowledge(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'ACKNOWLEDGE'>,
  effects: MasterEffect[],
): void {
  const { plain } = state.counters;
  plain.messages_status_update_acknowledgement++;
  const { agentId, taskId, uuid } = call;
  const agent = state.agents.get(agentId);
  if (agent === undefined || agent.link === null || uuid.length !== UUID_BYTES) {
    plain.invalid_status_update_acknowledgements++;
    return;
  }
  const task = taskOn(agent, framework, taskId);
  if (task !== undefined) {
    if (task.updateState === null || task.updateUuid === null) {
      // This master has not sent the update; the agent will send it again.
      plain.invalid_status_update_acknowledgements++;
      warn(effects, 'ignoring acknowledgement of an update not sent by this master', { task: taskId });
      return;
    }
    if (isTerminal(task.updateState) && isSame(task.updateUuid, uuid)) removeTask(state, task);
  }
  toAgent(agent, { type: 'STATUS_UPDATE_ACKNOWLEDGEMENT', frameworkId: framework.id, taskId, uuid }, effects);
  plain.valid_status_update_acknowledgements++;
}
