/**
 * Where the servers are that elect a master: `zk://user:password@host1:2181,host2:2181/path`, and the same with
 * `etcd://`. The path is where a cluster has its own; it must not be the root, which all clusters would share.
 */
import { MeteError } from './errors.js';

export interface EnsembleServer {
  readonly host: string;
  readonly port: number;
}

export interface EnsembleUrl {
  readonly scheme: 'zk' | 'etcd';
  readonly servers: readonly EnsembleServer[];
  /** Absolute, without a slash at the end. */
  readonly path: string;
  readonly credentials: { readonly user: string; readonly password: string } | null;
}

const PORTS = { zk: 2181, etcd: 2379 } as const;
const EXAMPLE = 'write zk://host1:2181,host2:2181/path, with user:password@ before the hosts where it needs that';

/** Whether a text begins as such a URL does; it may still be a bad one. */
export function isEnsembleUrl(text: string): boolean {
  return /^(zk|etcd):\/\//.test(text.trim());
}

/** Throws MeteError (INVALID_ARGUMENT) about `field`; passwords are not part of its text. */
export function parseEnsembleUrl(given: string, field: string): EnsembleUrl {
  const text = given.trim();
  const shown = withoutPassword(text);
  const refuse = (reason: string, mend = EXAMPLE): never => {
    throw new MeteError('INVALID_ARGUMENT', { field, value: shown, reason, mend });
  };
  const match = /^(zk|etcd):\/\/([^/]*)(\/.*)?$/.exec(text);
  if (match === null) return refuse('it is not a URL of ZooKeeper or etcd');
  const scheme = match[1] as EnsembleUrl['scheme'];
  const authority = match[2]!;
  const at = authority.lastIndexOf('@');
  const servers = authority
    .slice(at + 1)
    .split(',')
    .map((server) => serverOf(server.trim(), PORTS[scheme], refuse));
  const path = (match[3] ?? '').replace(/\/+$/, '');
  if (path === '') return refuse('it has no path', `add one for this cluster: ${shown.replace(/\/+$/, '')}/mete`);
  if (/\/(\/|\.{1,2}(\/|$))|[\s\u0000-\u001f]/.test(path)) {
    return refuse('its path has an empty or relative part, or blanks', 'write /name, or /name/name');
  }
  return { scheme, servers, path, credentials: at < 0 ? null : credentialsOf(authority.slice(0, at), refuse) };
}

type Refuse = (reason: string, mend?: string) => never;

function serverOf(text: string, defaultPort: number, refuse: Refuse): EnsembleServer {
  if (text === '') return refuse('a host is missing');
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]]+))(?::(\d+))?$/i.exec(text);
  if (match === null) return refuse(`'${text}' is not host:port`);
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port < 1 || port > 65_535) return refuse(`the port of '${text}' is not from 1 to 65535`);
  return { host: match[1] ?? match[2]!, port };
}

function credentialsOf(text: string, refuse: Refuse): NonNullable<EnsembleUrl['credentials']> {
  const colon = text.indexOf(':');
  if (colon > 0 && colon < text.length - 1) return { user: text.slice(0, colon), password: text.slice(colon + 1) };
  return refuse('its credentials are not user:password');
}

function withoutPassword(text: string): string {
  return text.replace(/:\/\/([^:/@]*):[^/]*@/, '://$1:***@');
}

/** `host:port`; IPv6 addresses stand in brackets. */
export function printServer({ host, port }: EnsembleServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** For people: the password is not shown. */
export function printEnsembleUrl({ scheme, servers, path, credentials }: EnsembleUrl): string {
  const who = credentials === null ? '' : `${credentials.user}:***@`;
  return `${scheme}://${who}${servers.map(printServer).join(',')}${path}`;
}

/** Where masters are: at addresses, or wherever an election says. */
export type MasterPlace =
  | { readonly type: 'addresses'; readonly addresses: readonly EnsembleServer[] }
  | { readonly type: 'election'; readonly url: EnsembleUrl };
