/**
 * A model of a framework: a pure core that speaks the scheduler API, keeps a strict book of its tasks, and complains of
 * whatever the master must not tell it. What it does with offers is a policy (framework-policies.ts); with the policy
 * `manual` it does what it is told.
 */
import type { LinkId } from '../base/core.js';
import type { SchedulerEvent } from '../protocol/messages.js';
import type { OfferMessage } from '../protocol/offer.js';
import type { AgentId, ExecutorId, FrameworkId } from '../protocol/schema.js';
import type { TaskStatus } from '../protocol/task.js';
import { actOnOffers, actOnTimer } from './framework-policies.js';
import { call, leave, type FrameworkEffects, type FrameworkModelEvent } from './framework-state.js';
import type { FrameworkModelState } from './framework-state.js';
import { bookStatus, isSettled, type TaskBook } from './task-book.js';
import { shortUuid } from './uuid.js';

const RECONNECT_MS = 1000;
const RECONCILE_MS = 30_000;

export function reduceFrameworkModel(
  state: FrameworkModelState,
  event: FrameworkModelEvent,
  effects: FrameworkEffects,
): void {
  switch (event.type) {
    case 'ConnectTold':
      effects.push({ type: 'Connect' });
      break;
    case 'Connected':
      connected(state, event.at, event.link, effects);
      break;
    case 'MasterDetected':
      moveOn(state, event.at, effects);
      break;
    case 'LinkClosed':
      if (event.link === state.link) lost(state, event.at, effects);
      break;
    case 'MessageReceived':
      if (event.link === state.link) received(state, event.at, event.message, effects);
      break;
    case 'TimerFired':
      fired(state, event.at, event.timer, effects);
      break;
    case 'CallTold':
      call(state, event.at, event.call, effects);
      break;
    case 'WindDownTold':
      windDown(state, event.at, effects);
      break;
    case 'LinkOpened':
      break;
  }
}

function connected(state: FrameworkModelState, at: number, link: LinkId | null, effects: FrameworkEffects): void {
  if (state.link !== null) {
    if (link !== null) effects.push({ type: 'CloseLink', link, reason: 'not needed' });
    return;
  }
  state.link = link;
  if (link === null) {
    lost(state, at, effects);
    return;
  }
  const { info, suppressedRoles } = state.config;
  effects.push({
    type: 'Send',
    link,
    message: {
      type: 'SUBSCRIBE',
      frameworkInfo: state.id === null ? info : { ...info, id: state.id },
      ...(state.id === null ? {} : { frameworkId: state.id }),
      ...(suppressedRoles === undefined ? {} : { suppressedRoles: [...suppressedRoles] }),
    },
  });
}

function lost(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  state.link = null;
  state.subscribed = false;
  state.offers.clear();
  if (state.gone || state.config.reconnects === false) return;
  effects.push({ type: 'SetTimer', timer: 'reconnect', atMs: at + RECONNECT_MS * (1 + state.dice.whole(0, 3)) });
}

/** Another master leads: the link to the one before is given up, whatever it still says. */
function moveOn(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  if (state.link === null) return;
  effects.push({ type: 'CloseLink', link: state.link, reason: 'another master leads' });
  lost(state, at, effects);
}

function received(state: FrameworkModelState, at: number, event: SchedulerEvent, effects: FrameworkEffects): void {
  if (!state.subscribed && event.type !== 'SUBSCRIBED' && event.type !== 'ERROR') {
    state.complaints.push(`${event.type} before SUBSCRIBED`);
  }
  switch (event.type) {
    case 'SUBSCRIBED':
      subscribed(state, at, event.frameworkId, effects);
      break;
    case 'OFFERS':
      for (const offer of event.offers) addOffer(state, offer);
      actOnOffers(state, at, effects);
      break;
    case 'RESCIND':
      state.offers.delete(event.offerId);
      break;
    case 'UPDATE':
      updated(state, at, event.status, effects);
      break;
    case 'ERROR':
      leave(state, event.message);
      break;
    default:
  }
}

function addOffer(state: FrameworkModelState, offer: OfferMessage): void {
  if (state.offers.has(offer.id)) state.complaints.push(`offer ${offer.id} came twice`);
  if (offer.frameworkId !== state.id) state.complaints.push(`offer ${offer.id} is for ${offer.frameworkId}`);
  state.offers.set(offer.id, offer);
}

function subscribed(state: FrameworkModelState, at: number, id: FrameworkId, effects: FrameworkEffects): void {
  if (state.id !== null && state.id !== id) state.complaints.push(`id ${state.id} became ${id}`);
  state.id = id;
  state.subscribed = true;
  if (state.config.policy !== 'manual') reconcile(state, at, effects);
  actOnTimer(state, at, 'subscribed', effects);
}

function updated(state: FrameworkModelState, at: number, status: TaskStatus, effects: FrameworkEffects): void {
  const complaint = bookStatus(state.tasks, status, at);
  if (complaint !== null) state.complaints.push(complaint);
  if (status.uuid === undefined) return;
  if (state.config.acknowledges !== false) acknowledge(state, at, status, effects);
  else if (!state.unacknowledged.some((other) => shortUuid(other.uuid) === shortUuid(status.uuid))) {
    state.unacknowledged.push(status);
  }
}

/** Acknowledges a status that has a uuid. */
export function acknowledge(
  state: FrameworkModelState,
  at: number,
  status: TaskStatus,
  effects: FrameworkEffects,
): void {
  const { taskId, uuid, agentId } = status;
  if (uuid === undefined || agentId === undefined) {
    state.complaints.push(`status of ${taskId} must be acknowledged but names no agent`);
    return;
  }
  call(state, at, { type: 'ACKNOWLEDGE', agentId, taskId, uuid }, effects);
}

function fired(state: FrameworkModelState, at: number, timer: string, effects: FrameworkEffects): void {
  if (timer === 'reconnect') {
    if (!state.gone && state.link === null) effects.push({ type: 'Connect' });
  } else if (timer === 'reconcile') {
    reconcile(state, at, effects);
  } else if (timer === 'wind-down') {
    windDown(state, at, effects);
  } else {
    actOnTimer(state, at, timer, effects);
  }
}

function unsettled(state: FrameworkModelState): TaskBook[] {
  return [...state.tasks.values()].filter((book) => !isSettled(book));
}

/** Asks for the tasks that are not over, and for all that the master knows: one that was lost may be back. */
function reconcile(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  if (state.gone) return;
  const tasks = unsettled(state).map((book) => ({ taskId: book.id, agentId: book.agentId }));
  if (tasks.length > 0 && state.subscribed) call(state, at, { type: 'RECONCILE', tasks }, effects);
  if (state.launched > 0 && state.subscribed) call(state, at, { type: 'RECONCILE' }, effects);
  effects.push({ type: 'SetTimer', timer: 'reconcile', atMs: at + RECONCILE_MS });
}

/** First kills tasks; whose tasks do not end are ended with their executors. Again and again, as calls may be lost. */
function windDown(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  const again = !state.launching;
  state.launching = false;
  if (state.gone) return;
  actOnOffers(state, at, effects);
  for (const book of unsettled(state)) {
    call(state, at, { type: 'KILL', taskId: book.id, agentId: book.agentId }, effects);
    if (again) call(state, at, shutdownOf(book), effects);
  }
  effects.push({ type: 'SetTimer', timer: 'wind-down', atMs: at + RECONCILE_MS });
}

function shutdownOf(book: TaskBook): { type: 'SHUTDOWN'; executorId: ExecutorId; agentId: AgentId } {
  return { type: 'SHUTDOWN', executorId: book.executorId, agentId: book.agentId };
}
