/**
 * Updates go from their streams to the master, with what the agent knows of the task by then: the master frees the
 * resources of a task at its latest state, not at the state that is being delivered. One timer serves all streams.
 */
import type { StatusUpdate } from '../../protocol/task.js';
import { checkpointUpdate, taskPath } from './checkpoint.js';
import type { Effects } from './events.js';
import { log, sendToMaster } from './send.js';
import { type AgentState, type Task, TIMERS } from './state.js';
import { dueUpdates, findStream, nextDueMs, nextUpdate, storeUpdate, type UpdateStream } from './status-updates.js';

/**
 * Stores an update in its stream and forwards it if it is the first there. `task` is what it is of; an update of a task
 * that is not here is not checkpointed: the master asks for such a task again.
 */
export function storeAndForward(
  state: AgentState,
  atMs: number,
  update: StatusUpdate,
  task: Task | undefined,
  effects: Effects,
): void {
  const run = task?.executor.path ?? null;
  const stream = storeUpdate(state.streams, update, run === null ? null : taskPath(run, update.status.taskId));
  checkpointUpdate(stream, effects);
  forwardNext(state, atMs, stream, effects);
}

/** Sends the first update of a stream if none of it is in flight. */
export function forwardNext(state: AgentState, atMs: number, stream: UpdateStream, effects: Effects): void {
  const next = nextUpdate(state.streams, stream, atMs);
  if (next !== null) forward(state, next, stream.dueMs, effects);
}

function forward(state: AgentState, update: StatusUpdate, dueMs: number, effects: Effects): void {
  const task = state.frameworks.get(update.frameworkId)?.tasks.get(update.status.taskId);
  let complete = update;
  if (task !== undefined) {
    task.forwarded = { state: update.status.state, uuid: update.uuid! };
    complete = { ...update, latestState: task.state };
  }
  sendToMaster(state, { type: 'STATUS_UPDATE', update: complete }, effects);
  armUpdates(state, dueMs, effects);
}

/** Forwards what `resumeStreams` or `dueUpdates` gave. */
export function forwardUpdates(
  state: AgentState,
  atMs: number,
  updates: readonly StatusUpdate[],
  effects: Effects,
): void {
  for (const update of updates) {
    const dueMs = findStream(state.streams, update.frameworkId, update.status.taskId)?.dueMs ?? atMs;
    forward(state, update, dueMs, effects);
  }
}

/** One timer for all streams; it is set anew only for something earlier. */
function armUpdates(state: AgentState, dueMs: number, effects: Effects): void {
  if (state.updatesTimerMs !== null && state.updatesTimerMs <= dueMs) return;
  state.updatesTimerMs = dueMs;
  effects.push({ type: 'SetTimer', timer: TIMERS.updates, atMs: dueMs });
}

export function updatesTimerFired(state: AgentState, atMs: number, effects: Effects): void {
  state.updatesTimerMs = null;
  const updates = dueUpdates(state.streams, atMs);
  if (updates.length > 0) log(effects, 'warn', 'resending status updates', { count: updates.length });
  forwardUpdates(state, atMs, updates, effects);
  const nextMs = nextDueMs(state.streams);
  if (nextMs !== Infinity) armUpdates(state, nextMs, effects);
}
