/**
 * The state of an allocator vector while it is played.
 *
 * The clock starts at 0 and moves by advanceClock only. After every step the allocator runs whatever is due, and what
 * it offers is kept twice: for the next expectation about offers, and as outstanding until it is recovered.
 */
import type { MeteError } from '../../src/base/errors.js';
import { Resources } from '../../src/resources/resources.js';
import type { Report } from './report.js';
import type { Allocator, AllocatorOptions, FrameworkInfo, InverseOffer, Offer, Subjects } from './subjects.js';

/** What is offered to a framework in a role on an agent and not recovered yet. */
export interface Outstanding {
  readonly frameworkId: string;
  readonly role: string;
  readonly agentId: string;
  resources: Resources;
}

/** When an agent was said to become unavailable. */
export interface Announced {
  readonly startInSecs: number;
  readonly startMs: number;
}

export class AllocatorPlay {
  private made: Allocator | null = null;
  nowMs = 0;
  /** The frameworks as last described, for updates that leave something out. */
  readonly frameworks = new Map<string, FrameworkInfo>();
  readonly announced = new Map<string, Announced>();
  private readonly outstanding = new Map<string, Outstanding>();
  private recent: Offer[] = [];
  private recentInverse: InverseOffer[] = [];
  /** The step after which offers were last taken for an expectation, and what they were. */
  private taken: { readonly after: number; readonly offers: Offer[] } | null = null;
  private takenInverse: { readonly after: number; readonly offers: InverseOffer[] } | null = null;
  /** Why the latest step was refused; null if it was not. */
  refusal: MeteError | null = null;

  constructor(
    private readonly subjects: Subjects,
    readonly report: Report,
  ) {}

  /** The allocator; one with default options if none was initialized. */
  get allocator(): Allocator {
    this.made ??= this.subjects.allocator({});
    return this.made;
  }

  /** Starts anew, with other options. */
  initialize(options: AllocatorOptions): void {
    this.made = this.subjects.allocator(options);
  }

  /** Runs what is due now and notes what is offered. */
  drain(): void {
    const { offers, inverseOffers } = this.allocator.run(this.nowMs);
    this.recent.push(...joined(offers));
    this.recentInverse.push(...inverseOffers);
    for (const { frameworkId, role, agentId, resources } of offers) {
      const entry = this.outstandingOf(frameworkId, role, agentId);
      entry.resources = entry.resources.plus(resources);
    }
  }

  /**
   * The offers since the previous expectation about offers. Expectations after the same step hold together, so they see
   * the same offers; but one that expects nothing (`rest`) sees only what the others did not.
   */
  takeOffers(after: number, rest = false): readonly Offer[] {
    if (this.taken?.after === after) return rest ? [] : this.taken.offers;
    this.taken = { after, offers: this.recent };
    this.recent = [];
    return this.taken.offers;
  }

  takeInverseOffers(after: number): readonly InverseOffer[] {
    if (this.takenInverse?.after === after) return this.takenInverse.offers;
    this.takenInverse = { after, offers: this.recentInverse };
    this.recentInverse = [];
    return this.takenInverse.offers;
  }

  /** The outstanding offers of a framework and role on an agent; made if there are none. */
  outstandingOf(frameworkId: string, role: string, agentId: string): Outstanding {
    const key = JSON.stringify([frameworkId, role, agentId]);
    let entry = this.outstanding.get(key);
    if (entry === undefined) {
      entry = { frameworkId, role, agentId, resources: Resources.EMPTY };
      this.outstanding.set(key, entry);
    }
    return entry;
  }

  /** All that is outstanding, and forgets it if `gone` says so. */
  forget(gone: (entry: Outstanding) => boolean): Outstanding[] {
    const entries = [...this.outstanding].filter(([, entry]) => gone(entry));
    for (const [key] of entries) this.outstanding.delete(key);
    return entries.map(([, entry]) => entry).filter((entry) => !entry.resources.isEmpty);
  }
}

/** Offers of one run with those joined that are for the same framework, role and agent: they count as one. */
function joined(offers: readonly Offer[]): Offer[] {
  const byKey = new Map<string, Offer>();
  for (const offer of offers) {
    const key = JSON.stringify([offer.frameworkId, offer.role, offer.agentId]);
    const first = byKey.get(key);
    byKey.set(key, first === undefined ? offer : { ...first, resources: first.resources.plus(offer.resources) });
  }
  return [...byKey.values()];
}
