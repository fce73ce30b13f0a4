/** Offers and inverse offers that a framework names in a call. Each check sees all offers before the next begins. */
import type { AgentId, FrameworkId, OfferId } from '../../../protocol/schema.js';
import type { Refusal } from './refusal.js';

/** What is looked at of an offer. */
export interface OfferFacts {
  readonly frameworkId: FrameworkId;
  readonly agentId: AgentId;
  readonly role: string;
}

/** What is looked at of an inverse offer. */
export type InverseOfferFacts = Omit<OfferFacts, 'role'>;

/** The offers of one ACCEPT. `offer` gives those that are still valid. */
export function validateOffers(
  ids: readonly OfferId[],
  frameworkId: FrameworkId,
  offer: (id: OfferId) => OfferFacts | undefined,
): Refusal {
  if (ids.length === 0) return 'No offers specified';
  const found: OfferFacts[] = [];
  const refusal = validateUnique(ids) ?? collect(ids, offer, 'Offer', found) ?? validateOwner(ids, found, frameworkId);
  if (refusal !== null) return refusal;
  const role = found[0]!.role;
  const stranger = found.findIndex((facts) => facts.role !== role);
  if (stranger < 0) return validateOneAgent(ids, found);
  // The quotation marks that are missing are missing in Mesos.
  const uses = `Offer ${ids[stranger]!} uses role '${found[stranger]!.role}`;
  return `Aggregated offers must be allocated to the same role. ${uses} but another is using role '${role}`;
}

/** The inverse offers of one ACCEPT_INVERSE_OFFERS. */
export function validateInverseOffers(
  ids: readonly OfferId[],
  frameworkId: FrameworkId,
  inverseOffer: (id: OfferId) => InverseOfferFacts | undefined,
): Refusal {
  if (ids.length === 0) return 'No inverse offers specified';
  const found: InverseOfferFacts[] = [];
  return (
    validateUnique(ids) ??
    collect(ids, inverseOffer, 'Inverse offer', found) ??
    validateOwner(ids, found, frameworkId) ??
    validateOneAgent(ids, found)
  );
}

function validateUnique(ids: readonly OfferId[]): Refusal {
  if (ids.length === 1) return null;
  const seen = new Set<OfferId>();
  for (const id of ids) {
    if (seen.has(id)) return `Duplicate offer ${id} in offer list`;
    seen.add(id);
  }
  return null;
}

function collect<Facts>(
  ids: readonly OfferId[],
  find: (id: OfferId) => Facts | undefined,
  kind: string,
  found: Facts[],
): Refusal {
  for (const id of ids) {
    const facts = find(id);
    if (facts === undefined) return `${kind} ${id} is no longer valid`;
    found.push(facts);
  }
  return null;
}

function validateOwner(ids: readonly OfferId[], found: readonly InverseOfferFacts[], expected: FrameworkId): Refusal {
  const index = found.findIndex((facts) => facts.frameworkId !== expected);
  if (index < 0) return null;
  const owner = found[index]!.frameworkId;
  return `Offer ${ids[index]!} has invalid framework ${owner} while framework ${expected} is expected`;
}

function validateOneAgent(ids: readonly OfferId[], found: readonly InverseOfferFacts[]): Refusal {
  const first = found[0]!.agentId;
  const index = found.findIndex((facts) => facts.agentId !== first);
  if (index < 0) return null;
  const uses = `Offer ${ids[index]!} uses agent ${found[index]!.agentId} and agent ${first}`;
  return `Aggregated offers must belong to one single agent. ${uses}`;
}
