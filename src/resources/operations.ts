/**
 * Offer operations as arithmetic: each is a list of conversions, each of which takes some resources out and puts others
 * in.
 *
 * An operation changes what resources are (reserved, volume, shared), never how much there is of them; the conversions
 * for additional copies of shared volumes are the one exception. Checks here are those that keep the arithmetic sound;
 * who may do what (principals, capabilities, roles of frameworks) is the master's business. Facts: Mesos'
 * `getResourceConversions` and the validation of operations in its master.
 */
import { MeteError } from '../base/errors.js';
import { addMilli, fromMilli } from './amount.js';
import { stackKey } from './descriptor.js';
import { compareLots, type Lot, scalarLot } from './lot.js';
import { printLot } from './print-text.js';
import { Resources } from './resources.js';
import { popLot, popReservation, toPlainDisk, toUnreserved } from './transform.js';

/** `consumed` becomes `converted`. Empty `consumed` only adds, e.g. copies of a shared volume. */
export interface Conversion {
  readonly consumed: Resources;
  readonly converted: Resources;
  /** What must not be there any more afterwards: a destroyed volume has no further copies. */
  readonly absentAfter?: Resources;
}

export type Operation =
  /** `resources` carry their full stacks; consumed is `source`, or the same without the last reservations. */
  | { readonly type: 'RESERVE'; readonly resources: Resources; readonly source?: Resources }
  | { readonly type: 'UNRESERVE'; readonly resources: Resources }
  | { readonly type: 'CREATE'; readonly volumes: Resources }
  | { readonly type: 'DESTROY'; readonly volumes: Resources }
  /** `volume` is one volume, `addition` disk of the same kind. */
  | { readonly type: 'GROW_VOLUME'; readonly volume: Resources; readonly addition: Resources }
  /** `volume` is one volume. */
  | { readonly type: 'SHRINK_VOLUME'; readonly volume: Resources; readonly subtractMilli: number };

/** The conversions of an operation, in order. Throws MeteError (INVALID_RESOURCES, INVALID_ARGUMENT) if it has none. */
export function conversionsOf(operation: Operation): Conversion[] {
  switch (operation.type) {
    case 'RESERVE':
      return [reserve(operation.resources, operation.source)];
    case 'UNRESERVE':
      return operation.resources.lots.map(unreserve);
    case 'CREATE':
      return operation.volumes.lots.map(create);
    case 'DESTROY':
      return operation.volumes.lots.map(destroy);
    case 'GROW_VOLUME':
      return [grow(onlyLot(operation.volume, 'volume'), onlyLot(operation.addition, 'addition'))];
    case 'SHRINK_VOLUME':
      return [shrink(onlyLot(operation.volume, 'volume'), operation.subtractMilli)];
    default:
      throw new MeteError('INVALID_ARGUMENT', {
        field: 'operation.type',
        value: (operation as { type: unknown }).type,
        reason: 'it is not an operation on resources',
        mend: 'use RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME or SHRINK_VOLUME',
      });
  }
}

/** `resources` after the conversions, in order. Throws MeteError (NOT_AVAILABLE) if something consumed is not there. */
export function applyConversions(resources: Resources, conversions: readonly Conversion[]): Resources {
  let result = resources;
  for (const { consumed, converted, absentAfter } of conversions) {
    if (!result.contains(consumed)) refuseMissing(result, consumed);
    result = result.minus(consumed).plus(converted);
    if (absentAfter !== undefined && !absentAfter.isEmpty && result.contains(absentAfter)) {
      throw new MeteError('NOT_AVAILABLE', {
        field: 'volume',
        value: String(absentAfter),
        reason: 'there are further copies of it',
        mend: 'wait until all users of the shared volume are gone',
      });
    }
  }
  return result;
}

/** `resources` after an operation. Throws MeteError like `conversionsOf` and `applyConversions`. */
export function applyOperation(resources: Resources, operation: Operation): Resources {
  return applyConversions(resources, conversionsOf(operation));
}

function refuseMissing(available: Resources, consumed: Resources): never {
  const missing = consumed.lots.find((lot) => !available.contains(Resources.of([lot])));
  const there = missing && available.filter((lot) => lot.descriptor.key === missing.descriptor.key);
  throw new MeteError('NOT_AVAILABLE', {
    field: 'consumed',
    value: missing === undefined ? String(consumed) : printLot(missing),
    reason: `it is not there: of this there is ${there === undefined ? '{}' : String(there)}`,
    mend: 'consume what is there, with the same reservations and disk info',
  });
}

function refuse(field: string, lot: Lot, reason: string, mend: string): never {
  throw new MeteError('INVALID_RESOURCES', { field, value: printLot(lot), reason, mend });
}

function checkDynamic(lot: Lot): void {
  const { reservations } = lot.descriptor;
  if (reservations[reservations.length - 1]?.type === 'DYNAMIC') return;
  refuse('resources', lot, 'it is not dynamically reserved', 'give the resource with a DYNAMIC reservation on top');
}

