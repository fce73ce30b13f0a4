/** Offers and what frameworks do with them: Mesos' v1 messages of the same names. */
import type { Type } from 'typebox';
import { attribute, domainInfo, resource, resourceList, unavailability, url } from './common.js';
import { agentId, bytes, executorId, frameworkId, list, number, object, offerId, oneOf } from './schema.js';
import { operationId, optional, resourceProviderId, text } from './schema.js';
import { executorInfo, taskInfo } from './task.js';

export const allocationInfo = object({ role: text('Role.') }, 'To which role something is allocated.');

export const offer = object(
  {
    id: offerId,
    frameworkId,
    agentId,
    hostname: text('Name of the host.'),
    url: optional(url),
    domain: optional(domainInfo),
    resources: resourceList,
    attributes: optional(list(attribute, 'Facts about the agent.')),
    executorIds: optional(list(executorId, "The framework's executors there.")),
    unavailability: optional(unavailability),
    allocationInfo: optional(allocationInfo),
  },
  'Resources of one agent, for one framework, in one role.',
);
export type OfferMessage = Type.Static<typeof offer>;

export const inverseOffer = object(
  { id: offerId, url: optional(url), frameworkId, agentId: optional(agentId), unavailability },
  'The wish to have resources back.',
);
export type InverseOfferMessage = Type.Static<typeof inverseOffer>;

export const taskGroup = object({ tasks: list(taskInfo, 'Tasks, at least one.') }, 'Tasks that start together.');

/** The kinds of operations, each with its own field in `operation`. */
export const OPERATION_TYPES = [
  'UNKNOWN',
  'LAUNCH',
  'LAUNCH_GROUP',
  'RESERVE',
  'UNRESERVE',
  'CREATE',
  'DESTROY',
  'GROW_VOLUME',
  'SHRINK_VOLUME',
  'CREATE_DISK',
  'DESTROY_DISK',
] as const;

/** States of operations by their v1 numbers. */
export const OPERATION_STATES = {
  OPERATION_UNSUPPORTED: 0,
  OPERATION_PENDING: 1,
  OPERATION_FINISHED: 2,
  OPERATION_FAILED: 3,
  OPERATION_ERROR: 4,
  OPERATION_DROPPED: 5,
  OPERATION_UNREACHABLE: 6,
  OPERATION_GONE_BY_OPERATOR: 7,
  OPERATION_RECOVERING: 8,
  OPERATION_UNKNOWN: 9,
} as const;
export type OperationState = keyof typeof OPERATION_STATES;

export const operationStatus = object(
  {
    operationId: optional(operationId),
    state: oneOf(Object.keys(OPERATION_STATES) as OperationState[], 'State of an operation.'),
    message: optional(text('For people.')),
    convertedResources: optional(list(resource, 'What the operation made.')),
    uuid: optional(bytes('16 bytes; set if the status must be acknowledged.', { wrap: 'value' })),
    agentId: optional(agentId),
    resourceProviderId: optional(resourceProviderId),
  },
  'What is known of an operation that was given an id.',
);
export type OperationStatus = Type.Static<typeof operationStatus>;

export const operation = object(
  {
    type: oneOf(OPERATION_TYPES, 'Which of the fields is set.'),
    id: optional(operationId),
    launch: optional(object({ taskInfos: list(taskInfo, 'Tasks.') }, 'Tasks to launch, each on its own.')),
    launchGroup: optional(object({ executor: executorInfo, taskGroup }, 'Tasks to launch together.')),
    reserve: optional(
      object({ resources: resourceList, source: optional(resourceList) }, 'Resources as they will be reserved.'),
    ),
    unreserve: optional(object({ resources: resourceList }, 'Resources as they are reserved.')),
    create: optional(object({ volumes: resourceList }, 'Volumes to make.')),
    destroy: optional(object({ volumes: resourceList }, 'Volumes to delete.')),
    growVolume: optional(object({ volume: resource, addition: resource }, 'A volume and what it takes in.')),
    shrinkVolume: optional(
      object(
        { volume: resource, subtract: number('How much, in MB.', { wrap: 'value' }) },
        'A volume and how much it gives.',
      ),
    ),
    createDisk: optional(
      object(
        { source: resource, targetType: oneOf(['MOUNT', 'BLOCK'], 'Kind.'), targetProfile: optional(text('Profile.')) },
        'A raw disk to make usable.',
      ),
    ),
    destroyDisk: optional(object({ source: resource }, 'A disk to make raw again.')),
  },
  'What to do with offered resources.',
);
export type OperationMessage = Type.Static<typeof operation>;
