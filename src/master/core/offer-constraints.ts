/** Offer constraints in the v1 JSON that the allocator reads. */
import type { OfferConstraintsMessage } from '../../protocol/framework.js';
import { offerConstraints } from '../../protocol/framework.js';
import { toV1Json } from '../../protocol/v1-json.js';

export function constraintsJson(constraints: OfferConstraintsMessage | null): unknown {
  return constraints === null ? null : toV1Json(offerConstraints, constraints);
}
