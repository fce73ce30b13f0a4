/**
 * Outbound links, for both real drivers: uWebSockets.js has no client. The promise of `connect` fails, with the reason,
 * if the other side cannot be reached, refuses, or takes too long; what happens afterwards is told to the handlers.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { MeteError } from '../base/errors.js';
import type { Link } from '../base/link.js';
import { LinkEnd } from './link-end.js';
import { LinkWatch } from './link-watch.js';
import { type ConnectOptions, LINK_PATH, limitsWith } from './transport.js';
import { wireUp, wsOptions, wsWire } from './ws-wire.js';

/** As much of a refusal's body as is worth telling. */
const REFUSAL_BYTES = 200;

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

export function connectWs(options: ConnectOptions): Promise<Link> {
  const { handlers, onFault = () => undefined } = options;
  const limits = limitsWith(options.limits);
  const url = checkedUrl(options.url);
  const ws = new WebSocket(url, {
    ...wsOptions(limits),
    handshakeTimeout: limits.handshakeTimeoutMs,
    generateMask: (mask) => mask.fill(0),
  });
  return new Promise((resolve, reject) => {
    let socket: Socket;
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = error.message === '' ? (error.code ?? 'it cannot be reached') : error.message;
      reject(unreachable(options.url, reason, error));
    };
    ws.once('error', fail);
    ws.once('upgrade', (response) => {
      socket = response.socket;
      socket.setNoDelay(true);
    });
    ws.once('unexpected-response', (request, response) => {
      void refusalText(response).then((text) => {
        request.destroy();
        reject(unreachable(options.url, `the other side refused: ${text}`));
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
