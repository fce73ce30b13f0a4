/**
 * Bodies of requests: whole in memory up to a limit, or into a file, hashed on the way. What all bodies that are under
 * way to this process may take of its memory together is bounded, too (body-budget.ts).
 */
import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { MeteError } from '../base/errors.js';
import type { Exchange } from '../base/exchange.js';
import { type BodyBudget, BODIES } from './body-budget.js';

/** How much may wait to be written to a file before the client has to wait. */
const WAITING_BYTES = 4 * 2 ** 20;

/** So many pieces become one: a piece of one byte takes a hundred. */
const GATHERED_CHUNKS = 256;

/** What was received: its size, and SHA-256 in lower-case hexadecimal. */
export interface Received {
  readonly bytes: number;
  readonly sha256: string;
}

function tooLong(maxBytes: number): MeteError {
  return new MeteError('LIMIT_EXCEEDED', {
    field: 'body',
    value: `over ${maxBytes} bytes`,
    reason: 'the body is longer than is taken here',
    mend: 'send less',
  });
}

function gone(): MeteError {
  return new MeteError('PEER_GONE', {
    field: 'body',
    value: undefined,
    reason: 'the client went away before it was complete',
    mend: 'send it again',
  });
}

/** Refuses a body that announces itself as too long. */
function checkLength(exchange: Exchange, maxBytes: number): void {
  if (Number(exchange.request.headers['content-length'] ?? 0) > maxBytes) throw tooLong(maxBytes);
}

/**
 * The whole body. Throws MeteError: LIMIT_EXCEEDED beyond `maxBytes` (the rest is not waited for), OVERLOADED if all
 * bodies that are under way take too much together and this is the largest, PEER_GONE. Whoever catches them still
 * answers the exchange.
 */
export function readBody(exchange: Exchange, maxBytes: number, budget: BodyBudget = BODIES): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    checkLength(exchange, maxBytes);
    let chunks: Uint8Array[] = [];
    let tail: Uint8Array[] = [];
    const fail = (error: MeteError): void => {
      chunks = [];
      tail = [];
      share.release();
      reject(error);
    };
    const share = budget.share(fail);
    exchange.onAborted(() => fail(gone()));
    exchange.onBody((chunk, last) => {
      if (share.isReleased) return true; // refused already: the answer ends the connection
      if (chunk.length > 0) tail.push(chunk);
      if (tail.length === GATHERED_CHUNKS) {
        chunks.push(Buffer.concat(tail));
        tail = [];
      }
      share.grow(chunk.length);
      if (share.bytes > maxBytes) fail(tooLong(maxBytes));
      else if (last && !share.isReleased) {
        share.release();
        chunks.push(...tail);
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      }
      return true;
    });
  });
}

/** The body as JSON. Throws MeteError: INVALID_ARGUMENT if it is none, and those of `readBody`. */
export async function readJson(exchange: Exchange, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(exchange, maxBytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'body',
      value: text.slice(0, 100),
      reason: 'it is no JSON',
      mend: 'send a JSON value',
      cause,
    });
  }
}

export interface ReceiveOptions {
  readonly maxBytes: number;
  /** What the body must hash to, in hexadecimal. */
  readonly sha256?: string;
}

/**
 * Writes the body to a file, which appears at `path` only when it is complete and right; what was there is replaced.
 * Throws MeteError: LIMIT_EXCEEDED, WRONG_DIGEST, PEER_GONE; errors of the file system as they are.
 */
export async function receiveFile(exchange: Exchange, path: string, options: ReceiveOptions): Promise<Received> {
  checkLength(exchange, options.maxBytes);
  const partial = `${path}.${randomUUID()}.partial`;
  exchange.pauseBody();
  const file = await open(partial, 'wx');
  try {
    const received = await writeBody(exchange, options.maxBytes, (chunk) => file.writeFile(chunk));
    await file.close();
    checkDigest(received, options.sha256);
    await rename(partial, path);
    return received;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

/** Throws MeteError (WRONG_DIGEST) unless the bytes are the announced ones. */
export function checkDigest({ sha256 }: Received, wanted: string | undefined): void {
  if (wanted === undefined || wanted.toLowerCase() === sha256) return;
  throw new MeteError('WRONG_DIGEST', {
    field: 'sha256',
    value: sha256,
    reason: `the bytes do not hash to ${wanted}`,
    mend: 'send them again',
  });
}

type Write = (chunk: Uint8Array) => Promise<void>;

/** Passes the body on chunk by chunk, in order, holding the client back while much waits. */
function writeBody(exchange: Exchange, maxBytes: number, write: Write): Promise<Received> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    let bytes = 0;
    let waitingBytes = 0;
    let isOver = false;
    let written = Promise.resolve();
    const fail = (error: unknown): void => {
      isOver = true;
      // what is being written comes to its end first: the file is closed next
      void written.catch(() => undefined).then(() => reject(error instanceof Error ? error : new Error(String(error))));
    };
    exchange.onAborted(() => {
      if (!isOver) fail(gone());
    });
    const put = async (before: Promise<void>, chunk: Uint8Array): Promise<void> => {
      await before;
      if (!isOver) await write(chunk);
      waitingBytes -= chunk.length;
      if (waitingBytes < WAITING_BYTES) exchange.resumeBody();
    };
    exchange.onBody((chunk, last) => {
      if (isOver) return true;
      bytes += chunk.length;
      if (bytes > maxBytes) {
        fail(tooLong(maxBytes));
        return true;
      }
      if (chunk.length > 0) {
        hash.update(chunk);
        waitingBytes += chunk.length;
        if (waitingBytes >= WAITING_BYTES) exchange.pauseBody();
        written = put(written, chunk);
        written.catch((error: unknown) => {
          if (!isOver) fail(error);
        });
      }
      if (last) {
        written.then(() => {
          if (isOver) return;
          isOver = true;
          resolve({ bytes, sha256: hash.digest('hex') });
        }, () => undefined);
      }
      return true;
    });
    exchange.resumeBody();
  });
}
