/**
 * What an agent writes down so that it survives its process: records, each under a key, as msgpack `[opcode, body]` in
 * the form of frames (codec.ts). What is read is checked; it may be damaged, or of a newer version.
 *
 * Opcodes are append-only. `CHECKPOINT_FORM` rises when a record of an older version would be misread.
 */
import { Unpackr } from 'msgpackr';
import type { Type } from 'typebox';
import { MeteError } from '../base/errors.js';
import { compileChecks } from './check-compiler.js';
import { resourceList } from './common.js';
import { agentOperation } from './agent.js';
import { agentInfo, frameworkInfo } from './framework.js';
import { drainConfig } from './operator-shapes.js';
import { findFault } from './refusal.js';
import { message } from './scheduler.js';
import { bytes, flag, frameworkId, integer, number, optional, text } from './schema.js';
import { type Node, nodeOf } from './shape.js';
import { executorInfo, statusUpdate, taskInfo } from './task.js';
import { compileWrites, type Write } from './write-compiler.js';

/** Of all records together. */
export const CHECKPOINT_FORM = 1;

/** The records; where Mesos has a file for it, its name. */
export const CHECKPOINTS = {
  FORM: message('FORM', 'Which form the records have.', { form: integer('Number.') }),
  BOOT: message('BOOT', 'The run of the machine in which this was written (boot_id).', { bootId: text('Id.') }),
  AGENT: message('AGENT', 'Who the agent is (slave.info).', {
    agentInfo,
    endpoint: text('`host:port` where its executors look for it.'),
  }),
  RESOURCES: message('RESOURCES', 'Dynamic reservations and volumes (resources.info, resources.target).', {
    resources: resourceList,
  }),
  DRAIN: message('DRAIN', 'How it is drained (drain_config).', { config: drainConfig }),
  FRAMEWORK: message('FRAMEWORK', 'A framework that has executors here (framework.info).', { frameworkInfo }),
  EXECUTOR: message('EXECUTOR', 'A run of an executor (executor.info).', {
    frameworkId,
    executorInfo,
    directory: text('Its sandbox.'),
    user: optional(text('As whom it runs, if not as the agent.')),
    generated: flag('Made by the agent for one command.'),
    sentTask: flag('It has been given a task.'),
  }),
  PROCESS: message('PROCESS', 'The process of an executor (forked.pid).', {
    pid: integer('Process id.'),
    startTicks: number('When it started; with the id it names the process for good.'),
  }),
  TASK: message('TASK', 'A task its executor was given, without data (task.info).', { taskInfo }),
  UPDATE: message('UPDATE', 'A status on its way to the framework (task.updates).', { update: statusUpdate }),
  ACKNOWLEDGEMENT: message('ACKNOWLEDGEMENT', 'The framework has a status (task.updates).', {
    uuid: bytes('Of the status.'),
  }),
  OPERATION: message('OPERATION', 'An operation whose status is not acknowledged.', { operation: agentOperation }),
} as const;

export type CheckpointType = keyof typeof CHECKPOINTS;
export type CheckpointOf<K extends CheckpointType> = Type.Static<(typeof CHECKPOINTS)[K]>;
export type CheckpointRecord = { [K in CheckpointType]: CheckpointOf<K> }[CheckpointType];

const OPCODES = {
  FORM: 1,
  BOOT: 2,
  AGENT: 3,
  RESOURCES: 4,
  DRAIN: 5,
  FRAMEWORK: 6,
  EXECUTOR: 7,
  PROCESS: 8,
  TASK: 9,
  UPDATE: 10,
  ACKNOWLEDGEMENT: 11,
  OPERATION: 12,
} as const satisfies Record<CheckpointType, number>;

const TYPES = Object.keys(CHECKPOINTS) as CheckpointType[];
const TYPE_OF = new Map<unknown, CheckpointType>(TYPES.map((type) => [OPCODES[type], type]));
const NODES = TYPES.map((type) => nodeOf(CHECKPOINTS[type]));
const CHECKS = new Map(compileChecks(NODES).map((check, i) => [TYPES[i]!, check]));
const { writer, writes } = compileWrites(NODES.map(withoutType));
const WRITES = Object.fromEntries(TYPES.map((type, i) => [type, writes[i]])) as Readonly<Record<CheckpointType, Write>>;

const unpackr = new Unpackr({ useRecords: true, mapsAsObjects: true, copyBuffers: true, structuredClone: false });

function withoutType(node: Node): Node {
  return node.kind === 'object' ? { ...node, fields: node.fields.filter(({ name }) => name !== 'type') } : node;
}

/** The bytes of a record, which must be of its schema; they are the caller's. */
export function encodeCheckpoint(record: CheckpointRecord): Uint8Array {
  writer.begin();
  writer.list(2);
  writer.number(OPCODES[record.type]);
  WRITES[record.type](writer, record);
  return writer.end();
}

/** The record of bytes. Throws MeteError INVALID_MESSAGE, or UNKNOWN_MESSAGE for a kind of record not known here. */
export function decodeCheckpoint(data: Uint8Array): CheckpointRecord {
  let content: unknown;
  try {
    content = unpackr.unpack(data.constructor === Uint8Array ? data : new Uint8Array(data));
  } catch (cause) {
    throw damaged(data, 'it is not msgpack', cause);
  }
  if (!Array.isArray(content) || content.length !== 2) throw damaged(data, 'it is not an opcode with a body');
  const [opcode, body] = content as [unknown, unknown];
  const type = TYPE_OF.get(opcode);
  if (type === undefined) {
    const mend = 'use the version of mete that wrote it, or a newer one';
    throw new MeteError('UNKNOWN_MESSAGE', { field: 'opcode', value: opcode, reason: 'no record has it', mend });
  }
  if (typeof body !== 'object' || body === null) throw damaged(data, `the body of ${type} is not an object`);
  const record = { ...body, type };
  if (CHECKS.get(type)!(record)) return record as CheckpointRecord;
  const fault = findFault(nodeOf(CHECKPOINTS[type]), record, type);
  throw damaged(data, fault === null ? `it is no ${type}` : `${fault.field}: ${fault.reason}`);
}

function damaged(data: Uint8Array, reason: string, cause?: unknown): MeteError {
  const detail = { field: 'record', value: `${data.length} bytes`, reason, mend: 'see what has damaged it', cause };
  return new MeteError('INVALID_MESSAGE', detail);
}
