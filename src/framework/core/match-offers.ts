/**
 * What a job does with offers: fills each with as many tasks as fit, all offers in turn so that work spreads, and gives
 * the rest back at once. No offer is kept. With nothing to launch it suppresses its roles; when a piece must be
 * launched again it revives them.
 */
import type { OfferMessage } from '../../protocol/offer.js';
import type { AgentId, OfferId, TaskId } from '../../protocol/schema.js';
import type { TaskInfo } from '../../protocol/task.js';
import { call } from './calls.js';
import type { JobEffects } from './job-events.js';
import { agentOf, JOB_TIMERS, type JobState, newPiece, type Piece, setLate, wantsOffers } from './job-state.js';
import { type MilliNeeds, milliNeeds, type Offered, offeredBy, offeredText } from './offered.js';
import { roomFor, takeExecutor, takeTask } from './offered.js';
import { cutNext } from './work-line.js';

/** Tasks of one ACCEPT, so that no message is large. */
const TASKS_PER_OFFER = 500;
/** How long what is left of a used offer is not wanted again as it is; it comes at once when there is more. */
const REST_REFUSE_SECONDS = 30;
/** How long an offer is refused in which no task fits, or for which there is no piece just now. */
const UNFIT_REFUSE_SECONDS = 5;

/** How long a piece waits for an agent on which it has not failed. */
const PATIENCE_MS = 10_000;

interface Opening {
  readonly offer: OfferMessage;
  readonly offered: Offered;
  room: number;
  readonly tasks: TaskInfo[];
}

/** Answers offers, all of them. */
export function matchOffers(
  state: JobState,
  atMs: number,
  offers: readonly OfferMessage[],
  effects: JobEffects,
): void {
  const { scheduler } = state;
  if (state.awaitsOffers) effects.push({ type: 'ClearTimer', timer: JOB_TIMERS.offers });
  state.awaitsOffers = false;
  const needs = milliNeeds(state.config.needs.cpus, state.config.needs.memMb);
  const openings = wantsOffers(state) ? offers.map((offer) => openingOf(state, offer, needs)) : [];
  noteHindrance(state, openings, effects);
  fill(state, atMs, openings, needs);
  const unused = new Set<OfferId>(offers.map((offer) => offer.id));
  for (const { offer, tasks } of openings) {
    if (tasks.length === 0) continue;
    unused.delete(offer.id);
    const operations = [{ type: 'LAUNCH' as const, launch: { taskInfos: tasks } }];
    const filters = { refuseSeconds: REST_REFUSE_SECONDS };
    call(scheduler, atMs, { type: 'ACCEPT', offerIds: [offer.id], operations, filters }, effects);
  }
  if (unused.size > 0) {
    const filters = { refuseSeconds: UNFIT_REFUSE_SECONDS };
    call(scheduler, atMs, { type: 'DECLINE', offerIds: [...unused], filters }, effects);
  }
  showDemand(state, atMs, effects);
}

/** Tells the master whether offers are wanted, if that has changed. */
export function showDemand(state: JobState, atMs: number, effects: JobEffects): void {
  if (state.ended) return;
  const suppressed = state.scheduler.suppressedRoles.length > 0;
  const wanted = wantsOffers(state);
  if (wanted === suppressed) call(state.scheduler, atMs, { type: wanted ? 'REVIVE' : 'SUPPRESS' }, effects);
}

/** How long what a task leaves may take to be offered; masters of ours do it in the turn in which the task ends. */
const PROMPT_MS = 50;
/** How long there may be no offer at all, with work and nothing running, before that is told. */
const NO_OFFERS_MS = 5000;

/**
 * A task has left room and there is work: an offer should come. Masters in the manner of Mesos wait for their next
 * batch, up to a second; reviving makes them allocate at once. A master that is prompt is never asked.
 */
export function awaitOffers(state: JobState, atMs: number, effects: JobEffects): void {
  if (state.awaitsOffers || !wantsOffers(state)) return;
  state.awaitsOffers = true;
  const waitMs = state.attempts.size === 0 && state.launchedTasks === 0 ? NO_OFFERS_MS : PROMPT_MS;
  effects.push({ type: 'SetTimer', timer: JOB_TIMERS.offers, atMs: atMs + waitMs });
}

export function offersTimerFired(state: JobState, atMs: number, effects: JobEffects): void {
  state.awaitsOffers = false;
  if (state.scheduler.phase !== 'SUBSCRIBED' || !wantsOffers(state)) return;
  if (state.attempts.size === 0 && state.launchedTasks === 0) {
    const { cpus, memMb } = state.config.needs;
    hinder(state, `no agent has offered cpus:${cpus}; mem:${memMb} for a task so far`, effects);
  }
  call(state.scheduler, atMs, { type: 'REVIVE' }, effects);
}

function hinder(state: JobState, text: string, effects: JobEffects): void {
  if (text !== '' && text !== state.hindrance) effects.push({ type: 'Log', level: 'warn', text });
  state.hindrance = text;
}

