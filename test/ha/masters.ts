/** What the tests of elections share: masters by number, and what a detector has told. */
import { parseEnsembleUrl } from '../../src/base/ensemble-url.js';
import type { Detector, Election } from '../../src/ha/election.js';
import { openElection } from '../../src/ha/open-election.js';
import type { MasterInfo } from '../../src/protocol/framework.js';
import { ipNumber } from '../../src/protocol/master-znode.js';

export function masterInfo(number: number): MasterInfo {
  const address = { ip: `10.0.0.${number}`, port: 5050, hostname: `m${number}` };
  return {
    id: `id-${number}`,
    ip: ipNumber(address.ip),
    port: 5050,
    pid: `master@${address.ip}:5050`,
    hostname: address.hostname,
    version: '1.11.0',
    address,
    capabilities: [{ type: 'AGENT_UPDATE' }],
  };
}

export async function electionAt(url: string, sessionTimeoutMs = 1000): Promise<Election> {
  const options = { url: parseEnsembleUrl(url, 'url'), sessionTimeoutMs, log: () => undefined };
  return (await openElection(options)).election;
}

export interface Told {
  /** Ids of the leaders that were told of, null for none. */
  readonly ids: (string | null)[];
  /** Waits until this is the last one told of. */
  until(id: string | null): Promise<void>;
}

/** Listens to a detector. */
export function listen(detector: Detector): Told {
  const ids: (string | null)[] = [];
  const waiting = new Set<() => void>();
  detector.watch((leader) => {
    ids.push(leader?.id ?? null);
    for (const look of [...waiting]) look();
  });
  return {
    ids,
    until: (id) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (ids.length === 0 || ids.at(-1) !== id) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
