/** By which host name a process is known. */

interface HostSettings {
  readonly hostname: string | undefined;
  readonly hostnameLookup: boolean;
  readonly advertiseIp: string | undefined;
  readonly ip: string;
}

/** The name that is configured; the address if names are not wanted; undefined: the name of the machine. */
export function hostnameOf(config: HostSettings): string | undefined {
  if (config.hostname !== undefined) return config.hostname;
  return config.hostnameLookup ? undefined : (config.advertiseIp ?? config.ip);
}
