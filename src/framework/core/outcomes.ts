/**
 * What becomes of the tasks of a job. A finished task's result is taken, once for each piece; a piece whose task failed
 * or was lost waits to be launched again elsewhere, up to a bound; then the job fails and says why.
 */
import type { AgentId, ExecutorId } from '../../protocol/schema.js';
import type { TaskState, TaskStatus } from '../../protocol/task.js';
import { isTerminal } from '../../protocol/task.js';
import { call, stop } from './calls.js';
import type { JobEffects, JobEnd } from './job-events.js';
import { agentOf, type Attempt, type JobState, type Piece, setLate } from './job-state.js';
import { awaitOffers, showDemand } from './match-offers.js';
import { watchStragglers } from './stragglers.js';
import { measure } from './work-line.js';

/** Tasks that fail in a row on one agent, whichever they are, before it is left alone for a while. */
const FAILURES_IN_ROW = 3;
const AVOID_MS = 30_000;
/** Start times that are kept, for percentiles. */
const START_TIMES_KEPT = 1024;

/** How a state counts: against the piece, against the agent's luck, or not at all. */
const ENDS: Partial<Record<TaskState, 'finished' | 'failed' | 'lost' | 'unreachable'>> = {
  TASK_FINISHED: 'finished',
  TASK_FAILED: 'failed',
  TASK_ERROR: 'failed',
  TASK_KILLED: 'lost',
  TASK_LOST: 'lost',
  TASK_DROPPED: 'lost',
  TASK_GONE: 'lost',
  TASK_GONE_BY_OPERATOR: 'lost',
  TASK_UNKNOWN: 'lost',
  TASK_UNREACHABLE: 'unreachable',
};

/** Reasons for which a failed task is not to blame: its executor or agent went away, or it never started. */
const BLAMELESS: ReadonlySet<string> = new Set([
  'REASON_EXECUTOR_TERMINATED',
  'REASON_EXECUTOR_UNREGISTERED',
  'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
  'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
  'REASON_CONTAINER_LAUNCH_FAILED',
  'REASON_AGENT_REMOVED',
  'REASON_AGENT_RESTARTED',
  'REASON_AGENT_UNKNOWN',
  'REASON_AGENT_DISCONNECTED',
]);

export function statusCame(state: JobState, atMs: number, status: TaskStatus, effects: JobEffects): void {
  const attempt = state.attempts.get(status.taskId);
  if (attempt === undefined) {
    killLeftover(state, atMs, status, effects);
    return;
  }
  const end = ENDS[status.state];
  if (end === undefined) {
    if (status.state === 'TASK_RUNNING') {
      noteStart(state, attempt, atMs);
    }
    attempt.unreachable = false;
  } else if (end === 'finished') finished(state, attempt, status, effects);
  else if (end === 'unreachable') {
    attempt.unreachable = true;
    launchAgain(state, atMs, attempt.piece, attempt.agentId);
  } else ended(state, atMs, attempt, end, status, effects);
  showDemand(state, atMs, effects);
  if (end !== undefined) awaitOffers(state, atMs, effects);
}

/** A task has been told to run, maybe again. */
function noteStart(state: JobState, attempt: Attempt, atMs: number): void {
  const agent = agentOf(state, attempt.agentId);
  if (attempt.runningMs === null && agent.hasExecutor) {
    if (state.startTimesMs.length === START_TIMES_KEPT) state.startTimesMs.shift();
    state.startTimesMs.push(atMs - attempt.launchedMs);
  }
  attempt.runningMs ??= atMs;
  state.firstRunningMs ??= atMs;
  agent.hasExecutor = true;
}

/** A task that nobody here waits for, of a run before or of a piece that is done: it need not go on. */
function killLeftover(state: JobState, atMs: number, status: TaskStatus, effects: JobEffects): void {
  const { taskId, agentId } = status;
  if (isTerminal(status.state) || status.state === 'TASK_UNREACHABLE' || status.state === 'TASK_UNKNOWN') return;
  if (status.state === 'TASK_KILLING') return;
  call(state.scheduler, atMs, { type: 'KILL', taskId, ...(agentId === undefined ? {} : { agentId }) }, effects);
}

function finished(state: JobState, attempt: Attempt, status: TaskStatus, effects: JobEffects): void {
  const { piece, taskId, agentId } = attempt;
  // What reconciliation says comes without data; the executor's own status is repeated until it is acknowledged.
  if (status.data === undefined && status.reason === 'REASON_RECONCILIATION') return;
  agentOf(state, agentId).failuresInRow = 0;
  if (piece.state === 'merging') {
    drop(state, attempt);
    return;
  }
  leaveQueue(state, piece);
  piece.state = 'merging';
  const data = status.data ?? new Uint8Array(0);
  effects.push({ type: 'TakeResult', piece: piece.id, taskId, agentId, from: piece.from, to: piece.to, data });
}

