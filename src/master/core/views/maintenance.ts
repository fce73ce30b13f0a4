/** /maintenance/status: machines that are about to be maintained, with what frameworks answered, and those that are. */
import { machineKey, machineOf } from '../../../protocol/maintenance.js';
import type { ClusterStatus } from '../../../protocol/operator-shapes.js';
import type { FrameworkId } from '../../../protocol/schema.js';
import type { MasterState } from '../state.js';

type Statuses = ClusterStatus['drainingMachines'][number]['statuses'];

/** The status; the time of an answer is not kept, so it is the time of the last event. */
export function viewClusterStatus(state: MasterState): ClusterStatus {
  const { maintenance, nowMs } = state;
  const answers = state.allocator.inverseOfferStatuses();
  const byMachine = new Map<string, Statuses>();
  for (const agent of state.agents.values()) {
    const machine = machineOf(maintenance, agent.info.hostname, agent.ip);
    if (machine === null) continue;
    const statuses = Object.entries(answers[agent.id] ?? {}).map(([frameworkId, status]) => {
      return { status, frameworkId: frameworkId as FrameworkId, timestampMs: nowMs };
    });
    const key = machineKey(machine.id);
    byMachine.set(key, [...(byMachine.get(key) ?? []), ...statuses]);
  }
  const drainingMachines: ClusterStatus['drainingMachines'] = [];
  const downMachines: ClusterStatus['downMachines'] = [];
  for (const [key, { id, mode }] of maintenance.machines) {
    if (mode === 'DOWN') downMachines.push(id);
    else drainingMachines.push({ id, statuses: byMachine.get(key) ?? [] });
  }
  return { drainingMachines, downMachines };
}
