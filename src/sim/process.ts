/**
 * A process of the simulation: a core under the same runner that drives it in real life, over virtual time and the
 * simulated network. Crashing it drops its queue and its timers and ends its links without telling it.
 */
import type { Core, DriverEffect, DriverEvent, LinkId, LogFields, LogLevel } from '../base/core.js';
import type { Message } from '../protocol/messages.js';
import type { Clock } from '../runner/clock.js';
import { createRunner, type EffectBatch, type EventSink, type Runner } from '../runner/runner.js';
import type { LinkEnd, Network, Station } from './network.js';
import type { World } from './world.js';

interface Typed {
  readonly type: string;
}

export type LogSink = (name: string, level: LogLevel, text: string, fields: LogFields | undefined) => void;

export interface ProcessOptions<State, Event extends Typed, Effect extends Typed> {
  readonly name: string;
  readonly host: string;
  readonly world: World;
  readonly network: Network;
  readonly core: Core<State, Event, Effect>;
  readonly state: State;
  /** Effects of the core's own kinds. */
  readonly perform: (effect: Effect, process: Process<State, Event>) => void;
  /**
   * Stores what the effects of a turn want stored, and calls back when it is; until then nothing of this turn and of
   * later ones is done. False: there is nothing to store.
   */
  readonly persist?: (effects: readonly Effect[], done: () => void) => boolean;
  /** After each event. */
  readonly observe?: (event: Event, effects: readonly Effect[], from: number) => void;
  readonly journal?: EventSink<Event>;
  readonly log?: LogSink;
  /** The core threw. */
  readonly defect: (name: string, error: unknown, event: Event | null) => void;
}

export interface Process<State, Event> extends Station {
  readonly state: State;
  readonly alive: boolean;
  push(event: Event): void;
  now(): number;
  /** Takes over the near end of a link that this process asked for; the core then may use its number. */
  adopt(end: LinkEnd): LinkId;
  /** Open links, oldest first. */
  ends(): LinkEnd[];
  crash(): void;
  /** Does nothing for a while; what arrives waits. As when a machine swaps, or a process is stopped. */
  freeze(ms: number): void;
}

/** The clock of a process, and how to stop it for a while. */
function freezableClock(world: World): { clock: Clock; freeze: (ms: number) => void } {
  let frozenUntilMs = 0;
  const whenThawed = (callback: () => void) => (): void => {
    if (world.nowMs < frozenUntilMs) world.schedule(frozenUntilMs, callback);
    else callback();
  };
  const clock: Clock = {
    nowMs: () => world.nowMs,
    wakeAt: (atMs, callback) => world.schedule(atMs, whenThawed(callback)),
    defer: (callback) => void world.schedule(world.nowMs, whenThawed(callback)),
  };
  const freeze = (ms: number): void => {
    frozenUntilMs = world.nowMs + ms;
  };
  return { clock, freeze };
}

/** Does things one after the other, each when `persist` has stored what it wants stored. */
function gated<Batch>(
  persist: (batch: Batch, done: () => void) => boolean,
  perform: (batch: Batch) => void,
): (batch: Batch) => void {
  const waiting: Batch[] = [];
  let storing = false;
  const next = (): void => {
    while (!storing && waiting.length > 0) {
      const batch = waiting.shift()!;
      storing = persist(batch, () => {
        storing = false;
        perform(batch);
        next();
      });
      if (!storing) perform(batch);
    }
  };
  return (batch) => {
    waiting.push(batch);
    next();
  };
}

/** Does what a turn asks for. What ends the process ends the rest, too, but for links and logs. */
function performBatch<State, Event extends Typed, Effect extends Typed>(
  options: ProcessOptions<State, Event, Effect>,
  links: ReadonlyMap<LinkId, LinkEnd>,
  self: Process<State, Event>,
  { sends, rest }: EffectBatch<Effect, Message>,
): void {
  const { network } = options;
  for (const { link, messages } of sends) {
    const end = links.get(link);
    if (end !== undefined) network.send(end, messages);
  }
  for (const effect of rest as readonly Effect[]) {
    const known = effect as unknown as DriverEffect<Message>;
    if (known.type === 'CloseLink') {
      const end = links.get(known.link);
      if (end !== undefined) network.close(end, known.reason);
    } else if (known.type === 'Log') {
      options.log?.(options.name, known.level, known.text, known.fields);
    } else if (self.alive) {
      options.perform(effect, self);
    }
  }
}

/** Starts a process; it is idle until something reaches it. */
export function startProcess<State, Event extends Typed, Effect extends Typed>(
  options: ProcessOptions<State, Event, Effect>,
): Process<State, Event> {
  const { name, host, world, network, core, state, journal, observe } = options;
  const links = new Map<LinkId, LinkEnd>();
  let alive = true;
  const { clock, freeze } = freezableClock(world);
  const runner: Runner<State, Event> = createRunner<State, Event, Effect, Message>({
    core,
    state,
    clock,
    ...(journal === undefined ? {} : { journal }),
    ...(observe === undefined ? {} : { observe }),
    perform: gated<EffectBatch<Effect, Message>>(
      (batch, done) => options.persist?.(batch.rest, done) === true,
      (batch) => {
        if (alive) performBatch(options, links, self, batch);
      },
    ),
    onDefect: (error, event) => options.defect(name, error, event),
  });
  const drive = (event: DriverEvent<Message>): void => void runner.push(event as unknown as Event);
  const self: Process<State, Event> = {
    name,
    host,
    state,
    get alive() {
      return alive;
    },
    push: (event) => void runner.push(event),
    now: () => runner.now(),
    adopt(end) {
      links.set(end.link, end);
      return end.link;
    },
    ends: () => [...links.values()],
    linkOpened(end) {
      links.set(end.link, end);
      drive({ type: 'LinkOpened', at: runner.now(), link: end.link, remote: end.peer.owner.name });
    },
    received(end, messages) {
      if (!alive) return;
      for (const message of messages) drive({ type: 'MessageReceived', at: runner.now(), link: end.link, message });
    },
    linkClosed(end, reason) {
      if (links.delete(end.link) && alive) drive({ type: 'LinkClosed', at: runner.now(), link: end.link, reason });
    },
    crash() {
      alive = false;
      runner.stop();
      links.clear();
      network.remove(self);
    },
    freeze,
  };
  return self;
}
