/**
 * Stragglers: when everything is launched and a piece takes far longer than its size explains, a double of it is
 * started on another agent, and the first result counts. One double for a piece, and only where another agent is known.
 */
import type { JobEffects } from './job-events.js';
import { JOB_TIMERS, type JobState, type Piece, setLate } from './job-state.js';
import { showDemand } from './match-offers.js';
import { speedOf } from './work-line.js';

/** A piece is late when it takes this many times as long as expected, and this long beyond. */
const LATE_FACTOR = 3;
const LATE_MS = 1000;

/** Sets the timer that looks for late pieces, if there is nothing else to launch. */
export function watchStragglers(state: JobState, atMs: number, effects: JobEffects): void {
  if (state.ended || state.line.freshUnits > 0 || state.waiting.length > 0 || state.agents.size < 2) return;
  effects.push({ type: 'SetTimer', timer: JOB_TIMERS.stragglers, atMs: atMs + LATE_MS });
}

export function stragglerTimerFired(state: JobState, atMs: number, effects: JobEffects): void {
  if (state.ended || state.line.freshUnits > 0 || state.waiting.length > 0) return;
  for (const piece of state.pieces.values()) if (isLate(state, piece, atMs)) setLate(state, piece, 'wanted');
  showDemand(state, atMs, effects);
  watchStragglers(state, atMs, effects);
}

function isLate(state: JobState, piece: Piece, atMs: number): boolean {
  const speed = speedOf(state.line);
  if (piece.state !== 'running' || piece.late !== 'no' || speed === null || state.line.measuredMs === 0) return false;
  const expectedMs = (piece.to - piece.from) / speed;
  for (const taskId of piece.attempts) {
    const attempt = state.attempts.get(taskId);
    if (attempt !== undefined && atMs - attempt.launchedMs < LATE_FACTOR * expectedMs + LATE_MS) return false;
  }
  return true;
}
