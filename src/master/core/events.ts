/**
 * What goes into the master's core and what comes out, beside what every core has in common (base/core.ts).
 */
import type { DriverEffect, DriverEvent, LinkId } from '../../base/core.js';
import type { Resource, UnavailabilityMessage } from '../../protocol/common.js';
import type { OperatorEvent } from '../../protocol/operator.js';
import type { MachineId, MaintenanceSchedule } from '../../protocol/operator-shapes.js';
import type { AgentCall, AgentEvent, MessageOf, SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import type { RegistryOperation, RegistrySnapshot } from '../../protocol/registry.js';
import type { AgentId, FrameworkId } from '../../protocol/schema.js';

/** Amounts in units by resource name. */
export type Amounts = Readonly<Record<string, number>>;

export interface QuotaConfig {
  readonly role: string;
  readonly guarantees?: Amounts;
  readonly limits?: Amounts;
}

type FrameworkUpdate = MessageOf<'UPDATE_FRAMEWORK'>;

/** Who asks, as far as it is known for sure. */
export interface ByPrincipal {
  readonly principal?: string;
}

/** What operators ask for. Amounts are in units, times in milliseconds. */
export type OperatorCall =
  | { readonly type: 'TEARDOWN'; readonly frameworkId: FrameworkId }
  | { readonly type: 'UPDATE_WEIGHTS'; readonly weights: readonly { readonly role: string; readonly weight: number }[] }
  | { readonly type: 'UPDATE_QUOTA'; readonly configs: readonly QuotaConfig[]; readonly force?: boolean }
  /** The old form of a quota. */
  | ({
      readonly type: 'SET_QUOTA';
      readonly role: string;
      readonly guarantee: readonly Resource[];
      readonly force?: boolean;
    } & ByPrincipal)
  /** `path` is the one of a request that names the role in it. */
  | { readonly type: 'REMOVE_QUOTA'; readonly role: string; readonly path?: string }
  | ({
      readonly type: 'RESERVE_RESOURCES';
      readonly agentId: AgentId;
      readonly resources: readonly Resource[];
      readonly source?: readonly Resource[];
    } & ByPrincipal)
  | { readonly type: 'UNRESERVE_RESOURCES'; readonly agentId: AgentId; readonly resources: readonly Resource[] }
  | ({
      readonly type: 'CREATE_VOLUMES';
      readonly agentId: AgentId;
      readonly volumes: readonly Resource[];
    } & ByPrincipal)
  | { readonly type: 'DESTROY_VOLUMES'; readonly agentId: AgentId; readonly volumes: readonly Resource[] }
  | {
      readonly type: 'GROW_VOLUME';
      readonly agentId: AgentId;
      readonly volume: Resource;
      readonly addition: Resource;
    }
  | { readonly type: 'SHRINK_VOLUME'; readonly agentId: AgentId; readonly volume: Resource; readonly subtract: number }
  | { readonly type: 'UPDATE_MAINTENANCE_SCHEDULE'; readonly schedule: MaintenanceSchedule }
  | { readonly type: 'START_MAINTENANCE'; readonly machines: readonly MachineId[] }
  | { readonly type: 'STOP_MAINTENANCE'; readonly machines: readonly MachineId[] }
  | {
      readonly type: 'DRAIN_AGENT';
      readonly agentId: AgentId;
      readonly maxGracePeriodMs?: number;
      readonly markGone?: boolean;
    }
  | { readonly type: 'DEACTIVATE_AGENT'; readonly agentId: AgentId }
  | { readonly type: 'REACTIVATE_AGENT'; readonly agentId: AgentId }
  | { readonly type: 'MARK_AGENT_GONE'; readonly agentId: AgentId }
  /** Whether anybody wants to hear of changes: from then on they are published. */
  | { readonly type: 'WATCH'; readonly watching: boolean }
  /** A framework changes itself and wants to be told whether that is allowed: the v1 API answers this call itself. */
  | { readonly type: 'UPDATE_FRAMEWORK'; readonly frameworkId: FrameworkId; readonly update: FrameworkUpdate }
  /** Only agents with these hostnames are offered; null: all. */
  | { readonly type: 'UPDATE_WHITELIST'; readonly hostnames: readonly string[] | null }
  /** A maintenance window of an agent; null: none. */
  | {
      readonly type: 'UPDATE_UNAVAILABILITY';
      readonly agentId: AgentId;
      readonly unavailability: UnavailabilityMessage | null;
    };

export type MasterEvent =
  | DriverEvent<SchedulerCall | AgentCall>
  /** The one at the other end has proved who he is; principal null: he did not have to. Before anything he says. */
  | {
      readonly type: 'LinkAuthenticated';
      readonly at: number;
      readonly link: LinkId;
      readonly principal: string | null;
    }
  /** The master leads, and this is the registry; once, and nothing is served before. Later ones change nothing. */
  | { readonly type: 'RegistryRecovered'; readonly at: number; readonly registry: RegistrySnapshot }
  | { readonly type: 'RegistryStored'; readonly at: number; readonly store: number; readonly ok: boolean }
  | { readonly type: 'OperatorCalled'; readonly at: number; readonly request: number; readonly call: OperatorCall };

export type MasterEffect =
  | DriverEffect<SchedulerEvent | AgentEvent>
  /** To be written; answered by `RegistryStored`, `ok` false if an operation did not apply. */
  | { readonly type: 'StoreRegistry'; readonly store: number; readonly operations: RegistryOperation[] }
  /** The master must end; nothing follows. */
  | { readonly type: 'Exit'; readonly reason: string; readonly code: number }
  /** Something that operators who watch are told. */
  | { readonly type: 'Publish'; readonly event: OperatorEvent }
  /** `status` is that of HTTP; `body` is one line of text. */
  | { readonly type: 'AnswerOperator'; readonly request: number; readonly status: number; readonly body?: string };
