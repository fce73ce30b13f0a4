/**
 * The master's state: frameworks, agents, tasks, executors, offers, and what connects them. Records point to each
 * other; every change of membership goes through the file of its noun, so that both ends stay in step.
 *
 * A framework is connected while it has a link, active while it may be offered something. An agent is connected while
 * it has a link, active while it may be offered. A task is in `framework.tasks` and `agent.tasks` until its terminal
 * status is acknowledged.
 */
import { HierarchicalAllocator } from '../../allocator/hierarchical-allocator.js';
import type { Quota } from '../../allocator/role-tree.js';
import { type Authorizer, createAuthorizer } from '../../authorizer/authorizer.js';
import type { LinkId } from '../../base/core.js';
import type { UnavailabilityMessage } from '../../protocol/common.js';
import type { AgentInfo, FrameworkInfo, OfferConstraintsMessage } from '../../protocol/framework.js';
import type { MessageOf } from '../../protocol/messages.js';
import { type Maintenance, noMaintenance } from '../../protocol/maintenance.js';
import type { OperatorEvent } from '../../protocol/operator.js';
import type { DrainInfo } from '../../protocol/operator-shapes.js';
import { emptyRegistry, type QuotaEntry, type Registry } from '../../protocol/registry.js';
import type { OfferMessage, OperationMessage, OperationStatus } from '../../protocol/offer.js';
import type { AgentId, ExecutorId, FrameworkId, OfferId, OperationId, TaskId } from '../../protocol/schema.js';
import type { ExecutorInfo, KillPolicy, TaskInfo, TaskState, TaskStatus } from '../../protocol/task.js';
import { toMilli } from '../../resources/amount.js';
import { quantitiesFromRecord } from '../../resources/quantities.js';
import type { Resources } from '../../resources/resources.js';
import { type MasterConfig, type MasterSettings, settingsOf } from './config.js';
import { type Counters, type FrameworkCounters, noCounters } from './counters.js';
import type { OperatorCall } from './events.js';
import type { History } from './history.js';

export interface Framework {
  readonly id: FrameworkId;
  /** Always with its id. */
  info: FrameworkInfo;
  roles: ReadonlySet<string>;
  capabilities: ReadonlySet<string>;
  suppressedRoles: ReadonlySet<string>;
  offerConstraints: OfferConstraintsMessage | null;
  link: LinkId | null;
  active: boolean;
  /** Known from an agent only: it has not subscribed to this master yet. */
  recovered: boolean;
  registeredMs: number;
  reregisteredMs: number;
  unregisteredMs: number | null;
  readonly tasks: Map<TaskId, Task>;
  readonly unreachableTasks: Map<TaskId, Task>;
  readonly completedTasks: History<Task>;
  readonly executors: Set<Executor>;
  readonly offers: Set<Offer>;
  readonly inverseOffers: Set<InverseOffer>;
  /** Those with an id whose last status is not acknowledged. */
  readonly operations: Map<OperationId, FeedbackOperation>;
  readonly counters: FrameworkCounters;
  /** The resources of the last task: tasks come in rows that want the same. */
  lastResources: Resources | null;
}

export interface Agent {
  readonly id: AgentId;
  info: AgentInfo;
  link: LinkId | null;
  /** IP address as its link shows it. */
  ip: string;
  version: string;
  capabilities: ReadonlySet<string>;
  /** With dynamic reservations and volumes. */
  total: Resources;
  /** Its dynamic reservations and volumes. */
  checkpointed: Resources;
  resourceVersion: string | undefined;
  active: boolean;
  registeredMs: number;
  reregisteredMs: number | null;
  unavailability: UnavailabilityMessage | null;
  readonly tasks: Set<Task>;
  readonly executors: Map<FrameworkId, Map<ExecutorId, Executor>>;
  readonly offers: Set<Offer>;
  readonly inverseOffers: Set<InverseOffer>;
  /** The same by their uuids as texts. */
  readonly operations: Map<string, FeedbackOperation>;
  /** Pings in a row without an answer, and whether the last one is still unanswered. */
  pingTimeouts: number;
  pinged: boolean;
  /** What all its offers have in common; made when first needed. */
  offerBase: OfferBase | null;
}

