/** The settings of `mete master`. Bounds of pings are Mesos'. */
import { MASTER_ACCESS } from './access-settings.js';
import type { Config } from './config.js';
import { ELECTION_SETTINGS, ENGINE_SETTINGS, LISTEN_SETTINGS, LOG_SETTINGS, portSetting } from './common-settings.js';
import { TRANSPORT_SETTINGS } from './common-settings.js';
import { DOMAIN, ENSEMBLE, QUANTITY_SETS, WEIGHTS } from './cluster-kinds.js';
import { duration, FLAG, integer, LIST, number, oneOf, PATH, TEXT } from './kinds.js';
import { REGISTRY_SETTINGS } from './registry-settings.js';
import { RATE, SHARE } from './recovery-kinds.js';
import { optional, setting } from './setting.js';
import { FRAMEWORK_SORTERS, ROLE_SORTERS } from '../allocator/state.js';
import { quantitiesFromRecord } from '../resources/quantities.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const WEEK = 7 * 24 * 60 * MINUTE;
const COUNT = integer({ min: 0, max: 1_000_000 });
const POSITIVE_TIME = duration({ min: 1 });
const ROLE_SORTER = oneOf(ROLE_SORTERS);
const FRAMEWORK_SORTER = oneOf(FRAMEWORK_SORTERS);

const ALLOCATION = {
  allocationIntervalMs: setting(
    POSITIVE_TIME,
    SECOND,
    'time between two allocations of everything',
    'allocation_interval',
  ),
  reofferIntervalMs: setting(
    duration(),
    5,
    'what ended tasks give back is offered at once, but so long after another allocation; 1secs or more: as in Mesos',
  ),
  roleSorter: setting(
    ROLE_SORTER,
    'drf',
    'order of roles: dominant shares, those of scaled sums (H-DRF), or weighted dice',
    'role_sorter',
  ),
  frameworkSorter: setting(FRAMEWORK_SORTER, 'drf', 'order of the frameworks of a role', 'framework_sorter'),
  minAllocatableResources: setting(
    QUANTITY_SETS,
    [quantitiesFromRecord({ cpus: 0.01 }), quantitiesFromRecord({ mem: 32 })],
    'less than every one of these alternatives is not offered',
    'min_allocatable_resources',
  ),
  fairSharingExcludedResourceNames: setting(
    LIST,
    [],
    'kinds of resources that do not count for fair shares',
    'fair_sharing_excluded_resource_names',
  ),
  filterGpuResources: setting(
    FLAG,
    true,
    'offer agents with gpus only to frameworks that can use them',
    'filter_gpu_resources',
  ),
  agentRecoveryFactor: setting(
    number({ min: 0, max: 1 }),
    0.8,
    'share of the known agents that ends the wait after a failover',
    'allocator_agent_recovery_factor',
  ),
  allocatorRecoveryTimeoutMs: setting(
    duration(),
    10 * MINUTE,
    'longest wait for agents after a failover before quotas are served',
    'allocator_recovery_timeout',
  ),
  offerConstraintsRe2MaxProgramSize: setting(
    integer({ min: 1 }),
    100,
    'largest cost of a regular expression in offer constraints',
    'offer_constraints_re2_max_program_size',
  ),
  offerTimeoutMs: optional(POSITIVE_TIME, 'offers are rescinded after so long; unset: never', 'offer_timeout'),
  whitelist: optional(PATH, 'file with the hosts whose agents are offered, one a line; unset: all', 'whitelist'),
};

const ELECTION = {
  zk: optional(ENSEMBLE, 'servers that elect one of several masters; unset: this master is alone', 'zk'),
  ...ELECTION_SETTINGS,
  quorum: optional(
    integer({ min: 1, max: 1_000 }),
    'taken for the sake of those who come from Mesos, and told to be not needed: the servers of --zk have their own',
    'quorum',
  ),
};

