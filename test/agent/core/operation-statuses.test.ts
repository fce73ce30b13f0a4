/** Operations that ask for feedback: reported until acknowledged, over restarts of the agent and of the master. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEffect } from '../../../src/agent/core/events.js';
import { recoverAgent } from '../../../src/agent/core/recovered.js';
import { takeUp } from '../../../src/agent/core/recovery.js';
import { describeOperations } from '../../../src/agent/core/operator-views.js';
import type { Resource } from '../../../src/protocol/common.js';
import type { OperationId } from '../../../src/protocol/schema.js';
import { AGENT, FRAMEWORK, Harness, sent, uuid } from './harness.js';

const reservations = [{ type: 'DYNAMIC' as const, role: 'dev' }];
const RESERVED: Resource = { name: 'cpus', type: 'SCALAR', scalar: 1, reservations };
const ID = 'op-1' as OperationId;
const operation = { type: 'RESERVE' as const, id: ID, reserve: { resources: [RESERVED] } };
const ASKED = { type: 'APPLY_OPERATION', frameworkId: FRAMEWORK, operation, operationUuid: uuid(5) } as const;

function statesOf(effects: readonly AgentEffect[]): (string | undefined)[] {
  return sent(effects, 'OPERATION_STATUS_UPDATE').map((message) => message.operation.latestStatus.state);
}

test('[B81] [D42] an operation is reported once it has its effect, and again until that is acknowledged', () => {
  const agent = Harness.registered();
  agent.fromMaster({ type: 'CHECKPOINT_RESOURCES', resources: [RESERVED] });
  agent.fromMaster(ASKED);
  agent.fromMaster(ASKED);
  const [message, ...more] = sent(agent.take(), 'OPERATION_STATUS_UPDATE');
  assert.equal(more.length, 0, 'an operation that is told twice is one');
  const { latestStatus, operationUuid, info, frameworkId } = message!.operation;
  assert.deepEqual([latestStatus.operationId, latestStatus.state], [ID, 'OPERATION_FINISHED']);
  assert.deepEqual([message!.agentId, frameworkId, info], [AGENT, FRAMEWORK, operation]);
  assert.deepEqual(describeOperations(agent.state).map(({ uuid: of }) => of), [operationUuid]);
  agent.advance(10_000, 'operations');
  assert.deepEqual(statesOf(agent.take()), ['OPERATION_FINISHED']);
  agent.advance(20_000, 'operations');
  assert.deepEqual(statesOf(agent.take()), ['OPERATION_FINISHED']);
  const acknowledge = { type: 'OPERATION_STATUS_ACKNOWLEDGEMENT', operationUuid } as const;
  agent.fromMaster({ ...acknowledge, statusUuid: uuid(1) });
  assert.equal(agent.state.operations.size, 1);
  agent.fromMaster({ ...acknowledge, statusUuid: latestStatus.uuid! });
  assert.equal(agent.state.operations.size, 0);
  assert.deepEqual(describeOperations(agent.state), []);
});

test('[B82] an operation whose effect does not fit is dropped', () => {
  const agent = Harness.registered();
  agent.fromMaster({ type: 'CHECKPOINT_RESOURCES', resources: [{ ...RESERVED, scalar: 100 }] });
  agent.fromMaster(ASKED);
  const [message] = sent(agent.take(), 'OPERATION_STATUS_UPDATE');
  assert.equal(message?.operation.latestStatus.state, 'OPERATION_DROPPED');
  assert.match(message.operation.latestStatus.message ?? '', /the agent has/);
});

test('[B81] a master that comes back is told at once, and with the registration; so is one after a restart', () => {
  const agent = Harness.registered();
  agent.fromMaster(ASKED);
  const entries = agent.take().flatMap((effect) => (effect.type === 'Checkpoint' ? [effect] : []));
  const answer = { agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 };
  const comeBack = (of: Harness): AgentEffect[] => {
    of.fromMaster({ type: 'PING', connected: false });
    of.take();
    of.advance(2_000, 'register');
    const [call] = sent(of.effects, 'REREGISTER_AGENT');
    assert.deepEqual(call?.operations?.map(({ info }) => info), [operation]);
    of.fromMaster({ type: 'AGENT_REREGISTERED', ...answer });
    return of.take();
  };
  assert.deepEqual(statesOf(comeBack(agent)), ['OPERATION_FINISHED']);
  const stored = entries.flatMap(({ key, record }) => (record === null ? [] : [[key, record] as const]));
  const recovered = recoverAgent(stored);
  assert.deepEqual([recovered.operations.length, recovered.errors], [1, []]);
  const fresh = Harness.registered();
  takeUp(fresh.state, { ...recovered, agentInfo: fresh.state.info });
  assert.deepEqual(statesOf(comeBack(fresh)), ['OPERATION_FINISHED']);
});
