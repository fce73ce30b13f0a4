/**
 * An answer that is a stream of records: RecordIO, one record in one chunk. A reader that lets too much pile up is cut
 * off; whoever ends the stream, its owner is told once.
 */
import type { Exchange } from '../base/exchange.js';
import { frameRecord, frameText } from './record-io.js';

/** How long a stream that has ended may take to get rid of what waits. */
const GOODBYE_MS = 10_000;

export interface RecordStreamOptions {
  /** Content-Type and whatever else; the status is 200. */
  readonly headers: Readonly<Record<string, string>>;
  /** What may wait to be sent when the next record is written. */
  readonly maxBufferedBytes: number;
  /** The stream has ended, unless by `close`; called once. `isSlow`: it was cut off. */
  readonly onEnd: (isSlow: boolean) => void;
}

export interface RecordStream {
  readonly isOpen: boolean;
  /** Writes a record, without its length; a text has ASCII characters only. Does nothing once the stream has ended. */
  write(record: Uint8Array | string): void;
  /**
   * Writes one record that is made of many parts as the client takes them; resolves when the last one was handed over,
   * or the stream has ended. Nothing else is to be written meanwhile.
   */
  writeParts(parts: readonly Uint8Array[]): Promise<void>;
  /** Ends the stream behind what was written. */
  close(): void;
}

/** Answers an exchange with a stream. */
export function openRecordStream(exchange: Exchange, options: RecordStreamOptions): RecordStream {
  const { headers, maxBufferedBytes, onEnd } = options;
  const out = exchange.stream(200, headers);
  let isOpen = true;
  let wake = (): void => undefined;
  out.onDrain(() => wake());
  const ended = (isSlow: boolean): void => {
    if (!isOpen) return;
    isOpen = false;
    wake();
    onEnd(isSlow);
  };
  exchange.onAborted(() => ended(false));
  return {
    get isOpen() {
      return isOpen;
    },
    write(record) {
      if (!isOpen) return;
      if (out.bufferedBytes > maxBufferedBytes) {
        out.destroy();
        ended(true);
        return;
      }
      out.write(typeof record === 'string' ? frameText(record) : frameRecord(record));
    },
    async writeParts(parts) {
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      for (const part of [Buffer.from(`${length}\n`), ...parts]) {
        if (!isOpen) return;
        if (!out.write(part) && out.bufferedBytes > 0) await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      out.end();
      setTimeout(() => out.destroy(), GOODBYE_MS).unref();
    },
  };
}
