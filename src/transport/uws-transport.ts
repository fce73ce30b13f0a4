/**
 * The driver over uWebSockets.js. Links are native, on a port of their own that the front (front.ts) names to clients
 * that can use it; HTTP, and links of clients that cannot reach the native port, are the front's.
 *
 * What the library does by itself: it closes in silence what sends a frame over `maxPayloadLength` (the other side sees
 * code 1006), so a slack is read and refused with a reason; it writes uncorked while another socket is read, so replies
 * are gathered (link-end.ts); it answers pings by itself, which `maxBackpressure` bounds; its time-outs have a
 * grain of four seconds, so silence is watched by us and its own stays behind, for sockets that are ended but stay.
 * In a worker thread the listener has to be closed before the thread is terminated, else the process aborts.
 */
import type * as UwsModule from 'uWebSockets.js';
import type { HttpResponse, TemplatedApp, WebSocket } from 'uWebSockets.js';
import { openFront } from './front.js';
import { LinkEnd, ownCopy, type Wire } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import type { Listener, ListenOptions, Transport, TransportLimits, TransportLoad } from './transport.js';
import { checkAddress, closeOnce, LINK_PATH, limitsWith } from './transport.js';
import { addressText } from './uws-text.js';
import { connect } from './ws-connect.js';
import { FRAME_SLACK_BYTES } from './ws-wire.js';

type Uws = typeof UwsModule;
type NativeSocket = WebSocket<LinkData>;
type ListenSocket = Parameters<Uws['us_socket_local_port']>[0];

interface LinkData {
  /** null once the socket is gone; it must not be touched then. */
  link: LinkEnd | null;
}

/** The library's option for a port of one's own; by default others may share it. */
const EXCLUSIVE_PORT = 1;

/** What the library's `send` says for a frame that it threw away. */
const DROPPED = 2;

/** How long a closing listener waits for goodbyes. */
const CLOSING_MS = 200;

/** Bounds of the library's own time-out for silence, in seconds. */
const MIN_IDLE_S = 8;
const MAX_IDLE_S = 960;

/** Loads the native code, or says why it cannot be used. */
export async function loadUws(): Promise<TransportLoad> {
  try {
    const uws = await import('uWebSockets.js');
    const transport: Transport = {
      name: 'uws',
      listen: (options) => listen(uws, options),
      connect,
    };
    return { transport };
  } catch (error) {
    return { reasons: [error instanceof Error ? error.message : String(error)] };
  }
}

async function listen(uws: Uws, options: ListenOptions): Promise<Listener> {
  const { host, onFault = () => undefined } = options;
  checkAddress(options.host, options.port);
  const limits = limitsWith(options.limits);
  const watch = new LinkWatch(limits, true);
  const native = options.onLink === undefined ? null : await openNative(uws, { ...options, limits, watch, onFault });
  const frontOptions = { ...options, limits, watch, onFault, nativePort: native?.port ?? null };
  const front = await openFront(frontOptions).catch((error: unknown) => {
    native?.close();
    throw error;
  });
  return {
    host,
    port: front.port,
    get linkCount() {
      return watch.links.size;
    },
    // the library follows its pointers blindly: a second close would touch what is freed
    close: closeOnce(async (reason) => {
      native?.stopListening();
      watch.endAll(reason);
      await front.close();
      await native?.linger();
      native?.close();
    }),
  };
}

interface NativeOptions extends ListenOptions {
  readonly limits: TransportLimits;
  readonly watch: LinkWatch;
  readonly onFault: (error: unknown) => void;
}

interface Native {
  readonly port: number;
  stopListening(): void;
  /** Resolves when goodbyes had time to be said. */
  linger(): Promise<void>;
  /** Drops whatever is left. */
  close(): void;
}

