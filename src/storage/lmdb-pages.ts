/**
 * Reads an LMDB file without LMDB. LMDB maps its file into memory and trusts it: if the file was cut off or damaged the
 * process dies of a signal, without a word. So before LMDB may open a file, this walks the tree of its latest
 * transaction page by page, with plain reads, and refuses what does not hold together. It gives what the tree has, so
 * that a reader needs no LMDB at all and does not disturb a writer.
 *
 * The format is that of the LMDB in lmdb-js (data version 2, little-endian, 64 bits): two meta pages, of which the one
 * with the higher transaction counts; pages with a header of 24 bytes; nodes that are found by offsets behind it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEADER = 24;
const META_BYTES = 160;
const NONE = 0xffff_ffff_ffff_ffffn;

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
const KINDS = BRANCH | LEAF | OVERFLOW | META | 0x20 | 0x40;
const IN_OVERFLOW = 0x01;

/** A file changes under a reader if there is a writer; a walk that met a change is done again, so often at most. */
const ATTEMPTS = 10;

export interface LmdbContents {
  /** Number of the latest transaction. */
  readonly transaction: number;
  readonly pageBytes: number;
  /** Of the tree without a name, in the order of the keys. */
  readonly entries: readonly (readonly [key: Buffer, value: Buffer])[];
}

/** Makes the error for a file that is `damaged`, or of a `newer` format. */
export type Refuse = (what: 'damaged' | 'newer', reason: string) => Error;

/** What an LMDB file has; null if it is not there or has no bytes. Throws what `refuse` makes, and errors of files. */
export function readLmdb(path: string, refuse: Refuse): LmdbContents | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    if (fstatSync(file).size === 0) return null;
    for (let attempt = 1; ; attempt++) {
      const meta = readMeta(file, refuse);
      try {
        const contents = new Walk(file, meta, refuse).run();
        if (attempt === ATTEMPTS || readMeta(file, refuse).transaction === meta.transaction) return contents;
      } catch (error) {
        if (attempt === ATTEMPTS || readMeta(file, refuse).transaction === meta.transaction) throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

interface Tree {
  readonly depth: number;
  readonly entries: bigint;
  readonly root: bigint;
}

interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: bigint;
  readonly transaction: number;
}

function readAt(file: number, at: number, length: number): Buffer | null {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, at + done);
    if (count === 0) return null;
    done += count;
  }
  return bytes;
}

/** The later of the two meta pages. */
function readMeta(file: number, refuse: Refuse): Meta {
  const first = metaAt(file, 0, 0, refuse);
  const second = metaAt(file, first.pageBytes, 1, refuse);
  if (second.pageBytes !== first.pageBytes) throw refuse('damaged', 'its two meta pages contradict each other');
  return second.transaction > first.transaction ? second : first;
}

function metaAt(file: number, at: number, page: number, refuse: Refuse): Meta {
  const bytes = readAt(file, at, META_BYTES);
  if (bytes === null) throw refuse('damaged', `it ends within its meta page ${page}`);
  const isMeta = (bytes.readUInt16LE(18) & META) !== 0 && bytes.readUInt32LE(24) === MAGIC;
  if (!isMeta) throw refuse('damaged', `its page ${page} is not a meta page of LMDB`);
  const version = bytes.readUInt32LE(28) & 0xffff;
  if (version > DATA_VERSION) throw refuse('newer', `it is of LMDB's data version ${version}`);
  if (version !== DATA_VERSION) throw refuse('damaged', `it is of LMDB's data version ${version}`);
  const pageBytes = bytes.readUInt32LE(48);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw refuse('damaged', `its meta page ${page} says pages have ${pageBytes} bytes`);
  }
  const lastPage = bytes.readBigUInt64LE(144);
  if (lastPage > 0xffff_ffffn) throw refuse('damaged', `its meta page ${page} says there are ${lastPage} pages`);
  return {
    pageBytes,
    free: treeAt(bytes, 48),
    main: treeAt(bytes, 96),
    lastPage,
    transaction: Number(bytes.readBigUInt64LE(152)),
  };
}

