/**
 * mete as a library: the allocator, the sorters, the role tree, and resources. Engines are chosen here: `engine` may be
 * 'auto' (default: native if it can be loaded, else TypeScript), 'native', 'typescript', or a factory of your own.
 */
import { HierarchicalAllocator as Core } from './allocator/hierarchical-allocator.js';
import type { AllocatorSnapshot } from './allocator/snapshot-format.js';
import {
  DRFSorter as DRFCore,
  HDRFSorter as HDRFCore,
  RandomSorter as RandomCore,
  type SorterOptions,
} from './allocator/sorter.js';
import type { AllocatorOptions } from './allocator/state.js';
import type { EngineFactory } from './allocator/engine/engine.js';
import { chooseEngine, type EngineChoice } from './engine/create-engine.js';

export * from './allocator/model.js';
export { compileOfferConstraints, type OfferConstraintLimits } from './allocator/offer-constraints.js';
export type { OfferConstraintsFilter } from './allocator/offer-constraints.js';
export { RoleTree, type Quota } from './allocator/role-tree.js';
export type { AllocatorSnapshot } from './allocator/snapshot-format.js';
export { weightedShuffle } from './allocator/sorter.js';
export type { AgentView, FrameworkView, Holding, RoleView } from './allocator/views.js';
export type { AllocationEngine, EngineCounters, EngineFactory, EngineOptions } from './allocator/engine/engine.js';
export { ERRORS, type ErrorCode, MeteError } from './base/errors.js';
export { chooseEngine, type ChosenEngine, type EngineChoice } from './engine/create-engine.js';
export { type DriverEnd, type Scheduler, SchedulerDriver } from './framework/shell/scheduler-driver.js';
export type { SchedulerDriverOptions } from './framework/shell/scheduler-driver.js';
export * from './jobs/door.js';
export { type Attribute, attributesFromJson, attributesToJson, parseAttributes } from './resources/attributes.js';
export { describe, type Description, type Descriptor, type Reservation } from './resources/descriptor.js';
export { type Limits, limitsContain, limitsFromRecord, limitsToRecord, NO_LIMITS } from './resources/limits.js';
export { type Lot, ranges, scalar, set } from './resources/lot.js';
export { applyConversions, applyOperation, conversionsOf } from './resources/operations.js';
export type { Conversion, Operation } from './resources/operations.js';
export { parseResourcesJson } from './resources/parse-json.js';
export { parseResources } from './resources/parse-text.js';
export { addQuantities, containsQuantities, NO_QUANTITIES } from './resources/quantities.js';
export { quantitiesFromRecord, quantitiesToRecord, subtractQuantities } from './resources/quantities.js';
export type { Quantities } from './resources/quantities.js';
export { popReservation, pushReservation, toUnreserved } from './resources/transform.js';
export { Resources } from './resources/resources.js';
export { validateRole } from './resources/role-name.js';

/** How an engine is named in options. */
export type EngineOption = EngineChoice | EngineFactory;

/** Options of the allocator; `engine` may be left out. */
export type HierarchicalAllocatorOptions = Omit<AllocatorOptions, 'engine'> & { readonly engine?: EngineOption };

function factoryOf(engine: EngineOption | undefined): EngineFactory {
  return typeof engine === 'function' ? engine : chooseEngine(engine).factory;
}

/** Mesos' two-stage hierarchical allocator; see docs/allocator.md. */
export class HierarchicalAllocator extends Core {
  /** Throws MeteError: INVALID_ARGUMENT for options out of range, ENGINE_UNAVAILABLE if 'native' cannot be loaded. */
  constructor(options: HierarchicalAllocatorOptions = {}) {
    super({ ...options, engine: factoryOf(options.engine) });
  }

  /** As in the allocator's own class, with the engine chosen as in the constructor. */
  static override restore(snapshot: AllocatorSnapshot, options: HierarchicalAllocatorOptions = {}): Core {
    return Core.restore(snapshot, { ...options, engine: factoryOf(options.engine) });
  }
}

/** Options of the sorters; `engine` may be left out. */
export type LibrarySorterOptions = Omit<SorterOptions, 'engine'> & { readonly engine?: EngineOption };

/** Orders clients by weighted dominant share. */
export class DRFSorter extends DRFCore {
  constructor(options: LibrarySorterOptions = {}) {
    super({ ...options, engine: factoryOf(options.engine) });
  }
}

/** Orders clients by dynamic hierarchical DRF. */
export class HDRFSorter extends HDRFCore {
  constructor(options: LibrarySorterOptions = {}) {
    super({ ...options, engine: factoryOf(options.engine) });
  }
}

/** Orders clients by a weighted shuffle. */
export class RandomSorter extends RandomCore {
  constructor(options: LibrarySorterOptions = {}) {
    super({ ...options, engine: factoryOf(options.engine) });
  }
}
