/**
 * The driver over uWebSockets.js: native links and exchanges. The library closes in silence what sends a frame over
 * `maxPayloadLength` (the other side sees code 1006), so a slack is read and refused with a reason; it writes uncorked
 * while another socket is read, so replies are gathered (link-end.ts); it says nothing about why `listen` failed, so
 * node:net is asked. Its time-outs have a grain of four seconds: silence is watched by us, its own stays behind.
 */
import { createServer } from 'node:net';
import type * as UwsModule from 'uWebSockets.js';
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { MeteError } from '../base/errors.js';
import type { TransportLoad } from './choose-transport.js';
import { LinkEnd, type Wire } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import { listenError } from './listen-error.js';
import { LINK_PATH, limitsWith, type Listener, type ListenOptions, type TransportLimits } from './transport.js';
import { serveExchanges } from './uws-exchange.js';
import { addressText } from './uws-text.js';
import { connectWs } from './ws-connect.js';
import { FRAME_SLACK_BYTES } from './ws-wire.js';

type Uws = typeof UwsModule;
type Socket = WebSocket<LinkData>;
type UpgradeContext = us_socket_context_t;

interface LinkData {
  link: LinkEnd | null;
}

/** The library's option for a port of one's own; it is 0 by default, which allows others to share it. */
const EXCLUSIVE_PORT = 1;

/** How long a closing listener waits for goodbyes. */
const CLOSING_MS = 200;

/** The library's own time-out for silence, in seconds; its ended sockets go after eight. */
const MAX_IDLE_S = 960;
const MIN_IDLE_S = 8;

/** Native code was loaded, or the reasons why not. */
export async function loadUws(): Promise<TransportLoad> {
  try {
    const uws = await import('uWebSockets.js');
    return { transport: { name: 'uws', listen: (options) => listen(uws, options), connect: connectWs } };
  } catch (error) {
    return { reasons: [error instanceof Error ? error.message : String(error)] };
  }
}

async function listen(uws: Uws, options: ListenOptions): Promise<Listener> {
  const { host, port, onFault = () => undefined } = options;
  const limits = limitsWith(options.limits);
  const watch = new LinkWatch(limits, true);
  const app = uws.App();
  let connections = 0;
  app.filter((response, change) => {
    connections += change;
    if (change > 0 && connections > limits.maxConnections) response.close();
  });
  serveLinks(app, options, limits, watch, onFault, () => connections--);
  serveExchanges(app, options.onExchange, limits, onFault);
  const listening = await bound(app, host, port);
  return {
    host,
    port: uws.us_socket_local_port(listening),
    get linkCount() {
      return watch.links.size;
    },
    async close(reason = 'the listener was closed') {
      uws.us_listen_socket_close(listening);
      const hadLinks = watch.links.size > 0;
      watch.endAll(reason);
      if (hadLinks || connections > 0) await new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
      app.close();
    },
  };
}

type ListenSocket = Parameters<Uws['us_socket_local_port']>[0];

async function bound(app: TemplatedApp, host: string, port: number): Promise<ListenSocket> {
  const socket = await new Promise<ListenSocket | false>((resolve) => {
    // the types of the package know no listen with host and options, its code does
    const listenAt = app.listen.bind(app) as unknown as (
      at: string, port: number, options: number, done: (socket: ListenSocket | false) => void,
    ) => void;
    listenAt(host, port, EXCLUSIVE_PORT, resolve);
  });
  if (socket !== false) return socket;
  app.close();
  throw await whyNot(host, port);
}

/** What node:net says about listening there. */
function whyNot(host: string, port: number): Promise<MeteError> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(listenError(host, port, error)));
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => resolve(listenError(host, port, new Error('uWebSockets.js cannot, node:net can'))));
    });
  });
}

function serveLinks(
  app: TemplatedApp,
  { onLink }: ListenOptions,
  limits: TransportLimits,
  watch: LinkWatch,
  onFault: (error: unknown) => void,
  onUpgraded: () => void,
): void {
  const heard = (ws: Socket): void => ws.getUserData().link?.heard();
  app.ws<LinkData>(LINK_PATH, {
    maxPayloadLength: limits.maxFrameBytes + FRAME_SLACK_BYTES,
    maxBackpressure: limits.maxBufferedBytes + FRAME_SLACK_BYTES,
    idleTimeout: Math.min(MAX_IDLE_S, MIN_IDLE_S + Math.ceil(limits.idleTimeoutMs / 500)),
    sendPingsAutomatically: false,
    upgrade(response, request, context) {
      if (onLink === undefined) refuse(response, '404 Not Found', 'no links here');
      else if (watch.links.size >= limits.maxLinks) refuse(response, '503 Service Unavailable', 'too many links');
      else upgrade(response, request, context, onUpgraded);
    },
    open(ws) {
      const data = ws.getUserData();
      const link = new LinkEnd({ wire: uwsWire(ws, data), limits, onFault, onEnd: (end) => watch.delete(end) });
      data.link = link;
      watch.add(link);
      link.attach(onLink!(link));
    },
    message(ws, bytes, isBinary) {
      const { link } = ws.getUserData();
      if (isBinary) link?.received(new Uint8Array(bytes.slice(0)));
      else link?.receivedText();
    },
    drain: (ws) => ws.getUserData().link?.relieved(),
    ping: heard,
    pong: heard,
    close(ws, code, reason) {
      const data = ws.getUserData();
      const { link } = data;
      data.link = null;
      link?.lost(code, closeText(code, Buffer.from(reason).toString(), limits));
    },
  });
}

/** The library gives its own words for what it closes by itself. */
function closeText(code: number, text: string, limits: TransportLimits): string {
  if (code !== 1006) return text;
  if (text === 'Received too big message') return `a frame came that is over the limit of ${limits.maxFrameBytes} bytes`;
  return text.startsWith('Received TCP FIN') || text === '' ? '' : `what came is no WebSocket (${text})`;
}

function upgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: UpgradeContext,
  onUpgraded: () => void,
): void {
  const key = request.getHeader('sec-websocket-key');
  onUpgraded();
  response.upgrade<LinkData>({ link: null }, key, '', '', context);
}

function refuse(response: HttpResponse, status: string, text: string): void {
  response.cork(() => response.writeStatus(status).writeHeader('Content-Type', 'text/plain').end(text, true));
}

/** `data.link` is null once the socket is gone; it must not be touched then. */
function uwsWire(ws: Socket, data: LinkData): Wire {
  const writeAll = (frames: readonly Uint8Array[]): void => {
    for (const frame of frames) ws.send(frame, true);
  };
  return {
    remote: addressText(ws.getRemoteAddress()),
    bufferedBytes: () => (data.link === null ? 0 : ws.getBufferedAmount()),
    write(frames) {
      if (data.link === null) return;
      if (frames.length === 1) ws.send(frames[0]!, true);
      else ws.cork(() => writeAll(frames));
    },
    ping() {
      if (data.link !== null) ws.ping();
    },
    close(code, reason) {
      if (data.link !== null) ws.end(code, reason);
    },
  };
}
