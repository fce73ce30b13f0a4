/**
 * Events as a framework of the v1 API may see them: one that does not know refined reservations gets resources in the
 * old form, a `role` with at most one `reservation` beside it, also for what is not reserved (`*`). That offers and
 * their resources say to which role they are allocated only if the framework has several is done by the core.
 */
import type { Reservation, Resource } from '../../../protocol/common.js';
import type { SchedulerEvent } from '../../../protocol/messages.js';

/** The same event for a framework with these capabilities. */
export function formFor(capabilities: ReadonlySet<string>, event: SchedulerEvent): SchedulerEvent {
  if (event.type !== 'OFFERS' || capabilities.has('RESERVATION_REFINEMENT')) return event;
  const offers = event.offers.map((offer) => ({ ...offer, resources: oldForms(offer.resources) }));
  return { type: 'OFFERS', offers };
}

/** Lists are shared between offers, so their old forms are, too. */
const known = new WeakMap<readonly Resource[], Resource[]>();

function oldForms(resources: readonly Resource[]): Resource[] {
  let made = known.get(resources);
  if (made === undefined) known.set(resources, (made = resources.map(oldForm)));
  return made;
}

/** Field by field: objects that are made of the rest of others are slow to read. */
function oldForm(resource: Resource): Resource {
  const { name, type, scalar, ranges, set, reservations, allocationInfo, disk, providerId } = resource;
  const reservation = reservations?.[0];
  const made: Resource = { name, type };
  if (scalar !== undefined) made.scalar = scalar;
  if (ranges !== undefined) made.ranges = ranges;
  if (set !== undefined) made.set = set;
  made.role = reservation?.role ?? '*';
  if (reservation?.type === 'DYNAMIC') made.reservation = whoReserved(reservation);
  if (allocationInfo !== undefined) made.allocationInfo = allocationInfo;
  if (disk !== undefined) made.disk = disk;
  if (resource.revocable === true) made.revocable = true;
  if (resource.shared === true) made.shared = true;
  if (providerId !== undefined) made.providerId = providerId;
  return made;
}

function whoReserved({ principal, labels }: Reservation): NonNullable<Resource['reservation']> {
  return { ...(principal === undefined ? {} : { principal }), ...(labels === undefined ? {} : { labels }) };
}
