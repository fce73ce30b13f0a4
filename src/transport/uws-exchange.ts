/**
 * HTTP exchanges on uWebSockets.js.
 *
 * The library closes connections that are idle for about ten seconds after an answer, which clients that never retry
 * do not survive. It has no setting for that, but it takes the time-out off whenever a socket turns writable for a
 * handler of ours; so after each answer one writable event is asked for (`keepOpen`). The wrapper used for that is a
 * second one for the same socket, got by a route that yields, since the answering wrapper is dead after its `end`. It
 * is touched in the tick of the answer and in the socket's own events only, when the socket is known to live.
 *
 * A body that nobody wants yet is held, and the socket paused, until somebody does. A handler that returns without an
 * answer is no harm: the library aborts the process then, unless an abort handler is there, and there always is one.
 */
import { STATUS_CODES } from 'node:http';
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import type { Exchange, ExchangeHandler, ExchangeRequest, ExchangeStream } from '../base/exchange.js';
import { checkHeaders, hasNoBody, NO_STREAM, splitTarget } from './exchange-text.js';
import type { TransportLimits } from './transport.js';
import { uwsStream } from './uws-stream.js';
import { addressText } from './uws-text.js';

type BodyCallback = (chunk: Uint8Array, last: boolean) => boolean;
type Headers = Readonly<Record<string, string>>;

const NOTHING = new Uint8Array(0);

/** Serves all requests that are no upgrades. */
export function serveExchanges(
  app: TemplatedApp,
  handler: ExchangeHandler | undefined,
  limits: TransportLimits,
  onFault: (error: unknown) => void,
): void {
  let second: HttpResponse | null = null;
  const yields = (response: HttpResponse, request: HttpRequest): void => {
    second = response;
    request.setYield(true);
  };
  // of two routes with the same method and pattern only the later counts, but those of a method come before `any`
  app.get('/*', yields).head('/*', yields).post('/*', yields).put('/*', yields);
  app.del('/*', yields).patch('/*', yields).options('/*', yields);
  app.any('/*', (response, request) => {
    const keeper = second;
    second = null;
    const exchange = new UwsExchange(response, keeper, requestOf(request, response), limits);
    if (exchange.refusesHead() || exchange.refusesBody()) return;
    if (handler === undefined) return exchange.respond(404, {}, '');
    try {
      handler(exchange);
    } catch (error) {
      onFault(error);
      exchange.respond(500, {}, '');
    }
    exchange.handled();
  });
}

function requestOf(request: HttpRequest, response: HttpResponse): ExchangeRequest {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  request.forEach((name, value) => {
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  });
  return {
    method: request.getCaseSensitiveMethod(),
    path: splitTarget(request.getUrl()).path,
    query: request.getQuery(),
    headers,
    remote: addressText(response.getRemoteAddress()),
  };
}

/** Takes the library's time-out off a connection that waits for its next request. */
function keepOpen(keeper: HttpResponse | null): void {
  if (keeper === null) return; // a method that no client of ours uses
  keeper.onWritable(() => {
    keeper.cork(() => undefined); // writes what is left of the answer
    return true;
  });
  keeper.resume();
}

class UwsExchange implements Exchange {
  private hasAnswered = false;
  private isGone = false;
  private isPaused = false;
  private isBodyComplete: boolean;
  private bodyBytes = 0;
  private bodyCallback: BodyCallback | null = null;
  private abortedCallback: (() => void) | null = null;
  private held: { chunk: Uint8Array; last: boolean }[] = [];

  constructor(
    private readonly response: HttpResponse,
    private readonly keeper: HttpResponse | null,
    readonly request: ExchangeRequest,
    private readonly limits: TransportLimits,
  ) {
    const { headers } = request;
    const length = headers['content-length'];
    this.isBodyComplete = headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
    response.onAborted(() => {
      this.isGone = true;
      this.abortedCallback?.();
    });
    response.onData((chunk, last) => this.received(chunk, last));
  }

  /** Answers a head that is too large. */
  refusesHead(): boolean {
    const { path, query, headers } = this.request;
    let length = path.length + query.length;
    for (const [name, value] of Object.entries(headers)) length += name.length + value.length;
    if (length <= this.limits.maxHeadBytes) return false;
    this.respond(431, {}, '');
    return true;
  }

