/** Operations with an id: what frameworks learn of them, what agents are told, and what is left when one is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOperations } from '../../src/master/core/views/index.js';
import type { MessageOf } from '../../src/protocol/messages.js';
import type { OperationStatus } from '../../src/protocol/offer.js';
import type { OperationId } from '../../src/protocol/schema.js';
import { ABLE, type AgentPeer, type FrameworkPeer, resources, World } from './harness.js';

const CAPABILITIES = [...ABLE, 'AGENT_OPERATION_FEEDBACK'];
const REFINED = [{ type: 'RESERVATION_REFINEMENT' }, { type: 'MULTI_ROLE' }];
const ID = 'op-1' as OperationId;
const UUID = Uint8Array.from({ length: 16 }, (_, i) => i);

interface Scene {
  readonly world: World;
  readonly agent: AgentPeer;
  readonly framework: FrameworkPeer;
  readonly asked: MessageOf<'APPLY_OPERATION'>;
}

/** A framework has reserved two processors and asked for feedback. */
function scene(): Scene {
  const world = new World();
  const agent = world.agent('cpus:4;mem:4096', { capabilities: CAPABILITIES });
  const framework = world.framework({ roles: ['dev'], principal: 'p', capabilities: REFINED });
  world.settle();
  reserve(framework, ID);
  const [asked] = agent.take('APPLY_OPERATION');
  return { world, agent, framework, asked: asked! };
}

function reserve(framework: FrameworkPeer, id: OperationId): void {
  const [offer] = framework.offers();
  const [cpus] = resources('cpus:2');
  const reservations = [{ type: 'DYNAMIC' as const, role: 'dev', principal: 'p' }];
  framework.accept([offer!], [{ type: 'RESERVE', id, reserve: { resources: [{ ...cpus!, reservations }] } }], 0);
}

function statusesOf(framework: FrameworkPeer): OperationStatus[] {
  return framework.take('UPDATE_OPERATION_STATUS').map(({ status }) => status);
}

function finished({ agent, asked }: Scene): OperationStatus {
  const { operationUuid, operation: info, frameworkId } = asked;
  const latestStatus = { operationId: ID, state: 'OPERATION_FINISHED' as const, uuid: UUID, agentId: agent.id };
  const operation = { operationUuid: operationUuid!, info, frameworkId: frameworkId!, latestStatus };
  agent.send({ type: 'OPERATION_STATUS_UPDATE', agentId: agent.id, operation });
  return latestStatus;
}

test('[B81] [D42] [D29] the agent reports, the framework acknowledges, the operation is forgotten', () => {
  const all = scene();
  const { world, agent, framework, asked } = all;
  assert.equal(asked.frameworkId, framework.id);
  assert.deepEqual([asked.operation.id, asked.operation.type, asked.operationUuid!.length], [ID, 'RESERVE', 16]);
  assert.equal(agent.take('CHECKPOINT_RESOURCES').length, 1, 'its effect does not wait');
  assert.deepEqual(statusesOf(framework), []);
  assert.deepEqual(viewOperations(world.state).map(({ latestStatus }) => latestStatus.state), ['OPERATION_PENDING']);
  const status = finished(all);
  assert.deepEqual(statusesOf(framework), [status]);
  finished(all);
  assert.deepEqual(statusesOf(framework), [status], 'whatever is repeated is passed on');
  assert.deepEqual(viewOperations(world.state).map(({ statuses }) => statuses), [[status]]);
  const acknowledge = { type: 'ACKNOWLEDGE_OPERATION_STATUS', agentId: agent.id, operationId: ID } as const;
  framework.send({ ...acknowledge, uuid: new Uint8Array(16) });
  framework.send({ ...acknowledge, operationId: 'other' as OperationId, uuid: UUID });
  framework.send({ type: 'ACKNOWLEDGE_OPERATION_STATUS', operationId: ID, uuid: UUID });
  assert.deepEqual(agent.take('OPERATION_STATUS_ACKNOWLEDGEMENT'), []);
  framework.send({ ...acknowledge, uuid: UUID });
  const type = 'OPERATION_STATUS_ACKNOWLEDGEMENT';
  assert.deepEqual(agent.take(type), [{ type, operationUuid: asked.operationUuid, statusUuid: UUID }]);
  assert.deepEqual(viewOperations(world.state), []);
  const { plain } = world.state.counters;
  assert.equal(plain.messages_operation_status_update, 2);
  assert.equal(plain.valid_operation_status_update_acknowledgements, 1);
  assert.equal(plain.invalid_operation_status_update_acknowledgements, 3);
});

