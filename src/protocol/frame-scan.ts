/**
 * Counts what costs more than its bytes, before a frame is read: values (an empty list is one byte in a frame and many
 * in memory) and definitions of records (msgpackr makes a function of each that is used often). Nesting does not matter
 * for a count: one value's head follows the other.
 */
const DEFINITION_HEAD = 0xd4;
const DEFINITION_TYPE = 0x72;

export interface FrameCounts {
  /** Values that begin in the bytes; records, lists and maps count as one beside what is in them. */
  readonly values: number;
  readonly definitions: number;
}

/** Whether there may be more than so many values or definitions; the bytes of either can be in texts and data too. */
export function mayExceed(bytes: Uint8Array, limits: FrameCounts): boolean {
  if (bytes.length > limits.values) return true;
  let left = limits.definitions;
  for (let at = bytes.indexOf(DEFINITION_HEAD); at >= 0; at = bytes.indexOf(DEFINITION_HEAD, at + 1)) {
    if (bytes[at + 1] === DEFINITION_TYPE && left-- === 0) return true;
  }
  return false;
}

/** The exact numbers. */
export function countFrame(bytes: Uint8Array): FrameCounts {
  let values = 0;
  let definitions = 0;
  for (let at = 0; at < bytes.length; values++) {
    if (bytes[at] === DEFINITION_HEAD && bytes[at + 1] === DEFINITION_TYPE) definitions++;
    at += lengthOf(bytes, at);
  }
  return { values, definitions };
}

/** Bytes from one head to the next; what is in a list or map comes after its head. */
function lengthOf(bytes: Uint8Array, at: number): number {
  const head = bytes[at]!;
  if (head < 0xa0 || head >= 0xe0) return 1;
  if (head < 0xc0) return 1 + head - 0xa0;
  const { size, counted, extra } = HEADS[head - 0xc0]!;
  return 1 + size + (counted ? readLength(bytes, at + 1, size) + extra : 0);
}

function readLength(bytes: Uint8Array, at: number, size: number): number {
  let length = 0;
  for (let i = at; i < at + size; i++) length = length * 256 + (bytes[i] ?? 0);
  return length;
}

interface Head {
  /** Bytes of the number after the head. */
  readonly size: number;
  /** Whether the number is the length of what follows. */
  readonly counted: boolean;
  /** Bytes besides. */
  readonly extra: number;
}

const fixed = (size: number): Head => ({ size, counted: false, extra: 0 });
const counted = (size: number, extra = 0): Head => ({ size, counted: true, extra });

/** From 0xc0 (nil) to 0xdf (map 32). */
const HEADS: readonly Head[] = [
  ...[fixed(0), fixed(0), fixed(0), fixed(0)],
  ...[counted(1), counted(2), counted(4)],
  ...[counted(1, 1), counted(2, 1), counted(4, 1)],
  ...[fixed(4), fixed(8)],
  ...[fixed(1), fixed(2), fixed(4), fixed(8)],
  ...[fixed(1), fixed(2), fixed(4), fixed(8)],
  ...[fixed(2), fixed(3), fixed(5), fixed(9), fixed(17)],
  ...[counted(1), counted(2), counted(4)],
  ...[fixed(2), fixed(4)],
  ...[fixed(2), fixed(4)],
];
