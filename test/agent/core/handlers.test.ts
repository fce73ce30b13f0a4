/** Each message that an agent may get has a handler, and the handler does something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT_EVENTS } from '../../../src/protocol/agent.js';
import type { Resource } from '../../../src/protocol/common.js';
import { EXECUTOR_CALLS } from '../../../src/protocol/executor.js';
import type { AgentEvent as AgentMessage, ExecutorCall } from '../../../src/protocol/messages.js';
import { AGENT, executorId, executorInfo, FRAMEWORK, frameworkInfo, Harness, task, taskId, uuid } from './harness.js';

type Received = AgentMessage | ExecutorCall;

const ANSWER = { agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 };
const MISSING = [{ frameworkId: FRAMEWORK, tasks: [{ taskId: taskId('x') }] }];
const E1 = { frameworkId: FRAMEWORK, executorId: executorId('e1') };
const CPU: Resource = { name: 'cpus', type: 'SCALAR', scalar: 1, reservations: [{ type: 'DYNAMIC', role: 'dev' }] };
const GROUP = { executor: executorInfo(), taskGroup: { tasks: [task('g')] } };

/** A message of each type, and what an agent with a running task and an update in flight does about it. */
const REACTIONS: { readonly [K in Received['type']]: readonly [Extract<Received, { type: K }>, string] } = {
  AGENT_REGISTERED: [{ type: 'AGENT_REGISTERED', ...ANSWER, agentId: 'S9' as typeof AGENT }, 'Exit'],
  AGENT_REREGISTERED: [{ type: 'AGENT_REREGISTERED', ...ANSWER, reconciliations: MISSING }, 'STATUS_UPDATE'],
  RUN_TASK: [{ type: 'RUN_TASK', frameworkInfo: frameworkInfo(), task: task('t2') }, 'LAUNCH'],
  RUN_TASK_GROUP: [{ type: 'RUN_TASK_GROUP', frameworkInfo: frameworkInfo(), ...GROUP }, 'LAUNCH_GROUP'],
  KILL_TASK: [{ type: 'KILL_TASK', frameworkId: FRAMEWORK, taskId: taskId('t1') }, 'EXECUTOR_KILL'],
  SHUTDOWN_EXECUTOR: [{ type: 'SHUTDOWN_EXECUTOR', ...E1 }, 'EXECUTOR_SHUTDOWN'],
  SHUTDOWN_FRAMEWORK: [{ type: 'SHUTDOWN_FRAMEWORK', frameworkId: FRAMEWORK }, 'EXECUTOR_SHUTDOWN'],
  FRAMEWORK_TO_EXECUTOR: [{ type: 'FRAMEWORK_TO_EXECUTOR', ...E1, data: uuid(1) }, 'FRAMEWORK_MESSAGE'],
  UPDATE_FRAMEWORK_INFO: [{ type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: frameworkInfo() }, 'STATUS_UPDATE'],
  CHECKPOINT_RESOURCES: [{ type: 'CHECKPOINT_RESOURCES', resources: [CPU] }, 'total'],
  APPLY_OPERATION: [
    { type: 'APPLY_OPERATION', operation: { type: 'RESERVE', reserve: { resources: [CPU] } } },
    'total',
  ],
  STATUS_UPDATE_ACKNOWLEDGEMENT: [
    { type: 'STATUS_UPDATE_ACKNOWLEDGEMENT', frameworkId: FRAMEWORK, taskId: taskId('t1'), uuid: uuid(1) },
    'STATUS_UPDATE',
  ],
  OPERATION_STATUS_ACKNOWLEDGEMENT: [
    { type: 'OPERATION_STATUS_ACKNOWLEDGEMENT', operationUuid: uuid(3), statusUuid: uuid(4) },
    'nothing',
  ],
  SHUTDOWN_AGENT: [{ type: 'SHUTDOWN_AGENT', message: 'x' }, 'EXECUTOR_SHUTDOWN'],
  PING: [{ type: 'PING', connected: true }, 'PONG'],
  DRAIN: [{ type: 'DRAIN', config: {} }, 'EXECUTOR_KILL'],
  EXECUTOR_SUBSCRIBE: [{ type: 'EXECUTOR_SUBSCRIBE', ...E1 }, 'EXECUTOR_SUBSCRIBED'],
  EXECUTOR_UPDATE: [
    { type: 'EXECUTOR_UPDATE', status: { taskId: taskId('t1'), state: 'TASK_KILLED', uuid: uuid(9) } },
    'ACKNOWLEDGED',
  ],
  EXECUTOR_SEND: [{ type: 'EXECUTOR_SEND', data: uuid(1) }, 'EXECUTOR_TO_FRAMEWORK'],
  EXECUTOR_HEARTBEAT: [{ type: 'EXECUTOR_HEARTBEAT' }, 'nothing'],
};

function reactions(message: Received): string[] {
  const agent = Harness.registered();
  const link = agent.running('t1');
  agent.update(link, 't1', 'TASK_STARTING', 1);
  agent.update(link, 't1', 'TASK_RUNNING', 2);
  agent.take();
  const before = agent.state.totalResources;
  const from = message.type.startsWith('EXECUTOR_') ? link : 1;
  agent.event({ type: 'MessageReceived', at: agent.nowMs, link: from, message });
  const made = agent.take().flatMap((effect): string[] => {
    if (effect.type === 'Send') return [effect.message.type];
    return effect.type === 'Log' ? [] : [effect.type];
  });
  if (agent.state.totalResources !== before) made.push('total');
  return made.length === 0 ? ['nothing'] : made;
}

test('[C3] the agent has a handler for every message of masters and executors', () => {
  const types = [...Object.keys(AGENT_EVENTS), ...Object.keys(EXECUTOR_CALLS)];
  assert.deepEqual(Object.keys(REACTIONS).sort(), types.sort());
  for (const [message, expected] of Object.values(REACTIONS)) {
    const made = reactions(message);
    assert.ok(made.includes(expected), `${message.type}: ${made.join(', ')}`);
  }
});
