/** The settings of `mete up`: a cluster on this machine. */
import { RESOURCES } from './cluster-kinds.js';
import { ENGINE_SETTINGS, LOG_SETTINGS, TRANSPORT_SETTINGS } from './common-settings.js';
import type { Config } from './config.js';
import { integer, PATH, PORT, TEXT } from './kinds.js';
import { optional, setting } from './setting.js';

export const UP_SETTINGS = {
  agents: setting(integer({ min: 1, max: 1_000 }), 2, 'agents to start'),
  resources: optional(RESOURCES, 'what each agent offers; its share of the machine if unset'),
  ip: setting(TEXT, '127.0.0.1', 'address to listen on'),
  port: setting(PORT, 5050, 'port of the master; 0 takes a free one'),
  workDir: optional(PATH, 'directory of logs and sandboxes; a new one, removed at the end, if unset', 'work_dir'),
  ...ENGINE_SETTINGS,
  ...TRANSPORT_SETTINGS,
  ...LOG_SETTINGS,
};

export type UpConfiguration = Config<typeof UP_SETTINGS>;
