/** What a process says at its start about settings that are allowed and probably not meant. */

/** Whether an address is one that only this machine reaches. */
export function isLoopback(ip: string): boolean {
  return /^127\./.test(ip) || ip === '::1' || ip === 'localhost' || /^::ffff:127\./i.test(ip);
}

const LOOPBACK = {
  master: 'Master bound to loopback interface! Cannot communicate with remote schedulers or agents.',
  agent: 'Agent bound to loopback interface! Cannot communicate with remote master(s).',
} as const;

/** Mesos' warning if a process listens where only this machine reaches it; null if it does not. */
export function loopbackWarning(process: keyof typeof LOOPBACK, ip: string): string | null {
  if (!isLoopback(ip)) return null;
  return `${LOOPBACK[process]} You might want to set '--ip' flag to a routable IP address.`;
}
