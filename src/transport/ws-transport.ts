/**
 * The driver over node:http and the npm package `ws`: everywhere where Node runs. One server for both: requests become
 * exchanges, upgrades on `/link` become links.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CLOSE } from './close-reason.js';
import { LinkEnd } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import { listenError } from './listen-error.js';
import { nodeExchange } from './node-exchange.js';
import { LINK_PATH, limitsWith, type Listener, type ListenOptions, type Transport } from './transport.js';
import { connectWs } from './ws-connect.js';
import { wireUp, wsOptions, wsWire } from './ws-wire.js';

/** How long a closing listener waits for goodbyes. */
const CLOSING_MS = 1000;

export const wsTransport: Transport = { name: 'ws', listen, connect: connectWs };

async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, onLink, onExchange, onFault = () => undefined } = options;
  const limits = limitsWith(options.limits);
  const watch = new LinkWatch(limits, true);
  const upgrader = new WebSocketServer({ ...wsOptions(limits), noServer: true, clientTracking: false });
  const sockets = new Set<Socket>();
  const server = createServer({
    headersTimeout: limits.handshakeTimeoutMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(limits.handshakeTimeoutMs / 4),
    keepAliveTimeout: 0,
    maxHeaderSize: limits.maxHeadBytes,
    noDelay: true,
  });
  server.maxConnections = limits.maxLinks + limits.maxConnections;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (message, response) => {
    const exchange = nodeExchange(message, response, limits);
    if (onExchange === undefined) return exchange.respond(404, {}, '');
    try {
      onExchange(exchange);
    } catch (error) {
      onFault(error);
      exchange.respond(500, {}, '');
    }
  });
  server.on('upgrade', (message: IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = refusalOf(message, onLink !== undefined, watch.links.size >= limits.maxLinks);
    if (refusal !== null || onLink === undefined) return refuse(socket, refusal ?? '404 Not Found');
    upgrader.handleUpgrade(message, socket, head, (ws) => {
      const link = new LinkEnd({ wire: wsWire(ws, socket), limits, onFault, onEnd: (end) => watch.delete(end) });
      wireUp(ws, socket, link, limits);
      watch.add(link);
      link.attach(onLink(link));
    });
  });
  await bound(server, host, port);
  return {
    host,
    port: (server.address() as AddressInfo).port,
    get linkCount() {
      return watch.links.size;
    },
    async close(reason = 'the listener was closed') {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const link of [...watch.links]) link.end(CLOSE.GOING_AWAY, reason);
      server.closeIdleConnections();
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSING_MS);
      await closed;
      clearTimeout(timer);
    },
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

/** Why an upgrade is refused; null if it is not. */
function refusalOf(message: IncomingMessage, takesLinks: boolean, isFull: boolean): string | null {
  if (!takesLinks || message.url !== LINK_PATH) return '404 Not Found';
  return isFull ? '503 Service Unavailable' : null;
}

function refuse(socket: Duplex, status: string): void {
  const text = status === '503 Service Unavailable' ? 'too many links' : `links are opened on ${LINK_PATH}`;
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}`;
  socket.on('error', () => undefined);
  socket.end(`${head}\r\n\r\n${text}`, () => socket.destroy());
}
