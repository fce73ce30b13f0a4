/**
 * Drives a core: events wait in a queue, a turn reduces all that wait, and only then are the effects performed, in one
 * batch. A turn starts when everything that is ready to be read has been read (`clock.defer`), so that a busy core
 * takes many events at once and its messages for one link leave in one frame.
 *
 * One turn: the events that were pushed, in order; then the timers that are due, including those that these events
 * set to now; then `perform`. A turn is bounded (`turnLimit`), the rest waits for the next one, and sockets are served
 * in between. Nothing is performed for an event that was not journaled before (if there is a journal).
 */
import type { Core, DriverEffect, DriverEvent, LinkId } from '../base/core.js';
import type { Clock } from './clock.js';
import { TimerTable } from './timer-table.js';

/** The messages of one turn for one link, in the order of their sending. */
export interface LinkBatch<M> {
  readonly link: LinkId;
  readonly messages: readonly M[];
}

/** Effects that the runner handles by itself. */
type Handled = 'Send' | 'SetTimer' | 'ClearTimer';

/** What a turn asks for: first all sends, then the rest in the order in which the core asked for it. */
export interface EffectBatch<Effect, M> {
  readonly sends: readonly LinkBatch<M>[];
  readonly rest: readonly Exclude<Effect, { readonly type: Handled }>[];
}

/**
 * What became of a pushed event: `pressed` means that it was taken but the queue is longer than the mark, so that the
 * sources should pause until `onDrain`; `refused` that the queue is full and a message was thrown away: close its link.
 */
export type PushResult = 'accepted' | 'pressed' | 'refused';

/** Where events are recorded before they are reduced. */
export interface EventSink<Event> {
  append(event: Event): void;
  /** The turn is over; `final`: nothing follows, everything must be on disk when this returns. */
  commit(final: boolean): void;
}

export interface RunnerOptions<State, Event, Effect, M> {
  readonly core: Core<State, Event, Effect>;
  readonly state: State;
  readonly clock: Clock;
  /** Performs what a turn asks for. May push events; they belong to the next turn. */
  readonly perform: (batch: EffectBatch<Effect, M>) => void;
  readonly journal?: EventSink<Event>;
  /** Sees each event with its effects, `effects[from]` and after; for metrics. */
  readonly observe?: (event: Event, effects: readonly Effect[], from: number) => void;
  /** Most events that wait. Messages beyond are refused; other events are few and always taken. */
  readonly queueLimit?: number;
  /** Most events of one turn. */
  readonly turnLimit?: number;
  /** The queue that was `pressed` is short again. */
  readonly onDrain?: () => void;
  /**
   * The core, or `perform`, threw: a defect. The runner has stopped, its journal is flushed; nothing of the turn was
   * performed. The process should end. Without this hook the error is thrown.
   */
  readonly onDefect?: (error: unknown, event: Event | null) => void;
}

export interface Runner<State, Event> {
  readonly state: State;
  /** The time to stamp events with; it never goes back. */
  now(): number;
  push(event: Event): PushResult;
  /** Number of events that wait. */
  readonly waiting: number;
  readonly counters: Readonly<RunnerCounters>;
  /** Ends the runner: no more events, no timers; what is journaled is on disk afterwards. */
  stop(): void;
}

export interface RunnerCounters {
  events: number;
  turns: number;
  effects: number;
  refused: number;
  /** Longest queue so far. */
  longestQueue: number;
}

const DEFAULT_QUEUE_LIMIT = 100_000;
const DEFAULT_TURN_LIMIT = 512;

/** Timers that may fire in one turn: one that sets itself to now must not keep the process from its sockets. */
const TIMERS_PER_TURN = 256;

/** Events and effects of a core: those of its own and those that every driver knows. */
interface Typed {
  readonly type: string;
}

/** Makes a runner; it is idle until something is pushed. `M` is the union of the messages that the core sends. */
export function createRunner<State, Event extends Typed, Effect extends Typed, M>(
  options: RunnerOptions<State, Event, Effect, M>,
): Runner<State, Event> {
  return new CoreRunner<State, Event, Effect, M>(options);
}

class CoreRunner<State, Event extends Typed, Effect extends Typed, M> implements Runner<State, Event> {
  readonly state: State;
  readonly counters: RunnerCounters = { events: 0, turns: 0, effects: 0, refused: 0, longestQueue: 0 };
  private readonly options: RunnerOptions<State, Event, Effect, M>;
  private readonly timers = new TimerTable();
  private readonly queueLimit: number;
  private readonly turnLimit: number;
  private queue: Event[] = [];
  /** Position in the queue of the next event. */
  private head = 0;
  private effects: Effect[] = [];
  private current: Event | null = null;
  private scheduled = false;
  private stopped = false;
  private pressed = false;
  private lastMs = -Infinity;
  private wakeMs = Infinity;
  private cancelWake: (() => void) | null = null;

  constructor(options: RunnerOptions<State, Event, Effect, M>) {
    this.options = options;
    this.state = options.state;
    this.queueLimit = options.queueLimit ?? DEFAULT_QUEUE_LIMIT;
    this.turnLimit = options.turnLimit ?? DEFAULT_TURN_LIMIT;
  }

  get waiting(): number {
    return this.queue.length - this.head;
  }

  now(): number {
    const ms = this.options.clock.nowMs();
    if (ms > this.lastMs) this.lastMs = ms;
    return this.lastMs;
  }

