/**
 * Resources in messages: the rules for one (Mesos' Resources::validate), for a list of a task, executor or operation
 * (resource::validate), and for what such lists make together. Plain scalars, which nearly all are, take a short way.
 * Conversion to values (`toResources`) may refuse what Mesos would take but mete cannot count; its reason then stands
 * where Mesos' text would.
 */
import { MeteError } from '../../../base/errors.js';
import type { DiskInfo, Reservation, Resource } from '../../../protocol/common.js';
import { resourcesFromMessages } from '../../../resources/message-form.js';
import type { Lot } from '../../../resources/lot.js';
import { Resources } from '../../../resources/resources.js';
import { isStrictSubrole, roleRefusal } from '../../../resources/role-name.js';
import { validateId } from './ids.js';
import { printLabels, printResource, reservationsOf } from './print-resources.js';
import { equalMessages, type Refusal } from './refusal.js';

export type ResourceList = readonly Resource[] | undefined;

/** The rules for one resource. */
export function validateResource(resource: Resource): Refusal {
  if (resource.name === '') return 'Empty resource name';
  return validateValue(resource) ?? (isPlain(resource) ? null : validateExtras(resource));
}

function isPlain(resource: Resource): boolean {
  return (
    resource.reservations === undefined &&
    resource.role === undefined &&
    resource.reservation === undefined &&
    resource.disk === undefined &&
    resource.shared !== true
  );
}

function validateValue(resource: Resource): Refusal {
  const { scalar, ranges, set } = resource;
  switch (resource.type) {
    case 'SCALAR':
      if (scalar === undefined || ranges !== undefined || set !== undefined) return 'Invalid scalar resource';
      // Amounts that round to no thousandth at all are refused, zero itself is not.
      return scalar === 0 || (scalar >= 0.0005 && scalar !== Infinity) ? null : 'Invalid scalar resource: value <= 0';
    case 'RANGES':
      if (ranges === undefined || scalar !== undefined || set !== undefined) return 'Invalid ranges resource';
      return validateRanges(ranges);
    case 'SET':
      if (set === undefined || scalar !== undefined || ranges !== undefined) return 'Invalid set resource';
      return new Set(set).size === set.length ? null : 'Invalid set resource: duplicated elements';
  }
}

function validateRanges(ranges: NonNullable<Resource['ranges']>): Refusal {
  for (const { begin, end } of ranges) if (begin > end) return 'Invalid ranges resource: begin > end';
  if (ranges.length < 2) return null;
  const sorted = ranges.slice().sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]!.begin <= sorted[i - 1]!.end) return 'Invalid ranges resource: overlapping ranges';
  }
  return null;
}

function validateExtras(resource: Resource): Refusal {
  if (resource.disk !== undefined) {
    if (resource.name !== 'disk') return `DiskInfo should not be set for ${resource.name} resource`;
    const refusal = validateSource(resource.disk.source);
    if (refusal !== null) return refusal;
  }
  const refusal = validateReservations(resource);
  if (refusal !== null) return refusal;
  if (resource.shared !== true) return null;
  if (resource.name !== 'disk') return `Resource ${resource.name} cannot be shared`;
  return resource.disk?.persistence === undefined ? 'Only persistent volumes can be shared' : null;
}

function validateSource(source: DiskInfo['source']): Refusal {
  if (source === undefined) return null;
  if (source.type === 'UNKNOWN') return "Unsupported 'DiskInfo.Source.Type' in 'UNKNOWN'";
  if (source.type !== 'BLOCK' && source.type !== 'RAW') return null;
  if (source.mount !== undefined) return `Mount should not be set for ${source.type} disk source`;
  return source.path === undefined ? null : `Path should not be set for ${source.type} disk source`;
}

function validateReservations({ role, reservation, reservations = [] }: Resource): Refusal {
  if (reservations.length === 0) {
    const refusal = role === undefined ? null : roleRefusal(role);
    if (refusal !== null || reservation === undefined) return refusal;
    if (role !== undefined && role !== '*') return null;
    return 'Invalid reservation: role "*" cannot be dynamically reserved';
  }
  const refusal = validateLayers(reservations);
  if (refusal !== null) return refusal;
  if (reservations.length === 1) return validateOlderForm(role, reservation, reservations[0]!);
  const field = role !== undefined ? 'role' : reservation !== undefined ? 'reservation' : null;
  if (field === null) return null;
  const when = "must not be set if there is more than one reservation in 'Resource.reservations'";
  return `Invalid resource format: 'Resource.${field}' ${when}`;
}

function validateLayers(layers: readonly Reservation[]): Refusal {
  for (const { role } of layers) {
    const refusal = roleRefusal(role);
    if (refusal !== null) return refusal;
    if (role === '*') return 'Invalid reservation: role "*" cannot be reserved';
  }
  for (let i = 1; i < layers.length; i++) {
    const { type, role } = layers[i]!;
    const above = layers[i - 1]!.role;
    if (type === 'STATIC') return 'Invalid refined reservation: A refined reservation cannot be STATIC';
    if (!isStrictSubrole(role, above)) {
      return `Invalid refined reservation: role '${role}' is not a refinement of '${above}'`;
    }
  }
  return null;
}

