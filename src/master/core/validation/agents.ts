/** What agents say when they register or come back. A refused agent is told to shut down. */
import type { AgentInfo } from '../../../protocol/framework.js';
import type { MessageOf } from '../../../protocol/messages.js';
import type { ExecutorId, FrameworkId } from '../../../protocol/schema.js';
import { validateExecutorInfo } from './executor.js';
import { validateFramework } from './framework.js';
import { validateId } from './ids.js';
import type { Refusal } from './refusal.js';
import { validateResourceList } from './resources.js';

/** REGISTER_AGENT. `checkpointing` is whether the agent keeps what it says to have checkpointed; ours do. */
export function validateRegisterAgent(message: MessageOf<'REGISTER_AGENT'>, checkpointing = true): Refusal {
  const refusal = validateAgentInfo(message.agentInfo);
  if (refusal !== null) return refusal;
  if (!checkpointing && (message.checkpointedResources?.length ?? 0) > 0) {
    return 'Checkpointed resources provided when checkpointing is not enabled';
  }
  return validateResourceList(message.checkpointedResources);
}

/** REREGISTER_AGENT: frameworks are unique, executors belong to them, tasks to both. */
export function validateReregisterAgent(message: MessageOf<'REREGISTER_AGENT'>): Refusal {
  const refusal =
    validateAgentInfo(message.agentInfo) ?? validateResourceList(message.checkpointedResources);
  if (refusal !== null) return refusal;
  const frameworks = new Set<FrameworkId>();
  const executors = new Set<string>();
  return (
    validateFrameworks(message.frameworks, frameworks) ??
    validateExecutors(message.executors, frameworks, executors) ??
    validateTasks(message, frameworks, executors)
  );
}

function validateAgentInfo({ id, resources }: AgentInfo): Refusal {
  return (id === undefined ? null : validateId(id)) ?? validateResourceList(resources);
}

function validateFrameworks(infos: MessageOf<'REREGISTER_AGENT'>['frameworks'], seen: Set<FrameworkId>): Refusal {
  for (const info of infos ?? []) {
    const refusal = validateFramework(info);
    if (refusal !== null) return refusal;
    const id = info.id ?? ('' as FrameworkId);
    if (seen.has(id)) return `Framework has a duplicate FrameworkID: '${id}'`;
    seen.add(id);
  }
  return null;
}

function validateExecutors(
  runs: MessageOf<'REREGISTER_AGENT'>['executors'],
  frameworks: ReadonlySet<FrameworkId>,
  seen: Set<string>,
): Refusal {
  for (const { executorInfo, frameworkId } of runs ?? []) {
    const refusal = validateExecutorInfo(executorInfo) ?? validateResourceList(executorInfo.resources);
    if (refusal !== null) return refusal;
    if (!frameworks.has(frameworkId)) return `Executor has an invalid FrameworkID '${frameworkId}'`;
    const key = keyOf(frameworkId, executorInfo.executorId);
    if (seen.has(key)) return `Framework '${frameworkId}' has a duplicate ExecutorID '${executorInfo.executorId}'`;
    seen.add(key);
  }
  return null;
}

function validateTasks(
  { agentInfo, tasks }: MessageOf<'REREGISTER_AGENT'>,
  frameworks: ReadonlySet<FrameworkId>,
  executors: ReadonlySet<string>,
): Refusal {
  for (const task of tasks ?? []) {
    const refusal = validateId(task.taskId);
    if (refusal !== null) return `Task has an invalid TaskID: ${refusal}`;
    // "SlaveID" is what Mesos says here.
    if (task.agentId !== agentInfo.id) return `Task has an invalid SlaveID '${task.agentId}'`;
    if (!frameworks.has(task.frameworkId)) return `Task has an invalid FrameworkID '${task.frameworkId}'`;
    const { executorId } = task;
    // Tasks that have ended may have outlived their executor.
    const hasExecutor = executorId !== undefined && task.state === 'TASK_RUNNING';
    if (hasExecutor && !executors.has(keyOf(task.frameworkId, executorId))) {
      return `Task has an invalid ExecutorID '${executorId}'`;
    }
    const resources = validateResourceList(task.resources);
    if (resources !== null) return `Task uses invalid resources: ${resources}`;
  }
  return null;
}

/** Ids hold no control characters. */
function keyOf(frameworkId: FrameworkId, executorId: ExecutorId): string {
  return `${frameworkId}\0${executorId}`;
}
