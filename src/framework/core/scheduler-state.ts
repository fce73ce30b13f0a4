/**
 * What a scheduler knows: whether and as whom it is subscribed, the offers it has not answered, and the tasks it has
 * launched that have not ended. Offers live no longer than the link; tasks live on.
 */
import type { LinkId } from '../../base/core.js';
import { mix32, uniform } from '../../base/mix32.js';
import type { FrameworkInfo, OfferConstraintsMessage } from '../../protocol/framework.js';
import type { OfferMessage } from '../../protocol/offer.js';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../protocol/schema.js';

export interface SchedulerConfig {
  /** Who the framework is. With an id it comes back as the one it was. */
  readonly frameworkInfo: FrameworkInfo;
  /** `host:port` of the masters, tried in turn; none: `MasterDetected` tells. */
  readonly masters: readonly string[];
  /** Of back-off. */
  readonly seed: number;
  readonly offerConstraints?: OfferConstraintsMessage;
  readonly suppressedRoles?: readonly string[];
  /** Time for a link to open, and for SUBSCRIBED to come. */
  readonly subscribeTimeoutMs?: number;
  /** The pause before another attempt is random below this, which doubles up to `backoffMaxMs`. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  /** A link on which so many heartbeats did not come is given up. */
  readonly missedHeartbeats?: number;
  /** A task that was not heard of for so long is asked for. */
  readonly silentTaskMs?: number;
  /** After a new subscription sooner: at first after this time, which doubles. */
  readonly askAgainMs?: number;
  /** All tasks are asked for this often, known here or not. */
  readonly reconcileAllMs?: number;
}

const DEFAULTS = {
  subscribeTimeoutMs: 10_000,
  backoffMs: 500,
  backoffMaxMs: 30_000,
  missedHeartbeats: 5,
  silentTaskMs: 60_000,
  askAgainMs: 1000,
  reconcileAllMs: 900_000,
} as const;

export type Phase = 'DISCONNECTED' | 'CONNECTING' | 'SUBSCRIBING' | 'SUBSCRIBED' | 'STOPPED';

/** A task from its launch to its end. */
export interface LaunchedTask {
  readonly agentId: AgentId;
  /** When the last status came; before that, when it was launched. */
  heardMs: number;
}

export interface SchedulerState {
  readonly config: SchedulerConfig & Readonly<Record<keyof typeof DEFAULTS, number>>;
  phase: Phase;
  /** The link that is subscribed, or is being. */
  link: LinkId | null;
  frameworkId: FrameworkId | null;
  /** Roles without offers; SUBSCRIBE repeats them. */
  suppressedRoles: readonly string[];
  /** The leading master, as far as it is told of. */
  detectedMaster: string | null;
  /** Which of the masters is next. */
  nextMaster: number;
  backoffMs: number;
  /** Attempts since it was last subscribed. */
  attempts: number;
  heardMs: number;
  subscribedMs: number;
  /** When to ask again for tasks that were not answered for since. */
  askAgainMs: number;
  /** 0: the master sends no heartbeats. */
  heartbeatMs: number;
  draws: number;
  readonly offers: Map<OfferId, OfferMessage>;
  readonly tasks: Map<TaskId, LaunchedTask>;
}

export const TIMERS = {
  connect: 'connect',
  subscribe: 'subscribe',
  heartbeat: 'heartbeat',
  silent: 'silent-tasks',
  reconcileAll: 'reconcile-all',
} as const;

export function createScheduler(config: SchedulerConfig): SchedulerState {
  const resolved = { ...DEFAULTS, ...config };
  return {
    config: resolved,
    phase: 'DISCONNECTED',
    link: null,
    frameworkId: config.frameworkInfo.id ?? null,
    suppressedRoles: config.suppressedRoles ?? [],
    detectedMaster: null,
    nextMaster: 0,
    backoffMs: resolved.backoffMs,
    attempts: 0,
    heardMs: 0,
    subscribedMs: 0,
    askAgainMs: 0,
    heartbeatMs: 0,
    draws: 0,
    offers: new Map(),
    tasks: new Map(),
  };
}

/** A number in [0, 1) that depends on the seed and on how many were drawn before. */
export function draw(state: SchedulerState): number {
  return uniform(mix32(state.config.seed), state.draws++);
}

/** The roles of the framework. */
export function rolesOf(info: FrameworkInfo): readonly string[] {
  return info.roles ?? [info.role ?? '*'];
}
