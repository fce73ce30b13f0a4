/** The cores that a journal can be replayed on, made anew from its header, and what of their state is compared. */
import type { EngineFactory } from '../allocator/engine/engine.js';
import type { MasterConfig } from '../master/core/config.js';
import type { MasterEffect, MasterEvent } from '../master/core/events.js';
import { reduceMaster } from '../master/core/reduce.js';
import { createMaster, type MasterState, type Task } from '../master/core/state.js';
import type { ReplayTarget } from '../runner/replay.js';

/** The state of a master as plain values: its allocator whole, its books by ids. */
export function snapshotMaster(state: MasterState): unknown {
  const taskOf = ({ id, agentId, state: taskState, resources }: Task): unknown[] => {
    return [id, agentId, taskState, resources.toString()];
  };
  return {
    allocator: state.allocator.snapshot(),
    agents: [...state.agents.values()].map(({ id, active, link, total }) => [id, active, link, total.toString()]),
    frameworks: [...state.frameworks.values()].map((framework) => [
      framework.id,
      framework.active,
      framework.link,
      [...framework.tasks.values()].map(taskOf),
      [...framework.unreachableTasks.values()].map(taskOf),
    ]),
    offers: [...state.offers.values()].map(({ id, frameworkId, agentId, resources }) => {
      return [id, frameworkId, agentId, resources.toString()];
    }),
    counters: state.counters,
  };
}

/** What a journal needs to know of a master's configuration: all but the engine, which the replay brings. */
export function recordableConfig(config: MasterConfig): unknown {
  return { ...config, allocator: { ...config.allocator, engine: undefined, stopwatch: undefined } };
}

/** A master made from the header of its journal. */
export function masterTarget(
  config: unknown,
  engine: EngineFactory,
): ReplayTarget<MasterState, MasterEvent, MasterEffect> {
  const recorded = config as MasterConfig;
  const state = createMaster({ ...recorded, allocator: { ...recorded.allocator, engine } });
  return { core: { reduce: reduceMaster }, state, snapshot: snapshotMaster };
}