/** The older fields beside the one layer must say the same. */
function validateOlderForm(role: string | undefined, older: Resource['reservation'], layer: Reservation): Refusal {
  const wrong = 'Invalid resource format: ';
  const only = "if the single reservation in 'Resource.reservations' is";
  if (role !== undefined && role !== layer.role) {
    const match = `does not match the role '${layer.role}' in 'Resource.reservations'`;
    return `${wrong}'Resource.role' field with '${role}' ${match}`;
  }
  if (layer.type === 'STATIC') {
    return older === undefined ? null : `${wrong}'Resource.reservation' must not be set ${only} STATIC`;
  }
  if ((role === undefined) !== (older === undefined)) {
    return `${wrong}'Resource.role' and 'Resource.reservation' must either be both set or both not set ${only} DYNAMIC`;
  }
  if (older === undefined) return null;
  const [principal, expected] = [older.principal ?? '', layer.principal ?? ''];
  if (principal !== expected) {
    const match = `does not match the principal '${expected}' in 'Resource.reservations'`;
    return `${wrong}'Resource.reservation.principal' field with '${principal}' ${match}`;
  }
  if (equalMessages(older.labels ?? [], layer.labels ?? [])) return null;
  const match = `does not match the labels '${printLabels(layer.labels ?? [])}' in 'Resource.reservations'`;
  return `${wrong}'Resource.reservation.labels' field with '${printLabels(older.labels ?? [])}' ${match}`;
}

/** The rules for each of a list: what every resource in a message must meet. */
export function validateResourceList(resources: ResourceList): Refusal {
  if (resources === undefined) return null;
  for (const resource of resources) {
    const refusal = validateResource(resource);
    if (refusal !== null) return `Resource '${printResource(resource)}' is invalid: ${refusal}`;
  }
  return null;
}

/** The rules for the resources of a task, an executor or an operation. */
export function validateUsedResources(resources: ResourceList): Refusal {
  if (resources === undefined) return null;
  const refusal = validateResourceList(resources);
  if (refusal !== null) return `Invalid resources: ${refusal}`;
  if (isSimple(resources)) return null;
  const gpus = validateGpus(resources);
  if (gpus !== null) return `Invalid 'gpus' resource: ${gpus}`;
  const disk = validateDisks(resources);
  if (disk !== null) return `Invalid DiskInfo: ${disk}`;
  for (const resource of resources) {
    if (resource.revocable !== true || !isDynamicallyReserved(resource)) continue;
    const text = `Dynamically reserved resource ${printResource(resource)}`;
    return `Invalid ReservationInfo: ${text} cannot be created from revocable resources`;
  }
  return null;
}

function isSimple(resources: readonly Resource[]): boolean {
  for (const { disk, reservations, reservation, name } of resources) {
    if (disk !== undefined || reservations !== undefined || reservation !== undefined || name === 'gpus') return false;
  }
  return true;
}

function validateGpus(resources: readonly Resource[]): Refusal {
  let milli = 0;
  for (const { name, scalar } of resources) if (name === 'gpus') milli += Math.round((scalar ?? 0) * 1000);
  return milli % 1000 === 0 ? null : "The 'gpus' resource must be an unsigned integer";
}

function validateDisks(resources: readonly Resource[]): Refusal {
  for (const resource of resources) {
    const { disk } = resource;
    if (disk === undefined) continue;
    if (disk.persistence !== undefined) {
      const refusal = validatePersistence(resource, disk);
      if (refusal !== null) return refusal;
    } else if (disk.volume !== undefined) {
      return 'Non-persistent volume not supported';
    } else if (disk.source === undefined) {
      return 'DiskInfo is set but empty';
    }
  }
  return null;
}

function validatePersistence(resource: Resource, disk: DiskInfo): Refusal {
  if (resource.revocable === true) return 'Persistent volumes cannot be created from revocable resources';
  if (reservationsOf(resource).length === 0) return 'Persistent volumes cannot be created from unreserved resources';
  if (disk.volume === undefined) return "Expecting 'volume' to be set for persistent volume";
  if (disk.volume.hostPath !== undefined) return "Expecting 'host_path' to be unset for persistent volume";
  const refusal = validateId(disk.persistence?.id ?? '');
  return refusal === null ? null : `Invalid persistence ID for persistent volume: ${refusal}`;
}

/** Each must be a persistent volume that can be written. */
export function validateVolumes(volumes: readonly Resource[]): Refusal {
  for (const volume of volumes) {
    const { disk } = volume;
    if (disk === undefined) return `Resource ${printResource(volume)} does not have DiskInfo`;
    if (disk.persistence === undefined) return "'persistence' is not set in DiskInfo";
    if (disk.volume === undefined) return "Expecting 'volume' to be set for persistent volume";
    if (disk.volume.mode === 'RO') return 'Read-only persistent volume not supported';
  }
  return null;
}

