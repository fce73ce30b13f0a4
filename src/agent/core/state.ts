/**
 * What an agent knows: its registration, frameworks, executors, tasks, and the updates on their way.
 *
 * Invariants: a task is in `framework.tasks` and in exactly one of its executor's `queued`, `launched`, `terminated`,
 * as its `stage` says, or in the executor's bounded history; an executor is in `framework.executors` and in
 * `state.containers` until it is removed; `state.links` has the executors by their links, open or former.
 */
import type { LinkId } from '../../base/core.js';
import type { AgentOperation } from '../../protocol/agent.js';
import type { Resource } from '../../protocol/common.js';
import type { AgentInfo, FrameworkInfo } from '../../protocol/framework.js';
import type { DrainConfig } from '../../protocol/operator-shapes.js';
import type { MessageOf } from '../../protocol/messages.js';
import type { AgentId, ContainerId, ExecutorId, FrameworkId, TaskId } from '../../protocol/schema.js';
import type { ExecutorInfo, KillPolicy, Reason, TaskInfo, TaskState, TaskStatus } from '../../protocol/task.js';
import type { Resources } from '../../resources/resources.js';
import type { ResolvedConfig } from './config.js';
import type { Deadlines } from './deadlines.js';
import type { Dice } from './dice.js';
import type { UpdateStreams } from './status-updates.js';

export type Phase = 'RECOVERING' | 'DISCONNECTED' | 'RUNNING' | 'TERMINATING';
export type ExecutorState = 'REGISTERING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED';
export type TaskStage = 'QUEUED' | 'LAUNCHED' | 'TERMINATED' | 'COMPLETED';
export type ContainerStatus = NonNullable<TaskStatus['containerStatus']>;
export type TaskGroupMessage = MessageOf<'RUN_TASK_GROUP'>['taskGroup'];

/** Tasks that start together or not at all. */
export interface TaskGroup {
  readonly message: TaskGroupMessage;
  readonly tasks: readonly Task[];
}

export interface Task {
  readonly id: TaskId;
  readonly executor: Executor;
  /** Without `data` once it is delivered. */
  info: TaskInfo;
  group: TaskGroup | null;
  stage: TaskStage;
  state: TaskState;
  /** One for each state in a row, without `data`. */
  readonly statuses: TaskStatus[];
  /** The status that is being delivered to the framework. */
  forwarded: { readonly state: TaskState; readonly uuid: Uint8Array } | null;
  /** Someone wants it killed; told again to an executor that comes back. */
  kill: { readonly policy: KillPolicy | undefined } | null;
}

/** Why an executor is about to end, where the agent knows better than the driver. */
export interface Termination {
  /** What its tasks become, if not TASK_FAILED. */
  readonly state?: TaskState;
  readonly reason: Reason;
  readonly message: string;
}

export interface Executor {
  readonly id: ExecutorId;
  readonly framework: Framework;
  readonly info: ExecutorInfo;
  readonly containerId: ContainerId;
  readonly directory: string;
  readonly user: string | null;
  /** Made by the agent to run one command task. */
  readonly generated: boolean;
  /** Under which keys it is checkpointed; null: it ends with the agent. */
  readonly path: string | null;
  state: ExecutorState;
  link: LinkId | null;
  /** The link that has closed, while there is no other: what is said on it or in its name still counts. */
  formerLink: LinkId | null;
  pid: number | null;
  /** Added to the statuses of its tasks. */
  containerStatus: ContainerStatus;
  pendingTermination: Termination | null;
  everSentTask: boolean;
  readonly queued: Map<TaskId, Task>;
  readonly queuedGroups: Set<TaskGroup>;
  readonly launched: Map<TaskId, Task>;
  /** Ended, but the last update is not acknowledged. */
  readonly terminated: Map<TaskId, Task>;
  /** History, bounded, oldest first. */
  readonly completed: Task[];
}

export interface Framework {
  readonly id: FrameworkId;
  info: FrameworkInfo;
  partitionAware: boolean;
  terminating: boolean;
  /** Whether it is in the checkpoint. */
  stored: boolean;
  readonly executors: Map<ExecutorId, Executor>;
  /** The tasks of all its executors but the completed ones. */
  readonly tasks: Map<TaskId, Task>;
  /** History, bounded, oldest first. */
  completedExecutors: Executor[];
}

