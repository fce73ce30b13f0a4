/** The settings of `mete run`: where the cluster is, how the framework presents itself. Jobs have their own options. */
import { CLIENT_ACCESS } from './access-settings.js';
import { MASTERS } from './cluster-kinds.js';
import { ELECTION_SETTINGS, LOG_SETTINGS, TRANSPORT_SETTINGS } from './common-settings.js';
import type { Config } from './config.js';
import { bytes, duration, FLAG, integer, number, PORT, TEXT } from './kinds.js';
import { optional, setting } from './setting.js';

const SECOND = 1_000;

export const RUN_SETTINGS = {
  master: optional(MASTERS, 'the masters, or the servers that elect one; if unset, one on 127.0.0.1:5050', 'master'),
  ...ELECTION_SETTINGS,
  local: setting(FLAG, false, 'start a cluster on this machine for this job alone'),
  role: setting(TEXT, '*', 'role whose share of the cluster the job uses'),
  user: optional(TEXT, 'user to run as; yours if unset'),
  name: optional(TEXT, 'name of the framework; that of the job if unset'),
  ...CLIENT_ACCESS,
  advertiseIp: optional(TEXT, 'address at which agents reach this process', 'advertise_ip'),
  port: setting(PORT, 0, 'port that serves code, inputs and results to agents; 0 takes a free one'),
  failoverTimeoutMs: setting(duration(), 0, 'how long tasks run on if this process goes away'),
  cpus: optional(number({ min: 0.001 }), 'cpus of one task; what the job needs if unset'),
  memBytes: optional(bytes({ min: 1024 * 1024 }), 'memory of one task; what the job needs if unset'),
  maxAttempts: setting(integer({ min: 1, max: 100 }), 5, 'a task that fails so often fails the job'),
  taskTimeoutMs: optional(duration({ min: 1 }), 'a task that takes longer has failed'),
  connectTimeoutMs: setting(duration({ min: 1 }), 10 * SECOND, 'the master must answer within this time'),
  reconnectTimeoutMs: setting(
    duration({ min: 1 }),
    600 * SECOND,
    'a master that is lost must be back, or another lead, within this time',
  ),
  ...TRANSPORT_SETTINGS,
  ...LOG_SETTINGS,
  logLevel: setting(LOG_SETTINGS.logLevel, 'warn', LOG_SETTINGS.logLevel.doc),
};

export type RunConfiguration = Config<typeof RUN_SETTINGS>;
