/**
 * A registrar that keeps the registry in memory: for clusters on one machine, for tests and for the simulator. Nothing
 * outlives the process; what it says about operations is what a durable registrar says.
 */
import { applyToRegistry, emptyRegistry, type Registry, type RegistryOperation } from '../protocol/registry.js';

export interface Registrar {
  readonly registry: Registry;
  /** Stores operations in order; `done` learns, later and once, whether all of them applied. */
  store(operations: readonly RegistryOperation[], done: (ok: boolean) => void): void;
}

/** `later` calls back when it sees fit, but not at once. */
export function createMemoryRegistrar(
  later: (callback: () => void) => void = setImmediate,
  registry: Registry = emptyRegistry(),
): Registrar {
  return {
    registry,
    store(operations, done) {
      const outcomes = operations.map((operation) => applyToRegistry(registry, operation));
      later(() => {
        done(outcomes.every((outcome) => outcome.ok));
      });
    },
  };
}