function treeAt(bytes: Buffer, at: number): Tree {
  return {
    depth: bytes.readUInt16LE(at + 6),
    entries: bytes.readBigUInt64LE(at + 32),
    root: bytes.readBigUInt64LE(at + 40),
  };
}

class Walk {
  private readonly seen = new Set<number>();
  private readonly found: [Buffer, Buffer][] = [];

  constructor(
    private readonly file: number,
    private readonly meta: Meta,
    private readonly refuse: Refuse,
  ) {}

  run(): LmdbContents {
    this.tree(this.meta.free, 'free');
    this.found.length = 0;
    this.tree(this.meta.main, 'main');
    const { transaction, pageBytes } = this.meta;
    return { transaction, pageBytes, entries: this.found };
  }

  private tree({ depth, entries, root }: Tree, name: string): void {
    if (root !== NONE) this.page(root, depth);
    if (BigInt(this.found.length) === entries) return;
    throw this.refuse('damaged', `its ${name} tree has ${this.found.length} entries instead of ${entries}`);
  }

  private page(number: bigint, depth: number): void {
    const kind = depth > 1 ? BRANCH : LEAF;
    const bytes = this.read(number, 1);
    if (depth < 1 || (bytes.readUInt16LE(18) & KINDS) !== kind) throw this.wrong(number, 'is of another kind');
    const lower = bytes.readUInt16LE(20);
    const upper = bytes.readUInt16LE(22);
    if (lower % 2 !== 0 || lower > upper || HEADER + upper > bytes.length) throw this.wrong(number, 'is garbled');
    for (let i = 0; i < lower / 2; i++) {
      const at = HEADER + bytes.readUInt16LE(HEADER + 2 * i);
      if (at < HEADER + lower || at + 8 > bytes.length) throw this.wrong(number, 'is garbled');
      if (kind === LEAF) this.entry(bytes, at, number);
      else this.page(BigInt(bytes.readUIntLE(at, 6)), depth - 1);
    }
  }

  private entry(bytes: Buffer, at: number, page: bigint): void {
    const size = bytes.readUInt32LE(at);
    const flags = bytes.readUInt16LE(at + 4);
    const start = at + 8 + bytes.readUInt16LE(at + 6);
    const key = bytes.subarray(at + 8, start);
    if ((flags & ~IN_OVERFLOW) !== 0) throw this.wrong(page, 'has a tree within the tree');
    const isLarge = (flags & IN_OVERFLOW) !== 0;
    if (start + (isLarge ? 24 : size) > bytes.length) throw this.wrong(page, 'is garbled');
    const value = isLarge ? this.large(bytes.readBigUInt64LE(start), size) : bytes.subarray(start, start + size);
    this.found.push([key, value]);
  }

  private large(number: bigint, size: number): Buffer {
    const pages = Math.ceil((HEADER + size) / this.meta.pageBytes);
    const bytes = this.read(number, pages);
    if ((bytes.readUInt16LE(18) & KINDS) !== OVERFLOW) throw this.wrong(number, 'is of another kind');
    return bytes.subarray(HEADER, HEADER + size);
  }

  /** The bytes of pages that belong together; each page belongs to one place only. */
  private read(number: bigint, pages: number): Buffer {
    const { lastPage, pageBytes } = this.meta;
    const isThere = number >= 2n && number + BigInt(pages) - 1n <= lastPage;
    if (!isThere) throw this.wrong(number, 'cannot be: there are none of this number');
    const first = Number(number);
    for (let page = first; page < first + pages; page++) {
      if (this.seen.has(page)) throw this.wrong(number, 'is used twice');
      this.seen.add(page);
    }
    const bytes = readAt(this.file, first * pageBytes, pages * pageBytes);
    if (bytes === null) throw this.wrong(number, 'is missing: the file was cut off');
    if (bytes.readBigUInt64LE(0) !== number) throw this.wrong(number, 'is that of another number');
    return bytes;
  }

  private wrong(number: bigint, what: string): Error {
    return this.refuse('damaged', `its page ${number} ${what}`);
  }
}
