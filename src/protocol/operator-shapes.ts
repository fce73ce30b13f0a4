/** What the operator API of the master is made of: messages of Mesos' v1 master.proto and of what it takes in. */
import type { Type } from 'typebox';
import { resourceList, unavailability } from './common.js';
import { agentInfo, frameworkInfo, offerConstraints, quantities } from './framework.js';
import { inverseOffer, offer, operation, operationStatus } from './offer.js';
import { agentId, bytes, durationMs, flag, frameworkId, integer, list, map, number, object, oneOf } from './schema.js';
import { optional, text, timeMs } from './schema.js';
import { executorInfo, task } from './task.js';

export const machineId = object(
  { hostname: optional(text('Name of the host.')), ip: optional(text('IPv4 address.')) },
  'A machine; agents on it are those of this name and address.',
);
export type MachineId = Type.Static<typeof machineId>;

export const machines = list(machineId, 'Machines.');

export const maintenanceWindow = object({ machineIds: machines, unavailability }, 'Machines that go at the same time.');

export const maintenanceSchedule = object(
  { windows: optional(list(maintenanceWindow, 'Windows.')) },
  'When machines are maintained.',
);
export type MaintenanceSchedule = Type.Static<typeof maintenanceSchedule>;

export const clusterStatus = object(
  {
    drainingMachines: list(
      object(
        {
          id: machineId,
          statuses: list(
            object(
              {
                status: oneOf(['UNKNOWN', 'ACCEPT', 'DECLINE'], 'Answer.'),
                frameworkId,
                timestampMs: timeMs('When.', 'timestamp'),
              },
              'Answer of a framework to an inverse offer.',
            ),
            'Answers of frameworks.',
          ),
        },
        'A machine that is about to be maintained.',
      ),
      'Machines in a window of the schedule.',
    ),
    downMachines: machines,
  },
  'Machines in maintenance.',
);
export type ClusterStatus = Type.Static<typeof clusterStatus>;

export const weightInfo = object({ weight: number('Weight.'), role: optional(text('Role.')) }, 'Weight of a role.');
export const weightInfos = list(weightInfo, 'Weights.');

const limits = map(number('Amount.', { wrap: 'value' }), 'Amounts by kind.');
export const quotaConfig = object(
  { role: text('Role.'), guarantees: optional(quantities), limits: optional(limits) },
  'Guarantees and limits of a role.',
);

export const quotaRequest = object(
  { force: optional(flag('Do not look at what there is.')), role: optional(text('Role.')), guarantee: resourceList },
  'The old form of a quota: what is guaranteed is the limit, too.',
);

export const quotaStatus = object(
  {
    infos: list(
      object(
        { role: optional(text('Role.')), principal: optional(text('By whom.')), guarantee: resourceList },
        'A quota in its old form.',
      ),
      'Quotas in their old form.',
    ),
    configs: list(quotaConfig, 'Quotas.'),
  },
  'All quotas.',
);

export const drainConfig = object(
  {
    maxGracePeriodMs: optional(durationMs('Upper bound of grace periods.', 'max_grace_period')),
    markGone: optional(flag('The agent is gone when it is drained.', { default: false })),
  },
  'How an agent is drained.',
);
export type DrainConfig = Type.Static<typeof drainConfig>;

export const drainInfo = object(
  { state: oneOf(['UNKNOWN', 'DRAINING', 'DRAINED'], 'How far it is.'), config: drainConfig },
  'An agent that is drained.',
);
export type DrainInfo = Type.Static<typeof drainInfo>;

const capability = object({ type: text('Name.') }, 'A capability.');

export const operatorAgent = object(
  {
    agentInfo,
    active: flag('It may be offered.'),
    deactivated: optional(flag('An operator does not want it to be offered.')),
    version: text('Version.'),
    pid: optional(text('`slave(1)@ip:port`.')),
    registeredMs: optional(timeMs('When.', 'registered_time')),
    reregisteredMs: optional(timeMs('When.', 'reregistered_time')),
    totalResources: optional(resourceList),
    allocatedResources: optional(resourceList),
    offeredResources: optional(resourceList),
    capabilities: optional(list(capability, 'What it can do.')),
    drainInfo: optional(drainInfo),
    estimatedDrainStartMs: optional(timeMs('When.', 'estimated_drain_start_time')),
  },
  'An agent.',
);
export type OperatorAgent = Type.Static<typeof operatorAgent>;

export const operatorFramework = object(
  {
    frameworkInfo,
    active: flag('It may be offered something.'),
    connected: flag('It has a stream or link.'),
    recovered: flag('It is known from agents only.'),
    registeredMs: optional(timeMs('When.', 'registered_time')),
    reregisteredMs: optional(timeMs('When.', 'reregistered_time')),
    unregisteredMs: optional(timeMs('When.', 'unregistered_time')),
    offers: optional(list(offer, 'Outstanding offers.')),
    inverseOffers: optional(list(inverseOffer, 'Outstanding inverse offers.')),
    allocatedResources: optional(resourceList),
    offeredResources: optional(resourceList),
    offerConstraints: optional(offerConstraints),
  },
  'A framework.',
);
export type OperatorFramework = Type.Static<typeof operatorFramework>;

export const operatorExecutor = object({ executorInfo, agentId }, 'An executor.');
export type OperatorExecutor = Type.Static<typeof operatorExecutor>;

const uuid = bytes('16 bytes.', { wrap: 'value' });
export const operationRecord = object(
  {
    frameworkId: optional(frameworkId),
    agentId: optional(agentId),
    info: operation,
    latestStatus: operationStatus,
    statuses: optional(list(operationStatus, 'Statuses.')),
    uuid,
  },
  'An operation that is under way.',
);
export type OperationRecord = Type.Static<typeof operationRecord>;

export const role = object(
  {
    name: text('Role.'),
    weight: number('Weight.'),
    frameworks: optional(list(frameworkId, 'Frameworks in it.')),
    resources: optional(resourceList),
  },
  'A role.',
);

export const fileInfo = object(
  {
    path: text('Virtual path.'),
    nlink: optional(integer('Links.')),
    size: optional(integer('Bytes.')),
    mtimeMs: optional(timeMs('Last change.', 'mtime')),
    mode: optional(integer('Mode.')),
    uid: optional(text('Owner.')),
    gid: optional(text('Group.')),
  },
  'A file.',
);
export type FileInfo = Type.Static<typeof fileInfo>;

export const getTasks = object(
  {
    tasks: optional(list(task, 'Tasks that live, or whose end is not acknowledged.')),
    completedTasks: optional(list(task, 'Tasks that have ended.')),
    unreachableTasks: optional(list(task, 'Tasks on agents that do not answer.')),
  },
  'Tasks.',
);
export const getExecutors = object({ executors: optional(list(operatorExecutor, 'Executors.')) }, 'Executors.');
export const getFrameworks = object(
  {
    frameworks: optional(list(operatorFramework, 'Frameworks.')),
    completedFrameworks: optional(list(operatorFramework, 'Frameworks that are gone.')),
  },
  'Frameworks.',
);
export const getAgents = object(
  {
    agents: optional(list(operatorAgent, 'Agents.')),
    recoveredAgents: optional(list(agentInfo, 'Agents that are awaited.')),
  },
  'Agents.',
);
export const getState = object({ getTasks, getExecutors, getFrameworks, getAgents }, 'Everything.');
