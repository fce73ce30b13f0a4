/**
 * A driver for frameworks of one's own, in the manner of Mesos' SchedulerDriver: callbacks for what the master says,
 * methods for what the framework wants. It keeps the subscription alive, acknowledges a status after the callback has
 * returned (unless told otherwise), and asks for tasks that were not heard of for long.
 */
import { randomBytes } from 'node:crypto';
import type { LogFields, LogLevel } from '../../base/core.js';
import { MeteError } from '../../base/errors.js';
import type { FiltersMessage } from '../../protocol/common.js';
import type { FrameworkInfo, MasterInfo, OfferConstraintsMessage } from '../../protocol/framework.js';
import type { MessageOf, SchedulerCall } from '../../protocol/messages.js';
import type { InverseOfferMessage, OfferMessage, OperationMessage } from '../../protocol/offer.js';
import type { AgentId, ExecutorId, FrameworkId, OfferId, TaskId } from '../../protocol/schema.js';
import type { TaskInfo, TaskStatus } from '../../protocol/task.js';
import { createRealClock } from '../../runner/clock.js';
import { withCredential } from '../../transport/credentialed-transport.js';
import { createRunner, type EffectBatch, type Runner } from '../../runner/runner.js';
import { chooseTransport, type TransportChoice } from '../../transport/choose-transport.js';
import type { Notice, SchedulerEffect, SchedulerInput } from '../core/events.js';
import { reduceScheduler } from '../core/reduce-scheduler.js';
import { createScheduler, type SchedulerState } from '../core/scheduler-state.js';
import { type Masters, type MasterSource, masterSourceOf } from './master-source.js';
import { createSchedulerLink, type SchedulerLink } from './scheduler-link.js';

/** What a framework hears. All are optional but `resourceOffers`; what they throw ends the driver. */
export interface Scheduler {
  resourceOffers(driver: SchedulerDriver, offers: readonly OfferMessage[]): void;
  registered?(driver: SchedulerDriver, frameworkId: FrameworkId, master: MasterInfo | undefined): void;
  reregistered?(driver: SchedulerDriver, master: MasterInfo | undefined): void;
  disconnected?(driver: SchedulerDriver, reason: string): void;
  offerRescinded?(driver: SchedulerDriver, offerId: OfferId): void;
  inverseOffers?(driver: SchedulerDriver, offers: readonly InverseOfferMessage[]): void;
  inverseOfferRescinded?(driver: SchedulerDriver, offerId: OfferId): void;
  statusUpdate?(driver: SchedulerDriver, status: TaskStatus): void;
  operationStatusUpdate?(driver: SchedulerDriver, status: MessageOf<'UPDATE_OPERATION_STATUS'>['status']): void;
  frameworkMessage?(driver: SchedulerDriver, executorId: ExecutorId, agentId: AgentId, data: Uint8Array): void;
  agentLost?(driver: SchedulerDriver, agentId: AgentId): void;
  executorLost?(driver: SchedulerDriver, executorId: ExecutorId, agentId: AgentId, status: number): void;
  /** The master has ended the subscription; the driver stops. */
  error?(driver: SchedulerDriver, message: string): void;
  log?(level: LogLevel, text: string, fields?: LogFields): void;
}

export interface SchedulerDriverOptions {
  /** `host:port` of the masters, tried in turn; or `zk://…/path` or `etcd://…/path` of the servers that elect one. */
  readonly masters: Masters;
  /** Of the session with these servers. */
  readonly sessionTimeoutMs?: number;
  readonly frameworkInfo: FrameworkInfo;
  readonly offerConstraints?: OfferConstraintsMessage;
  readonly suppressedRoles?: readonly string[];
  /** True: a status is acknowledged after `statusUpdate` has returned. False: call `acknowledge`. */
  readonly implicitAcknowledgements?: boolean;
  readonly transport?: TransportChoice;
  /** Who asks, and the secret that proves it to the master. */
  readonly credential?: { readonly principal: string; readonly secret: string };
}

