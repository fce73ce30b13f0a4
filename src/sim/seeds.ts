/**
 * Plays many seeds and tells of the first breach: its seed, how to play it alone, and the smallest part of its plan
 * that still breaks.
 */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { Names } from './names.js';
import { createPlan, type Plan } from './plan.js';
import { play, type PlayResult } from './play.js';
import { summarize } from './summaries.js';

export interface SeedsOptions {
  readonly firstSeed: number;
  readonly runs: number;
  readonly engine: EngineFactory;
  /** Told after each play. */
  readonly progress?: (seed: number, result: PlayResult) => void;
}

export interface Breach {
  readonly seed: number;
  readonly failure: string;
  /** The plan without what is not needed for the breach. */
  readonly plan: Plan;
  readonly shrunkFailure: string;
}

export interface SeedsResult {
  readonly runs: number;
  readonly events: number;
  readonly tasks: number;
  readonly virtualMs: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly breach: Breach | null;
}

export function playSeeds(options: SeedsOptions): SeedsResult {
  const { firstSeed, runs, engine } = options;
  const ends: Record<string, number> = {};
  let events = 0;
  let tasks = 0;
  let virtualMs = 0;
  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run;
    const plan = createPlan(seed);
    const result = play(plan, { engine });
    options.progress?.(seed, result);
    events += result.events;
    tasks += result.tasks;
    virtualMs += result.virtualMs;
    for (const [state, count] of Object.entries(result.ends)) ends[state] = (ends[state] ?? 0) + count;
    if (result.failure === null) continue;
    const small = shrinkPlan(plan, result.failure, engine);
    const shrunkFailure = play(small, { engine }).failure ?? '';
    const breach = { seed, failure: result.failure, plan: small, shrunkFailure };
    return { runs: run + 1, events, tasks, virtualMs, ends, breach };
  }
  return { runs, events, tasks, virtualMs, ends, breach: null };
}

/** What to tell of a breach. */
export function describeBreach(breach: Breach): string {
  const { plan } = breach;
  const faults = plan.faults.map(({ type, atMs, forMs, target }) => `${type}@${atMs}ms/${forMs}ms#${target}`);
  return [
    `seed ${breach.seed}: ${breach.failure}`,
    `  alone: mete sim --seed ${breach.seed} --runs 1; with every message: mete sim --seed ${breach.seed} --trace`,
    `  enough: ${plan.agents.length} agents, ${plan.frameworks.map((f) => `${f.name} (${f.policy})`).join(', ')},`,
    `  faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    `  then: ${breach.shrunkFailure}`,
  ].join('\n');
}

const RAW_NAMES: Names = {
  agent: (id) => id ?? '?',
  framework: (id) => id ?? '?',
  offer: (id) => id,
  learn: () => undefined,
};

/**
 * Plays one seed and tells every message, fault, and end of a link; if a law is breached, of the shrunk plan. Returns
 * the breach, or null.
 */
export function tracePlay(seed: number, engine: EngineFactory, say: (line: string) => void): string | null {
  const plan = createPlan(seed);
  const { failure } = play(plan, { engine });
  const traced = failure === null ? plan : shrinkPlan(plan, failure, engine);
  const lines: string[] = [];
  const result = play(traced, {
    engine,
    log: (line) => lines.push(`*** ${line}`),
    watch: {
      delivered: (from, to, message) => lines.push(`${from.name} -> ${to.name}  ${summarize(message, RAW_NAMES)}`),
      lost: (from, to, message, why) => {
        lines.push(`${from.name} -> ${to.name}  ${summarize(message, RAW_NAMES)}  (${why})`);
      },
      closed: (owner, other, reason) => lines.push(`${owner.name} || ${other.name}  ${reason}`),
    },
  });
  for (const line of lines) if (!/ {2}(PING|PONG|HEARTBEAT)( {2}\(.*\))?$/.test(line)) say(line);
  return result.failure;
}

const SHRINK_PLAYS = 200;

/** A failure without what differs from play to play: two failures of one kind are likely to have one cause. */
export function kindOf(failure: string): string {
  const what = failure.replace(/^at \S+ ms/, '').replace(/\{.*\}/, '');
  return what.replace(/[a-z]\d+(-\w+)?/g, 'x').replace(/[\d.]+/g, 'n').slice(0, 100);
}

/** Leaves out faults, frameworks, agents, and work, one after the other, as long as the same goes wrong. */
export function shrinkPlan(plan: Plan, failure: string, engine: EngineFactory): Plan {
  const kind = kindOf(failure);
  let best = plan;
  let plays = 0;
  const keep = (candidate: Plan): boolean => {
    if (plays++ >= SHRINK_PLAYS) return false;
    const { failure: other } = play(candidate, { engine });
    if (other === null || kindOf(other) !== kind) return false;
    best = candidate;
    return true;
  };
  for (let improved = true; improved && plays < SHRINK_PLAYS; ) {
    improved = false;
    for (const key of ['faults', 'frameworks', 'agents'] as const) {
      for (let i = best[key].length - 1; i >= 0; i--) {
        const list = best[key].filter((_, at) => at !== i);
        if (keep({ ...best, [key]: list })) improved = true;
      }
    }
    const halved = best.frameworks.map((framework) => ({ ...framework, backlog: (framework.backlog ?? 0) >> 1 }));
    if (best.frameworks.some((framework) => (framework.backlog ?? 0) > 1)) {
      if (keep({ ...best, frameworks: halved })) improved = true;
    }
  }
  return best;
}