/** All must come from one provider, or all from the agent itself. */
export function validateSingleProvider(resources: readonly Resource[]): Refusal {
  const ids = new Set<string | undefined>();
  for (const { providerId } of resources) ids.add(providerId);
  if (ids.size === 1) return null;
  if (ids.has(undefined)) return 'Some resources have a resource provider and some do not';
  return `The resources have multiple resource providers: ${[...ids].join(', ')}`;
}

/** All must be allocated to one role; `allocatedTo` is the role of those that do not say. */
export function validateSingleRole(resources: ResourceList, allocatedTo?: string): Refusal {
  let role: string | undefined;
  for (const resource of resources ?? []) {
    const next = resource.allocationInfo?.role ?? allocatedTo;
    if (next === undefined) return 'The resources are not allocated to a role';
    role ??= next;
    if (next === role) continue;
    const roles = `('${next}' and '${role}')`;
    return `The resources have multiple allocation roles ${roles} but only one allocation role is allowed`;
  }
  return null;
}

/** The ids of volumes must be unique in a role. */
export function validateUniquePersistence(resources: Resources): Refusal {
  let seen: Set<string> | null = null;
  for (const lot of resources.lots) {
    const id = lot.descriptor.disk?.persistence?.id;
    if (id === undefined) continue;
    const key = `${lot.descriptor.reservedRole ?? ''}\0${id}`;
    seen ??= new Set();
    if (seen.has(key) || (lot.copies > 1 && !lot.descriptor.shared)) return `Persistence ID '${id}' is not unique`;
    seen.add(key);
  }
  return null;
}

/** One kind must not be both revocable and not. */
export function validateRevocable(resources: Resources): Refusal {
  const { lots } = resources;
  if (!lots.some(isRevocable)) return null;
  for (const { descriptor } of lots) {
    const { name, revocable } = descriptor;
    if (!lots.some((lot) => lot.descriptor.name === name && lot.descriptor.revocable !== revocable)) continue;
    return `Cannot use both revocable and non-revocable '${name}' at the same time`;
  }
  return null;
}

function isRevocable(lot: Lot): boolean {
  return lot.descriptor.revocable;
}

/** Whether ranges or sets of the parts overlap: their sum then has less than they have one by one. */
export function overlap(parts: readonly Resources[]): boolean {
  const counted = parts.reduce((sum, part) => sum + countUndivided(part), 0);
  if (counted === 0) return false;
  return countUndivided(parts.reduce((sum, part) => sum.plus(part), Resources.EMPTY)) !== counted;
}

/** Numbers in ranges, items of sets, and the sizes of shared volumes, which count once however often they are used. */
function countUndivided({ lots }: Resources): number {
  let count = 0;
  for (const { ranges, items, descriptor, amountMilli } of lots) {
    for (let i = 0; i < ranges.length; i += 2) count += ranges[i + 1]! - ranges[i]! + 1;
    count += items.length;
    if (descriptor.shared) count += amountMilli;
  }
  return count;
}

export function isDynamicallyReserved(resource: Resource): boolean {
  return reservationsOf(resource).at(-1)?.type === 'DYNAMIC';
}

/** For whom a resource is reserved; `*` if for nobody. */
export function reservedRole(resource: Resource): string {
  return reservationsOf(resource).at(-1)?.role ?? '*';
}

export function isRefined(resource: Resource): boolean {
  return (resource.reservations?.length ?? 0) > 1;
}

/** The last lists converted: a task's and its executor's are asked for several times, and never again. */
const recent: { list: ResourceList; value: Resources }[] = [
  { list: undefined, value: Resources.EMPTY },
  { list: undefined, value: Resources.EMPTY },
];

/**
 * The value of resources that have passed `validateResourceList`, or why mete cannot count them. The last two lists
 * are remembered by identity: nobody changes messages.
 */
export function toResources(resources: ResourceList): Resources | string {
  if (resources === undefined || resources.length === 0) return Resources.EMPTY;
  const [newer, older] = recent as [(typeof recent)[0], (typeof recent)[0]];
  if (newer.list === resources) return newer.value;
  if (older.list === resources) return older.value;
  try {
    const value = resourcesFromMessages(resources);
    older.list = newer.list;
    older.value = newer.value;
    newer.list = resources;
    newer.value = value;
    return value;
  } catch (error) {
    if (error instanceof MeteError) return `Invalid resources: ${error.field}: ${error.reason}`;
    throw error;
  }
}

/** The sum, or why mete cannot count it. */
export function sumResources(a: Resources, b: Resources): Resources | string {
  try {
    return a.plus(b);
  } catch (error) {
    if (error instanceof MeteError) return `Invalid resources: ${error.field}: ${error.reason}`;
    throw error;
  }
}
