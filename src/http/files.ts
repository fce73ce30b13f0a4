/**
 * Bytes and files as answers, whole or one range of them. Files are streamed: a reader that is slow holds the reading
 * back, one that goes ends it, and at most two pieces are in memory. A file that shrinks meanwhile cuts the answer off,
 * so that no client takes it for whole.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { MeteError } from '../base/errors.js';
import type { Exchange, ExchangeStream } from '../base/exchange.js';
import { answerText } from './answers.js';
import { type ByteRange, parseRange } from './ranges.js';

const PIECE_BYTES = 256 * 1024;

export interface FileAnswer {
  /** Default application/octet-stream. */
  readonly contentType?: string;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is to be sent of `size` bytes, and under which head; null if 416 has been answered. */
function planOf(exchange: Exchange, size: number, etag: string, { contentType, headers }: FileAnswer) {
  const { range, 'if-range': ifRange } = exchange.request.headers;
  const wanted = ifRange === undefined || ifRange === etag ? parseRange(range, size) : null;
  if (wanted === 'unsatisfiable') {
    answerText(exchange, 416, '416 Range Not Satisfiable.', { 'content-range': `bytes */${size}` });
    return null;
  }
  const { from, to }: ByteRange = wanted ?? { from: 0, to: size };
  const head: Record<string, string> = {
    ...headers,
    'content-type': contentType ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag,
    'content-length': String(to - from),
  };
  if (wanted !== null) head['content-range'] = `bytes ${from}-${to - 1}/${size}`;
  return { status: wanted === null ? 200 : 206, head, from, to };
}

/** Answers with bytes, or the range of them that is asked for. `etag` is quoted, and names exactly these bytes. */
export function answerBytes(exchange: Exchange, bytes: Uint8Array, etag: string, answer: FileAnswer = {}): void {
  const plan = planOf(exchange, bytes.length, etag, answer);
  if (plan !== null) exchange.respond(plan.status, plan.head, bytes.subarray(plan.from, plan.to));
}

/**
 * Answers with a file, or the range of it that is asked for; resolves when all was given to the connection, or the
 * client has gone. Throws MeteError (NOT_FOUND) if there is no such file; other errors of the file system as they are.
 */
export async function answerFile(exchange: Exchange, path: string, answer: FileAnswer = {}): Promise<void> {
  let isGone = false;
  let wake = (): void => undefined;
  exchange.onAborted(() => {
    isGone = true;
    wake();
  });
  const file = await openFile(path);
  try {
    const { size, mtimeMs } = await file.stat();
    const plan = planOf(exchange, size, `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`, answer);
    if (plan === null) return;
    const { status, head, from, to } = plan;
    const stream = exchange.stream(status, head);
    if (exchange.request.method !== 'HEAD') {
      stream.onDrain(() => wake());
      await pump(file, { from, to }, stream, () => isGone, (resolve) => (wake = resolve));
    }
    stream.end();
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let cause: unknown;
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    cause = error;
  }
  const mend = 'ask for another';
  throw new MeteError('NOT_FOUND', { field: 'file', value: path, reason: 'there is no such file', mend, cause });
}

/** Reads and writes by turns; waits for `onWake` while the stream wants no more. */
async function pump(
  file: FileHandle,
  { from, to }: ByteRange,
  stream: ExchangeStream,
  isGone: () => boolean,
  onWake: (resolve: () => void) => void,
): Promise<void> {
  let at = from;
  while (at < to && !isGone()) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0 || isGone()) return;
    at += bytesRead;
    if (!stream.write(piece.subarray(0, bytesRead)) && stream.bufferedBytes > 0 && !isGone()) {
      await new Promise<void>(onWake);
    }
  }
}
