/**
 * The text form of resources, for people and command lines: `cpus:4; mem(ads):512; ports:[31000-32000]`.
 *
 * Lots that are unreserved, or reserved statically by one layer that names only its role, print so that
 * `parseResources` reads them back. All else prints as Mesos prints it, which shows everything but cannot be parsed.
 */
import { fromMilli } from './amount.js';
import type { Descriptor, DiskInfo, DiskSource, Label, Reservation } from './descriptor.js';
import type { Lot } from './lot.js';
import type { Ranges } from './ranges.js';

/** The text of a list of lots; `{}` if there are none. */
export function printLots(lots: readonly Lot[]): string {
  return lots.length === 0 ? '{}' : lots.map(printLot).join('; ');
}

/** The text of one lot. Of several copies the number follows: `disk(…)[vol]<SHARED>:64<2>`. */
export function printLot(lot: Lot): string {
  const copies = lot.copies === 1 ? '' : `<${lot.copies}>`;
  return `${printDescriptor(lot.descriptor)}:${printAmount(lot)}${copies}`;
}

/** `[1-5, 7-7]` */
export function printRanges(ranges: Ranges): string {
  const parts: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) parts.push(`${ranges[i]}-${ranges[i + 1]}`);
  return `[${parts.join(', ')}]`;
}

function printAmount(lot: Lot): string {
  switch (lot.descriptor.type) {
    case 'SCALAR':
      return String(fromMilli(lot.amountMilli));
    case 'RANGES':
      return printRanges(lot.ranges);
    case 'SET':
      return `{${lot.items.join(', ')}}`;
  }
}

function printDescriptor(descriptor: Descriptor): string {
  const { name, reservations, disk, providerId, revocable, shared } = descriptor;
  let text = name;
  if (isSimple(reservations)) text += `(${descriptor.reservedRole})`;
  else if (reservations.length > 0) {
    text += `(reservations: [${reservations.map((r) => `(${printReservation(r)})`).join(',')}])`;
  }
  if (disk !== null) text += `[${printDisk(disk)}]`;
  if (providerId !== null) text += `<provider ${providerId}>`;
  if (revocable) text += '{REV}';
  if (shared) text += '<SHARED>';
  return text;
}

function isSimple(reservations: readonly Reservation[]): boolean {
  const first = reservations[0];
  return (
    reservations.length === 1 &&
    first !== undefined &&
    first.type === 'STATIC' &&
    first.principal === undefined &&
    first.labels === undefined
  );
}

function printReservation({ type, role, principal, labels }: Reservation): string {
  const parts: string[] = [type, role];
  if (principal !== undefined) parts.push(principal);
  if (labels !== undefined) parts.push(printLabels(labels));
  return parts.join(',');
}

function printLabels(labels: readonly Label[]): string {
  return `{${labels.map(({ key, value }) => (value === undefined ? key : `${key}: ${value}`)).join(', ')}}`;
}

function printDisk({ source, persistence, volume }: DiskInfo): string {
  const parts: string[] = [];
  if (source !== undefined) parts.push(printSource(source));
  if (persistence !== undefined) parts.push(persistence.id);
  return parts.join(',') + (volume === undefined ? '' : `:${volume.container_path}`);
}

function printSource({ type, root, vendor, id, profile }: DiskSource): string {
  if (id !== undefined || profile !== undefined) return `${type}(${vendor ?? ''},${id ?? ''},${profile ?? ''})`;
  return root === undefined ? type : `${type}:${root}`;
}
