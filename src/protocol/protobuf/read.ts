/**
 * Reads protobuf along layouts, as Mesos does: fields that are not known, or not of the form that is known, are
 * skipped, an unknown word is no value (or the one that stands for such), of a field that stands twice the last counts
 * (messages are merged), numbers in lists may be packed. Groups are refused. What is read has the shape of the schema,
 * but whether it is of the schema (required fields, ranges) must be checked afterwards. Depth is that of the schemas;
 * lists and the number of values have bounds here, so that few bytes never become much memory.
 */
import protobuf from 'protobufjs/minimal.js';
import { FORBIDDEN_KEYS } from '../shape.js';
import type { FieldLayout, MessageLayout, ValueLayout } from './layout.js';
import { wireType } from './write.js';

/** How many messages, items and entries one body may have in it. */
const MOST_VALUES = 2_000_000;

/** Why bytes cannot be read; the APIs make a MeteError of it. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

interface Source {
  readonly reader: protobuf.Reader;
  /** Messages, items and entries so far. */
  values: number;
}

type Fields = Record<string, unknown>;

/** The fields of a message that is all of the bytes. Throws Unreadable. */
export function readProtobuf(layout: MessageLayout, bytes: Uint8Array): Fields {
  const source: Source = { reader: protobuf.Reader.create(bytes), values: 0 };
  try {
    return readMessage(layout, source, bytes.length, {});
  } catch (error) {
    // The library throws plain errors and range errors for bytes that end too early or are no varint.
    if (error instanceof Unreadable || error instanceof TypeError || !(error instanceof Error)) throw error;
    throw new Unreadable(error.message, { cause: error });
  }
}

/** Reads fields up to a place, into what is known from earlier parts of the same message. */
function readMessage(layout: MessageLayout, source: Source, end: number, into: Fields): Fields {
  const { reader } = source;
  count(source);
  while (reader.pos < end) {
    const { number, wire } = readTag(reader);
    const field = layout.byNumber.get(number);
    if (field === undefined || !isReadable(field, wire)) reader.skipType(wire);
    else {
      const value = readField(field, into[field.name], wire, source, end);
      if (value !== undefined) into[field.name] = value;
    }
    if (reader.pos > end) throw new Unreadable('a field is longer than its message');
  }
  for (const { name, form, optional, value } of layout.fields) {
    if (optional || into[name] !== undefined) continue;
    if (form === 'list') into[name] = [];
    else if (form === 'map') into[name] = {};
    else if (value.kind === 'presence') into[name] = false;
    else if (value.kind === 'word' && value.fallback !== null) into[name] = value.fallback;
  }
  return into;
}

function count(source: Source): void {
  if (++source.values > MOST_VALUES) throw new Unreadable(`it has more than ${MOST_VALUES} values`);
}

function readTag(reader: protobuf.Reader): { readonly number: number; readonly wire: number } {
  const tag = reader.uint32();
  const number = tag >>> 3;
  const wire = tag & 7;
  if (number === 0) throw new Unreadable('a field has the number 0');
  if (wire === 3 || wire === 4) throw new Unreadable('it has a group');
  return { number, wire };
}

function isReadable({ form, value }: FieldLayout, wire: number): boolean {
  const expected = form === 'map' ? 2 : wireType(value);
  return wire === expected || (wire === 2 && form === 'list');
}

/** The value of a field after one more occurrence; undefined if there is none. */
function readField(field: FieldLayout, before: unknown, wire: number, source: Source, end: number): unknown {
  const { form, value, maxLength } = field;
  if (form === 'one') return readValue(value, before, source, end) ?? before;
  if (form === 'map') return readEntry(value, (before ?? {}) as Fields, source, end);
  const list = (before ?? []) as unknown[];
  const add = (until: number): void => {
    const item = readValue(value, undefined, source, until);
    if (item !== undefined) list.push(item);
    count(source);
    if (list.length > maxLength) throw new Unreadable(`a list has more than ${maxLength} items`);
  };
  if (wire === wireType(value)) add(end);
  else {
    const until = readEnd(source, end);
    while (source.reader.pos < until) add(until);
    if (source.reader.pos > until) throw new Unreadable('a packed list is cut');
  }
  return list;
}

/** One value; undefined for a word that is not known. `before` is what a message or wrapper had so far. */
function readValue(value: ValueLayout, before: unknown, source: Source, end: number): unknown {
  const { reader } = source;
  switch (value.kind) {
    case 'text':
      return reader.string();
    case 'bytes':
      return new Uint8Array(reader.bytes());
    case 'double':
      return reader.double();
    case 'flag':
      return reader.bool();
    case 'presence':
      reader.skipType(2);
      return true;
    case 'nanoseconds':
      return milliseconds(toNumber(reader.int64()));
    case 'integer':
      // -0 is what the library makes of no value at all.
      return toNumber(reader[value.integer]()) + 0;
    case 'word':
      return value.wordOf.get(reader.int32()) ?? value.fallback ?? undefined;
    case 'message':
      return readMessage(value, source, readEnd(source, end), (before ?? {}) as Fields);
    case 'wrap':
      return readWrapped(value.field, before, source, readEnd(source, end));
  }
}

/** The one field of a wrapper. */
function readWrapped(field: FieldLayout, before: unknown, source: Source, end: number): unknown {
  const { reader } = source;
  let value = before;
  while (reader.pos < end) {
    const { number, wire } = readTag(reader);
    if (number !== field.number || !isReadable(field, wire)) reader.skipType(wire);
    else value = readField(field, value, wire, source, end);
    if (reader.pos > end) throw new Unreadable('a field is longer than its message');
  }
  if (value !== undefined) return value;
  if (field.form === 'list') return [];
  if (field.form === 'map') return {};
  throw new Unreadable('a required value is missing');
}

function readEntry(item: ValueLayout, map: Fields, source: Source, end: number): Fields {
  const { reader } = source;
  const until = readEnd(source, end);
  count(source);
  let key = '';
  let value: unknown;
  while (reader.pos < until) {
    const { number, wire } = readTag(reader);
    if (number === 1 && wire === 2) key = reader.string();
    else if (number === 2 && wire === wireType(item)) value = readValue(item, value, source, until);
    else reader.skipType(wire);
    if (reader.pos > until) throw new Unreadable('a field is longer than its entry');
  }
  if (FORBIDDEN_KEYS.has(key)) throw new Unreadable(`${key} is not a name`);
  if (value === undefined && item.kind !== 'message') throw new Unreadable('an entry of a map has no value');
  map[key] = value ?? {};
  return map;
}

/** Where a message ends whose length comes now. */
function readEnd({ reader }: Source, end: number): number {
  const length = reader.uint32();
  if (length > end - reader.pos) throw new Unreadable('a message is longer than what holds it');
  return reader.pos + length;
}

/** 64 bits are numbers here: exact up to 2^53, the nearest double beyond. */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  const { low, high, unsigned } = value as { low: number; high: number; unsigned: boolean };
  return (unsigned ? high >>> 0 : high) * 2 ** 32 + (low >>> 0);
}

/** Nanoseconds as milliseconds; beyond 2^53 a double has whole microseconds only. */
function milliseconds(nanoseconds: number): number {
  return Number.isSafeInteger(nanoseconds) ? nanoseconds / 1e6 : Math.round(nanoseconds / 1e3) / 1e3;
}
