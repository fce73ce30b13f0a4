/** The settings of `mete agent`. */
import { AGENT_ACCESS } from './access-settings.js';
import { ATTRIBUTES, DOMAIN, MASTERS, NAMED_RESOURCES } from './cluster-kinds.js';
import { ELECTION_SETTINGS, LISTEN_SETTINGS, LOG_SETTINGS, portSetting } from './common-settings.js';
import { TRANSPORT_SETTINGS } from './common-settings.js';
import type { Config } from './config.js';
import { duration, FLAG, integer, json, oneOf, PATH } from './kinds.js';
import { optional, refuseValue, setting } from './setting.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COUNT = integer({ min: 0, max: 1_000_000 });
const TIME = duration();
const POSITIVE_TIME = duration({ min: 1 });

/** Environment variables: a JSON object of texts. */
const VARIABLES = json((value, source): Readonly<Record<string, string>> => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const areTexts = isObject && Object.values(value).every((entry) => typeof entry === 'string');
  if (areTexts) return value as Record<string, string>;
  return refuseValue(source, value, 'it is not an object of texts', 'give {"NAME": "value", …}');
});

const MACHINE = {
  resources: optional(
    NAMED_RESOURCES,
    'what the agent offers; what is not named is taken from the machine: cpus, mem, disk, ports',
    'resources',
  ),
  attributes: setting(ATTRIBUTES, [], 'what else is said about the machine', 'attributes'),
  domain: optional(DOMAIN, 'fault domain of the machine', 'domain'),
};

const EXECUTORS = {
  executorRegistrationTimeoutMs: setting(
    POSITIVE_TIME,
    MINUTE,
    'an executor must have subscribed within this time',
    'executor_registration_timeout',
  ),
  executorReregistrationTimeoutMs: setting(
    duration({ min: 1, max: 15 * SECOND }),
    2 * SECOND,
    'after a restart of the agent its executors must be back within this time',
    'executor_reregistration_timeout',
  ),
  executorShutdownGracePeriodMs: setting(
    TIME,
    5 * SECOND,
    'time between asking an executor to end and ending it',
    'executor_shutdown_grace_period',
  ),
  executorEnvironmentVariables: setting(
    VARIABLES,
    {},
    'variables of every executor, before all others',
    'executor_environment_variables',
  ),
  switchUser: setting(FLAG, true, 'run tasks as the user they name (needs root)', 'switch_user'),
  maxCompletedFrameworks: setting(COUNT, 50, 'ended frameworks that are remembered'),
  maxCompletedExecutorsPerFramework: setting(
    COUNT,
    150,
    'ended executors that are remembered of each framework',
    'max_completed_executors_per_framework',
  ),
  maxCompletedTasksPerExecutor: setting(COUNT, 200, 'ended tasks that are remembered of each executor'),
};

const REGISTRATION = {
  master: optional(MASTERS, 'the master, or the servers that elect it; METE_MASTER also serves', 'master'),
  ...ELECTION_SETTINGS,
  registrationBackoffFactorMs: setting(
    duration({ min: 1, max: MINUTE }),
    SECOND,
    'longest wait before the first attempt to register; it doubles with each, up to 1mins',
    'registration_backoff_factor',
  ),
  reconfigurationPolicy: setting(
    oneOf(['equal', 'additive']),
    'equal',
    'which changes of resources and attributes an agent may come back with',
    'reconfiguration_policy',
  ),
  statusUpdateRetryMinMs: setting(POSITIVE_TIME, 10 * SECOND, 'a status is sent again after this time'),
  statusUpdateRetryMaxMs: setting(POSITIVE_TIME, 10 * MINUTE, 'the time to the next attempt doubles up to this'),
};

const RECOVERY = {
  recover: setting(
    oneOf(['reconnect', 'cleanup', 'none']),
    'reconnect',
    'what a restarted agent does about its former run: takes it up; ends its executors and then itself; ' +
      'ends them and registers as a new agent',
    'recover',
  ),
  recoveryTimeoutMs: setting(
    POSITIVE_TIME,
    15 * MINUTE,
    'executors of checkpointing frameworks wait so long for their agent to come back',
    'recovery_timeout',
  ),
  strict: setting(
    FLAG,
    true,
    'a checkpoint of which a part is damaged is refused; otherwise that part is left out',
    'strict',
  ),
};

export const AGENT_SETTINGS = {
  ...LISTEN_SETTINGS,
  port: portSetting(5051),
  ...REGISTRATION,
  workDir: optional(PATH, 'directory of sandboxes and of what outlives the process', 'work_dir'),
  ...MACHINE,
  ...EXECUTORS,
  ...RECOVERY,
  ...AGENT_ACCESS,
  ...TRANSPORT_SETTINGS,
  ...LOG_SETTINGS,
};

export type AgentConfiguration = Config<typeof AGENT_SETTINGS>;
