/**
 * HTTP exchanges on node:http. An answer's writes become one chunk each; a connection is never closed for being idle
 * between requests. A body that stops coming is cut off; so is a reader that lets more than the limit pile up.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeRequest, ExchangeStream } from '../base/exchange.js';
import { splitTarget } from './exchange-text.js';
import { hostPort, type TransportLimits } from './transport.js';

type BodyCallback = (chunk: Uint8Array, last: boolean) => boolean;

const NOTHING = new Uint8Array(0);

export function nodeExchange(message: IncomingMessage, response: ServerResponse, limits: TransportLimits): Exchange {
  let hasAnswered = false;
  let abortedCallback: (() => void) | null = null;
  let isGone = false;
  response.once('close', () => {
    if (response.writableFinished) return;
    isGone = true;
    abortedCallback?.();
  });
  const answers = (): boolean => {
    if (hasAnswered || isGone) return false;
    hasAnswered = true;
    if (!message.complete) response.setHeader('connection', 'close');
    return true;
  };
  return {
    request: requestOf(message),
    onBody: (callback) => readBody(message, limits, callback),
    pauseBody: () => void message.pause(),
    resumeBody: () => void message.resume(),
    respond(status, headers, body = NOTHING) {
      if (!answers()) return;
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const length = bytes.length > 0 || headers['content-length'] === undefined ? { 'content-length': bytes.length } : {};
      const hasBody = status !== 204 && status !== 304;
      response.writeHead(status, { ...headers, ...(hasBody ? length : {}) });
      response.end(bytes);
    },
    stream(status, headers) {
      if (answers()) {
        response.writeHead(status, headers);
        response.flushHeaders();
      }
      return nodeStream(response, limits);
    },
    onAborted(callback) {
      abortedCallback = callback;
      if (isGone) process.nextTick(callback);
    },
  };
}

function nodeStream(response: ServerResponse, limits: TransportLimits): ExchangeStream {
  return {
    write(chunk) {
      if (response.destroyed || response.writableEnded) return false;
      if (response.writableLength + chunk.length > limits.maxBufferedBytes) {
        response.destroy();
        return false;
      }
      return chunk.length === 0 || response.write(chunk);
    },
    get bufferedBytes() {
      return response.writableLength;
    },
    onDrain: (callback) => void response.on('drain', callback),
    end: () => void response.end(),
  };
}

function requestOf(message: IncomingMessage): ExchangeRequest {
  const { path, query } = splitTarget(message.url ?? '/');
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  const { remoteAddress, remotePort } = message.socket;
  const remote = hostPort(remoteAddress ?? 'unknown', remotePort ?? 0);
  return { method: message.method ?? 'GET', path, query, headers, remote };
}

function readBody(message: IncomingMessage, limits: TransportLimits, callback: BodyCallback): void {
  let bytes = 0;
  const { socket } = message;
  socket.setTimeout(limits.handshakeTimeoutMs, () => socket.destroy());
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.maxBodyBytes || !callback(chunk, false)) socket.destroy();
  });
  message.on('end', () => {
    socket.setTimeout(0);
    callback(NOTHING, true);
  });
}
