/** The values that the resources benchmarks of Mesos work on. */
import { scalar } from '../../src/resources/lot.js';
import { parseResources } from '../../src/resources/parse-text.js';
import { normalizeRanges, type Ranges } from '../../src/resources/ranges.js';
import { Resources } from '../../src/resources/resources.js';
import { eachItsOwn } from '../house/cluster.js';

export const FOUR_SCALARS = parseResources('cpus:1;gpus:1;mem:128;disk:256');

/** Four scalars for each of `roles` roles, reserved dynamically with a label: 4,000 lots for 1,000 roles. */
export function reservedScalars(roles: number): Resources {
  const lots = eachItsOwn(roles, (i) => {
    const reservations = [
      { type: 'DYNAMIC', role: `role${i}`, principal: `principal_${i}`, labels: [{ key: `key_${i}` }] } as const,
    ];
    return FOUR_SCALARS.lots.map((lot) => scalar(lot.descriptor.name, lot.amountMilli / 1000, { reservations }));
  });
  return Resources.of(lots.flat());
}

/** cpus:1; mem:128 and a shared persistent volume of 256 MB. */
export function withSharedVolume(): Resources {
  const volume = scalar('disk', 256, {
    reservations: [{ type: 'STATIC', role: 'test' }],
    disk: { persistence: { id: 'id' }, volume: { mode: 'RW', container_path: 'path' } },
    shared: true,
  });
  return parseResources('cpus:1;mem:128').plus(Resources.of([volume]));
}

/** Ports 1, 3, 5 … as `count` ranges, the last of two ports. */
export function oddPorts(count: number): string {
  const ranges = eachItsOwn(count, (i) => `${2 * i + 1}-${i === count - 1 ? 2 * i + 2 : 2 * i + 1}`);
  return `ports:[${ranges.join(',')}]`;
}

/** `count` ranges of six integers, ten apart, from `first`. */
export function stripes(count: number, first: number): Ranges {
  return normalizeRanges(eachItsOwn(count, (i) => [10 * i + first, 10 * i + first + 5]).flat());
}

/** `res0:0.1;res1:1.1 …`: a text of `count` scalars. */
export function manyScalars(count: number): string {
  return eachItsOwn(count, (i) => `res${i}:${i}`).join(';');
}
