/**
 * Events as a framework of the v1 API may see them: one that does not know refined reservations gets resources in the
 * old form, a `role` with at most one `reservation` beside it, also for what is not reserved (`*`). That offers and
 * their resources say to which role they are allocated only if the framework has several is done by the core.
 */
import type { Resource } from '../../../protocol/common.js';
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

function oldForm({ reservations, ...resource }: Resource): Resource {
  const [reservation] = reservations ?? [];
  if (reservation === undefined) return { ...resource, role: '*' };
  const { type, role, ...who } = reservation;
  return type === 'STATIC' ? { ...resource, role } : { ...resource, role, reservation: who };
}
