/**
 * Reads journals, piece by piece, so that their size does not matter. A journal may end in the middle of a frame,
 * because the process or the machine stopped while it was written: such a tail is told and left out.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MeteError } from '../base/errors.js';
import { checksum, FRAME_HEAD_BYTES, FRAME_LIMIT_BYTES, JOURNAL_VERSION, MAGIC } from './journal-format.js';
import { type JournalHeader, unpackValue } from './journal-format.js';

/** What was left out at the end of a journal. */
export interface TornTail {
  /** Where the last good frame ends. */
  readonly atByte: number;
  readonly bytes: number;
  readonly reason: string;
}

export interface JournalReader<Event> {
  readonly header: JournalHeader;
  /** Calls back with the events of each write, in order. Returns the tail that was left out, or null. */
  eachTurn(callback: (events: readonly Event[]) => void): TornTail | null;
  close(): void;
}

type Frame = { readonly payload: Uint8Array; readonly end: number } | { readonly torn: string };

/** Opens a journal. Throws MeteError INVALID_JOURNAL if it has no readable header, or is of another version. */
export function openJournal<Event>(path: string): JournalReader<Event> {
  const file = open(path);
  const sizeBytes = fstatSync(file).size;
  const magic = readAt(file, 0, MAGIC.length);
  if (magic.length < MAGIC.length || magic.some((byte, i) => byte !== MAGIC[i])) {
    closeSync(file);
    throw invalid(path, 'it does not start as a journal does', 'name a file that --journal wrote');
  }
  const first = readFrame(file, MAGIC.length, sizeBytes);
  const header = 'payload' in first ? (unpackValue(first.payload) as JournalHeader) : null;
  if (header === null || !('payload' in first)) {
    closeSync(file);
    throw invalid(path, 'its header is not complete', 'record it anew');
  }
  if (header.version !== JOURNAL_VERSION) {
    closeSync(file);
    throw invalid(path, `it is of version ${String(header.version)}`, 'replay it with the program that wrote it');
  }
  const start = first.end;
  return {
    header,
    eachTurn(callback) {
      let at = start;
      while (at < sizeBytes) {
        const frame = readFrame(file, at, sizeBytes);
        if ('torn' in frame) return { atByte: at, bytes: sizeBytes - at, reason: frame.torn };
        at = frame.end;
        callback(unpackValue(frame.payload) as Event[]);
      }
      return null;
    },
    close() {
      closeSync(file);
    },
  };
}

function readFrame(file: number, at: number, sizeBytes: number): Frame {
  const head = readAt(file, at, Math.min(FRAME_HEAD_BYTES, sizeBytes - at));
  if (head.length < FRAME_HEAD_BYTES) return { torn: 'the head of a frame is cut off' };
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const length = view.getUint32(0, true);
  const end = at + FRAME_HEAD_BYTES + length;
  if (length > FRAME_LIMIT_BYTES) return { torn: 'a frame is longer than any that is written' };
  if (end > sizeBytes) return { torn: 'a frame is cut off' };
  const payload = readAt(file, at + FRAME_HEAD_BYTES, length);
  if (payload.length < length) return { torn: 'a frame is cut off' };
  if (checksum(payload) !== view.getUint32(4, true)) return { torn: 'the checksum of a frame is wrong' };
  return { payload, end };
}

function readAt(file: number, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, at + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    const reason = `it cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw invalid(path, reason, 'name a file that --journal wrote', cause);
  }
}

function invalid(path: string, reason: string, mend: string, cause?: unknown): MeteError {
  return new MeteError('INVALID_JOURNAL', { field: 'journal', value: path, reason, mend, cause });
}
