/** MasterInfo in protobuf, as masters of Mesos before 0.24 wrote it down for the election. */
import { MeteError } from '../../base/errors.js';
import { type MasterInfo, masterInfo } from '../framework.js';
import { findFault } from '../refusal.js';
import { nodeOf } from '../shape.js';
import type { ObjectNode } from '../v1-fields.js';
import { createLayouts } from './layout.js';
import { SCHEMA_NUMBERS } from './numbers.js';
import { readProtobuf } from './read.js';

const NODE = nodeOf(masterInfo) as ObjectNode;
const LAYOUT = createLayouts(SCHEMA_NUMBERS).layoutOf(NODE);

/** Throws MeteError (INVALID_MESSAGE). */
export function masterInfoFromProtobuf(bytes: Uint8Array): MasterInfo {
  const value = readProtobuf(LAYOUT, bytes);
  const fault = findFault(NODE, value, 'MasterInfo');
  if (fault !== null) throw new MeteError('INVALID_MESSAGE', fault);
  return value as MasterInfo;
}
