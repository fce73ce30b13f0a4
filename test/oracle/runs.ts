/**
 * When runs take place: on request of events, at the batch timer, not while paused.
 */
import { checkQuota, refuse } from './checks.js';
import { allocationCycle } from './cycle.js';
import { inverseOffers } from './inverse-offers.js';
import type { OracleState } from './state.js';
import type { Quota, RunResult } from './types.js';

/**
 * The run that events asked for, then all timers that are due, by deadline and creation; one of them is the batch.
 */
export function runDue(state: OracleState, sent: RunResult): void {
  if (state.runPending) {
    const some = state.candidates.size < state.agents.size;
    if (!state.paused) state.note(some ? 'event run over some agents' : 'event run');
    runNow(state, sent);
  }
  state.timers.fireDue();
}

/** The batch now instead of when it is due, with all timers that are due. What events asked for is part of it. */
export function runAll(state: OracleState): void {
  state.runPending = false;
  state.timers.makeDue('batch');
  state.timers.fireDue();
}

/** The batch: when it is over, the next one is an interval away from the time it is then. */
export function armBatch(state: OracleState, sent: RunResult): void {
  state.timers.create('batch', state.settings.allocationIntervalMs, () => {
    if (!state.paused) state.note('batch run');
    state.trigger(state.agents.keys());
    if (state.runPending) runNow(state, sent);
    armBatch(state, sent);
  });
}

/** While the allocator is paused the run is lost, but the agents that it was about stay candidates. */
function runNow(state: OracleState, sent: RunResult): void {
  state.runPending = false;
  if (state.paused) {
    state.note('run lost to a pause');
    if (state.candidates.size > 0) state.note('candidates kept through a pause');
    return;
  }
  state.runs++;
  sent.offers.push(...allocationCycle(state));
  sent.inverseOffers.push(...inverseOffers(state));
  state.candidates.clear();
}

/** When there is something to do. Filters against inverse offers end unseen: they matter in runs only. */
export function nextDeadlineMs(state: OracleState): number {
  if (state.paused) return state.timers.nextDeadlineMs(['filter', 'hold-off']);
  return state.runPending ? state.timers.nowMs : state.timers.nextDeadlineMs(['filter', 'hold-off', 'batch']);
}

/** Ends a pause, whatever it was for. Triggers nothing. */
export function resume(state: OracleState): void {
  state.paused = false;
  if (state.holdOff !== null) state.timers.cancel(state.holdOff.timer);
  state.holdOff = null;
}

/** Before any agent is there. Without quotas, or with nobody to wait for, nothing is held off. */
export function recover(state: OracleState, expectedAgentCount: number, quotas: readonly [string, Quota][]): void {
  if (!Number.isInteger(expectedAgentCount) || expectedAgentCount < 0) {
    refuse('INVALID_ARGUMENT', 'expectedAgentCount', expectedAgentCount, 'is not a count');
  }
  if (state.agents.size > 0) refuse('INVALID_ARGUMENT', 'agents', state.agents.size, 'are there already');
  for (const [role, quota] of quotas) checkQuota(role, quota);
  for (const [role, quota] of quotas) state.roleTree.updateQuota(role, quota);
  const expectedAgents = Math.trunc(expectedAgentCount * state.settings.agentRecoveryFactor);
  if (quotas.length === 0 || expectedAgents === 0) return;
  resume(state);
  state.paused = true;
  const timer = state.timers.create('hold-off', state.settings.recoveryTimeoutMs, () => {
    state.note('hold-off ended by time');
    resume(state);
  });
  state.holdOff = { expectedAgents, timer };
}
