/**
 * Resources and attributes in the form of messages (protocol/common.ts) and back. Messages are taken as valid by their
 * schema only; what a resource must be beyond that is checked here. Lists made from the same value for the same role
 * are one list, so that nothing is built again for an agent that is offered as a whole each time: callers must not
 * change them. Reading needs no such memory: two plain amounts take 50 ns.
 */
import { MeteError } from '../base/errors.js';
import type { AttributeMessage, DiskInfo as DiskMessage, Range, Resource } from '../protocol/common.js';
import type { Reservation as ReservationMessage } from '../protocol/common.js';
import type { ResourceProviderId } from '../protocol/schema.js';
import { fromMilli, MAX_MILLI, toMilli } from './amount.js';
import type { Attribute } from './attributes.js';
import { describe, describeBare } from './descriptor.js';
import type { Descriptor, DiskInfo, DiskSource, DiskVolume, Label, Reservation } from './descriptor.js';
import { type Lot, makeLot, scalarLot } from './lot.js';
import { countRanges, NO_RANGES, normalizeRanges, type Ranges } from './ranges.js';
import { Resources } from './resources.js';
import { NO_ITEMS, normalizeItems } from './sets.js';

/**
 * The value of a list of resources; an absent list is the empty value, allocations are ignored. Throws MeteError
 * (INVALID_RESOURCES, INVALID_ROLE, LIMIT_EXCEEDED) that names the field, from `field` on.
 */
export function resourcesFromMessages(list: readonly Resource[] | undefined, field = 'resources'): Resources {
  if (list === undefined || list.length === 0) return Resources.EMPTY;
  const lots: Lot[] = [];
  for (let i = 0; i < list.length; i++) lots.push(lotFromMessage(list[i]!, field, i));
  return Resources.of(lots);
}

function lotFromMessage(message: Resource, field: string, index: number): Lot {
  const { name, type, scalar } = message;
  const bare = isBare(message);
  if (bare && type === 'SCALAR' && scalar !== undefined && message.ranges === undefined && message.set === undefined) {
    // The short way: nearly all are plain amounts.
    const milli = Math.round(scalar * 1000);
    if (milli > 0 && milli <= MAX_MILLI && name !== '') return scalarLot(describeBare(name), milli);
  }
  const path = `${field}[${index}]`;
  const descriptor = bare ? describeBare(name, type, path) : describe(describedBy(message, path), path);
  return valueOf(message, descriptor, path);
}

function isBare(message: Resource): boolean {
  return (
    message.role === undefined &&
    message.reservation === undefined &&
    message.reservations === undefined &&
    message.disk === undefined &&
    message.revocable !== true &&
    message.shared !== true &&
    message.providerId === undefined
  );
}

function refuse(field: string, value: unknown, reason: string, mend: string): never {
  throw new MeteError('INVALID_RESOURCES', { field, value, reason, mend });
}

const VALUE_FIELDS = { SCALAR: 'scalar', RANGES: 'ranges', SET: 'set' } as const;

function valueOf(message: Resource, descriptor: Descriptor, path: string): Lot {
  const { type, scalar, ranges, set } = message;
  for (const [of, key] of Object.entries(VALUE_FIELDS)) {
    if ((message[key] !== undefined) === (of === type)) continue;
    const reason = of === type ? `a ${type} resource needs it` : `a ${type} resource must not have it`;
    refuse(`${path}.${key}`, message[key], reason, `set the field '${VALUE_FIELDS[type]}' only`);
  }
  if (type === 'SCALAR') return scalarLot(descriptor, amountOf(scalar!, `${path}.scalar`));
  if (type === 'RANGES') return makeLot(descriptor, 0, rangesOf(ranges!, `${path}.ranges`), NO_ITEMS, 1);
  return makeLot(descriptor, 0, NO_RANGES, itemsOf(set!, `${path}.set`), 1);
}

function amountOf(value: number, path: string): number {
  const milli = toMilli(value, path);
  if (milli !== 0 || value === 0) return milli;
  const mend = 'give at least 0.001, or leave the resource out';
  return refuse(path, value, 'it rounds to zero: amounts have three decimals', mend);
}

