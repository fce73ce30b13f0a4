/**
 * Reading resources from JSON: arrays of Mesos v1 `Resource` objects.
 *
 * Both forms of reservations are read: the stack (`reservations`) and the older pair of `role` and `reservation`; both
 * at once must agree. Equal things listed twice are two copies. `allocation_info` is not part of a resource here: it is
 * checked for its shape and otherwise ignored. The rules are those of Mesos' `Resources::validate`.
 */
import type { ErrorCode } from '../base/errors.js';
import { toMilli } from './amount.js';
import {
  describe,
  type Descriptor,
  type DiskInfo,
  type DiskSource,
  type DiskVolume,
  type Label,
  type Reservation,
  stackKey,
} from './descriptor.js';
import {
  enumAt,
  idAt,
  isSet,
  type JsonObject,
  listAt,
  objectAt,
  openObject,
  refuseJson,
  requiredNumberAt,
  requiredStringAt,
  stringAt,
} from './json-reader.js';
import { type Lot, makeLot, scalarLot } from './lot.js';
import { countRanges, NO_RANGES, normalizeRanges, type Ranges } from './ranges.js';
import { Resources } from './resources.js';
import { validateRole } from './role-name.js';
import { type Items, NO_ITEMS, normalizeItems } from './sets.js';

export interface ParseJsonOptions {
  /** The role of resources that name none; `*`, the default, means unreserved. */
  readonly defaultRole?: string;
  /** What to call the array in errors. */
  readonly field?: string;
}

const CODE: ErrorCode = 'INVALID_RESOURCES';

/** The resources of a v1 Resource array. Throws MeteError (INVALID_RESOURCES, INVALID_ROLE). */
export function parseResourcesJson(json: unknown, options: ParseJsonOptions = {}): Resources {
  return Resources.of(lotsFromJson(json, options));
}

/** The lots of a v1 Resource array, one for each object, in its order; they may be empty. Throws MeteError. */
export function lotsFromJson(json: unknown, options: ParseJsonOptions = {}): Lot[] {
  const { defaultRole = '*', field = 'resources' } = options;
  if (!Array.isArray(json)) {
    refuseJson(CODE, field, json, 'it is not an array', 'give a JSON array of Resource objects');
  }
  validateRole(defaultRole, 'defaultRole');
  return json.map((item: unknown, i) => lotFromJson(item, `${field}[${i}]`, defaultRole));
}

/** The lot of one v1 Resource object. `path` names it in errors. Throws MeteError. */
export function lotFromJson(json: unknown, path = 'resource', defaultRole = '*'): Lot {
  const object = openObject(json, path, CODE);
  const name = requiredStringAt(object, 'name');
  const type = enumAt(object, 'type', ['SCALAR', 'RANGES', 'SET']);
  checkValueFields(object, type);
  objectAt(object, 'allocation_info');
  const providerId = idAt(object, 'provider_id') ?? null;
  const reservations = readReservations(object, defaultRole);
  const disk = readDisk(object);
  const revocable = objectAt(object, 'revocable') !== undefined;
  const shared = objectAt(object, 'shared') !== undefined;
  const descriptor = describe({ name, type, reservations, disk, revocable, shared, providerId }, path);
  return readValue(object, descriptor);
}

const VALUE_FIELDS = { SCALAR: 'scalar', RANGES: 'ranges', SET: 'set' } as const;

function checkValueFields(object: JsonObject, type: keyof typeof VALUE_FIELDS): void {
  for (const [of, key] of Object.entries(VALUE_FIELDS)) {
    if (isSet(object, key) === (of === type)) continue;
    const reason = of === type ? `a ${type} resource needs it` : `a ${type} resource must not have it`;
    refuseJson(CODE, `${object.path}.${key}`, object.fields[key], reason, `set the field '${VALUE_FIELDS[type]}' only`);
  }
}

