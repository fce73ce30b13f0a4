/**
 * Descriptors: what a resource is, apart from how much there is of it.
 *
 * Two lots may be combined only if their descriptors have equal keys. A key is canonical: equal keys <=> same identity,
 * in the sense of Mesos: name, type, the stack of reservations, disk source and persistence id, revocable, shared,
 * provider. Not part of the identity: the volume of a disk (how it is mounted) and the principal of a persistence. The
 * order of labels does not matter, their number does; a label without a value equals one with an empty value.
 * Descriptors are frozen and come from `describe` only; plain ones are interned, so that most comparisons are by
 * pointer.
 */
import { MeteError } from '../base/errors.js';
import { isStrictSubrole, validateRole } from './role-name.js';

export type ResourceType = 'SCALAR' | 'RANGES' | 'SET';

export interface Label {
  readonly key: string;
  readonly value?: string;
}

/** One layer of a reservation. The last one of a stack says whose resource it is. */
export interface Reservation {
  readonly type: 'STATIC' | 'DYNAMIC';
  readonly role: string;
  readonly principal?: string;
  readonly labels?: readonly Label[];
}

export type DiskSourceType = 'PATH' | 'MOUNT' | 'BLOCK' | 'RAW';

/** Where a disk resource comes from. `root` is the path of a PATH or MOUNT source. */
export interface DiskSource {
  readonly type: DiskSourceType;
  readonly root?: string;
  readonly vendor?: string;
  readonly id?: string;
  readonly metadata?: readonly Label[];
  readonly profile?: string;
}

/** A volume as in Mesos' JSON; mete carries it along without looking into what it does not need. */
export interface DiskVolume {
  readonly mode: 'RW' | 'RO';
  readonly container_path: string;
  readonly [key: string]: unknown;
}

export interface DiskInfo {
  readonly persistence?: { readonly id: string; readonly principal?: string };
  readonly volume?: DiskVolume;
  readonly source?: DiskSource;
}

/** What `describe` takes: everything but the name has a default. */
export interface Description {
  readonly name: string;
  readonly type?: ResourceType;
  readonly reservations?: readonly Reservation[];
  readonly disk?: DiskInfo | null;
  readonly revocable?: boolean;
  readonly shared?: boolean;
  readonly providerId?: string | null;
}

export interface Descriptor {
  readonly name: string;
  readonly type: ResourceType;
  readonly reservations: readonly Reservation[];
  readonly disk: DiskInfo | null;
  readonly revocable: boolean;
  readonly shared: boolean;
  readonly providerId: string | null;
  /** Canonical identity; begins with the name. */
  readonly key: string;
  /** The role of the last reservation; null if unreserved. */
  readonly reservedRole: string | null;
  /** More than one reservation. */
  readonly refined: boolean;
  /** A scalar that is unreserved, neither revocable nor shared, without disk info and provider. */
  readonly plain: boolean;
  /** Whether a part of it may be taken: not for MOUNT and BLOCK disks, RAW disks with an id, persistent volumes. */
  readonly divisible: boolean;
}

const NO_RESERVATIONS: readonly Reservation[] = Object.freeze([]);

/** Interned descriptors without any extras, by type and name. Bounded: names come from outside. */
const INTERN_LIMIT = 4096;
const internedScalars = new Map<string, Descriptor>();
const internedOthers = new Map<string, Descriptor>();

/**
 * The descriptor of a description. Throws MeteError (INVALID_RESOURCES; INVALID_ROLE for a bad role name) if it
 * describes no possible resource. `field` prefixes the names of fields in errors.
 */
export function describe(description: Description, field = 'resource'): Descriptor {
  const { name, type = 'SCALAR', revocable = false, shared = false } = description;
  const reservations = description.reservations ?? NO_RESERVATIONS;
  const disk = description.disk ?? null;
  const providerId = description.providerId ?? null;
  if (!Array.isArray(reservations)) refuse(`${field}.reservations`, reservations, 'it is not a list', 'give a list');
  if (reservations.length === 0 && disk === null && !revocable && !shared && providerId === null) {
    return describeBare(name, type, field);
  }
  checkName(name, field);
  checkType(type, field);
  checkReservations(reservations, field);
  if (disk !== null) checkDisk(disk, name, type, field);
  if (shared && disk?.persistence === undefined) {
    refuse(`${field}.shared`, name, 'only persistent volumes can be shared', 'share a disk with a persistence id only');
  }
  if (providerId === '') refuse(`${field}.provider_id`, providerId, 'it is empty', 'leave it out or name the provider');
  const stack = reservations.length === 0 ? NO_RESERVATIONS : Object.freeze(reservations.map(freezeReservation));
  return build(name, type, stack, disk === null ? null : freezeDisk(disk), revocable, shared, providerId);
}