  /** Answers a body that says it is too large. */
  refusesBody(): boolean {
    if (!(Number(this.request.headers['content-length']) > this.limits.maxBodyBytes)) return false;
    this.respond(413, {}, '');
    return true;
  }

  /** The handler has returned. */
  handled(): void {
    if (!this.isBodyComplete && this.bodyCallback === null && !this.hasAnswered) this.pauseBody();
  }

  onBody(callback: BodyCallback): void {
    this.bodyCallback = callback;
    const { held } = this;
    this.held = [];
    for (const { chunk, last } of held) this.hand(chunk, last);
    if (this.isBodyComplete && held.length === 0) process.nextTick(() => this.hand(NOTHING, true));
    this.resumeBody();
  }

  pauseBody(): void {
    if (this.isPaused || this.hasAnswered || this.isGone || this.isBodyComplete) return;
    this.isPaused = true;
    this.response.pause();
  }

  resumeBody(): void {
    if (!this.isPaused || this.hasAnswered || this.isGone) return;
    this.isPaused = false;
    this.response.resume();
  }

  respond(status: number, headers: Headers, body: Uint8Array | string = NOTHING): void {
    checkHeaders(headers);
    if (!this.answers()) return;
    const { response } = this;
    const isLast = this.isLast();
    response.cork(() => {
      this.writeHead(status, headers);
      const said = headers['content-length'];
      if (hasNoBody(status)) response.endWithoutBody(undefined, isLast);
      else if (this.request.method !== 'HEAD') response.end(body, isLast);
      else response.endWithoutBody(said === undefined ? Buffer.byteLength(body) : Number(said), isLast);
    });
    if (!isLast) keepOpen(this.keeper);
  }

  stream(status: number, headers: Headers): ExchangeStream {
    checkHeaders(headers);
    if (!this.answers()) return NO_STREAM;
    const { response, limits } = this;
    const isLast = this.isLast();
    const said = headers['content-length'];
    const totalBytes = said === undefined ? null : Number(said);
    if (this.request.method === 'HEAD' || hasNoBody(status)) {
      response.cork(() => {
        this.writeHead(status, headers);
        response.endWithoutBody(totalBytes ?? undefined, isLast);
      });
      if (!isLast) keepOpen(this.keeper);
      return NO_STREAM;
    }
    response.cork(() => this.writeHead(status, headers));
    const onEnd = (): void => {
      if (!isLast) keepOpen(this.keeper);
    };
    return uwsStream({ response, totalBytes, limits, isLast, isGone: () => this.isGone, onEnd });
  }

  onAborted(callback: () => void): void {
    this.abortedCallback = callback;
    if (this.isGone) process.nextTick(callback);
  }

  /** True once: whoever asks may answer. */
  private answers(): boolean {
    if (this.hasAnswered || this.isGone) return false;
    this.resumeBody();
    this.hasAnswered = true;
    return true;
  }

  /** The connection ends with this answer: the client wants it so, or its body has not come to its end. */
  private isLast(): boolean {
    return !this.isBodyComplete || /\bclose\b/i.test(this.request.headers['connection'] ?? '');
  }

  private writeHead(status: number, headers: Headers): void {
    const { response } = this;
    response.writeStatus(`${status} ${STATUS_CODES[status] ?? 'Unknown'}`);
    for (const [name, value] of Object.entries(headers)) {
      const lower = name.toLowerCase();
      if (lower !== 'content-length' && lower !== 'transfer-encoding') response.writeHeader(name, value);
    }
  }

  /** Bytes of the body; they are the library's and are copied. */
  private received(chunk: ArrayBuffer, last: boolean): void {
    if (last) this.isBodyComplete = true;
    if (this.hasAnswered || this.isGone) return;
    this.bodyBytes += chunk.byteLength;
    if (this.bodyBytes > this.limits.maxBodyBytes) {
      this.respond(413, {}, '');
      return;
    }
    const bytes = new Uint8Array(chunk.slice(0));
    if (this.bodyCallback === null) this.held.push({ chunk: bytes, last });
    else this.hand(bytes, last);
  }

  private hand(chunk: Uint8Array, last: boolean): void {
    if (this.isGone || this.bodyCallback === null) return;
    const goesOn = this.bodyCallback(chunk, last);
    if (!goesOn && !this.hasAnswered && !this.isGone) this.response.close();
  }
}
