/**
 * Starting an executor: its container, sandbox, user and environment. Facts: `addExecutor`, `executorEnvironment` of
 * Mesos' agent.
 */
import type { FrameworkInfo } from '../../protocol/framework.js';
import type { AgentId, ContainerId, ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../../protocol/task.js';
import { checkpointExecutor, checkpointFramework, runPath } from './checkpoint.js';
import { PROGRAM } from './command-executor.js';
import { makeUuid, uuidText } from './dice.js';
import { durationText } from './durations.js';
import type { Effects } from './events.js';
import { containerStatusOf } from './recovery.js';
import { addExecutorDeadline, log } from './send.js';
import { agentIdOf, type AgentState, type Executor, type Framework } from './state.js';

/** Where a run of an executor lives: Mesos' layout below the work directory. */
export function sandboxPath(
  workDir: string,
  agentId: AgentId,
  frameworkId: FrameworkId,
  executorId: ExecutorId,
  containerId: ContainerId,
): string {
  return `${workDir}/slaves/${agentId}/frameworks/${frameworkId}/executors/${executorId}/runs/${containerId}`;
}

/** Makes an executor and has it started for its first tasks. Its id must be free in the framework. */
export function launchExecutor(
  state: AgentState,
  atMs: number,
  framework: Framework,
  info: ExecutorInfo,
  tasks: readonly TaskInfo[],
  generated: boolean,
  effects: Effects,
): Executor {
  const { config } = state;
  const id = info.executorId;
  const containerId = uuidText(makeUuid(state.dice)) as ContainerId;
  const directory = sandboxPath(config.workDir, agentIdOf(state), framework.id, id, containerId);
  const user = config.switchUser ? (info.command?.user ?? framework.info.user) : null;
  const executor: Executor = {
    id,
    framework,
    info,
    containerId,
    directory,
    user,
    generated,
    path: framework.info.checkpoint === true ? runPath(containerId) : null,
    state: 'REGISTERING',
    link: null,
    formerLink: null,
    pid: null,
    containerStatus: containerStatusOf(config.endpoint, containerId),
    pendingTermination: null,
    everSentTask: false,
    queued: new Map(),
    queuedGroups: new Set(),
    launched: new Map(),
    terminated: new Map(),
    completed: [],
  };
  framework.executors.set(id, executor);
  state.containers.set(containerId, executor);
  if (executor.path !== null && !framework.stored) checkpointFramework(framework, effects);
  checkpointExecutor(executor, effects);
  log(effects, 'info', 'launching an executor', { frameworkId: framework.id, executorId: id, containerId });
  const resources = [...(info.resources ?? []), ...tasks.flatMap((task) => task.resources ?? [])];
  effects.push({
    type: 'LaunchExecutor',
    containerId,
    frameworkId: framework.id,
    executorId: id,
    executorInfo: { ...withProgram(info), resources },
    frameworkInfo: framework.info,
    directory,
    environment: executorEnvironment(state, framework.info, executor),
    user,
    task: generated ? (tasks[0] ?? null) : null,
  });
  addExecutorDeadline(state, executor, 'REGISTRATION', atMs + config.executorRegistrationTimeoutMs, effects);
  return executor;
}

/**
 * A default executor is the built-in one. Only for its start: what is told of an executor is what its framework said.
 */
function withProgram(info: ExecutorInfo): ExecutorInfo {
  return info.type === 'DEFAULT' && info.command === undefined ? { ...info, command: PROGRAM } : info;
}

/** The variables an executor finds; those of its command come last and win. */
function executorEnvironment(
  state: AgentState,
  frameworkInfo: FrameworkInfo,
  executor: Executor,
): Readonly<Record<string, string>> {
  const { config } = state;
  const { info, directory } = executor;
  const graceMs = info.shutdownGracePeriodMs ?? config.executorShutdownGracePeriodMs;
  const checkpoint = frameworkInfo.checkpoint === true;
  const environment: Record<string, string> = {
    ...config.executorEnvironment,
    LIBPROCESS_PORT: '0',
    MESOS_FRAMEWORK_ID: executor.framework.id,
    MESOS_EXECUTOR_ID: executor.id,
    MESOS_DIRECTORY: directory,
    MESOS_SANDBOX: directory,
    MESOS_AGENT_ID: agentIdOf(state),
    MESOS_SLAVE_ID: agentIdOf(state),
    MESOS_SLAVE_PID: `slave(1)@${config.endpoint}`,
    MESOS_AGENT_ENDPOINT: config.endpoint,
    MESOS_CHECKPOINT: checkpoint ? '1' : '0',
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: durationText(graceMs),
  };
  if (checkpoint) {
    environment['MESOS_RECOVERY_TIMEOUT'] = durationText(config.recoveryTimeoutMs);
    environment['MESOS_SUBSCRIPTION_BACKOFF_MAX'] = durationText(config.executorReregistrationTimeoutMs);
  }
  for (const { name, value } of info.command?.environment?.variables ?? []) environment[name] = value ?? '';
  return environment;
}
