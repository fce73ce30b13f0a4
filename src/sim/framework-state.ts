/** State, events and effects of the model framework (framework-model.ts), and the calls that change its books. */
import type { DriverEffect, DriverEvent, LinkId } from '../base/core.js';
import type { FrameworkInfo } from '../protocol/framework.js';
import type { SchedulerCall, SchedulerEvent } from '../protocol/messages.js';
import type { OfferMessage } from '../protocol/offer.js';
import type { FrameworkId, OfferId, TaskId } from '../protocol/schema.js';
import type { TaskInfo, TaskStatus } from '../protocol/task.js';
import { createDice, type Dice } from './dice.js';
import { bookLaunch, type TaskBook } from './task-book.js';

/** What it does with offers; see framework-policies.ts. */
export type PolicyName = 'manual' | 'greedy' | 'picky' | 'holder' | 'churning';

export interface FrameworkModelConfig {
  readonly name: string;
  readonly info: FrameworkInfo;
  readonly suppressedRoles?: readonly string[];
  readonly policy: PolicyName;
  readonly seed: number;
  /** Tasks that a policy launches at most. */
  readonly backlog?: number;
  /** Acknowledges statuses by itself (default). */
  readonly acknowledges?: boolean;
  /** Comes back by itself when its link is lost (default). */
  readonly reconnects?: boolean;
}

export type FrameworkModelEvent =
  | DriverEvent<SchedulerEvent>
  /** The link to the master that `Connect` asked for; null: nobody answers. */
  | { readonly type: 'Connected'; readonly at: number; readonly link: LinkId | null }
  /** Another master leads, or none. */
  | { readonly type: 'MasterDetected'; readonly at: number; readonly master: string | null }
  | { readonly type: 'CallTold'; readonly at: number; readonly call: SchedulerCall }
  /** Launch nothing any more, decline all offers, kill what runs. */
  | { readonly type: 'WindDownTold'; readonly at: number }
  | { readonly type: 'ConnectTold'; readonly at: number };

export type FrameworkModelEffect = DriverEffect<SchedulerCall> | { readonly type: 'Connect' };

export interface FrameworkModelState {
  readonly config: FrameworkModelConfig;
  readonly dice: Dice;
  id: FrameworkId | null;
  link: LinkId | null;
  subscribed: boolean;
  /** The master has ended the subscription for good, or the framework has torn itself down. */
  gone: boolean;
  goneBecause: string;
  launching: boolean;
  left: number;
  launched: number;
  readonly offers: Map<OfferId, OfferMessage>;
  readonly tasks: Map<TaskId, TaskBook>;
  /** Statuses with a uuid that have not been acknowledged. */
  readonly unacknowledged: TaskStatus[];
  /** What must not have happened. */
  readonly complaints: string[];
}

export type FrameworkEffects = FrameworkModelEffect[];

export function createFrameworkModel(config: FrameworkModelConfig): FrameworkModelState {
  return {
    config,
    dice: createDice(config.seed),
    id: null,
    link: null,
    subscribed: false,
    gone: false,
    goneBecause: '',
    launching: true,
    left: config.backlog ?? 0,
    launched: 0,
    offers: new Map(),
    tasks: new Map(),
    unacknowledged: [],
    complaints: [],
  };
}

/** Sends a call if there is a link, and keeps the books that go with it. */
export function call(state: FrameworkModelState, at: number, message: SchedulerCall, effects: FrameworkEffects): void {
  if (state.link === null) return;
  effects.push({ type: 'Send', link: state.link, message });
  switch (message.type) {
    case 'ACCEPT':
      for (const offerId of message.offerIds) state.offers.delete(offerId);
      for (const operation of message.operations ?? []) {
        for (const task of operation.launch?.taskInfos ?? operation.launchGroup?.taskGroup.tasks ?? []) {
          bookLaunch(state.tasks, task, at);
          state.launched++;
        }
      }
      break;
    case 'DECLINE':
      for (const offerId of message.offerIds) state.offers.delete(offerId);
      break;
    case 'TEARDOWN':
      leave(state, 'teardown');
      break;
    default:
  }
}

/** Makes a LAUNCH of offers of one agent. */
export function accept(
  offers: readonly Pick<OfferMessage, 'id'>[],
  tasks: readonly TaskInfo[],
  refuseSeconds?: number,
): SchedulerCall {
  return {
    type: 'ACCEPT',
    offerIds: offers.map((offer) => offer.id),
    operations: [{ type: 'LAUNCH', launch: { taskInfos: [...tasks] } }],
    ...(refuseSeconds === undefined ? {} : { filters: { refuseSeconds } }),
  };
}

/** The framework is gone for good. */
export function leave(state: FrameworkModelState, because: string): void {
  state.gone = true;
  state.goneBecause = because;
  state.offers.clear();
}
