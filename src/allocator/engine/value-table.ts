/**
 * Contents of ranges and sets, each known by a number: most agents offer the same ports, and equal contents have equal
 * numbers as far as the caller can tell. Twin of native/core/value_table.
 */

export class ValueTable {
  private readonly contents: (readonly number[])[] = [];

  /** Number of values defined; the next one gets this number. */
  get size(): number {
    return this.contents.length;
  }

  /** Adds a content: begin and end of each range, sorted and disjoint. */
  define(content: readonly number[]): void {
    this.contents.push(content);
  }

  /** Whether every range of `part` lies within one of `whole`; -1 contains and is contained in nothing but itself. */
  contains(whole: number, part: number): boolean {
    if (whole === part) return true;
    if (whole < 0 || part < 0) return false;
    return containsRanges(this.contents[whole]!, this.contents[part]!);
  }
}

function containsRanges(whole: readonly number[], part: readonly number[]): boolean {
  let w = 0;
  for (let p = 0; p < part.length; p += 2) {
    while (w < whole.length && whole[w + 1]! < part[p]!) w += 2;
    if (w >= whole.length || whole[w]! > part[p]! || whole[w + 1]! < part[p + 1]!) return false;
  }
  return true;
}
