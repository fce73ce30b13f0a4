/**
 * What a random play knows when it decides on its next call: what can be seen of one of the subjects, and the time.
 */
import type { Resources } from '../../../src/resources/resources.js';
import type { Decisions } from './decisions.js';
import type { Call, FrameworkUpdate, Holding, Subject } from './subject.js';

/** Something held by a framework that is known, on an agent. */
export interface HeldOn extends Holding {
  readonly agentId: string;
}

export class World {
  nowMs = 0;
  /** Frameworks as last described, for updates that change a little. */
  readonly described = new Map<string, FrameworkUpdate>();

  constructor(
    readonly lead: Subject,
    readonly intervalMs: number,
  ) {}

  /** As much knowledge, about another subject. */
  about(subject: Subject): World {
    const world = new World(subject, this.intervalMs);
    world.nowMs = this.nowMs;
    for (const [id, info] of this.described) world.described.set(id, info);
    return world;
  }

  get agents(): string[] {
    return this.lead.list().agents;
  }

  get frameworks(): string[] {
    return this.lead.list().frameworks;
  }

  /** What known frameworks hold. */
  held(): HeldOn[] {
    const known = new Set(this.frameworks);
    return this.agents.flatMap((agentId) =>
      this.lead
        .agent(agentId)
        .held.filter(({ frameworkId }) => known.has(frameworkId))
        .map(({ frameworkId, role, resources }) => ({ agentId, frameworkId, role, resources }))
        .sort((a, b) => (a.frameworkId + a.role < b.frameworkId + b.role ? -1 : 1)),
    );
  }

  total(agentId: string): Resources {
    return this.lead.agent(agentId).total;
  }

  available(agentId: string): Resources {
    return this.lead.agent(agentId).available;
  }
}

/** Decides on a call; null if there is nothing to do it to. */
export type Maker = (world: World, decide: Decisions) => Call | readonly Call[] | null;
