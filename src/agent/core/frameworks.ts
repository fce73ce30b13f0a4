/** Frameworks on an agent: they come with their first task and leave when nothing of them is left. */
import type { FrameworkInfo } from '../../protocol/framework.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { FrameworkId } from '../../protocol/schema.js';
import { checkpointFramework } from './checkpoint.js';
import type { Effects } from './events.js';
import { forwardUpdates } from './forwarding.js';
import { log } from './send.js';
import type { AgentState, Framework } from './state.js';
import { resumeStreams } from './status-updates.js';

export function isPartitionAware(info: FrameworkInfo): boolean {
  return info.capabilities?.some(({ type }) => type === 'PARTITION_AWARE') ?? false;
}

/** The framework of a task that arrives; a new one takes over the history it left here before. */
export function ensureFramework(state: AgentState, id: FrameworkId, info: FrameworkInfo): Framework {
  const known = state.frameworks.get(id);
  if (known !== undefined) return known;
  const former = state.completedFrameworks.get(id);
  state.completedFrameworks.delete(id);
  const framework: Framework = {
    id,
    info,
    partitionAware: isPartitionAware(info),
    terminating: false,
    stored: false,
    executors: new Map(),
    tasks: new Map(),
    completedExecutors: former?.completedExecutors ?? [],
  };
  state.frameworks.set(id, framework);
  return framework;
}

/** A framework changed or came back: it may be able to acknowledge now, so its updates go out again at once. */
export function updateFramework(
  state: AgentState,
  atMs: number,
  message: MessageOf<'UPDATE_FRAMEWORK_INFO'>,
  effects: Effects,
): void {
  const { frameworkInfo } = message;
  const framework = frameworkInfo.id === undefined ? undefined : state.frameworks.get(frameworkInfo.id);
  if (state.phase !== 'RUNNING') {
    state.counters.invalidFrameworkMessages++;
    log(effects, 'warn', 'ignoring news of a framework', { phase: state.phase });
    return;
  }
  if (framework === undefined || framework.terminating) {
    log(effects, 'info', 'ignoring news of a framework that is not here or terminating', {
      frameworkId: frameworkInfo.id,
    });
    return;
  }
  framework.info = frameworkInfo;
  framework.partitionAware = isPartitionAware(frameworkInfo);
  if (framework.stored) checkpointFramework(framework, effects);
  forwardUpdates(state, atMs, resumeStreams(state.streams, atMs, framework.id), effects);
}
