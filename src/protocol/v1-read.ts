/**
 * Reading the JSON form of Mesos' v1 API as leniently as Mesos does: fields that are not known are ignored, null is
 * unset, numbers and flags may be texts, one value may stand for a list of one, an unknown word is dropped unless the
 * field is required. What is refused is refused with Mesos' texts; required fields that are missing are all named.
 */
import type { Type } from 'typebox';
import { MeteError } from '../base/errors.js';
import { fromBase64 } from './base64.js';
import { findFault } from './refusal.js';
import { FORBIDDEN_KEYS, type Node, nodeOf } from './shape.js';
import { type ObjectNode, v1Fields } from './v1-fields.js';

/** What a walk gathers. */
export interface Reading {
  /** Paths of required fields that are missing, in v1 names. */
  readonly missing: string[];
}

/**
 * The value of a v1 JSON tree. Throws MeteError (INVALID_MESSAGE); `reason` is Mesos' text, as `Missing required
 * fields: framework_info.user`.
 */
export function fromV1Json<T extends Type.TSchema>(schema: T, json: unknown): Type.Static<T> {
  const reading: Reading = { missing: [] };
  const node = nodeOf(schema);
  const value = readV1(node, json, '', reading);
  refuseMissing(reading, json);
  const fault = findFault(node, value, 'json');
  if (fault !== null) throw new MeteError('INVALID_MESSAGE', fault);
  return value as Type.Static<T>;
}

/** Throws if a required field was missing. */
export function refuseMissing({ missing }: Reading, json: unknown): void {
  if (missing.length === 0) return;
  throw refusal(missing[0]!, json, `Missing required fields: ${missing.join(', ')}`, 'set them');
}

export function refusal(field: string, value: unknown, reason: string, mend: string): MeteError {
  return new MeteError('INVALID_MESSAGE', { field: field === '' ? 'json' : field, value, reason, mend });
}

/** The value of JSON under a node; undefined if it counts as unset. `path` is in v1 names. */
export function readV1(node: Node, json: unknown, path: string, reading: Reading): unknown {
  if (json === null || json === undefined) return undefined;
  const { wrap } = node.v1;
  if (wrap === undefined) return readBare(node, json, path, reading);
  const inner = readObject(json, path)[wrap] ?? undefined;
  if (inner !== undefined) return readBare(node, inner, `${path}.${wrap}`, reading);
  if (node.kind === 'list') return [];
  if (node.kind === 'map') return {};
  reading.missing.push(`${path}.${wrap}`);
  return undefined;
}

function readBare(node: Node, json: unknown, path: string, reading: Reading): unknown {
  if (node.kind === 'list') return readList(node.item, Array.isArray(json) ? json : [json], path, reading);
  if (Array.isArray(json)) throw unexpected(json, path);
  switch (node.kind) {
    case 'object':
      return readFields(node, readObject(json, path), path, reading);
    case 'map':
      return readMap(node.value, readObject(json, path), path, reading);
    case 'number':
      return node.v1.nanoseconds === true ? milliseconds(readNumber(json, path)) : readDouble(json, path);
    case 'integer':
      return Math.trunc(readNumber(json, path));
    case 'flag':
      return node.v1.presence === true ? readObject(json, path) !== undefined : readFlag(json, path);
    case 'bytes':
      return readBytes(json, path);
    case 'word':
      if (typeof json !== 'string') throw unexpected(json, path);
      return node.words.includes(json) ? json : undefined;
    case 'text':
      if (typeof json !== 'string') throw unexpected(json, path);
      return json;
  }
}

/** The fields of an object; those that are required and missing are noted. */
function readFields(
  node: ObjectNode,
  json: Readonly<Record<string, unknown>>,
  path: string,
  reading: Reading,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, key, optional, node: field } of v1Fields(node)) {
    const at = path === '' ? key : `${path}.${key}`;
    const inner = Object.hasOwn(json, key) ? (json[key] ?? undefined) : undefined;
    const before = reading.missing.length;
    const value = readV1(field, inner, at, reading);
    if (value !== undefined) {
      out[name] = value;
    } else if (!optional) {
      if (field.kind === 'word' && typeof inner === 'string') throw unknownWord(inner, at);
      if (field.v1.presence === true) out[name] = false;
      else if (field.v1.wrap === undefined && field.kind === 'list') out[name] = [];
      else if (field.v1.wrap === undefined && field.kind === 'map') out[name] = {};
      else if (reading.missing.length === before) reading.missing.push(at);
    }
  }
  return out;
}

function unknownWord(word: string, path: string): MeteError {
  return refusal(path, word, `Failed to find enum for '${word}'`, 'use a word of docs/protocol.md');
}

function readList(item: Node, list: readonly unknown[], path: string, reading: Reading): unknown[] {
  const out: unknown[] = [];
  for (let i = 0; i < list.length; i++) {
    const value = readV1(item, list[i], `${path}[${i}]`, reading);
    if (value !== undefined) out.push(value);
  }
  return out;
}

function readMap(
  item: Node,
  json: Readonly<Record<string, unknown>>,
  path: string,
  reading: Reading,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(json)) {
    if (FORBIDDEN_KEYS.has(key)) throw refusal(path, key, 'it is not a name', 'use another name');
    const value = readV1(item, inner, `${path}.${key}`, reading);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

/** The kind of a JSON value as Mesos' texts call it. */
function kindOf(json: unknown): string {
  return Array.isArray(json) ? 'array' : typeof json;
}

function unexpected(json: unknown, path: string): MeteError {
  const field = path.slice(path.lastIndexOf('.') + 1).replace(/\[\d+\]$/, '');
  return refusal(path, json, `Not expecting a JSON ${kindOf(json)} for field '${field}'`, 'see docs/protocol.md');
}

function readObject(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unexpected(json, path);
  return json as Readonly<Record<string, unknown>>;
}

/** Nanoseconds as milliseconds; beyond 2^53 a double has whole microseconds only. */
function milliseconds(nanoseconds: number): number {
  const whole = Math.trunc(nanoseconds);
  return Number.isSafeInteger(whole) ? whole / 1e6 : Math.round(nanoseconds / 1e3) / 1e3;
}

function readDouble(json: unknown, path: string): number {
  if (json === 'Infinity' || json === '-Infinity') return Number(json);
  return readNumber(json, path);
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

function readNumber(json: unknown, path: string): number {
  if (typeof json === 'number') return json;
  if (typeof json !== 'string') throw unexpected(json, path);
  if (NUMBER.test(json)) return Number(json);
  throw notParsed(json, path, 'number');
}

function readFlag(json: unknown, path: string): boolean {
  if (typeof json === 'boolean') return json;
  if (json === 'true' || json === 'false') return json === 'true';
  throw typeof json === 'string' ? notParsed(json, path, 'boolean') : unexpected(json, path);
}

function notParsed(json: string, path: string, kind: string): MeteError {
  const field = path.slice(path.lastIndexOf('.') + 1);
  const reason = `Failed to parse '${json}' as a JSON ${kind} for field '${field}'`;
  return refusal(path, json, reason, `give a JSON ${kind}`);
}

function readBytes(json: unknown, path: string): Uint8Array {
  if (typeof json !== 'string') throw unexpected(json, path);
  const read = fromBase64(json);
  if ('bytes' in read) return read.bytes;
  const field = path.slice(path.lastIndexOf('.') + 1);
  const reason = `Failed to base64 decode bytes field '${field}': Invalid character '${read.invalid}'`;
  throw refusal(path, json, reason, 'give standard base64');
}
