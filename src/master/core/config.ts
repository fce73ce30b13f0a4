/**
 * What a master is told at its start. Times are in milliseconds; defaults are those of Mesos 1.11. `createMaster`
 * checks the ranges.
 */
import type { AllocatorOptions } from '../../allocator/state.js';
import { MeteError } from '../../base/errors.js';
import type { AgentInfo, MasterInfo } from '../../protocol/framework.js';
import type { RegistrySnapshot } from '../../protocol/registry.js';

export interface MasterConfig {
  /** Its id is the prefix of all ids that the master gives. */
  readonly masterInfo: MasterInfo;
  readonly allocator: AllocatorOptions;
  readonly startMs: number;
  readonly electedMs?: number;
  /** Offers that are not answered for so long are rescinded; absent: never. */
  readonly offerTimeoutMs?: number;
  /**
   * What tasks and executors give back when they end is offered again after so long, at the latest with the next batch.
   * Absent: with the next batch, as in Mesos.
   */
  readonly reofferDelayMs?: number;
  readonly agentPingTimeoutMs?: number;
  /** An agent is unreachable after so many pings in a row without an answer. */
  readonly maxAgentPingTimeouts?: number;
  /** A disconnected agent is unreachable if it does not come back within this time. */
  readonly agentReregisterTimeoutMs?: number;
  readonly maxCompletedFrameworks?: number;
  readonly maxCompletedTasksPerFramework?: number;
  readonly maxUnreachableTasksPerFramework?: number;
  /** Removed and unreachable agents that are remembered. */
  readonly maxRemovedAgents?: number;
  readonly heartbeatIntervalMs?: number;
  readonly minimumAgentVersion?: string;
  /** Agents without a fault domain are refused. */
  readonly requireAgentDomain?: boolean;
  /** Whether frameworks may run as root. */
  readonly rootSubmissions?: boolean;
  /** The only roles that frameworks may use; absent: all. */
  readonly roles?: readonly string[];
  /** Weights of roles, as long as the registry has none. */
  readonly weights?: readonly { readonly role: string; readonly weight: number }[];
  /** Agents that the registry knows; they are awaited for `agentReregisterTimeoutMs`. */
  readonly recoveredAgents?: readonly AgentInfo[];
  /** What else the registry knows; its agents are those of `recoveredAgents`. */
  readonly recovered?: RegistrySnapshot;
  /** Shown in views. */
  readonly cluster?: string;
  readonly flags?: Readonly<Record<string, string>>;
}

type Optional = 'offerTimeoutMs' | 'reofferDelayMs' | 'roles' | 'cluster' | 'recovered';
export type MasterSettings = Required<Omit<MasterConfig, Optional>> & Pick<MasterConfig, Optional>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;

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
    electedMs: config.startMs,
    agentPingTimeoutMs: 15 * SECOND,
    maxAgentPingTimeouts: 5,
    agentReregisterTimeoutMs: 10 * MINUTE,
    maxCompletedFrameworks: 50,
    maxCompletedTasksPerFramework: 1000,
    maxUnreachableTasksPerFramework: 1000,
    maxRemovedAgents: 100_000,
    heartbeatIntervalMs: 15 * SECOND,
    minimumAgentVersion: '1.0.0',
    requireAgentDomain: false,
    rootSubmissions: true,
    weights: [],
    recoveredAgents: [],
    flags: {},
    ...config,
  };
  checkRange('agentPingTimeoutMs', settings.agentPingTimeoutMs, SECOND, 15 * MINUTE);
  checkCount('maxAgentPingTimeouts', settings.maxAgentPingTimeouts, 1);
  checkRange('agentReregisterTimeoutMs', settings.agentReregisterTimeoutMs, SECOND, 1e15);
  checkRange('heartbeatIntervalMs', settings.heartbeatIntervalMs, 1, 1e15);
  if (settings.offerTimeoutMs !== undefined) checkRange('offerTimeoutMs', settings.offerTimeoutMs, 1, 1e15);
  if (settings.reofferDelayMs !== undefined) checkRange('reofferDelayMs', settings.reofferDelayMs, 0, 1e15);
  for (const field of ['maxCompletedFrameworks', 'maxCompletedTasksPerFramework'] as const) {
    checkCount(field, settings[field], 0);
  }
  checkCount('maxUnreachableTasksPerFramework', settings.maxUnreachableTasksPerFramework, 0);
  checkCount('maxRemovedAgents', settings.maxRemovedAgents, 0);
  return settings;
}
