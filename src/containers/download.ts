/** A file over HTTP, streamed to the disk, bounded in size and by how long the server may say nothing. */
import { open } from 'node:fs/promises';
import { MeteError, type ErrorCode } from '../base/errors.js';

export interface DownloadLimits {
  readonly maxBytes: number;
  readonly stallTimeoutMs: number;
  readonly signal: AbortSignal;
}

function failed(code: ErrorCode, url: URL, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError(code, { field: 'uri', value: url.href, reason, mend, cause });
}

/** The reason of a fetch that failed; `fetch` itself says only that it did. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

/**
 * Downloads to a new file at `path`; gives its size. Redirects are followed. What was written of a download that failed
 * is the caller's to remove. Rejects with MeteError: UNREACHABLE, TIMED_OUT, LIMIT_EXCEEDED, NOT_FOUND.
 */
export async function download(url: URL, path: string, limits: DownloadLimits): Promise<number> {
  const { maxBytes, stallTimeoutMs, signal } = limits;
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallTimeoutMs);
  let bytes = 0;
  const file = await open(path, 'wx', 0o644);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, stall.signal]),
      headers: { 'accept-encoding': 'identity' },
    });
    if (response.status !== 200 || response.body === null) {
      const code = response.status === 404 ? 'NOT_FOUND' : 'UNREACHABLE';
      throw failed(code, url, `the server answered ${response.status} ${response.statusText}`, 'name another file');
    }
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw failed('LIMIT_EXCEEDED', url, `it is longer than ${maxBytes} bytes`, 'fetch less');
      }
      await file.writeFile(chunk);
    }
    return bytes;
  } catch (error) {
    if (error instanceof MeteError) throw error;
    if (stall.signal.aborted) {
      throw failed('TIMED_OUT', url, `the server said nothing for ${stallTimeoutMs} ms`, 'try again', error);
    }
    throw failed('UNREACHABLE', url, reasonOf(error), 'see that the agent can reach the server', error);
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}
