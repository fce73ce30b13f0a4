/** Ids of statuses in the simulator: 16 bytes that are a function of who makes them and how many were made before. */
import { mix32 } from '../base/mix32.js';

export function makeUuid(salt: number, count: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setUint32(i * 4, mix32(mix32(salt + i) ^ count));
  return bytes;
}

/** The first bytes in hexadecimal digits: enough to tell statuses apart in outputs. */
export function shortUuid(uuid: Uint8Array | undefined): string {
  if (uuid === undefined) return '-';
  return [...uuid.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
