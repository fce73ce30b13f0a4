/** Writes of the operator API, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, master, TestAgent, TestFramework } from './fixtures.js';
import { operate, readOut, running } from './operator-fixtures.js';

const reservations = [{ type: 'DYNAMIC', role: 'eng' }];
const RESERVED = { name: 'disk', type: 'SCALAR', scalar: { value: 100 }, reservations };
const GONE = 'Agent has been marked gone';

test('[B137] weights are read and replaced', async (t) => {
  const { port } = await master(t);
  assert.deepEqual(await readOut(t, port, 'GET_WEIGHTS'), {});
  const infos = [{ role: ' a ', weight: 2 }, { role: 'b', weight: '0.5' }];
  assert.deepEqual((await operate(t, port, 'UPDATE_WEIGHTS', { weight_infos: infos })).status, 200);
  const after = { weight_infos: [{ weight: 2, role: 'a' }, { weight: 0.5, role: 'b' }] };
  assert.deepEqual(await readOut(t, port, 'GET_WEIGHTS'), after);
  const zero = await operate(t, port, 'UPDATE_WEIGHTS', { weight_infos: [{ role: 'a', weight: 0 }] });
  const failed = "Failed to validate update weights request JSON for role 'a'";
  const text = `${failed}: Invalid weight '0': Weights must be positive`;
  assert.deepEqual([zero.status, zero.body], [400, text]);
});

test('[B146] [B147] quotas, in the new form and in the old', async (t) => {
  const { port } = await master(t);
  const config = { role: 'eng', guarantees: { cpus: { value: 4 } }, limits: { cpus: { value: 8 } } };
  const beyond = await operate(t, port, 'UPDATE_QUOTA', { quota_configs: [config] });
  assert.equal(beyond.status, 400);
  assert.match(beyond.body, /^Invalid QuotaConfig: total quota guarantees 'cpus:4' exceed cluster capacity '\{\}'/);
  assert.equal((await operate(t, port, 'UPDATE_QUOTA', { force: true, quota_configs: [config] })).status, 200);
  const { status } = await readOut<{ status: { configs: Json[] } }>(t, port, 'GET_QUOTA');
  assert.deepEqual(status.configs, [config]);
  const guarantee = [{ name: 'mem', type: 'SCALAR', scalar: { value: 64 } }];
  const old = { quota_request: { role: 'ads', guarantee } };
  const conflict = await operate(t, port, 'SET_QUOTA', old);
  assert.deepEqual([conflict.status, conflict.body], [
    409,
    "Quota guarantees overcommit the cluster (use 'force' to bypass this check): Total quota guarantees " +
      "'cpus:4; mem:64' exceed cluster capacity '{}'",
  ]);
  const forced = { quota_request: { role: 'ads', guarantee, force: true } };
  assert.equal((await operate(t, port, 'SET_QUOTA', forced)).status, 200);
  assert.equal((await operate(t, port, 'SET_QUOTA', forced)).status, 400, 'it has one already');
  assert.equal((await operate(t, port, 'REMOVE_QUOTA', { role: 'ads' })).status, 200);
  assert.equal((await operate(t, port, 'REMOVE_QUOTA', { role: 'ads' })).status, 400);
});

test('[B140] [B141] [B142] reservations and volumes: 202, and the agent is told', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port, 'cpus:4;mem:4096;disk:200');
  const agentId = { value: agent.id };
  const stranger = await operate(t, port, 'RESERVE_RESOURCES', { agent_id: { value: 'x' }, resources: [RESERVED] });
  assert.deepEqual([stranger.status, stranger.body], [400, 'No agent found with specified ID']);
  const none = { agent_id: agentId, resources: [{ name: 'cpus', type: 'SCALAR' }] };
  const bad = await operate(t, port, 'RESERVE_RESOURCES', none);
  assert.match(bad.body, /^Failed to validate master::Call: Resource '.*' is invalid: /);
  const accepted = async (type: string, body: Json): Promise<Json[]> => {
    const answer = await operate(t, port, type, { agent_id: agentId, ...body });
    assert.deepEqual([answer.status, answer.body], [202, ''], type);
    return (await agent.next('CHECKPOINT_RESOURCES')).resources;
  };
  assert.equal((await accepted('RESERVE_RESOURCES', { resources: [RESERVED] })).length, 1);
  const disk = { persistence: { id: 'v' }, volume: { mode: 'RW', container_path: 'v' } };
  const volume = { ...RESERVED, scalar: { value: 50 }, disk };
  assert.equal((await accepted('CREATE_VOLUMES', { volumes: [volume] })).length, 2);
  const addition = { ...RESERVED, scalar: { value: 10 } };
  const grown = await accepted('GROW_VOLUME', { volume, addition });
  assert.deepEqual(grown.map((resource) => resource.scalar).sort(), [40, 60]);
  const large = { ...volume, scalar: { value: 60 } };
  const shrunk = await accepted('SHRINK_VOLUME', { volume: large, subtract: { value: 10 } });
  assert.deepEqual(shrunk.map((resource) => resource.scalar).sort(), [50, 50]);
  const noAgent = await operate(t, port, 'SHRINK_VOLUME', { volume: large, subtract: { value: 10 } });
  assert.match(noAgent.body, /^Failed to validate master::Call: Expecting 'agent_id' to be present; only agent/);
  assert.equal((await accepted('DESTROY_VOLUMES', { volumes: [volume] })).length, 1);
  assert.equal((await accepted('UNRESERVE_RESOURCES', { resources: [RESERVED] })).length, 0);
});

test('[B42] [B113] [B114] [B143] [B144] a machine is scheduled, goes down and comes back', async (t) => {
  const { port } = await master(t);
  const agent = await TestAgent.join(t, port);
  const framework = await TestFramework.start(t, port);
  await framework.offers();
  const id = { hostname: 'host1', ip: '127.0.0.1' };
  const unavailability = { start: { nanoseconds: 1e18 }, duration: { nanoseconds: 1e9 } };
  const schedule = { windows: [{ machine_ids: [id], unavailability }] };
  assert.equal((await operate(t, port, 'UPDATE_MAINTENANCE_SCHEDULE', { schedule })).status, 200);
  await framework.next('RESCIND');
  const [offer] = await framework.offers();
  assert.deepEqual(offer!.unavailability, unavailability, 'offers say what is planned');
  await framework.next('INVERSE_OFFERS');
  assert.deepEqual(await readOut(t, port, 'GET_MAINTENANCE_SCHEDULE'), { schedule });
  const draining = await readOut<{ status: Json }>(t, port, 'GET_MAINTENANCE_STATUS');
  assert.deepEqual(draining.status, { draining_machines: [{ id }] });
  const early = await operate(t, port, 'STOP_MAINTENANCE', { machines: [id] });
  const text = `Machine '${JSON.stringify(id)}' is not in DOWN mode and cannot be brought up`;
  assert.deepEqual([early.status, early.body], [400, text]);
  assert.equal((await operate(t, port, 'START_MAINTENANCE', { machines: [id] })).status, 200);
  assert.equal((await agent.next('SHUTDOWN_AGENT')).message, "Operator initiated 'Machine DOWN'");
  await framework.next('FAILURE');
  const late = await new TestAgent().open(t, port);
  late.send({ type: 'REGISTER_AGENT', agentInfo: { hostname: 'host1', port: 5051 }, version: '1.11.0' });
  assert.equal((await late.next('SHUTDOWN_AGENT')).message, 'Machine is `DOWN`');
  const cut = await operate(t, port, 'UPDATE_MAINTENANCE_SCHEDULE', { schedule: {} });
  assert.equal(cut.body, `Machine '${JSON.stringify(id)}' is deactivated and cannot be removed from the schedule`);
  assert.equal((await operate(t, port, 'STOP_MAINTENANCE', { machines: [id] })).status, 200);
  assert.deepEqual(await readOut(t, port, 'GET_MAINTENANCE_STATUS'), { status: {} });
  assert.notEqual((await TestAgent.join(t, port)).id, agent.id);
});

test('[B39] [B40] [B145] an agent is deactivated, reactivated and drained', async (t) => {
  const { port } = await master(t);
  const { agent, framework } = await running(t, port);
  const id = { agent_id: { value: agent.id } };
  for (const type of ['DRAIN_AGENT', 'DEACTIVATE_AGENT']) {
    const unknown = await operate(t, port, type, { agent_id: { value: 'x' } });
    assert.deepEqual([unknown.status, unknown.body], [400, 'Unknown agent'], type);
  }
  const active = await operate(t, port, 'REACTIVATE_AGENT', id);
  assert.deepEqual([active.status, active.body], [400, 'Agent is not deactivated']);
  await framework.offers();
  assert.equal((await operate(t, port, 'DEACTIVATE_AGENT', id)).status, 200);
  await framework.next('RESCIND');
  const shown = async (): Promise<Json> => (await readOut<{ agents: [Json] }>(t, port, 'GET_AGENTS')).agents[0];
  assert.deepEqual([(await shown()).active, (await shown()).deactivated], [false, true]);
  assert.equal((await operate(t, port, 'REACTIVATE_AGENT', id)).status, 200);
  await framework.offers();
  assert.equal((await operate(t, port, 'DRAIN_AGENT', { ...id, max_grace_period: { seconds: 2 } })).status, 200);
  const kill = await agent.next('KILL_TASK');
  assert.deepEqual([kill.taskId, kill.killPolicy], ['t1', { gracePeriodMs: 2000 }]);
  const early = await operate(t, port, 'REACTIVATE_AGENT', id);
  assert.deepEqual([early.status, early.body], [400, 'Agent is still in the DRAINING state']);
  const { drain_info: info } = await shown();
  const config = { max_grace_period: { nanoseconds: 2e9 }, mark_gone: false };
  assert.deepEqual(info, { state: 'DRAINING', config });
  const uuid = Buffer.from(agent.update(framework.frameworkId as never, 't1', 'TASK_KILLED')).toString('base64');
  const { status } = await framework.body<{ status: Json }>('UPDATE');
  assert.deepEqual([status.state, status.reason], ['TASK_KILLED', 'REASON_AGENT_DRAINING']);
  await framework.accepted('ACKNOWLEDGE', { agent_id: id.agent_id, task_id: { value: 't1' }, uuid });
  while (((await shown()).drain_info as Json).state !== 'DRAINED');
  assert.equal((await operate(t, port, 'REACTIVATE_AGENT', id)).status, 200);
  await framework.offers();
});

test('[B38] [B149] an agent that is gone: its tasks end, it is told to end, now and later', async (t) => {
  const { port } = await master(t);
  const { agent, framework } = await running(t, port, { capabilities: [{ type: 'PARTITION_AWARE' }] });
  const id = { agent_id: { value: agent.id } };
  const unknown = await operate(t, port, 'MARK_AGENT_GONE', { agent_id: { value: 'x' } });
  assert.deepEqual([unknown.status, unknown.body], [404, "Agent 'x' not found"]);
  assert.equal((await operate(t, port, 'MARK_AGENT_GONE', id)).status, 200);
  assert.equal((await agent.next('SHUTDOWN_AGENT')).message, GONE);
  const { status } = await framework.body<{ status: Json }>('UPDATE');
  const expected = ['TASK_GONE_BY_OPERATOR', 'REASON_AGENT_REMOVED_BY_OPERATOR', GONE];
  assert.deepEqual([status.state, status.reason, status.message], expected);
  assert.equal((await operate(t, port, 'MARK_AGENT_GONE', id)).status, 200, 'it is gone already');
  assert.deepEqual(await readOut(t, port, 'GET_AGENTS'), {});
  const back = await new TestAgent().open(t, port);
  const agentInfo = { hostname: 'host1', port: 5051, id: agent.id };
  back.send({ type: 'REREGISTER_AGENT', agentInfo, version: '1.11.0' });
  assert.equal((await back.next('SHUTDOWN_AGENT')).message, GONE);
});

test('[B148] TEARDOWN', async (t) => {
  const { port } = await master(t);
  const framework = await TestFramework.start(t, port);
  const unknown = await operate(t, port, 'TEARDOWN', { framework_id: { value: 'x' } });
  assert.deepEqual([unknown.status, unknown.body], [400, 'No framework found with specified ID']);
  const answer = await operate(t, port, 'TEARDOWN', { framework_id: { value: framework.frameworkId } });
  assert.deepEqual([answer.status, answer.body], [200, '']);
  await framework.next('END');
});
