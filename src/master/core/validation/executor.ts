/** Executors: what they say of themselves, and what must hold for one framework and one agent. */
import type { ExecutorId, FrameworkId } from '../../../protocol/schema.js';
import type { ExecutorInfo } from '../../../protocol/task.js';
import { validateCommand } from './command.js';
import { validateContainer } from './container.js';
import { validateId } from './ids.js';
import { equalMessages, type Refusal } from './refusal.js';
import { toResources, validateRevocable, validateSingleRole, validateUniquePersistence } from './resources.js';
import { validateUsedResources } from './resources.js';

/** What is looked up for an executor of one framework on one agent. */
export interface ExecutorContext {
  readonly frameworkId: FrameworkId;
  /** The role of the offers: that of resources that do not say to whom they are allocated. */
  readonly allocationRole: string;
  /** The framework's executor of this id on the agent, if there is one. */
  executor(id: ExecutorId): ExecutorInfo | undefined;
}

/** The rules for ExecutorInfo alone. */
export function validateExecutorInfo(executor: ExecutorInfo): Refusal {
  const refusal = validateType(executor) ?? validateId(executor.executorId);
  if (refusal !== null) return refusal;
  if ((executor.shutdownGracePeriodMs ?? 0) < 0) {
    return "ExecutorInfo's 'shutdown_grace_period' must be non-negative";
  }
  if (executor.command !== undefined) {
    const command = validateCommand(executor.command);
    if (command !== null) return `Executor's \`CommandInfo\` is invalid: ${command}`;
  }
  if (executor.container === undefined) return null;
  const container = validateContainer(executor.container);
  return container === null ? null : `Executor's \`ContainerInfo\` is invalid: ${container}`;
}

function validateType({ type, command, container }: ExecutorInfo): Refusal {
  if (type === 'CUSTOM' && command === undefined) return "'ExecutorInfo.command' must be set for 'CUSTOM' executor";
  if (type !== 'DEFAULT') return null;
  if (command !== undefined) return "'ExecutorInfo.command' must not be set for 'DEFAULT' executor";
  if (container === undefined) return null;
  if (container.type !== 'MESOS') return "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor";
  if (container.mesos?.image === undefined) return null;
  return "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor";
}

/** An executor as one framework wants it on one agent. */
export function validateExecutor(executor: ExecutorInfo, context: ExecutorContext): Refusal {
  return (
    validateExecutorInfo(executor) ??
    validateOwner(executor, context.frameworkId) ??
    validateResources(executor, context.allocationRole) ??
    validateCompatible(executor, context.executor(executor.executorId))
  );
}

function validateOwner({ frameworkId }: ExecutorInfo, expected: FrameworkId): Refusal {
  if (frameworkId === undefined) return "'ExecutorInfo.framework_id' must be set";
  if (frameworkId === expected) return null;
  return `ExecutorInfo has an invalid FrameworkID (Actual: ${frameworkId} vs Expected: ${expected})`;
}

function validateResources({ resources }: ExecutorInfo, allocationRole: string): Refusal {
  const refusal = validateUsedResources(resources);
  if (refusal !== null) return `Executor uses invalid resources: ${refusal}`;
  const value = toResources(resources);
  if (typeof value === 'string') return `Executor uses invalid resources: ${value}`;
  const persistence = validateUniquePersistence(value);
  if (persistence !== null) return `Executor uses duplicate persistence ID: ${persistence}`;
  const role = validateSingleRole(resources, allocationRole);
  if (role !== null) return `Invalid executor resources: ${role}`;
  const revocable = validateRevocable(value);
  return revocable === null ? null : `Executor mixes revocable and non-revocable resources: ${revocable}`;
}

const RULE = '------------------------------------------------------------';

function validateCompatible(executor: ExecutorInfo, existing: ExecutorInfo | undefined): Refusal {
  if (existing === undefined || equalMessages(executor, existing)) return null;
  return [
    'ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.',
    RULE,
    'Existing ExecutorInfo:',
    printExecutor(existing),
    RULE,
    'ExecutorInfo:',
    printExecutor(executor),
    RULE,
    '',
  ].join('\n');
}

/** Field by field in the order of the schema; bytes as their number. */
function printExecutor(executor: ExecutorInfo): string {
  return JSON.stringify(executor, (_key, value: unknown) => {
    return value instanceof Uint8Array ? `${value.length} bytes` : value;
  });
}