function ended(
  state: JobState,
  atMs: number,
  attempt: Attempt,
  end: 'failed' | 'lost',
  status: TaskStatus,
  effects: JobEffects,
): void {
  const { piece, agentId } = attempt;
  drop(state, attempt);
  const { message = '', reason = '' } = status;
  const said = `task ${attempt.taskId} on ${agentId}: ${[status.state, reason, message].filter(Boolean).join(', ')}`;
  if (status.reason === 'REASON_INVALID_OFFERS') {
    // The offer was taken back before the answer arrived: nobody's fault, and nothing was started.
    launchAgain(state, atMs, piece, null);
    return;
  }
  const lost = end === 'lost' || BLAMELESS.has(reason);
  if (lost) {
    piece.losses++;
    state.lostTasks++;
  } else {
    piece.failures++;
    state.failedTasks++;
  }
  piece.reasons.push(said);
  effects.push({ type: 'Log', level: 'warn', text: said });
  const agent = agentOf(state, agentId);
  if (++agent.failuresInRow >= FAILURES_IN_ROW) agent.avoidUntilMs = atMs + AVOID_MS;
  const { maxFailures, maxLosses } = state.config;
  if (piece.state !== 'merging' && (piece.failures >= maxFailures || piece.losses >= maxLosses)) {
    endJob(state, { type: 'failed', unavailable: false, reasons: piece.reasons }, effects);
    return;
  }
  launchAgain(state, atMs, piece, agentId);
}

/** Puts a piece back into the queue, unless another attempt of it goes on or its result is being taken. */
function launchAgain(state: JobState, atMs: number, piece: Piece, avoid: AgentId | null): void {
  if (avoid !== null) piece.avoid.add(avoid);
  if (piece.state !== 'running') return;
  for (const taskId of piece.attempts) if (state.attempts.get(taskId)?.unreachable === false) return;
  piece.state = 'waiting';
  piece.waitingMs = atMs;
  setLate(state, piece, 'no');
  state.waiting.push(piece);
}

function leaveQueue(state: JobState, piece: Piece): void {
  if (piece.state !== 'waiting') return;
  const at = state.waiting.indexOf(piece);
  if (at >= 0) state.waiting.splice(at, 1);
}

function drop(state: JobState, attempt: Attempt): void {
  state.attempts.delete(attempt.taskId);
  attempt.piece.attempts.delete(attempt.taskId);
}

/** The part of a piece is merged: what else runs for it is not needed. */
export function resultTaken(state: JobState, atMs: number, id: number, runMs: number, effects: JobEffects): void {
  const piece = state.pieces.get(id);
  if (piece === undefined || state.ended) return;
  state.pieces.delete(id);
  setLate(state, piece, 'no');
  for (const taskId of piece.attempts) {
    const attempt = state.attempts.get(taskId);
    state.attempts.delete(taskId);
    if (attempt === undefined || !state.scheduler.tasks.has(taskId)) continue;
    call(state.scheduler, atMs, { type: 'KILL', taskId, agentId: attempt.agentId }, effects);
  }
  state.doneUnits += piece.to - piece.from;
  state.finishedTasks++;
  state.lastResultMs = atMs;
  measure(state.line, piece.to - piece.from, runMs);
  if (state.doneUnits >= state.config.work.units) endJob(state, { type: 'finished' }, effects);
  else watchStragglers(state, atMs, effects);
}

/** What a task gave was of no use: as if it had failed. */
export function resultRefused(state: JobState, atMs: number, id: number, reason: string, effects: JobEffects): void {
  const piece = state.pieces.get(id);
  if (piece === undefined || state.ended) return;
  piece.state = 'running';
  piece.failures++;
  state.failedTasks++;
  piece.reasons.push(reason);
  effects.push({ type: 'Log', level: 'warn', text: `a result was refused: ${reason}` });
  for (const taskId of piece.attempts) {
    const attempt = state.attempts.get(taskId);
    if (attempt === undefined || state.scheduler.tasks.has(taskId)) continue; // it still runs
    drop(state, attempt);
    piece.avoid.add(attempt.agentId);
  }
  if (piece.failures >= state.config.maxFailures) {
    endJob(state, { type: 'failed', unavailable: false, reasons: piece.reasons }, effects);
    return;
  }
  launchAgain(state, atMs, piece, null);
  showDemand(state, atMs, effects);
}

/** An executor ended, or an agent was lost; its tasks have statuses of their own. */
export function failureCame(
  state: JobState,
  agentId: AgentId | undefined,
  executorId: ExecutorId | undefined,
): void {
  if (agentId === undefined) return;
  if (executorId === undefined) state.agents.delete(agentId);
  else if (executorId === state.config.executor.executorId) agentOf(state, agentId).hasExecutor = false;
}

/** Ends the job: tells how, and tears the framework down. */
export function endJob(state: JobState, end: JobEnd, effects: JobEffects): void {
  if (state.ended) return;
  state.ended = true;
  effects.push({ type: 'JobEnded', end });
  stop(state.scheduler, false, null, effects);
}
