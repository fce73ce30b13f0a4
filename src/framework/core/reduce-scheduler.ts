/** The scheduler core: what each event leads to. `stepScheduler` is for cores that contain a scheduler. */
import type { SchedulerEvent } from '../../protocol/messages.js';
import { call, stop } from './calls.js';
import type { Effects, Notice, SchedulerEffect, SchedulerInput } from './events.js';
import { noteStatus, reconcileAllTimerFired, silentTimerFired } from './reconciliation.js';
import { type SchedulerState, TIMERS } from './scheduler-state.js';
import { connect, disconnect, heartbeatTimerFired, linkOpened, masterDetected, subscribed } from './subscription.js';

/** A core by itself: what the scheduler hears becomes `Notify`. */
export function reduceScheduler(state: SchedulerState, event: SchedulerInput, effects: SchedulerEffect[]): void {
  for (const notice of stepScheduler(state, event, effects)) effects.push({ type: 'Notify', notice });
}

/** Does what an event leads to and returns what the scheduler hears. */
export function stepScheduler(state: SchedulerState, event: SchedulerInput, effects: Effects): readonly Notice[] {
  switch (event.type) {
    case 'Started':
      if (state.phase === 'DISCONNECTED') connect(state, event.at, effects);
      return NOTHING;
    case 'MasterLinkOpened':
      linkOpened(state, event.at, event, effects);
      return NOTHING;
    case 'MasterDetected':
      return masterDetected(state, event.at, event.master, effects);
    case 'MasterUnreachable':
      return state.phase === 'CONNECTING' ? disconnect(state, event.at, event.reason, effects) : NOTHING;
    case 'LinkClosed':
      if (event.link !== state.link) return NOTHING;
      state.link = null;
      return disconnect(state, event.at, event.reason, effects);
    case 'MessageReceived':
      return event.link === state.link ? received(state, event.at, event.message, effects) : NOTHING;
    case 'TimerFired':
      return timerFired(state, event.at, event.timer, effects);
    case 'CallMade':
      call(state, event.at, event.call, effects);
      return NOTHING;
    case 'StopRequested':
      stop(state, event.failover, null, effects);
      return NOTHING;
    case 'LinkOpened':
      return NOTHING;
  }
}

const NOTHING: readonly Notice[] = [];

function received(state: SchedulerState, atMs: number, message: SchedulerEvent, effects: Effects): readonly Notice[] {
  state.heardMs = atMs;
  if (state.phase === 'SUBSCRIBING' && message.type !== 'SUBSCRIBED' && message.type !== 'ERROR') return NOTHING;
  switch (message.type) {
    case 'SUBSCRIBED':
      subscribed(state, atMs, message, effects);
      break;
    case 'OFFERS':
      for (const offer of message.offers) state.offers.set(offer.id, offer);
      break;
    case 'RESCIND':
      state.offers.delete(message.offerId);
      break;
    case 'UPDATE':
      noteStatus(state, atMs, message.status);
      break;
    case 'ERROR':
      stop(state, true, message.message, effects);
      break;
    case 'HEARTBEAT':
      return NOTHING;
    default:
  }
  return [message];
}

function timerFired(state: SchedulerState, atMs: number, timer: string, effects: Effects): readonly Notice[] {
  switch (timer) {
    case TIMERS.connect:
      if (state.phase === 'DISCONNECTED') connect(state, atMs, effects);
      return NOTHING;
    case TIMERS.subscribe: {
      const waits = state.phase === 'CONNECTING' || state.phase === 'SUBSCRIBING';
      return waits ? disconnect(state, atMs, 'no answer from the master', effects) : NOTHING;
    }
    case TIMERS.heartbeat:
      return heartbeatTimerFired(state, atMs, effects);
    case TIMERS.silent:
      silentTimerFired(state, atMs, effects);
      return NOTHING;
    case TIMERS.reconcileAll:
      reconcileAllTimerFired(state, atMs, effects);
      return NOTHING;
    default:
      return NOTHING;
  }
}
