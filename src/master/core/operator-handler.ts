/** How calls of operators are carried out: what all kinds have in common. */
import type { RegistryOperation } from '../../protocol/registry.js';
import type { MasterEffect, OperatorCall } from './events.js';
import type { MasterState } from './state.js';

export interface Answer {
  readonly status: number;
  readonly body?: string;
}

export type CallOf<T extends OperatorCall['type']> = Extract<OperatorCall, { readonly type: T }>;

/** How one kind of call is carried out. Errors of class MeteError are refusals. */
export interface OperatorHandler<C> {
  /** Why the call is refused; null: it is not. Changes nothing. */
  check?(state: MasterState, call: C): Answer | null;
  /** What the registry must have before the call takes effect; null: nothing. */
  store?(state: MasterState, call: C): RegistryOperation | null;
  /** Carries the call out; null: it will be answered later, whoever does it has noted `request`. */
  act(state: MasterState, call: C, effects: MasterEffect[], request: number): Answer | null;
}

export const DONE: Answer = { status: 200 };

/** A refusal with status 400; null stays null. */
export function refused(reason: string | null): Answer | null {
  return reason === null ? null : { status: 400, body: reason };
}
