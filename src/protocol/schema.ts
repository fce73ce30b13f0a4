/**
 * The words schemas are made of. A schema is a TypeBox object: its static type, its validator, its msgpack form, its
 * Mesos v1 JSON form and its page in docs/protocol.md come from it. What JSON Schema cannot say about the v1 form is in
 * the keyword `v1` (see `V1`): the JSON name where it is not the snake_case of ours, and how a value is wrapped.
 */
import { Type } from 'typebox';

/** How a value is written in Mesos v1 JSON. */
export interface V1 {
  /** The field's name there, if it is not the snake_case of ours. */
  readonly name?: string;
  /** The value stands alone in an object under this name: 'value' makes `{"value": x}`. */
  readonly wrap?: string;
  /** Milliseconds here, whole nanoseconds there. */
  readonly nanoseconds?: true;
  /** Bytes here, base64 there. */
  readonly base64?: true;
  /** True here, an empty object there; false is left out. */
  readonly presence?: true;
  /** Infinity is allowed; it is the text "Infinity" there. */
  readonly infinite?: true;
  /** Always written, with this value when unset. */
  readonly default?: unknown;
}

/** A type that cannot be mixed up with another of the same form. */
export type Branded<Base, Name extends string> = Base & { readonly __brand: Name };

export type FrameworkId = Branded<string, 'FrameworkId'>;
export type AgentId = Branded<string, 'AgentId'>;
export type OfferId = Branded<string, 'OfferId'>;
export type TaskId = Branded<string, 'TaskId'>;
export type ExecutorId = Branded<string, 'ExecutorId'>;
export type ContainerId = Branded<string, 'ContainerId'>;
export type OperationId = Branded<string, 'OperationId'>;
export type ResourceProviderId = Branded<string, 'ResourceProviderId'>;

/** The longest text, key, list and byte string in a message; larger things travel by other ways (docs/protocol.md). */
export const LIMITS = { textLength: 65_536, keyLength: 1024, listLength: 100_000, byteLength: 8_388_608 } as const;

/** An id: a text of one kind, `{"value": id}` in JSON. The receiver checks its characters, with Mesos' texts. */
export function id<T extends string>(description: string): Type.TUnsafe<T> {
  return Type.Unsafe<T>(Type.String({ maxLength: LIMITS.textLength, description, v1: { wrap: 'value' } }));
}

export const frameworkId = id<FrameworkId>('Id of a framework.');
export const agentId = id<AgentId>('Id of an agent.');
export const offerId = id<OfferId>('Id of an offer or an inverse offer.');
export const taskId = id<TaskId>('Id of a task, given by its framework.');
export const executorId = id<ExecutorId>('Id of an executor, given by its framework.');
export const containerId = id<ContainerId>('Id of a container.');
export const operationId = id<OperationId>('Id of an operation, given by its framework.');
export const resourceProviderId = id<ResourceProviderId>('Id of a resource provider.');

export function text(description: string, v1?: V1): Type.TString {
  return Type.String({ maxLength: LIMITS.textLength, description, ...(v1 === undefined ? {} : { v1 }) });
}

export function number(description: string, v1?: V1): Type.TNumber {
  return Type.Number({ description, ...(v1 === undefined ? {} : { v1 }) });
}

export function integer(description: string, v1?: V1): Type.TInteger {
  return Type.Integer({ description, ...(v1 === undefined ? {} : { v1 }) });
}

export function flag(description: string, v1?: V1): Type.TBoolean {
  return Type.Boolean({ description, ...(v1 === undefined ? {} : { v1 }) });
}

/** A span in milliseconds; `{"nanoseconds": n}` in JSON under `name`. */
export function durationMs(description: string, name: string): Type.TNumber {
  return Type.Number({ description, v1: { name, wrap: 'nanoseconds', nanoseconds: true } satisfies V1 });
}

/** A point in time in milliseconds since 1970; `{"nanoseconds": n}` in JSON under `name`. */
export function timeMs(description: string, name: string): Type.TNumber {
  return durationMs(description, name);
}

/** Opaque bytes. */
export function bytes(description: string, v1: V1 = {}): Type.TUnsafe<Uint8Array> {
  return Type.Unsafe<Uint8Array>({ description, bytes: true, v1: { ...v1, base64: true } satisfies V1 });
}

/** Present or not: true here, `{}` in JSON. */
export function presence(description: string): Type.TBoolean {
  return Type.Boolean({ description, v1: { presence: true } satisfies V1 });
}

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(
  words: T,
  description: string,
  v1?: V1,
): Type.TUnsafe<T[number]> {
  const options = { description, ...(v1 === undefined ? {} : { v1 }) };
  return Type.Unsafe<T[number]>(Type.Enum<string[]>([...words], options));
}

export function list<T extends Type.TSchema>(item: T, description: string, v1?: V1): Type.TArray<T> {
  return Type.Array(item, { maxItems: LIMITS.listLength, description, ...(v1 === undefined ? {} : { v1 }) });
}

/** A list that no message has: as long as a registry of the largest cluster needs. */
export function longList<T extends Type.TSchema>(item: T, description: string): Type.TArray<T> {
  return Type.Array(item, { maxItems: 10_000_000, description });
}

/** Values by name. */
export function map<T extends Type.TSchema>(
  value: T,
  description: string,
): Type.TRecord<'^.*$', T> {
  return Type.Record(Type.String({ maxLength: LIMITS.keyLength }), value, { description });
}

/** A closed object: fields it does not name are refused on our own links (and ignored in v1 JSON). */
export function object<T extends Type.TProperties>(fields: T, description: string, v1?: V1): Type.TObject<T> {
  return Type.Object(fields, {
    additionalProperties: false,
    description,
    ...(v1 === undefined ? {} : { v1 }),
  });
}

export const optional = Type.Optional;
