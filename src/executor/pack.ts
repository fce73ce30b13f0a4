/** The msgpack of job tasks, results and progress, the same in executors, their worker threads, and frameworks. */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: true, copyBuffers: true, moreTypes: true, structuredClone: false });

export function pack(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
