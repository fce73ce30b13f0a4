/** How others reach a process that listens on all addresses of this machine. */
import { networkInterfaces } from 'node:os';

/** An address of this machine that others may reach; the loopback if there is none. */
export function outerAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
