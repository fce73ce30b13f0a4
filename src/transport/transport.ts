/**
 * What a transport is: it listens on a port for links (WebSocket, path `/link`) and HTTP exchanges, and it connects
 * links to other listeners. The drivers (uws, ws, memory) behave alike; one conformance suite holds them to it.
 *
 * A link is ordered and loses nothing silently: a frame that cannot be kept ('dropped') ends the link, since a stream
 * with a hole is worth nothing. Handlers are never called from inside `send` or `close`, always in a later tick, and
 * never again after `closed`. A frame handed to `send` must not be changed afterwards: it may still wait to be written.
 * Whoever runs a listener in a worker thread closes it before the thread is terminated.
 */
import { MeteError } from '../base/errors.js';
import type { ExchangeHandler } from '../base/exchange.js';
import type { Link, LinkHandlers } from '../base/link.js';

/** Where links are opened. */
export const LINK_PATH = '/link';

/** A client that can use a native port says so in this header of its upgrade; the refusal names the port in it. */
export const NATIVE_HEADER = 'mete-native-port';

/** What a peer may do at most. Times in milliseconds, sizes in bytes. */
export interface TransportLimits {
  /** The largest frame; longer ones end the link, whoever sends them. */
  readonly maxFrameBytes: number;
  /** What may wait to be sent on one link, or in one streamed answer, before it is ended. */
  readonly maxBufferedBytes: number;
  /** A link on which nothing at all was heard for this long is closed. Pings are sent from half of it on. */
  readonly idleTimeoutMs: number;
  /**
   * Time for a connection to become a link or to send a whole request head, and for `connect` to succeed. A body may
   * stop coming for as long, or come more slowly than 1 KiB/s. (Native ports of uws: ten seconds, whatever this says.)
   */
  readonly handshakeTimeoutMs: number;
  /** Time for an accepted link to send its first frame. */
  readonly firstFrameTimeoutMs: number;
  /** Links a listener accepts at a time. */
  readonly maxLinks: number;
  /** Connections a listener keeps at a time that are no links: half-open ones and those of HTTP clients. */
  readonly maxConnections: number;
  /** The largest body of a request. */
  readonly maxBodyBytes: number;
  /** The largest head of a request: request line and headers. */
  readonly maxHeadBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: TransportLimits = {
  maxFrameBytes: 16 * MIB,
  maxBufferedBytes: 64 * MIB,
  idleTimeoutMs: 60_000,
  handshakeTimeoutMs: 10_000,
  firstFrameTimeoutMs: 30_000,
  maxLinks: 50_000,
  maxConnections: 4096,
  maxBodyBytes: 1024 * MIB,
  maxHeadBytes: 16 * 1024,
};

export interface ListenOptions {
  /** A name or an address, IPv4 or IPv6 (without brackets). */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A link was accepted; what it is given are its handlers. Absent: links are refused. */
  readonly onLink?: (link: Link) => LinkHandlers;
  /** Absent: every request is answered with 404. */
  readonly onExchange?: ExchangeHandler;
  readonly limits?: Partial<TransportLimits>;
  /** A handler threw. The link is closed, the exchange answered with 500; nothing else happens. */
  readonly onFault?: (error: unknown) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Links that are open. */
  readonly linkCount: number;
  /** Refuses newcomers, closes all links with a reason, and resolves once nothing of it is left. Once is enough. */
  close(reason?: string): Promise<void>;
}

export interface ConnectOptions {
  /** `ws://host:port`, with or without the path `/link`; see `linkUrl`. */
  readonly url: string;
  readonly handlers: LinkHandlers;
  readonly limits?: Partial<TransportLimits>;
  /** As in `ListenOptions`. */
  readonly onFault?: (error: unknown) => void;
}

export interface Transport {
  readonly name: 'uws' | 'ws' | 'memory';
  /** Throws MeteError: ADDRESS_IN_USE, ADDRESS_UNUSABLE, INVALID_ARGUMENT. */
  listen(options: ListenOptions): Promise<Listener>;
  /** Throws MeteError: UNREACHABLE (nobody there, refused, or too late), INVALID_ARGUMENT. */
  connect(options: ConnectOptions): Promise<Link>;
}

/** What became of loading a driver. */
export type TransportLoad = { readonly transport: Transport } | { readonly reasons: readonly string[] };

/** The limits with the defaults for what is not given. Throws MeteError (INVALID_ARGUMENT) for what cannot be. */
export function limitsWith(given: Partial<TransportLimits> = {}): TransportLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new MeteError('INVALID_ARGUMENT', {
      field: `limits.${name}`,
      value,
      reason: 'it is not a whole number above 0',
      mend: 'leave it out, or give such a number',
    });
  }
  if (limits.maxBufferedBytes < limits.maxFrameBytes) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'limits.maxBufferedBytes',
      value: limits.maxBufferedBytes,
      reason: 'the largest frame would not fit',
      mend: `give at least ${limits.maxFrameBytes}`,
    });
  }
  return limits;
}

/** Throws MeteError (INVALID_ARGUMENT) for an address that cannot be one. */
export function checkAddress(host: string, port: number): void {
  const isHost = host !== '' && !/[\s/\[\]]/.test(host);
  if (isHost && Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new MeteError('INVALID_ARGUMENT', {
    field: isHost ? 'port' : 'host',
    value: isHost ? port : host,
    reason: isHost ? 'it is no port' : 'it is no host',
    mend: isHost ? 'give a whole number from 0 (any free one) to 65535' : 'give a name or an address without brackets',
  });
}

/** `host:port` with brackets around IPv6 addresses, as in URLs. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The URL to connect a link to. */
export function linkUrl(host: string, port: number): string {
  return `ws://${hostPort(host, port)}${LINK_PATH}`;
}

/** A `close` that works once; later calls wait for the first. */
export function closeOnce(close: (reason: string) => Promise<void>): Listener['close'] {
  let closing: Promise<void> | null = null;
  return (reason = 'the listener was closed') => (closing ??= close(reason));
}
