/**
 * Drives the master's core without anything around it: frameworks and agents are links, the registry answers at once
 * (or when told), time moves when told, timers fire as time passes. What the master sent is collected by link.
 */
import assert from 'node:assert/strict';
import { TypeScriptEngine } from '../../src/allocator/engine/typescript-engine.js';
import type { MasterConfig } from '../../src/master/core/config.js';
import type { MasterEffect, MasterEvent, OperatorCall } from '../../src/master/core/events.js';
import { reduceMaster } from '../../src/master/core/reduce.js';
import { checkInvariants } from './invariants.js';
import { createMaster, type MasterState } from '../../src/master/core/state.js';
import { applyToRegistry, emptyRegistry, snapshotRegistry } from '../../src/protocol/registry.js';
import type { AgentCall, AgentEvent, MessageOf, SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import type { FrameworkInfo } from '../../src/protocol/framework.js';
import type { OfferMessage, OperationMessage } from '../../src/protocol/offer.js';
import type { AgentId, ExecutorId, FrameworkId, OfferId, TaskId } from '../../src/protocol/schema.js';
import type { StatusUpdate, TaskInfo, TaskState, TaskStatus } from '../../src/protocol/task.js';
import { resourcesToMessages } from '../../src/resources/message-form.js';
import { parseResources } from '../../src/resources/parse-text.js';
import type { Resource } from '../../src/protocol/common.js';

type Event = SchedulerEvent | AgentEvent;

/** An event without its time. */
type Timeless = MasterEvent extends infer E ? (E extends MasterEvent ? Omit<E, 'at'> : never) : never;
type EventType = Event['type'];
type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

export const START_MS = 1_700_000_000_000;
export const MASTER_ID = 'master';

/** What agents can do unless a test says otherwise. */
export const ABLE = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'TASK_RESOURCE_LIMITS',
];

export function resources(text: string): Resource[] {
  return resourcesToMessages(parseResources(text));
}

/** One side of a link to the master, as a test sees it. */
export class Peer {
  closed: string | null = null;
  private readonly inbox: Event[] = [];

  constructor(
    protected readonly world: World,
    readonly link: number,
  ) {}

  deliver(message: Event): void {
    this.inbox.push(message);
  }

  send(message: SchedulerCall | AgentCall): this {
    this.world.feed({ type: 'MessageReceived', link: this.link, message });
    return this;
  }

  /** Everything received since the last look, or that of some types. */
  take(): Event[];
  take<T extends EventType>(type: T): EventOf<T>[];
  take(type?: EventType): Event[] {
    if (type === undefined) return this.inbox.splice(0);
    const found = this.inbox.filter((message) => message.type === type);
    const others = this.inbox.filter((message) => message.type !== type);
    this.inbox.splice(0, this.inbox.length, ...others);
    return found;
  }

  /** The one message of this type since the last look. */
  takeOne<T extends EventType>(type: T): EventOf<T> {
    const found = this.take(type);
    assert.equal(found.length, 1, `${found.length} messages of type ${type}, ${this.inbox.map((m) => m.type).join()}`);
    return found[0]!;
  }

  types(): EventType[] {
    return this.inbox.map((message) => message.type);
  }

  close(): void {
    this.closed = 'by the peer';
    this.world.feed({ type: 'LinkClosed', link: this.link, reason: 'by the peer' });
  }
}

export class FrameworkPeer extends Peer {
  id = '' as FrameworkId;

  offers(): OfferMessage[] {
    return this.take('OFFERS').flatMap((message) => message.offers);
  }

  statuses(): TaskStatus[] {
    return this.take('UPDATE').map((message) => message.status);
  }

  accept(offers: readonly OfferMessage[], operations: OperationMessage[], refuseSeconds?: number): this {
    const offerIds = offers.map((offer) => offer.id);
    const filters = refuseSeconds === undefined ? {} : { filters: { refuseSeconds } };
    return this.send({ type: 'ACCEPT', offerIds, operations, ...filters });
  }

