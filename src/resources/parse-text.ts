/**
 * Reading resources from text: `cpus:4;mem:8192;ports:[31000-32000];disks:{a,b};cpus(ads):2`.
 *
 * The form is that of Mesos' `--resources`: `name:value` or `name(role):value`, joined by `;`. Blanks around names,
 * roles and values do not count; equal resources add up. Text that starts with `[` is read as a JSON array of v1
 * Resources. As in Mesos, what comes from a command line may hold neither persistent volumes, nor revocable resources,
 * nor dynamic reservations, and a name has one type. Every refusal names the offending part and its place.
 */
import { MeteError } from '../base/errors.js';
import { MAX_MILLI } from './amount.js';
import { describe, describeBare, type Descriptor, type ResourceType } from './descriptor.js';
import { type Lot, makeLot, scalarLot } from './lot.js';
import { lotsFromJson } from './parse-json.js';
import {
  readDecimal,
  readItems,
  readRanges,
  refusePart,
  skipBlanks,
  type Source,
  trimEnd,
  whyNoAmount,
} from './parse-value.js';
import { NO_RANGES } from './ranges.js';
import { Resources } from './resources.js';
import { roleRefusal, validateRole } from './role-name.js';
import { NO_ITEMS } from './sets.js';

export interface ParseOptions {
  /** The role of resources that name none; `*`, the default, means unreserved. */
  readonly defaultRole?: string;
  /** What to call the text in errors, e.g. the name of a flag. */
  readonly field?: string;
}

const FORM = "write 'name:value' or 'name(role):value', joined by ';', e.g. cpus:4;mem:8192;ports:[31000-32000]";

/** The resources of a text. Throws MeteError (INVALID_RESOURCES; INVALID_ROLE for a bad `defaultRole`). */
export function parseResources(text: string, options: ParseOptions = {}): Resources {
  const { defaultRole = '*', field = 'resources' } = options;
  if (typeof text !== 'string') {
    throw new MeteError('INVALID_RESOURCES', { field, value: text, reason: 'it is not a string', mend: FORM });
  }
  validateRole(defaultRole, 'defaultRole');
  const first = skipBlanks(text, 0, text.length);
  const source: Source = { text, field, code: 'INVALID_RESOURCES' };
  const lots = text[first] === '[' ? parseJsonText(source, defaultRole) : parseLots(source, first, defaultRole);
  return Resources.of(lots);
}

function parseJsonText(source: Source, defaultRole: string): Lot[] {
  const { text, field } = source;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = `it starts with '[' but is no JSON: ${(cause as Error).message}`;
    throw new MeteError('INVALID_RESOURCES', { field, value: text, reason, mend: 'mend the JSON', cause });
  }
  const lots = lotsFromJson(json, { defaultRole, field });
  const types = new Map<string, ResourceType>();
  lots.forEach((lot, i) => checkForCommandLine(lot.descriptor, types, `${field}[${i}]`));
  return lots;
}

function checkForCommandLine(descriptor: Descriptor, types: Map<string, ResourceType>, field: string): void {
  const { name, type, disk, revocable, reservations } = descriptor;
  const dynamic = reservations.some((reservation) => reservation.type === 'DYNAMIC');
  const known = types.get(name);
  const reason =
    disk?.persistence !== undefined
      ? 'persistent volumes cannot be given on the command line'
      : revocable
        ? 'revocable resources cannot be given on the command line'
        : dynamic
          ? 'dynamic reservations cannot be given on the command line'
          : known !== undefined && known !== type
            ? `it is given as ${known} and as ${type}`
            : null;
  if (reason !== null) {
    const mend = 'give plain or statically reserved resources, each name with one type';
    throw new MeteError('INVALID_RESOURCES', { field, value: name, reason, mend });
  }
  types.set(name, type);
}