/** The descriptor of an unreserved resource without extras; interned. */
export function describeBare(name: string, type: ResourceType = 'SCALAR', field = 'resource'): Descriptor {
  const interned = type === 'SCALAR' ? internedScalars : internedOthers;
  const known = interned.get(type === 'SCALAR' ? name : bareKey(name, type));
  if (known !== undefined) return known;
  checkName(name, field);
  checkType(type, field);
  const descriptor = build(name, type, NO_RESERVATIONS, null, false, false, null);
  if (interned.size < INTERN_LIMIT) interned.set(type === 'SCALAR' ? name : descriptor.key, descriptor);
  return descriptor;
}

/** The same resource with another stack of reservations. Throws like `describe`. */
export function withReservations(descriptor: Descriptor, reservations: readonly Reservation[]): Descriptor {
  return describe({ ...identityOf(descriptor), reservations }, descriptor.name);
}

/** The same resource with other disk info, and not shared any more unless `shared` says so. Throws like `describe`. */
export function withDisk(descriptor: Descriptor, disk: DiskInfo | null, shared = false): Descriptor {
  return describe({ ...identityOf(descriptor), disk, shared }, descriptor.name);
}

function identityOf(descriptor: Descriptor): Description {
  const { name, type, reservations, disk, revocable, shared, providerId } = descriptor;
  return { name, type, reservations, disk, revocable, shared, providerId };
}

function build(
  name: string,
  type: ResourceType,
  reservations: readonly Reservation[],
  disk: DiskInfo | null,
  revocable: boolean,
  shared: boolean,
  providerId: string | null,
): Descriptor {
  const bare = reservations.length === 0 && disk === null && !revocable && !shared && providerId === null;
  const last = reservations[reservations.length - 1];
  return Object.freeze({
    name,
    type,
    reservations,
    disk,
    revocable,
    shared,
    providerId,
    key: bare ? bareKey(name, type) : fullKey(name, type, reservations, disk, revocable, shared, providerId),
    reservedRole: last === undefined ? null : last.role,
    refined: reservations.length > 1,
    plain: bare && type === 'SCALAR',
    divisible: disk === null || isDivisible(disk),
  });
}

function isDivisible(disk: DiskInfo): boolean {
  if (disk.persistence !== undefined) return false;
  const source = disk.source;
  if (source === undefined || source.type === 'PATH') return true;
  return source.type === 'RAW' && source.id === undefined;
}

/** The last NUL of a key ends the name: what follows is JSON, which has no raw NUL. So keys are unambiguous. */
function bareKey(name: string, type: ResourceType): string {
  return `${name}\0${type}`;
}

function fullKey(
  name: string,
  type: ResourceType,
  reservations: readonly Reservation[],
  disk: DiskInfo | null,
  revocable: boolean,
  shared: boolean,
  providerId: string | null,
): string {
  const source = disk?.source;
  const place =
    source === undefined
      ? null
      : [
          source.type,
          source.root ?? null,
          source.vendor ?? null,
          source.id ?? null,
          labelsKey(source.metadata),
          source.profile ?? null,
        ];
  const diskKey = disk === null ? null : [place, disk.persistence?.id ?? null];
  return `${bareKey(name, type)}${stackKey(reservations)}${JSON.stringify([diskKey, revocable, shared, providerId])}`;
}

/** Canonical text of a stack of reservations: equal for equal stacks only. */
export function stackKey(reservations: readonly Reservation[]): string {
  return JSON.stringify(reservations.map((r) => [r.type, r.role, r.principal ?? null, labelsKey(r.labels)]));
}

function labelsKey(labels: readonly Label[] | undefined): string[] | null {
  if (labels === undefined) return null;
  return labels.map((label) => JSON.stringify([label.key, label.value ?? ''])).sort();
}

function freezeReservation(reservation: Reservation): Reservation {
  const { type, role, principal, labels } = reservation;
  return Object.freeze({
    type,
    role,
    ...(principal === undefined ? {} : { principal }),
    ...(labels === undefined ? {} : { labels: freezeLabels(labels) }),
  });
}

function freezeLabels(labels: readonly Label[]): readonly Label[] {
  return Object.freeze(
    labels.map(({ key, value }) => Object.freeze({ key, ...(value === undefined ? {} : { value }) })),
  );
}

function freezeDisk(disk: DiskInfo): DiskInfo {
  const { persistence, volume, source } = disk;
  return Object.freeze({
    ...(persistence === undefined ? {} : { persistence: Object.freeze({ ...persistence }) }),
    ...(volume === undefined ? {} : { volume: Object.freeze({ ...volume }) }),
    ...(source === undefined ? {} : { source: freezeSource(source) }),
  });
}

