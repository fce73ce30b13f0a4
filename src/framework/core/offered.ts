/**
 * The cpus and mem of an offer, and what tasks take of them. Amounts are counted in thousandths, so that nothing is
 * lost by rounding. Resources reserved for the role are taken first, each under its own reservation; the executor's are
 * taken from unreserved ones. Revocable and shared resources and disks are left alone.
 */
import type { Resource } from '../../protocol/common.js';
import type { OfferMessage } from '../../protocol/offer.js';

/** Amounts of cpus and mem (MB) in thousandths. */
export interface MilliNeeds {
  readonly cpus: number;
  readonly mem: number;
}

interface Lot {
  readonly resource: Resource;
  leftMilli: number;
}

export interface Offered {
  readonly cpus: Lot[];
  readonly mem: Lot[];
}

export function milliNeeds(cpus: number, memMb: number): MilliNeeds {
  return { cpus: Math.round(cpus * 1000), mem: Math.round(memMb * 1000) };
}

export function offeredBy(offer: OfferMessage): Offered {
  return { cpus: lotsOf(offer, 'cpus'), mem: lotsOf(offer, 'mem') };
}

function lotsOf(offer: OfferMessage, name: string): Lot[] {
  const lots: Lot[] = [];
  for (const resource of offer.resources) {
    if (resource.name !== name || resource.scalar === undefined) continue;
    if (resource.revocable === true || resource.shared === true || resource.disk !== undefined) continue;
    const lot = { resource, leftMilli: Math.round(resource.scalar * 1000) };
    if (isReserved(resource)) lots.unshift(lot);
    else lots.push(lot);
  }
  return lots;
}

function isReserved({ role, reservations }: Resource): boolean {
  return (reservations !== undefined && reservations.length > 0) || (role !== undefined && role !== '*');
}

function left(lots: readonly Lot[]): number {
  return lots.reduce((sum, lot) => sum + lot.leftMilli, 0);
}

/** How many tasks fit. */
export function roomFor(offered: Offered, needs: MilliNeeds): number {
  return Math.floor(Math.min(left(offered.cpus) / needs.cpus, left(offered.mem) / needs.mem));
}

/** Takes what an executor needs off the unreserved part; false (and nothing is taken) if it is not there. */
export function takeExecutor(offered: Offered, needs: MilliNeeds): boolean {
  const cpus = offered.cpus.find(({ resource, leftMilli }) => !isReserved(resource) && leftMilli >= needs.cpus);
  const mem = offered.mem.find(({ resource, leftMilli }) => !isReserved(resource) && leftMilli >= needs.mem);
  if ((needs.cpus > 0 && cpus === undefined) || (needs.mem > 0 && mem === undefined)) return false;
  if (cpus !== undefined) cpus.leftMilli -= needs.cpus;
  if (mem !== undefined) mem.leftMilli -= needs.mem;
  return true;
}

/** Takes what one task needs, which must be there, in the form of its resources. */
export function takeTask(offered: Offered, needs: MilliNeeds): Resource[] {
  const taken: Resource[] = [];
  take(offered.cpus, needs.cpus, taken);
  take(offered.mem, needs.mem, taken);
  return taken;
}

function take(lots: readonly Lot[], amountMilli: number, taken: Resource[]): void {
  let missing = amountMilli;
  for (const lot of lots) {
    if (missing === 0) return;
    const milli = Math.min(missing, lot.leftMilli);
    if (milli === 0) continue;
    lot.leftMilli -= milli;
    missing -= milli;
    const { name, type, role, reservations } = lot.resource;
    taken.push({
      name,
      type,
      scalar: milli / 1000,
      ...(role === undefined ? {} : { role }),
      ...(reservations === undefined ? {} : { reservations }),
    });
  }
}

/** `cpus:1; mem:512`, for people. */
export function offeredText(offered: Offered): string {
  return `cpus:${left(offered.cpus) / 1000}; mem:${left(offered.mem) / 1000}`;
}
