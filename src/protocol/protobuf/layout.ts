/**
 * How values of the schemas lie in protobuf: a walk along a schema together with its table of numbers gives a layout,
 * which writing and reading follow. Kinds of values come from the schema; a table has the number of each field by its
 * v1 name and, where the schema cannot say it, the kind of an integer, the numbers of words, or the table of an object
 * that has no name of its own. Words are `open` if the schema wants one and Mesos does not: what is absent or not
 * known is the word with the number 0 then. A value that v1 wraps in an object stands in a message whose only field
 * has the number 1.
 */
import type { Type } from 'typebox';
import { MeteError } from '../../base/errors.js';
import { type Node, nodeOf } from '../shape.js';
import { type ObjectNode, v1Fields } from '../v1-fields.js';

export type IntegerKind = 'int32' | 'uint32' | 'int64' | 'uint64';

/** Numbers by v1 names of fields, or by words. */
export interface Numbers {
  readonly [name: string]: Entry;
}
export type Entry = number | readonly [number: number, what: IntegerKind | Numbers, open?: 'open'];

/** The table of a schema that has a name. */
export type SchemaNumbers = readonly [schema: Type.TSchema, numbers: Numbers];

export interface MessageLayout {
  readonly kind: 'message';
  /** In the order of their numbers. */
  readonly fields: readonly FieldLayout[];
  readonly byNumber: ReadonlyMap<number, FieldLayout>;
}

export interface WordLayout {
  readonly kind: 'word';
  readonly numberOf: ReadonlyMap<string, number>;
  readonly wordOf: ReadonlyMap<number, string>;
  /** The word for what is absent or not known; null: there is none. */
  readonly fallback: string | null;
}

/** How one value lies. */
export type ValueLayout =
  | { readonly kind: 'text' | 'double' | 'flag' | 'bytes' | 'presence' | 'nanoseconds' }
  | { readonly kind: 'integer'; readonly integer: IntegerKind }
  | WordLayout
  | MessageLayout
  /** A message with one field, which is the value. */
  | { readonly kind: 'wrap'; readonly field: FieldLayout };

export interface FieldLayout {
  /** Our name. */
  readonly name: string;
  readonly number: number;
  /** A list is a repeated field, a map a repeated message of a key (1) and a value (2). */
  readonly form: 'one' | 'list' | 'map';
  /** Of the item, of a list or map. */
  readonly value: ValueLayout;
  readonly optional: boolean;
  /** Most items, of a list. */
  readonly maxLength: number;
}

export interface Layouts {
  /** The layout of an object; `own` is its table if its schema has none by name. Throws MeteError (INTERNAL). */
  layoutOf(node: ObjectNode, own?: Numbers): MessageLayout;
  /** The layout of a field that is called `name`. */
  fieldOf(name: string, node: Node, number: number, own?: Numbers): FieldLayout;
}

/** A message of these fields. Throws MeteError (INTERNAL) if two of them have one number. */
export function messageOf(fields: readonly FieldLayout[], description: string): MessageLayout {
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  if (byNumber.size < fields.length) throw unusable(description, 'two fields have one number');
  return { kind: 'message', fields: [...fields].sort((a, b) => a.number - b.number), byNumber };
}

