/**
 * Compiles layouts to functions that write values of them in protobuf, fields in the order of their numbers. What is
 * undefined is not written, nor are defaults: an absent field says the same. Values are taken to be of the schema; a
 * word without a number (a name that the schema leaves open) is left out.
 */
import type protobuf from 'protobufjs/minimal.js';
import { makeFunctions } from '../make-functions.js';
import type { FieldLayout, MessageLayout, ValueLayout } from './layout.js';

/** Writes the fields of a message, without a length before them. */
export type WriteFields = (writer: protobuf.Writer, value: unknown) => void;

interface Parts {
  readonly functions: string[];
  readonly names: Map<MessageLayout, string>;
  readonly words: ReadonlyMap<string, number>[];
}

/** One function per layout, in the order given. */
export function compileProtobufWrites(layouts: readonly MessageLayout[]): WriteFields[] {
  const parts: Parts = { functions: [], names: new Map(), words: [] };
  const names = layouts.map((layout) => functionFor(layout, parts));
  const source = `${parts.functions.join('\n')}\nreturn [${names.join(', ')}];`;
  return makeFunctions<WriteFields>(source, { words: parts.words, nanoseconds });
}

function functionFor(layout: MessageLayout, parts: Parts): string {
  const before = parts.names.get(layout);
  if (before !== undefined) return before;
  const name = `m${parts.names.size}`;
  parts.names.set(layout, name);
  const lines = layout.fields.map((field) => {
    return `x = v.${field.name}; if (x !== undefined) { ${fieldCode(field, 'x', 0, parts)} }`;
  });
  parts.functions.push(`function ${name}(w, v) {\n  let x, n;\n  ${lines.join('\n  ')}\n}`);
  return name;
}

/** Statements that write the field with the value of a variable. */
function fieldCode({ number, form, value }: FieldLayout, v: string, depth: number, parts: Parts): string {
  const item = `x${depth}`;
  switch (form) {
    case 'one':
      return valueCode(number, value, v, depth, parts);
    case 'list':
      return `for (const ${item} of ${v}) { ${valueCode(number, value, item, depth + 1, parts)} }`;
    case 'map': {
      const key = `k${depth}`;
      const inner = valueCode(2, value, item, depth + 1, parts);
      const entry = `w.uint32(${tagOf(number, 2)}).fork().uint32(10).string(${key}); ${inner} w.ldelim();`;
      return `for (const ${key} in ${v}) { const ${item} = ${v}[${key}]; ${entry} }`;
    }
  }
}

function valueCode(number: number, value: ValueLayout, v: string, depth: number, parts: Parts): string {
  const start = `w.uint32(${tagOf(number, wireType(value))})`;
  switch (value.kind) {
    case 'text':
      return `${start}.string(${v});`;
    case 'bytes':
      return `${start}.bytes(${v});`;
    case 'double':
      return `${start}.double(${v});`;
    case 'flag':
      return `${start}.bool(${v});`;
    case 'presence':
      return `if (${v} === true) ${start}.uint32(0);`;
    case 'nanoseconds':
      return `${start}.int64(nanoseconds(${v}));`;
    case 'integer':
      return `${start}.${value.integer}(${v});`;
    case 'word':
      parts.words.push(value.numberOf);
      return `n = words[${parts.words.length - 1}].get(${v}); if (n !== undefined) ${start}.int32(n);`;
    case 'message':
      return `${start}.fork(); ${functionFor(value, parts)}(w, ${v}); w.ldelim();`;
    case 'wrap':
      return `${start}.fork(); ${fieldCode(value.field, v, depth, parts)} w.ldelim();`;
  }
}

/** How a value lies on the wire: 0 a varint, 1 eight bytes, 2 a length and as many bytes. */
export function wireType({ kind }: ValueLayout): 0 | 1 | 2 {
  if (kind === 'double') return 1;
  return kind === 'flag' || kind === 'integer' || kind === 'nanoseconds' || kind === 'word' ? 0 : 2;
}

function tagOf(number: number, wire: number): number {
  return ((number << 3) | wire) >>> 0;
}

/** 64 bits in two halves, as the library has them. */
export interface Halves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** Milliseconds as whole nanoseconds; beyond 2^53, where a double has no nanoseconds, as whole microseconds. */
function nanoseconds(ms: number): number | Halves {
  const exact = Math.round(ms * 1e6);
  if (Number.isSafeInteger(exact)) return exact;
  const whole = BigInt(Math.round(ms * 1e3)) * 1000n;
  const low = Number(BigInt.asIntN(32, whole));
  return { low, high: Number(BigInt.asIntN(32, whole >> 32n)), unsigned: false };
}