function readValue(object: JsonObject, descriptor: Descriptor): Lot {
  switch (descriptor.type) {
    case 'SCALAR':
      return scalarLot(descriptor, readAmount(objectAt(object, 'scalar')!));
    case 'RANGES':
      return makeLot(descriptor, 0, readJsonRanges(objectAt(object, 'ranges')!, true), NO_ITEMS, 1);
    case 'SET':
      return makeLot(descriptor, 0, NO_RANGES, readJsonItems(objectAt(object, 'set')!), 1);
  }
}

function readAmount(scalar: JsonObject): number {
  const value = requiredNumberAt(scalar, 'value');
  const milli = toMilli(value, `${scalar.path}.value`);
  if (milli === 0 && value !== 0) {
    const reason = 'it rounds to zero: amounts have three decimals';
    refuseJson(CODE, `${scalar.path}.value`, value, reason, 'give at least 0.001, or leave the resource out');
  }
  return milli;
}

/** The ranges of a v1 `Value.Ranges`. With `disjoint`, ranges that overlap are refused. Throws MeteError. */
export function readJsonRanges(ranges: JsonObject, disjoint: boolean): Ranges {
  const field = `${ranges.path}.range`;
  const pairs = listAt(ranges, 'range').flatMap((item, i) => {
    const range = openObject(item, `${field}[${i}]`, ranges.code);
    return [requiredNumberAt(range, 'begin'), requiredNumberAt(range, 'end')];
  });
  const normal = normalizeRanges(pairs, field, ranges.code);
  if (disjoint && countRanges(normal) !== countRanges(pairs)) {
    refuseJson(ranges.code, field, listAt(ranges, 'range'), 'ranges overlap', 'give each integer once');
  }
  return normal;
}

function readJsonItems(set: JsonObject): Items {
  const field = `${set.path}.item`;
  const strings = listAt(set, 'item').map((item, i) => {
    if (typeof item === 'string' && item !== '') return item;
    return refuseJson(CODE, `${field}[${i}]`, item, 'it is not a non-empty string', 'give the items as strings');
  });
  const items = normalizeItems(strings);
  if (items.length !== strings.length) refuseJson(CODE, field, strings, 'an item is repeated', 'give each item once');
  return strings.length === 0 ? NO_ITEMS : items;
}

function readReservations(object: JsonObject, defaultRole: string): Reservation[] {
  const stack = listAt(object, 'reservations').map((item, i) => {
    const reservation = openObject(item, `${object.path}.reservations[${i}]`, CODE);
    const type = enumAt(reservation, 'type', ['STATIC', 'DYNAMIC']);
    const role = requiredStringAt(reservation, 'role');
    return { type, role, ...readOwner(reservation) };
  });
  const role = stringAt(object, 'role');
  const reservation = objectAt(object, 'reservation');
  if (stack.length > 0) {
    checkOldForm(object, stack, role, reservation);
    return stack;
  }
  return readOldForm(object, role ?? defaultRole, reservation);
}

/** Principal and labels of a reservation. */
function readOwner(reservation: JsonObject): { principal?: string; labels?: Label[] } {
  const principal = stringAt(reservation, 'principal');
  const labels = readLabels(reservation, 'labels');
  return { ...(principal === undefined ? {} : { principal }), ...(labels === undefined ? {} : { labels }) };
}

/** The form without a stack: `role`, and `reservation` if it is reserved dynamically. */
function readOldForm(object: JsonObject, role: string, reservation: JsonObject | undefined): Reservation[] {
  validateRole(role, `${object.path}.role`);
  if (reservation === undefined) return role === '*' ? [] : [{ type: 'STATIC', role }];
  for (const key of ['type', 'role']) {
    if (!isSet(reservation, key)) continue;
    const reason = "it must not be set in the field 'reservation'";
    refuseJson(CODE, `${reservation.path}.${key}`, reservation.fields[key], reason, "use the field 'reservations'");
  }
  if (role === '*') {
    const reason = 'the role "*" cannot be reserved dynamically';
    refuseJson(CODE, `${object.path}.role`, role, reason, 'name the role the resource is reserved for');
  }
  return [{ type: 'DYNAMIC', role, ...readOwner(reservation) }];
}

