/** Calls of the scheduler API and what comes of them: at the agent, and as events on the stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameworkId } from '../../../../src/protocol/schema.js';
import { ask, INFO, type Json, JSON_LINE, master, TestAgent, TestFramework } from './fixtures.js';

const scalar = (name: string, value: unknown): Json => ({ name, type: 'SCALAR', scalar: { value } });
const idOf = (offer: Json): string => (offer.id as { value: string }).value;

function task(taskId: string, agent: TestAgent, more: Json = {}): Json {
  const resources = [scalar('cpus', '0.5'), scalar('mem', 32)];
  const command = { value: 'sleep 1' };
  return { name: taskId, task_id: { value: taskId }, agent_id: { value: agent.id }, resources, command, ...more };
}

function launch(offer: Json, ...tasks: Json[]): Json {
  return { offer_ids: [offer.id], operations: [{ type: 'LAUNCH', launch: { task_infos: tasks } }] };
}

/** A framework, an agent, and a task of the one that the other has been told to run. */
async function running(t: Parameters<typeof master>[0], more: Json = {}) {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  const [offer] = await framework.offers();
  await framework.accepted('ACCEPT', launch(offer!, task('t1', agent, more)));
  const run = await agent.next('RUN_TASK');
  return { port, agent, framework, run, frameworkId: framework.frameworkId as FrameworkId };
}

test('[D7] [D8] [D20] [D28] [D37] [D41] [D60] a task from its offer to the acknowledgement of its end', async (t) => {
  const { agent, framework, run, frameworkId } = await running(t, { data: 'SGVsbG8=' });
  assert.equal(run.task.taskId, 't1');
  assert.deepEqual(run.task.data, new Uint8Array(Buffer.from('Hello')));
  assert.equal(run.frameworkInfo.id, frameworkId);
  const uuid = agent.update(frameworkId, 't1', 'TASK_RUNNING', { data: new Uint8Array([255, 0]), healthy: true });
  const base64 = Buffer.from(uuid).toString('base64');
  assert.deepEqual(await framework.body('UPDATE'), {
    status: {
      task_id: { value: 't1' },
      state: 'TASK_RUNNING',
      source: 'SOURCE_EXECUTOR',
      data: '/wA=',
      agent_id: { value: agent.id },
      timestamp: 1.5,
      uuid: base64,
      healthy: true,
    },
  });
  const acknowledge = { agent_id: { value: agent.id }, task_id: { value: 't1' }, uuid: base64 };
  await framework.accepted('ACKNOWLEDGE', acknowledge);
  assert.deepEqual((await agent.next('STATUS_UPDATE_ACKNOWLEDGEMENT')).uuid, uuid);
});

test('[D20] [D60] an offer that is gone is taken with 202; the tasks are lost, without a uuid', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  await framework.accepted('ACCEPT', launch({ id: { value: 'nope' } }, task('t1', agent)));
  const { status } = await framework.body<{ status: Json }>('UPDATE');
  assert.equal(status.state, 'TASK_LOST');
  assert.equal(status.reason, 'REASON_INVALID_OFFERS');
  assert.equal(status.message, 'Task launched with invalid offers: Offer nope is no longer valid');
  assert.equal(status.uuid, undefined);
});

test('[D21] [D24] [D25] [D33] DECLINE, REVIVE, SUPPRESS and REQUEST, with bodies and without', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  const [first] = await framework.offers();
  // Filters far above what a timer takes; only REVIVE brings the agent back.
  const filters = { refuse_seconds: 4294967295 };
  await framework.accepted('DECLINE', { offer_ids: [first!.id, { value: 'nope' }], filters });
  await framework.accepted('REVIVE');
  const [second] = await framework.offers();
  assert.notEqual(idOf(second!), idOf(first!));
  await framework.accepted('SUPPRESS');
  await framework.accepted('DECLINE', { offer_ids: [second!.id], filters: { refuse_seconds: 0 } });
  // A role that is not the framework's: the whole call is dropped.
  await framework.accepted('REVIVE', { roles: ['*', 'stranger'] });
  await framework.accepted('SUPPRESS', { roles: ['stranger'] });
  await framework.accepted('REQUEST', { requests: [{ resources: [scalar('cpus', 1)] }] });
  await framework.accepted('REVIVE', { roles: ['*'] });
  const [third] = await framework.offers();
  assert.equal(framework.chunks.filter((text) => text.includes('"OFFERS"')).length, 3);
  assert.notEqual(idOf(third!), idOf(second!));
});

