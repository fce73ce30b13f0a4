/**
 * A digest of many entries that can be kept up to date: the sum of the digests of each. It shows entries that were
 * lost, damaged or left over from another write; it is no protection from somebody who means harm.
 */
import { mix32 } from '../base/mix32.js';

/** Two 32-bit numbers; those of all entries are added up, so that one can be taken out again. */
export type Digest = readonly [number, number];

export function plus(a: Digest, b: Digest): Digest {
  return [(a[0] + b[0]) >>> 0, (a[1] + b[1]) >>> 0];
}

export function minus(a: Digest, b: Digest): Digest {
  return [(a[0] - b[0]) >>> 0, (a[1] - b[1]) >>> 0];
}

export function printDigest([a, b]: Digest): string {
  return [a, b].map((half) => half.toString(16).padStart(8, '0')).join('');
}

/** Two rounds of FNV-1a with different starts and a final scramble: it finds accidents, not attackers. */
export function digestOf(key: string, value: Uint8Array): Digest {
  let a = 0x811c9dc5;
  let b = 0x2f0b4a95;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b) + i;
  }
  for (let i = 0; i < value.length; i++) {
    const byte = value[i]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b) + i;
  }
  return [mix32(a ^ value.length), mix32(b ^ key.length)];
}
