/**
 * HTTP exchanges on node:http. An answer's writes become one chunk each; a connection is never closed for being idle
 * between requests. A body that stops coming is cut off; so is a reader that lets more than the limit pile up.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeRequest, ExchangeStream } from '../base/exchange.js';
import { answerRaw, checkHeaders, hasNoBody, isSmall, NO_STREAM, splitTarget } from './exchange-text.js';
import { hostPort, type TransportLimits } from './transport.js';

type BodyCallback = (chunk: Uint8Array, last: boolean) => boolean;

const NOTHING = new Uint8Array(0);

export function nodeExchange(message: IncomingMessage, response: ServerResponse, limits: TransportLimits): Exchange {
  const request = requestOf(message);
  const body = requestBody(message, response, limits);
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
    if (!message.complete && !isSmall(request)) response.setHeader('connection', 'close');
    return true;
  };
  return {
    request,
    onBody: (callback) => body.read(callback),
    pauseBody: () => body.pause(),
    resumeBody: () => body.resume(),
    respond(status, headers, content = NOTHING) {
      checkHeaders(headers);
      if (!answers()) return;
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      const said = request.method === 'HEAD' ? headers['content-length'] : undefined;
      const length = hasNoBody(status) ? {} : { 'content-length': said ?? bytes.length };
      response.writeHead(status, { ...headers, ...length });
      // An empty body would be a second piece to write.
      if (bytes.length === 0) response.end();
      else response.end(bytes);
    },
    stream(status, headers) {
      checkHeaders(headers);
      if (!answers()) return NO_STREAM;
      response.writeHead(status, headers);
      if (request.method === 'HEAD' || hasNoBody(status)) {
        response.end();
        return NO_STREAM;
      }
      response.flushHeaders();
      return nodeStream(response, headers['content-length'], limits);
    },
    onAborted(callback) {
      abortedCallback = callback;
      if (isGone) process.nextTick(callback);
    },
  };
}

function nodeStream(response: ServerResponse, said: string | undefined, limits: TransportLimits): ExchangeStream {
  const totalBytes = said === undefined ? Infinity : Number(said);
  let givenBytes = 0;
  let drained: (() => void) | null = null;
  response.on('drain', () => drained?.());
  return {
    write(chunk) {
      if (response.destroyed || response.writableEnded) return false;
      const wanted = chunk.subarray(0, totalBytes - givenBytes);
      if (wanted.length === 0) return !response.writableNeedDrain;
      givenBytes += wanted.length;
      const isTaken = response.write(wanted);
      if (response.writableLength > limits.maxBufferedBytes) response.destroy();
      return isTaken;
    },
    get bufferedBytes() {
      return response.destroyed ? 0 : response.writableLength;
    },
    onDrain(callback) {
      drained = callback;
    },
    end() {
      const isWhole = totalBytes === Infinity || givenBytes === totalBytes;
      if (isWhole) response.end();
      else response.destroy(); // the client must not take it for the whole
    },
    destroy: () => void response.destroy(),
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

interface RequestBody {
  read(callback: BodyCallback): void;
  pause(): void;
  resume(): void;
}

/** How slowly a body may come in the long run. */
const MIN_BYTES_PER_MS = 1024 / 1000;

/**
 * The body of a request. A client may let us wait for as long as a handshake takes; what comes buys it more time, up to
 * that again. Time in which we asked for no more does not count.
 */
function requestBody(message: IncomingMessage, response: ServerResponse, limits: TransportLimits): RequestBody {
  const { socket } = message;
  const mostMs = limits.handshakeTimeoutMs;
  let allowedMs = mostMs;
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let bytes = 0;
  const cutOff = (): void => void socket.destroy();
  const tooSlow = (): void => {
    if (response.headersSent) cutOff();
    else answerRaw(socket, 408, `the body comes too slowly: ${bytes} bytes so far`);
  };
  const unwatch = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    allowedMs -= performance.now() - sinceMs;
  };
  const watch = (): void => {
    unwatch();
    sinceMs = performance.now();
    timer = setTimeout(tooSlow, Math.max(1, allowedMs)).unref();
  };
  const heard = (length: number): void => {
    bytes += length;
    if (timer === undefined) return;
    unwatch();
    allowedMs = Math.min(mostMs, allowedMs + length / MIN_BYTES_PER_MS);
    watch();
  };
  return {
    read(callback) {
      message.on('data', (chunk: Buffer) => {
        heard(chunk.length);
        if (bytes > limits.maxBodyBytes || !callback(chunk, false)) cutOff();
      });
      message.on('end', () => {
        unwatch();
        callback(NOTHING, true);
      });
      message.on('close', unwatch);
      if (!message.complete && !message.isPaused()) watch();
    },
    pause() {
      message.pause();
      unwatch();
    },
    resume() {
      message.resume();
      if (!message.complete) watch();
    },
  };
}
