/** The settings of `mete execute`: one command, what it needs, and where. Names are those of mesos-execute. */
import { CLIENT_ACCESS } from './access-settings.js';
import { MASTERS, RESOURCES } from './cluster-kinds.js';
import { ELECTION_SETTINGS, LOG_SETTINGS, TRANSPORT_SETTINGS } from './common-settings.js';
import type { Config } from './config.js';
import { duration, TEXT } from './kinds.js';
import { optional, setting } from './setting.js';
import { parseResources } from '../resources/parse-text.js';

export const EXECUTE_SETTINGS = {
  master: optional(MASTERS, 'the masters, or the servers that elect one; if unset, one on 127.0.0.1:5050', 'master'),
  ...ELECTION_SETTINGS,
  command: optional(TEXT, 'what the shell is to run', 'command'),
  name: setting(TEXT, 'execute', 'name and id of the task', 'name'),
  resources: setting(RESOURCES, parseResources('cpus:1;mem:128'), 'what the task needs', 'resources'),
  role: setting(TEXT, '*', 'role whose share of the cluster is used', 'role'),
  user: optional(TEXT, 'user to run as; yours if unset'),
  killAfterMs: optional(duration({ min: 1 }), 'the task is killed if it runs for so long', 'kill_after'),
  ...CLIENT_ACCESS,
  connectTimeoutMs: setting(duration({ min: 1 }), 10_000, 'the master must answer within this time'),
  ...TRANSPORT_SETTINGS,
  ...LOG_SETTINGS,
  logLevel: setting(LOG_SETTINGS.logLevel, 'warn', LOG_SETTINGS.logLevel.doc),
};

export type ExecuteConfiguration = Config<typeof EXECUTE_SETTINGS>;
