/** What the tests of checks share: small valid messages, and tables of what is refused. */
import assert from 'node:assert/strict';
import type { Resource } from '../../../src/protocol/common.js';
import type { FrameworkInfo } from '../../../src/protocol/framework.js';
import type { AgentId, ExecutorId, FrameworkId, ResourceProviderId, TaskId } from '../../../src/protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../../src/protocol/task.js';
import { Resources } from '../../../src/resources/resources.js';
import type { Refusal, TaskGroupContext } from '../../../src/master/core/validation/index.js';

export const FRAMEWORK = 'M-0000' as FrameworkId;
export const AGENT = 'M-S0' as AgentId;
export const taskId = (id: string): TaskId => id as TaskId;
export const executorId = (id: string): ExecutorId => id as ExecutorId;

export function scalar(name: string, amount: number, more: Partial<Resource> = {}): Resource {
  return { name, type: 'SCALAR', scalar: amount, ...more };
}

export function ranges(begin: number, end: number, more: Partial<Resource> = {}): Resource {
  return { name: 'ports', type: 'RANGES', ranges: [{ begin, end }], ...more };
}

/** Dynamically reserved for `ads`. */
export const RESERVED: Partial<Resource> = { reservations: [{ type: 'DYNAMIC', role: 'ads', principal: 'p' }] };

/** A persistent volume of the role `ads`. */
export function volume(id: string, more: Partial<Resource> = {}): Resource {
  const disk = { persistence: { id, principal: 'p' }, volume: { mode: 'RW', containerPath: 'data' } } as const;
  return scalar('disk', 64, { ...RESERVED, disk, ...more });
}

/** A RAW disk of a resource provider. */
export function rawDisk(more: Partial<Resource> = {}): Resource {
  const source = { type: 'RAW', id: 'x', profile: 'fast', vendor: 'v' } as const;
  return scalar('disk', 64, { disk: { source }, providerId: 'provider' as ResourceProviderId, ...more });
}

export const EXECUTOR: ExecutorInfo = {
  type: 'CUSTOM',
  executorId: executorId('worker'),
  frameworkId: FRAMEWORK,
  command: { value: 'run' },
  resources: [scalar('cpus', 0.1), scalar('mem', 32), scalar('disk', 1)],
};

/** A task with a command. */
export const TASK: TaskInfo = {
  name: 'sleeper',
  taskId: taskId('t1'),
  agentId: AGENT,
  resources: [scalar('cpus', 1), scalar('mem', 128)],
  command: { value: 'sleep 1' },
};

const { command: _command, ...withoutCommand } = TASK;

/** A task with an executor. */
export const EXECUTOR_TASK: TaskInfo = { ...withoutCommand, executor: EXECUTOR };

export const AVAILABLE = Resources.fromScalars({ cpus: 4, mem: 4096, disk: 1000 });

export function taskContext(more: Partial<TaskGroupContext> = {}): TaskGroupContext {
  return {
    frameworkId: FRAMEWORK,
    agentId: AGENT,
    allocationRole: 'ads',
    taskResourceLimits: true,
    hasTask: () => false,
    hasUnreachableTask: () => false,
    executor: () => undefined,
    containersUnder: () => [],
    ...more,
  };
}

export function frameworkInfo(more: Partial<FrameworkInfo> = {}): FrameworkInfo {
  return { user: 'me', name: 'test', ...more };
}

/** Each input of a table gets its text. */
export function expectTexts<T>(check: (input: T) => Refusal, rows: readonly (readonly [T, Refusal])[]): void {
  for (const [input, text] of rows) assert.equal(check(input), text, `for ${JSON.stringify(input)}`);
}

/** Of any two faults that are about different fields, the one that comes first in the table is the one told. */
export function expectOrder<T extends object>(
  check: (input: Partial<T>) => Refusal,
  rows: readonly (readonly [Partial<T>, Refusal])[],
): void {
  for (const [i, [first, text]] of rows.entries()) {
    for (const [second] of rows.slice(i + 1)) {
      if (Object.keys(first).some((key) => key in second)) continue;
      const both = { ...second, ...first };
      assert.equal(check(both), text, `for ${JSON.stringify(both)}`);
    }
  }
}

/** The message without some fields. */
export function without<T extends object, K extends keyof T>(message: T, ...fields: K[]): Omit<T, K> {
  const copy: Partial<T> = { ...message };
  for (const field of fields) delete copy[field];
  return copy as Omit<T, K>;
}
