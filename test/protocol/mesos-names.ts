/**
 * Where the messages of Apache Mesos live here: for each message of ours what it stands for, and for each of the
 * handlers of Mesos 1.1's master and agent which messages do its work. docs/protocol.md shows both.
 */
import type { MessageType } from '../../src/protocol/messages.js';

/** What a message is in Mesos: a call or event of an API of v1, or an internal message of 1.11. */
export const STANDS_FOR: Readonly<Record<MessageType, string>> = {
  SUBSCRIBE: 'scheduler Call SUBSCRIBE',
  TEARDOWN: 'scheduler Call TEARDOWN',
  ACCEPT: 'scheduler Call ACCEPT',
  DECLINE: 'scheduler Call DECLINE',
  ACCEPT_INVERSE_OFFERS: 'scheduler Call ACCEPT_INVERSE_OFFERS',
  DECLINE_INVERSE_OFFERS: 'scheduler Call DECLINE_INVERSE_OFFERS',
  REVIVE: 'scheduler Call REVIVE',
  SUPPRESS: 'scheduler Call SUPPRESS',
  KILL: 'scheduler Call KILL',
  SHUTDOWN: 'scheduler Call SHUTDOWN',
  ACKNOWLEDGE: 'scheduler Call ACKNOWLEDGE',
  RECONCILE: 'scheduler Call RECONCILE',
  MESSAGE: 'scheduler Call MESSAGE',
  REQUEST: 'scheduler Call REQUEST',
  ACKNOWLEDGE_OPERATION_STATUS: 'scheduler Call ACKNOWLEDGE_OPERATION_STATUS',
  RECONCILE_OPERATIONS: 'scheduler Call RECONCILE_OPERATIONS',
  UPDATE_FRAMEWORK: 'scheduler Call UPDATE_FRAMEWORK',
  SUBSCRIBED: 'scheduler Event SUBSCRIBED',
  OFFERS: 'scheduler Event OFFERS',
  INVERSE_OFFERS: 'scheduler Event INVERSE_OFFERS',
  RESCIND: 'scheduler Event RESCIND',
  RESCIND_INVERSE_OFFER: 'scheduler Event RESCIND_INVERSE_OFFER',
  UPDATE: 'scheduler Event UPDATE',
  UPDATE_OPERATION_STATUS: 'scheduler Event UPDATE_OPERATION_STATUS',
  EXECUTOR_MESSAGE: 'scheduler Event MESSAGE',
  FAILURE: 'scheduler Event FAILURE',
  ERROR: 'scheduler Event ERROR',
  HEARTBEAT: 'scheduler Event HEARTBEAT',
  REGISTER_AGENT: 'RegisterSlaveMessage',
  REREGISTER_AGENT: 'ReregisterSlaveMessage',
  UNREGISTER_AGENT: 'UnregisterSlaveMessage',
  UPDATE_AGENT: 'UpdateSlaveMessage',
  STATUS_UPDATE: 'StatusUpdateMessage, agent to master',
  EXITED_EXECUTOR: 'ExitedExecutorMessage',
  OPERATION_STATUS_UPDATE: 'UpdateOperationStatusMessage',
  EXECUTOR_TO_FRAMEWORK: 'ExecutorToFrameworkMessage, agent to master',
  PONG: 'PongSlaveMessage',
  AGENT_REGISTERED: 'SlaveRegisteredMessage',
  AGENT_REREGISTERED: 'SlaveReregisteredMessage',
  RUN_TASK: 'RunTaskMessage',
  RUN_TASK_GROUP: 'RunTaskGroupMessage',
  KILL_TASK: 'KillTaskMessage',
  SHUTDOWN_EXECUTOR: 'ShutdownExecutorMessage',
  SHUTDOWN_FRAMEWORK: 'ShutdownFrameworkMessage',
  FRAMEWORK_TO_EXECUTOR: 'FrameworkToExecutorMessage',
  UPDATE_FRAMEWORK_INFO: 'UpdateFrameworkMessage',
  CHECKPOINT_RESOURCES: 'CheckpointResourcesMessage',
  APPLY_OPERATION: 'ApplyOperationMessage',
  STATUS_UPDATE_ACKNOWLEDGEMENT: 'StatusUpdateAcknowledgementMessage',
  OPERATION_STATUS_ACKNOWLEDGEMENT: 'AcknowledgeOperationStatusMessage',
  SHUTDOWN_AGENT: 'ShutdownMessage',
  PING: 'PingSlaveMessage',
  DRAIN: 'DrainSlaveMessage',
  EXECUTOR_SUBSCRIBE: 'executor Call SUBSCRIBE',
  EXECUTOR_UPDATE: 'executor Call UPDATE',
  EXECUTOR_SEND: 'executor Call MESSAGE',
  EXECUTOR_HEARTBEAT: 'executor Call HEARTBEAT',
  EXECUTOR_SUBSCRIBED: 'executor Event SUBSCRIBED',
  LAUNCH: 'executor Event LAUNCH',
  LAUNCH_GROUP: 'executor Event LAUNCH_GROUP',
  EXECUTOR_KILL: 'executor Event KILL',
  ACKNOWLEDGED: 'executor Event ACKNOWLEDGED',
  FRAMEWORK_MESSAGE: 'executor Event MESSAGE',
  EXECUTOR_SHUTDOWN: 'executor Event SHUTDOWN',
  EXECUTOR_ERROR: 'executor Event ERROR',
  AUTHENTICATE: 'AuthenticateMessage and AuthenticationStartMessage',
  AUTHENTICATION_PROOF: 'AuthenticationStepMessage, to master',
  AUTHENTICATION_CHALLENGE: 'AuthenticationMechanismsMessage and AuthenticationStepMessage, from master',
  AUTHENTICATED: 'AuthenticationCompletedMessage',
  AUTHENTICATION_FAILED: 'AuthenticationFailedMessage and AuthenticationErrorMessage',
};

