/**
 * What the long-running commands have in common: say where they listen, run until they are told to stop, stop cleanly.
 * SIGINT and SIGTERM stop, a second one ends at once. A service that was started by another process of this program
 * tells it the address over the channel between them, and stops when that channel closes: nothing is left behind when
 * the parent is killed.
 */

export interface Service {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
  /** Settles when the service has ended by itself: why, and the exit code for that; a text alone is a failure. */
  readonly ended?: Promise<string | { readonly reason: string; readonly code: number }>;
}

/** The message a child sends once it serves. */
export interface ReadyMessage {
  readonly ready: string;
}

export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && typeof (message as ReadyMessage).ready === 'string';
}

/** Resolves with the reason to stop: a signal, or the end of the parent. */
export function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
        asked = true;
        resolve(signal);
      });
    }
    if (process.send !== undefined) process.once('disconnect', () => resolve('the parent has ended'));
  });
}

/** Runs a started service until it is told to stop. Returns the exit code. */
export async function serve(service: Service, out: (line: string) => void): Promise<number> {
  process.send?.({ ready: service.address } satisfies ReadyMessage);
  const stopped = untilStopped().then((reason) => ({ reason, code: 0 }));
  const end = await Promise.race([stopped, ...(service.ended === undefined ? [] : [service.ended])]);
  const { reason, code } = typeof end === 'string' ? { reason: end, code: 1 } : end;
  out(`stopping: ${reason}`);
  await service.close();
  // The channel to the parent would keep the process alive.
  if (process.connected) process.disconnect();
  return code;
}
