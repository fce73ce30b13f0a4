/**
 * The byte program behind a regular expression: nodes that branch, consume one byte, or end.
 *
 * Code points become sequences of byte ranges in UTF-8 the way RE2 makes them: ranges of one byte stay; longer ones
 * are split where the leading bytes differ; common beginnings are merged into one path and common endings are shared.
 * Only the shape matters here (nothing is matched with it); the rules follow RE2 because the number of nodes is asked
 * for.
 */

/** What a node does. JUMP leads on without consuming; BRANCH has two successors; END has none. */
export const Kind = { JUMP: 0, BRANCH: 1, CONSUME: 2, END: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Marks a successor that is still the index of an instruction of the source program. */
interface Pending {
  readonly node: number;
  readonly second: boolean;
}

const MAX_RUNE = 0x10ffff;
/** The largest code points of one, two and three bytes. */
const LARGEST = [0x7f, 0x7ff, 0xffff];
const UPPER_A = 65;
const UPPER_Z = 90;
const LOWER_A = 97;
const LOWER_Z = 122;
/** The successor "whatever follows the class", inside a class under construction. */
const AFTER = -1;

/** A growing program of nodes with a cap on their number. Nodes are numbered from 0 in order of creation. */
export class ByteNodes {
  private readonly kinds: Kind[] = [];
  private readonly first: number[] = [];
  private readonly second: number[] = [];
  private readonly low: number[] = [];
  private readonly high: number[] = [];
  private readonly fold: boolean[] = [];
  private readonly pending: Pending[] = [];
  private freeNodes = 0;
  /** Byte ranges of the current class that may be shared, by what they are. */
  private cache = new Map<string, number>();
  private cached = new Set<number>();
  private root = AFTER;

  /** True once more nodes were asked for than the cap allows; everything after that is meaningless. */
  full = false;

  constructor(private readonly cap: number) {}

  /** How many nodes count as instructions. */
  get made(): number {
    return this.kinds.length - this.freeNodes;
  }

  /** The node of failure: the first instruction of every program of re2js. */
  get failure(): number {
    return 0;
  }

  /** Adds a node whose successors are instruction indices; see `resolve`. Returns -1 when the cap is reached. */
  add(kind: Kind, first: number, second: number): number {
    const node = this.allocate(kind);
    if (node < 0) return -1;
    this.first[node] = first;
    this.second[node] = second;
    if (kind !== Kind.END) this.pending.push({ node, second: false });
    if (kind === Kind.BRANCH) this.pending.push({ node, second: true });
    return node;
  }

  /** Adds a jump that does not count. */
  addFree(first: number): number {
    const node = this.add(Kind.JUMP, first, 0);
    if (node >= 0) this.freeNodes++;
    return node;
  }

  /** Turns the instruction indices of all nodes added so far into nodes; nodes added later name nodes directly. */
  resolve(entry: readonly number[]): void {
    for (const { node, second } of this.pending) {
      if (second) this.second[node] = entry[this.second[node]!]!;
      else this.first[node] = entry[this.first[node]!]!;
    }
    this.pending.length = 0;
  }

  setSecond(node: number, second: number): void {
    this.second[node] = second;
  }

  branches(node: number): boolean {
    return this.kinds[node] === Kind.BRANCH;
  }

  /** The nodes that follow, jumps left out. */
  successors(node: number): number[] {
    if (this.kinds[node] === Kind.END) return [];
    const first = this.skipJumps(this.first[node]!);
    return this.kinds[node] === Kind.BRANCH ? [first, this.skipJumps(this.second[node]!)] : [first];
  }

  skipJumps(node: number): number {
    let at = node;
    while (this.kinds[at] === Kind.JUMP && this.first[at] !== at) at = this.first[at]!;
    return at;
  }

  /** Adds a class: pairs of bounds, or one code point, perhaps with both cases of it. Returns its entry. */
  addRunes(runes: ArrayLike<number>, foldCase: boolean, out: number): number {
    const from = this.kinds.length;
    const one = runes.length === 1 ? runes[0]! : -1;
    if (one >= 0 && foldCase) this.addClass(casesOf(one));
    else if (one >= 0) this.addClass([one, one]);
    else this.addClass(runes);
    if (this.full) return -1;
    for (let node = from; node < this.kinds.length; node++) {
      if (this.kinds[node] !== Kind.CONSUME || this.first[node] !== AFTER) continue;
      this.first[node] = out;
      this.pending.push({ node, second: false });
    }
    return this.root;
  }

  private allocate(kind: Kind): number {
    if (this.full || this.made >= this.cap) {
      this.full = true;
      return -1;
    }
    this.kinds.push(kind);
    this.first.push(0);
    this.second.push(0);
    this.low.push(0);
    this.high.push(0);
    this.fold.push(false);
    return this.kinds.length - 1;
  }

  private addClass(runes: ArrayLike<number>): void {
    this.cache = new Map();
    this.cached = new Set();
    this.root = AFTER;
    const foldable = foldsAscii(runes);
    for (let i = 0; i + 1 < runes.length && !this.full; i += 2) {
      const lo = runes[i]!;
      const hi = runes[i + 1]!;
      if (foldable && lo >= UPPER_A && hi <= UPPER_Z) continue; // the lower-case range stands for both
      const outside = hi < UPPER_A || lo > LOWER_Z || (lo > UPPER_Z && hi < LOWER_A);
      this.addRange(lo, hi, foldable && !outside && !(lo <= UPPER_A && hi >= LOWER_Z));
    }
  }

  private addRange(lo: number, hi: number, fold: boolean): void {
    if (lo > hi || this.full) return;
    if (lo === 0x80 && hi === MAX_RUNE) {
      this.addAllBeyondAscii();
      return;
    }
    for (const max of LARGEST) {
      if (lo > max || max >= hi) continue;
      this.addRange(lo, max, fold);
      this.addRange(max + 1, hi, fold);
      return;
    }
    if (hi <= 0x7f) {
      this.merge(this.byte(lo, hi, fold, AFTER, false));
      return;
    }
    for (const mask of [0x3f, 0xfff, 0x3ffff]) {
      if ((lo & ~mask) === (hi & ~mask)) continue;
      if ((lo & mask) !== 0) {
        this.addRange(lo, lo | mask, fold);
        this.addRange((lo | mask) + 1, hi, fold);
        return;
      }
      if ((hi & mask) !== mask) {
        this.addRange(lo, (hi & ~mask) - 1, fold);
        this.addRange(hi & ~mask, hi, fold);
        return;
      }
    }
    const from = utf8(lo);
    const to = utf8(hi);
    let next = AFTER;
    for (let i = from.length - 1; i >= 0; i--) {
      const share = i === from.length - 1 || (from[i]! < to[i]! && i !== 0);
      next = this.byte(from[i]!, to[i]!, false, next, share);
    }
    this.merge(next);
  }

  /** Everything beyond ASCII: RE2 admits overlong forms here to save instructions. */
  private addAllBeyondAscii(): void {
    let next = AFTER;
    for (const [lo, hi] of [[0xc2, 0xdf], [0xe0, 0xef], [0xf0, 0xf4]] as const) {
      next = this.byte(0x80, 0xbf, false, next, false);
      this.merge(this.byte(lo, hi, false, next, false));
    }
  }

  private byte(lo: number, hi: number, fold: boolean, next: number, share: boolean): number {
    const key = this.keyOf(lo, hi, fold, next);
    const known = share ? this.cache.get(key) : undefined;
    if (known !== undefined) return known;
    const node = this.allocate(Kind.CONSUME);
    if (node < 0) return node;
    this.low[node] = lo;
    this.high[node] = hi;
    this.fold[node] = fold;
    this.first[node] = next;
    if (share) {
      this.cache.set(key, node);
      this.cached.add(node);
    }
    return node;
  }

  private keyOf(lo: number, hi: number, fold: boolean, next: number): string {
    return `${lo},${hi},${fold},${next}`;
  }

  private merge(path: number): void {
    if (this.full) return;
    this.root = this.root === AFTER ? path : this.mergeAt(this.root, path);
  }

  /** Adds a path to the alternatives at `root`; the first byte is shared with the latest alternative if equal. */
  private mergeAt(root: number, path: number): number {
    const inBranch = this.branches(root);
    const latest = inBranch ? this.second[root]! : root;
    if (!this.sameRange(latest, path)) {
      const branch = this.allocate(Kind.BRANCH);
      if (branch < 0) return root;
      this.first[branch] = root;
      this.second[branch] = path;
      return branch;
    }
    let head = latest;
    let top = root;
    if (this.cached.has(latest)) {
      head = this.byte(this.low[latest]!, this.high[latest]!, this.fold[latest]!, this.first[latest]!, false);
      if (head < 0) return root;
      if (inBranch) this.second[root] = head;
      else top = head;
    }
    const rest = this.first[path]!;
    if (!this.cached.has(path)) this.release(path);
    this.first[head] = this.mergeAt(this.first[head]!, rest);
    return top;
  }

  private sameRange(a: number, b: number): boolean {
    return this.low[a] === this.low[b] && this.high[a] === this.high[b] && this.fold[a] === this.fold[b];
  }

  /** The head of a merged path is not needed; RE2 hands its instruction back. */
  private release(node: number): void {
    this.kinds[node] = Kind.JUMP;
    this.freeNodes++;
  }
}

/** Whether a class holds a letter of ASCII in both cases or in neither. */
function foldsAscii(runes: ArrayLike<number>): boolean {
  const has = (rune: number): boolean => {
    for (let i = 0; i + 1 < runes.length; i += 2) if (runes[i]! <= rune && rune <= runes[i + 1]!) return true;
    return false;
  };
  for (let upper = UPPER_A; upper <= UPPER_Z; upper++) if (has(upper) !== has(upper + 32)) return false;
  return true;
}

/** The class of a code point and its other cases. */
function casesOf(rune: number): number[] {
  const text = String.fromCodePoint(rune);
  const cases = new Set([rune]);
  for (const other of [text.toLowerCase(), text.toUpperCase()]) {
    if ([...other].length === 1) cases.add(other.codePointAt(0)!);
  }
  if (cases.has(0x6b)) cases.add(0x212a); // k and the sign of kelvin
  if (cases.has(0x73)) cases.add(0x17f); // s and long s
  return [...cases].sort((a, b) => a - b).flatMap((r) => [r, r]);
}

/** The bytes of a code point in UTF-8 (surrogates too, as three bytes). */
function utf8(rune: number): number[] {
  if (rune <= 0x7f) return [rune];
  if (rune <= 0x7ff) return [0xc0 | (rune >> 6), 0x80 | (rune & 0x3f)];
  if (rune <= 0xffff) return [0xe0 | (rune >> 12), 0x80 | ((rune >> 6) & 0x3f), 0x80 | (rune & 0x3f)];
  return [0xf0 | (rune >> 18), 0x80 | ((rune >> 12) & 0x3f), 0x80 | ((rune >> 6) & 0x3f), 0x80 | (rune & 0x3f)];
}
