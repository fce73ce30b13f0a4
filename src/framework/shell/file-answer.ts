/** Files over HTTP, whole or one range of bytes (RFC 9110, 14), read piece by piece as fast as the client takes them. */
import { open, type FileHandle } from 'node:fs/promises';
import { MeteError } from '../../base/errors.js';
import type { Exchange, ExchangeStream } from '../../base/exchange.js';

const CHUNK_BYTES = 256 * 1024;

interface Span {
  readonly from: number;
  /** Excluded. */
  readonly to: number;
}

/** The bytes that a Range header asks for; null: all; 'unsatisfiable' if there are none of them. */
export function rangeOf(header: string | undefined, bytes: number): Span | null | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null; // several ranges, or none: the whole file
  const [, first = '', last = ''] = match;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1);
  return from < to ? { from, to } : 'unsatisfiable';
}

/** Answers with a file that has `bytes` bytes. Rejects with MeteError NOT_FOUND if it cannot be opened. */
export async function answerFile(exchange: Exchange, path: string, bytes: number): Promise<void> {
  const range = rangeOf(exchange.request.headers['range'], bytes);
  if (range === 'unsatisfiable') {
    exchange.respond(416, { 'content-range': `bytes */${bytes}` });
    return;
  }
  const { from, to } = range ?? { from: 0, to: bytes };
  let gone = false;
  let wake = (): void => undefined;
  exchange.onAborted(() => {
    gone = true;
    wake();
  });
  const file = await openFile(path);
  try {
    if (gone) return;
    const type = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
    const head = range === null ? type : { ...type, 'content-range': `bytes ${from}-${to - 1}/${bytes}` };
    const stream = exchange.stream(range === null ? 200 : 206, head);
    const drained = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
        stream.onDrain(resolve);
      });
    await pour(file, stream, from, to, drained, () => gone);
  } finally {
    await file.close();
  }
}

async function pour(
  file: FileHandle,
  stream: ExchangeStream,
  from: number,
  to: number,
  drained: () => Promise<void>,
  isGone: () => boolean,
): Promise<void> {
  for (let at = from; at < to && !isGone(); ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, to - at)), 0, null, at);
    if (bytesRead === 0) break; // the file became shorter: the client sees that bytes are missing
    at += bytesRead;
    if (!isGone() && !stream.write(buffer.subarray(0, bytesRead))) await drained();
  }
  if (!isGone()) stream.end();
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    throw new MeteError('NOT_FOUND', {
      field: 'input',
      value: path,
      reason: cause instanceof Error ? cause.message : String(cause),
      mend: 'leave inputs alone while a job runs',
      cause,
    });
  }
}
