/**
 * What operators ask for. A call is checked first, with Mesos' texts; what the registry has to know is stored next;
 * then it takes effect, and the call is answered: 200 done, 202 accepted, 400 refused, 404 not there, 409 in use or in
 * conflict, 503 not now.
 */
import { MeteError } from '../../base/errors.js';
import { OPERATOR_AGENT_CALLS } from './operator-agents.js';
import type { MasterEffect, OperatorCall } from './events.js';
import { removeFramework } from './frameworks.js';
import { type Answer, type CallOf, DONE, type OperatorHandler, refused } from './operator-handler.js';
import { OPERATOR_MAINTENANCE_CALLS } from './operator-maintenance.js';
import { OPERATOR_RESOURCE_CALLS } from './operator-resources.js';
import { OPERATOR_ROLE_CALLS } from './operator-roles.js';
import type { MasterState } from './state.js';
import { storeInRegistry } from './stores.js';
import { replaceInfo } from './subscribe.js';

type Handlers = { readonly [T in OperatorCall['type']]: OperatorHandler<CallOf<T>> };

const NO_FRAMEWORK = 'No framework found with specified ID';

const HANDLERS: Handlers = {
  ...OPERATOR_ROLE_CALLS,
  ...OPERATOR_RESOURCE_CALLS,
  ...OPERATOR_MAINTENANCE_CALLS,
  ...OPERATOR_AGENT_CALLS,
  TEARDOWN: {
    check: (state, { frameworkId }) => refused(state.frameworks.has(frameworkId) ? null : NO_FRAMEWORK),
    act(state, { frameworkId }, effects) {
      state.counters.plain.messages_unregister_framework++;
      removeFramework(state, state.frameworks.get(frameworkId)!, effects);
      return DONE;
    },
  },
  UPDATE_FRAMEWORK: {
    act(state, call, effects) {
      const framework = state.frameworks.get(call.frameworkId);
      if (framework === undefined) return { status: 400, body: 'Framework cannot be found' };
      framework.counters.calls.UPDATE_FRAMEWORK++;
      return replaceInfo(state, framework, call.update, effects) ?? DONE;
    },
  },
  UPDATE_WHITELIST: {
    act(state, { hostnames }) {
      state.allocator.updateWhitelist(hostnames);
      return DONE;
    },
  },
  WATCH: {
    act(state, { watching }) {
      state.changes = watching ? (state.changes ?? []) : null;
      return DONE;
    },
  },
};

function handlerOf(call: OperatorCall): OperatorHandler<OperatorCall> {
  return HANDLERS[call.type];
}

/** What a call would be refused with at this moment; null: nothing. Changes nothing. */
export function refusalOf(state: MasterState, call: OperatorCall): Answer | null {
  return attempt(() => handlerOf(call).check?.(state, call) ?? null);
}

export function operatorCalled(state: MasterState, request: number, call: OperatorCall, effects: MasterEffect[]): void {
  const answer = attempt(() => {
    const handler = handlerOf(call);
    const refusal = handler.check?.(state, call) ?? null;
    if (refusal !== null) return refusal;
    const operation = handler.store?.(state, call) ?? null;
    if (operation === null) return handler.act(state, call, effects, request);
    storeInRegistry(state, operation, { type: 'operator', request, call }, effects);
    return null;
  });
  if (answer !== null) effects.push({ type: 'AnswerOperator', request, ...answer });
}

/** The registry has what a call needs there, or (`ok` false) could not apply it. */
export function operatorStored(
  state: MasterState,
  request: number,
  call: OperatorCall,
  ok: boolean,
  effects: MasterEffect[],
): void {
  const conflict = { status: 409, body: 'The registry does not know of it any more' };
  const answer = ok ? attempt(() => handlerOf(call).act(state, call, effects, request)) : conflict;
  if (answer !== null) effects.push({ type: 'AnswerOperator', request, ...answer });
}

function attempt(work: () => Answer | null): Answer | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    return { status: error.code === 'NOT_AVAILABLE' ? 409 : 400, body: error.message };
  }
}
