/**
 * Operations on resources, when it is their turn: reservations, volumes, disks. The form has been checked
 * (operation-form.ts). The same checks serve operators, who are no framework and work on what is not allocated.
 */
import type { Resource } from '../../../protocol/common.js';
import type { OperationMessage } from '../../../protocol/offer.js';
import type { Resources } from '../../../resources/resources.js';
import { toUnreserved } from '../../../resources/transform.js';
import { validateCreateDisk, validateDestroyDisk } from './disk-operations.js';
import { frameworkRoles, hasCapability } from './framework.js';
import type { OperationContext } from './operation-context.js';
import { printResource, printResourceList, printResources } from './print-resources.js';
import { equalMessages, printSet, type Refusal } from './refusal.js';
import { isDynamicallyReserved, isRefined, reservedRole, toResources } from './resources.js';
import { validateSingleProvider, validateSingleRole, validateUniquePersistence } from './resources.js';
import { validateUsedResources, validateVolumes } from './resources.js';
import { validateGrowVolume, validateShrinkVolume } from './volume-operations.js';

type Fields<K extends keyof OperationMessage> = NonNullable<OperationMessage[K]>;

/** One operation but LAUNCH and LAUNCH_GROUP, whose tasks have checks of their own; for these always null. */
export function validateOperation(operation: OperationMessage, context: OperationContext): Refusal {
  switch (operation.type) {
    case 'RESERVE':
      return operation.reserve === undefined ? null : validateReserve(operation.reserve, context);
    case 'UNRESERVE':
      return operation.unreserve === undefined ? null : validateUnreserve(operation.unreserve.resources, context);
    case 'CREATE':
      return operation.create === undefined ? null : validateCreate(operation.create.volumes, context);
    case 'DESTROY':
      return operation.destroy === undefined ? null : validateDestroy(operation.destroy.volumes, context);
    case 'GROW_VOLUME':
      return operation.growVolume === undefined ? null : validateGrowVolume(operation.growVolume, context);
    case 'SHRINK_VOLUME':
      return operation.shrinkVolume === undefined ? null : validateShrinkVolume(operation.shrinkVolume, context);
    case 'CREATE_DISK':
      return operation.createDisk === undefined ? null : validateCreateDisk(operation.createDisk);
    case 'DESTROY_DISK':
      return operation.destroyDisk === undefined ? null : validateDestroyDisk(operation.destroyDisk, context);
    default:
      return null;
  }
}

export function validateReserve(reserve: Fields<'reserve'>, context: OperationContext): Refusal {
  const { resources, source = [] } = reserve;
  const refusal = validateUsedResources(resources);
  if (refusal !== null) return `Invalid resources: ${refusal}`;
  const ofSource = validateUsedResources(source);
  if (ofSource !== null) return `Invalid source: ${ofSource}`;
  const update = source.length === 0 ? null : validateReservationUpdate(resources, source);
  if (update !== null) return update;
  const provider = validateSingleProvider(resources);
  if (provider !== null) return `Invalid resources: ${provider}`;
  for (const resource of resources) {
    const reason =
      validateReservable(resource, context) ??
      validateReservingPrincipal(resource, context.principal) ??
      validateReservingRole(resource, context);
    if (reason !== null) return reason;
  }
  if (context.frameworkInfo === undefined) return null;
  const role = validateSingleRole(resources, context.allocationRole);
  return role === null ? null : `Invalid reservation resources: ${role}`;
}

function validateReservationUpdate(target: readonly Resource[], source: readonly Resource[]): Refusal {
  const ofSource = validateSameReservations(source);
  if (ofSource !== null) return `Invalid source: ${ofSource}`;
  const ofTarget = validateSameReservations(target);
  if (ofTarget !== null) return `Invalid resources: ${ofTarget}`;
  const [from, to] = [toResources(source), toResources(target)];
  if (typeof from === 'string' || typeof to === 'string') return typeof from === 'string' ? from : (to as string);
  const [before, after] = [toUnreserved(from), toUnreserved(to)];
  if (before.equals(after)) return null;
  const both = `${printResources(before)} vs. ${printResources(after)}`;
  return `Source and target resources should refer to identical resource quantities: ${both}`;
}