test('[D26] KILL goes to the agent; of an unknown task the state is told', async (t) => {
  const { agent, framework } = await running(t);
  const killPolicy = { grace_period: { nanoseconds: 5_000_000_000 } };
  await framework.accepted('KILL', { task_id: { value: 't1' }, kill_policy: killPolicy });
  const kill = await agent.next('KILL_TASK');
  assert.deepEqual([kill.taskId, kill.killPolicy], ['t1', { gracePeriodMs: 5000 }]);
  await framework.accepted('KILL', { task_id: { value: 'other' } });
  const { status } = await framework.body<{ status: Json }>('UPDATE');
  assert.equal(status.state, 'TASK_LOST');
  assert.equal(status.message, 'Reconciliation: Task is unknown');
});

test('[D27] [D32] [D43] [D44] executors are shut down, spoken to and heard', async (t) => {
  const executor = {
    executor_id: { value: 'e1' },
    command: { value: 'run' },
    resources: [scalar('cpus', 0.5), scalar('mem', 32)],
  };
  const { agent, framework, frameworkId } = await running(t, { command: null, executor });
  const ids = { agent_id: { value: agent.id }, executor_id: { value: 'e1' } };
  await framework.accepted('MESSAGE', { ...ids, data: 'aGk=' });
  const toExecutor = await agent.next('FRAMEWORK_TO_EXECUTOR');
  assert.deepEqual([toExecutor.executorId, Buffer.from(toExecutor.data).toString()], ['e1', 'hi']);
  const executorId = toExecutor.executorId;
  agent.send({ type: 'EXECUTOR_TO_FRAMEWORK', agentId: agent.id, frameworkId, executorId, data: new Uint8Array([1]) });
  assert.deepEqual(await framework.body('MESSAGE'), { ...ids, data: 'AQ==' });
  await framework.accepted('SHUTDOWN', ids);
  assert.equal((await agent.next('SHUTDOWN_EXECUTOR')).executorId, 'e1');
  agent.send({ type: 'EXITED_EXECUTOR', agentId: agent.id, frameworkId, executorId, status: 256 });
  assert.deepEqual(await framework.body('FAILURE'), { ...ids, status: 256 });
});

test('[D39] [D44] an agent that leaves: offers are rescinded, all frameworks hear of it', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  const [offer] = await framework.offers();
  agent.send({ type: 'UNREGISTER_AGENT', agentId: agent.id });
  assert.deepEqual(await framework.body('RESCIND'), { offer_id: offer!.id });
  assert.deepEqual(await framework.body('FAILURE'), { agent_id: { value: agent.id } });
});

test('[D30] RECONCILE, of all tasks and of some', async (t) => {
  const { agent, framework } = await running(t);
  await framework.accepted('RECONCILE', {});
  const { status } = await framework.body<{ status: Json }>('UPDATE');
  const { timestamp, ...rest } = status;
  assert.equal(typeof timestamp, 'number');
  assert.deepEqual(rest, {
    task_id: { value: 't1' },
    state: 'TASK_STAGING',
    message: 'Reconciliation: Latest task state',
    source: 'SOURCE_MASTER',
    reason: 'REASON_RECONCILIATION',
    agent_id: { value: agent.id },
  });
  const tasks = [{ task_id: { value: 'x' } }, { task_id: { value: 't1' }, agent_id: { value: 'wrong' } }];
  await framework.accepted('RECONCILE', { tasks });
  const states = new Map<unknown, unknown>();
  for (let i = 0; i < 2; i++) {
    const update = await framework.body<{ status: Json & { task_id: { value: string } } }>('UPDATE');
    states.set(update.status.task_id.value, update.status.state);
  }
  assert.deepEqual([...states], [['x', 'TASK_LOST'], ['t1', 'TASK_STAGING']]);
});