function executorNeeds(state: JobState): MilliNeeds {
  const amount = (name: string): number =>
    state.config.executor.resources?.find((resource) => resource.name === name)?.scalar ?? 0;
  return milliNeeds(amount('cpus'), amount('mem'));
}

function openingOf(state: JobState, offer: OfferMessage, needs: MilliNeeds): Opening {
  const agent = agentOf(state, offer.agentId);
  const { executorId } = state.config.executor;
  // The master knows whether it is there; what was launched by an answer that came too late is not.
  agent.hasExecutor = offer.executorIds?.includes(executorId) ?? false;
  const offered = offeredBy(offer);
  const fits = agent.hasExecutor || takeExecutor(offered, executorNeeds(state));
  return { offer, offered, room: fits ? Math.min(roomFor(offered, needs), TASKS_PER_OFFER) : 0, tasks: [] };
}

/** Says once why nothing can start: what is offered is too small for one task. */
function noteHindrance(state: JobState, openings: readonly Opening[], effects: JobEffects): void {
  const [first] = openings;
  if (first === undefined) return;
  const stuck = state.attempts.size === 0 && openings.every((opening) => opening.room === 0);
  const { cpus, memMb } = state.config.needs;
  const needs = executorNeeds(state);
  const text = stuck
    ? `a task needs cpus:${cpus}; mem:${memMb} and the executor beside it cpus:${needs.cpus / 1000}; ` +
      `mem:${needs.mem / 1000}, but only ${offeredText(offeredBy(first.offer))} is offered`
    : '';
  hinder(state, text, effects);
}

/** Gives each opening a task in turn until nothing fits or nothing is left. */
function fill(state: JobState, atMs: number, openings: readonly Opening[], needs: MilliNeeds): void {
  const slots = state.attempts.size + openings.reduce((sum, opening) => sum + opening.room, 0);
  let open = openings.filter((opening) => opening.room > 0);
  while (open.length > 0) {
    for (const opening of open) {
      const piece = pickPiece(state, atMs, opening.offer.agentId, slots);
      if (piece === null) {
        opening.room = 0;
        continue;
      }
      opening.room--;
      opening.tasks.push(launch(state, atMs, piece, opening, needs));
    }
    open = open.filter((opening) => opening.room > 0);
  }
}

/** The next piece for an agent: one that must be launched again, else a new one, else a double of a straggler. */
function pickPiece(state: JobState, atMs: number, agentId: AgentId, slots: number): Piece | null {
  if (isAvoided(state, atMs, agentId)) return null;
  const again = state.waiting.findIndex((piece) => mayRunOn(state, atMs, piece, agentId));
  if (again >= 0) return state.waiting.splice(again, 1)[0]!;
  const span = cutNext(state.line, slots);
  if (span !== null) return newPiece(state, span);
  return state.lateWanted > 0 ? doubleFor(state, agentId) : null;
}

function doubleFor(state: JobState, agentId: AgentId): Piece | null {
  for (const piece of state.pieces.values()) {
    if (piece.late !== 'wanted' || runsOn(state, piece, agentId)) continue;
    setLate(state, piece, 'doubled');
    return piece;
  }
  return null;
}

/** An agent on which tasks keep failing is left alone for a while, unless there is no other. */
function isAvoided(state: JobState, atMs: number, agentId: AgentId): boolean {
  if (agentOf(state, agentId).avoidUntilMs <= atMs) return false;
  for (const agent of state.agents.values()) if (agent.avoidUntilMs <= atMs) return true;
  return false;
}

/** A piece goes back to where it failed only if it failed everywhere, or waits for long already. */
function mayRunOn(state: JobState, atMs: number, piece: Piece, agentId: AgentId): boolean {
  if (!piece.avoid.has(agentId) || atMs - piece.waitingMs > PATIENCE_MS) return true;
  for (const id of state.agents.keys()) if (!piece.avoid.has(id)) return false;
  return true;
}

function runsOn(state: JobState, piece: Piece, agentId: AgentId): boolean {
  for (const taskId of piece.attempts) if (state.attempts.get(taskId)?.agentId === agentId) return true;
  return false;
}

function launch(state: JobState, atMs: number, piece: Piece, opening: Opening, needs: MilliNeeds): TaskInfo {
  const { agentId } = opening.offer;
  piece.launches++;
  piece.state = 'running';
  const taskId = (piece.launches === 1 ? `${piece.id}` : `${piece.id}.${piece.launches}`) as TaskId;
  piece.attempts.add(taskId);
  state.attempts.set(taskId, {
    taskId,
    piece,
    agentId,
    launchedMs: atMs,
    runningMs: null,
    doneUnits: 0,
    unreachable: false,
  });
  state.launchedTasks++;
  state.firstLaunchMs ??= atMs;
  return {
    name: `${state.config.name} ${piece.from}-${piece.to}`,
    taskId,
    agentId,
    resources: takeTask(opening.offered, needs),
    executor: state.config.executor,
    data: state.config.encodeTask(piece, taskId),
  };
}
