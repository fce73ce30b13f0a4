/**
 * Shapes: what a schema says, in the few forms that our schemas use. Whoever walks schemas (the validator, the v1 JSON
 * form, the page in docs, the generators of tests) walks shapes; only this file knows how TypeBox writes things.
 */
import type { Type } from 'typebox';
import { MeteError } from '../base/errors.js';
import { LIMITS, type V1 } from './schema.js';

export type Shape =
  | { readonly kind: 'text'; readonly maxLength: number }
  /** `infinite`: Infinity is a value too; otherwise the number is finite. */
  | { readonly kind: 'number'; readonly infinite: boolean }
  | { readonly kind: 'integer' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'bytes'; readonly maxLength: number }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly item: Node; readonly maxLength: number }
  | { readonly kind: 'map'; readonly value: Node; readonly maxKeyLength: number }
  | { readonly kind: 'object'; readonly fields: readonly Field[] };

/** A shape with what stands beside it in the schema. */
export type Node = Shape & { readonly description: string; readonly v1: V1 };

export interface Field {
  readonly name: string;
  readonly optional: boolean;
  readonly node: Node;
}

/** Names that no map may have: the first is not a plain field of objects, the second is what msgpackr makes of it. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', '__proto_']);

/** How many entries a map can have. */
export const MAP_ENTRIES = 10_000;

/** A schema as JSON Schema has it, with our keywords. */
interface Raw {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Raw;
  readonly properties?: Readonly<Record<string, Raw>>;
  readonly patternProperties?: Readonly<Record<string, Raw>>;
  readonly required?: readonly string[];
  readonly bytes?: true;
  readonly maxKeyLength?: number;
  readonly description?: string;
  readonly v1?: V1;
}

const NO_V1: V1 = Object.freeze({});
const known = new WeakMap<object, Node>();

/** The node of a schema; the same schema gives the same node. Throws MeteError (INTERNAL) for a form we do not use. */
export function nodeOf(schema: Type.TSchema): Node {
  return nodeOfRaw(schema);
}

function nodeOfRaw(raw: Raw): Node {
  // An optional schema is a copy with the same fields or words.
  const identity = raw.properties ?? raw.enum ?? raw;
  const before = known.get(identity);
  if (before !== undefined) return before;
  const node: Node = { ...shapeOf(raw), description: raw.description ?? '', v1: raw.v1 ?? NO_V1 };
  known.set(identity, node);
  return node;
}

function shapeOf(raw: Raw): Shape {
  if (raw.bytes === true) return { kind: 'bytes', maxLength: LIMITS.byteLength };
  if (raw.const !== undefined) return { kind: 'word', words: [raw.const] };
  if (raw.enum !== undefined) return { kind: 'word', words: raw.enum };
  switch (raw.type) {
    case 'string':
      return { kind: 'text', maxLength: raw.maxLength ?? LIMITS.textLength };
    case 'number':
      return { kind: 'number', infinite: raw.v1?.infinite === true };
    case 'integer':
      return { kind: 'integer' };
    case 'boolean':
      return { kind: 'flag' };
    case 'array':
      if (raw.items === undefined) break;
      return { kind: 'list', item: nodeOfRaw(raw.items), maxLength: raw.maxItems ?? LIMITS.listLength };
    case 'object':
      return raw.properties === undefined ? mapShape(raw) : objectShape(raw.properties, raw.required ?? []);
    default:
  }
  throw unusable(raw);
}

function mapShape(raw: Raw): Shape {
  const value = Object.values(raw.patternProperties ?? {})[0];
  if (value === undefined) throw unusable(raw);
  return { kind: 'map', value: nodeOfRaw(value), maxKeyLength: raw.maxKeyLength ?? LIMITS.keyLength };
}

function objectShape(properties: Readonly<Record<string, Raw>>, required: readonly string[]): Shape {
  const fields = Object.entries(properties).map(([name, raw]) => {
    return { name, optional: !required.includes(name), node: nodeOfRaw(raw) };
  });
  return { kind: 'object', fields };
}

function unusable(raw: Raw): MeteError {
  const mend = 'make schemas of the words of schema.ts';
  return new MeteError('INTERNAL', { field: 'schema', value: raw, reason: 'no shape is known for it', mend });
}
