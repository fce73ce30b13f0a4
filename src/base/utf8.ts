/**
 * The order of strings by their UTF-8 bytes, without encoding them.
 *
 * The order of UTF-8 bytes is the order of code points. JavaScript's `<` compares UTF-16 code units, which differs for
 * characters outside the BMP: their surrogates (d800 to dfff) come before e000 to ffff, though the characters come
 * after. A lone surrogate counts as a code point of its own, so the order is total over all JavaScript strings.
 */

/** Negative, zero or positive as `a` comes before, equals or comes after `b` in the byte order of UTF-8. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return rank(a, i, unitA) - rank(b, i, unitB);
  }
  return a.length - b.length;
}

/** The code point that the unit at `index` belongs to, seen from the first place where two strings differ. */
function rank(text: string, index: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit >= 0xdc00 && index > 0) {
    const before = text.charCodeAt(index - 1);
    if (before >= 0xd800 && before <= 0xdbff) return text.codePointAt(index - 1) ?? unit;
  }
  return text.codePointAt(index) ?? unit;
}
