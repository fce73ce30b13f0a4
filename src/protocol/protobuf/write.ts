/**
 * Compiles layouts to functions that write values of them in protobuf, fields in the order of their numbers; as
 * protobuf-writer.ts wants it, the last one first. What is undefined is not written, nor are defaults: an absent field
 * says the same. Values are taken to be of the schema; a word without a number (a name that the schema leaves open) is
 * left out.
 */
import { makeFunctions } from '../make-functions.js';
import type { FieldLayout, MessageLayout, ValueLayout } from './layout.js';
import { type Halves, ProtobufWriter } from './protobuf-writer.js';

/** The bytes of a message, without a length before them; they stay as they are. */
export type WriteMessage = (value: unknown) => Uint8Array;

type WriteFields = (writer: ProtobufWriter, value: unknown) => void;

interface Parts {
  readonly functions: string[];
  readonly names: Map<MessageLayout, string>;
  readonly words: ReadonlyMap<string, number>[];
  readonly kept: ReadonlySet<MessageLayout>;
  /** Bytes of values by their identity, for each place at which one is written. */
  readonly caches: WeakMap<object, Uint8Array | null>[];
}

/** What all messages are written with: none is begun before the one before is finished. */
const writer = new ProtobufWriter();

/**
 * One function per layout, in the order given. Messages of the `kept` layouts, and lists of them, are taken to be
 * values that never change and come again and again: what they are in bytes is kept from the second time on.
 */
export function compileProtobufWrites(
  layouts: readonly MessageLayout[],
  kept: ReadonlySet<MessageLayout> = new Set(),
): WriteMessage[] {
  const parts: Parts = { functions: [], names: new Map(), words: [], kept, caches: [] };
  const names = layouts.map((layout) => functionFor(layout, parts));
  const source = `${parts.functions.join('\n')}\nreturn [${names.join(', ')}];`;
  const { words, caches } = parts;
  return makeFunctions<WriteFields>(source, { words, caches, nanoseconds }).map((write) => (value) => {
    writer.begin();
    write(writer, value);
    return writer.finish();
  });
}

function functionFor(layout: MessageLayout, parts: Parts): string {
  const before = parts.names.get(layout);
  if (before !== undefined) return before;
  const name = `m${parts.names.size}`;
  parts.names.set(layout, name);
  const lines = [...layout.fields].reverse().map((field) => {
    return `x = v.${field.name}; if (x !== undefined) { ${keptCode(field, parts)} }`;
  });
  parts.functions.push(`function ${name}(w, v) {\n  let x, n;\n  ${lines.join('\n  ')}\n}`);
  return name;
}

/** Statements that write the field with the value of `x`, or with the bytes that it had before. */
function keptCode(field: FieldLayout, parts: Parts): string {
  const code = fieldCode(field, 'x', 0, parts);
  const isKept = field.value.kind === 'message' && field.form !== 'map' && parts.kept.has(field.value);
  if (!isKept) return code;
  const cache = `caches[${parts.caches.push(new WeakMap()) - 1}]`;
  return `const c = ${cache}, b = c.get(x);
    if (b) w.bytes(b);
    else if (b === undefined) { c.set(x, null); ${code} }
    else { const p = w.written; ${code} c.set(x, w.since(p)); }`;
}

/** Statements that write the field with the value of a variable. */
function fieldCode({ number, form, value }: FieldLayout, v: string, depth: number, parts: Parts): string {
  const item = `x${depth}`;
  const i = `i${depth}`;
  switch (form) {
    case 'one':
      return valueCode(number, value, v, depth, parts);
    case 'list': {
      const inner = valueCode(number, value, item, depth + 1, parts);
      return `for (let ${i} = ${v}.length - 1; ${i} >= 0; ${i}--) { const ${item} = ${v}[${i}]; ${inner} }`;
    }
    case 'map': {
      const keys = `k${depth}`;
      const key = `${keys}[${i}]`;
      const inner = valueCode(2, value, item, depth + 1, parts);
      const entry = within(number, depth, `if (${item} !== undefined) { ${inner} } w.text(${key}); w.varint(10);`);
      return `const ${keys} = Object.keys(${v});
        for (let ${i} = ${keys}.length - 1; ${i} >= 0; ${i}--) { const ${item} = ${v}[${key}]; ${entry} }`;
    }
  }
}

/** A message that is a field, with its length and its tag. */
function within(number: number, depth: number, code: string): string {
  const mark = `p${depth}`;
  return `{ const ${mark} = w.written; ${code} w.varint(w.written - ${mark}); w.varint(${tagOf(number, 2)}); }`;
}

function valueCode(number: number, value: ValueLayout, v: string, depth: number, parts: Parts): string {
  const tag = `w.varint(${tagOf(number, wireType(value))});`;
  switch (value.kind) {
    case 'text':
      return `w.text(${v}); ${tag}`;
    case 'bytes':
      return `w.bytes(${v}); w.varint(${v}.length); ${tag}`;
    case 'double':
      return `w.double(${v}); ${tag}`;
    case 'flag':
      return `w.varint(${v} ? 1 : 0); ${tag}`;
    case 'presence':
      return `if (${v} === true) { w.varint(0); ${tag} }`;
    case 'nanoseconds':
      return `n = nanoseconds(${v}); if (typeof n === 'number') w.integer(n); else w.halves(n); ${tag}`;
    case 'integer':
      return `w.integer(${v}); ${tag}`;
    case 'word':
      parts.words.push(value.numberOf);
      return `n = words[${parts.words.length - 1}].get(${v}); if (n !== undefined) { w.integer(n); ${tag} }`;
    case 'message':
      return within(number, depth, `${functionFor(value, parts)}(w, ${v});`);
    case 'wrap':
      return within(number, depth, fieldCode(value.field, v, depth + 1, parts));
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

/** Milliseconds as whole nanoseconds; beyond 2^53, where a double has no nanoseconds, as whole microseconds. */
function nanoseconds(ms: number): number | Halves {
  const exact = Math.round(ms * 1e6);
  if (Number.isSafeInteger(exact)) return exact;
  const whole = BigInt(Math.round(ms * 1e3)) * 1000n;
  const low = Number(BigInt.asIntN(32, whole));
  return { low, high: Number(BigInt.asIntN(32, whole >> 32n)) };
}
