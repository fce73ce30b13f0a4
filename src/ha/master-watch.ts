/**
 * Where the leading master is, for whoever must reach it: agents, frameworks, commands. At a fixed address it always
 * is; an election tells.
 */
import { type EnsembleUrl, type MasterPlace, printEnsembleUrl, printServer } from '../base/ensemble-url.js';
import { MeteError } from '../base/errors.js';
import { masterHostPort } from '../protocol/master-znode.js';
import type { LogFunction } from './election.js';
import { openElection } from './open-election.js';

export interface MasterWatch {
  /** Calls with `host:port` of the leading master, or null, as soon as that is known, and at every change. */
  watch(listener: (address: string | null) => void): void;
  close(): Promise<void>;
}

export function watchAddress(address: string): MasterWatch {
  return { watch: (listener) => listener(address), close: () => Promise.resolve() };
}

export async function watchElection(
  url: EnsembleUrl,
  sessionTimeoutMs: number,
  log: LogFunction,
): Promise<MasterWatch> {
  const { election } = await openElection({ url, sessionTimeoutMs, log });
  return {
    watch: (listener) =>
      void election.watch((leader) => listener(leader === null ? null : printServer(masterHostPort(leader)))),
    close: () => election.close(),
  };
}

/** How long a command waits for a leader, and the session it asks for. */
const FIND_MS = 10_000;

/** `host:port` of a master to ask: the leader of an election, or the first address. Throws MeteError UNAVAILABLE. */
export async function findMaster(place: MasterPlace, waitMs: number = FIND_MS): Promise<string> {
  if (place.type === 'addresses') return printServer(place.addresses[0]!);
  const watch = await watchElection(place.url, FIND_MS, () => undefined);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      let reason = `the servers did not answer within ${waitMs / 1000} s`;
      timer = setTimeout(() => {
        const detail = { field: '--master', value: printEnsembleUrl(place.url), reason };
        reject(new MeteError('UNAVAILABLE', { ...detail, mend: 'start them, or try again' }));
      }, waitMs);
      watch.watch((address) => {
        if (address !== null) resolve(address);
        else reason = 'no master leads there';
      });
    });
  } finally {
    clearTimeout(timer);
    await watch.close();
  }
}
