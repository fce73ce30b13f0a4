/**
 * Digests of what a core did: SHA-256 over its effects in order, each in msgpack with its length. Two runs that gave
 * the same effects have the same digest, whatever machine and engine they ran on.
 */
import { createHash } from 'node:crypto';
import { packValue } from './journal-format.js';

export interface Digest {
  add(value: unknown): void;
  /** 64 hexadecimal digits; nothing can be added afterwards. */
  end(): string;
}

export function createDigest(): Digest {
  const hash = createHash('sha256');
  const length = new DataView(new ArrayBuffer(4));
  return {
    add(value) {
      const bytes = packValue(value);
      length.setUint32(0, bytes.length, true);
      hash.update(new Uint8Array(length.buffer)).update(bytes);
    },
    end: () => hash.digest('hex'),
  };
}

/** The digest of one value. */
export function digestOf(value: unknown): string {
  const digest = createDigest();
  digest.add(value);
  return digest.end();
}
