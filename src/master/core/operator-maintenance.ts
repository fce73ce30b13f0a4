/**
 * Maintenance by operators: the schedule, machines that go down and come up. Agents on a machine in the schedule have
 * its unavailability, which frameworks see in offers and inverse offers; when the machine goes down they are told to
 * end, and those that come while it is down, too. Facts: Mesos' maintenance handlers.
 */
import type { UnavailabilityMessage } from '../../protocol/common.js';
import { machineKey, machineOf, setSchedule, startMaintenance, stopMaintenance } from '../../protocol/maintenance.js';
import type { MachineId, MaintenanceSchedule } from '../../protocol/operator-shapes.js';
import { removeAgent } from './agent-loss.js';
import type { MasterEffect } from './events.js';
import { removeInverseOffer, rescindOffer, withdrawInverseOffer } from './offers.js';
import { type CallOf, DONE, type OperatorHandler, refused } from './operator-handler.js';
import { toAgent } from './send.js';
import type { Agent, MasterState } from './state.js';

type Calls = 'UPDATE_UNAVAILABILITY' | 'UPDATE_MAINTENANCE_SCHEDULE' | 'START_MAINTENANCE' | 'STOP_MAINTENANCE';

export const OPERATOR_MAINTENANCE_CALLS: { readonly [T in Calls]: OperatorHandler<CallOf<T>> } = {
  UPDATE_UNAVAILABILITY: {
    check: (state, { agentId }) => refused(state.agents.has(agentId) ? null : 'No agent found with specified ID'),
    act(state, { agentId, unavailability }, effects) {
      updateUnavailability(state, state.agents.get(agentId)!, unavailability, effects);
      return DONE;
    },
  },
  UPDATE_MAINTENANCE_SCHEDULE: {
    check: (state, { schedule }) => refused(scheduleRefusal(state, schedule)),
    store: (_state, { schedule }) => ({ type: 'UPDATE_MAINTENANCE_SCHEDULE', schedule }),
    act(state, { schedule }, effects) {
      setSchedule(state.maintenance, schedule);
      tellAgents(state, effects);
      return DONE;
    },
  },
  START_MAINTENANCE: {
    check: (state, { machines }) => refused(machinesRefusal(state, machines, 'DRAINING', 'brought down')),
    store: (_state, { machines }) => ({ type: 'START_MAINTENANCE', machines }),
    act(state, { machines }, effects) {
      startMaintenance(state.maintenance, machines);
      const keys = new Set(machines.map(machineKey));
      const message = "Operator initiated 'Machine DOWN'";
      for (const agent of [...state.agents.values()]) {
        const machine = machineOf(state.maintenance, agent.info.hostname, agent.ip);
        if (machine === null || !keys.has(machineKey(machine.id))) continue;
        toAgent(agent, { type: 'SHUTDOWN_AGENT', message }, effects);
        removeAgent(state, agent, message, null, effects);
      }
      return DONE;
    },
  },
  STOP_MAINTENANCE: {
    check: (state, { machines }) => refused(machinesRefusal(state, machines, 'DOWN', 'brought up')),
    store: (_state, { machines }) => ({ type: 'STOP_MAINTENANCE', machines }),
    act(state, { machines }, effects) {
      stopMaintenance(state.maintenance, machines);
      tellAgents(state, effects);
      return DONE;
    },
  },
};

/** Gives agents the unavailability of their machines, or none. */
function tellAgents(state: MasterState, effects: MasterEffect[]): void {
  for (const agent of state.agents.values()) {
    const machine = machineOf(state.maintenance, agent.info.hostname, agent.ip);
    const wanted = machine?.unavailability ?? null;
    const is = agent.unavailability;
    if (wanted?.startMs === is?.startMs && wanted?.durationMs === is?.durationMs) continue;
    updateUnavailability(state, agent, wanted, effects);
  }
}

/** A maintenance window: offers of the agent are rescinded, for they do not say so. */
function updateUnavailability(
  state: MasterState,
  agent: Agent,
  unavailability: UnavailabilityMessage | null,
  effects: MasterEffect[],
): void {
  for (const inverseOffer of [...agent.inverseOffers]) {
    withdrawInverseOffer(state, inverseOffer);
    removeInverseOffer(state, inverseOffer, true, effects);
  }
  if (unavailability !== null) for (const offer of [...agent.offers]) rescindOffer(state, offer, effects);
  state.allocator.updateUnavailability(agent.id, unavailability);
  agent.unavailability = unavailability;
}

/** A machine as texts of Mesos show it: its JSON. */
export function printMachine({ hostname, ip }: MachineId): string {
  return JSON.stringify({ ...(hostname === undefined ? {} : { hostname }), ...(ip === undefined ? {} : { ip }) });
}

function machineRefusal({ hostname = '', ip = '' }: MachineId): string | null {
  if (hostname === '' && ip === '') return "Both 'hostname' and 'ip' for a machine are empty";
  const parts = ip.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return ip === '' || isAddress ? null : `Failed to parse the IP: ${ip}`;
}

/** Refuses machines that are no machines, and those that are named twice. */
function listRefusal(ids: readonly MachineId[], seen: Set<string>): string | null {
  for (const id of ids) {
    const refusal = machineRefusal(id);
    if (refusal !== null) return refusal;
    const key = machineKey(id);
    if (seen.has(key)) return `Machine '${printMachine(id)}' appears more than once in the schedule`;
    seen.add(key);
  }
  return null;
}

function scheduleRefusal({ maintenance }: MasterState, { windows = [] }: MaintenanceSchedule): string | null {
  const seen = new Set<string>();
  for (const { machineIds, unavailability } of windows) {
    if (machineIds.length === 0) return 'List of machines in the maintenance window is empty';
    if ((unavailability.durationMs ?? 0) < 0) return "Unavailability 'duration' is negative";
    const refusal = listRefusal(machineIds, seen);
    if (refusal !== null) return refusal;
  }
  for (const [key, { id, mode }] of maintenance.machines) {
    if (mode !== 'DOWN' || seen.has(key)) continue;
    return `Machine '${printMachine(id)}' is deactivated and cannot be removed from the schedule`;
  }
  return null;
}

function machinesRefusal(
  { maintenance }: MasterState,
  ids: readonly MachineId[],
  mode: 'DRAINING' | 'DOWN',
  verb: string,
): string | null {
  if (ids.length === 0) return 'List of machines is empty';
  const refusal = listRefusal(ids, new Set());
  if (refusal !== null) return refusal;
  for (const id of ids) {
    const machine = maintenance.machines.get(machineKey(id));
    if (machine === undefined) return `Machine '${printMachine(id)}' is not part of a maintenance schedule`;
    if (machine.mode !== mode) return `Machine '${printMachine(id)}' is not in ${mode} mode and cannot be ${verb}`;
  }
  return null;
}
