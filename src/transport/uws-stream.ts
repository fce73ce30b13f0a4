/**
 * A streamed answer on uWebSockets.js, in one of two forms. With a declared length, `tryEnd` tells exactly how much was
 * taken and the rest is kept here. Without one, each write is one chunk, which the library buffers whole where the
 * socket does not take it, and it tells neither how much waits nor when that is gone, only that the socket is writable
 * again: so later chunks are kept here, and as many writable events are awaited as the chunk may need.
 */
import type { HttpResponse } from 'uWebSockets.js';
import type { ExchangeStream } from '../base/exchange.js';
import type { TransportLimits } from './transport.js';

export interface UwsStreamOptions {
  readonly response: HttpResponse;
  /** null: chunked. */
  readonly totalBytes: number | null;
  readonly limits: TransportLimits;
  /** The connection ends with this answer. */
  readonly isLast: boolean;
  readonly isGone: () => boolean;
  /** The answer is complete. */
  readonly onEnd: () => void;
}

/** A socket that turns writable takes at least this much. */
const WRITABLE_BYTES = 64 * 1024;

export function uwsStream(options: UwsStreamOptions): ExchangeStream {
  return options.totalBytes === null ? chunkedStream(options) : sizedStream(options, options.totalBytes);
}

function chunkedStream({ response, limits, isLast, isGone, onEnd }: UwsStreamOptions): ExchangeStream {
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  /** Writable events to await until the chunk that was not taken whole is gone. */
  let eventsDue = 0;
  let pendingBytes = 0;
  let isEnding = false;
  let isOver = false;
  let drained: (() => void) | null = null;

  const put = (chunk: Uint8Array): void => {
    let isTaken = true;
    response.cork(() => {
      isTaken = response.write(chunk);
    });
    if (isTaken) return;
    pendingBytes = chunk.length;
    eventsDue = 1 + Math.ceil(chunk.length / WRITABLE_BYTES);
  };
  const finish = (): void => {
    isOver = true;
    response.cork(() => response.end(undefined, isLast));
    onEnd();
  };
  response.onWritable(() => {
    if (isOver) return true;
    response.cork(() => undefined); // writes what waits in the library
    if (eventsDue > 0) eventsDue--;
    if (eventsDue > 0) {
      response.resume(); // asks for one more event
      return true;
    }
    pendingBytes = 0;
    while (eventsDue === 0 && queue.length > 0) {
      const chunk = queue.shift()!;
      queuedBytes -= chunk.length;
      put(chunk);
    }
    if (eventsDue > 0) return true;
    if (isEnding) finish();
    else drained?.();
    return true;
  });
  return {
    write(chunk) {
      if (isOver || isEnding || isGone()) return false;
      if (chunk.length === 0) return eventsDue === 0;
      if (eventsDue === 0) {
        put(chunk);
        return eventsDue === 0;
      }
      queue.push(chunk);
      queuedBytes += chunk.length;
      if (pendingBytes + queuedBytes > limits.maxBufferedBytes) {
        isOver = true;
        queue = [];
        response.close();
      }
      return false;
    },
    get bufferedBytes() {
      return isOver || isGone() ? 0 : pendingBytes + queuedBytes;
    },
    onDrain(callback) {
      drained = callback;
    },
    end() {
      if (isOver || isEnding || isGone()) return;
      isEnding = true;
      if (eventsDue === 0) finish();
    },
  };
}

function sizedStream(options: UwsStreamOptions, totalBytes: number): ExchangeStream {
  const { response, limits, isLast, isGone, onEnd } = options;
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  /** Bytes that the socket has taken. */
  let takenBytes = 0;
  let givenBytes = 0;
  let isOver = false;
  let drained: (() => void) | null = null;

  /** Gives the socket as much of the queue as it takes. */
  const push = (): void => {
    response.cork(() => {
      while (!isOver && queue.length > 0) {
        const chunk = queue[0]!;
        const [isTaken, hasResponded] = response.tryEnd(chunk, totalBytes);
        if (hasResponded) {
          isOver = true;
          queue = [];
          queuedBytes = 0;
          return;
        }
        const taken = isTaken ? chunk.length : response.getWriteOffset() - takenBytes;
        takenBytes += taken;
        queuedBytes -= taken;
        if (taken < chunk.length) queue[0] = chunk.subarray(taken);
        else queue.shift();
        if (!isTaken) return;
      }
    });
    if (isOver) onEnd();
  };
  response.onWritable(() => {
    if (isOver) return true;
    push();
    if (!isOver && queue.length === 0) drained?.();
    return queue.length === 0;
  });
  void isLast;
  return {
    write(chunk) {
      if (isOver || isGone()) return false;
      const wanted = chunk.subarray(0, totalBytes - givenBytes);
      if (wanted.length === 0) return queue.length === 0;
      givenBytes += wanted.length;
      queue.push(wanted);
      queuedBytes += wanted.length;
      if (queue.length === 1) push();
      if (queuedBytes > limits.maxBufferedBytes && !isOver) {
        isOver = true;
        queue = [];
        response.close();
      }
      return queuedBytes === 0;
    },
    get bufferedBytes() {
      return isOver || isGone() ? 0 : queuedBytes;
    },
    onDrain(callback) {
      drained = callback;
    },
    end() {
      if (isOver || isGone()) return;
      if (totalBytes === 0) {
        isOver = true;
        response.cork(() => response.end(undefined, isLast));
        onEnd();
      } else if (givenBytes < totalBytes) {
        isOver = true;
        response.close(); // the client must not take it for the whole
      }
    },
  };
}
