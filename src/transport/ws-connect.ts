/**
 * Outbound links, for both real drivers: uWebSockets.js has no client. The client asks for the native port, goes there
 * if it is told of one, and comes back if nobody answers there. The promise of `connect` fails, with the reason, if the
 * other side cannot be reached, refuses, or takes too long; what happens afterwards is told to the handlers.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { MeteError } from '../base/errors.js';
import type { Link } from '../base/link.js';
import { LinkEnd } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import { type ConnectOptions, LINK_PATH, limitsWith, NATIVE_HEADER, type TransportLimits } from './transport.js';
import { wireUp, wsOptions, wsWire } from './ws-wire.js';

/** As much of a refusal's body as is worth telling. */
const REFUSAL_BYTES = 200;

/** How long the native port may keep a client waiting that could use the other one. */
const NATIVE_TIMEOUT_MS = 2000;

export function unreachable(url: string, reason: string, cause?: unknown): MeteError {
  const mend = 'see that a mete process listens there, then try again';
  return new MeteError('UNREACHABLE', { field: 'url', value: url, reason, mend, cause });
}

/** The URL with the path of links. Throws MeteError (INVALID_ARGUMENT) for what is no URL of a link. */
export function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== 'ws:' || url.hostname === '' || !['/', '', LINK_PATH].includes(url.pathname)) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'url',
      value: text,
      reason: 'it is not the URL of a link',
      mend: `write ws://host:port${LINK_PATH}, with brackets around an IPv6 address`,
    });
  }
  url.pathname = LINK_PATH;
  return url;
}

/** Throws MeteError: UNREACHABLE, INVALID_ARGUMENT. */
export async function connect(options: ConnectOptions): Promise<Link> {
  const limits = limitsWith(options.limits);
  const url = checkedUrl(options.url);
  const first = await attempt(url, options, limits, { [NATIVE_HEADER]: '1' });
  if (typeof first === 'object') return first;
  const native = new URL(url);
  native.port = String(first);
  const hasty = { ...limits, handshakeTimeoutMs: Math.min(limits.handshakeTimeoutMs, NATIVE_TIMEOUT_MS) };
  try {
    return (await attempt(native, options, hasty, {})) as Link;
  } catch {
    return (await attempt(url, options, limits, {})) as Link; // the native port is behind a firewall
  }
}

/** Resolves to a link, or to the native port that it is to be opened on. */
function attempt(
  url: URL,
  { url: wanted, handlers, onFault = () => undefined }: ConnectOptions,
  limits: TransportLimits,
  headers: Record<string, string>,
): Promise<Link | number> {
  const ws = new WebSocket(url, {
    ...wsOptions(limits),
    headers,
    handshakeTimeout: limits.handshakeTimeoutMs,
    generateMask: (mask) => mask.fill(0),
  });
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = error.message === '' ? (error.code ?? 'it cannot be reached') : error.message;
      reject(unreachable(wanted, reason, error));
    };
    ws.once('error', fail);
    ws.once('upgrade', (response) => {
      socket = response.socket;
      socket.setNoDelay(true);
    });
    ws.once('unexpected-response', (request, response) => {
      const port = Number(response.headers[NATIVE_HEADER]);
      void refusalText(response).then((text) => {
        request.destroy();
        if (port > 0 && port < 65_536) resolve(port);
        else reject(unreachable(wanted, `the other side refused: ${text}`));
      });
    });
    ws.once('open', () => {
      ws.off('error', fail);
      const watch = new LinkWatch(limits, false);
      const link = new LinkEnd({ wire: wsWire(ws, socket), limits, onFault, onEnd: (end) => watch.delete(end) });
      link.attach(handlers);
      watch.add(link);
      wireUp(ws, socket, link, limits);
      ws.pause(); // whoever awaits the link gets it before its handlers are called
      setImmediate(() => ws.resume());
      resolve(link);
    });
  });
}

function refusalText(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => resolve(`${response.statusCode ?? 0} ${text.slice(0, REFUSAL_BYTES).trim()}`.trim());
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > REFUSAL_BYTES) done();
    });
    response.on('close', done);
  });
}
