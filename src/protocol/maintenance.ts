/**
 * The maintenance of machines: a schedule of windows, and the machines that are in it. A machine in the schedule is
 * DRAINING until its maintenance is started, then DOWN until it is stopped, which takes it off the schedule; any other
 * machine is up. The rules are those of Mesos' registrar; the registry and the master's state both follow them.
 */
import type { UnavailabilityMessage } from './common.js';
import type { MachineId, MaintenanceSchedule } from './operator-shapes.js';

export interface Machine {
  readonly id: MachineId;
  readonly mode: 'DRAINING' | 'DOWN';
  readonly unavailability: UnavailabilityMessage;
}

export interface Maintenance {
  schedule: MaintenanceSchedule;
  /** By `machineKey`, in the order of the schedule that brought them. */
  readonly machines: Map<string, Machine>;
}

export function noMaintenance(): Maintenance {
  return { schedule: {}, machines: new Map() };
}

/** What makes two names of machines the same: the hostname without regard to case, and the address. */
export function machineKey({ hostname = '', ip = '' }: MachineId): string {
  return `${hostname.toLowerCase()}/${ip}`;
}

/** Puts a schedule in the place of the one before. Machines that are down stay down. */
export function setSchedule(maintenance: Maintenance, schedule: MaintenanceSchedule): void {
  const { machines } = maintenance;
  const before = new Map(machines);
  machines.clear();
  for (const { machineIds, unavailability } of schedule.windows ?? []) {
    for (const id of machineIds) {
      const key = machineKey(id);
      machines.set(key, { id, mode: before.get(key)?.mode ?? 'DRAINING', unavailability });
    }
  }
  maintenance.schedule = schedule;
}

export function startMaintenance({ machines }: Maintenance, ids: readonly MachineId[]): void {
  for (const id of ids) {
    const machine = machines.get(machineKey(id));
    if (machine !== undefined) machines.set(machineKey(id), { ...machine, mode: 'DOWN' });
  }
}

export function stopMaintenance(maintenance: Maintenance, ids: readonly MachineId[]): void {
  const stopped = new Set(ids.map(machineKey));
  for (const key of stopped) maintenance.machines.delete(key);
  const windows = (maintenance.schedule.windows ?? []).flatMap(({ machineIds, unavailability }) => {
    const left = machineIds.filter((id) => !stopped.has(machineKey(id)));
    return left.length === 0 ? [] : [{ machineIds: left, unavailability }];
  });
  maintenance.schedule = windows.length === 0 ? {} : { windows };
}

/** The machine that an agent is on, if it is in the schedule. A machine that lacks name or address has any. */
export function machineOf({ machines }: Maintenance, hostname: string, ip: string): Machine | null {
  if (machines.size === 0) return null;
  const keys = [{ hostname, ip }, { hostname }, { ip }].map(machineKey);
  for (const key of keys) {
    const machine = machines.get(key);
    if (machine !== undefined) return machine;
  }
  return null;
}
