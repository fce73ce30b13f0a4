/** Where masters are, and under which of this machine's addresses they and their agents reach us. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MeteError } from '../../base/errors.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The port of Mesos' masters. */
export const DEFAULT_MASTER_PORT = 5050;

/** `host`, `host:port` or `[ipv6]:port`. Throws MeteError INVALID_ARGUMENT. */
export function parseMaster(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? DEFAULT_MASTER_PORT);
  if (host !== undefined && port > 0 && port <= 65_535) return { host, port };
  throw new MeteError('INVALID_ARGUMENT', {
    field: 'master',
    value: text,
    reason: 'it is not an address',
    mend: 'give host:port',
  });
}

/** The address of this machine from which packets to a host leave; 127.0.0.1 if that cannot be found out. */
export async function localAddressTowards(host: string): Promise<string> {
  try {
    const address = isIP(host) !== 0 ? host : (await lookup(host)).address;
    return await sourceAddress(address);
  } catch {
    return '127.0.0.1';
  }
}

function sourceAddress(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Connecting a datagram socket sends nothing; the system only chooses the route.
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.connect(9, address, () => {
      const { address: own } = socket.address();
      socket.close();
      resolve(own);
    });
  });
}
