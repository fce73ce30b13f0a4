/**
 * What operators do, whichever door they come through: a call of the core and the actions it needs leave for. As in
 * Mesos a call that is refused for itself is refused with that, allowed or not.
 */
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import type { OperatorCall } from '../core/events.js';
import { refusalOf } from '../core/operator.js';
import type { MasterState } from '../core/state.js';
import type { Access, Action } from '../../http/access.js';
import type { MasterDriver } from './drive-master.js';

/** One thing that must be allowed. */
export type Need = readonly [action: Action, object?: string];

export interface Operations {
  /** Carries a call out and answers the exchange. */
  carryOut(exchange: Exchange, principal: string | null, call: OperatorCall): void;
}

const NEEDS: { readonly [T in OperatorCall['type']]?: (call: Extract<OperatorCall, { type: T }>) => Need[] } = {
  TEARDOWN: () => [['TEARDOWN_FRAMEWORK']],
  UPDATE_WEIGHTS: ({ weights }) => weights.map(({ role }) => ['UPDATE_WEIGHT', role.trim()]),
  UPDATE_QUOTA: ({ configs }) => configs.map(({ role }) => ['UPDATE_QUOTA', role]),
  SET_QUOTA: ({ role }) => [['UPDATE_QUOTA', role]],
  REMOVE_QUOTA: ({ role }) => [['UPDATE_QUOTA', role]],
  RESERVE_RESOURCES: () => [['RESERVE_RESOURCES']],
  UNRESERVE_RESOURCES: () => [['UNRESERVE_RESOURCES']],
  CREATE_VOLUMES: () => [['CREATE_VOLUME']],
  DESTROY_VOLUMES: () => [['DESTROY_VOLUME']],
  GROW_VOLUME: () => [['RESIZE_VOLUME']],
  SHRINK_VOLUME: () => [['RESIZE_VOLUME']],
  UPDATE_MAINTENANCE_SCHEDULE: () => [['UPDATE_MAINTENANCE_SCHEDULE']],
  START_MAINTENANCE: () => [['START_MAINTENANCE']],
  STOP_MAINTENANCE: () => [['STOP_MAINTENANCE']],
  DRAIN_AGENT: ({ markGone }) => (markGone === true ? [['DRAIN_AGENT'], ['MARK_AGENT_GONE']] : [['DRAIN_AGENT']]),
  DEACTIVATE_AGENT: () => [['DEACTIVATE_AGENT']],
  REACTIVATE_AGENT: () => [['REACTIVATE_AGENT']],
  MARK_AGENT_GONE: () => [['MARK_AGENT_GONE']],
};

export function createOperations(state: MasterState, driver: MasterDriver, access: Access): Operations {
  return {
    carryOut(exchange, principal, call) {
      const needs = (NEEDS[call.type] as ((call: OperatorCall) => Need[]) | undefined)?.(call) ?? [];
      // Each is asked for, whatever comes of the others.
      const isAllowed = needs.map(([action, object]) => access.approves(principal, action, object)).every(Boolean);
      if (!isAllowed) {
        const { status, body } = refusalOf(state, call) ?? { status: 403, body: '403 Forbidden.' };
        answerText(exchange, status, body ?? '');
        return;
      }
      driver.operate(call, (status, body) => answerText(exchange, status, body ?? ''));
    },
  };
}