function validateSameReservations(resources: readonly Resource[]): Refusal {
  const first = resources[0];
  if (first === undefined) return 'Resource cannot be empty';
  const same = resources.every(({ reservations }) => equalMessages(reservations ?? [], first.reservations ?? []));
  return same ? null : `Mixed reservations are not supported${printResourceList(resources)}`;
}

function validateReservable(resource: Resource, context: OperationContext): Refusal {
  const text = `Resource ${printResource(resource, context.allocationRole)}`;
  if (!isDynamicallyReserved(resource)) return `${text} is not dynamically reserved`;
  const role = reservedRole(resource);
  if (role.includes('/') && !context.agentCapabilities.has('HIERARCHICAL_ROLE')) {
    const reservation = `with reservation for hierarchical role '${role}'`;
    return `${text} ${reservation} cannot be reserved on an agent without HIERARCHICAL_ROLE capability`;
  }
  if (isRefined(resource) && !context.agentCapabilities.has('RESERVATION_REFINEMENT')) {
    const without = 'cannot be reserved on an agent without RESERVATION_REFINEMENT capability';
    return `${text} with reservation refinement ${without}`;
  }
  return null;
}

function validateReservingPrincipal(resource: Resource, principal: string | undefined): Refusal {
  if (principal === undefined) return null;
  const given = resource.reservations?.at(-1)?.principal;
  if (given === undefined) {
    const but = 'but there is a reserved resource in the request with no principal set';
    return `A reserve operation was attempted by principal '${principal}', ${but}`;
  }
  if (given === principal) return null;
  const which = `which does not match a reserved resource in the request with principal '${given}'`;
  return `A reserve operation was attempted by authenticated principal '${principal}', ${which}`;
}

function validateReservingRole(resource: Resource, { frameworkInfo, allocationRole }: OperationContext): Refusal {
  const allocated = resource.allocationInfo?.role ?? allocationRole;
  if (frameworkInfo === undefined) {
    if (resource.allocationInfo === undefined) return null;
    const only = 'but the operator API only allows reservations to be made to unallocated resources';
    return `A reserve operation was attempted with an allocated resource, ${only}`;
  }
  if (allocated === undefined) {
    const only = 'but frameworks can only perform reservations on allocated resources';
    return `A reserve operation was attempted on unallocated resource ${printResource(resource)}, ${only}`;
  }
  const role = reservedRole(resource);
  const roles = frameworkRoles(frameworkInfo);
  const attempt = 'A reserve operation was attempted for a resource';
  if (allocated !== role) {
    return `${attempt} with role '${role}', but the resource was allocated to role '${allocated}'`;
  }
  if (!roles.includes(allocated)) {
    return `${attempt} allocated to role '${allocated}', but the framework only has roles '${printSet(roles)}'`;
  }
  return null;
}

export function validateUnreserve(resources: readonly Resource[], { allocationRole }: OperationContext): Refusal {
  const refusal = validateUsedResources(resources) ?? validateSingleProvider(resources);
  if (refusal !== null) return `Invalid resources: ${refusal}`;
  for (const resource of resources) {
    const text = printResource(resource, allocationRole);
    if (!isDynamicallyReserved(resource)) return `Resource ${text} is not dynamically reserved`;
    if (resource.disk?.persistence === undefined) continue;
    const mend = 'Please destroy the persistent volume first then unreserve the resource';
    return `A dynamically reserved persistent volume ${text} cannot be unreserved directly. ${mend}`;
  }
  return null;
}