  launch(offer: OfferMessage, ...tasks: TaskInfo[]): this {
    return this.accept([offer], [{ type: 'LAUNCH', launch: { taskInfos: tasks } }]);
  }

  acknowledge(status: TaskStatus): this {
    const { agentId, taskId, uuid } = status;
    return this.send({ type: 'ACKNOWLEDGE', agentId: agentId!, taskId, uuid: uuid! });
  }
}

export class AgentPeer extends Peer {
  id = '' as AgentId;
  /** Pings are answered at once and not kept; false: they come in like everything else. */
  answersPings = true;
  private nextUuid = 1;

  override deliver(message: Event): void {
    if (message.type === 'PING' && this.answersPings && message.connected) this.send({ type: 'PONG' });
    else super.deliver(message);
  }

  uuid(): Uint8Array {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(0, this.nextUuid++);
    bytes[15] = this.link;
    return bytes;
  }

  status(taskId: string, state: TaskState, more: Partial<TaskStatus> = {}): TaskStatus {
    return {
      taskId: taskId as TaskId,
      state,
      source: 'SOURCE_EXECUTOR',
      agentId: this.id,
      timestamp: START_MS / 1000,
      uuid: this.uuid(),
      ...more,
    };
  }

  update(frameworkId: FrameworkId, status: TaskStatus, more: Partial<StatusUpdate> = {}): this {
    const { uuid } = status;
    const update = { frameworkId, agentId: this.id, status, timestamp: START_MS / 1000, uuid: uuid!, ...more };
    return this.send({ type: 'STATUS_UPDATE', update });
  }
}

export class World {
  readonly state: MasterState;
  readonly log: MasterEffect[] = [];
  readonly registry = emptyRegistry();
  readonly timers = new Map<string, number>();
  readonly exits: Extract<MasterEffect, { type: 'Exit' }>[] = [];
  readonly answers: Extract<MasterEffect, { type: 'AnswerOperator' }>[] = [];
  /** Stores that wait: with `holdRegistry` nothing is answered until `releaseRegistry`. */
  holdRegistry = false;
  private readonly held: Extract<MasterEffect, { type: 'StoreRegistry' }>[] = [];
  private readonly peers = new Map<number, Peer>();
  private readonly queue: Timeless[] = [];
  private busy = false;
  private nextLink = 1;
  private nextRequest = 1;
  nowMs = START_MS;

  constructor(config: Partial<MasterConfig> = {}) {
    const masterInfo = { id: MASTER_ID, ip: 16777343, port: 5050, hostname: 'localhost', version: '1.11.0' };
    this.state = createMaster({
      masterInfo,
      startMs: START_MS,
      allocator: { engine: (options) => new TypeScriptEngine(options) },
      ...config,
    });
  }