function freezeSource(source: DiskSource): DiskSource {
  const { metadata, ...rest } = source;
  return Object.freeze({ ...rest, ...(metadata === undefined ? {} : { metadata: freezeLabels(metadata) }) });
}

function refuse(field: string, value: unknown, reason: string, mend: string): never {
  throw new MeteError('INVALID_RESOURCES', { field, value, reason, mend });
}

function checkName(name: string, field: string): void {
  if (typeof name !== 'string' || name === '') {
    refuse(`${field}.name`, name, 'it is not a non-empty string', "name the resource, e.g. 'cpus'");
  }
}

function checkType(type: ResourceType, field: string): void {
  if (type !== 'SCALAR' && type !== 'RANGES' && type !== 'SET') {
    refuse(`${field}.type`, type, 'it is not a type of resources', 'use SCALAR, RANGES or SET');
  }
}

const NOTHING: Partial<Reservation> = Object.freeze({});

function checkReservations(reservations: readonly Reservation[], field: string): void {
  for (let i = 0; i < reservations.length; i++) {
    const at = `${field}.reservations[${i}]`;
    const { type, role, principal, labels } = reservations[i] ?? NOTHING;
    if (type !== 'STATIC' && type !== 'DYNAMIC') {
      refuse(`${at}.type`, type, 'it is not a type of reservations', 'use STATIC or DYNAMIC');
    }
    validateRole(role ?? '', `${at}.role`);
    if (role === '*') refuse(`${at}.role`, role, 'the role "*" cannot be reserved for', 'leave the reservation out');
    checkOptionalString(principal, `${at}.principal`);
    checkLabels(labels, `${at}.labels`);
    if (i === 0) continue;
    if (type === 'STATIC') refuse(`${at}.type`, type, 'a refined reservation cannot be STATIC', 'use DYNAMIC');
    const above = reservations[i - 1]!.role;
    if (!isStrictSubrole(role ?? '', above)) {
      refuse(`${at}.role`, role, `it is not a refinement of '${above}'`, `reserve for a subrole like '${above}/x'`);
    }
  }
}

function checkLabels(labels: readonly Label[] | undefined, field: string): void {
  if (labels === undefined) return;
  if (!Array.isArray(labels)) refuse(field, labels, 'it is not a list of labels', 'give [{key, value}, …]');
  (labels as readonly Label[]).forEach(({ key, value }, i) => {
    if (typeof key !== 'string') refuse(`${field}[${i}].key`, key, 'it is not a string', 'give a string');
    checkOptionalString(value, `${field}[${i}].value`);
  });
}

function checkOptionalString(value: unknown, field: string): void {
  if (value !== undefined && typeof value !== 'string') refuse(field, value, 'it is not a string', 'give a string');
}

function checkDisk(disk: DiskInfo, name: string, type: ResourceType, field: string): void {
  const at = `${field}.disk`;
  if (name !== 'disk') refuse(at, name, 'only the resource named disk has disk info', 'leave the disk info out');
  if (type !== 'SCALAR') refuse(`${field}.type`, type, 'a disk with disk info is a scalar', 'use SCALAR');
  const { persistence, volume, source } = disk;
  if (persistence === undefined && source === undefined) {
    const reason = volume === undefined ? 'the disk info is empty' : 'a volume needs a persistence id';
    refuse(at, disk, reason, 'set persistence or source, or leave the disk info out');
  }
  if (persistence !== undefined) {
    const { id } = persistence;
    if (typeof id !== 'string' || id === '') refuse(`${at}.persistence.id`, id, 'it is empty', 'give the volume an id');
    checkOptionalString(persistence.principal, `${at}.persistence.principal`);
  }
  if (source !== undefined) checkSource(source, `${at}.source`);
}

function checkSource(source: DiskSource, at: string): void {
  const { type, root } = source;
  if (type !== 'PATH' && type !== 'MOUNT' && type !== 'BLOCK' && type !== 'RAW') {
    refuse(`${at}.type`, type, 'it is not a type of disk sources', 'use PATH, MOUNT, BLOCK or RAW');
  }
  if (root !== undefined && type !== 'PATH' && type !== 'MOUNT') {
    refuse(`${at}.root`, root, `a ${type} disk has no root`, 'leave it out');
  }
  checkOptionalString(root, `${at}.root`);
  checkOptionalString(source.vendor, `${at}.vendor`);
  checkOptionalString(source.id, `${at}.id`);
  checkOptionalString(source.profile, `${at}.profile`);
  checkLabels(source.metadata, `${at}.metadata`);
}