export function validateCreate(volumes: readonly Resource[], context: OperationContext): Refusal {
  const refusal = validateUsedResources(volumes) ?? validateSingleProvider(volumes);
  if (refusal !== null) return `Invalid resources: ${refusal}`;
  const form = validateVolumes(volumes);
  if (form !== null) return `Not a persistent volume: ${form}`;
  const value = toResources(volumes);
  if (typeof value === 'string') return value;
  const persistence = validateNewPersistence(value, context.checkpointedResources);
  if (persistence !== null) return persistence;
  for (const volume of volumes) {
    const reason = validateCreatable(volume, context) ?? validateCreatingPrincipal(volume, context.principal);
    if (reason !== null) return reason;
  }
  if (context.frameworkInfo === undefined) return null;
  const role = validateSingleRole(volumes, context.allocationRole);
  return role === null ? null : `Invalid volume resources: ${role}`;
}

/**
 * Volumes that are made must not be there yet, nor twice among themselves. (Mesos adds them up and so misses shared
 * ones, whose copies are one volume.)
 */
function validateNewPersistence(volumes: Resources, existing: Resources): Refusal {
  const refusal = validateUniquePersistence(volumes) ?? validateUniquePersistence(existing);
  if (refusal !== null) return refusal;
  for (const { descriptor, copies } of volumes.lots) {
    const id = descriptor.disk?.persistence?.id ?? '';
    const isThere = existing.lots.some(
      (lot) => lot.descriptor.reservedRole === descriptor.reservedRole && lot.descriptor.disk?.persistence?.id === id,
    );
    if (isThere || copies > 1) return `Persistence ID '${id}' is not unique`;
  }
  return null;
}

function validateCreatable(volume: Resource, context: OperationContext): Refusal {
  const { frameworkInfo, agentCapabilities, allocationRole } = context;
  const text = printResource(volume, allocationRole);
  if (volume.shared === true && frameworkInfo !== undefined && !hasCapability(frameworkInfo, 'SHARED_RESOURCES')) {
    const who = `has been attempted by framework '${frameworkInfo.id ?? ''}' with no SHARED_RESOURCES capability`;
    return `Create volume operation for '${text}' ${who}`;
  }
  const role = reservedRole(volume);
  if (role.includes('/') && !agentCapabilities.has('HIERARCHICAL_ROLE')) {
    const reservation = `with reservation for hierarchical role '${role}'`;
    return `Volume ${text} ${reservation} cannot be created on an agent without HIERARCHICAL_ROLE capability`;
  }
  if (isRefined(volume) && !agentCapabilities.has('RESERVATION_REFINEMENT')) {
    const without = 'cannot be created on an agent without RESERVATION_REFINEMENT capability';
    return `Volume ${text} with reservation refinement ${without}`;
  }
  return null;
}

function validateCreatingPrincipal(volume: Resource, principal: string | undefined): Refusal {
  if (principal === undefined) return null;
  const given = volume.disk?.persistence?.principal;
  if (given === undefined) {
    const but = "but there is a volume in the operation with no principal set in 'disk.persistence'";
    return `Create volume operation attempted by principal '${principal}', ${but}`;
  }
  if (given === principal) return null;
  const which = `which does not match a volume in the operation with principal '${given}' set in 'disk.persistence'`;
  return `Create volume operation attempted by authenticated principal '${principal}', ${which}`;
}

export function validateDestroy(volumes: readonly Resource[], context: OperationContext): Refusal {
  const refusal = validateUsedResources(volumes) ?? validateSingleProvider(volumes);
  if (refusal !== null) return `Invalid resources: ${refusal}`;
  const form = validateVolumes(volumes);
  if (form !== null) return `Not a persistent volume: ${form}`;
  for (const volume of volumes) {
    if (volume.providerId !== undefined) continue;
    const value = toResources([volume]);
    if (typeof value === 'string') return value;
    if (!context.checkpointedResources.contains(value)) return 'Persistent volumes not found';
  }
  for (const used of context.usedResources()) {
    for (const volume of volumes) {
      const value = toResources([volume]);
      if (typeof value !== 'string' && used.contains(value)) return 'Persistent volumes in use';
    }
  }
  return null;
}
