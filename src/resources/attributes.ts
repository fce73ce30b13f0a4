/**
 * Attributes: what an agent says about itself, e.g. `rack:abc;cores:4;ports:[1-5]`, in the text and JSON forms of
 * Mesos.
 *
 * A value is ranges if it starts with `[`, a scalar if it is a number >= 0, and text otherwise; there are no sets. As
 * in Mesos all blanks are taken out of values. Order and repeated names are kept.
 */
import { type ErrorCode, MeteError } from '../base/errors.js';
import {
  enumAt,
  type JsonObject,
  objectAt,
  openObject,
  refuseJson,
  requiredNumberAt,
  requiredStringAt,
} from './json-reader.js';
import { readJsonRanges } from './parse-json.js';
import { readDecimal, readRanges, refusePart, skipBlanks, type Source, trimEnd } from './parse-value.js';
import { type RangesJson, rangesToJson } from './print-json.js';
import type { Ranges } from './ranges.js';

export type Attribute =
  | { readonly name: string; readonly type: 'SCALAR'; readonly value: number }
  | { readonly name: string; readonly type: 'RANGES'; readonly ranges: Ranges }
  | { readonly name: string; readonly type: 'TEXT'; readonly text: string };

/** A v1 `Attribute` object. */
export interface AttributeJson {
  name: string;
  type: 'SCALAR' | 'RANGES' | 'TEXT';
  scalar?: { value: number };
  ranges?: RangesJson;
  text?: { value: string };
}

const CODE: ErrorCode = 'INVALID_ARGUMENT';
const FORM = "write 'name:value' joined by ';', e.g. rack:abc;cores:4;ports:[1-5]";

/**
 * The attributes of a text: `name:value`, joined by `;` or line ends, split at the first colon.
 * Throws MeteError (INVALID_ARGUMENT) that names the offending part and its place.
 */
export function parseAttributes(text: string, field = 'attributes'): Attribute[] {
  if (typeof text !== 'string') {
    throw new MeteError(CODE, { field, value: text, reason: 'it is not a string', mend: FORM });
  }
  const source: Source = { text, field, code: CODE };
  const out: Attribute[] = [];
  for (let start = 0; start <= text.length; ) {
    let end = start;
    while (end < text.length && text[end] !== ';' && text[end] !== '\n') end++;
    const from = skipBlanks(text, start, end);
    const to = trimEnd(text, from, end);
    if (from < to) out.push(parseAttribute(source, from, to));
    start = end + 1;
  }
  return out;
}

function parseAttribute(source: Source, start: number, end: number): Attribute {
  const { text } = source;
  const colon = text.indexOf(':', start);
  if (colon < 0 || colon >= end) refusePart(source, start, end, "it has no ':'", FORM);
  const name = text.slice(start, trimEnd(text, start, colon));
  const from = skipBlanks(text, colon + 1, end);
  if (name === '') refusePart(source, start, end, 'the name is empty', FORM);
  if (from >= end) refusePart(source, start, end, 'the value is empty', FORM);
  if (text[from] === '[') return { name, type: 'RANGES', ranges: readRanges(source, from, end) };
  checkBrackets(source, from, end);
  const value = text.slice(from, end).replaceAll(' ', '');
  const number = readDecimal(value, 0, value.length);
  if (number >= 0 && number !== Infinity) return { name, type: 'SCALAR', value: number + 0 };
  return { name, type: 'TEXT', text: value };
}

/** Text values hold no square or curly brackets, and parentheses only in pairs. */
function checkBrackets(source: Source, start: number, end: number): void {
  let depth = 0;
  for (let i = start; i < end; i++) {
    const char = source.text[i]!;
    if (char === '{' && i === start) refusePart(source, start, end, 'attributes cannot be sets', FORM);
    if ('[]{}'.includes(char)) refusePart(source, i, end, `unexpected '${char}'`, FORM);
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (depth < 0) refusePart(source, i, end, "its ')' has no '('", FORM);
  }
  if (depth > 0) refusePart(source, start, end, "its '(' is not closed", FORM);
}

/** The attributes of an array of v1 `Attribute` objects. Throws MeteError (INVALID_ARGUMENT). */
export function attributesFromJson(json: unknown, field = 'attributes'): Attribute[] {
  if (!Array.isArray(json)) {
    refuseJson(CODE, field, json, 'it is not an array', 'give a JSON array of Attribute objects');
  }
  return json.map((item: unknown, i) => attributeFromJson(openObject(item, `${field}[${i}]`, CODE)));
}

function attributeFromJson(object: JsonObject): Attribute {
  const name = requiredStringAt(object, 'name');
  if (name === '') refuseJson(CODE, `${object.path}.name`, name, 'it is empty', 'name the attribute');
  const type = enumAt(object, 'type', ['SCALAR', 'RANGES', 'TEXT']);
  const value = objectAt(object, type.toLowerCase());
  if (value === undefined) {
    const at = `${object.path}.${type.toLowerCase()}`;
    return refuseJson(CODE, at, value, `an attribute of type ${type} needs it`, 'set the field');
  }
  if (type === 'RANGES') return { name, type, ranges: readJsonRanges(value, false) };
  if (type === 'TEXT') return { name, type, text: requiredStringAt(value, 'value') };
  const number = requiredNumberAt(value, 'value');
  if (!Number.isFinite(number)) refuseJson(CODE, `${value.path}.value`, number, 'it is not finite', 'give a number');
  return { name, type, value: number };
}

/** v1 `Attribute` objects. */
export function attributesToJson(attributes: readonly Attribute[]): AttributeJson[] {
  return attributes.map((attribute) => {
    const { name, type } = attribute;
    if (type === 'SCALAR') return { name, type, scalar: { value: attribute.value } };
    if (type === 'RANGES') return { name, type, ranges: rangesToJson(attribute.ranges) };
    return { name, type, text: { value: attribute.text } };
  });
}