test('[D31] [D42] operations with an id are refused by name, and reconciled', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port, { ...INFO, role: 'eng' });
  const [offer] = await framework.offers();
  const reserved = { ...scalar('cpus', 1), role: 'eng', reservation: { principal: 'p' } };
  const operation = { type: 'RESERVE', id: { value: 'op-1' }, reserve: { resources: [reserved] } };
  await framework.accepted('ACCEPT', { offer_ids: [offer!.id], operations: [operation] });
  const refused = await framework.body<{ status: Json }>('UPDATE_OPERATION_STATUS');
  assert.deepEqual(refused.status, {
    operation_id: { value: 'op-1' },
    state: 'OPERATION_ERROR',
    message:
      `Operation requested feedback, but agent ${agent.id} does not have the required RESOURCE_PROVIDER capability`,
  });
  const asked = [
    { operation_id: { value: 'op-1' }, agent_id: { value: agent.id }, resource_provider_id: { value: 'rp' } },
    { operation_id: { value: 'op-2' }, agent_id: { value: 'stranger' } },
    { operation_id: { value: 'op-3' } },
  ];
  await framework.accepted('RECONCILE_OPERATIONS', { operations: asked });
  const reasons = [
    'Operation is unknown',
    'Both operation and agent are unknown',
    "Operation is unknown and no 'agent_id' was provided",
  ];
  for (const [i, reason] of reasons.entries()) {
    const { status } = await framework.body<{ status: Json }>('UPDATE_OPERATION_STATUS');
    assert.deepEqual(status, { ...asked[i], state: 'OPERATION_UNKNOWN', message: `Reconciliation: ${reason}` });
  }
  const uuid = Buffer.alloc(16, 1).toString('base64');
  const acknowledge = { operation_id: { value: 'op-1' }, agent_id: { value: agent.id }, uuid };
  await framework.accepted('ACKNOWLEDGE_OPERATION_STATUS', acknowledge);
  const type = 'ACKNOWLEDGE_OPERATION_STATUS';
  const short = await framework.call({ type, acknowledge_operation_status: { ...acknowledge, uuid: 'AAAA' } });
  assert.deepEqual([short.status, short.body], [400, 'Failed to validate scheduler::Call: Not a valid UUID']);
  const nowhere = await framework.call({ type, acknowledge_operation_status: { ...acknowledge, agent_id: null } });
  assert.equal(nowhere.body, "Failed to validate scheduler::Call: Expecting 'agent_id' to be present");
});

test('[D34] UPDATE_FRAMEWORK is answered itself: 200, or 400 with what is wrong', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port);
  const multi = { ...INFO, capabilities: [{ type: 'MULTI_ROLE' }], roles: ['a'] };
  const framework = await TestFramework.start(t, port, multi);
  const id = { value: framework.frameworkId };
  const update = (info: Json, more: Json = {}) =>
    framework.call({ type: 'UPDATE_FRAMEWORK', update_framework: { framework_info: { ...info, id }, ...more } });
  const [inA] = await framework.offers();
  assert.deepEqual(inA!.allocation_info, { role: 'a' });
  const fine = await update({ ...multi, roles: ['b'] }, { offer_constraints: {} });
  assert.deepEqual([fine.status, fine.body, fine.headers['content-length']], [200, '', '0']);
  assert.deepEqual(await framework.body('RESCIND'), { offer_id: inA!.id });
  const [inB] = await framework.offers();
  assert.deepEqual(inB!.allocation_info, { role: 'b' });
  const cases: [Json, Json, string][] = [
    [
      { ...multi, roles: ['b', 'b'] },
      {},
      "Supplied FrameworkInfo is not valid: 'FrameworkInfo.roles' contains duplicate items: { b }",
    ],
    [
      { ...multi, user: 'other' },
      {},
      "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; " +
        "attempted to update from 'nobody' to 'other'",
    ],
    [
      multi,
      { suppressed_roles: ['z'] },
      "'UpdateFramework' call is not valid: Suppressed roles { z } are not contained in the set of roles",
    ],
  ];
  for (const [info, more, text] of cases) {
    const { status, body } = await update(info, more);
    assert.deepEqual([status, body], [400, text]);
  }
  assert.ok(!framework.chunks.some((text) => text.includes('ERROR')));
  await framework.accepted('REVIVE');
});

