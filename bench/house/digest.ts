/** Short texts that stand for long results: equal digests, equal results. */
import { createHash } from 'node:crypto';
import type { Offer } from '../../src/allocator/model.js';
import type { Resources } from '../../src/resources/resources.js';

export class Digest {
  /** Digests, not texts: what is measured beside them is memory, too. */
  private readonly known = new WeakMap<Resources, string>();

  ofResources(resources: Resources): string {
    let digest = this.known.get(resources);
    if (digest === undefined) this.known.set(resources, (digest = this.ofTexts([JSON.stringify(resources)])));
    return digest;
  }

  /** Framework, role, agent and resources of each offer, in order. */
  ofOffers(offers: readonly Offer[]): string {
    const hash = createHash('sha256');
    for (const { frameworkId, role, agentId, resources } of offers) {
      hash.update(`${frameworkId}\n${role}\n${agentId}\n${this.ofResources(resources)}\n`);
    }
    return hash.digest('hex').slice(0, 16);
  }

  ofTexts(texts: readonly string[]): string {
    const hash = createHash('sha256');
    for (const text of texts) hash.update(`${text}\n`);
    return hash.digest('hex').slice(0, 16);
  }
}