function rangesOf(list: readonly Range[], path: string, disjoint = true): Ranges {
  const pairs: number[] = [];
  for (const { begin, end } of list) pairs.push(begin, end);
  const normal = normalizeRanges(pairs, path, disjoint ? 'INVALID_RESOURCES' : 'INVALID_ARGUMENT');
  if (disjoint && list.length > 1 && countRanges(normal) !== countRanges(pairs)) {
    refuse(path, list, 'ranges overlap', 'give each integer once');
  }
  return normal;
}

function itemsOf(list: readonly string[], path: string): readonly string[] {
  const items = normalizeItems(list);
  if (items.length !== list.length) refuse(path, list, 'an item is repeated', 'give each item once');
  if (items.includes('')) refuse(path, list, 'an item is empty', 'give non-empty items');
  return items;
}

function describedBy(message: Resource, path: string): Parameters<typeof describe>[0] {
  const { name, type, disk, revocable = false, shared = false, providerId = null } = message;
  const reservations = reservationsOf(message, path);
  return { name, type, reservations, disk: disk === undefined ? null : diskOf(disk), revocable, shared, providerId };
}

/** The stack of reservations, whichever form it is in. */
function reservationsOf(message: Resource, path: string): readonly Reservation[] {
  const { role, reservation, reservations } = message;
  if (reservations !== undefined && reservations.length > 0) {
    const only = reservations.length === 1 ? reservations[0]!.role : undefined;
    if (role === undefined || role === only) return reservations;
    refuse(`${path}.role`, role, "it is not the role of the field 'reservations'", "use 'reservations' only");
  }
  if (role === undefined || role === '*') {
    if (reservation === undefined) return [];
    refuse(`${path}.role`, role, 'the role "*" cannot be reserved for', 'name the role the resource is reserved for');
  }
  return [reservation === undefined ? { type: 'STATIC', role } : { ...reservation, type: 'DYNAMIC', role }];
}

function diskOf({ persistence, volume, source }: DiskMessage): DiskInfo {
  return {
    ...(persistence === undefined ? {} : { persistence }),
    ...(volume === undefined ? {} : { volume: volumeOf(volume) }),
    ...(source === undefined ? {} : { source: sourceOf(source) }),
  };
}

function volumeOf({ mode, containerPath, hostPath }: NonNullable<DiskMessage['volume']>): DiskVolume {
  return { mode, container_path: containerPath, ...(hostPath === undefined ? {} : { host_path: hostPath }) };
}

function sourceOf({ path, mount, ...rest }: NonNullable<DiskMessage['source']>): DiskSource {
  const root = (path ?? mount)?.root;
  // A type that is not one of ours is refused where descriptors are made.
  return { ...rest, type: rest.type as DiskSource['type'], ...(root === undefined ? {} : { root }) };
}

/** The lists made of one value: the one without allocation, and the last one with. */
interface Made {
  plain: Resource[] | null;
  role: string | null;
  allocated: Resource[] | null;
}

const made = new WeakMap<Resources, Made>();

/**
 * The list of a value, one message for each copy of a thing, reservations as a stack; with `allocatedTo` each says that
 * it is allocated to this role. The list is shared: do not change it.
 */
export function resourcesToMessages(resources: Resources, allocatedTo?: string): Resource[] {
  let lists = made.get(resources);
  if (lists === undefined) made.set(resources, (lists = { plain: null, role: null, allocated: null }));
  if (allocatedTo === undefined) return (lists.plain ??= messagesOf(resources.lots, undefined));
  if (lists.allocated !== null && lists.role === allocatedTo) return lists.allocated;
  lists.role = allocatedTo;
  return (lists.allocated = messagesOf(resources.lots, { role: allocatedTo }));
}

function messagesOf(lots: readonly Lot[], allocationInfo: { role: string } | undefined): Resource[] {
  const list: Resource[] = [];
  for (const lot of lots) {
    const message = lotToMessage(lot, allocationInfo);
    for (let copy = 0; copy < lot.copies; copy++) list.push(message);
  }
  return list;
}