/** How a driver ended: stopped by the framework, or by the master with its reason. */
export interface DriverEnd {
  readonly error: string | null;
}

type Core = Runner<SchedulerState, SchedulerInput>;

export class SchedulerDriver {
  private readonly masters: MasterSource;
  private core: Core | null = null;
  private links: SchedulerLink | null = null;
  private settle: { resolve: (end: DriverEnd) => void; reject: (error: unknown) => void } | null = null;
  private readonly ended: Promise<DriverEnd>;

  /** Throws MeteError INVALID_ARGUMENT for addresses that are none. */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly options: SchedulerDriverOptions,
  ) {
    this.masters = masterSourceOf(options.masters, options.sessionTimeoutMs);
    this.ended = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    this.ended.catch(() => undefined); // whoever calls `join` hears of it
  }

  /** Connects; resolves when connecting has begun. Throws MeteError TRANSPORT_UNAVAILABLE. */
  async start(): Promise<void> {
    if (this.core !== null) throw used();
    const { frameworkInfo, offerConstraints, suppressedRoles } = this.options;
    const { transport: plain } = await chooseTransport(this.options.transport);
    const { credential } = this.options;
    const transport = credential === undefined ? plain : withCredential(plain, credential);
    const seed = randomBytes(4).readUInt32LE();
    const more = { ...(offerConstraints && { offerConstraints }), ...(suppressedRoles && { suppressedRoles }) };
    const core = createRunner<SchedulerState, SchedulerInput, SchedulerEffect, SchedulerCall>({
      core: { reduce: reduceScheduler },
      state: createScheduler({ frameworkInfo, masters: this.masters.addresses, seed, ...more }),
      clock: createRealClock(),
      perform: (batch) => this.perform(batch),
      onDefect: (error) => this.fail(error),
    });
    this.core = core;
    this.links = createSchedulerLink({ transport, now: () => core.now(), push: (event) => core.push(event) });
    core.push({ type: 'Started', at: core.now() });
    await this.masters.follow(
      (master) => void core.push({ type: 'MasterDetected', at: core.now(), master }),
      (level, text, fields) => this.scheduler.log?.(level, text, fields),
    );
  }

  /** Resolves when the driver has ended; rejects with what a callback threw. */
  join(): Promise<DriverEnd> {
    return this.ended;
  }

  /** `start`, then `join`. */
  async run(): Promise<DriverEnd> {
    await this.start();
    return this.join();
  }

  /** Ends the framework and its tasks; with `failover` the master keeps them for `failoverTimeoutSeconds`. */
  stop(failover = false): void {
    const { core } = this;
    core?.push({ type: 'StopRequested', at: core.now(), failover });
  }

  /** The framework's id, once it has one. */
  get frameworkId(): FrameworkId | null {
    return this.core?.state.frameworkId ?? null;
  }

  launchTasks(offerIds: readonly OfferId[], tasks: readonly TaskInfo[], filters?: FiltersMessage): void {
    this.acceptOffers(offerIds, [{ type: 'LAUNCH', launch: { taskInfos: [...tasks] } }], filters);
  }

  acceptOffers(
    offerIds: readonly OfferId[],
    operations: readonly OperationMessage[],
    filters?: FiltersMessage,
  ): void {
    const call: SchedulerCall = { type: 'ACCEPT', offerIds: [...offerIds], operations: [...operations] };
    this.call(filters === undefined ? call : { ...call, filters });
  }

  declineOffer(offerId: OfferId, filters?: FiltersMessage): void {
    this.call({ type: 'DECLINE', offerIds: [offerId], ...(filters === undefined ? {} : { filters }) });
  }

  reviveOffers(roles?: readonly string[]): void {
    this.call({ type: 'REVIVE', ...(roles === undefined ? {} : { roles: [...roles] }) });
  }

  suppressOffers(roles?: readonly string[]): void {
    this.call({ type: 'SUPPRESS', ...(roles === undefined ? {} : { roles: [...roles] }) });
  }

  killTask(taskId: TaskId, agentId?: AgentId): void {
    this.call({ type: 'KILL', taskId, ...(agentId === undefined ? {} : { agentId }) });
  }

  acknowledge(status: TaskStatus): void {
    const { taskId, agentId, uuid } = status;
    if (agentId !== undefined && uuid !== undefined) this.call({ type: 'ACKNOWLEDGE', agentId, taskId, uuid });
  }

  sendFrameworkMessage(executorId: ExecutorId, agentId: AgentId, data: Uint8Array): void {
    this.call({ type: 'MESSAGE', executorId, agentId, data });
  }

  /** Asks for the newest status of tasks; of all if none are named. */
  reconcileTasks(tasks: readonly { readonly taskId: TaskId; readonly agentId?: AgentId }[] = []): void {
    this.call({ type: 'RECONCILE', tasks: [...tasks] });
  }

  /** Any other call of the protocol. */
  call(call: SchedulerCall): void {
    const { core } = this;
    core?.push({ type: 'CallMade', at: core.now(), call });
  }

  private perform({ sends, rest }: EffectBatch<SchedulerEffect, SchedulerCall>): void {
    this.links?.send(sends);
    for (const effect of rest) {
      if (effect.type === 'ConnectMaster') this.links?.connect(effect.address);
      else if (effect.type === 'CloseLink') this.links?.close(effect.link, effect.reason);
      else if (effect.type === 'Log') this.scheduler.log?.(effect.level, effect.text, effect.fields);
      else if (effect.type === 'Notify') this.notify(effect.notice);
      else this.finish(effect.error);
    }
  }

  private notify(notice: Notice): void {
    const { scheduler } = this;
    switch (notice.type) {
      case 'SUBSCRIBED':
        return this.subscribed(notice);
      case 'DISCONNECTED':
        return scheduler.disconnected?.(this, notice.reason);
      case 'OFFERS':
        return scheduler.resourceOffers(this, notice.offers);
      case 'RESCIND':
        return scheduler.offerRescinded?.(this, notice.offerId);
      case 'INVERSE_OFFERS':
        return scheduler.inverseOffers?.(this, notice.inverseOffers);
      case 'RESCIND_INVERSE_OFFER':
        return scheduler.inverseOfferRescinded?.(this, notice.inverseOfferId);
      case 'UPDATE':
        scheduler.statusUpdate?.(this, notice.status);
        if (this.options.implicitAcknowledgements !== false) this.acknowledge(notice.status);
        return;
      case 'EXECUTOR_MESSAGE':
        return scheduler.frameworkMessage?.(this, notice.executorId, notice.agentId, notice.data);
      case 'UPDATE_OPERATION_STATUS':
        return scheduler.operationStatusUpdate?.(this, notice.status);
      case 'FAILURE':
        return this.failed(notice);
      case 'ERROR':
        return scheduler.error?.(this, notice.message);
      case 'HEARTBEAT':
    }
  }

  private isReregistration = false;

  private subscribed({ frameworkId, masterInfo }: MessageOf<'SUBSCRIBED'>): void {
    if (this.isReregistration) this.scheduler.reregistered?.(this, masterInfo);
    else this.scheduler.registered?.(this, frameworkId, masterInfo);
    this.isReregistration = true;
  }

  private failed({ agentId, executorId, status }: MessageOf<'FAILURE'>): void {
    if (agentId === undefined) return;
    if (executorId === undefined) this.scheduler.agentLost?.(this, agentId);
    else this.scheduler.executorLost?.(this, executorId, agentId, status ?? -1);
  }

  private finish(error: string | null): void {
    const { core } = this;
    // Callbacks of this turn come first.
    setImmediate(() => {
      core?.stop();
      void this.masters.close().finally(() => this.settle?.resolve({ error }));
    });
  }

  private fail(error: unknown): void {
    this.links?.closeAll('the framework has failed');
    void this.masters.close();
    this.settle?.reject(error);
  }
}

function used(): MeteError {
  return new MeteError('INVALID_ARGUMENT', {
    field: 'driver',
    value: 'started',
    reason: 'a driver is used once',
    mend: 'make a new one',
  });
}
