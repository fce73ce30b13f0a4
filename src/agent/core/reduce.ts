/** Which handler takes which event and which message; nothing else. Messages of the master count on its link only. */
import type { LinkId } from '../../base/core.js';
import type { AgentEvent as AgentMessage, ExecutorCall } from '../../protocol/messages.js';
import { drain } from './drain.js';
import type { AgentEvent, Effects } from './events.js';
import { deadlinesTimerFired, executorExited, executorFailedToStart, executorStarted } from './executors.js';
import { executorLinkClosed, subscribe } from './executors.js';
import { updatesTimerFired } from './forwarding.js';
import { messageToExecutor, messageToFramework } from './framework-messages.js';
import { updateFramework } from './frameworks.js';
import { killTask } from './kill-task.js';
import { operationAcknowledged, operationsTimerFired } from './operation-statuses.js';
import { checkpointResources, operationArrived } from './operations.js';
import { recoveryBegan, recoveryTimerFired } from './recovery.js';
import { masterDetected, masterLinkClosed, masterLinkOpened, ping, pingTimerFired } from './registration.js';
import { registered, registerTimerFired, reregistered } from './registration.js';
import { runTask, runTaskGroup } from './run-task.js';
import { dropMessage } from './send.js';
import { shutdownAsked, shutdownExecutorAsked, shutdownFrameworkAsked, shutdownRequested } from './shutdown.js';
import { type AgentState, TIMERS } from './state.js';
import { executorUpdate, updateAcknowledged } from './task-status.js';

type TimerHandler = (state: AgentState, atMs: number, effects: Effects) => void;

const TIMER_HANDLERS: Readonly<Record<string, TimerHandler>> = {
  [TIMERS.register]: registerTimerFired,
  [TIMERS.ping]: pingTimerFired,
  [TIMERS.updates]: updatesTimerFired,
  [TIMERS.executors]: deadlinesTimerFired,
  [TIMERS.recovery]: recoveryTimerFired,
  [TIMERS.operations]: operationsTimerFired,
};

/** What an agent does about an event: changes `state`, and pushes what is to be done. After `Exit` nothing follows. */
export function reduceAgent(state: AgentState, event: AgentEvent, effects: Effects): void {
  if (state.exited) return;
  switch (event.type) {
    case 'MessageReceived':
      return messageReceived(state, event.at, event.link, event.message, effects);
    case 'TimerFired':
      return TIMER_HANDLERS[event.timer]?.(state, event.at, effects);
    case 'LinkOpened':
      return;
    case 'LinkClosed':
      if (!masterLinkClosed(state, event.at, event.link, event.reason, effects)) {
        executorLinkClosed(state, event.link, effects);
      }
      return;
    case 'MasterDetected':
      return masterDetected(state, event, effects);
    case 'MasterLinkOpened':
      return masterLinkOpened(state, event, effects);
    case 'RecoveryBegan':
      return recoveryBegan(state, event.at, effects);
    case 'ExecutorStarted':
      return executorStarted(state, event, effects);
    case 'ExecutorFailedToStart':
      return executorFailedToStart(state, event, effects);
    case 'ExecutorExited':
      return executorExited(state, event, effects);
    case 'ShutdownRequested':
      return shutdownRequested(state, event, effects);
    default:
  }
}

function messageReceived(
  state: AgentState,
  atMs: number,
  link: LinkId,
  message: AgentMessage | ExecutorCall,
  effects: Effects,
): void {
  switch (message.type) {
    case 'EXECUTOR_SUBSCRIBE':
    case 'EXECUTOR_UPDATE':
    case 'EXECUTOR_SEND':
    case 'EXECUTOR_HEARTBEAT':
      return executorCall(state, atMs, link, message, effects);
    default:
      if (link === state.masterLink) return masterMessage(state, atMs, message, effects);
      dropMessage(state, effects, 'ignoring a message that is not from the master', { type: message.type, link });
      effects.push({ type: 'CloseLink', link, reason: 'not the master' });
  }
}

function executorCall(
  state: AgentState,
  atMs: number,
  link: LinkId,
  call: ExecutorCall,
  effects: Effects,
): void {
  if (call.type === 'EXECUTOR_SUBSCRIBE' && link !== state.masterLink) {
    return subscribe(state, atMs, link, call, effects);
  }
  const executor = state.links.get(link);
  if (executor === undefined) {
    dropMessage(state, effects, 'ignoring a call of an executor that has not subscribed', { type: call.type, link });
    if (link !== state.masterLink) effects.push({ type: 'CloseLink', link, reason: 'the executor has not subscribed' });
    return;
  }
  if (call.type === 'EXECUTOR_UPDATE') executorUpdate(state, atMs, executor, link, call.status, effects);
  else if (call.type === 'EXECUTOR_SEND') messageToFramework(state, executor, call.data, effects);
}

function masterMessage(state: AgentState, atMs: number, message: AgentMessage, effects: Effects): void {
  switch (message.type) {
    case 'AGENT_REGISTERED':
      return registered(state, atMs, message, effects);
    case 'AGENT_REREGISTERED':
      return reregistered(state, atMs, message, effects);
    case 'RUN_TASK':
      return runTask(state, atMs, message, effects);
    case 'RUN_TASK_GROUP':
      return runTaskGroup(state, atMs, message, effects);
    case 'KILL_TASK':
      return killTask(state, atMs, message, effects);
    case 'SHUTDOWN_EXECUTOR':
      return shutdownExecutorAsked(state, atMs, message, effects);
    case 'SHUTDOWN_FRAMEWORK':
      return shutdownFrameworkAsked(state, atMs, message, effects);
    case 'FRAMEWORK_TO_EXECUTOR':
      return messageToExecutor(state, message, effects);
    case 'UPDATE_FRAMEWORK_INFO':
      return updateFramework(state, atMs, message, effects);
    case 'CHECKPOINT_RESOURCES':
      return checkpointResources(state, message, effects);
    case 'APPLY_OPERATION':
      return operationArrived(state, atMs, message, effects);
    case 'OPERATION_STATUS_ACKNOWLEDGEMENT':
      return operationAcknowledged(state, message, effects);
    case 'STATUS_UPDATE_ACKNOWLEDGEMENT':
      return updateAcknowledged(state, atMs, message, effects);
    case 'SHUTDOWN_AGENT':
      return shutdownAsked(state, atMs, message, effects);
    case 'DRAIN':
      return drain(state, atMs, message.config, effects);
    case 'PING':
      return ping(state, atMs, message.connected, effects);
    default:
      return unknownMessage(message, effects);
  }
}

function unknownMessage(message: never, effects: Effects): void {
  effects.push({ type: 'Log', level: 'warn', text: `ignoring a message: ${JSON.stringify(message)}` });
}
