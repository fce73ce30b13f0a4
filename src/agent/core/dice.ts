/**
 * Randomness of an agent: numbers and uuids that depend on the seed and on how many were drawn, nothing else.
 * The first four bytes of a uuid are a bijection of its number, so an agent never makes the same uuid twice.
 */
import { mix32 } from '../../base/mix32.js';

export interface Dice {
  readonly salts: readonly [number, number, number, number];
  drawn: number;
}

const STEP = 0x9e3779b9;

/** Dice for a seed; all 53 bits of it count. */
export function makeDice(seed: number): Dice {
  const base = mix32(seed | 0) ^ mix32(Math.floor(seed / 0x1_0000_0000) | 0);
  const salt = (n: number): number => mix32((base + Math.imul(n, STEP)) | 0);
  return { salts: [salt(1), salt(2), salt(3), salt(4)], drawn: 0 };
}

function word(dice: Dice, which: 0 | 1 | 2 | 3, n: number): number {
  return mix32((dice.salts[which] + Math.imul(n, STEP)) | 0);
}

/** A number in [0, 1). */
export function roll(dice: Dice): number {
  return word(dice, 0, dice.drawn++) / 0x1_0000_0000;
}

/** 16 bytes in the form of a version 4 uuid. */
export function makeUuid(dice: Dice): Uint8Array {
  const n = dice.drawn++;
  const bytes = new Uint8Array(16);
  for (const which of [0, 1, 2, 3] as const) {
    const bits = word(dice, which, n);
    for (let i = 0; i < 4; i++) bytes[which * 4 + i] = bits >>> (24 - 8 * i);
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

/** The text of a uuid: 8-4-4-4-12 hexadecimal digits. */
export function uuidText(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += bytes[i]!.toString(16).padStart(2, '0');
  }
  return text;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
