/**
 * The JSON form of resources: Mesos v1 `Resource` objects, with reservations as a stack (`reservations`).
 *
 * Field names and nesting are those of the v1 messages; unset and empty fields are left out. A lot of several copies
 * prints as that many equal objects, which is how Mesos counts copies when it reads them.
 */
import { fromMilli } from './amount.js';
import type { DiskInfo, DiskSource, DiskVolume, Label, Reservation } from './descriptor.js';
import type { Lot } from './lot.js';
import type { Ranges } from './ranges.js';

export interface LabelsJson {
  labels?: { key: string; value?: string }[];
}

export interface RangesJson {
  range?: { begin: number; end: number }[];
}

export interface ReservationJson {
  type: 'STATIC' | 'DYNAMIC';
  role: string;
  principal?: string;
  labels?: LabelsJson;
}

export interface DiskJson {
  persistence?: { id: string; principal?: string };
  volume?: DiskVolume;
  source?: {
    type: DiskSource['type'];
    path?: { root: string };
    mount?: { root: string };
    vendor?: string;
    id?: string;
    metadata?: LabelsJson;
    profile?: string;
  };
}

export interface ResourceJson {
  name: string;
  type: 'SCALAR' | 'RANGES' | 'SET';
  scalar?: { value: number };
  ranges?: RangesJson;
  set?: { item?: string[] };
  allocation_info?: { role: string };
  reservations?: ReservationJson[];
  disk?: DiskJson;
  revocable?: Record<string, never>;
  shared?: Record<string, never>;
  provider_id?: { value: string };
}

/** v1 Resource objects of lots; `allocatedTo` sets `allocation_info.role` on each, as in offers. */
export function lotsToJson(lots: readonly Lot[], allocatedTo?: string): ResourceJson[] {
  const out: ResourceJson[] = [];
  for (const lot of lots) for (let copy = 0; copy < lot.copies; copy++) out.push(lotToJson(lot, allocatedTo));
  return out;
}

function lotToJson(lot: Lot, allocatedTo: string | undefined): ResourceJson {
  const { name, type, reservations, disk, revocable, shared, providerId } = lot.descriptor;
  const json: ResourceJson = { name, type };
  if (providerId !== null) json.provider_id = { value: providerId };
  if (type === 'SCALAR') json.scalar = { value: fromMilli(lot.amountMilli) };
  if (type === 'RANGES') json.ranges = rangesToJson(lot.ranges);
  if (type === 'SET') json.set = { item: [...lot.items] };
  if (allocatedTo !== undefined) json.allocation_info = { role: allocatedTo };
  if (reservations.length > 0) json.reservations = reservations.map(reservationToJson);
  if (disk !== null) json.disk = diskToJson(disk);
  if (revocable) json.revocable = {};
  if (shared) json.shared = {};
  return json;
}

/** The v1 `Value.Ranges` of ranges. */
export function rangesToJson(ranges: Ranges): RangesJson {
  const range: { begin: number; end: number }[] = [];
  for (let i = 0; i < ranges.length; i += 2) range.push({ begin: ranges[i]!, end: ranges[i + 1]! });
  return { range };
}

function reservationToJson({ type, role, principal, labels }: Reservation): ReservationJson {
  const json: ReservationJson = { type, role };
  if (principal !== undefined) json.principal = principal;
  if (labels !== undefined) json.labels = labelsToJson(labels);
  return json;
}

function labelsToJson(labels: readonly Label[]): LabelsJson {
  return labels.length === 0 ? {} : { labels: labels.map((label) => ({ ...label })) };
}

function diskToJson({ persistence, volume, source }: DiskInfo): DiskJson {
  const json: DiskJson = {};
  if (persistence !== undefined) json.persistence = { ...persistence };
  if (volume !== undefined) json.volume = { ...volume };
  if (source !== undefined) {
    const { type, root, vendor, id, metadata, profile } = source;
    json.source = { type };
    if (root !== undefined) json.source[type === 'MOUNT' ? 'mount' : 'path'] = { root };
    if (vendor !== undefined) json.source.vendor = vendor;
    if (id !== undefined) json.source.id = id;
    if (metadata !== undefined) json.source.metadata = labelsToJson(metadata);
    if (profile !== undefined) json.source.profile = profile;
  }
  return json;
}
