/** An exchange whose client takes everything at once: what an answer costs to make, without a socket. */
import type { Exchange } from '../../src/base/exchange.js';

export interface Sunk {
  readonly status: number;
  readonly bytes: number;
}

/** Has an exchange answered and gives how much came. */
export async function answered(answer: (exchange: Exchange) => Promise<void>): Promise<Sunk> {
  let status = 0;
  let bytes = 0;
  const headers = {};
  const exchange: Exchange = {
    request: { method: 'POST', path: '/', query: '', headers, remote: 'bench' },
    onBody: () => undefined,
    pauseBody: () => undefined,
    resumeBody: () => undefined,
    onAborted: () => undefined,
    respond(of, _headers, body = '') {
      status = of;
      bytes += Buffer.byteLength(body);
    },
    stream(of) {
      status = of;
      return {
        write(chunk) {
          bytes += chunk.length;
          return true;
        },
        bufferedBytes: 0,
        onDrain: () => undefined,
        end: () => undefined,
        destroy: () => undefined,
      };
    },
  };
  await answer(exchange);
  return { status, bytes };
}
