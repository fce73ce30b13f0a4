/**
 * What happens to a scheduler and what it does, beyond the events and effects of every driver.
 *
 * Duties of whoever drives it: `ConnectMaster` opens a link and answers with `MasterLinkOpened`, or with
 * `MasterUnreachable` if it knows; a repeated one replaces an attempt that is still going on. `Stopped` is the last
 * effect.
 */
import type { DriverEffect, DriverEvent, LinkId } from '../../base/core.js';
import type { SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';

export type SchedulerInput =
  | DriverEvent<SchedulerEvent>
  | { readonly type: 'Started'; readonly at: number }
  | { readonly type: 'MasterLinkOpened'; readonly at: number; readonly link: LinkId; readonly master?: string }
  | { readonly type: 'MasterUnreachable'; readonly at: number; readonly reason: string }
  /** The leading master is at this address, or there is none. Only where no masters are configured. */
  | { readonly type: 'MasterDetected'; readonly at: number; readonly master: string | null }
  /** The framework wants to call the master. */
  | { readonly type: 'CallMade'; readonly at: number; readonly call: SchedulerCall }
  /** The end. Without `failover` the framework is torn down, with it the master keeps its tasks for a while. */
  | { readonly type: 'StopRequested'; readonly at: number; readonly failover: boolean };

/** What a scheduler hears: events of the master, and that there is none. */
export type Notice = SchedulerEvent | { readonly type: 'DISCONNECTED'; readonly reason: string };

export type SchedulerEffect =
  | DriverEffect<SchedulerCall>
  | { readonly type: 'ConnectMaster'; readonly address: string }
  | { readonly type: 'Notify'; readonly notice: Notice }
  /** `error` is the master's reason if it ended the subscription. */
  | { readonly type: 'Stopped'; readonly error: string | null };

/** Where effects are pushed; cores that contain a scheduler have more kinds of them. */
export interface Effects {
  push(effect: SchedulerEffect): unknown;
}
