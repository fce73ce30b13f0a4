/**
 * What happens to an agent, and what it has done: the events and effects beyond those of every driver.
 *
 * Duties of a driver: `ConnectMaster` opens a link and answers with `MasterLinkOpened`; a repeated one changes nothing
 * while an attempt at the same address goes on, and gives up one at another; failures need no answer, there will be
 * another `ConnectMaster`. `LaunchExecutor` is answered by `ExecutorStarted` or `ExecutorFailedToStart`; every started
 * executor gives `ExecutorExited` once, whatever ended it. `Exit` is the last effect.
 */
import type { DriverEffect, DriverEvent, LinkId } from '../../base/core.js';
import type { CheckpointRecord } from '../../protocol/checkpoint.js';
import type { FrameworkInfo } from '../../protocol/framework.js';
import type { AgentCall, AgentEvent as AgentMessage, ExecutorCall, ExecutorEvent } from '../../protocol/messages.js';
import type { ContainerId, ExecutorId, FrameworkId } from '../../protocol/schema.js';
import type { ExecutorInfo, Reason, TaskInfo } from '../../protocol/task.js';

export type AgentEvent =
  | DriverEvent<AgentMessage | ExecutorCall>
  /** The leading master is at this address, or there is none. */
  | { readonly type: 'MasterDetected'; readonly at: number; readonly master: string | null }
  /** A link to a master is open; `master` is its address, checked against the leading one if given. */
  | { readonly type: 'MasterLinkOpened'; readonly at: number; readonly link: LinkId; readonly master?: string }
  /** A former run of the agent is taken up, or there is none; what it left of executors is reported from here on. */
  | { readonly type: 'RecoveryBegan'; readonly at: number }
  | {
      readonly type: 'ExecutorStarted';
      readonly at: number;
      readonly containerId: ContainerId;
      readonly pid: number;
      /** When its process started, in ticks of the system. */
      readonly startTicks?: number;
    }
  | {
      readonly type: 'ExecutorFailedToStart';
      readonly at: number;
      readonly containerId: ContainerId;
      readonly message: string;
    }
  | {
      readonly type: 'ExecutorExited';
      readonly at: number;
      readonly containerId: ContainerId;
      /** Wait status as the system gives it; -1 if it is not known. */
      readonly status: number;
      /** Why, if the driver knows better than that it ended: a limit, a launch that failed. */
      readonly reason?: Reason;
      readonly message?: string;
    }
  /**
   * Someone wants the agent to end. With `unregister` the master is told that it will not come back; with
   * `keepExecutors` those of checkpointing frameworks live on and wait for it.
   */
  | {
      readonly type: 'ShutdownRequested';
      readonly at: number;
      readonly unregister: boolean;
      readonly keepExecutors?: boolean;
    };

/**
 * Something to be on disk: a record under its key, or its removal; a key that ends with a slash stands for all below
 * it. Those of one turn are stored together, before anything else that the turn asks for is done.
 */
export interface Checkpoint {
  readonly type: 'Checkpoint';
  readonly key: string;
  readonly record: CheckpointRecord | null;
}

/** How an executor is started. */
export interface LaunchExecutor {
  readonly type: 'LaunchExecutor';
  readonly containerId: ContainerId;
  readonly frameworkId: FrameworkId;
  readonly executorId: ExecutorId;
  /** Its resources are those of the executor and of its first tasks together. */
  readonly executorInfo: ExecutorInfo;
  readonly frameworkInfo: FrameworkInfo;
  /** Absolute path of the sandbox. */
  readonly directory: string;
  /** All variables, those of the command included; PATH is the driver's business. */
  readonly environment: Readonly<Record<string, string>>;
  /** As whom it runs; null: as whom the agent runs. */
  readonly user: string | null;
  /** The task of an executor that the agent has made for one command task. */
  readonly task: TaskInfo | null;
}

export type AgentEffect =
  | DriverEffect<AgentCall | ExecutorEvent>
  | { readonly type: 'ConnectMaster'; readonly address: string }
  | LaunchExecutor
  | Checkpoint
  /** SIGKILL of its process group. */
  | { readonly type: 'DestroyExecutor'; readonly containerId: ContainerId }
  /**
   * `forGood`: the master has been told, or has said so itself; the agent's id is not to be used again. `keep` has the
   * containers whose executors wait for the agent to come back.
   */
  | {
      readonly type: 'Exit';
      readonly reason: string;
      readonly code: number;
      readonly forGood: boolean;
      readonly keep: readonly ContainerId[];
    };

export type Effects = AgentEffect[];
