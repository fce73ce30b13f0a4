/** Short texts that stand for long results: equal digests, equal results. */
import { createHash } from 'node:crypto';
import type { Offer } from '../../src/allocator/model.js';
import type { Resources } from '../../src/resources/resources.js';

export class Digest {
  private readonly texts = new WeakMap<Resources, string>();

  private textOf(resources: Resources): string {
    let text = this.texts.get(resources);
    if (text === undefined) this.texts.set(resources, (text = JSON.stringify(resources)));
    return text;
  }

  /** Framework, role, agent and resources of each offer, in order. */
  ofOffers(offers: readonly Offer[]): string {
    const hash = createHash('sha256');
    for (const { frameworkId, role, agentId, resources } of offers) {
      hash.update(`${frameworkId}\n${role}\n${agentId}\n${this.textOf(resources)}\n`);
    }
    return hash.digest('hex').slice(0, 16);
  }

  ofResources(resources: Resources): string {
    return this.ofTexts([this.textOf(resources)]);
  }

  ofTexts(texts: readonly string[]): string {
    const hash = createHash('sha256');
    for (const text of texts) hash.update(`${text}\n`);
    return hash.digest('hex').slice(0, 16);
  }
}
