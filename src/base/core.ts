/**
 * What every core has in common. A core is a function `reduce(state, event, effects)`: it changes the state it owns and
 * pushes what is to be done onto `effects`; it waits for nothing, reads no clock (`event.at` is the time) and throws no
 * dice. Whoever drives it (a runner over real sockets, the simulator) numbers links, keeps timers and performs effects
 * after `reduce` has returned, never inside.
 */

/** A connection, numbered by the driver of the core; numbers are never used again. */
export type LinkId = number;

/** Events every driver brings. `M` is the union of the messages the core understands; `at` is in milliseconds. */
export type DriverEvent<M> =
  | { readonly type: 'LinkOpened'; readonly at: number; readonly link: LinkId; readonly remote: string }
  | { readonly type: 'LinkClosed'; readonly at: number; readonly link: LinkId; readonly reason: string }
  | { readonly type: 'MessageReceived'; readonly at: number; readonly link: LinkId; readonly message: M }
  | { readonly type: 'TimerFired'; readonly at: number; readonly timer: string };

/** Effects every driver performs. A timer that is set again moves; clearing one that is not set does nothing. */
export type DriverEffect<M> =
  | { readonly type: 'Send'; readonly link: LinkId; readonly message: M }
  | { readonly type: 'CloseLink'; readonly link: LinkId; readonly reason: string }
  | { readonly type: 'SetTimer'; readonly timer: string; readonly atMs: number }
  | { readonly type: 'ClearTimer'; readonly timer: string }
  | { readonly type: 'Log'; readonly level: LogLevel; readonly text: string; readonly fields?: LogFields };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A state machine as drivers see it. */
export interface Core<State, Event, Effect> {
  readonly reduce: (state: State, event: Event, effects: Effect[]) => void;
}
