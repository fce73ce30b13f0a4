/** Byte ranges (RFC 9110, 14): one range at a time; what is more, or no range of bytes at all, gets the whole. */

/** Bytes from `from` to `to`, which is not among them. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** The range of a `Range` header over `size` bytes; null: the whole is wanted; 'unsatisfiable': answer 416. */
export function parseRange(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size };
  }
  const from = Number(first);
  const to = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < from) return null;
  return from >= size ? 'unsatisfiable' : { from, to };
}

/** The header that asks for a range; `to` is not among its bytes. */
export function rangeHeader(from: number, to?: number): string {
  return `bytes=${from}-${to === undefined ? '' : to - 1}`;
}
