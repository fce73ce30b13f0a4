/** What operations make of the agent's resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '../../../src/protocol/common.js';
import type { OperationMessage } from '../../../src/protocol/offer.js';
import { parseResources } from '../../../src/resources/parse-text.js';
import { viewState } from '../../../src/agent/core/views.js';
import { Harness, launched, sent, task, updates } from './harness.js';

const RESOURCES = parseResources('cpus:4;mem:1024;disk:100;mem(dev):64');
const DYNAMIC = { type: 'DYNAMIC', role: 'dev' } as const;

function scalar(name: string, amount: number, more: Partial<Resource> = {}): Resource {
  return { name, type: 'SCALAR', scalar: amount, ...more };
}

const reserved = (name: string, amount: number): Resource => scalar(name, amount, { reservations: [DYNAMIC] });

function volume(amount: number): Resource {
  const disk = { persistence: { id: 'v1' }, volume: { mode: 'RW', containerPath: 'data' } } as const;
  return { ...reserved('disk', amount), disk };
}

function apply(agent: Harness, operation: OperationMessage): void {
  agent.fromMaster({ type: 'APPLY_OPERATION', operation });
}

test('[C23] the total is the configured resources with all operations applied', () => {
  const agent = Harness.registered({ resources: RESOURCES });
  apply(agent, { type: 'RESERVE', reserve: { resources: [reserved('cpus', 1), reserved('disk', 60)] } });
  apply(agent, { type: 'CREATE', create: { volumes: [volume(40)] } });
  apply(agent, { type: 'SHRINK_VOLUME', shrinkVolume: { volume: volume(40), subtract: 10 } });
  apply(agent, { type: 'GROW_VOLUME', growVolume: { volume: volume(30), addition: reserved('disk', 5) } });
  const { totalResources: total } = agent.state;
  assert.equal(total.unreserved().toString(), 'cpus:3; disk:40; mem:1024');
  assert.equal(total.reserved('dev').get('disk'), 60_000);
  const told = agent.state.checkpointedMessages;
  assert.deepEqual(
    told.map(({ name, scalar: amount, disk }) => [name, amount, disk?.persistence?.id]).sort(),
    [['cpus', 1, undefined], ['disk', 25, undefined], ['disk', 35, 'v1']],
  );
  apply(agent, { type: 'DESTROY', destroy: { volumes: [volume(35)] } });
  apply(agent, { type: 'UNRESERVE', unreserve: { resources: [reserved('cpus', 1), reserved('disk', 60)] } });
  assert.equal(agent.state.totalResources.toString(), RESOURCES.toString());
  assert.deepEqual(agent.state.checkpointedMessages, []);
});

test('[C23] a registration tells the configured resources and the reservations apart', () => {
  const agent = Harness.registered({ resources: RESOURCES });
  apply(agent, { type: 'RESERVE', reserve: { resources: [reserved('cpus', 1)] } });
  agent.fromMaster({ type: 'PING', connected: false });
  agent.take();
  agent.advance(1_000, 'register');
  const [message] = sent(agent.take(), 'REREGISTER_AGENT');
  assert.deepEqual(message?.agentInfo.resources?.find(({ name }) => name === 'cpus'), scalar('cpus', 4));
  assert.deepEqual(message.checkpointedResources, [reserved('cpus', 1)]);
});

test('[C23] a task may use a reservation that the agent knows', () => {
  const agent = Harness.registered({ resources: RESOURCES });
  apply(agent, { type: 'RESERVE', reserve: { resources: [reserved('cpus', 2)] } });
  agent.run(task('t1', { resources: [{ ...reserved('cpus', 1), allocationInfo: { role: 'dev' } }] }));
  launched(agent.take());
  agent.run(task('t2', { resources: [volume(10)] }));
  assert.equal(updates(agent.take())[0]?.[2], 'REASON_RESOURCES_UNKNOWN');
});

test('[C23] the master may tell all reservations at once', () => {
  const agent = Harness.registered({ resources: RESOURCES });
  apply(agent, { type: 'RESERVE', reserve: { resources: [reserved('cpus', 3)] } });
  agent.fromMaster({ type: 'CHECKPOINT_RESOURCES', resources: [reserved('cpus', 1), volume(30)] });
  const { totalResources: total } = agent.state;
  assert.equal(total.unreserved().toString(), 'cpus:3; disk:70; mem:1024');
  assert.equal((viewState(agent.state)['reserved_resources'] as { dev: { mem: number } }).dev.mem, 64);
  assert.equal(agent.state.checkpointedMessages.length, 2);
});

test('operations that do not fit are counted and change nothing', () => {
  const agent = Harness.registered({ resources: RESOURCES });
  const before = agent.state.totalResources;
  apply(agent, { type: 'RESERVE', reserve: { resources: [reserved('cpus', 9)] } });
  apply(agent, { type: 'UNRESERVE', unreserve: { resources: [scalar('cpus', 1)] } });
  apply(agent, { type: 'RESERVE' });
  apply(agent, { type: 'LAUNCH' });
  agent.fromMaster({ type: 'CHECKPOINT_RESOURCES', resources: [reserved('gpus', 1)] });
  assert.equal(agent.state.totalResources, before);
  assert.equal(agent.state.counters.droppedMessages, 5);
});
