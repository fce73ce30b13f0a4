/**
 * The form of a journal: eight bytes `METEJRNL`, then frames. A frame is its length and a checksum of its payload (four
 * bytes each, little-endian), then the payload in msgpack: first the header, then lists of events, one list for each
 * write. Frames stand for themselves, so what is in front of a torn tail can always be read.
 */
import { Packr } from 'msgpackr';

export const JOURNAL_VERSION = 1;

/** Says what made the events, so that they can be reduced again. */
export interface JournalHeader {
  readonly version: typeof JOURNAL_VERSION;
  /** Of the program that wrote it. */
  readonly program: string;
  /** Which core: 'master', 'agent', 'framework'. */
  readonly core: string;
  /** What the core was made with, without functions. */
  readonly config: unknown;
  /** Which engine decided while it was written. */
  readonly engine: string;
  readonly seed: number;
}

export const MAGIC = new TextEncoder().encode('METEJRNL');
export const FRAME_HEAD_BYTES = 8;

/** Longer frames are not written, and read as damage. */
export const FRAME_LIMIT_BYTES = 256 * 1024 * 1024;

const packr = new Packr({ useRecords: true, copyBuffers: true, structuredClone: false });

/** The bytes of a value; undefined, infinities, NaN and byte strings survive. */
export function packValue(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The value of bytes. Throws whatever msgpackr throws for bytes that are none. */
export function unpackValue(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}

/** One frame with its head. */
export function frameOf(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, checksum(payload), true);
  frame.set(payload, FRAME_HEAD_BYTES);
  return frame;
}

/** CRC-32 as in zip files (polynomial 0xedb88320). */
export function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});
