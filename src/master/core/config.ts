/**
 * What a master is told at its start. Times are in milliseconds; defaults are those of Mesos 1.11. `createMaster`
 * checks the ranges.
 */
import type { AllocatorOptions } from '../../allocator/state.js';
import type { Acls } from '../../authorizer/acls.js';
import { MeteError } from '../../base/errors.js';
import type { MasterInfo } from '../../protocol/framework.js';

export interface MasterConfig {
  /** Its id is the prefix of all ids that the master gives. */
  readonly masterInfo: MasterInfo;
  readonly allocator: AllocatorOptions;
  readonly startMs: number;
  /** Whether the core does nothing until `RegistryRecovered`; otherwise it starts with an empty registry. */
  readonly awaitsRegistry?: boolean;
  /** Offers that are not answered for so long are rescinded; absent: never. */
  readonly offerTimeoutMs?: number;
  /**
   * What tasks and executors give back when they end is offered again at once, in the turn in which they end, but not
   * sooner than so long after the allocation before. Absent: with the next batch, as in Mesos.
   */
  readonly reofferIntervalMs?: number;
  readonly agentPingTimeoutMs?: number;
  /** An agent is unreachable after so many pings in a row without an answer. */
  readonly maxAgentPingTimeouts?: number;
  /** A disconnected agent is unreachable if it does not come back within this time. */
  readonly agentReregisterTimeoutMs?: number;
  /**
   * After a failover the master ends if more than this share (0 to 1) of the agents of the registry do not come back in
   * time, instead of giving them up.
   */
  readonly recoveryAgentRemovalLimit?: number;
  /** At most so many agents within this time are marked unreachable, evenly; absent: no limit. */
  readonly agentRemovalRate?: RemovalRate;
  /** How often, from what age and above which number unreachable and gone agents are dropped from the registry. */
  readonly registryGcIntervalMs?: number;
  readonly registryMaxAgentAgeMs?: number;
  readonly registryMaxAgentCount?: number;
  /** Agents that run so many executors are not offered; absent: no limit. */
  readonly maxExecutorsPerAgent?: number;
  readonly maxCompletedFrameworks?: number;
  readonly maxCompletedTasksPerFramework?: number;
  readonly maxUnreachableTasksPerFramework?: number;
  /** Removed agents that are remembered. */
  readonly maxRemovedAgents?: number;
  readonly heartbeatIntervalMs?: number;
  readonly minimumAgentVersion?: string;
  /** Agents without a fault domain are refused. */
  readonly requireAgentDomain?: boolean;
  /** Whether frameworks may run as root. */
  readonly rootSubmissions?: boolean;
  /** The only roles that frameworks may use; absent: all. */
  readonly roles?: readonly string[];
  /** Who may do what; absent: everybody everything. */
  readonly acls?: Acls;
  /** Whether frameworks and agents must have proved who they are, on links of our own. */
  readonly authenticateFrameworks?: boolean;
  readonly authenticateAgents?: boolean;
  /** Weights of roles, as long as the registry has none. */
  readonly weights?: readonly { readonly role: string; readonly weight: number }[];
  /** Shown in views. */
  readonly cluster?: string;
  readonly flags?: Readonly<Record<string, string>>;
}

/** `count` agents in `perMs` milliseconds. */
export interface RemovalRate {
  readonly count: number;
  readonly perMs: number;
}

type Optional =
  | 'offerTimeoutMs'
  | 'reofferIntervalMs'
  | 'roles'
  | 'acls'
  | 'cluster'
  | 'agentRemovalRate'
  | 'maxExecutorsPerAgent';
export type MasterSettings = Required<Omit<MasterConfig, Optional>> & Pick<MasterConfig, Optional>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const WEEK = 7 * 24 * 60 * MINUTE;

function checkRange(field: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new MeteError('INVALID_ARGUMENT', {
    field,
    value,
    reason: 'it is out of range',
    mend: `give ${least} to ${most}`,
  });
}

function checkCount(field: string, value: number, least: number): void {
  if (Number.isInteger(value)) checkRange(field, value, least, 2 ** 31 - 1);
  else checkRange(field, NaN, least, 2 ** 31 - 1);
}

/** The configuration with defaults, checked. Throws MeteError (INVALID_ARGUMENT). */
export function settingsOf(config: MasterConfig): MasterSettings {
  const settings: MasterSettings = {
    awaitsRegistry: false,
    agentPingTimeoutMs: 15 * SECOND,
    maxAgentPingTimeouts: 5,
    agentReregisterTimeoutMs: 10 * MINUTE,
    recoveryAgentRemovalLimit: 1,
    registryGcIntervalMs: 15 * MINUTE,
    registryMaxAgentAgeMs: 2 * WEEK,
    registryMaxAgentCount: 100 * 1024,
    maxCompletedFrameworks: 50,
    maxCompletedTasksPerFramework: 1000,
    maxUnreachableTasksPerFramework: 1000,
    maxRemovedAgents: 100_000,
    heartbeatIntervalMs: 15 * SECOND,
    minimumAgentVersion: '1.0.0',
    requireAgentDomain: false,
    rootSubmissions: true,
    authenticateFrameworks: false,
    authenticateAgents: false,
    weights: [],
    flags: {},
    ...config,
  };
  checkRange('agentPingTimeoutMs', settings.agentPingTimeoutMs, SECOND, 15 * MINUTE);
  checkCount('maxAgentPingTimeouts', settings.maxAgentPingTimeouts, 1);
  checkRange('agentReregisterTimeoutMs', settings.agentReregisterTimeoutMs, SECOND, 1e15);
  checkRecovery(settings);
  checkRange('heartbeatIntervalMs', settings.heartbeatIntervalMs, 1, 1e15);
  if (settings.offerTimeoutMs !== undefined) checkRange('offerTimeoutMs', settings.offerTimeoutMs, 1, 1e15);
  if (settings.reofferIntervalMs !== undefined) checkRange('reofferIntervalMs', settings.reofferIntervalMs, 0, 1e15);
  for (const field of ['maxCompletedFrameworks', 'maxCompletedTasksPerFramework'] as const) {
    checkCount(field, settings[field], 0);
  }
  checkCount('maxUnreachableTasksPerFramework', settings.maxUnreachableTasksPerFramework, 0);
  checkCount('maxRemovedAgents', settings.maxRemovedAgents, 0);
  return settings;
}

function checkRecovery(settings: MasterSettings): void {
  const { agentRemovalRate: rate, maxExecutorsPerAgent } = settings;
  checkRange('recoveryAgentRemovalLimit', settings.recoveryAgentRemovalLimit, 0, 1);
  checkRange('registryGcIntervalMs', settings.registryGcIntervalMs, 1, 1e15);
  checkRange('registryMaxAgentAgeMs', settings.registryMaxAgentAgeMs, 1, 1e15);
  checkCount('registryMaxAgentCount', settings.registryMaxAgentCount, 0);
  if (maxExecutorsPerAgent !== undefined) checkCount('maxExecutorsPerAgent', maxExecutorsPerAgent, 1);
  if (rate === undefined) return;
  checkCount('agentRemovalRate.count', rate.count, 1);
  checkRange('agentRemovalRate.perMs', rate.perMs, 1, 1e15);
}