const MEMBERS = {
  roles: optional(LIST, 'the only roles that frameworks may use; unset: all', 'roles'),
  weights: setting(WEIGHTS, [], 'weights of roles at the start', 'weights'),
  rootSubmissions: setting(FLAG, true, 'let frameworks run as root', 'root_submissions'),
  agentPingTimeoutMs: setting(
    duration({ min: SECOND, max: 15 * MINUTE }),
    15 * SECOND,
    'an agent must answer a ping within this time',
    'agent_ping_timeout',
  ),
  maxAgentPingTimeouts: setting(
    integer({ min: 1, max: 1_000_000 }),
    5,
    'an agent is unreachable after so many pings without an answer',
    'max_agent_ping_timeouts',
  ),
  agentReregisterTimeoutMs: setting(
    duration({ min: SECOND }),
    10 * MINUTE,
    'an agent that has lost its link must be back within this time; Mesos asks for 10mins at least',
    'agent_reregister_timeout',
  ),
  agentRemovalRate: optional(
    RATE,
    'at most so many agents in a time are marked unreachable, as 1/10mins; unset: no limit',
    'agent_removal_rate_limit',
  ),
  recoveryAgentRemovalLimit: setting(
    SHARE,
    1,
    'a new leader ends if more than this share of the agents does not come back in time',
    'recovery_agent_removal_limit',
  ),
  registryGcIntervalMs: setting(
    POSITIVE_TIME,
    15 * MINUTE,
    'time between two looks for old entries of the registry',
    'registry_gc_interval',
  ),
  registryMaxAgentAgeMs: setting(
    POSITIVE_TIME,
    2 * WEEK,
    'unreachable and gone agents are forgotten after so long',
    'registry_max_agent_age',
  ),
  registryMaxAgentCount: setting(
    COUNT,
    100 * 1024,
    'unreachable agents, and gone ones, that the registry keeps',
    'registry_max_agent_count',
  ),
  maxExecutorsPerAgent: optional(
    integer({ min: 1, max: 1_000_000 }),
    'an agent that runs so many executors is not offered; unset: no limit',
    'max_executors_per_agent',
  ),
  requireAgentDomain: setting(FLAG, false, 'refuse agents without a fault domain', 'require_agent_domain'),
  domain: optional(DOMAIN, 'fault domain of the master', 'domain'),
  cluster: optional(TEXT, 'name of the cluster, for people', 'cluster'),
};

const HISTORY = {
  maxCompletedFrameworks: setting(COUNT, 50, 'ended frameworks that are remembered', 'max_completed_frameworks'),
  maxCompletedTasksPerFramework: setting(
    COUNT,
    1_000,
    'ended tasks that are remembered of each framework',
    'max_completed_tasks_per_framework',
  ),
  maxUnreachableTasksPerFramework: setting(
    COUNT,
    1_000,
    'unreachable tasks that are remembered of each framework',
    'max_unreachable_tasks_per_framework',
  ),
};

export const MASTER_SETTINGS = {
  ...LISTEN_SETTINGS,
  port: portSetting(5050),
  workDir: optional(PATH, 'directory of the registry, which then outlives the process', 'work_dir'),
  ...ELECTION,
  ...REGISTRY_SETTINGS,
  ...MASTER_ACCESS,
  ...ALLOCATION,
  ...MEMBERS,
  ...HISTORY,
  heartbeatIntervalMs: setting(duration({ min: 100 }), 15 * SECOND, 'time between two heartbeats to frameworks'),
  maxOperatorEventStreamSubscribers: setting(
    integer({ min: 1, max: 1_000_000 }),
    1_000,
    'streams of events for operators at most; the oldest makes room for a new one',
    'max_operator_event_stream_subscribers',
  ),
  journal: optional(PATH, 'file to record every event into, for mete replay'),
  ...ENGINE_SETTINGS,
  ...TRANSPORT_SETTINGS,
  ...LOG_SETTINGS,
};

export type MasterConfiguration = Config<typeof MASTER_SETTINGS>;
