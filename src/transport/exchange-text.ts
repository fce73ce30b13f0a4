/** What both HTTP drivers say and read in the same way. */
import { MeteError } from '../base/errors.js';
import type { ExchangeStream } from '../base/exchange.js';

/** What an answer that nobody reads is written to. */
export const NO_STREAM: ExchangeStream = {
  write: () => false,
  bufferedBytes: 0,
  onDrain: () => undefined,
  end: () => undefined,
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