export interface Counters {
  tasksFinished: number;
  tasksFailed: number;
  tasksKilled: number;
  tasksLost: number;
  tasksGone: number;
  executorsTerminated: number;
  validStatusUpdates: number;
  invalidStatusUpdates: number;
  validFrameworkMessages: number;
  invalidFrameworkMessages: number;
  containerLaunchErrors: number;
  /** Messages from those who may not send them, or about what is not there. */
  droppedMessages: number;
}

/** A moment at which an executor must have moved on. */
export interface ExecutorDeadline {
  readonly executor: Executor;
  readonly kind: 'REGISTRATION' | 'SHUTDOWN';
}

/** An operation whose status is not acknowledged. */
export interface PendingOperation {
  readonly operation: AgentOperation;
  /** When its status is sent again, and the pause before that; Infinity while there is no master. */
  dueMs: number;
  pauseMs: number;
}

export interface AgentState {
  readonly config: ResolvedConfig;
  readonly dice: Dice;
  phase: Phase;
  /** Has an id once the agent is registered. */
  info: AgentInfo;
  /** Address of the leading master. */
  master: string | null;
  masterLink: LinkId | null;
  pingTimeoutMs: number;
  registrationBackoffMs: number;
  /** What the agent has: the configured resources with all operations applied. */
  totalResources: Resources;
  /** Dynamic reservations and volumes. */
  checkpointedResources: Resources;
  /** The same as the master is told. */
  checkpointedMessages: Resource[];
  resourceVersion: string;
  readonly frameworks: Map<FrameworkId, Framework>;
  /** History, bounded, oldest first. */
  readonly completedFrameworks: Map<FrameworkId, Framework>;
  readonly containers: Map<ContainerId, Executor>;
  readonly links: Map<LinkId, Executor>;
  readonly streams: UpdateStreams;
  /** Operations whose status is not acknowledged, by their uuids as texts. */
  readonly operations: Map<string, PendingOperation>;
  operationsTimerMs: number | null;
  /** Why the resources that the master told last do not fit here; null: they do. */
  resourcesRefusal: string | null;
  /** When the timer of updates is set to; null if it is not. */
  updatesTimerMs: number | null;
  readonly deadlines: Deadlines<ExecutorDeadline>;
  deadlinesTimerMs: number | null;
  /** Executors of a former run of the agent that have neither come back nor ended; empty once it has recovered. */
  readonly recovering: Set<ContainerId>;
  /** What of the checkpoint could not be read. */
  readonly recoveryErrors: number;
  /** How the agent is being drained; null if it is not. */
  drainConfig: DrainConfig | null;
  exitReason: string;
  /** It will not come back under its id. */
  leavesForGood: boolean;
  /** It ends, and the executors of checkpointing frameworks wait for it to come back. */
  keepsExecutors: boolean;
  exited: boolean;
  readonly counters: Counters;
}

/** Names of the agent's timers. */
export const TIMERS = {
  register: 'register',
  ping: 'ping',
  updates: 'updates',
  executors: 'executors',
  operations: 'operations',
  recovery: 'recovery',
} as const;

/** The agent's id; '' before it is registered. */
export function agentIdOf(state: AgentState): AgentId {
  return state.info.id ?? ('' as AgentId);
}

/** Whether a framework understands TASK_DROPPED and TASK_GONE; the others see TASK_LOST. */
export function droppedState(framework: Framework | undefined): TaskState {
  return framework?.partitionAware === true ? 'TASK_DROPPED' : 'TASK_LOST';
}

export function hasUnfinishedTasks(executor: Executor): boolean {
  return executor.queued.size > 0 || executor.launched.size > 0 || executor.terminated.size > 0;
}

/** Whether a framework and its executors end with the agent, now that it ends. */
export function endsWithAgent(state: AgentState, framework: Framework): boolean {
  if (state.phase !== 'TERMINATING') return false;
  return !state.keepsExecutors || framework.info.checkpoint !== true;
}

/** The containers whose executors wait for the agent if it is gone for a while. */
export function waitingContainers(state: AgentState): ContainerId[] {
  return [...state.containers.values()].filter(({ path }) => path !== null).map(({ containerId }) => containerId);
}
