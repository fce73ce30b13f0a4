/**
 * Runs: what is due by the clock, in order; one engine cycle for each; and the engine's grants as offers by name.
 *
 * Timers fire by deadline, then by creation. A batch is re-armed after it ran, relative to the time then. A pending
 * event-driven run was asked for before the clock moved, so it comes first, at the old time.
 */
import { type Lot, scalarLot } from '../resources/lot.js';
import { Resources } from '../resources/resources.js';
import type { AgentRecord } from './agent-record.js';
import { checkTime } from './checks.js';
import { thingsIn } from './encoding.js';
import { GRANT_STRIDE, GRANT_WHOLE } from './engine/engine.js';
import { addHeld } from './holdings.js';
import { makeInverseOffers } from './inverse-offers.js';
import type { Allocation, Client, Offer, Unavailability } from './model.js';
import { compactIfWorthwhile } from './rebuild.js';
import type { AllocatorState } from './state.js';

/** Most durations kept for the metrics of runs. */
const TIMES_KEPT = 1000;

const ALL_GENERATIONS = Infinity;

/** Fires everything that is due at `atMs`. */
export function run(state: AllocatorState, atMs: number): Allocation {
  checkTime('atMs', atMs);
  const allocation: Allocation = { offers: [], inverseOffers: [] };
  runPending(state, allocation);
  if (atMs > state.clockMs) state.clockMs = atMs;
  const now = state.clockMs;
  const dueMs = state.nextBatchMs;
  if (dueMs <= now) batch(state, { dueMs, generation: state.generation }, allocation);
  if (state.resumeAtMs <= now) resume(state);
  state.filters.expire(now, ALL_GENERATIONS);
  return allocation;
}

/** One batch run over all agents at `atMs`, whatever the timer says. */
export function allocate(state: AllocatorState, atMs: number): Allocation {
  checkTime('atMs', atMs);
  const allocation: Allocation = { offers: [], inverseOffers: [] };
  // What was due at the clock's time has acted already; of what is due at a later one, only what is older acts first.
  const generation = atMs > state.clockMs ? state.generation : ALL_GENERATIONS;
  if (atMs > state.clockMs) state.clockMs = atMs;
  batch(state, { dueMs: state.clockMs, generation }, allocation);
  if (state.resumeAtMs <= state.clockMs) resume(state);
  state.pending = false;
  state.filters.expire(state.clockMs, ALL_GENERATIONS);
  return allocation;
}

/** Which timers act before a run: those of an earlier deadline, and of the same one those of earlier generations. */
interface Due {
  readonly dueMs: number;
  readonly generation: number;
}

function batch(state: AllocatorState, due: Due, allocation: Allocation): void {
  const { resumeAtMs, resumeGeneration } = state;
  if (resumeAtMs < due.dueMs || (resumeAtMs === due.dueMs && resumeGeneration < due.generation)) resume(state);
  state.filters.expire(due.dueMs, due.generation);
  if (!state.paused) cycle(state, null, due, allocation);
  state.nextBatchMs = state.clockMs + state.settings.allocationIntervalMs;
  state.generation++;
}

function runPending(state: AllocatorState, allocation: Allocation): void {
  if (!state.pending) return;
  state.pending = false;
  if (state.paused) return;
  const due = { dueMs: state.clockMs, generation: ALL_GENERATIONS };
  cycle(state, state.pendingAll ? null : state.pendingAgents, due, allocation);
}

/** When `run` next has something to do by the clock; the present if a run is pending. */
export function nextDeadlineMs(state: AllocatorState): number {
  if (state.pending && !state.paused) return state.clockMs;
  return Math.min(state.paused ? Infinity : state.nextBatchMs, state.resumeAtMs, state.filters.nextDeadlineMs());
}

export function pause(state: AllocatorState): void {
  state.paused = true;
}

export function resume(state: AllocatorState): void {
  state.paused = false;
  state.resumeAtMs = Infinity;
  state.expectedAgents = null;
}

/** One cycle over all agents (`candidates` null) or over some; afterwards nothing is a candidate. */
function cycle(
  state: AllocatorState,
  candidates: ReadonlySet<AgentRecord> | null,
  due: Due,
  allocation: Allocation,
): void {
  const { stopwatch } = state.settings;
  const startedMs = stopwatch?.();
  compactIfWorthwhile(state);
  state.run++;
  state.runsMade++;
  const { program, encoding } = state;
  if (state.totalsMoved) {
    program.setTotals(encoding.vector(state.totals));
    state.totalsMoved = false;
  }
  if (candidates !== null) for (const agent of candidates) program.nameAgent(agent.index);
  program.flush();
  const grants = program.engine.cycle(state.run, candidates === null);
  takeGrants(state, grants, allocation.offers);
  if (state.inMaintenance.size > 0) {
    allocation.inverseOffers.push(...makeInverseOffers(state, candidates, due.dueMs, due.generation));
  }
  state.pendingAll = false;
  state.pendingAgents.clear();
  if (startedMs !== undefined) noteTimes(state, startedMs, stopwatch!());
}

