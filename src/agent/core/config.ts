/**
 * What an agent is told when it starts, with Mesos' defaults for what is left out. Times are in milliseconds, counts
 * are bounds of histories. The core changes none of it.
 */
import type { AgentCapability, AgentInfo } from '../../protocol/framework.js';
import type { Resources } from '../../resources/resources.js';

/** Which changes of resources and attributes a restarted agent may come back with. */
export type ReconfigurationPolicy = 'equal' | 'additive';

/** What becomes of the executors that a former run of the agent has left. */
export type RecoverMode = 'reconnect' | 'cleanup';

export interface AgentConfig {
  /** Who the agent is. `id` is set if it was registered before; `resources` is filled in from `resources` below. */
  readonly agentInfo: AgentInfo;
  readonly resources: Resources;
  readonly version: string;
  /** Absolute path of the work directory; only its text is used here. */
  readonly workDir: string;
  /** Seed of back-off and ids; two runs of an agent must not have the same. */
  readonly seed: number;
  /** `ip:port` where executors reach the agent; host name and port of `agentInfo` if absent. */
  readonly endpoint?: string;
  readonly capabilities?: readonly string[];
  /** Variables for every executor, before all others. */
  readonly executorEnvironment?: Readonly<Record<string, string>>;
  /** Whether executors run as the user of the task or the framework. */
  readonly switchUser?: boolean;
  readonly executorRegistrationTimeoutMs?: number;
  readonly executorReregistrationTimeoutMs?: number;
  readonly executorShutdownGracePeriodMs?: number;
  readonly recoveryTimeoutMs?: number;
  readonly statusUpdateRetryMinMs?: number;
  readonly statusUpdateRetryMaxMs?: number;
  readonly registrationBackoffMs?: number;
  readonly registrationBackoffMaxMs?: number;
  readonly maxCompletedFrameworks?: number;
  readonly maxCompletedExecutorsPerFramework?: number;
  readonly maxCompletedTasksPerExecutor?: number;
  readonly reconfigurationPolicy?: ReconfigurationPolicy;
  /** Takes up the executors of a former run, or ends them and then itself. */
  readonly recover?: RecoverMode;
  /** When the process started; 0 if nobody asks for it. */
  readonly startMs?: number;
}

export type ResolvedConfig = Required<AgentConfig>;

/** The capabilities whose duties the agent meets. Mesos demands the first three of every agent. */
export const CAPABILITIES: readonly AgentCapability[] = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
];

const DEFAULTS = {
  capabilities: CAPABILITIES,
  executorEnvironment: {},
  switchUser: true,
  executorRegistrationTimeoutMs: 60_000,
  executorReregistrationTimeoutMs: 2_000,
  executorShutdownGracePeriodMs: 5_000,
  recoveryTimeoutMs: 900_000,
  statusUpdateRetryMinMs: 10_000,
  statusUpdateRetryMaxMs: 600_000,
  registrationBackoffMs: 1_000,
  registrationBackoffMaxMs: 60_000,
  maxCompletedFrameworks: 50,
  maxCompletedExecutorsPerFramework: 150,
  maxCompletedTasksPerExecutor: 200,
  reconfigurationPolicy: 'equal',
  recover: 'reconnect',
  startMs: 0,
} as const satisfies Partial<AgentConfig>;

/** The port of Mesos' agents. */
export const DEFAULT_PORT = 5051;

/** The configuration with every default filled in. */
export function resolveConfig(config: AgentConfig): ResolvedConfig {
  const { hostname, port } = config.agentInfo;
  return { ...DEFAULTS, endpoint: `${hostname}:${port ?? DEFAULT_PORT}`, ...config };
}
