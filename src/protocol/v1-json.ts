/**
 * Values in the JSON form of Mesos' v1 API: a walk along the schema. Names are in snake case, ids stand in objects,
 * bytes are base64, spans of time are nanoseconds; empty lists and maps, unset fields and flags of presence that are
 * false are left out, fields with a default are always written.
 *
 * `toV1Json` makes the tree, `printV1Json` the text, in which doubles have a fraction or an exponent and nanoseconds
 * beyond 2^53 are exact to the microsecond (v1-print-compiler.ts). Reading is in v1-read.ts, whole calls and events
 * are in v1-calls.ts.
 */
import type { Type } from 'typebox';
import { toBase64 } from './base64.js';
import { type Node, nodeOf } from './shape.js';
import { type ObjectNode, v1Fields } from './v1-fields.js';
import { compilePrints, type Print, wholeNanoseconds } from './v1-print-compiler.js';

export { fromV1Json } from './v1-read.js';

/** JSON as objects. */
export type Json = string | number | boolean | Json[] | { [key: string]: Json };

/**
 * The v1 JSON tree of a value that is of the schema. Nanoseconds are numbers here, hence exact up to 2^53 only, and
 * Infinity is the text "Infinity".
 */
export function toV1Json<T extends Type.TSchema>(schema: T, value: Type.Static<T>): Json {
  return treeOf(nodeOf(schema), value);
}

/** The tree of a value of a node. */
export function treeOf(node: Node, value: unknown): Json {
  const { wrap } = node.v1;
  if (wrap === undefined) return bareTree(node, value);
  return isEmpty(node, value) ? {} : { [wrap]: bareTree(node, value) };
}

function bareTree(node: Node, value: unknown): Json {
  switch (node.kind) {
    case 'number':
      if (node.v1.nanoseconds === true) return Number(wholeNanoseconds(value as number));
      return Number.isFinite(value) ? (value as number) : String(value);
    case 'flag':
      return node.v1.presence === true ? {} : (value as boolean);
    case 'bytes':
      return toBase64(value as Uint8Array);
    case 'list':
      return (value as unknown[]).map((item) => treeOf(node.item, item));
    case 'map':
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, treeOf(node.value, item)]));
    case 'object':
      return objectTree(node, value as Readonly<Record<string, unknown>>);
    default:
      return value as Json;
  }
}

function objectTree(node: ObjectNode, value: Readonly<Record<string, unknown>>): Json {
  const out: Record<string, Json> = {};
  for (const { name, key, node: field } of v1Fields(node)) {
    const inner = value[name] ?? field.v1.default;
    if (inner === undefined || isLeftOut(field, inner)) continue;
    out[key] = treeOf(field, inner);
  }
  return out;
}

/** Whether a field is not written: an empty list or map that stands by itself, a presence that is not. */
function isLeftOut(node: Node, value: unknown): boolean {
  if (node.v1.presence === true) return value !== true;
  return node.v1.wrap === undefined && isEmpty(node, value);
}

function isEmpty(node: Node, value: unknown): boolean {
  if (node.kind === 'list') return (value as readonly unknown[]).length === 0;
  if (node.kind !== 'map') return false;
  for (const _key in value as object) return false;
  return true;
}

/** The v1 JSON text of a value that is of the schema, as Mesos prints it (but Infinity, which is a text here). */
export function printV1Json<T extends Type.TSchema>(schema: T, value: Type.Static<T>): string {
  return textOf(nodeOf(schema), value);
}

const printers = new WeakMap<Node, Print>();

/** The text of a value of a node. */
export function textOf(node: Node, value: unknown): string {
  let print = printers.get(node);
  if (print === undefined) printers.set(node, (print = compilePrints([node])[0]!));
  return print(value);
}