  /** Hands an event to the core; what follows from its effects comes after all of them, as with real drivers. */
  feed(event: Timeless): void {
    this.queue.push(event);
    if (this.busy) return;
    this.busy = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const effects: MasterEffect[] = [];
      reduceMaster(this.state, { ...next, at: this.nowMs }, effects);
      checkInvariants(this.state);
      for (const effect of effects) this.perform(effect);
    }
    this.busy = false;
  }

  private perform(effect: MasterEffect): void {
    this.log.push(effect);
    switch (effect.type) {
      case 'Send':
        this.peers.get(effect.link)?.deliver(effect.message);
        break;
      case 'CloseLink': {
        const peer = this.peers.get(effect.link);
        if (peer === undefined || peer.closed !== null) break;
        peer.closed = effect.reason;
        this.feed({ type: 'LinkClosed', link: effect.link, reason: effect.reason });
        break;
      }
      case 'SetTimer':
        this.timers.set(effect.timer, effect.atMs);
        break;
      case 'ClearTimer':
        this.timers.delete(effect.timer);
        break;
      case 'StoreRegistry':
        this.held.push(effect);
        if (!this.holdRegistry) this.releaseRegistry();
        break;
      case 'AnswerOperator':
        this.answers.push(effect);
        break;
      case 'Exit':
        this.exits.push(effect);
        break;
      case 'Log':
      case 'Publish':
        break;
    }
  }

  /** Stores all that waits to be stored. */
  releaseRegistry(): void {
    for (const { store, operations } of this.held.splice(0)) {
      const outcomes = operations.map((operation) => applyToRegistry(this.registry, operation));
      const ok = outcomes.every((outcome) => outcome.ok);
      this.feed({ type: 'RegistryStored', store, ok });
    }
  }

  /** Lets time pass; timers fire in order of their times. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1])[0];
      if (due === undefined) break;
      const [timer, atMs] = due;
      this.timers.delete(timer);
      this.nowMs = Math.max(this.nowMs, atMs);
      this.feed({ type: 'TimerFired', timer });
    }
    this.nowMs = endMs;
  }

  /** Lets everything happen that is due now: the allocation above all. */
  settle(): void {
    this.advance(0);
  }

  private open<P extends Peer>(make: (link: number) => P, host: string): P {
    const link = this.nextLink++;
    const peer = make(link);
    this.peers.set(link, peer);
    this.feed({ type: 'LinkOpened', link, remote: `${host}:${40000 + link}` });
    return peer;
  }

  agentLink(): AgentPeer {
    return this.open((link) => new AgentPeer(this, link), '10.0.0.5');
  }

  frameworkLink(): FrameworkPeer {
    return this.open((link) => new FrameworkPeer(this, link), '10.0.0.9');
  }

  /** A registered agent. */
  agent(text = 'cpus:4;mem:4096', more: Partial<MessageOf<'REGISTER_AGENT'>> = {}): AgentPeer {
    const peer = this.agentLink();
    const info = { hostname: `host${peer.link}`, port: 5051, resources: resources(text) };
    peer.send({ type: 'REGISTER_AGENT', agentInfo: info, version: '1.11.0', capabilities: ABLE, ...more });
    peer.id = peer.takeOne('AGENT_REGISTERED').agentId;
    return peer;
  }

  /** A subscribed framework. */
  framework(info: Partial<FrameworkInfo> = {}, more: Partial<MessageOf<'SUBSCRIBE'>> = {}): FrameworkPeer {
    const peer = this.frameworkLink();
    peer.send({ type: 'SUBSCRIBE', frameworkInfo: { user: 'nobody', name: 'test', ...info }, ...more });
    peer.id = peer.takeOne('SUBSCRIBED').frameworkId;
    peer.take('HEARTBEAT');
    return peer;
  }

  /** The registry is as it is in a cluster that has been there for a while; then the master leads. */
  recover(): this {
    this.feed({ type: 'RegistryRecovered', registry: snapshotRegistry(this.registry) });
    return this;
  }

  operator(call: OperatorCall): Extract<MasterEffect, { type: 'AnswerOperator' }> {
    this.feed({ type: 'OperatorCalled', request: this.nextRequest++, call });
    return this.answers.at(-1)!;
  }
}

/** A command task. */
export function task(
  id: string,
  offer: Pick<OfferMessage, 'agentId'>,
  text = 'cpus:1;mem:64',
  more: Partial<TaskInfo> = {},
): TaskInfo {
  return {
    name: id,
    taskId: id as TaskId,
    agentId: offer.agentId,
    resources: resources(text),
    ...('executor' in more ? {} : { command: { value: 'true' } }),
    ...more,
  };
}

export const asOffer = (id: string): OfferId => id as OfferId;
export const asTask = (id: string): TaskId => id as TaskId;
export const asAgent = (id: string): AgentId => id as AgentId;
export const asExecutor = (id: string): ExecutorId => id as ExecutorId;
export const asFramework = (id: string): FrameworkId => id as FrameworkId;