/** `role` and `reservation` beside a stack: allowed only beside a single reservation, which they must repeat. */
function checkOldForm(
  object: JsonObject,
  stack: readonly Reservation[],
  role: string | undefined,
  reservation: JsonObject | undefined,
): void {
  if (role === undefined && reservation === undefined) return;
  const only = stack[0]!;
  const owner = reservation === undefined ? {} : readOwner(reservation);
  const repeated = stackKey([{ type: only.type, role: only.role, ...owner }]);
  const reason =
    stack.length > 1
      ? "'role' and 'reservation' must not be set beside several reservations"
      : role !== undefined && role !== only.role
        ? `'role' is not the role '${only.role}' of the reservation`
        : only.type === 'STATIC' && reservation !== undefined
          ? "'reservation' must not be set beside a static reservation"
          : only.type === 'DYNAMIC' && (role === undefined) !== (reservation === undefined)
            ? "'role' and 'reservation' must both be set or both not be set beside a dynamic reservation"
            : reservation !== undefined && repeated !== stackKey([only])
              ? "'reservation' has another principal or other labels than 'reservations'"
              : null;
  if (reason !== null) refuseJson(CODE, object.path, object.fields, reason, "use the field 'reservations' only");
}

function readLabels(object: JsonObject, key: string): Label[] | undefined {
  const labels = objectAt(object, key);
  if (labels === undefined) return undefined;
  return listAt(labels, 'labels').map((item, i) => {
    const label = openObject(item, `${labels.path}.labels[${i}]`, object.code);
    const value = stringAt(label, 'value');
    return { key: requiredStringAt(label, 'key'), ...(value === undefined ? {} : { value }) };
  });
}

function readDisk(object: JsonObject): DiskInfo | null {
  const disk = objectAt(object, 'disk');
  if (disk === undefined) return null;
  const persistence = objectAt(disk, 'persistence');
  const volume = objectAt(disk, 'volume');
  const source = objectAt(disk, 'source');
  return {
    ...(persistence === undefined ? {} : { persistence: readPersistence(persistence) }),
    ...(volume === undefined ? {} : { volume: readVolume(volume) }),
    ...(source === undefined ? {} : { source: readSource(source) }),
  };
}

function readPersistence(persistence: JsonObject): { id: string; principal?: string } {
  const principal = stringAt(persistence, 'principal');
  return { id: requiredStringAt(persistence, 'id'), ...(principal === undefined ? {} : { principal }) };
}

function readVolume(volume: JsonObject): DiskVolume {
  const mode = enumAt(volume, 'mode', ['RW', 'RO']);
  return { ...volume.fields, mode, container_path: requiredStringAt(volume, 'container_path') };
}

function readSource(source: JsonObject): DiskSource {
  const type = enumAt(source, 'type', ['PATH', 'MOUNT', 'BLOCK', 'RAW']);
  const place = { path: objectAt(source, 'path'), mount: objectAt(source, 'mount') };
  for (const key of ['path', 'mount'] as const) {
    if (place[key] === undefined || type === key.toUpperCase()) continue;
    const reason = `a ${type} disk must not have it`;
    refuseJson(CODE, `${source.path}.${key}`, source.fields[key], reason, 'leave the field out');
  }
  const at = place.path ?? place.mount;
  const root = at === undefined ? undefined : stringAt(at, 'root');
  const metadata = readLabels(source, 'metadata');
  const out: { -readonly [Key in keyof DiskSource]: DiskSource[Key] } = { type };
  if (root !== undefined) out.root = root;
  if (metadata !== undefined) out.metadata = metadata;
  for (const key of ['vendor', 'id', 'profile'] as const) {
    const value = stringAt(source, key);
    if (value !== undefined) out[key] = value;
  }
  return out;
}
