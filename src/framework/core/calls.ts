/**
 * Calls of a scheduler, with the books kept: what is accepted or declined is no longer offered, what is launched is in
 * the ledger, what is suppressed stays so over a new subscription. A call without a subscription is dropped, as the
 * drivers of Mesos do: offers are void then, and statuses come again.
 */
import type { SchedulerCall } from '../../protocol/messages.js';
import type { TaskStatus } from '../../protocol/task.js';
import type { Effects } from './events.js';
import { noteLaunched } from './reconciliation.js';
import { rolesOf, type SchedulerState } from './scheduler-state.js';

/** Sends a call; returns whether it was sent. */
export function call(state: SchedulerState, atMs: number, made: SchedulerCall, effects: Effects): boolean {
  const { link } = state;
  if (state.phase !== 'SUBSCRIBED' || link === null) {
    if (made.type === 'SUPPRESS' || made.type === 'REVIVE') noteSuppression(state, made);
    effects.push({ type: 'Log', level: 'debug', text: 'call dropped: not subscribed', fields: { call: made.type } });
    return false;
  }
  switch (made.type) {
    case 'ACCEPT':
      for (const id of made.offerIds) state.offers.delete(id);
      for (const operation of made.operations ?? []) {
        noteLaunched(state, atMs, operation.launch?.taskInfos ?? operation.launchGroup?.taskGroup.tasks ?? []);
      }
      break;
    case 'DECLINE':
      for (const id of made.offerIds) state.offers.delete(id);
      break;
    case 'SUPPRESS':
    case 'REVIVE':
      noteSuppression(state, made);
      break;
    default:
  }
  effects.push({ type: 'Send', link, message: made });
  return true;
}

type Suppression = Extract<SchedulerCall, { type: 'SUPPRESS' | 'REVIVE' }>;

function noteSuppression(state: SchedulerState, made: Suppression): void {
  const named = made.roles === undefined || made.roles.length === 0 ? rolesOf(state.config.frameworkInfo) : made.roles;
  const others = state.suppressedRoles.filter((role) => !named.includes(role));
  state.suppressedRoles = made.type === 'SUPPRESS' ? [...others, ...named] : others;
}

/** Tells that a status has arrived, if it wants to be told (those that the master made do not). */
export function acknowledge(state: SchedulerState, atMs: number, status: TaskStatus, effects: Effects): void {
  const { taskId, agentId, uuid } = status;
  if (uuid === undefined || agentId === undefined) return;
  call(state, atMs, { type: 'ACKNOWLEDGE', agentId, taskId, uuid }, effects);
}

/** Ends the scheduler: tears the framework down, or leaves it to whoever comes back with its id. */
export function stop(state: SchedulerState, failover: boolean, error: string | null, effects: Effects): void {
  if (state.phase === 'STOPPED') return;
  const { link } = state;
  if (link !== null) {
    if (!failover && state.phase === 'SUBSCRIBED') effects.push({ type: 'Send', link, message: { type: 'TEARDOWN' } });
    effects.push({ type: 'CloseLink', link, reason: failover ? 'fails over' : 'done' });
  }
  state.phase = 'STOPPED';
  state.link = null;
  state.offers.clear();
  effects.push({ type: 'Stopped', error });
}
