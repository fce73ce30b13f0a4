/**
 * Bytes of inputs for workers that cannot wait: the executor asks the framework for a range over HTTP and puts what
 * comes into the two halves of the reader's shared buffer in turn. The answer is read only as fast as the worker takes
 * it. A broken answer is continued where it broke, a few times.
 */
import { MeteError } from '../base/errors.js';
import type { HttpClient } from '../http/client.js';
import { mayRetry, pause } from './retry.js';
import { END, FAILED, HALF_BYTES, halfOf, lengthsOf, type WorkerMessage } from './worker-protocol.js';

type ReadMessage = Extract<WorkerMessage, { type: 'read' }>;

const TRIES = 4;
const PAUSE_MS = 200;

/** One range on its way. */
interface RemoteRead {
  more(): void;
  stop(): void;
}

function startRead(message: ReadMessage, http: HttpClient): RemoteRead {
  const { url, to, buffer } = message;
  const lengths = lengthsOf(buffer);
  let at = message.from;
  let half = 0;
  let stopped = false;
  let wake: (() => void) | null = null;

  const put = (length: number): void => {
    Atomics.store(lengths, half, length);
    Atomics.notify(lengths, half);
    half ^= 1;
  };
  const free = async (): Promise<void> => {
    while (!stopped && Atomics.load(lengths, half) !== 0) await new Promise<void>((resolve) => (wake = resolve));
  };
  const pour = async (): Promise<void> => {
    const { chunks } = await http.get(url, { range: { from: at, to } });
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length; ) {
        await free();
        if (stopped) return;
        const piece = chunk.subarray(done, done + HALF_BYTES);
        halfOf(buffer, half).set(piece);
        put(piece.length);
        done += piece.length;
        at += piece.length;
      }
    }
  };
  const run = async (): Promise<void> => {
    let failure = 'the answer ended early';
    for (let attempt = 0; attempt < TRIES && at < to && !stopped; attempt++) {
      const before = at;
      try {
        await pour();
      } catch (error) {
        failure = error instanceof MeteError ? error.reason : String(error);
        if (!mayRetry(error)) break;
      }
      if (at > before) attempt = 0;
      if (at < to && !stopped) await pause(PAUSE_MS);
    }
    await free();
    if (stopped) return;
    if (at >= to) return put(END);
    halfOf(buffer, half).set(Buffer.from(`${failure}\0`).subarray(0, HALF_BYTES));
    put(FAILED);
  };
  void run();
  const rouse = (): void => {
    wake?.();
    wake = null;
  };
  return {
    more: rouse,
    stop: () => {
      stopped = true;
      rouse();
    },
  };
}

/** The reads of one worker. */
export interface RemoteReads {
  take(message: WorkerMessage): void;
  stopAll(): void;
}

export function createRemoteReads(http: HttpClient): RemoteReads {
  const reads = new Map<number, RemoteRead>();
  return {
    take: (message) => {
      switch (message.type) {
        case 'read':
          reads.set(message.id, startRead(message, http));
          break;
        case 'more':
          reads.get(message.id)?.more();
          break;
        case 'stop':
          reads.get(message.id)?.stop();
          reads.delete(message.id);
      }
    },
    stopAll: () => {
      for (const read of reads.values()) read.stop();
      reads.clear();
    },
  };
}
