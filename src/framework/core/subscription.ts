/**
 * How a scheduler gets to a master and stays there: connect, SUBSCRIBE, and again with the same id when the link is
 * lost, the master is silent, or another one leads. Pauses between attempts are random and double, so that many
 * frameworks do not come back in one instant.
 */
import type { LinkId } from '../../base/core.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { Effects, Notice } from './events.js';
import { reconcileKnown } from './reconciliation.js';
import { draw, type SchedulerState, TIMERS } from './scheduler-state.js';

/** The master to try next; null if none is known. */
function nextMaster(state: SchedulerState): string | null {
  const { masters } = state.config;
  return masters.length === 0 ? state.detectedMaster : masters[state.nextMaster++ % masters.length]!;
}

/** Tries the next master now; without one it waits to be told of one. */
export function connect(state: SchedulerState, atMs: number, effects: Effects): void {
  const { subscribeTimeoutMs } = state.config;
  const address = nextMaster(state);
  if (address === null) return;
  state.phase = 'CONNECTING';
  state.attempts++;
  effects.push({ type: 'ConnectMaster', address });
  effects.push({ type: 'SetTimer', timer: TIMERS.subscribe, atMs: atMs + subscribeTimeoutMs });
}

/** Another master leads, or none: the link to a former one is given up. */
export function masterDetected(
  state: SchedulerState,
  atMs: number,
  master: string | null,
  effects: Effects,
): readonly Notice[] {
  const isSame = state.detectedMaster === master;
  state.detectedMaster = master;
  if (isSame || state.phase === 'STOPPED') return [];
  state.backoffMs = state.config.backoffMs;
  // The pause before the first attempt spreads the frameworks of a cluster that all hear of it at once.
  return disconnect(state, atMs, master === null ? 'no master leads' : `the master at ${master} leads`, effects);
}

export function linkOpened(
  state: SchedulerState,
  atMs: number,
  { link, master }: { readonly link: LinkId; readonly master?: string },
  effects: Effects,
): void {
  const isFormer = state.config.masters.length === 0 && master !== undefined && master !== state.detectedMaster;
  if (isFormer || state.phase === 'STOPPED' || state.phase === 'SUBSCRIBED' || state.phase === 'SUBSCRIBING') {
    effects.push({ type: 'CloseLink', link, reason: isFormer ? 'not the leading master' : 'not needed' });
    return;
  }
  const { config, frameworkId, suppressedRoles } = state;
  state.phase = 'SUBSCRIBING';
  state.link = link;
  effects.push({
    type: 'Send',
    link,
    message: {
      type: 'SUBSCRIBE',
      frameworkInfo: frameworkId === null ? config.frameworkInfo : { ...config.frameworkInfo, id: frameworkId },
      ...(frameworkId === null ? {} : { frameworkId }),
      ...(suppressedRoles.length === 0 ? {} : { suppressedRoles: [...suppressedRoles] }),
      ...(config.offerConstraints === undefined ? {} : { offerConstraints: config.offerConstraints }),
    },
  });
  effects.push({ type: 'SetTimer', timer: TIMERS.subscribe, atMs: atMs + config.subscribeTimeoutMs });
}

export function subscribed(
  state: SchedulerState,
  atMs: number,
  message: MessageOf<'SUBSCRIBED'>,
  effects: Effects,
): void {
  state.phase = 'SUBSCRIBED';
  state.frameworkId = message.frameworkId;
  state.backoffMs = state.config.backoffMs;
  state.attempts = 0;
  state.nextMaster = Math.max(0, state.nextMaster - 1); // this one again, if the link breaks
  state.heartbeatMs = (message.heartbeatIntervalSeconds ?? 0) * 1000;
  state.heardMs = atMs;
  effects.push({ type: 'ClearTimer', timer: TIMERS.subscribe });
  effects.push({ type: 'ClearTimer', timer: TIMERS.connect });
  watchHeartbeats(state, effects);
  reconcileKnown(state, atMs, effects);
}

/** Gives the link up, if there is one, and tries again after a pause. Returns what the scheduler is told. */
export function disconnect(state: SchedulerState, atMs: number, reason: string, effects: Effects): Notice[] {
  if (state.phase === 'STOPPED') return [];
  const wasSubscribed = state.phase === 'SUBSCRIBED';
  if (state.link !== null) effects.push({ type: 'CloseLink', link: state.link, reason });
  state.link = null;
  state.phase = 'DISCONNECTED';
  state.offers.clear();
  for (const timer of [TIMERS.subscribe, TIMERS.heartbeat, TIMERS.silent, TIMERS.reconcileAll]) {
    effects.push({ type: 'ClearTimer', timer });
  }
  if (state.config.masters.length > 0 || state.detectedMaster !== null) {
    const pauseMs = draw(state) * state.backoffMs;
    state.backoffMs = Math.min(2 * state.backoffMs, state.config.backoffMaxMs);
    effects.push({ type: 'SetTimer', timer: TIMERS.connect, atMs: atMs + pauseMs });
  } else effects.push({ type: 'ClearTimer', timer: TIMERS.connect });
  effects.push({ type: 'Log', level: 'warn', text: 'no link to a master', fields: { reason } });
  return wasSubscribed ? [{ type: 'DISCONNECTED', reason }] : [];
}

function watchHeartbeats(state: SchedulerState, effects: Effects): void {
  if (state.heartbeatMs === 0) return;
  const atMs = state.heardMs + state.heartbeatMs * state.config.missedHeartbeats;
  effects.push({ type: 'SetTimer', timer: TIMERS.heartbeat, atMs });
}

/** The timer is not moved by each message: when it fires, it looks when the last one came. */
export function heartbeatTimerFired(state: SchedulerState, atMs: number, effects: Effects): Notice[] {
  if (state.phase !== 'SUBSCRIBED') return [];
  if (atMs - state.heardMs >= state.heartbeatMs * state.config.missedHeartbeats) {
    return disconnect(state, atMs, 'nothing was heard from the master', effects);
  }
  watchHeartbeats(state, effects);
  return [];
}
