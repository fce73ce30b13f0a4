/** Settings that every long-running process has. */
import { duration, FLAG, integer, oneOf, PATH, PORT, TEXT } from './kinds.js';
import { optional, type Setting, setting } from './setting.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const LOG_SETTINGS = {
  logLevel: setting(oneOf(LOG_LEVELS), 'info', 'least level of the lines that are logged'),
  logFile: optional(PATH, 'file to log into, as JSON lines, beside standard error'),
  logFormat: setting(
    oneOf(['auto', 'pretty', 'json']),
    'auto',
    'form of log lines on standard error; auto is pretty on a terminal and json elsewhere',
  ),
};

export const TRANSPORT_SETTINGS = {
  transport: setting(
    oneOf(['auto', 'uws', 'ws']),
    'auto',
    'network driver; auto takes uWebSockets.js if it can be loaded, otherwise ws',
  ),
};

export const ENGINE_SETTINGS = {
  engine: setting(
    oneOf(['auto', 'native', 'typescript']),
    'auto',
    'allocation engine; auto takes the native one if it can be loaded',
  ),
};

/** How long a process may be out of reach of the servers of the election before it counts as gone. */
export const ELECTION_SETTINGS = {
  zkSessionTimeoutMs: setting(
    duration({ min: 100, max: 10 * 60_000 }),
    10_000,
    'session with ZooKeeper, or lease of etcd (whole seconds): out of reach for so long, another master leads',
    'zk_session_timeout',
  ),
};

const ADVERTISED_PORT = integer({ min: 1, max: 65_535 });

/** Where a process listens, and how others reach it where that differs. The port is each process' own. */
export const LISTEN_SETTINGS = {
  ip: setting(TEXT, '0.0.0.0', 'address to listen on', 'ip'),
  hostname: optional(TEXT, 'host name to be known by; that of the machine if unset', 'hostname'),
  hostnameLookup: setting(FLAG, true, 'be known by the host name rather than by the address', 'hostname_lookup'),
  advertiseIp: optional(TEXT, 'address at which others reach this process', 'advertise_ip'),
  advertisePort: optional(ADVERTISED_PORT, 'port at which others reach this process', 'advertise_port'),
};

/** The port a process listens on if nothing else is said. */
export function portSetting(port: number): Setting<number> {
  return setting(PORT, port, 'port to listen on; 0 takes a free one', 'port');
}
