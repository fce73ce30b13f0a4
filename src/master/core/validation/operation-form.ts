/**
 * The form of operations: what Mesos asks of each operation of an ACCEPT before any is carried out. The field that the
 * type names must be there and each resource in it must be valid; a bad resource of one task fails its whole LAUNCH
 * (TASK_ERROR with this text), other operations are dropped with `Operation attempted with invalid resources: ` and
 * this text.
 */
import type { Resource } from '../../../protocol/common.js';
import type { OperationMessage } from '../../../protocol/offer.js';
import type { TaskInfo } from '../../../protocol/task.js';
import type { Refusal } from './refusal.js';
import { type ResourceList, validateResource, validateResourceList } from './resources.js';

type Form = (operation: OperationMessage) => Refusal | undefined;

/** Each kind: the refusal of its resources; undefined if its field is not set. */
const FORMS: Readonly<Record<OperationMessage['type'], Form>> = {
  UNKNOWN: () => 'Unknown offer operation',
  LAUNCH: ({ launch }) => launch && validateTasks(launch.taskInfos),
  LAUNCH_GROUP: ({ launchGroup }) =>
    launchGroup && (validateResourceList(launchGroup.executor.resources) ?? validateTasks(launchGroup.taskGroup.tasks)),
  RESERVE: ({ reserve }) => reserve && validateLists(reserve.resources, reserve.source),
  UNRESERVE: ({ unreserve }) => unreserve && validateLists(unreserve.resources),
  CREATE: ({ create }) => create && validateLists(create.volumes),
  DESTROY: ({ destroy }) => destroy && validateLists(destroy.volumes),
  GROW_VOLUME: ({ growVolume }) => growVolume && validateEach(growVolume.volume, growVolume.addition),
  SHRINK_VOLUME: ({ shrinkVolume }) => shrinkVolume && validateEach(shrinkVolume.volume),
  CREATE_DISK: ({ createDisk }) => createDisk && validateEach(createDisk.source),
  DESTROY_DISK: ({ destroyDisk }) => destroyDisk && validateEach(destroyDisk.source),
};

/** The form of one operation of a framework. */
export function validateOperationForm(operation: OperationMessage): Refusal {
  const refusal = FORMS[operation.type](operation);
  if (refusal === undefined) return missing(operation.type);
  if (refusal !== null) return refusal;
  if (operation.type !== 'RESERVE' || (operation.reserve?.source?.length ?? 0) === 0) return null;
  return 'Reservation updates are not yet implemented for the scheduler API.';
}

/** LAUNCH and LAUNCH_GROUP have no id: nothing comes back for them but the statuses of their tasks. */
export function validateOperationId({ type, id }: OperationMessage): Refusal {
  if (id === undefined || (type !== 'LAUNCH' && type !== 'LAUNCH_GROUP')) return null;
  return `The \`id\` field cannot be set on ${type} operations`;
}

/** Articles and full stops are Mesos'. */
function missing(type: OperationMessage['type']): string {
  const article = type === 'UNRESERVE' ? 'An' : 'A';
  const kind = type === 'GROW_VOLUME' ? 'operation' : 'offer operation';
  const stop = type === 'GROW_VOLUME' || type === 'SHRINK_VOLUME' ? '' : '.';
  return `${article} ${type} ${kind} must have the Offer.Operation.${type.toLowerCase()} field set${stop}`;
}

function validateTasks(tasks: readonly TaskInfo[]): Refusal {
  for (const { resources, executor } of tasks) {
    const refusal = validateResourceList(resources) ?? validateResourceList(executor?.resources);
    if (refusal !== null) return refusal;
  }
  return null;
}

function validateLists(first: ResourceList, second?: ResourceList): Refusal {
  return validateResourceList(first) ?? validateResourceList(second);
}

function validateEach(...resources: Resource[]): Refusal {
  for (const resource of resources) {
    const refusal = validateResource(resource);
    if (refusal !== null) return refusal;
  }
  return null;
}
