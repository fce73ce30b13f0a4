/** The checks of the executor endpoint, as bytes over real sockets: which comes first, with which status and text. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RunningAgent } from '../../../../src/agent/shell/start-agent.js';
import { startCluster, type TestCluster, type TestScheduler } from '../cluster.js';
import { ask, type Json, JSON_LINE, known, PATH, sleeper, taskOf, TestExecutor, updateOf } from './fixtures.js';

let cluster: TestCluster;
let agent: RunningAgent;
let scheduler: TestScheduler;

before(async () => {
  cluster = await startCluster();
  agent = await cluster.addAgent();
  scheduler = await cluster.addFramework();
});

after(() => cluster.close());

const INVALID = 'Failed to validate Executor::Call: ';
const UNKNOWN_TYPE = "Expecting 'Content-Type' of application/json or application/x-protobuf";
const NOT_ACCEPTABLE = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";

function ids(frameworkId: string, executorId: string): Json {
  return { framework_id: { value: frameworkId }, executor_id: { value: executorId } };
}

test('[C109] the executor endpoint takes POST only', async (t) => {
  for (const path of [PATH, `/slave(1)${PATH}`]) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, headers, body } = await ask(t, agent, method, path, ['Content-Type: text/plain'], '{');
      const text = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
      assert.deepEqual([status, headers['allow'], body], [405, 'POST', text]);
    }
  }
});

test('[D47] [D48] [D49] what is wrong with a call is told in the order of Mesos, with its texts', async (t) => {
  const { frameworkId } = scheduler;
  await scheduler.launch([taskOf('t', sleeper('waiting'))]);
  await known(agent, 'waiting');
  const stranger = ids('F', 'e');
  const mine = ids(frameworkId, 'waiting');
  const bad = (status: Json): Json => ({ type: 'UPDATE', ...mine, ...updateOf('t', 'TASK_RUNNING', 1, status) });
  const sender = `from executor waiting of framework ${frameworkId}`;
  const cases: [status: number, text: string, body: Json | string, lines?: string[]][] = [
    [400, "Expecting 'Content-Type' to be present", '{', []],
    [415, UNKNOWN_TYPE, '{', ['Content-Type: text/plain']],
    [400, 'Failed to parse body into JSON: syntax error at line 1 near: nonsense', 'nonsense'],
    [400, 'Failed to convert JSON into Call protobuf: Expecting a JSON object', '[]'],
    [400, `${INVALID}Expecting 'type' to be present`, {}],
    [400, `${INVALID}Expecting 'type' to be present`, { type: 'NO_SUCH', ...mine }],
    [400, `${INVALID}Expecting 'executor_id' to be present`, { type: 'SUBSCRIBE' }],
    [400, `${INVALID}Expecting 'framework_id' to be present`, { type: 'HEARTBEAT', executor_id: { value: 'e' } }],
    [400, `${INVALID}Expecting 'update' to be present`, { type: 'UPDATE', ...stranger }],
    [400, `${INVALID}Expecting 'message' to be present`, { type: 'MESSAGE', ...stranger }],
    [400, `${INVALID}Not a valid UUID`, bad({ uuid: 'AAAA' })],
    [400, `${INVALID}Expecting 'uuid' to be present`, bad({ uuid: null })],
    [
      400,
      `${INVALID}ExecutorID in Call: waiting does not match ExecutorID in TaskStatus: other`,
      bad({ executor_id: { value: 'other' } }),
    ],
    [400, `${INVALID}Received Call ${sender} with invalid source, expecting 'SOURCE_EXECUTOR'`, bad({ source: null })],
    [400, `${INVALID}Received TASK_STAGING ${sender} which is not allowed`, bad({ state: 'TASK_STAGING' })],
    [406, NOT_ACCEPTABLE, { type: 'SUBSCRIBE', ...stranger, subscribe: {} }, [JSON_LINE, 'Accept: text/html']],
    [400, 'Framework cannot be found', { type: 'SUBSCRIBE', ...stranger, subscribe: {} }],
    [400, 'Framework cannot be found', { type: 'MESSAGE', ...stranger, message: { data: 'aGk=' } }],
    [400, 'Executor cannot be found', { type: 'SUBSCRIBE', ...ids(frameworkId, 'e'), subscribe: {} }],
    [403, 'Executor is not subscribed', bad({})],
    [403, 'Executor is not subscribed', { type: 'UNKNOWN', ...mine }],
  ];
  for (const [status, text, body, lines = [JSON_LINE]] of cases) {
    const answer = await ask(t, agent, 'POST', PATH, lines, body);
    assert.deepEqual([answer.status, answer.body], [status, text], JSON.stringify(body));
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  }
});

test('[D50] a heartbeat is taken from anybody', async (t) => {
  const { status, body } = await ask(t, agent, 'POST', PATH, [JSON_LINE], { type: 'HEARTBEAT', ...ids('F', 'e') });
  assert.deepEqual([status, body], [202, '']);
});

test('a call of type UNKNOWN is not implemented; fields that are not known do no harm', async (t) => {
  await scheduler.launch([taskOf('t2', sleeper('subscribed'))]);
  await known(agent, 'subscribed');
  // mesos-framework leaves out the body of SUBSCRIBE.
  const lines = [JSON_LINE, 'Accept: */*'];
  const executor = await TestExecutor.subscribe(t, agent, scheduler, 'subscribed', undefined, lines);
  await executor.next('SUBSCRIBED');
  assert.equal((await executor.call('UNKNOWN')).status, 501);
  assert.equal((await executor.call('MESSAGE', { message: { data: 'aGk=', more: 1 }, what: null })).status, 202);
});
