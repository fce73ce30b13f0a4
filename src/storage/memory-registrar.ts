/**
 * A registrar that stores nothing: for tests and for the simulator. Nothing outlives the process; what it says about
 * operations is what a durable registrar says.
 */
import { applyToRegistry, emptyRegistry, type Registry } from '../protocol/registry.js';
import type { Registrar } from './registrar.js';

export type { Registrar } from './registrar.js';

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
        done(outcomes.every((outcome) => outcome.ok), outcomes);
      });
    },
    metrics: () => ({}),
    close: () => Promise.resolve(),
  };
}
