/**
 * What executors ask of frameworks over HTTP: the code of a job, ranges of inputs, and taking a large result. Each
 * request is tried a few times; what a server refuses (4xx) is not tried again.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MeteError } from '../base/errors.js';

export interface Request {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const TRIES = 4;
const FIRST_PAUSE_MS = 100;
/** Without a byte for this long a request has failed. */
const IDLE_MS = 30_000;

function failure(request: Request, reason: string, cause?: unknown): MeteError {
  return new MeteError('NOT_AVAILABLE', {
    field: request.method,
    value: request.url,
    reason,
    mend: 'see that the framework still runs and that this agent can reach its address',
    cause,
  });
}

/** One try. Resolves with the answer when its head is there, whatever its status. */
export function send(request: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = request.url.startsWith('https:') ? httpsRequest : httpRequest;
    const length = request.body === undefined ? {} : { 'content-length': String(request.body.length) };
    const headers = { ...request.headers, ...length };
    const sent = start(request.url, { method: request.method, headers, timeout: IDLE_MS }, resolve);
    sent.on('timeout', () => sent.destroy(new Error(`nothing was heard for ${IDLE_MS} ms`)));
    sent.on('error', (error) => reject(failure(request, error.message, error)));
    sent.end(request.body);
  });
}

/** Drains an answer that is not wanted and says what it was. */
export function refusal(request: Request, answer: IncomingMessage): MeteError {
  answer.resume();
  return failure(request, `the answer is ${answer.statusCode} ${answer.statusMessage ?? ''}`.trimEnd());
}

function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** What one try gave: a value, or an error and whether another try may help. */
type Try<T> = { readonly value: T } | { readonly error: unknown; readonly again: boolean };

async function tryOnce<T>(request: Request, use: (answer: IncomingMessage) => Promise<T>): Promise<Try<T>> {
  try {
    const answer = await send(request);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return { value: await use(answer) };
    return { error: refusal(request, answer), again: !isFinal(status) };
  } catch (error) {
    return { error, again: true };
  }
}

/** Sends a request until it is answered with a status from 200 to 299; `use` reads the answer. */
export async function ask<T>(request: Request, use: (answer: IncomingMessage) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tried = await tryOnce(request, use);
    if ('value' in tried) return tried.value;
    if (!tried.again || attempt === TRIES) throw tried.error;
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
  }
}

/** The whole body, at most `maxBytes`. */
export async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) {
      answer.destroy();
      throw new Error(`the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Sends bytes with PUT; resolves when they were taken. Rejects with MeteError NOT_AVAILABLE. */
export async function putBytes(url: string, body: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  await ask({ method: 'PUT', url, headers, body }, (answer) => Promise.resolve(answer.resume()));
}
