/** GROW_VOLUME and SHRINK_VOLUME. */
import type { OperationMessage } from '../../../protocol/offer.js';
import { compareLots } from '../../../resources/lot.js';
import { toPlainDisk } from '../../../resources/transform.js';
import type { OperationContext } from './operation-context.js';
import { printResource } from './print-resources.js';
import type { Refusal } from './refusal.js';
import { toResources, validateResource, validateVolumes } from './resources.js';

type Grow = NonNullable<OperationMessage['growVolume']>;
type Shrink = NonNullable<OperationMessage['shrinkVolume']>;
type Context = Pick<OperationContext, 'agentCapabilities' | 'allocationRole'>;

export function validateGrowVolume({ volume, addition }: Grow, context: Context): Refusal {
  const ofVolume = validateResource(volume);
  if (ofVolume !== null) return `Invalid resource in the 'GrowVolume.volume' field: ${ofVolume}`;
  const ofAddition = validateResource(addition);
  if (ofAddition !== null) return `Invalid resource in the 'GrowVolume.addition' field: ${ofAddition}`;
  if (milliOf(addition.scalar) <= 0) return "The size of 'GrowVolume.addition' field must be greater than zero";
  if (volume.providerId !== undefined) return 'Growing a volume from a resource provider is not supported';
  const form = validateVolumes([volume]);
  if (form !== null) return `Invalid persistent volume in the 'GrowVolume.volume' field: ${form}`;
  if (volume.shared === true) return 'Growing a shared persistent volume is not supported';
  if (!canTakeIn(volume, addition)) {
    return "Incompatible resources in the 'GrowVolume.volume' and 'GrowVolume.addition' fields";
  }
  if (context.agentCapabilities.has('RESIZE_VOLUME')) return null;
  const text = printResource(volume, context.allocationRole);
  return `Volume ${text} cannot be grown on an agent without RESIZE_VOLUME capability`;
}

/** Whether the addition and the disk below the volume are the same divisible resource. */
function canTakeIn(volume: Grow['volume'], addition: Grow['addition']): boolean {
  const [ofVolume, ofAddition] = [toResources([volume]), toResources([addition])];
  if (typeof ofVolume === 'string' || typeof ofAddition === 'string') return false;
  const [lot, added] = [ofVolume.lots[0], ofAddition.lots[0]];
  if (lot === undefined || added === undefined || !added.descriptor.divisible) return false;
  return compareLots(toPlainDisk(lot), added) === 0;
}

export function validateShrinkVolume({ volume, subtract }: Shrink, context: Context): Refusal {
  const ofVolume = validateResource(volume);
  if (ofVolume !== null) return `Invalid resource in the 'ShrinkVolume.volume' field: ${ofVolume}`;
  if (milliOf(subtract) <= 0) return "Value of 'ShrinkVolume.subtract' must be greater than zero";
  if (milliOf(volume.scalar) <= milliOf(subtract)) {
    return "Value of 'ShrinkVolume.subtract' must be smaller than the size of 'ShrinkVolume.volume'";
  }
  if (volume.providerId !== undefined) return 'Shrinking a volume from a resource provider is not supported';
  if (volume.disk?.source?.type === 'MOUNT') return 'Shrinking a volume on a MOUNT disk is not supported';
  const form = validateVolumes([volume]);
  if (form !== null) return `Invalid persistent volume in the 'ShrinkVolume.volume' field: ${form}`;
  if (volume.shared === true) return 'Shrinking a shared persistent volume is not supported';
  if (context.agentCapabilities.has('RESIZE_VOLUME')) return null;
  const text = printResource(volume, context.allocationRole);
  return `Volume ${text} cannot be shrunk on an agent without RESIZE_VOLUME capability`;
}

function milliOf(value = 0): number {
  return Math.round(value * 1000);
}