test('[D22] [D23] [D38] [D40] frameworks are asked to leave a machine, answer, and are no longer asked', async (t) => {
  const { port, agent, framework } = await running(t);
  const schedule = async (...windows: Json[]): Promise<void> => {
    const body = JSON.stringify({ windows });
    const { status } = await ask(t, port, 'POST', '/maintenance/schedule', [JSON_LINE], body);
    assert.equal(status, 200);
  };
  const unavailability = {
    start: { nanoseconds: 4_000_000_000_123_456_000 },
    duration: { nanoseconds: 3_600_000_000_000 },
  };
  const machine = { hostname: 'host1', ip: '127.0.0.1' };
  const inverseOffer = async (): Promise<Json & { id: { value: string } }> => {
    const { inverse_offers: offers } = await framework.body<{ inverse_offers: [Json & { id: { value: string } }] }>(
      'INVERSE_OFFERS',
    );
    assert.equal(offers.length, 1);
    return offers[0];
  };
  await schedule({ machine_ids: [machine], unavailability });
  const { id, url, ...first } = await inverseOffer();
  assert.deepEqual(first, {
    framework_id: { value: framework.frameworkId },
    agent_id: { value: agent.id },
    unavailability,
  });
  assert.deepEqual(url, {
    scheme: 'http',
    address: { hostname: 'host1', ip: '127.0.0.1', port: 5051 },
    path: '/slave(1)',
  });
  const filters = { refuse_seconds: 0 };
  await framework.accepted('DECLINE_INVERSE_OFFERS', { inverse_offer_ids: [id], filters });
  const second = await inverseOffer();
  assert.notDeepEqual(second.id, id);
  await framework.accepted('ACCEPT_INVERSE_OFFERS', { inverse_offer_ids: [second.id, { value: 'nope' }], filters });
  const third = await inverseOffer();
  await schedule();
  assert.deepEqual(await framework.body('RESCIND_INVERSE_OFFER'), { inverse_offer_id: third.id });
});

test('[D69] megabytes of data go through to the agent', async (t) => {
  const data = Buffer.alloc(5 * 2 ** 20, 'x').toString('base64');
  const { run } = await running(t, { data });
  assert.equal(run.task.data!.length, 5 * 2 ** 20);
});

test('[D13] [D37] offers have the form that the capabilities of a framework ask for', async (t) => {
  const { port } = await master(t);
  await TestAgent.join(t, port, 'cpus(eng):2;mem:64;ports:[1-2]', {
    attributes: [{ name: 'rack', type: 'TEXT', text: 'r1' }, { name: 'level', type: 'SCALAR', scalar: 2 }],
  });
  const printed = async (info: Json): Promise<string> => {
    const framework = await TestFramework.start(t, port, { ...INFO, ...info });
    const offers = await framework.offers();
    assert.equal(offers.length, 1);
    await framework.accepted('TEARDOWN');
    await framework.next('END');
    const chunk = framework.chunks.find((text) => text.includes('"OFFERS"'))!;
    return chunk.slice(chunk.indexOf('"resources":'));
  };
  const facts =
    ',"attributes":[{"name":"rack","type":"TEXT","text":{"value":"r1"}},' +
    '{"name":"level","type":"SCALAR","scalar":{"value":2.0}}]';
  const ports = '"ranges":{"range":[{"begin":1,"end":2}]}';
  assert.equal(
    await printed({ role: 'eng' }),
    '"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":2.0},"role":"eng"},' +
      '{"name":"mem","type":"SCALAR","scalar":{"value":64.0},"role":"*"},' +
      `{"name":"ports","type":"RANGES",${ports},"role":"*"}]${facts}}]}}`,
  );
  const allocation = '"allocation_info":{"role":"eng"}';
  assert.equal(
    await printed({ capabilities: [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }], roles: ['eng'] }),
    '"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":2.0},' +
      `"reservations":[{"type":"STATIC","role":"eng"}],${allocation}},` +
      `{"name":"mem","type":"SCALAR","scalar":{"value":64.0},${allocation}},` +
      `{"name":"ports","type":"RANGES",${ports},${allocation}}]${facts},${allocation}}]}}`,
  );
});