  push(event: Event): PushResult {
    if (this.stopped) return 'refused';
    const waiting = this.waiting;
    if (waiting >= this.queueLimit && event.type === 'MessageReceived') {
      this.counters.refused++;
      return 'refused';
    }
    this.queue.push(event);
    if (waiting >= this.counters.longestQueue) this.counters.longestQueue = waiting + 1;
    if (!this.scheduled) this.schedule();
    if (waiting * 2 < this.queueLimit) return 'accepted';
    this.pressed = true;
    return 'pressed';
  }

  stop(): void {
    if (this.stopped) return;
    this.halt();
    this.options.journal?.commit(true);
  }

  private halt(): void {
    this.stopped = true;
    this.queue = [];
    this.head = 0;
    this.timers.clearAll();
    this.cancelWake?.();
    this.cancelWake = null;
  }

  private schedule(): void {
    this.scheduled = true;
    this.options.clock.defer(this.turn);
  }

  /** Runs when the clock says so; see the head of the file. */
  private readonly turn = (): void => {
    this.scheduled = false;
    if (this.stopped) return;
    this.counters.turns++;
    try {
      this.reduceWaiting();
      this.fireTimers();
      this.current = null;
      this.options.journal?.commit(false);
      this.perform();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.afterTurn();
  };

  private reduceWaiting(): void {
    const end = Math.min(this.queue.length, this.head + this.turnLimit);
    while (this.head < end) this.reduce(this.queue[this.head++]!);
    if (this.head === this.queue.length) {
      this.queue = [];
      this.head = 0;
    } else if (this.head > this.turnLimit * 8) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  private fireTimers(): void {
    const at = this.now();
    for (let fired = 0; fired < TIMERS_PER_TURN; fired++) {
      const timer = this.timers.takeDue(at);
      if (timer === undefined) return;
      const event: DriverEvent<M> = { type: 'TimerFired', at, timer };
      this.reduce(event as unknown as Event);
    }
  }

  private reduce(event: Event): void {
    const { core, journal, observe } = this.options;
    const { effects } = this;
    this.current = event;
    journal?.append(event);
    const from = effects.length;
    core.reduce(this.state, event, effects);
    this.counters.events++;
    observe?.(event, effects, from);
    this.applyTimers(from);
  }

  /** Timers are set at once, so that one that is set to now fires in this turn. */
  private applyTimers(from: number): void {
    const { effects } = this;
    for (let i = from; i < effects.length; i++) {
      const effect = effects[i] as unknown as DriverEffect<M>;
      if (effect.type === 'SetTimer') this.timers.set(effect.timer, effect.atMs);
      else if (effect.type === 'ClearTimer') this.timers.clear(effect.timer);
    }
  }

  private perform(): void {
    const { effects } = this;
    if (effects.length === 0) return;
    this.effects = [];
    this.counters.effects += effects.length;
    const batch = groupEffects<Effect, M>(effects);
    if (batch.sends.length > 0 || batch.rest.length > 0) this.options.perform(batch);
  }

  private afterTurn(): void {
    if (this.stopped) return;
    const { waiting } = this;
    if (this.pressed && waiting * 4 < this.queueLimit) {
      this.pressed = false;
      this.options.onDrain?.();
    }
    const firstMs = this.timers.firstMs();
    if (waiting > 0 || firstMs <= this.lastMs) {
      if (!this.scheduled) this.schedule();
      return;
    }
    this.wake(firstMs);
  }

  /** Keeps one wake-up of the clock: for the first timer, or one before it. */
  private wake(atMs: number): void {
    if (atMs >= this.wakeMs) return;
    this.cancelWake?.();
    this.wakeMs = atMs;
    this.cancelWake = this.options.clock.wakeAt(atMs, () => {
      this.wakeMs = Infinity;
      this.cancelWake = null;
      if (!this.scheduled && !this.stopped) this.turn();
    });
  }

  private fail(error: unknown): void {
    const event = this.current;
    this.halt();
    this.effects = [];
    this.options.journal?.commit(true);
    if (this.options.onDefect === undefined) throw error;
    this.options.onDefect(error, event);
  }
}

/** Sends by link, timers left out, the rest in order. A message for a link that was closed before is dropped. */
export function groupEffects<Effect extends Typed, M>(effects: readonly Effect[]): EffectBatch<Effect, M> {
  const sends: { link: LinkId; messages: M[] }[] = [];
  const byLink = new Map<LinkId, { link: LinkId; messages: M[] }>();
  const rest: DriverEffect<M>[] = [];
  const closed = new Set<LinkId>();
  for (const effect of effects as unknown as readonly DriverEffect<M>[]) {
    switch (effect.type) {
      case 'Send': {
        const { link } = effect;
        if (closed.has(link)) break;
        const known = byLink.get(link);
        if (known !== undefined) {
          known.messages.push(effect.message);
          break;
        }
        const made = { link, messages: [effect.message] };
        byLink.set(link, made);
        sends.push(made);
        break;
      }
      case 'SetTimer':
      case 'ClearTimer':
        break;
      case 'CloseLink':
        closed.add(effect.link);
        rest.push(effect);
        break;
      default:
        rest.push(effect);
    }
  }
  return { sends, rest: rest as unknown as EffectBatch<Effect, M>['rest'] };
}
