/**
 * What goes into the master's core and what comes out, beside what every core has in common (base/core.ts).
 */
import type { DriverEffect, DriverEvent } from '../../base/core.js';
import type { Resource, UnavailabilityMessage } from '../../protocol/common.js';
import type { AgentCall, AgentEvent, MessageOf, SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import type { RegistryOperation } from '../../protocol/registry.js';
import type { AgentId, FrameworkId } from '../../protocol/schema.js';

/** Amounts in units by resource name. */
export type Amounts = Readonly<Record<string, number>>;

export interface QuotaConfig {
  readonly role: string;
  readonly guarantees?: Amounts;
  readonly limits?: Amounts;
}

type FrameworkUpdate = MessageOf<'UPDATE_FRAMEWORK'>;

/** What operators ask for. Amounts are in units, times in milliseconds. */
export type OperatorCall =
  | { readonly type: 'TEARDOWN'; readonly frameworkId: FrameworkId }
  | { readonly type: 'UPDATE_WEIGHTS'; readonly weights: readonly { readonly role: string; readonly weight: number }[] }
  | { readonly type: 'UPDATE_QUOTA'; readonly configs: readonly QuotaConfig[]; readonly force?: boolean }
  | { readonly type: 'RESERVE_RESOURCES'; readonly agentId: AgentId; readonly resources: readonly Resource[] }
  | { readonly type: 'UNRESERVE_RESOURCES'; readonly agentId: AgentId; readonly resources: readonly Resource[] }
  | { readonly type: 'CREATE_VOLUMES'; readonly agentId: AgentId; readonly volumes: readonly Resource[] }
  | { readonly type: 'DESTROY_VOLUMES'; readonly agentId: AgentId; readonly volumes: readonly Resource[] }
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
  | { readonly type: 'RegistryStored'; readonly at: number; readonly store: number; readonly ok: boolean }
  | { readonly type: 'OperatorCalled'; readonly at: number; readonly request: number; readonly call: OperatorCall };

export type MasterEffect =
  | DriverEffect<SchedulerEvent | AgentEvent>
  /** To be written; answered by `RegistryStored`, `ok` false if an operation did not apply. */
  | { readonly type: 'StoreRegistry'; readonly store: number; readonly operations: RegistryOperation[] }
  /** `status` is that of HTTP; `body` is one line of text. */
  | { readonly type: 'AnswerOperator'; readonly request: number; readonly status: number; readonly body?: string };
