/**
 * Reading of untrusted JSON by field, with errors that say where: every reader knows the path of its object, and
 * remembers which fields were asked for, so that fields nobody understood can be reported.
 */
import { printValue } from '../../src/base/errors.js';

/** A vector file, or a field in it, is not of the schema. The message names the file or vector, and the field. */
export class SchemaError extends Error {
  constructor(where: string, value: unknown, reason: string) {
    super(value === undefined ? `${where}: missing; ${reason}` : `${where}: ${printValue(value)}: ${reason}`);
    this.name = 'SchemaError';
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Remarks that any object may carry. */
const REMARKS = new Set(['note', 'notes', 'comment', 'summary', 'source_test']);

/** One object of a vector file. Each getter throws SchemaError if the field is missing or of another type. */
export class Reader {
  private readonly asked = new Set<string>();

  private constructor(
    private readonly fields: Fields,
    readonly where: string,
  ) {}

  /** Reads `value`, which must be an object; `where` is its path. */
  static of(value: unknown, where: string): Reader {
    return new Reader(objectOf(value, where), where);
  }

  /** The fields that were never asked for, except remarks. */
  get unread(): string[] {
    return Object.keys(this.fields).filter((name) => !this.asked.has(name) && !REMARKS.has(name));
  }

  has(name: string): boolean {
    this.asked.add(name);
    return this.fields[name] !== undefined;
  }

  raw(name: string): unknown {
    this.asked.add(name);
    return this.fields[name];
  }

  path(name: string): string {
    return `${this.where}.${name}`;
  }

  text(name: string): string {
    return textOf(this.raw(name), this.path(name));
  }

  number(name: string): number {
    return numberOf(this.raw(name), this.path(name));
  }

  flag(name: string): boolean {
    const value = this.raw(name);
    if (typeof value === 'boolean') return value;
    throw new SchemaError(this.path(name), value, 'true or false is needed');
  }

  list(name: string): readonly unknown[] {
    return listOf(this.raw(name), this.path(name));
  }

  texts(name: string): string[] {
    return textsOf(this.raw(name), this.path(name));
  }

  object(name: string): Reader {
    return Reader.of(this.raw(name), this.path(name));
  }

  /** The entries of an object that maps names to things, each made by `make(value, path)`. */
  entries<T>(name: string, make: (value: unknown, where: string) => T): [string, T][] {
    return entriesOf(this.raw(name), this.path(name), make);
  }

  /** `read(name)` if the field is there and not null, else `fallback`. */
  optional<T, F>(name: string, read: (name: string) => T, fallback: F): T | F {
    return this.has(name) && this.fields[name] !== null ? read(name) : fallback;
  }
}

function objectOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new SchemaError(where, value, 'an object is needed');
}

export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw new SchemaError(where, value, 'a text is needed');
}

export function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new SchemaError(where, value, 'a number is needed');
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new SchemaError(where, value, 'a list is needed');
}

export function textsOf(value: unknown, where: string): string[] {
  return listOf(value, where).map((item, i) => textOf(item, `${where}[${i}]`));
}

export function entriesOf<T>(
  value: unknown,
  where: string,
  make: (value: unknown, where: string) => T,
): [string, T][] {
  return Object.entries(objectOf(value, where)).map(([name, item]) => [name, make(item, `${where}.${name}`)]);
}
