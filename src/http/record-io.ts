/**
 * RecordIO, the framing of Mesos' streams: the length of a record in bytes, in decimal, a line end, the record; and the
 * next one at once. Each record is written as one chunk of HTTP, since some clients take a chunk for a record.
 */
import { MeteError } from '../base/errors.js';

/** The longest record that is read. */
const MAX_RECORD_BYTES = 64 * 2 ** 20;

/** Digits of the length of a record. */
const MAX_LENGTH_DIGITS = 10;

const LINE_END = 10;
const ZERO = 48;
const NINE = 57;

/** A record that is a text of ASCII characters, with its length before it. */
export function frameText(ascii: string): Uint8Array {
  return Buffer.from(`${ascii.length}\n${ascii}`, 'latin1');
}

/** A record with its length before it. */
export function frameRecord(record: Uint8Array): Uint8Array {
  const head = `${record.length}\n`;
  const out = Buffer.allocUnsafe(head.length + record.length);
  out.write(head, 0, 'latin1');
  out.set(record, head.length);
  return out;
}

export interface RecordReader {
  /** Takes bytes as they arrive and gives the records that are complete. Throws MeteError (INVALID_MESSAGE). */
  read(chunk: Uint8Array): Uint8Array[];
  /** Whether all that was read ended with a whole record. */
  readonly isWhole: boolean;
}

/** Reads records from chunks that are cut anywhere; the records are the caller's own. */
export function createRecordReader(maxRecordBytes = MAX_RECORD_BYTES): RecordReader {
  let digits = '';
  let record: Uint8Array | null = null;
  let filled = 0;
  const readLength = (byte: number): void => {
    if (byte >= ZERO && byte <= NINE && digits.length < MAX_LENGTH_DIGITS) {
      digits += String.fromCharCode(byte);
      return;
    }
    if (byte !== LINE_END || digits === '') throw invalid(digits + String.fromCharCode(byte), 'it is no length');
    const length = Number(digits);
    if (length > maxRecordBytes) throw invalid(digits, `records are at most ${maxRecordBytes} bytes long`);
    digits = '';
    record = new Uint8Array(length);
    filled = 0;
  };
  return {
    get isWhole() {
      return record === null && digits === '';
    },
    read(chunk) {
      const records: Uint8Array[] = [];
      for (let at = 0; at < chunk.length || record?.length === 0; ) {
        if (record === null) {
          readLength(chunk[at++]!);
          continue;
        }
        const piece = chunk.subarray(at, at + record.length - filled);
        record.set(piece, filled);
        at += piece.length;
        filled += piece.length;
        if (filled < record.length) continue;
        records.push(record);
        record = null;
      }
      return records;
    },
  };
}

function invalid(value: string, reason: string): MeteError {
  const mend = 'send the length in decimal digits, a line end, and so many bytes';
  return new MeteError('INVALID_MESSAGE', { field: 'record', value, reason, mend });
}