function reserve(resources: Resources, source: Resources | undefined): Conversion {
  resources.lots.forEach(checkDynamic);
  if (source === undefined || source.isEmpty) return { consumed: popReservation(resources), converted: resources };
  checkOneStack(source, 'source');
  checkOneStack(resources, 'resources');
  if (!toUnreserved(source).equals(toUnreserved(resources))) {
    throw new MeteError('INVALID_RESOURCES', {
      field: 'source',
      value: String(source),
      reason: `it is not the same but for reservations as ${String(resources)}`,
      mend: 'give the same resources as source and as result',
    });
  }
  return { consumed: source, converted: resources };
}

function checkOneStack(resources: Resources, field: string): void {
  const stacks = resources.lots.map((lot) => stackKey(lot.descriptor.reservations));
  const other = stacks.findIndex((key) => key !== stacks[0]);
  if (other <= 0) return;
  const mend = 'move resources of one stack of reservations at a time';
  refuse(field, resources.lots[other]!, 'its reservations differ from those of the others', mend);
}

function unreserve(lot: Lot): Conversion {
  checkDynamic(lot);
  if (lot.descriptor.disk?.persistence !== undefined) {
    refuse('resources', lot, 'a persistent volume cannot be unreserved', 'destroy the volume first');
  }
  return { consumed: Resources.of([lot]), converted: Resources.of([popLot(lot)]) };
}

function create(volume: Lot): Conversion {
  const { reservedRole, revocable } = volume.descriptor;
  checkVolume(volume, 'volumes');
  if (volume.copies !== 1) refuse('volumes', volume, 'it is given more than once', 'create each volume once');
  if (reservedRole === null) {
    const reason = 'persistent volumes cannot be created from unreserved resources';
    refuse('volumes', volume, reason, 'reserve the disk first');
  }
  if (revocable) {
    refuse('volumes', volume, 'persistent volumes cannot be created from revocable resources', 'use other disk');
  }
  return { consumed: Resources.of([toPlainDisk(volume)]), converted: Resources.of([volume]) };
}

function destroy(volume: Lot): Conversion {
  checkVolume(volume, 'volumes');
  if (volume.copies !== 1 && !volume.descriptor.shared) {
    refuse('volumes', volume, 'it is given more than once', 'destroy each volume once');
  }
  const gone = Resources.of([scalarLot(volume.descriptor, volume.amountMilli)]);
  return { consumed: Resources.of([volume]), converted: Resources.of([toPlainDisk(volume)]), absentAfter: gone };
}

function grow(volume: Lot, addition: Lot): Conversion {
  checkResizable(volume, 'grown');
  const disk = toPlainDisk(volume);
  if (!disk.descriptor.divisible || compareLots(disk, addition) !== 0) {
    const reason = `it is not the same kind of disk as ${printLot(volume)}`;
    refuse('addition', addition, reason, 'add disk of the same source and reservations, not MOUNT or BLOCK');
  }
  const sizeMilli = addMilli(volume.amountMilli, addition.amountMilli, 'disk');
  const converted = Resources.of([scalarLot(volume.descriptor, sizeMilli)]);
  return { consumed: Resources.of([volume, addition]), converted };
}

function shrink(volume: Lot, subtractMilli: number): Conversion {
  checkResizable(volume, 'shrunk');
  const disk = toPlainDisk(volume);
  if (!disk.descriptor.divisible) {
    refuse('volume', volume, 'a volume on a disk that cannot be divided cannot be shrunk', 'use a PATH or root disk');
  }
  if (!Number.isSafeInteger(subtractMilli) || subtractMilli <= 0 || subtractMilli >= volume.amountMilli) {
    throw new MeteError('INVALID_ARGUMENT', {
      field: 'subtract',
      value: fromMilli(subtractMilli),
      reason: `it is not above 0 and below the size of ${printLot(volume)}`,
      mend: 'take away less than the size of the volume, or destroy it',
    });
  }
  const shrunk = scalarLot(volume.descriptor, volume.amountMilli - subtractMilli);
  const freed = scalarLot(disk.descriptor, subtractMilli);
  return { consumed: Resources.of([volume]), converted: Resources.of([shrunk, freed]) };
}

function checkVolume(lot: Lot, field: string): void {
  if (lot.descriptor.disk?.persistence !== undefined) return;
  refuse(field, lot, 'it is not a persistent volume', 'give a disk with a persistence id');
}

function checkResizable(volume: Lot, verb: string): void {
  checkVolume(volume, 'volume');
  const { shared, providerId } = volume.descriptor;
  if (shared) refuse('volume', volume, `a shared volume cannot be ${verb}`, 'use a volume that is not shared');
  if (providerId !== null) {
    const reason = `a volume of a resource provider cannot be ${verb}`;
    refuse('volume', volume, reason, "use a volume on the agent's own disk");
  }
}

function onlyLot(resources: Resources, field: string): Lot {
  const lot = resources.lots[0];
  if (lot !== undefined && resources.lots.length === 1 && lot.copies === 1) return lot;
  throw new MeteError('INVALID_RESOURCES', {
    field,
    value: String(resources),
    reason: 'it is not exactly one resource',
    mend: 'give one resource that is not empty',
  });
}
