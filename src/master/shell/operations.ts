/**
 * What operators do, whichever door they come through: a call of the core and the actions it needs leave for. As in
 * Mesos most calls that are refused for themselves are refused with that, allowed or not.
 */
import type { Exchange } from '../../base/exchange.js';
import { answerText } from '../../http/answers.js';
import { type Need, needsOf } from '../core/authorization.js';
import type { OperatorCall } from '../core/events.js';
import { refusalOf } from '../core/operator.js';
import { operationOf, type ResourceCall } from '../core/operator-resources.js';
import type { MasterState } from '../core/state.js';
import type { Access, Action } from '../../http/access.js';
import type { MasterDriver } from './drive-master.js';

export interface Operations {
  /** Carries a call out and answers the exchange. */
  carryOut(exchange: Exchange, principal: string | null, call: OperatorCall): void;
}

type Needs<T> = (call: Extract<OperatorCall, { type: T }>, state: MasterState) => Need[];

const resourceNeeds = (call: ResourceCall): Need[] => needsOf(operationOf(call));

const only = (action: Action) => (): Need[] => [{ action }];

const NEEDS: { readonly [T in OperatorCall['type']]?: Needs<T> } = {
  TEARDOWN({ frameworkId }, state) {
    return [{ action: 'TEARDOWN_FRAMEWORK', object: state.frameworks.get(frameworkId)?.info.principal ?? '' }];
  },
  UPDATE_WEIGHTS: ({ weights }) => weights.map(({ role }) => ({ action: 'UPDATE_WEIGHT', object: role.trim() })),
  UPDATE_QUOTA: ({ configs }) => configs.map(({ role }) => ({ action: 'UPDATE_QUOTA', object: role })),
  SET_QUOTA: ({ role }) => [{ action: 'UPDATE_QUOTA', object: role }],
  REMOVE_QUOTA: ({ role }) => [{ action: 'UPDATE_QUOTA', object: role }],
  RESERVE_RESOURCES: resourceNeeds,
  UNRESERVE_RESOURCES: resourceNeeds,
  CREATE_VOLUMES: resourceNeeds,
  DESTROY_VOLUMES: resourceNeeds,
  GROW_VOLUME: resourceNeeds,
  SHRINK_VOLUME: resourceNeeds,
  UPDATE_MAINTENANCE_SCHEDULE: only('UPDATE_MAINTENANCE_SCHEDULE'),
  START_MAINTENANCE: only('START_MAINTENANCE'),
  STOP_MAINTENANCE: only('STOP_MAINTENANCE'),
  DRAIN_AGENT: ({ markGone }) =>
    markGone === true ? [{ action: 'DRAIN_AGENT' }, { action: 'MARK_AGENT_GONE' }] : [{ action: 'DRAIN_AGENT' }],
  DEACTIVATE_AGENT: only('DEACTIVATE_AGENT'),
  REACTIVATE_AGENT: only('REACTIVATE_AGENT'),
  MARK_AGENT_GONE: only('MARK_AGENT_GONE'),
};

/** Calls about agents are refused to those without leave whatever they are about. */
const LEAVE_FIRST: ReadonlySet<OperatorCall['type']> = new Set([
  'DRAIN_AGENT',
  'DEACTIVATE_AGENT',
  'REACTIVATE_AGENT',
  'MARK_AGENT_GONE',
]);

const FORBIDDEN = { status: 403, body: '403 Forbidden.' };

export function createOperations(state: MasterState, driver: MasterDriver, access: Access): Operations {
  return {
    carryOut(exchange, principal, call) {
      const needs = (NEEDS[call.type] as Needs<OperatorCall['type']> | undefined)?.(call, state) ?? [];
      // Each is asked for, whatever comes of the others.
      const isAllowed = needs.map(({ action, object }) => access.approves(principal, action, object)).every(Boolean);
      if (!isAllowed) {
        const invalid = LEAVE_FIRST.has(call.type) ? null : refusalOf(state, call);
        const { status, body } = invalid ?? FORBIDDEN;
        answerText(exchange, status, body ?? '');
        return;
      }
      driver.operate(call, (status, body) => answerText(exchange, status, body ?? ''));
    },
  };
}
