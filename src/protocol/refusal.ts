/**
 * What is wrong with a value that is not of the form of a node: its first fault, with the path of the field, the value
 * there, why it is refused and what to do. Slow and plain; it runs only when the compiled check has said no, and must
 * agree with it (check-compiler.ts).
 */
import type { ErrorDetail } from '../base/errors.js';
import { FORBIDDEN_KEYS, MAP_ENTRIES, type Node } from './shape.js';

const UNIDENTIFIED = 'its field';

/** The first fault of a value, or null if it is of the form. `path` is what the value is called in the error. */
export function findFault(node: Node, value: unknown, path: string): ErrorDetail | null {
  switch (node.kind) {
    case 'text':
      if (typeof value !== 'string') return fault(path, value, 'it is not a string', 'give a string');
      return value.length <= node.maxLength ? null : tooLong(path, value.length, node.maxLength, 'characters');
    case 'number':
      return numberFault(value, node.infinite, path);
    case 'integer':
      if (Number.isSafeInteger(value)) return null;
      return fault(path, value, 'it is not an integer', 'give an integer between -2^53 and 2^53');
    case 'flag':
      if (typeof value === 'boolean') return null;
      return fault(path, value, 'it is neither true nor false', 'give true or false');
    case 'bytes':
      if (!(value instanceof Uint8Array)) return fault(path, value, 'it is not bytes', 'give bytes (a Uint8Array)');
      return value.length <= node.maxLength ? null : tooLong(path, value.length, node.maxLength, 'bytes');
    case 'word':
      if (node.words.includes(value as string)) return null;
      return fault(path, value, 'it is not a known word', `use ${node.words.join(', ')}`);
    case 'list':
      return listFault(node, value, path);
    case 'map':
      return mapFault(node, value, path);
    case 'object':
      return objectFault(node, value, path);
  }
}

function fault(field: string, value: unknown, reason: string, mend: string): ErrorDetail {
  return { field: field === '' ? UNIDENTIFIED : field, value, reason, mend };
}

function tooLong(path: string, length: number, limit: number, unit: string): ErrorDetail {
  return fault(`${path}.length`, length, `it has more than ${limit} ${unit}`, 'send less, or by another way');
}

function numberFault(value: unknown, infinite: boolean, path: string): ErrorDetail | null {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    return fault(path, value, 'it is not a number', 'give a number');
  }
  return infinite || Number.isFinite(value) ? null : fault(path, value, 'it is not finite', 'give a finite number');
}

function listFault(node: Node & { kind: 'list' }, value: unknown, path: string): ErrorDetail | null {
  if (!Array.isArray(value)) return fault(path, value, 'it is not a list', 'give a list');
  if (value.length > node.maxLength) return tooLong(path, value.length, node.maxLength, 'items');
  for (let i = 0; i < value.length; i++) {
    const found = findFault(node.item, value[i], `${path}[${i}]`);
    if (found !== null) return found;
  }
  return null;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function mapFault(node: Node & { kind: 'map' }, value: unknown, path: string): ErrorDetail | null {
  if (!isPlain(value)) return fault(path, value, 'it is not an object', 'give an object of values by name');
  const keys = Object.keys(value);
  if (keys.length > MAP_ENTRIES) return tooLong(path, keys.length, MAP_ENTRIES, 'entries');
  for (const key of keys) {
    if (key.length > node.maxKeyLength) return tooLong(`${path} name`, key.length, node.maxKeyLength, 'characters');
    if (FORBIDDEN_KEYS.has(key)) return fault(`${path} name`, key, 'it is not a name', 'use another name');
    const found = findFault(node.value, value[key], `${path}[${JSON.stringify(key)}]`);
    if (found !== null) return found;
  }
  return null;
}

function objectFault(node: Node & { kind: 'object' }, value: unknown, path: string): ErrorDetail | null {
  if (!isPlain(value)) return fault(path, value, 'it is not an object', 'give an object');
  for (const field of node.fields) {
    const inner = value[field.name];
    const at = path === '' ? field.name : `${path}.${field.name}`;
    if (inner === undefined && field.optional) continue;
    if (inner === undefined) return fault(at, inner, 'it is missing', 'set it');
    const found = findFault(field.node, inner, at);
    if (found !== null) return found;
  }
  const names = node.fields.map((field) => field.name);
  const unknown = Object.keys(value).find((key) => value[key] !== undefined && !names.includes(key));
  if (unknown === undefined) return null;
  const known = names.length === 0 ? 'there are no fields here' : `the fields are ${names.join(', ')}`;
  return fault(path === '' ? unknown : `${path}.${unknown}`, value[unknown], 'no such field is known', known);
}
