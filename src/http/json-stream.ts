/**
 * Texts that are made in pieces, as answers: a short one as a whole, a long one in chunks, with pauses in which the
 * process does its other work. A slow reader holds the making back; one that goes ends it. Clients that take gzip get
 * it from a kilobyte on, as from Mesos; a script's callback (`?jsonp=f`) is put around the text.
 */
import { createGzip, gzip } from 'node:zlib';
import { MeteError } from '../base/errors.js';
import type { Exchange, ExchangeStream } from '../base/exchange.js';
import { pause, SLICE_MS } from './paced.js';

/** What is longer is sent in chunks, of about this size. */
const CHUNK_LENGTH = 64 * 1024;

/** Shorter texts are not compressed. */
const GZIP_FROM_BYTES = 1024;

export interface TextAnswer {
  readonly contentType?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tells each time how long pieces were made without a pause. */
  readonly onSlice?: (ms: number) => void;
}

/** Answers with JSON in pieces; resolves when all was handed over, or the client has gone. */
export async function answerPieces(
  exchange: Exchange,
  pieces: Iterable<string>,
  answer: TextAnswer = {},
): Promise<void> {
  const { status = 200 } = answer;
  const callback = jsonpOf(exchange);
  const contentType = callback === null ? (answer.contentType ?? 'application/json') : 'text/javascript';
  const head = { 'content-type': contentType, ...answer.headers };
  const all = slices(callback === null ? pieces : wrapped(callback, pieces), answer.onSlice);
  const first = await all.next();
  const second = first.done === true ? first : await all.next();
  if (first.done === true || second.done === true) {
    await answerWhole(exchange, status, head, first.done === true ? '' : first.value);
    return;
  }
  await sendStream(exchange, status, head, rejoined(first.value, second.value, all));
}

/** The callback that a script wants; null: none. Throws MeteError (INVALID_ARGUMENT) for what is no name. */
function jsonpOf(exchange: Exchange): string | null {
  const callback = new URLSearchParams(exchange.request.query).get('jsonp');
  if (callback === null || /^[\w$.[\]]+$/.test(callback)) return callback;
  const mend = 'give the name of a function';
  throw new MeteError('INVALID_ARGUMENT', { field: 'jsonp', value: callback, reason: 'it is not a name', mend });
}

function* wrapped(callback: string, pieces: Iterable<string>): Generator<string> {
  yield `${callback}(`;
  yield* pieces;
  yield ');';
}

async function* rejoined(first: string, second: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield second;
  yield* rest;
}

/** Pieces joined to chunks, with a pause whenever their making took long. */
async function* slices(
  pieces: Iterable<string>,
  onSlice?: (ms: number) => void,
): AsyncGenerator<string, undefined> {
  let text = '';
  let sinceMs = performance.now();
  for (const piece of pieces) {
    text += piece;
    const lasted = performance.now() - sinceMs;
    const isLong = text.length >= CHUNK_LENGTH;
    if (!isLong && lasted < SLICE_MS) continue;
    if (isLong) {
      yield text;
      text = '';
    }
    if (lasted < SLICE_MS) continue;
    onSlice?.(lasted);
    await pause();
    sinceMs = performance.now();
  }
  onSlice?.(performance.now() - sinceMs);
  if (text !== '') yield text;
}

/** Whether a client takes gzip. */
export function acceptsGzip(exchange: Exchange): boolean {
  const items = (exchange.request.headers['accept-encoding'] ?? '').toLowerCase().split(',');
  return items.some((item) => /^\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*$).*)?$/.test(item));
}

async function answerWhole(
  exchange: Exchange,
  status: number,
  head: Readonly<Record<string, string>>,
  text: string,
): Promise<void> {
  const bytes = Buffer.from(text);
  if (bytes.length < GZIP_FROM_BYTES || !acceptsGzip(exchange)) return exchange.respond(status, head, bytes);
  const packed = await new Promise<Buffer>((resolve, reject) => {
    gzip(bytes, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  exchange.respond(status, { ...head, 'content-encoding': 'gzip' }, packed);
}

/** A place to put chunks that says when more is welcome. */
interface Sink {
  write(chunk: Uint8Array): boolean;
  /** Resolves when more is welcome, or nothing is any more. */
  drained(): Promise<void>;
  end(): void;
}

async function sendStream(
  exchange: Exchange,
  status: number,
  head: Readonly<Record<string, string>>,
  chunks: AsyncIterable<string>,
): Promise<void> {
  let isGone = false;
  let wake = (): void => undefined;
  exchange.onAborted(() => {
    isGone = true;
    wake();
  });
  const isPacked = acceptsGzip(exchange);
  const stream = exchange.stream(status, isPacked ? { ...head, 'content-encoding': 'gzip' } : head);
  stream.onDrain(() => wake());
  if (exchange.request.method === 'HEAD') return stream.end();
  const plain: Sink = {
    write: (chunk) => stream.write(chunk),
    drained: () => (isGone ? Promise.resolve() : new Promise((resolve) => (wake = resolve))),
    end: () => stream.end(),
  };
  const sink = isPacked ? packing(stream, plain, () => isGone) : plain;
  for await (const text of chunks) {
    if (isGone) return;
    if (!sink.write(Buffer.from(text)) && !isGone) await sink.drained();
  }
  sink.end();
}

/** Packs what is written on its way to a stream; packing is done beside the process's own work. */
function packing(stream: ExchangeStream, plain: Sink, isGone: () => boolean): Sink {
  const packer = createGzip();
  packer.on('data', (chunk: Buffer) => {
    if (isGone()) return;
    if (!stream.write(chunk) && stream.bufferedBytes > 0) {
      packer.pause();
      void plain.drained().then(() => packer.resume());
    }
  });
  packer.on('end', () => plain.end());
  return {
    write: (chunk) => packer.write(chunk),
    drained: () => new Promise((resolve) => void packer.once('drain', resolve)),
    end: () => void packer.end(),
  };
}

/** The text of pieces in chunks, made with pauses; cut short when nobody wants it any more. */
export async function collectPieces(pieces: Iterable<string>, isWanted: () => boolean = () => true): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of slices(pieces)) {
    if (!isWanted()) break;
    chunks.push(Buffer.from(chunk));
  }
  return chunks;
}
