/** Where a framework finds masters: addresses that are tried in turn, or an election that says who leads. */
import { isEnsembleUrl, type MasterPlace, parseEnsembleUrl } from '../../base/ensemble-url.js';
import { MeteError } from '../../base/errors.js';
import type { LogFunction } from '../../ha/election.js';
import { watchElection } from '../../ha/master-watch.js';
import { hostPort } from '../../transport/transport.js';
import { parseMaster } from './addresses.js';

/** `host:port` of masters; or one `zk://…/path` or `etcd://…/path` of the servers that elect one. */
export type Masters = readonly string[] | MasterPlace;

export interface MasterSource {
  /** For the core; empty if an election tells. */
  readonly addresses: readonly string[];
  /** A host of the cluster, to find out under which address it reaches us. */
  readonly towards: string;
  /** Has the core told of the leader; resolves when that has begun. Does nothing for addresses. */
  follow(detected: (address: string | null) => void, log: LogFunction): Promise<void>;
  close(): Promise<void>;
}

/** How long a session with the servers of an election is, unless told otherwise. */
const SESSION_MS = 10_000;

/** Throws MeteError INVALID_ARGUMENT. */
export function masterPlaceOf(masters: Masters): MasterPlace {
  if ('type' in masters) return masters;
  const [first] = masters;
  if (first === undefined) {
    const detail = { field: 'master', value: undefined, reason: 'it is missing', mend: 'give the address of a master' };
    throw new MeteError('INVALID_ARGUMENT', detail);
  }
  if (isEnsembleUrl(first) && masters.length === 1) return { type: 'election', url: parseEnsembleUrl(first, 'master') };
  return { type: 'addresses', addresses: masters.map(parseMaster) };
}

export function masterSourceOf(masters: Masters, sessionTimeoutMs: number = SESSION_MS): MasterSource {
  const place = masterPlaceOf(masters);
  if (place.type === 'addresses') {
    return {
      addresses: place.addresses.map(({ host, port }) => hostPort(host, port)),
      towards: place.addresses[0]!.host,
      follow: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
  let close: () => Promise<void> = () => Promise.resolve();
  return {
    addresses: [],
    towards: place.url.servers[0]!.host,
    async follow(detected, log) {
      const watch = await watchElection(place.url, sessionTimeoutMs, log);
      close = () => watch.close();
      watch.watch(detected);
    },
    close: () => close(),
  };
}
