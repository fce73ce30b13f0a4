/** Operations that asked for feedback and whose last status is not acknowledged, as GET_OPERATIONS shows them. */
import type { OperationRecord } from '../../../protocol/operator-shapes.js';
import type { MasterState } from '../state.js';

export function viewOperations(state: MasterState): OperationRecord[] {
  const all = [...state.agents.values()].flatMap((agent) => [...agent.operations.values()]);
  return all.map(({ framework, agent, info, latestStatus, uuid }) => ({
    frameworkId: framework.id,
    agentId: agent.id,
    info,
    latestStatus,
    ...(latestStatus.state === 'OPERATION_PENDING' ? {} : { statuses: [latestStatus] }),
    uuid,
  }));
}
