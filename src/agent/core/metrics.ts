/** The figures of an agent under Mesos' names, for `/metrics/snapshot`. Gauges are counted when asked for. */
import { fromMilli } from '../../resources/amount.js';
import type { TaskState } from '../../protocol/task.js';
import type { Resources } from '../../resources/resources.js';
import type { AgentState, ExecutorState } from './state.js';
import { usedResources } from './views.js';

const KINDS = ['cpus', 'gpus', 'mem', 'disk'] as const;

/** All `slave/…` figures at a time. */
export function viewMetrics(state: AgentState, atMs: number): Record<string, number> {
  const { counters } = state;
  const tasks = countTasks(state);
  const executors = countExecutors(state);
  const figures: Record<string, number> = {
    uptime_secs: (atMs - state.config.startMs) / 1000,
    registered: state.phase === 'RUNNING' ? 1 : 0,
    recovery_errors: state.recoveryErrors,
    frameworks_active: state.frameworks.size,
    tasks_staging: tasks.get('TASK_STAGING') ?? 0,
    tasks_starting: tasks.get('TASK_STARTING') ?? 0,
    tasks_running: tasks.get('TASK_RUNNING') ?? 0,
    tasks_killing: tasks.get('TASK_KILLING') ?? 0,
    tasks_finished: counters.tasksFinished,
    tasks_failed: counters.tasksFailed,
    tasks_killed: counters.tasksKilled,
    tasks_lost: counters.tasksLost,
    tasks_gone: counters.tasksGone,
    executors_registering: executors.get('REGISTERING') ?? 0,
    executors_running: executors.get('RUNNING') ?? 0,
    executors_terminating: executors.get('TERMINATING') ?? 0,
    executors_terminated: counters.executorsTerminated,
    executors_preempted: 0,
    valid_status_updates: counters.validStatusUpdates,
    invalid_status_updates: counters.invalidStatusUpdates,
    valid_framework_messages: counters.validFrameworkMessages,
    invalid_framework_messages: counters.invalidFrameworkMessages,
    container_launch_errors: counters.containerLaunchErrors,
    dropped_messages: counters.droppedMessages,
    ...resourceFigures(state),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`slave/${name}`, value]));
}

/** Tasks that have not ended, by their latest state. */
function countTasks(state: AgentState): Map<TaskState, number> {
  const counts = new Map<TaskState, number>();
  for (const { tasks } of state.frameworks.values()) {
    for (const { stage, state: latest } of tasks.values()) {
      if (stage !== 'TERMINATED') counts.set(latest, (counts.get(latest) ?? 0) + 1);
    }
  }
  return counts;
}

function countExecutors(state: AgentState): Map<ExecutorState, number> {
  const counts = new Map<ExecutorState, number>();
  for (const executor of state.containers.values()) {
    counts.set(executor.state, (counts.get(executor.state) ?? 0) + 1);
  }
  return counts;
}

function resourceFigures(state: AgentState): Record<string, number> {
  const used = usedResources(state);
  return {
    ...kindFigures(state.totalResources.nonRevocable(), used.nonRevocable(), ''),
    ...kindFigures(state.totalResources.revocable(), used.revocable(), '_revocable'),
  };
}

function kindFigures(total: Resources, used: Resources, suffix: string): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const kind of KINDS) {
    const totalMilli = total.get(kind);
    const usedMilli = used.get(kind);
    figures[`${kind}${suffix}_total`] = fromMilli(totalMilli);
    figures[`${kind}${suffix}_used`] = fromMilli(usedMilli);
    figures[`${kind}${suffix}_percent`] = totalMilli === 0 ? 0 : usedMilli / totalMilli;
  }
  return figures;
}