export type OfferBase = Pick<OfferMessage, 'agentId' | 'hostname' | 'url' | 'domain' | 'attributes'>;

/** An operation that asked for feedback. */
export interface FeedbackOperation {
  readonly id: OperationId;
  readonly uuid: Uint8Array;
  readonly framework: Framework;
  readonly agent: Agent;
  readonly info: OperationMessage;
  latestStatus: OperationStatus;
}

export interface Executor {
  /** With the id of its framework. */
  readonly info: ExecutorInfo;
  /** As its framework described it. */
  readonly given: ExecutorInfo;
  readonly framework: Framework;
  readonly agent: Agent;
  /** The role its resources are held in. */
  readonly role: string;
  readonly resources: Resources;
}

export interface Offer {
  readonly id: OfferId;
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly framework: Framework;
  readonly agent: Agent;
  readonly role: string;
  readonly resources: Resources;
  readonly madeMs: number;
}

export interface InverseOffer {
  readonly id: OfferId;
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly framework: Framework;
  readonly agent: Agent;
  readonly unavailability: UnavailabilityMessage;
  readonly madeMs: number;
}

/** A status as the master keeps it: without data and uuid, which would keep whole frames in memory. */
export type KeptStatus = Omit<TaskStatus, 'data' | 'uuid'>;

/** What views show of a task and nothing else looks at. */
export type TaskExtras = Pick<TaskInfo, 'labels' | 'discovery' | 'container' | 'healthCheck' | 'killPolicy' | 'limits'>;

export interface Task {
  readonly id: TaskId;
  readonly name: string;
  readonly framework: Framework;
  readonly agentId: AgentId;
  /** Null once the task is removed from its agent. */
  agent: Agent | null;
  readonly executorId: ExecutorId | null;
  readonly role: string;
  readonly resources: Resources;
  readonly user: string | undefined;
  readonly extras: TaskExtras;
  /** The newest state known; what frameworks have seen may be older. */
  state: TaskState;
  /** One for each change of state, bounded. */
  readonly statuses: KeptStatus[];
  /** Of the status that was forwarded last, if it must be acknowledged: its state and the four words of its uuid. */
  updateState: TaskState | null;
  updateUuid: readonly [number, number, number, number] | null;
  /** Set when a framework wants the task killed, for the case that its agent is not there. */
  kill: { readonly policy: KillPolicy | undefined } | null;
}

/** An agent that is drained. */
export interface Draining {
  readonly info: DrainInfo;
  /** When it was told to end its tasks; null while it is not there. */
  startedMs: number | null;
  /** Whether the registry is being told that it is drained. */
  storing: boolean;
}

/** Who speaks on a link. */
export type LinkOwner =
  | { readonly type: 'framework'; readonly framework: Framework }
  | { readonly type: 'agent'; readonly agent: Agent };

export interface LinkRecord {
  readonly id: LinkId;
  readonly remote: string;
  owner: LinkOwner | null;
  /** Who is at the other end, as far as he has proved it. */
  principal: string | null;
  /** He has proved it, or came by a door where he did not have to. */
  isAuthenticated: boolean;
}

/** What happens once the registry has stored something. */
export type Continuation =
  | {
      readonly type: 'admit';
      readonly agentInfo: AgentInfo;
      readonly link: LinkId;
      readonly call: MessageOf<'REGISTER_AGENT'>;
    }
  | { readonly type: 'readmit'; readonly link: LinkId; readonly call: MessageOf<'REREGISTER_AGENT'> }
  | {
      readonly type: 'unreachable';
      readonly agentId: AgentId;
      readonly unreachableMs: number;
      readonly message: string;
    }
  | { readonly type: 'remove'; readonly agentId: AgentId; readonly cause: string; readonly reason: RemovalReason }
  | { readonly type: 'drained'; readonly agentId: AgentId }
  | { readonly type: 'gone'; readonly agentId: AgentId; readonly goneMs: number; readonly request: number | null }
  | { readonly type: 'pruned'; readonly unreachable: readonly AgentId[]; readonly gone: readonly AgentId[] }
  | { readonly type: 'weights' }
  | { readonly type: 'operator'; readonly request: number; readonly call: OperatorCall };

