/** Labels in views: a plain list, as the older endpoints of Mesos show them. */
import type { Label } from '../../../protocol/common.js';
import type { Json } from './json.js';

export function labelList(labels: readonly Label[]): Json[] {
  return labels.map(({ key, value }) => (value === undefined ? { key } : { key, value }));
}