/** null where the library cannot listen; the front then says why, or serves the links. */
async function openNative(uws: Uws, options: NativeOptions): Promise<Native | null> {
  const { host, limits } = options;
  const app = uws.App();
  /** Connections that are no links yet. */
  let silent = 0;
  let hadLinks = false;
  app.filter((response, change) => {
    silent += change;
    if (change > 0 && silent > limits.maxConnections) response.close();
  });
  app.any('/*', (response) => refuse(response, '421 Misdirected Request', 'links only'));
  serveLinks(app, options, () => {
    silent--;
    hadLinks = true;
  });
  const socket = await new Promise<ListenSocket | false>((resolve) => listenAt(app, host, resolve));
  if (socket === false) {
    app.close();
    return null;
  }
  return {
    port: uws.us_socket_local_port(socket),
    stopListening: () => uws.us_listen_socket_close(socket),
    async linger() {
      if (hadLinks) await new Promise((resolve) => setTimeout(resolve, CLOSING_MS));
    },
    close: () => void app.close(),
  };
}

/** The types of the package know no `listen` with host and options; its code does. */
function listenAt(app: TemplatedApp, host: string, done: (socket: ListenSocket | false) => void): void {
  type Listen = (host: string, port: number, options: number, done: (socket: ListenSocket | false) => void) => void;
  (app.listen as unknown as Listen).call(app, host, 0, EXCLUSIVE_PORT, done);
}

function serveLinks(app: TemplatedApp, options: NativeOptions, onUpgraded: () => void): void {
  const { onLink, limits, watch, onFault } = options;
  const heard = (ws: NativeSocket): void => ws.getUserData().link?.heard();
  app.ws<LinkData>(LINK_PATH, {
    maxPayloadLength: limits.maxFrameBytes + FRAME_SLACK_BYTES,
    maxBackpressure: limits.maxBufferedBytes + FRAME_SLACK_BYTES,
    idleTimeout: Math.min(MAX_IDLE_S, MIN_IDLE_S + Math.ceil(limits.idleTimeoutMs / 500)),
    sendPingsAutomatically: false,
    upgrade(response, request, context) {
      if (watch.links.size >= limits.maxLinks) return refuse(response, '503 Service Unavailable', 'too many links');
      const key = request.getHeader('sec-websocket-key');
      onUpgraded();
      response.upgrade<LinkData>({ link: null }, key, '', '', context);
    },
    open(ws) {
      const data = ws.getUserData();
      const link = new LinkEnd({ wire: uwsWire(ws, data), limits, onFault, onEnd: (end) => watch.delete(end) });
      data.link = link;
      watch.add(link);
      link.accept(onLink!);
    },
    message(ws, bytes, isBinary) {
      const { link } = ws.getUserData();
      if (isBinary) link?.received(ownCopy(new Uint8Array(bytes)));
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
  const isTooBig = text === 'Received too big message';
  if (isTooBig) return `a frame came that is over the limit of ${limits.maxFrameBytes} bytes`;
  return text.startsWith('Received TCP FIN') || text === '' ? '' : `what came is no WebSocket (${text})`;
}

function refuse(response: HttpResponse, status: string, text: string): void {
  response.cork(() => response.writeStatus(status).writeHeader('Content-Type', 'text/plain').end(text, true));
}

function uwsWire(ws: NativeSocket, data: LinkData): Wire {
  /** A peer that pings without reading can fill the buffer with pongs of the library's own. */
  let areTaken = true;
  const writeAll = (frames: readonly Uint8Array[]): void => {
    for (const frame of frames) areTaken &&= ws.send(frame, true) !== DROPPED;
  };
  return {
    remote: addressText(ws.getRemoteAddress()),
    bufferedBytes: () => (data.link === null ? 0 : ws.getBufferedAmount()),
    write(frames) {
      if (data.link === null) return true;
      if (frames.length === 1) writeAll(frames);
      else ws.cork(() => writeAll(frames));
      return areTaken;
    },
    ping() {
      if (data.link !== null) ws.ping();
    },
    close(code, reason) {
      if (data.link !== null) ws.end(code, reason);
    },
  };
}
