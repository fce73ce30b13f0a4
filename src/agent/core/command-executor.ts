/**
 * The executor that the agent makes for a task that has a command and no executor: the built-in one, under the id of
 * the task, with a little more than the task's resources. Facts: `getExecutorInfo` of Mesos' agent.
 */
import type { CommandInfo, Resource } from '../../protocol/common.js';
import type { ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../protocol/task.js';

/** What the executor itself may use beyond its task. */
export const OVERHEAD = { cpus: 0.1, mem: 32 } as const;
/** Between the end of a task's own grace period and the end of its executor. */
const GRACE_MARGIN_MS = 2_000;
const SHOWN_LENGTH = 15;

/** The built-in executor as a command; the agent puts `mete` on its PATH. */
export const PROGRAM = { shell: false, value: 'mete', arguments: ['mete', 'executor'] };

/** The executor of a task: its own, or one made for its command. */
export function executorInfoOf(frameworkId: FrameworkId, task: TaskInfo): ExecutorInfo {
  const { executor } = task;
  if (executor !== undefined) return executor.frameworkId === undefined ? { ...executor, frameworkId } : executor;
  const { command, container, labels, discovery, killPolicy } = task;
  const graceMs = killPolicy?.gracePeriodMs;
  return {
    executorId: task.taskId as string as ExecutorId,
    frameworkId,
    name: `Command Executor (Task: ${task.taskId}) (Command: ${commandText(command)})`,
    source: task.taskId,
    command: {
      ...PROGRAM,
      ...(command?.uris === undefined ? {} : { uris: command.uris }),
      ...(command?.environment === undefined ? {} : { environment: command.environment }),
      ...(command?.user === undefined ? {} : { user: command.user }),
    },
    resources: overhead(task),
    ...(container === undefined ? {} : { container }),
    ...(labels === undefined ? {} : { labels }),
    ...(discovery === undefined ? {} : { discovery }),
    ...(graceMs === undefined ? {} : { shutdownGracePeriodMs: graceMs + GRACE_MARGIN_MS }),
  };
}

function overhead(task: TaskInfo): Resource[] {
  const role = task.resources?.[0]?.allocationInfo?.role;
  const allocated = role === undefined ? {} : { allocationInfo: { role } };
  return Object.entries(OVERHEAD).map(([name, scalar]) => ({ name, type: 'SCALAR', scalar, ...allocated }));
}

/** The command as people see it in the name of its executor. */
function commandText(command: CommandInfo | undefined): string {
  const value = command?.value;
  if (command?.shell !== false) return value === undefined ? 'NO COMMAND' : `sh -c '${shorten(value)}'`;
  if (value === undefined) return 'NO EXECUTABLE';
  return `[${shorten([value, ...(command.arguments ?? [])].join(', '))}]`;
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 3)}...` : text;
}
