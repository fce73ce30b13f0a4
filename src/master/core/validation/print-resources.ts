/** Resources as Mesos prints them in its texts: every layer of a reservation, and to whom they are allocated. */
import type { DiskInfo, Label, Reservation, Resource } from '../../../protocol/common.js';
import type { Resources } from '../../../resources/resources.js';
import { resourcesToMessages } from '../../../resources/message-form.js';
import { lotsToJson } from '../../../resources/print-json.js';
import { printAmount } from './refusal.js';

/** One resource; `allocatedTo` is its role if it does not say itself to whom it is allocated. */
export function printResource(resource: Resource, allocatedTo?: string): string {
  const role = resource.allocationInfo?.role ?? allocatedTo;
  let text = resource.name;
  if (role !== undefined) text += `(allocated: ${role})`;
  const stack = reservationsOf(resource);
  if (stack.length > 0) text += `(reservations: [${stack.map((layer) => `(${printReservation(layer)})`).join(',')}])`;
  if (resource.disk !== undefined) text += `[${printDisk(resource.disk)}]`;
  if (resource.revocable === true) text += '{REV}';
  if (resource.shared === true) text += '<SHARED>';
  return `${text}:${printValue(resource)}`;
}

/** A list of resources; `{}` if there are none. */
export function printResourceList(resources: readonly Resource[] | undefined, allocatedTo?: string): string {
  if (resources === undefined || resources.length === 0) return '{}';
  return resources.map((resource) => printResource(resource, allocatedTo)).join('; ');
}

/** A value of resources, all allocated to one role. */
export function printResources(resources: Resources, allocatedTo?: string): string {
  return printResourceList(resourcesToMessages(resources), allocatedTo);
}

/** As Mesos prints lists in messages: v1 JSON. */
export function printResourcesJson(resources: Resources, allocatedTo?: string): string {
  return JSON.stringify(lotsToJson(resources.lots, allocatedTo));
}

/** The layers of a resource's reservation; the older form, a role and perhaps a reservation, is one layer. */
export function reservationsOf(resource: Resource): readonly Reservation[] {
  const { reservations, role, reservation } = resource;
  if (reservations !== undefined && reservations.length > 0) return reservations;
  if (role === undefined || role === '*') return NO_LAYERS;
  return [reservation === undefined ? { type: 'STATIC', role } : { ...reservation, type: 'DYNAMIC', role }];
}

const NO_LAYERS: readonly Reservation[] = [];

function printValue(resource: Resource): string {
  switch (resource.type) {
    case 'SCALAR':
      return printAmount(resource.scalar ?? 0);
    case 'RANGES':
      return `[${(resource.ranges ?? []).map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`;
    case 'SET':
      return `{${(resource.set ?? []).join(', ')}}`;
  }
}

function printReservation({ type, role, principal, labels }: Reservation): string {
  let text = `${type},${role}`;
  if (principal !== undefined) text += `,${principal}`;
  return labels === undefined ? text : `${text},${printLabels(labels)}`;
}

/** `{key: value, key}` */
export function printLabels(labels: readonly Label[]): string {
  return `{${labels.map(({ key, value }) => (value === undefined ? key : `${key}: ${value}`)).join(', ')}}`;
}

function printDisk({ source, persistence, volume }: DiskInfo): string {
  let text = source === undefined ? '' : printSource(source);
  if (persistence !== undefined) text += `${source === undefined ? '' : ','}${persistence.id}`;
  if (volume === undefined) return text;
  const { hostPath, containerPath, mode } = volume;
  return `${text}:${hostPath === undefined ? containerPath : `${hostPath}:${containerPath}:${mode.toLowerCase()}`}`;
}

function printSource(source: NonNullable<DiskInfo['source']>): string {
  const { type, vendor = '', id, profile } = source;
  if (type === 'UNKNOWN') return type;
  if (id !== undefined || profile !== undefined) return `${type}(${vendor},${id ?? ''},${profile ?? ''})`;
  const root = type === 'MOUNT' ? source.mount?.root : type === 'PATH' ? source.path?.root : undefined;
  return root === undefined ? type : `${type}:${root}`;
}
