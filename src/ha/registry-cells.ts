/**
 * Writes as bytes: for each the length of its key and of its value (0xffffffff: no value) in 32 bits, little-endian,
 * then both; and how they are cut into parts and put together.
 */
import type { RegistryWrite } from '../base/registry-backend.js';
import { damaged } from './registry-head.js';

const NOTHING = 0xffff_ffff;

export function encodeWrites(writes: readonly RegistryWrite[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const [key, value] of writes) {
    const name = Buffer.from(key);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(name.length, 0);
    lengths.writeUInt32LE(value === null ? NOTHING : value.length, 4);
    chunks.push(lengths, name);
    if (value !== null) chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** Throws MeteError REGISTRY_CORRUPT. */
export function decodeWrites(bytes: Uint8Array, place: string): RegistryWrite[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const writes: RegistryWrite[] = [];
  let at = 0;
  while (at < buffer.length) {
    if (at + 8 > buffer.length) throw damaged(place, 'entries', 'they end within an entry');
    const keyEnd = at + 8 + buffer.readUInt32LE(at);
    const length = buffer.readUInt32LE(at + 4);
    const end = keyEnd + (length === NOTHING ? 0 : length);
    if (end > buffer.length) throw damaged(place, 'entries', 'they end within an entry');
    const value = length === NOTHING ? null : new Uint8Array(buffer.subarray(keyEnd, end));
    writes.push([buffer.toString('utf8', at + 8, keyEnd), value]);
    at = end;
  }
  return writes;
}

/** At least one part. */
export function splitParts(bytes: Uint8Array, partBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += partBytes) parts.push(bytes.subarray(at, at + partBytes));
  return parts;
}

export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
