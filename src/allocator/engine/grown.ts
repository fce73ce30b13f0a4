/** Typed arrays grow by being copied. */
type NumberArray = Int32Array | Uint8Array | Uint32Array | Float64Array;

/** A larger copy of a typed array. */
export function grown<T extends NumberArray>(kind: new (length: number) => T, old: T, length: number): T {
  const copy = new kind(length);
  copy.set(old);
  return copy;
}
