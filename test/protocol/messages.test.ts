/** The table of messages: opcodes never change, every message has one direction, and none of Mesos' is forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT_CALLS, AGENT_EVENTS } from '../../src/protocol/agent.js';
import { AUTHENTICATION_CALLS } from '../../src/protocol/authentication.js';
import { EXECUTOR_CALLS } from '../../src/protocol/executor.js';
import { AGENT_HANDLERS, type Handler, MASTER_HANDLERS, STANDS_FOR } from './mesos-names.js';
import { MESSAGES, OPCODES } from '../../src/protocol/messages.js';
import { SCHEDULER_CALLS } from '../../src/protocol/scheduler.js';
import { DIRECTIONS, protocolDocument } from './document.js';

/** Every opcode that was ever given out. Lines are added, never changed. */
const RECORDED = `
SUBSCRIBE 1, TEARDOWN 2, ACCEPT 3, DECLINE 4, ACCEPT_INVERSE_OFFERS 5, DECLINE_INVERSE_OFFERS 6, REVIVE 7, SUPPRESS 8,
KILL 9, SHUTDOWN 10, ACKNOWLEDGE 11, RECONCILE 12, MESSAGE 13, REQUEST 14, UPDATE_FRAMEWORK 15,
ACKNOWLEDGE_OPERATION_STATUS 16, RECONCILE_OPERATIONS 17,
SUBSCRIBED 50, OFFERS 51, INVERSE_OFFERS 52, RESCIND 53, RESCIND_INVERSE_OFFER 54, UPDATE 55, EXECUTOR_MESSAGE 56,
FAILURE 57, ERROR 58, HEARTBEAT 59, UPDATE_OPERATION_STATUS 60,
REGISTER_AGENT 100, REREGISTER_AGENT 101, UNREGISTER_AGENT 102, UPDATE_AGENT 103, STATUS_UPDATE 104,
EXITED_EXECUTOR 105, EXECUTOR_TO_FRAMEWORK 106, PONG 107, OPERATION_STATUS_UPDATE 108,
AGENT_REGISTERED 150, AGENT_REREGISTERED 151, RUN_TASK 152, RUN_TASK_GROUP 153, KILL_TASK 154, SHUTDOWN_EXECUTOR 155,
SHUTDOWN_FRAMEWORK 156, FRAMEWORK_TO_EXECUTOR 157, UPDATE_FRAMEWORK_INFO 158, CHECKPOINT_RESOURCES 159,
APPLY_OPERATION 160, STATUS_UPDATE_ACKNOWLEDGEMENT 161, SHUTDOWN_AGENT 162, PING 163, DRAIN 164,
OPERATION_STATUS_ACKNOWLEDGEMENT 165,
EXECUTOR_SUBSCRIBE 200, EXECUTOR_UPDATE 201, EXECUTOR_SEND 202, EXECUTOR_HEARTBEAT 203,
EXECUTOR_SUBSCRIBED 250, LAUNCH 251, LAUNCH_GROUP 252, EXECUTOR_KILL 253, ACKNOWLEDGED 254, FRAMEWORK_MESSAGE 255,
EXECUTOR_SHUTDOWN 256, EXECUTOR_ERROR 257,
AUTHENTICATE 300, AUTHENTICATION_PROOF 301, AUTHENTICATION_CHALLENGE 350, AUTHENTICATED 351, AUTHENTICATION_FAILED 352`;

const recorded = new Map(RECORDED.split(',').map((entry) => {
  const [type, opcode] = entry.trim().split(' ');
  return [type, Number(opcode)] as const;
}));

test('opcodes are those that were recorded, each once', () => {
  for (const [type, opcode] of Object.entries(OPCODES)) {
    assert.equal(opcode, recorded.get(type), `${type} is new: record its opcode; if it is not, its opcode has changed`);
  }
  assert.equal(new Set(Object.values(OPCODES)).size, Object.keys(OPCODES).length);
  assert.deepEqual(Object.keys(OPCODES).sort(), Object.keys(MESSAGES).sort());
});

test('every message goes one way, and its schema says its type', () => {
  const types = DIRECTIONS.flatMap(({ messages }) => Object.keys(messages));
  assert.deepEqual([...types].sort(), Object.keys(MESSAGES).sort());
  for (const [type, schema] of Object.entries(MESSAGES)) assert.equal(schema.properties.type.const, type);
});

/** Handlers of Mesos' master, as its version 1.1 installed them, but for the suffix Message. */
const MESOS_MASTER = `SubmitSchedulerRequest RegisterFramework ReregisterFramework UnregisterFramework
DeactivateFramework ResourceRequest LaunchTasks ReviveOffers KillTask StatusUpdateAcknowledgement FrameworkToExecutor
RegisterSlave ReregisterSlave UnregisterSlave StatusUpdate ExecutorToFramework ReconcileTasks ExitedExecutor
UpdateSlave Authenticate`.split(/\s+/);

const MESOS_AGENT = `SlaveRegistered SlaveReregistered RunTask RunTaskGroup KillTask ShutdownExecutor ShutdownFramework
FrameworkToExecutor UpdateFramework CheckpointResources StatusUpdateAcknowledgement RegisterExecutor ReregisterExecutor
StatusUpdate ExecutorToFramework Shutdown PingSlave`.split(/\s+/);

/** Each handler has messages that go to where it is, or a note that says why not; the page shows it. */
function checkHandlers(names: readonly string[], handlers: Readonly<Record<string, Handler>>, inbound: object): void {
  assert.deepEqual(Object.keys(handlers).sort(), [...names].sort());
  const page = protocolDocument();
  for (const [name, { messages, note }] of Object.entries(handlers)) {
    assert.ok(messages.length > 0 || (note ?? '') !== '', `${name} has neither messages nor a note`);
    for (const type of messages) assert.ok(type in inbound, `${type} does not go to the handler of ${name}`);
    const rows = page.split('\n').filter((line) => line.startsWith(`| ${name} |`));
    assert.ok(rows.some((row) => messages.every((type) => row.includes(`[${type}]`))), `docs: ${rows.join('\n')}`);
  }
}

test('each of the 20 handlers of the master of Mesos has its place', () => {
  assert.equal(MESOS_MASTER.length, 20);
  checkHandlers(MESOS_MASTER, MASTER_HANDLERS, { ...SCHEDULER_CALLS, ...AGENT_CALLS, ...AUTHENTICATION_CALLS });
});

test('each of the 17 handlers of the agent of Mesos has its place', () => {
  assert.equal(MESOS_AGENT.length, 17);
  checkHandlers(MESOS_AGENT, AGENT_HANDLERS, { ...AGENT_EVENTS, ...EXECUTOR_CALLS });
});

test('what Mesos calls each message is told', () => {
  assert.deepEqual(Object.keys(STANDS_FOR).sort(), Object.keys(MESSAGES).sort());
  assert.equal(new Set(Object.values(STANDS_FOR)).size, Object.keys(MESSAGES).length);
});
