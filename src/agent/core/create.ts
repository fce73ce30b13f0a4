/** The state of an agent that starts: nothing runs, no master is known. */
import { resourcesToMessages } from '../../resources/message-form.js';
import { Resources } from '../../resources/resources.js';
import { type AgentConfig, resolveConfig } from './config.js';
import { makeDice, makeUuid, uuidText } from './dice.js';
import type { RecoveredAgent } from './recovered.js';
import { takeUp } from './recovery.js';
import type { AgentState, Counters } from './state.js';
import { makeStreams } from './status-updates.js';

function makeCounters(): Counters {
  return {
    tasksFinished: 0,
    tasksFailed: 0,
    tasksKilled: 0,
    tasksLost: 0,
    tasksGone: 0,
    executorsTerminated: 0,
    validStatusUpdates: 0,
    invalidStatusUpdates: 0,
    validFrameworkMessages: 0,
    invalidFrameworkMessages: 0,
    containerLaunchErrors: 0,
    droppedMessages: 0,
  };
}

/**
 * An agent in phase RECOVERING. It leaves it when a master is detected, with a former run to take up not before its
 * executors are back or given up; then `RecoveryBegan` has to be its first event. Throws MeteError NOT_AVAILABLE if
 * the reservations and volumes of the former run are not in its resources.
 */
export function createAgent(config: AgentConfig, recovered: RecoveredAgent | null = null): AgentState {
  const state = newAgent(config, recovered?.errors.length ?? 0);
  if (recovered !== null) takeUp(state, recovered);
  return state;
}

function newAgent(config: AgentConfig, recoveryErrors: number): AgentState {
  const resolved = resolveConfig(config);
  const dice = makeDice(resolved.seed);
  return {
    config: resolved,
    dice,
    phase: 'RECOVERING',
    info: { ...resolved.agentInfo, resources: resourcesToMessages(resolved.resources) },
    master: null,
    masterLink: null,
    pingTimeoutMs: 75_000,
    registrationBackoffMs: resolved.registrationBackoffMs,
    totalResources: resolved.resources,
    checkpointedResources: Resources.EMPTY,
    checkpointedMessages: [],
    resourceVersion: uuidText(makeUuid(dice)),
    frameworks: new Map(),
    completedFrameworks: new Map(),
    containers: new Map(),
    links: new Map(),
    streams: makeStreams(resolved.statusUpdateRetryMinMs, resolved.statusUpdateRetryMaxMs),
    operations: new Map(),
    operationsTimerMs: null,
    resourcesRefusal: null,
    updatesTimerMs: null,
    deadlines: [],
    deadlinesTimerMs: null,
    recovering: new Set(),
    recoveryErrors,
    drainConfig: null,
    exitReason: '',
    leavesForGood: false,
    keepsExecutors: false,
    exited: false,
    counters: makeCounters(),
  };
}
