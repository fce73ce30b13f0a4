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
  /** Settles when the service has ended by itself; the text says why. */
  readonly ended?: Promise<string>;
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
  const stopped = untilStopped().then((why) => ({ why, byItself: false }));
  const ended = service.ended?.then((why) => ({ why, byItself: true }));
  const { why, byItself } = await (ended === undefined ? stopped : Promise.race([stopped, ended]));
  out(`stopping: ${why}`);
  await service.close();
  // The channel to the parent would keep the process alive.
  if (process.connected) process.disconnect();
  return byItself ? 1 : 0;
}
