/**
 * Values of any form as msgpack: job tasks, their results, progress. Executors, their worker threads and frameworks all
 * write and read them with the same settings; what comes out is checked by whoever reads it.
 */
import { Packr } from 'msgpackr';

const FORM = { useRecords: true, moreTypes: true, structuredClone: false } as const;
const packr = new Packr(FORM);
const copier = new Packr({ ...FORM, copyBuffers: true });

/** The bytes are the caller's own. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** The value; bytes in it are copies. Throws for what is not msgpack. */
export function unpack(bytes: Uint8Array): unknown {
  return copier.unpack(bytes);
}

/** The value; bytes in it lie in those that were given, which is right for what is large and read at once. */
export function unpackInPlace(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
