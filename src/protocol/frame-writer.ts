/**
 * Writes msgpack: texts, numbers, flags, bytes, and the heads of lists, maps and records. Records are those of
 * msgpackr: the first object of a kind in a frame defines it, `0xd4 'r' id` and the list of the names of its fields,
 * the next ones are the id alone. There are 64 ids in a frame; objects of further kinds are maps.
 *
 * Frames are cut one after the other from a slab, so that a small one costs no allocation of its own.
 */
const SLAB_BYTES = 65_536;
/** Room that a new frame should find in the slab. */
const START_BYTES = 2048;
const FIRST_ID = 0x40;
const IDS = 64;
/** Definitions that are remembered between frames. */
const KINDS = 4096;
/** Texts up to this length are written character by character. */
const SHORT_TEXT = 64;

/** One kind of object: which fields of a schema are there. */
interface Kind {
  /** The definition, but the id. */
  readonly definition: Uint8Array;
  readonly fields: number;
  /** The frame in which `id` stands for it. */
  frame: number;
  id: number;
}

const encoder = new TextEncoder();

export class FrameWriter {
  private out = new Uint8Array(SLAB_BYTES);
  private view = new DataView(this.out.buffer);
  private start = 0;
  private at = 0;
  private frame = 0;
  private used = 0;
  private readonly kinds = new Map<number, Kind>();

  /** `namesOf` gives the names of the fields of a kind, in the order in which they are written. */
  constructor(private readonly namesOf: (schema: number, optional: number) => readonly string[]) {}

  begin(): void {
    this.frame++;
    this.used = 0;
    this.start = this.at;
    if (this.out.length - this.at < START_BYTES) this.takeSlab(SLAB_BYTES);
  }

  /** The bytes since `begin`. */
  end(): Uint8Array {
    return this.out.subarray(this.start, this.at);
  }

  /** Makes sure that there is room for so many bytes. */
  private reserve(bytes: number): void {
    if (this.at + bytes > this.out.length) this.takeSlab(Math.max(SLAB_BYTES, 2 * (this.at - this.start + bytes)));
  }

  /** Goes on in a new slab; what the frame has so far moves there. */
  private takeSlab(bytes: number): void {
    const written = this.end();
    this.out = new Uint8Array(bytes);
    this.view = new DataView(this.out.buffer);
    this.out.set(written);
    this.start = 0;
    this.at = written.length;
  }

  /**
   * The head of an object: `schema` and the bits of `optional` fields that are there say of which kind it is. Returns
   * whether it is a map, which has the name before each value.
   */
  object(schema: number, optional: number): boolean {
    const key = optional * 1024 + schema;
    const kind = this.kinds.get(key) ?? this.addKind(key, schema, optional);
    if (kind.frame === this.frame) {
      this.reserve(1);
      this.out[this.at++] = kind.id;
      return false;
    }
    if (this.used === IDS) {
      this.map(kind.fields);
      return true;
    }
    kind.frame = this.frame;
    kind.id = FIRST_ID + this.used++;
    const { definition } = kind;
    this.reserve(3 + definition.length);
    this.out[this.at] = 0xd4;
    this.out[this.at + 1] = 0x72;
    this.out[this.at + 2] = kind.id;
    this.out.set(definition, this.at + 3);
    this.at += 3 + definition.length;
    return false;
  }

  private addKind(key: number, schema: number, optional: number): Kind {
    if (this.kinds.size >= KINDS) this.kinds.clear();
    // Written where the frame goes on, and taken away again; a new slab moves what the frame has so far.
    const before = this.at - this.start;
    const names = this.namesOf(schema, optional);
    this.list(names.length);
    for (const name of names) this.text(name);
    const definition = this.out.slice(this.start + before, this.at);
    this.at = this.start + before;
    const kind: Kind = { definition, fields: names.length, frame: -1, id: 0 };
    this.kinds.set(key, kind);
    return kind;
  }

  list(length: number): void {
    this.head(length, 0x90, 0xdc);
  }

  map(entries: number): void {
    this.head(entries, 0x80, 0xde);
  }

  private head(length: number, short: number, long: number): void {
    this.reserve(5);
    if (length < 16) {
      this.out[this.at++] = short + length;
    } else if (length < 65_536) {
      this.out[this.at] = long;
      this.view.setUint16(this.at + 1, length);
      this.at += 3;
    } else {
      this.out[this.at] = long + 1;
      this.view.setUint32(this.at + 1, length);
      this.at += 5;
    }
  }

  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) {
      this.longText(value);
      return;
    }
    this.reserve(2 + length);
    const { out } = this;
    let { at } = this;
    if (length < 32) {
      out[at++] = 0xa0 + length;
    } else {
      out[at++] = 0xd9;
      out[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.longText(value);
        return;
      }
      out[at++] = code;
    }
    this.at = at;
  }

  private longText(value: string): void {
    const most = value.length * 3;
    this.reserve(5 + most);
    const { at } = this;
    const head = most < 256 ? 2 : 5;
    const { written } = encoder.encodeInto(value, this.out.subarray(at + head));
    if (head === 2) {
      this.out[at] = 0xd9;
      this.out[at + 1] = written;
    } else {
      this.out[at] = 0xdb;
      this.view.setUint32(at + 1, written);
    }
    this.at = at + head + written;
  }

  flag(value: boolean): void {
    this.reserve(1);
    this.out[this.at++] = value ? 0xc3 : 0xc2;
  }

  /** An integer of 32 bits in few bytes, anything else as a double. The bytes 0x40 to 0x7f are records, not numbers. */
  number(value: number): void {
    this.reserve(9);
    const { at } = this;
    if (value >>> 0 === value) {
      if (value < FIRST_ID) {
        this.out[at] = value;
        this.at = at + 1;
      } else if (value < 256) {
        this.out[at] = 0xcc;
        this.out[at + 1] = value;
        this.at = at + 2;
      } else if (value < 65_536) {
        this.out[at] = 0xcd;
        this.view.setUint16(at + 1, value);
        this.at = at + 3;
      } else {
        this.out[at] = 0xce;
        this.view.setUint32(at + 1, value);
        this.at = at + 5;
      }
    } else if ((value | 0) === value) {
      this.out[at] = 0xd2;
      this.view.setInt32(at + 1, value);
      this.at = at + 5;
    } else {
      this.out[at] = 0xcb;
      this.view.setFloat64(at + 1, value);
      this.at = at + 9;
    }
  }

  bytes(value: Uint8Array): void {
    const { length } = value;
    this.reserve(5 + length);
    if (length < 256) {
      this.out[this.at] = 0xc4;
      this.out[this.at + 1] = length;
      this.at += 2;
    } else {
      this.out[this.at] = 0xc6;
      this.view.setUint32(this.at + 1, length);
      this.at += 5;
    }
    this.out.set(value, this.at);
    this.at += length;
  }
}
