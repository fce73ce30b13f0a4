/**
 * ACCEPT: what a framework makes of offers. All offers are of one agent and role and become one pool of resources; the
 * operations run in order, each seeing what the ones before have left or made; what is left over is declined with the
 * filters of the call. Facts: Mesos' `Master::accept` and `Master::_accept`.
 */
import type { Filters } from '../../allocator/model.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { OperationMessage } from '../../protocol/offer.js';
import type { TaskInfo } from '../../protocol/task.js';
import { Resources } from '../../resources/resources.js';
import type { Acceptance } from './acceptance.js';
import type { MasterEffect } from './events.js';
import { launch, launchGroup } from './launch.js';
import { discardOffer, removeOffer } from './offers.js';
import { feedbackRefusal } from './operation-feedback.js';
import { applyResourceOperation, dropOperation } from './operations.js';
import { warn } from './send.js';
import type { Framework, MasterState } from './state.js';
import { lossState, refuseTask } from './statuses.js';
import { validateOffers, validateOperationForm, validateOperationId } from './validation/index.js';

export function accept(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'ACCEPT'>,
  effects: MasterEffect[],
): void {
  const operations = call.operations ?? [];
  for (const { type, launch: tasks } of operations) {
    if (type !== 'LAUNCH') continue;
    if (tasks !== undefined && tasks.taskInfos.length > 0) state.counters.plain.messages_launch_tasks++;
    else state.counters.plain.messages_decline_offers++;
  }
  const refusal = validateOffers(call.offerIds, framework.id, (id) => state.offers.get(id));
  if (refusal !== null) {
    refuseAll(state, framework, call, refusal, effects);
    return;
  }
  const acceptance = takeOffers(state, framework, call);
  for (const operation of wellFormed(state, acceptance, operations, effects)) {
    apply(state, acceptance, operation, effects);
  }
  giveBackRest(state, acceptance, call.filters ?? {});
}

/** The offers are not valid together: those that exist are taken back, and everything asked for fails. */
function refuseAll(
  state: MasterState,
  framework: Framework,
  call: MessageOf<'ACCEPT'>,
  refusal: string,
  effects: MasterEffect[],
): void {
  for (const id of call.offerIds) {
    const offer = state.offers.get(id);
    if (offer?.framework === framework) discardOffer(state, offer);
  }
  warn(effects, 'ACCEPT used invalid offers', { framework: framework.id, reason: refusal });
  const taskState = lossState(framework, 'TASK_DROPPED');
  const message = `Task launched with invalid offers: ${refusal}`;
  for (const operation of call.operations ?? []) {
    if (operation.type !== 'LAUNCH' && operation.type !== 'LAUNCH_GROUP') {
      dropOperation(state, framework, operation, `Operation attempted with invalid offers: ${refusal}`, effects);
      continue;
    }
    for (const { taskId, agentId } of tasksOf(operation)) {
      const detail = { taskId, agentId, state: taskState, reason: 'REASON_INVALID_OFFERS', message } as const;
      refuseTask(state, framework, detail, effects);
    }
  }
}

/** The tasks that an operation would launch. */
export function tasksOf(operation: OperationMessage): readonly TaskInfo[] {
  if (operation.type === 'LAUNCH') return operation.launch?.taskInfos ?? [];
  return operation.type === 'LAUNCH_GROUP' ? (operation.launchGroup?.taskGroup.tasks ?? []) : [];
}

function takeOffers(state: MasterState, framework: Framework, call: MessageOf<'ACCEPT'>): Acceptance {
  const first = state.offers.get(call.offerIds[0]!)!;
  let offered = Resources.EMPTY;
  for (const id of call.offerIds) {
    const offer = state.offers.get(id)!;
    offered = offered.plus(offer.resources);
    removeOffer(state, offer);
  }
  framework.counters.offersAccepted += call.offerIds.length;
  return {
    framework,
    agent: first.agent,
    role: first.role,
    offered,
    remaining: offered,
    shared: offered.sharedOnly(),
    resized: Resources.EMPTY,
    conversions: [],
  };
}

/** The operations whose form is in order; the others fail before any is carried out. */
function wellFormed(
  state: MasterState,
  { framework, agent }: Acceptance,
  operations: readonly OperationMessage[],
  effects: MasterEffect[],
): OperationMessage[] {
  return operations.filter((operation) => {
    const refusal = validateOperationForm(operation) ?? validateOperationId(operation);
    const isLaunch = operation.type === 'LAUNCH' || operation.type === 'LAUNCH_GROUP';
    if (refusal === null && !isLaunch) {
      const lack = feedbackRefusal(operation, framework, agent);
      if (lack !== null) dropOperation(state, framework, operation, lack, effects);
      return lack === null;
    }
    if (refusal === null) return true;
    if (!isLaunch) {
      const message = `Operation attempted with invalid resources: ${refusal}`;
      dropOperation(state, framework, operation, message, effects);
      return false;
    }
    const reason = operation.type === 'LAUNCH' ? 'REASON_TASK_INVALID' : 'REASON_TASK_GROUP_INVALID';
    for (const { taskId, agentId } of tasksOf(operation)) {
      refuseTask(state, framework, { taskId, agentId, state: 'TASK_ERROR', reason, message: refusal }, effects);
    }
    return false;
  });
}

function apply(
  state: MasterState,
  acceptance: Acceptance,
  operation: OperationMessage,
  effects: MasterEffect[],
): void {
  if (operation.type === 'LAUNCH') launch(state, acceptance, tasksOf(operation), effects);
  else if (operation.type === 'LAUNCH_GROUP') launchGroup(state, acceptance, operation, effects);
  else applyResourceOperation(state, acceptance, operation, effects);
}

/** Tells the allocator what was converted, and gives back what no task uses: what was not converted, with filters. */
function giveBackRest(state: MasterState, acceptance: Acceptance, filters: Filters): void {
  const { framework, agent, role, offered, remaining, resized, conversions } = acceptance;
  const { allocator } = state;
  if (conversions.length === 0) {
    if (!remaining.isEmpty) allocator.recoverResources(framework.id, agent.id, role, remaining, filters);
    return;
  }
  allocator.updateAllocation(framework.id, agent.id, role, offered, conversions);
  const left = remaining.plus(resized);
  const converted = left.minus(offered);
  const declined = left.minus(converted);
  if (!converted.isEmpty) allocator.recoverResources(framework.id, agent.id, role, converted);
  if (!declined.isEmpty) allocator.recoverResources(framework.id, agent.id, role, declined, filters);
}