/** Agents that are to be marked unreachable and wait for their turn (see `agentRemovalRate`), in order. */
export interface Removals {
  /** By agent: what its tasks are told. */
  readonly waiting: Map<AgentId, string>;
  /** When the next one may be marked. */
  nextAtMs: number;
  timerSet: boolean;
}

/** What a removal is counted as, beside being one. */
export type RemovalReason = 'slave_removals/reason_registered' | 'slave_removals/reason_unregistered' | null;

export interface MasterState {
  readonly settings: MasterSettings;
  readonly allocator: HierarchicalAllocator;
  /** Who may do what; null: everybody everything. */
  readonly authorizer: Authorizer | null;
  /** Time of the event that is being handled. */
  nowMs: number;
  /** When it began to lead; null: it does not. */
  electedMs: number | null;
  /** Whether it knows the registry; before that it serves nobody. */
  isRecovered: boolean;
  /** It has said that it must end, and does nothing any more. */
  hasExited: boolean;
  readonly links: Map<LinkId, LinkRecord>;
  readonly frameworks: Map<FrameworkId, Framework>;
  readonly completedFrameworks: Map<FrameworkId, Framework>;
  /** Removed ids that this master has not given itself; of its own it knows by their number. Bounded. */
  readonly removedFrameworkIds: Set<FrameworkId>;
  readonly agents: Map<AgentId, Agent>;
  /** Agents by hostname and port. */
  readonly agentsByAddress: Map<string, Agent>;
  /** Agents the registry knows that have not come back yet, and how many there were at first. */
  readonly recoveredAgents: Map<AgentId, AgentInfo>;
  recoveredCount: number;
  readonly removedAgents: Set<AgentId>;
  readonly unreachableAgents: Map<AgentId, number>;
  /** Agents that an operator has declared gone for ever; bounded. */
  readonly goneAgents: Map<AgentId, number>;
  /** Agents that operators do not want to be offered; those that are drained are among them. */
  readonly deactivatedAgents: Set<AgentId>;
  readonly draining: Map<AgentId, Draining>;
  /** Weights and quotas that were set; for others the defaults hold. */
  readonly weights: Map<string, number>;
  readonly quotas: Map<string, QuotaEntry>;
  maintenance: Maintenance;
  /** What is to be told to operators who watch, since the event began; null: nobody watches. */
  changes: OperatorEvent[] | null;
  /** Links (or addresses) whose registration, and agents whose re-registration or removal, the registry is storing. */
  readonly registering: Set<LinkId | string>;
  readonly reregistering: Set<AgentId>;
  readonly markingUnreachable: Set<AgentId>;
  readonly removing: Set<AgentId>;
  readonly markingGone: Set<AgentId>;
  readonly stores: Map<number, Continuation>;
  /** In the order they were made. */
  readonly offers: Map<OfferId, Offer>;
  readonly inverseOffers: Map<OfferId, InverseOffer>;
  readonly counters: Counters;
  nextStore: number;
  nextFramework: number;
  nextAgent: number;
  nextOffer: number;
  nextOperation: number;
  readonly removals: Removals;
  /** Whether the timer is set that drops old agents from the registry. */
  collectsRegistry: boolean;
  /** What the timers `allocate` and `offers` are set to. */
  allocateAtMs: number;
  /** When what has come back is to be offered again without waiting for the batch; Infinity: nothing has. */
  reofferAtMs: number;
  /** When the allocator was run last. */
  allocatedMs: number;
  offersAtMs: number;
}