function lotToMessage(lot: Lot, allocationInfo: { role: string } | undefined): Resource {
  const { descriptor } = lot;
  const { name, type } = descriptor;
  if (descriptor.plain) {
    const scalar = fromMilli(lot.amountMilli);
    return allocationInfo === undefined ? { name, type, scalar } : { name, type, scalar, allocationInfo };
  }
  const message: Resource = { name, type };
  if (type === 'SCALAR') message.scalar = fromMilli(lot.amountMilli);
  if (type === 'RANGES') message.ranges = rangesToMessage(lot.ranges);
  if (type === 'SET') message.set = lot.items.slice();
  if (allocationInfo !== undefined) message.allocationInfo = allocationInfo;
  if (descriptor.reservations.length > 0) message.reservations = descriptor.reservations.map(reservationToMessage);
  if (descriptor.disk !== null) message.disk = diskToMessage(descriptor.disk);
  if (descriptor.revocable) message.revocable = true;
  if (descriptor.shared) message.shared = true;
  if (descriptor.providerId !== null) message.providerId = descriptor.providerId as ResourceProviderId;
  return message;
}

function rangesToMessage(ranges: Ranges): Range[] {
  const list: Range[] = [];
  for (let i = 0; i < ranges.length; i += 2) list.push({ begin: ranges[i]!, end: ranges[i + 1]! });
  return list;
}

function labelsToMessage(labels: readonly Label[]): Label[] {
  return labels.map((label) => ({ ...label }));
}

function reservationToMessage({ labels, ...rest }: Reservation): ReservationMessage {
  return labels === undefined ? rest : { ...rest, labels: labelsToMessage(labels) };
}

function diskToMessage({ persistence, volume, source }: DiskInfo): DiskMessage {
  const message: DiskMessage = {};
  if (persistence !== undefined) message.persistence = { ...persistence };
  if (volume !== undefined) message.volume = volumeToMessage(volume);
  if (source !== undefined) {
    const { root, metadata, ...rest } = source;
    message.source = { ...rest };
    if (root !== undefined) message.source[source.type === 'MOUNT' ? 'mount' : 'path'] = { root };
    if (metadata !== undefined) message.source.metadata = labelsToMessage(metadata);
  }
  return message;
}

function volumeToMessage(volume: DiskVolume): NonNullable<DiskMessage['volume']> {
  const { mode, container_path: containerPath, host_path: hostPath } = volume;
  return typeof hostPath === 'string' ? { mode, containerPath, hostPath } : { mode, containerPath };
}

/**
 * The attributes of a list; an absent list is empty. Throws MeteError (INVALID_ARGUMENT) that names the field. Sets,
 * which Mesos declares but cannot have either, are refused.
 */
export function attributesFromMessages(
  list: readonly AttributeMessage[] | undefined,
  field = 'attributes',
): Attribute[] {
  return (list ?? []).map((message, i) => attributeFromMessage(message, `${field}[${i}]`));
}

function attributeFromMessage({ name, type, scalar, ranges, text }: AttributeMessage, path: string): Attribute {
  if (name === '') refuseAttribute(`${path}.name`, name, 'it is empty', 'name the attribute');
  if (type === 'SCALAR' && scalar !== undefined) return { name, type, value: scalar };
  if (type === 'RANGES' && ranges !== undefined) {
    return { name, type, ranges: rangesOf(ranges, `${path}.ranges`, false) };
  }
  if (type === 'TEXT' && text !== undefined) return { name, type, text };
  if (type === 'SET') return refuseAttribute(`${path}.type`, type, 'attributes cannot be sets', 'use another type');
  const mend = 'set the field';
  return refuseAttribute(`${path}.${type.toLowerCase()}`, undefined, `an attribute of type ${type} needs it`, mend);
}

function refuseAttribute(field: string, value: unknown, reason: string, mend: string): never {
  throw new MeteError('INVALID_ARGUMENT', { field, value, reason, mend });
}

/** The list of attributes. */
export function attributesToMessages(attributes: readonly Attribute[]): AttributeMessage[] {
  return attributes.map((attribute) => {
    const { name, type } = attribute;
    if (type === 'SCALAR') return { name, type, scalar: attribute.value };
    if (type === 'RANGES') return { name, type, ranges: rangesToMessage(attribute.ranges) };
    return { name, type, text: attribute.text };
  });
}
