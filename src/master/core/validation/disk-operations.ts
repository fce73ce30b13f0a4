/** CREATE_DISK and DESTROY_DISK. */
import type { Resource } from '../../../protocol/common.js';
import type { OperationMessage } from '../../../protocol/offer.js';
import type { OperationContext } from './operation-context.js';
import { printResource } from './print-resources.js';
import type { Refusal } from './refusal.js';
import { validateUsedResources } from './resources.js';

export function validateCreateDisk(createDisk: NonNullable<OperationMessage['createDisk']>): Refusal {
  const { source, targetType, targetProfile } = createDisk;
  const refusal = validateProvided(source);
  if (refusal !== null) return refusal;
  if (source.disk?.source?.type !== 'RAW') return "'source' is not a RAW disk resource";
  if (!['MOUNT', 'BLOCK'].includes(targetType)) return "'target_type' is neither MOUNT or BLOCK";
  const hasProfile = source.disk.source.profile !== undefined;
  if (hasProfile && targetProfile !== undefined) {
    return "'target_profile' must not be set when 'source' has a profile";
  }
  return hasProfile || targetProfile !== undefined
    ? null
    : "'target_profile' must be set when 'source' has no profile";
}

export function validateDestroyDisk(
  { source }: NonNullable<OperationMessage['destroyDisk']>,
  { allocationRole }: Pick<OperationContext, 'allocationRole'>,
): Refusal {
  const refusal = validateProvided(source);
  if (refusal !== null) return refusal;
  const disk = source.disk?.source;
  if (disk === undefined || !['MOUNT', 'BLOCK', 'RAW'].includes(disk.type)) {
    return "'source' is neither a MOUNT, BLOCK or RAW disk resource";
  }
  if (disk.id === undefined) return "'source' is not backed by a CSI volume";
  if (source.disk?.persistence === undefined) return null;
  const text = `A disk resource containing a persistent volume ${printResource(source, allocationRole)}`;
  const mend = 'Please destroy the persistent volume first then destroy the disk resource';
  return `${text} cannot be destroyed directly. ${mend}`;
}

function validateProvided(source: Resource): Refusal {
  const refusal = validateUsedResources([source]);
  if (refusal !== null) return `Invalid resource: ${refusal}`;
  return source.providerId === undefined ? "'source' is not managed by a resource provider" : null;
}