function parseLots(source: Source, first: number, defaultRole: string): Lot[] {
  const { text } = source;
  const lots: Lot[] = [];
  if (text.slice(first).trimEnd() === '{}') return lots; // how the empty value prints
  const places: number[] = [];
  let mixed = false;
  for (let start = first; start < text.length; ) {
    let end = text.indexOf(';', start);
    if (end < 0) end = text.length;
    const from = skipBlanks(text, start, end);
    const to = trimEnd(text, from, end);
    if (from < to) {
      const lot = parseLot(source, from, to, defaultRole);
      mixed ||= lot.descriptor.type !== 'SCALAR';
      lots.push(lot);
      places.push(from);
    }
    start = end + 1;
  }
  if (mixed) checkTypes(source, lots, places);
  return lots;
}

function checkTypes(source: Source, lots: readonly Lot[], places: readonly number[]): void {
  const types = new Map<string, ResourceType>();
  lots.forEach((lot, i) => {
    const { name, type } = lot.descriptor;
    const known = types.get(name) ?? type;
    if (known !== type) {
      const mend = 'give each name values of one type';
      refusePart(source, places[i]!, places[i]! + name.length, `it is given as ${known} and as ${type}`, mend);
    }
    types.set(name, type);
  });
}

/** One `name(role):value`, without blanks around it. */
function parseLot(source: Source, start: number, end: number, defaultRole: string): Lot {
  const { text } = source;
  const colon = text.indexOf(':', start);
  if (colon < 0 || colon >= end) refusePart(source, start, end, "it has no ':'", FORM);
  const second = text.indexOf(':', colon + 1);
  if (second >= 0 && second < end) refusePart(source, start, end, "it has more than one ':'", FORM);
  const valueStart = skipBlanks(text, colon + 1, end);
  if (valueStart >= end) refusePart(source, start, end, 'it has no value', FORM);

  const open = text.indexOf('(', start);
  const hasRole = open >= 0 && open < colon;
  const nameEnd = trimEnd(text, start, hasRole ? open : colon);
  const name = text.slice(start, nameEnd);
  if (name === '') refusePart(source, start, end, 'the name is empty', FORM);
  const role = hasRole ? parseRole(source, open, colon) : defaultRole;
  if (!hasRole && name.includes(')')) refusePart(source, start, colon, "its ')' has no '('", FORM);

  const first = text[valueStart];
  if (first === '[') {
    const ranges = readRanges(source, valueStart, end);
    return makeLot(descriptorOf(name, 'RANGES', role), 0, ranges, NO_ITEMS, 1);
  }
  if (first === '{') {
    const items = readItems(source, valueStart, end);
    return makeLot(descriptorOf(name, 'SET', role), 0, NO_RANGES, items, 1);
  }
  return scalarLot(descriptorOf(name, 'SCALAR', role), parseAmount(source, valueStart, end));
}

function descriptorOf(name: string, type: ResourceType, role: string): Descriptor {
  if (role === '*') return describeBare(name, type);
  return describe({ name, type, reservations: [{ type: 'STATIC', role }] });
}

function parseRole(source: Source, open: number, colon: number): string {
  const { text } = source;
  const close = text.indexOf(')', open);
  if (close < 0 || close > colon) refusePart(source, open, colon, "its '(' is not closed", FORM);
  if (trimEnd(text, close + 1, colon) !== close + 1) refusePart(source, close + 1, colon, "it follows the ')'", FORM);
  const from = skipBlanks(text, open + 1, close);
  const to = trimEnd(text, from, close);
  const role = text.slice(from, to);
  const refusal = roleRefusal(role);
  if (refusal !== null) refusePart(source, open, close + 1, refusal, 'name a role, or leave the parentheses out');
  return role;
}

function parseAmount(source: Source, start: number, end: number): number {
  const { text } = source;
  const value = readDecimal(text, start, end);
  const milli = Math.round(value * 1000);
  if (value >= 0 && milli <= MAX_MILLI && (milli > 0 || value === 0)) return milli + 0; // + 0: no negative zero
  const tiny = value > 0 && milli === 0;
  const reason = tiny ? 'it rounds to zero: amounts have three decimals' : whyNoAmount(text, start, end);
  return refusePart(source, start, end, reason, 'give a number >= 0, ranges [1-5] or a set {a,b}');
}
