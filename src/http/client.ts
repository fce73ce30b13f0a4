/**
 * A small HTTP client on node:http for what executors fetch and deliver: ranges of inputs, code, results. Bodies are
 * streamed both ways, connections are kept and reused, silence ends a request. A request that a kept connection was too
 * stale for is sent once more on a new one; nothing else is repeated here.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { ERRORS, type ErrorCode, MeteError } from '../base/errors.js';
import { checkDigest, type Received } from './body.js';
import { type ByteRange, rangeHeader } from './ranges.js';

export interface HttpClientOptions {
  /** Connections to one host at a time; default 8. */
  readonly maxConnections?: number;
  /** How long the other side may say nothing while something is awaited from it; default 30,000. */
  readonly silenceTimeoutMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, in order; to be read to its end or left by `return`, which drops the connection. */
  readonly chunks: AsyncGenerator<Uint8Array, void, void>;
}

export interface FetchOptions {
  /** Only these bytes; `to` is not among them. An answer with the whole is refused then. */
  readonly range?: ByteRange;
}

export interface DownloadOptions extends FetchOptions {
  readonly maxBytes: number;
  /** What the bytes must hash to, in hexadecimal. */
  readonly sha256?: string;
}

/** Methods throw MeteError: UNREACHABLE, TIMED_OUT, PEER_GONE, INVALID_ARGUMENT (no URL), and by status as told. */
export interface HttpClient {
  /** A body as a stream. Throws for any status but 200 and 206: NOT_FOUND, LIMIT_EXCEEDED, UNREACHABLE … */
  get(url: string, options?: FetchOptions): Promise<HttpAnswer>;
  /** A body in memory. Throws LIMIT_EXCEEDED beyond `maxBytes`, WRONG_DIGEST. */
  getBytes(url: string, options: DownloadOptions): Promise<Uint8Array>;
  /** A body into a file, which appears at `path` only when it is complete and right. Throws as `getBytes`. */
  getFile(url: string, path: string, options: DownloadOptions): Promise<Received>;
  /** Sends bytes, or a file. Throws for any status but 2xx. */
  put(url: string, body: Uint8Array | { readonly path: string }, contentType?: string): Promise<void>;
  /** Drops all connections; requests under way fail. */
  close(): void;
}

const REFUSAL_BYTES = 500;

export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { maxConnections = 8, silenceTimeoutMs = 30_000 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections });
  const ask = (ask_: Omit<Ask, 'agent' | 'silenceTimeoutMs'>): Promise<IncomingMessage> =>
    askTwice({ ...ask_, agent, silenceTimeoutMs });
  const get = async (url: string, { range }: FetchOptions = {}): Promise<HttpAnswer> => {
    if (range !== undefined && range.to <= range.from) return emptyAnswer();
    const headers = range === undefined ? {} : { range: rangeHeader(range.from, range.to) };
    const response = await ask({ method: 'GET', url, headers });
    const status = response.statusCode ?? 0;
    if (status !== (range === undefined ? 200 : 206)) throw await refusal(url, response, silenceTimeoutMs);
    return { status, headers: response.headers, chunks: chunksOf(url, response, silenceTimeoutMs) };
  };
  return {
    get,
    async getBytes(url, { maxBytes, sha256, ...fetching }) {
      const { chunks } = await get(url, fetching);
      const all: Uint8Array[] = [];
      const received = await take(url, chunks, maxBytes, (chunk) => void all.push(chunk));
      checkDigest(received, sha256);
      return all.length === 1 ? all[0]! : Buffer.concat(all);
    },
    async getFile(url, path, { maxBytes, sha256, ...fetching }) {
      const { chunks } = await get(url, fetching);
      const partial = `${path}.${randomUUID()}.partial`;
      const file = await open(partial, 'wx');
      try {
        const received = await take(url, chunks, maxBytes, (chunk) => file.writeFile(chunk));
        await file.close();
        checkDigest(received, sha256);
        await rename(partial, path);
        return received;
      } catch (error) {
        await file.close().catch(() => undefined);
        await rm(partial, { force: true });
        throw error;
      }
    },
    async put(url, body, contentType = 'application/octet-stream') {
      const length = body instanceof Uint8Array ? body.length : (await stat(body.path)).size;
      const headers = { 'content-type': contentType, 'content-length': String(length) };
      const response = await ask({ method: 'PUT', url, headers, body });
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) throw await refusal(url, response, silenceTimeoutMs);
      for await (const _ of chunksOf(url, response, silenceTimeoutMs));
    },
    close: () => agent.destroy(),
  };
}

interface Ask {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | { readonly path: string };
  readonly agent: Agent;
  readonly silenceTimeoutMs: number;
}

