/** What the containers of executors use and may use, as Mesos' ResourceStatistics: seconds and bytes. */
import type { AgentContainer, ResourceStatistics } from '../../protocol/agent-operator.js';
import { resourceStatistics } from '../../protocol/agent-operator.js';
import type { ContainerId } from '../../protocol/schema.js';
import { toV1Json } from '../../protocol/v1-json.js';
import type { AgentState, Executor } from '../core/state.js';
import { executorResources, viewContainers } from '../core/views.js';
import type { AgentDriver } from './drive-agent.js';

export interface FiguresOptions {
  readonly state: AgentState;
  readonly driver: AgentDriver;
  readonly nowMs: () => number;
}

const MIB = 2 ** 20;

/** Of the processes of a container that live. */
export function statisticsOf({ driver, nowMs }: FiguresOptions, executor: Executor): ResourceStatistics {
  const held = executorResources(executor);
  const limits = { cpusLimit: held.get('cpus') / 1000, memLimitBytes: Math.floor((held.get('mem') / 1000) * MIB) };
  const timestamp = nowMs() / 1000;
  const usage = driver.executors.usageOf(executor.containerId);
  if (usage === null) return { timestamp, ...limits };
  const { cpuSeconds, memoryBytes, processes } = usage;
  return { timestamp, cpusUserTimeSecs: cpuSeconds, memRssBytes: memoryBytes, processes, ...limits };
}

/** The containers that have a process, as `/containers` shows them. */
export function viewContainersInUse(options: FiguresOptions): Record<string, unknown>[] {
  return viewContainers(options.state).map((container) => {
    const executor = options.state.containers.get(container.container_id as ContainerId)!;
    return { ...container, statistics: toV1Json(resourceStatistics, statisticsOf(options, executor)) };
  });
}

/** The same as v1 messages. */
export function describeContainers(options: FiguresOptions): AgentContainer[] {
  const all = [...options.state.containers.values()];
  const started = all.filter(({ pid, state }) => pid !== null && state !== 'TERMINATED');
  return started.map((executor) => ({
    frameworkId: executor.framework.id,
    executorId: executor.id,
    executorName: executor.info.name ?? '',
    containerId: executor.containerId,
    containerStatus: executor.containerStatus,
    resourceStatistics: statisticsOf(options, executor),
  }));
}
