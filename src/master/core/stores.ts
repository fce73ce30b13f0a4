/** Writing before acting: what must be in the registry first waits here for `RegistryStored`. */
import type { RegistryOperation } from '../../protocol/registry.js';
import type { MasterEffect } from './events.js';
import type { Continuation, MasterState } from './state.js';

/** Has an operation stored; `continuation` is what happens then. */
export function storeInRegistry(
  state: MasterState,
  operation: RegistryOperation,
  continuation: Continuation,
  effects: MasterEffect[],
): void {
  const store = state.nextStore++;
  state.stores.set(store, continuation);
  effects.push({ type: 'StoreRegistry', store, operations: [operation] });
}