/** Layouts by the tables of schemas that have names. */
export function createLayouts(tables: readonly SchemaNumbers[]): Layouts {
  const named = new Map<Node, Numbers>(tables.map(([schema, numbers]) => [nodeOf(schema), numbers]));
  /** The same schema may stand in two messages with different numbers. */
  const known = new Map<Node, Map<Numbers, MessageLayout>>();

  function layoutOf(node: ObjectNode, own?: Numbers): MessageLayout {
    const made = known.get(node) ?? new Map<Numbers, MessageLayout>();
    known.set(node, made);
    const numbers = named.get(node) ?? own ?? made.keys().next().value;
    const before = numbers === undefined ? undefined : made.get(numbers);
    if (before !== undefined) return before;
    if (numbers === undefined) throw unusable(node.description, 'it has no table of numbers');
    const fields = v1Fields(node).map(({ name, key, optional, node: field }) => {
      const entry = Object.hasOwn(numbers, key) ? numbers[key] : undefined;
      if (entry === undefined) throw unusable(key, `it has no number in ${node.description}`);
      const [number, what, open] = typeof entry === 'number' ? [entry] : entry;
      const layout = fieldOf(name, field, number, what);
      const value = open === 'open' && layout.value.kind === 'word' ? opened(layout.value) : layout.value;
      return { ...layout, value, optional };
    });
    const surplus = Object.keys(numbers).find((key) => !v1Fields(node).some((field) => field.key === key));
    if (surplus !== undefined) throw unusable(surplus, `it is no field of ${node.description}`);
    const whole = messageOf(fields, node.description);
    made.set(numbers, whole);
    return whole;
  }

  function fieldOf(name: string, node: Node, number: number, what?: IntegerKind | Numbers): FieldLayout {
    const base = { name, number, optional: true, maxLength: 0 };
    if (node.v1.wrap !== undefined) return { ...base, form: 'one', value: valueOf(node, what) };
    if (node.kind === 'list') {
      return { ...base, form: 'list', value: valueOf(node.item, what), maxLength: node.maxLength };
    }
    if (node.kind === 'map') return { ...base, form: 'map', value: valueOf(node.value, what) };
    return { ...base, form: 'one', value: valueOf(node, what) };
  }

  function valueOf(node: Node, what?: IntegerKind | Numbers): ValueLayout {
    if (node.v1.wrap !== undefined) return { kind: 'wrap', field: fieldOf('', unwrapped(node), 1, what) };
    switch (node.kind) {
      case 'text':
        return typeof what === 'object' ? wordsOf(what) : { kind: 'text' };
      case 'number':
        return { kind: node.v1.nanoseconds === true ? 'nanoseconds' : 'double' };
      case 'integer':
        if (typeof what !== 'string') throw unusable(node.description, 'the kind of an integer is missing');
        return { kind: 'integer', integer: what };
      case 'flag':
        return { kind: node.v1.presence === true ? 'presence' : 'flag' };
      case 'bytes':
        return { kind: 'bytes' };
      case 'word':
        return wordLayout(node, typeof what === 'object' ? what : named.get(node));
      case 'object':
        return layoutOf(node, typeof what === 'object' ? what : undefined);
      default:
        throw unusable(node.description, 'a list in a list has no form in protobuf');
    }
  }

  return { layoutOf, fieldOf };
}

function unwrapped(node: Node): Node {
  const { wrap: _wrap, ...v1 } = node.v1;
  return { ...node, v1 };
}

function wordLayout(node: Node & { readonly kind: 'word' }, numbers: Numbers | undefined): WordLayout {
  const words = numbers === undefined ? [] : Object.keys(numbers);
  const odd = [...node.words.filter((word) => !words.includes(word)), ...words.filter((w) => !node.words.includes(w))];
  if (numbers !== undefined && odd.length === 0) return wordsOf(numbers);
  throw unusable(odd.join(', '), `the words of "${node.description}" and their numbers differ`);
}

/** Words by numbers and numbers by words. */
export function wordsOf(numbers: Numbers): WordLayout {
  const entries = Object.entries(numbers as Readonly<Record<string, number>>);
  return {
    kind: 'word',
    numberOf: new Map(entries),
    wordOf: new Map(entries.map(([word, number]) => [number, word])),
    fallback: null,
  };
}

function opened(words: WordLayout): WordLayout {
  return { ...words, fallback: words.wordOf.get(0) ?? null };
}

function unusable(field: string, reason: string): MeteError {
  return new MeteError('INTERNAL', { field, value: undefined, reason, mend: 'mend the tables of protocol/protobuf' });
}
