/** Small things of HTTP: targets, headers, refusals. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { MeteError } from '../base/errors.js';
import type { ExchangeRequest, ExchangeStream } from '../base/exchange.js';
import type { TransportLimits } from './transport.js';

/** A body that nobody wanted is read to its end if it is no larger than this; else the connection is closed. */
const SMALL_BYTES = 64 * 1024;

/** What an answer that nobody reads is written to. */
export const NO_STREAM: ExchangeStream = {
  write: () => false,
  bufferedBytes: 0,
  onDrain: () => undefined,
  end: () => undefined,
  destroy: () => undefined,
};

/** Path and query of a request's target; a target in absolute form loses its host. */
export function splitTarget(target: string): { path: string; query: string } {
  const rest = /^https?:\/\/[^/?]*/i.exec(target);
  const local = rest === null ? target : target.slice(rest[0].length);
  const mark = local.indexOf('?');
  if (mark < 0) return { path: local === '' ? '/' : local, query: '' };
  return { path: mark === 0 ? '/' : local.slice(0, mark), query: local.slice(mark + 1) };
}

/** Statuses whose answers have no body by definition. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

/** Throws MeteError (INVALID_ARGUMENT) for headers that would break the answer in two. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[\r\n\0]/.test(value)) continue;
    throw new MeteError('INVALID_ARGUMENT', {
      field: `header ${name}`,
      value,
      reason: 'it is no header of HTTP',
      mend: 'leave out line ends, and spaces in the name',
    });
  }
}

/** Whether the body of a request says that it is small. */
export function isSmall({ headers }: ExchangeRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= SMALL_BYTES;
}

/** The status to answer with before anybody looks at the request; null if it is fine. */
export function refusalOf(request: ExchangeRequest, limits: TransportLimits): number | null {
  const { method, path, query, headers } = request;
  let length = method.length + path.length + query.length;
  for (const [name, value] of Object.entries(headers)) length += name.length + value.length;
  if (length > limits.maxHeadBytes) return 431;
  return Number(headers['content-length'] ?? 0) > limits.maxBodyBytes ? 413 : null;
}

/** Answers an upgrade that is refused, and ends the connection. */
export function answerRaw(socket: Socket, status: number, text: string, headers: Record<string, string> = {}): void {
  const fields = { connection: 'close', 'content-type': 'text/plain', 'content-length': text.length, ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}`;
  socket.end(`${head}\r\n${text}`, () => socket.destroy());
}
