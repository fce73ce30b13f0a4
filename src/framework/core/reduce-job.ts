/** The core of a job's scheduler: a scheduler with a policy. What each event leads to. */
import { acknowledge } from './calls.js';
import type { Notice } from './events.js';
import type { JobEffect, JobEffects, JobInput } from './job-events.js';
import { JOB_TIMERS, type JobState } from './job-state.js';
import { awaitOffers, matchOffers, offersTimerFired, showDemand } from './match-offers.js';
import { endJob, failureCame, resultRefused, resultTaken, statusCame } from './outcomes.js';
import { stepScheduler } from './reduce-scheduler.js';
import { stragglerTimerFired, watchStragglers } from './stragglers.js';

export function reduceJob(state: JobState, event: JobInput, effects: JobEffect[]): void {
  switch (event.type) {
    case 'ResultTaken':
      resultTaken(state, event.at, event.piece, event.runMs, effects);
      return;
    case 'ResultRefused':
      resultRefused(state, event.at, event.piece, event.reason, effects);
      return;
    case 'ProgressTold': {
      const attempt = state.attempts.get(event.taskId as never);
      if (attempt !== undefined) attempt.doneUnits = Math.max(attempt.doneUnits, event.doneUnits);
      return;
    }
    case 'JobStopped': {
      const { reason, byUser } = event;
      const failed = { type: 'failed', unavailable: false, reasons: [reason] } as const;
      endJob(state, byUser ? { type: 'cancelled', reason } : failed, effects);
      return;
    }
    case 'MasterUnreachable':
      state.noMasterReason = event.reason;
      break;
    case 'Started':
      if (state.doneUnits >= state.config.work.units) {
        endJob(state, { type: 'finished' }, effects);
        return;
      }
      awaitMaster(event.at, state.config.masterTimeoutMs, effects);
      break;
    case 'TimerFired':
      timerFired(state, event.at, event.timer, effects);
      break;
    default:
  }
  for (const notice of stepScheduler(state.scheduler, event, effects)) noticed(state, event.at, notice, effects);
}

function noticed(state: JobState, atMs: number, notice: Notice, effects: JobEffects): void {
  switch (notice.type) {
    case 'SUBSCRIBED':
      effects.push({ type: 'ClearTimer', timer: JOB_TIMERS.master });
      showDemand(state, atMs, effects);
      awaitOffers(state, atMs, effects);
      break;
    case 'DISCONNECTED':
      state.noMasterReason = notice.reason;
      awaitMaster(atMs, state.config.reconnectTimeoutMs, effects);
      break;
    case 'OFFERS':
      matchOffers(state, atMs, notice.offers, effects);
      watchStragglers(state, atMs, effects);
      break;
    case 'UPDATE':
      statusCame(state, atMs, notice.status, effects);
      acknowledge(state.scheduler, atMs, notice.status, effects);
      break;
    case 'FAILURE':
      failureCame(state, notice.agentId, notice.executorId);
      break;
    case 'ERROR':
      endJob(state, { type: 'failed', unavailable: false, reasons: [`the master: ${notice.message}`] }, effects);
      break;
    default:
  }
}

/** The job fails if it is not subscribed within this time. */
function awaitMaster(atMs: number, waitMs: number, effects: JobEffects): void {
  effects.push({ type: 'SetTimer', timer: JOB_TIMERS.master, atMs: atMs + waitMs });
}

function timerFired(state: JobState, atMs: number, timer: string, effects: JobEffects): void {
  if (timer === JOB_TIMERS.stragglers) stragglerTimerFired(state, atMs, effects);
  if (timer === JOB_TIMERS.offers) offersTimerFired(state, atMs, effects);
  if (timer !== JOB_TIMERS.master || state.scheduler.phase === 'SUBSCRIBED') return;
  const { masters } = state.config.scheduler;
  const where = masters.length === 0 ? 'no master leads' : `no master at ${masters.join(', ')}`;
  const reasons = [`${where}: ${state.noMasterReason}`];
  endJob(state, { type: 'failed', unavailable: true, reasons }, effects);
}
