/**
 * Resources under another descriptor: reservations pushed and popped, persistent volumes turned back into plain disk.
 */
import { MeteError } from '../base/errors.js';
import { type Descriptor, type Reservation, withDisk, withReservations } from './descriptor.js';
import { type Lot, makeLot } from './lot.js';
import { printLot } from './print-text.js';
import { Resources } from './resources.js';

/** The same amount of another descriptor, which must be of the same type. */
export function retype(lot: Lot, descriptor: Descriptor): Lot {
  return makeLot(descriptor, lot.amountMilli, lot.ranges, lot.items, lot.copies);
}

/** The resources with `reservation` on top of each stack. Throws MeteError if it does not refine a stack. */
export function pushReservation(resources: Resources, reservation: Reservation): Resources {
  return Resources.of(
    resources.lots.map((lot) => {
      const { descriptor } = lot;
      return retype(lot, withReservations(descriptor, [...descriptor.reservations, reservation]));
    }),
  );
}

/** The resources without the last reservation of each stack. Throws MeteError if something is unreserved. */
export function popReservation(resources: Resources): Resources {
  return Resources.of(resources.lots.map(popLot));
}

/** The lot without the last reservation of its stack. Throws MeteError if it is unreserved. */
export function popLot(lot: Lot): Lot {
  const { reservations } = lot.descriptor;
  if (reservations.length === 0) {
    throw new MeteError('INVALID_RESOURCES', {
      field: lot.descriptor.name,
      value: printLot(lot),
      reason: 'it is not reserved',
      mend: 'give reserved resources, with the reservation that is meant as the last of the stack',
    });
  }
  return retype(lot, withReservations(lot.descriptor, reservations.slice(0, -1)));
}

/** The resources without any reservations. Persistent volumes and the like stay what they are. */
export function toUnreserved(resources: Resources): Resources {
  if (resources.lots.every((lot) => lot.descriptor.reservations.length === 0)) return resources;
  return Resources.of(
    resources.lots.map((lot) => {
      if (lot.descriptor.reservations.length === 0) return lot;
      return retype(lot, withReservations(lot.descriptor, []));
    }),
  );
}

/** The disk that a persistent volume lies on: no persistence, no volume, not shared; the same size and one copy. */
export function toPlainDisk(volume: Lot): Lot {
  const source = volume.descriptor.disk?.source;
  const descriptor = withDisk(volume.descriptor, source === undefined ? null : { source });
  return makeLot(descriptor, volume.amountMilli, volume.ranges, volume.items, 1);
}
