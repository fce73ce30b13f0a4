/**
 * Operations on resources: RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME, SHRINK_VOLUME. They change what the
 * resources of an agent are; the agent is sent all its dynamic reservations and volumes as they are afterwards. What
 * cannot be done is dropped: the log says so, and the resources stay as they were.
 */
import { MeteError } from '../../base/errors.js';
import type { OperationMessage } from '../../protocol/offer.js';
import { resourcesFromMessages, resourcesToMessages } from '../../resources/message-form.js';
import { toMilli } from '../../resources/amount.js';
import type { Lot } from '../../resources/lot.js';
import { applyConversions, type Conversion, conversionsOf, type Operation } from '../../resources/operations.js';
import type { Acceptance } from './acceptance.js';
import { operationRefusal } from './authorization.js';
import type { MasterEffect } from './events.js';
import { rescindOffer } from './offers.js';
import { askForFeedback } from './operation-feedback.js';
import { toAgent, toFramework, warn } from './send.js';
import type { Agent, Framework, MasterState } from './state.js';
import { usedByFramework } from './usage.js';
import { validateOperation } from './validation/index.js';

export function dropOperation(
  state: MasterState,
  framework: Framework,
  operation: OperationMessage,
  reason: string,
  effects: MasterEffect[],
): void {
  state.counters.operationsRefused[operation.type]++;
  warn(effects, `dropping ${operation.type} operation`, { framework: framework.id, reason });
  if (operation.id === undefined) return;
  const status = { operationId: operation.id, state: 'OPERATION_ERROR', message: reason } as const;
  toFramework(framework, { type: 'UPDATE_OPERATION_STATUS', status }, effects);
}

/** An operation as arithmetic; null if it is none on resources. Throws MeteError if it is malformed. */
export function readOperation(operation: OperationMessage): Operation | null {
  const { type, reserve, unreserve, create, destroy, growVolume, shrinkVolume } = operation;
  if (type === 'RESERVE' && reserve !== undefined) {
    return { type, resources: resourcesFromMessages(reserve.resources), source: resourcesFromMessages(reserve.source) };
  }
  if (type === 'UNRESERVE' && unreserve !== undefined) {
    return { type, resources: resourcesFromMessages(unreserve.resources) };
  }
  if (type === 'CREATE' && create !== undefined) return { type, volumes: resourcesFromMessages(create.volumes) };
  if (type === 'DESTROY' && destroy !== undefined) return { type, volumes: resourcesFromMessages(destroy.volumes) };
  if (type === 'GROW_VOLUME' && growVolume !== undefined) {
    const { volume, addition } = growVolume;
    return { type, volume: resourcesFromMessages([volume]), addition: resourcesFromMessages([addition]) };
  }
  if (type === 'SHRINK_VOLUME' && shrinkVolume !== undefined) {
    const { volume, subtract } = shrinkVolume;
    return { type, volume: resourcesFromMessages([volume]), subtractMilli: toMilli(subtract, 'subtract') };
  }
  return null;
}

/** One operation of an ACCEPT. */
export function applyResourceOperation(
  state: MasterState,
  acceptance: Acceptance,
  operation: OperationMessage,
  effects: MasterEffect[],
): void {
  const { framework, agent } = acceptance;
  const refusal = validateOperation(operation, {
    frameworkInfo: framework.info,
    allocationRole: acceptance.role,
    principal: framework.info.principal,
    agentCapabilities: agent.capabilities,
    checkpointedResources: agent.checkpointed,
    usedResources: () => usedByFramework(agent).values(),
  });
  if (refusal !== null) {
    dropOperation(state, framework, operation, `${refusal}; on agent ${agent.id}`, effects);
    return;
  }
  const forbidden = operationRefusal(state, framework, operation);
  if (forbidden !== null) {
    dropOperation(state, framework, operation, forbidden, effects);
    return;
  }
  if (operation.type === 'DESTROY') rescindVolumes(state, agent, operation, effects);
  try {
    const read = readOperation(operation);
    if (read === null) throw notSupported(operation);
    const conversions = conversionsOf(read);
    convertPool(acceptance, operation, conversions);
    acceptance.conversions.push(...conversions);
    convertAgent(agent, conversions, effects);
    askForFeedback(state, framework, agent, operation, effects);
  } catch (error) {
    if (!(error instanceof MeteError)) throw error;
    dropOperation(state, framework, operation, error.message, effects);
    return;
  }
  state.counters.operationsFinished[operation.type]++;
  framework.counters.operations[operation.type]++;
}

function notSupported(operation: OperationMessage): MeteError {
  return new MeteError('INVALID_ARGUMENT', {
    field: 'operation.type',
    value: operation.type,
    reason: 'agents have no resource providers that could do it',
    mend: 'use operations on the resources of agents themselves',
  });
}

/** Resized volumes are not to be used by later operations of the same call, all else is. */
function convertPool(acceptance: Acceptance, { type }: OperationMessage, conversions: readonly Conversion[]): void {
  if (type !== 'GROW_VOLUME' && type !== 'SHRINK_VOLUME') {
    acceptance.remaining = applyConversions(acceptance.remaining, conversions);
    acceptance.shared = acceptance.remaining.sharedOnly();
    return;
  }
  const [{ consumed, converted }] = conversions as readonly [Conversion];
  acceptance.remaining = applyConversions(acceptance.remaining, [{ consumed, converted }]).minus(converted);
  acceptance.resized = acceptance.resized.plus(converted);
}

/** Offers to others that hold copies of shared volumes which are about to be destroyed. */
function rescindVolumes(
  state: MasterState,
  agent: Agent,
  { destroy }: OperationMessage,
  effects: MasterEffect[],
): void {
  const volumes = resourcesFromMessages(destroy?.volumes);
  for (const offer of [...agent.offers]) {
    if (volumes.lots.some((lot) => offer.resources.lots.some((own) => own.descriptor.key === lot.descriptor.key))) {
      rescindOffer(state, offer, effects);
    }
  }
}

/** What of an agent's resources is kept on its disk: dynamic reservations and persistent volumes. */
export function needsCheckpointing(lot: Lot): boolean {
  const { reservations, disk } = lot.descriptor;
  return disk?.persistence !== undefined || reservations.at(-1)?.type === 'DYNAMIC';
}

/** Changes the total of an agent and tells it. Throws MeteError (NOT_AVAILABLE) if the agent does not have it. */
export function convertAgent(agent: Agent, conversions: readonly Conversion[], effects: MasterEffect[]): void {
  agent.total = applyConversions(agent.total, conversions);
  agent.checkpointed = agent.total.filter(needsCheckpointing);
  sendCheckpointed(agent, effects);
}

export function sendCheckpointed(agent: Agent, effects: MasterEffect[]): void {
  toAgent(agent, { type: 'CHECKPOINT_RESOURCES', resources: resourcesToMessages(agent.checkpointed) }, effects);
}