/** Asks again if the connection was a kept one that the other side had given up. */
async function askTwice(ask: Ask): Promise<IncomingMessage> {
  try {
    return await askOnce(ask);
  } catch (error) {
    if (!(error instanceof MeteError && error.cause === STALE)) throw error;
    return askOnce({ ...ask, agent: new Agent() });
  }
}

/** The cause of an error that a stale connection explains. */
const STALE = Symbol('stale connection');

function askOnce({ method, url, headers, body, agent, silenceTimeoutMs }: Ask): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (!URL.canParse(url) || !url.startsWith('http:')) throw noUrl(url);
    const request = httpRequest(url, { method, headers, agent });
    let hasAnswer = false;
    request.setTimeout(silenceTimeoutMs, () => {
      if (!hasAnswer) request.destroy(timedOut(url, silenceTimeoutMs));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof MeteError) return reject(error);
      const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(failed('UNREACHABLE', url, error.message || (error.code ?? 'no connection'), isStale ? STALE : error));
    });
    request.once('response', (response) => {
      hasAnswer = true;
      resolve(response);
    });
    if (body === undefined || body instanceof Uint8Array) {
      request.end(body);
    } else {
      const source = createReadStream(body.path);
      source.on('error', (error) => request.destroy(error));
      request.once('close', () => source.destroy());
      source.pipe(request);
    }
  });
}

function noUrl(url: string): MeteError {
  return failed('INVALID_ARGUMENT', url, 'it is no URL of HTTP');
}

function timedOut(url: string, afterMs: number): MeteError {
  return failed('TIMED_OUT', url, `nothing was heard for ${afterMs} ms`);
}

const MENDS: Partial<Record<ErrorCode, string>> = {
  INVALID_ARGUMENT: 'write http://host:port/path',
  NOT_FOUND: 'ask for another',
  LIMIT_EXCEEDED: 'ask for less',
};

function failed(code: ErrorCode, url: string, reason: string, cause?: unknown): MeteError {
  const mend = MENDS[code] ?? (ERRORS[code].retry ? 'try again' : 'see what the other side says');
  return new MeteError(code, { field: 'url', value: url, reason, mend, cause });
}

const CODES: Readonly<Record<number, ErrorCode>> = { 404: 'NOT_FOUND', 413: 'LIMIT_EXCEEDED', 416: 'LIMIT_EXCEEDED' };

/** The error for an answer that is not what was asked for. */
async function refusal(url: string, response: IncomingMessage, timeoutMs: number): Promise<MeteError> {
  const status = response.statusCode ?? 0;
  let text = '';
  for await (const chunk of chunksOf(url, response, timeoutMs)) {
    text += Buffer.from(chunk).toString();
    if (text.length > REFUSAL_BYTES) break;
  }
  const code = CODES[status] ?? (status >= 500 ? 'UNREACHABLE' : 'INVALID_ARGUMENT');
  return failed(code, url, `the other side answered ${status} ${text.slice(0, REFUSAL_BYTES).trim()}`.trim());
}

function emptyAnswer(): HttpAnswer {
  const none = async function* (): AsyncGenerator<Uint8Array, void, void> {};
  return { status: 206, headers: {}, chunks: none() };
}

/** The body of a response. The clock runs only while a chunk is awaited: a slow consumer is nobody's silence. */
async function* chunksOf(
  url: string,
  response: IncomingMessage,
  timeoutMs: number,
): AsyncGenerator<Uint8Array, void, void> {
  const state = { wake: nothing, error: null as Error | null, isOver: false };
  const fail = (error: Error): void => {
    state.error ??= error;
    state.wake();
  };
  response.on('readable', () => state.wake());
  response.on('end', () => {
    state.isOver = true;
    state.wake();
  });
  response.on('error', (cause) => fail(failed('PEER_GONE', url, 'the other side went away before the end', cause)));
  try {
    while (!state.isOver) {
      const chunk = response.read() as Buffer | null;
      if (chunk !== null) {
        yield chunk;
        continue;
      }
      if (state.error !== null) throw state.error;
      if (state.isOver) return;
      const timer = setTimeout(() => fail(timedOut(url, timeoutMs)), timeoutMs);
      await new Promise<void>((resolve) => (state.wake = resolve));
      clearTimeout(timer);
      state.wake = nothing;
    }
  } finally {
    if (!state.isOver) response.destroy();
  }
}

function nothing(): void {
  // nobody waits
}

/** Passes chunks on, counted and hashed. */
async function take(
  url: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  pass: (chunk: Uint8Array) => void | Promise<void>,
): Promise<Received> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw failed('LIMIT_EXCEEDED', url, `it is longer than ${maxBytes} bytes`);
    hash.update(chunk);
    await pass(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}
