/**
 * Writes protobuf from its end to its start: when the length of a message is to be written, all of it already stands
 * behind, so nothing is measured first and nothing is moved. Fields, items and digits therefore come in reverse, each
 * value before its tag; the bytes are then in the usual order.
 *
 * Messages are cut one before the other from a slab, so that a small one costs no allocation of its own.
 */
const SLAB_BYTES = 131_072;
/** Room that a new message should find in the slab. */
const START_BYTES = 4096;
/** Texts up to this length are written character by character. */
const SHORT_TEXT = 64;

/** 64 bits in two halves. */
export interface Halves {
  readonly low: number;
  readonly high: number;
}

const encoder = new TextEncoder();

export class ProtobufWriter {
  private out = new Uint8Array(SLAB_BYTES);
  private view = new DataView(this.out.buffer);
  /** Where the message ends, and where what is written of it starts. */
  private end = SLAB_BYTES;
  private at = SLAB_BYTES;

  begin(): void {
    this.end = this.at;
    if (this.at < START_BYTES) this.takeSlab(SLAB_BYTES);
  }

  /** The bytes since `begin`. */
  finish(): Uint8Array {
    return this.out.subarray(this.at, this.end);
  }

  /** Bytes written so far; what is written later stands before them. */
  get written(): number {
    return this.end - this.at;
  }

  /** Makes sure that there is room for so many bytes. */
  private reserve(bytes: number): void {
    if (this.at < bytes) this.takeSlab(Math.max(SLAB_BYTES, 2 * (this.written + bytes)));
  }

  /** Goes on in a new slab; what there is of the message moves to its end. */
  private takeSlab(bytes: number): void {
    const written = this.finish();
    this.out = new Uint8Array(bytes);
    this.view = new DataView(this.out.buffer);
    this.end = bytes;
    this.at = bytes - written.length;
    this.out.set(written, this.at);
  }

  /** A number without a sign, below 2^53: tags, lengths, words, counts. */
  varint(value: number): void {
    if (value < 128) {
      if (this.at === 0) this.reserve(1);
      this.out[--this.at] = value;
      return;
    }
    this.reserve(10);
    const { out } = this;
    let size = 2;
    for (let rest = value / 16_384; rest >= 1; rest /= 128) size++;
    const start = this.at - size;
    let rest = value;
    for (let i = 0; i < size - 1; i++) {
      out[start + i] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    out[start + size - 1] = rest;
    this.at = start;
  }

  /** A whole number with a sign; negative ones take ten bytes. */
  integer(value: number): void {
    if (value >= 0) this.varint(value);
    else this.halves({ low: value | 0, high: Math.floor(value / 0x1_0000_0000) | 0 });
  }

  halves(value: Halves): void {
    let low = value.low >>> 0;
    let high = value.high >>> 0;
    const digits: number[] = [];
    while (high > 0 || low > 127) {
      digits.push((low & 127) | 128);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    digits.push(low);
    this.bytes(digits);
  }

  double(value: number): void {
    this.reserve(8);
    this.at -= 8;
    this.view.setFloat64(this.at, value, true);
  }

  /** Bytes alone, without their length. */
  bytes(value: ArrayLike<number>): void {
    this.reserve(value.length);
    this.at -= value.length;
    this.out.set(value, this.at);
  }

  /** A text with its length. */
  text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) return this.longText(value);
    this.reserve(length + 1);
    const { out } = this;
    const start = this.at - length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return this.longText(value);
      out[start + i] = unit;
    }
    out[start - 1] = length;
    this.at = start - 1;
  }

  private longText(value: string): void {
    const bytes = encoder.encode(value);
    this.bytes(bytes);
    this.varint(bytes.length);
  }

  /** A copy of what was written since `written` was `before`. */
  since(before: number): Uint8Array {
    return this.out.slice(this.at, this.end - before);
  }
}