function noteTimes(state: AllocatorState, startedMs: number, endedMs: number): void {
  const { times } = state;
  times.runMs.push(endedMs - startedMs);
  times.latencyMs.push(startedMs - (times.pendingSinceMs ?? startedMs));
  times.pendingSinceMs = null;
  if (times.runMs.length > TIMES_KEPT) times.runMs.shift();
  if (times.latencyMs.length > TIMES_KEPT) times.latencyMs.shift();
}

/** Turns the engine's grants into offers and books them; the engine has counted them already. */
function takeGrants(state: AllocatorState, count: number, offers: Offer[]): void {
  if (count === 0) return;
  const { agentColumns: columns, clientsByIndex } = state;
  const { grants, amounts } = state.program.engine;
  for (let at = 0; at < count * GRANT_STRIDE; at += GRANT_STRIDE) {
    const client = clientsByIndex[grants[at]!]!;
    const index = grants[at + 1]!;
    let resources = columns.available[index]!;
    if (grants[at + 2] === GRANT_WHOLE) {
      columns.available[index] = Resources.EMPTY;
    } else {
      const { sent } = state.agentsByIndex[index]!;
      const before = resources;
      resources = partialGrant(state, sent!.resources, amounts, grants[at + 3]!, grants[at + 2]!);
      const isAll = resources === before && before === sent!.resources;
      columns.available[index] = isAll ? sent!.encoded.sharedPart : before.minus(resources.nonShared());
    }
    if (!columns.grant(index, client, resources)) addHeld(state.agentsByIndex[index]!, client, resources);
    addOffer(state, index, client, resources, offers);
  }
}

/**
 * The resources of a grant that does not take all: amounts of plain kinds, then (lot, amount) pairs by rising lot. They
 * are picked from `resources`, what the engine was told, in its order; whole lots are handed over as they are, and if
 * all of them are, so is the value.
 */
function partialGrant(
  { encoding }: AllocatorState,
  resources: Resources,
  amounts: Float64Array,
  offset: number,
  lotCount: number,
): Resources {
  const lots: Lot[] = [];
  const end = offset + encoding.kinds + 2 * lotCount;
  let at = offset + encoding.kinds;
  let special = 0;
  for (const lot of resources.lots) {
    if (lot.descriptor.plain) {
      const amount = amounts[offset + encoding.kind(lot.descriptor.name)]!;
      if (amount > 0) lots.push(amount === lot.amountMilli ? lot : scalarLot(lot.descriptor, amount));
      continue;
    }
    const first = at;
    for (const next = special + thingsIn(lot); special < next; special++) {
      if (at < end && amounts[at] === special) at += 2;
    }
    if (at > first) lots.push(partOfLot(lot, amounts[first + 1]!, (at - first) / 2));
  }
  return isSameList(lots, resources.lots) ? resources : Resources.ofNormal(lots);
}

function isSameList(a: readonly Lot[], b: readonly Lot[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The part of a lot that an engine granted: an amount, or a number of things; a shared lot is granted as one copy. */
function partOfLot(lot: Lot, amount: number, things: number): Lot {
  const { descriptor, amountMilli, copies } = lot;
  if (!descriptor.divisible) return copies === things ? lot : scalarLot(descriptor, amountMilli, things);
  return descriptor.type !== 'SCALAR' || amount === amountMilli ? lot : scalarLot(descriptor, amount);
}

/** Adds an offer, or widens the one that the client got on this agent in the same run. */
function addOffer(state: AllocatorState, index: number, client: Client, resources: Resources, offers: Offer[]): void {
  const { agentColumns: columns } = state;
  const frameworkId = client.framework.id;
  const role = client.role.name;
  const again = columns.offeredRun[index] === state.run;
  if (again) {
    for (const offer of [columns.firstOffer[index]!, ...(columns.moreOffers[index] ?? [])]) {
      if (offer.frameworkId !== frameworkId || offer.role !== role) continue;
      offer.resources = offer.resources.plus(resources);
      return;
    }
  }
  const unavailability = state.inMaintenance.size === 0 ? null : windowOf(state, index);
  const offer: Offer = { frameworkId, role, agentId: columns.ids[index]!, resources, unavailability };
  offers.push(offer);
  if (again) {
    (columns.moreOffers[index] ??= []).push(offer);
  } else {
    columns.offeredRun[index] = state.run;
    columns.firstOffer[index] = offer;
    columns.moreOffers[index] = null;
  }
}

function windowOf(state: AllocatorState, index: number): Unavailability | null {
  return state.agentsByIndex[index]!.maintenance?.unavailability ?? null;
}
