/**
 * The resources of the agent as operations change them. The total is the configured resources with all dynamic
 * reservations and volumes applied; those are what the agent must not forget. Facts: `applyOperation`,
 * `checkpointResourcesMessage`, `applyCheckpointedResources`, `needCheckpointing` of Mesos.
 */
import { MeteError } from '../../base/errors.js';
import type { Resource } from '../../protocol/common.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { OperationMessage } from '../../protocol/offer.js';
import { toMilli } from '../../resources/amount.js';
import type { Lot } from '../../resources/lot.js';
import { resourcesFromMessages, resourcesToMessages } from '../../resources/message-form.js';
import { applyOperation, type Operation } from '../../resources/operations.js';
import { Resources } from '../../resources/resources.js';
import { popLot, toPlainDisk } from '../../resources/transform.js';
import { checkpoint, KEYS } from './checkpoint.js';
import type { Effects } from './events.js';
import { reportOperation } from './operation-statuses.js';
import { dropMessage, log } from './send.js';
import type { AgentState } from './state.js';

function isDynamic(lot: Lot): boolean {
  const { reservations } = lot.descriptor;
  return reservations[reservations.length - 1]?.type === 'DYNAMIC';
}

function isVolume(lot: Lot): boolean {
  return lot.descriptor.disk?.persistence !== undefined;
}

/** Whether the agent must remember it: it was made by an operation, not by configuration. */
export function needsCheckpoint(lot: Lot): boolean {
  return isDynamic(lot) || isVolume(lot);
}

/** The same of a message, without building its value. */
function mayNeedCheckpoint({ reservation, reservations, disk }: Resource): boolean {
  return reservation !== undefined || disk?.persistence !== undefined || hasDynamic(reservations);
}

function hasDynamic(reservations: Resource['reservations']): boolean {
  return reservations !== undefined && reservations[reservations.length - 1]?.type === 'DYNAMIC';
}

/** Whether all reservations and volumes among some resources are known here. */
export function knowsCheckpointed(state: AgentState, messages: readonly Resource[] | undefined): boolean {
  if (messages === undefined || !messages.some(mayNeedCheckpoint)) return true;
  try {
    const used = resourcesFromMessages(messages).filter(needsCheckpoint);
    return used.lots.every((lot) => state.checkpointedResources.contains(Resources.of([lot])));
  } catch (error) {
    if (error instanceof MeteError) return false;
    throw error;
  }
}

function setTotal(state: AgentState, total: Resources, effects: Effects): void {
  state.totalResources = total;
  state.checkpointedResources = total.filter(needsCheckpoint);
  state.checkpointedMessages = resourcesToMessages(state.checkpointedResources);
  checkpoint(effects, KEYS.resources, { type: 'RESOURCES', resources: state.checkpointedMessages });
}

/**
 * Reports an operation of the master that asks for feedback (see operation-statuses.ts), or applies one; what does not
 * fit is refused and changes nothing.
 */
export function operationArrived(
  state: AgentState,
  atMs: number,
  message: MessageOf<'APPLY_OPERATION'>,
  effects: Effects,
): void {
  if (message.operationUuid !== undefined) return reportOperation(state, atMs, message, effects);
  const { type } = message.operation;
  try {
    const operation = operationOf(message.operation);
    if (operation === null) {
      dropMessage(state, effects, 'ignoring an operation that does not change resources', { type });
      return;
    }
    setTotal(state, applyOperation(state.totalResources, operation), effects);
    log(effects, 'info', 'applied an operation', { type });
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    dropMessage(state, effects, 'an operation does not fit what is here', { type, error: error.message });
  }
}

/** An operation as arithmetic; null if it is none on this agent's resources. */
function operationOf(message: OperationMessage): Operation | null {
  const { reserve, unreserve, create, destroy, growVolume, shrinkVolume } = message;
  const of = (list: readonly Resource[] | undefined, field: string): Resources => resourcesFromMessages(list, field);
  switch (message.type) {
    case 'RESERVE': {
      if (reserve === undefined) return null;
      const resources = of(reserve.resources, 'reserve.resources');
      if (reserve.source === undefined) return { type: 'RESERVE', resources };
      return { type: 'RESERVE', resources, source: of(reserve.source, 'reserve.source') };
    }
    case 'UNRESERVE':
      return unreserve === undefined ? null : { type: 'UNRESERVE', resources: of(unreserve.resources, 'resources') };
    case 'CREATE':
      return create === undefined ? null : { type: 'CREATE', volumes: of(create.volumes, 'volumes') };
    case 'DESTROY':
      return destroy === undefined ? null : { type: 'DESTROY', volumes: of(destroy.volumes, 'volumes') };
    case 'GROW_VOLUME':
      if (growVolume === undefined) return null;
      return {
        type: 'GROW_VOLUME',
        volume: of([growVolume.volume], 'volume'),
        addition: of([growVolume.addition], 'addition'),
      };
    case 'SHRINK_VOLUME':
      if (shrinkVolume === undefined) return null;
      return {
        type: 'SHRINK_VOLUME',
        volume: of([shrinkVolume.volume], 'volume'),
        subtractMilli: toMilli(shrinkVolume.subtract, 'subtract'),
      };
    default:
      return null;
  }
}

/** The master tells all reservations and volumes: the total is made anew from them. */
export function checkpointResources(
  state: AgentState,
  message: MessageOf<'CHECKPOINT_RESOURCES'>,
  effects: Effects,
): void {
  try {
    const checkpointed = resourcesFromMessages(message.resources);
    const total = applyCheckpointed(state.config.resources, checkpointed);
    if (!total.equals(state.totalResources)) setTotal(state, total, effects);
    state.resourcesRefusal = null;
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    state.resourcesRefusal = error.message;
    dropMessage(state, effects, 'the resources to be remembered do not fit what is here', { error: error.message });
  }
}

/** `resources` with reservations and volumes in place of what they were made of. Throws MeteError (NOT_AVAILABLE). */
export function applyCheckpointed(resources: Resources, checkpointed: Resources): Resources {
  let total = resources;
  for (const lot of checkpointed.lots) {
    let plain = isVolume(lot) ? toPlainDisk(lot) : lot;
    while (isDynamic(plain)) plain = popLot(plain);
    const consumed = Resources.of([plain]);
    if (!total.contains(consumed)) {
      throw new MeteError('NOT_AVAILABLE', {
        field: 'resources',
        value: String(Resources.of([lot])),
        reason: `the agent has ${String(total)}`,
        mend: 'reserve what the agent has',
      });
    }
    total = total.minus(consumed).plus(Resources.of([lot]));
  }
  return total;
}
