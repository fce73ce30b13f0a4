/**
 * The port of a listener, on node:http: requests become exchanges, upgrades on `/link` become links over `ws`, or are
 * sent to the native port, if there is one and the client can use it.
 *
 * Both real drivers have this front. uWebSockets.js could serve HTTP too, but it closes connections that are idle for
 * ten seconds, which clients that never retry do not survive; it cannot tell what waits in a streamed answer; and a
 * half-sent request cannot be told from an idle client there. node:http does all that right.
 *
 * Connections that are no links are bounded: beyond the limit the oldest that never sent a request goes first, so that
 * half-open ones cannot shut the others out.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ExchangeHandler } from '../base/exchange.js';
import { answerRaw, refusalOf } from './exchange-text.js';
import { LinkEnd } from './link-end.js';
import type { LinkWatch } from './link-watch.js';
import { listenError } from './listen-error.js';
import { nodeExchange } from './node-exchange.js';
import { LINK_PATH, type ListenOptions, NATIVE_HEADER, type TransportLimits } from './transport.js';
import { wireUp, wsOptions, wsWire } from './ws-wire.js';

/** How long a closing listener waits for goodbyes and for answers that are under way. */
const CLOSING_MS = 1000;

export interface Front {
  readonly port: number;
  /** Links are closed by whoever made the watch; this closes the rest. */
  close(): Promise<void>;
}

export interface FrontOptions extends ListenOptions {
  readonly limits: TransportLimits;
  /** All links of the listener, whatever carries them. */
  readonly watch: LinkWatch;
  readonly onFault: (error: unknown) => void;
  readonly nativePort: number | null;
}

/** Throws MeteError: ADDRESS_IN_USE, ADDRESS_UNUSABLE. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const { host, port, limits, onExchange, onFault } = options;
  const sockets = new Connections(limits.maxConnections);
  const server = createServer({
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(limits.handshakeTimeoutMs / 4),
    keepAliveTimeout: 0,
    maxHeaderSize: limits.maxHeadBytes,
    noDelay: true,
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('request', (message, response) => {
    sockets.hasAsked(message.socket);
    const exchange = nodeExchange(message, response, limits);
    const refusal = refusalOf(exchange.request, limits) ?? (onExchange === undefined ? 404 : null);
    if (refusal !== null) return exchange.respond(refusal, {}, '');
    callHandler(onExchange!, exchange, onFault);
  });
  const accept = acceptor(options);
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    if (message.headers.upgrade?.toLowerCase() !== 'websocket') return ignoreUpgrade(server, message, socket, head);
    sockets.hasAsked(socket);
    accept(message, socket, head, () => sockets.isLink(socket));
  });
  await bound(server, host, port);
  server.on('error', onFault); // a connection could not be accepted: too many files are open
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      sockets.destroySilent();
      const timer = setTimeout(() => sockets.destroyAll(), CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function callHandler(
  handler: ExchangeHandler,
  exchange: Parameters<ExchangeHandler>[0],
  onFault: (error: unknown) => void,
): void {
  try {
    handler(exchange);
  } catch (error) {
    onFault(error);
    exchange.respond(500, {}, '');
  }
}

/** The connections of a front. */
class Connections {
  private readonly all = new Set<Socket>();
  /** Those that never sent a request, oldest first. */
  private readonly silent = new Set<Socket>();
  private linkCount = 0;

  constructor(private readonly limit: number) {}

  add(socket: Socket): void {
    if (this.all.has(socket)) return; // it has come back, see ignoreUpgrade
    if (this.all.size - this.linkCount >= this.limit) {
      const [oldest = socket] = this.silent;
      oldest.destroy();
      this.silent.delete(oldest);
      if (oldest === socket) return;
    }
    this.all.add(socket);
    this.silent.add(socket);
    socket.once('close', () => {
      this.all.delete(socket);
      this.silent.delete(socket);
    });
  }

  hasAsked(socket: Socket): void {
    this.silent.delete(socket);
  }

  isLink(socket: Socket): void {
    this.linkCount++;
    socket.once('close', () => this.linkCount--);
  }

  destroySilent(): void {
    for (const socket of this.silent) socket.destroy();
  }

  destroyAll(): void {
    for (const socket of this.all) socket.destroy();
  }
}

/**
 * Some clients offer to go on with HTTP/2, and do without. Node hands over the connection for good, so what has been
 * read is put back without the offer, and the connection is taken for a new one.
 */
function ignoreUpgrade(server: Server, message: IncomingMessage, socket: Socket, rest: Buffer): void {
  const { method, url, rawHeaders } = message;
  let head = `${method} ${url} HTTP/1.1\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) head += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), rest]));
  server.emit('connection', socket);
}

type Accept = (message: IncomingMessage, socket: Socket, head: Buffer, onLink: () => void) => void;

function acceptor({ onLink, limits, watch, onFault, nativePort }: FrontOptions): Accept {
  const upgrader = new WebSocketServer({ ...wsOptions(limits), noServer: true, clientTracking: false });
  return (message, socket, head, onUpgraded) => {
    socket.on('error', () => undefined);
    if (onLink === undefined || message.url !== LINK_PATH) {
      return answerRaw(socket, 404, `links are opened on ${LINK_PATH}`);
    }
    if (watch.links.size >= limits.maxLinks) return answerRaw(socket, 503, 'too many links');
    if (nativePort !== null && message.headers[NATIVE_HEADER] !== undefined) {
      return answerRaw(socket, 421, 'links are quicker on another port', { [NATIVE_HEADER]: String(nativePort) });
    }
    upgrader.handleUpgrade(message, socket, head, (ws) => {
      onUpgraded();
      const link = new LinkEnd({ wire: wsWire(ws, socket), limits, onFault, onEnd: (end) => watch.delete(end) });
      wireUp(ws, socket, link, limits);
      watch.add(link);
      link.accept(onLink);
    });
  };
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(host, port, error));
    server.once('error', fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
