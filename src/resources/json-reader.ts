/**
 * Reading JSON of Mesos v1 messages leniently, as Mesos does, and refusing the rest with the path of the field.
 *
 * `null` is unset; numbers may be strings; one value may stand for a list of one; unknown fields are ignored.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';

/** An object under reading: its fields, its path and the code of errors about it. */
export interface JsonObject {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly code: ErrorCode;
}

export function refuseJson(code: ErrorCode, field: string, value: unknown, reason: string, mend: string): never {
  throw new MeteError(code, { field, value, reason, mend });
}

/** `value` as an object; throws MeteError (`code`) if it is none. */
export function openObject(value: unknown, path: string, code: ErrorCode): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseJson(code, path, value, 'it is not an object', 'give a JSON object');
  }
  return { fields: value as Record<string, unknown>, path, code };
}

/** The object under `key`; undefined if unset. */
export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object.fields[key] ?? undefined;
  return value === undefined ? undefined : openObject(value, `${object.path}.${key}`, object.code);
}

/** The string under `key`; undefined if unset. */
export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object.fields[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  return refuseJson(object.code, `${object.path}.${key}`, value, 'it is not a string', 'give a JSON string');
}

/** The string under `key`, which must be set. */
export function requiredStringAt(object: JsonObject, key: string): string {
  const value = stringAt(object, key);
  if (value !== undefined) return value;
  return refuseJson(object.code, `${object.path}.${key}`, value, 'it is missing', 'set the field');
}

/** One of `names` under `key`, which must be set. */
export function enumAt<Name extends string>(object: JsonObject, key: string, names: readonly Name[]): Name {
  const value = requiredStringAt(object, key);
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const mend = `use ${names.join(', ')}`;
  return refuseJson(object.code, `${object.path}.${key}`, value, 'it is not a value of this enum', mend);
}

/** The number under `key`, which must be set; strings that are decimal numbers count. */
export function requiredNumberAt(object: JsonObject, key: string): number {
  const value = object.fields[key];
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value))) return Number(value);
  const reason = value === undefined || value === null ? 'it is missing' : 'it is not a number';
  return refuseJson(object.code, `${object.path}.${key}`, value, reason, 'give a JSON number');
}

/** The list under `key`: empty if unset, of one if there is a single value. */
export function listAt(object: JsonObject, key: string): readonly unknown[] {
  const value = object.fields[key] ?? undefined;
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Whether `key` is set. */
export function isSet(object: JsonObject, key: string): boolean {
  return (object.fields[key] ?? undefined) !== undefined;
}

/** The object of a v1 id, `{"value": "…"}`, under `key`; undefined if unset. */
export function idAt(object: JsonObject, key: string): string | undefined {
  const id = objectAt(object, key);
  return id === undefined ? undefined : requiredStringAt(id, 'value');
}
