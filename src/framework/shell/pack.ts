/** The msgpack of job tasks, results and progress; executors use the same settings. */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: true, moreTypes: true, structuredClone: false });

/** The bytes are the caller's own. */
export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