test('[B82] [D31] what is known is reconciled without anything to acknowledge, one by one or all at once', () => {
  const all = scene();
  const { agent, framework } = all;
  framework.send({ type: 'RECONCILE_OPERATIONS' });
  assert.deepEqual(statusesOf(framework), [{ operationId: ID, state: 'OPERATION_PENDING', agentId: agent.id }]);
  finished(all);
  statusesOf(framework);
  const known = { operationId: ID, state: 'OPERATION_FINISHED', agentId: agent.id };
  framework.send({ type: 'RECONCILE_OPERATIONS', operations: [] });
  assert.deepEqual(statusesOf(framework), [known]);
  framework.send({ type: 'RECONCILE_OPERATIONS', operations: [{ operationId: ID, agentId: agent.id }] });
  assert.deepEqual(statusesOf(framework), [known]);
  const other = { operationId: 'x' as OperationId, agentId: agent.id };
  framework.send({ type: 'RECONCILE_OPERATIONS', operations: [other] });
  assert.deepEqual(statusesOf(framework).map(({ state }) => state), ['OPERATION_UNKNOWN']);
});

test('[B82] an operation is unreachable with its agent, and gone with it', () => {
  const lost = scene();
  lost.agent.answersPings = false;
  lost.world.advance(120_000);
  assert.deepEqual(statusesOf(lost.framework), [
    {
      operationId: ID,
      state: 'OPERATION_UNREACHABLE',
      message: 'Agent was marked unreachable',
      agentId: lost.agent.id,
    },
  ]);
  assert.equal(lost.world.state.frameworks.get(lost.framework.id)!.operations.size, 0);
  const gone = scene();
  gone.world.operator({ type: 'MARK_AGENT_GONE', agentId: gone.agent.id });
  assert.deepEqual(statusesOf(gone.framework).map(({ state }) => state), ['OPERATION_GONE_BY_OPERATOR']);
});

test('[B82] an agent that cannot report, and an id that is in use, are errors', () => {
  const world = new World();
  world.agent('cpus:4;mem:4096');
  const framework = world.framework({ roles: ['dev'], principal: 'p', capabilities: REFINED });
  world.settle();
  reserve(framework, ID);
  const [status] = statusesOf(framework);
  assert.equal(status?.state, 'OPERATION_ERROR');
  assert.match(status?.message ?? '', /AGENT_OPERATION_FEEDBACK/);
  const again = scene();
  again.agent.take();
  again.world.advance(10_000);
  reserve(again.framework, ID);
  assert.match(statusesOf(again.framework)[0]?.message ?? '', /its id cannot be used again/);
  assert.deepEqual(again.agent.take('CHECKPOINT_RESOURCES'), []);
});

test('[B81] an agent that comes back tells its operations, and is told those that it does not know', () => {
  const { world, agent, framework, asked } = scene();
  agent.close();
  const back = world.agentLink();
  const agentInfo = { id: agent.id, hostname: 'host1', port: 5051, resources: resources('cpus:4;mem:4096') };
  const call = { type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0', capabilities: CAPABILITIES } as const;
  back.send({ ...call, capabilities: [...CAPABILITIES] });
  assert.deepEqual(back.take('APPLY_OPERATION'), [asked]);
  // Another master: it knows of the operation what the agent says.
  const other = new World({ awaitsRegistry: false });
  const later = other.agentLink();
  later.id = agent.id;
  const latestStatus = { operationId: ID, state: 'OPERATION_FINISHED' as const, uuid: UUID, agentId: agent.id };
  const { operationUuid, operation: info } = asked;
  const operation = { operationUuid: operationUuid!, info, frameworkId: framework.id, latestStatus };
  const frameworkInfo = { user: 'nobody', name: 'test', id: framework.id, role: 'dev' };
  later.send({ ...call, capabilities: [...CAPABILITIES], frameworks: [frameworkInfo], operations: [operation] });
  assert.deepEqual(viewOperations(other.state).map(({ uuid }) => uuid), [operationUuid]);
  // Of frameworks that are gone nobody waits for anything.
  other.operator({ type: 'TEARDOWN', frameworkId: framework.id });
  later.send({ type: 'OPERATION_STATUS_UPDATE', agentId: agent.id, operation });
  assert.equal(later.takeOne('OPERATION_STATUS_ACKNOWLEDGEMENT').operationUuid, operationUuid);
});