/** A master that knows nobody yet. Throws MeteError (INVALID_ARGUMENT) for a configuration out of range. */
export function createMaster(config: MasterConfig): MasterState {
  const settings = settingsOf(config);
  const allocator = new HierarchicalAllocator(settings.allocator);
  allocator.run(settings.startMs);
  const state: MasterState = {
    settings,
    allocator,
    authorizer: settings.acls === undefined ? null : createAuthorizer(settings.acls),
    nowMs: settings.startMs,
    electedMs: null,
    isRecovered: false,
    hasExited: false,
    links: new Map(),
    frameworks: new Map(),
    completedFrameworks: new Map(),
    removedFrameworkIds: new Set(),
    agents: new Map(),
    agentsByAddress: new Map(),
    recoveredAgents: new Map(),
    recoveredCount: 0,
    removedAgents: new Set(),
    unreachableAgents: new Map(),
    goneAgents: new Map(),
    deactivatedAgents: new Set(),
    draining: new Map(),
    weights: new Map(),
    quotas: new Map(),
    maintenance: noMaintenance(),
    changes: null,
    registering: new Set(),
    reregistering: new Set(),
    markingUnreachable: new Set(),
    removing: new Set(),
    markingGone: new Set(),
    stores: new Map(),
    offers: new Map(),
    inverseOffers: new Map(),
    counters: noCounters(),
    nextStore: 1,
    nextFramework: 0,
    nextAgent: 0,
    nextOffer: 0,
    nextOperation: 1,
    removals: { waiting: new Map(), nextAtMs: 0, timerSet: false },
    collectsRegistry: false,
    allocateAtMs: Infinity,
    reofferAtMs: Infinity,
    allocatedMs: -Infinity,
    offersAtMs: Infinity,
  };
  if (!settings.awaitsRegistry) takeRegistry(state, emptyRegistry());
  return state;
}

/** The master leads from now on, and knows what the registry knows. */
export function takeRegistry(state: MasterState, registry: Registry): void {
  const { allocator, settings } = state;
  state.electedMs = state.nowMs;
  state.isRecovered = true;
  fill(state.recoveredAgents, registry.agents);
  state.recoveredCount = registry.agents.size;
  fill(state.unreachableAgents, registry.unreachable);
  fill(state.goneAgents, registry.gone);
  for (const id of registry.deactivated) state.deactivatedAgents.add(id);
  for (const [id, info] of registry.draining) state.draining.set(id, { info, startedMs: null, storing: false });
  fill(state.quotas, registry.quotas);
  fill(state.weights, registry.weights);
  // The registry wins over the configuration once it has weights.
  if (registry.weights.size === 0) for (const { role, weight } of settings.weights) state.weights.set(role, weight);
  state.maintenance = registry.maintenance;
  allocator.run(state.nowMs);
  allocator.updateWeights([...state.weights].map(([role, weight]) => ({ role, weight })));
  recoverQuotas(allocator, registry.quotas, registry.agents.size);
}

function fill<K, V>(to: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) to.set(key, value);
}

/** Quotas of the registry hold from the start; offers wait until enough agents are back (see the allocator). */
function recoverQuotas(
  allocator: HierarchicalAllocator,
  entries: ReadonlyMap<string, QuotaEntry>,
  agentCount: number,
): void {
  if (entries.size === 0) return;
  allocator.recover(agentCount, new Map([...entries.values()].map((entry) => [entry.role, allocatorQuota(entry)])));
}

/** A quota as the allocator has it. A limit of zero is a limit. */
export function allocatorQuota({ guarantees = {}, limits = {} }: QuotaEntry): Quota {
  const milli = Object.entries(limits).map(([name, amount]) => [name, toMilli(amount, name)] as const);
  return { guarantees: quantitiesFromRecord(guarantees), limits: new Map(milli) };
}

export function isConnected(peer: { readonly link: LinkId | null }): boolean {
  return peer.link !== null;
}