/** What does the work of a handler of Mesos: messages of ours, or what the note says. */
export interface Handler {
  readonly messages: readonly MessageType[];
  readonly note?: string;
}

/** The handlers of Mesos 1.1's master. */
export const MASTER_HANDLERS: Readonly<Record<string, Handler>> = {
  SubmitSchedulerRequest: {
    messages: [],
    note:
      'Not here. It asked a master to start a scheduler on its own machine and was never a supported feature of ' +
      'Mesos; a scheduler is a process that its owner starts.',
  },
  RegisterFramework: { messages: ['SUBSCRIBE'], note: 'Without an id.' },
  ReregisterFramework: { messages: ['SUBSCRIBE'], note: 'With the id it had.' },
  UnregisterFramework: { messages: ['TEARDOWN'] },
  DeactivateFramework: {
    messages: [],
    note:
      'No message: the framework ends its link. It is then disconnected, its offers are rescinded, and it is kept ' +
      'for its failover time-out. To stay and get no offers there is SUPPRESS.',
  },
  ResourceRequest: { messages: ['REQUEST'] },
  LaunchTasks: { messages: ['ACCEPT'], note: 'With operations LAUNCH; without operations it declines.' },
  ReviveOffers: { messages: ['REVIVE'] },
  KillTask: { messages: ['KILL'] },
  StatusUpdateAcknowledgement: { messages: ['ACKNOWLEDGE'] },
  FrameworkToExecutor: { messages: ['MESSAGE'] },
  RegisterSlave: { messages: ['REGISTER_AGENT'] },
  ReregisterSlave: { messages: ['REREGISTER_AGENT'] },
  UnregisterSlave: { messages: ['UNREGISTER_AGENT'] },
  StatusUpdate: { messages: ['STATUS_UPDATE'] },
  ExecutorToFramework: { messages: ['EXECUTOR_TO_FRAMEWORK'] },
  ReconcileTasks: { messages: ['RECONCILE'] },
  ExitedExecutor: { messages: ['EXITED_EXECUTOR'] },
  UpdateSlave: { messages: ['UPDATE_AGENT'] },
  Authenticate: {
    messages: ['AUTHENTICATE', 'AUTHENTICATION_PROOF'],
    note: 'Proof by HMAC-SHA256 instead of CRAM-MD5, and the master proves itself, too.',
  },
};

/** The handlers of Mesos 1.1's agent. */
export const AGENT_HANDLERS: Readonly<Record<string, Handler>> = {
  SlaveRegistered: { messages: ['AGENT_REGISTERED'] },
  SlaveReregistered: { messages: ['AGENT_REREGISTERED'] },
  RunTask: { messages: ['RUN_TASK'] },
  RunTaskGroup: { messages: ['RUN_TASK_GROUP'] },
  KillTask: { messages: ['KILL_TASK'] },
  ShutdownExecutor: { messages: ['SHUTDOWN_EXECUTOR'] },
  ShutdownFramework: { messages: ['SHUTDOWN_FRAMEWORK'] },
  FrameworkToExecutor: { messages: ['FRAMEWORK_TO_EXECUTOR'] },
  UpdateFramework: { messages: ['UPDATE_FRAMEWORK_INFO'] },
  CheckpointResources: { messages: ['CHECKPOINT_RESOURCES', 'APPLY_OPERATION'] },
  StatusUpdateAcknowledgement: { messages: ['STATUS_UPDATE_ACKNOWLEDGEMENT'] },
  RegisterExecutor: { messages: ['EXECUTOR_SUBSCRIBE'] },
  ReregisterExecutor: {
    messages: ['EXECUTOR_SUBSCRIBE'],
    note: 'With the tasks and updates that are not acknowledged.',
  },
  StatusUpdate: { messages: ['EXECUTOR_UPDATE'] },
  ExecutorToFramework: { messages: ['EXECUTOR_SEND'] },
  Shutdown: { messages: ['SHUTDOWN_AGENT'] },
  PingSlave: { messages: ['PING'] },
};
