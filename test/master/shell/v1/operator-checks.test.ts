/** The checks of the operator endpoint: which comes first, with which status and text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeElection, leaderAt } from '../../../ha/fake-election.js';
import { ask, JSON_LINE, master } from './fixtures.js';
import { operate, OPERATOR } from './operator-fixtures.js';

test('[D1] [D12] the operator endpoint has four paths and takes POST only', async (t) => {
  const { port } = await master(t);
  for (const path of [OPERATOR, `${OPERATOR}/operator`, `/master${OPERATOR}`, `/master${OPERATOR}/operator`]) {
    const wrong = await ask(t, port, 'GET', path);
    const text = "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.";
    assert.deepEqual([wrong.status, wrong.headers.allow, wrong.body], [405, 'POST', text]);
    const { status, body } = await ask(t, port, 'POST', path, [JSON_LINE], '{"type":"GET_HEALTH"}');
    assert.deepEqual([status, body], [200, '{"type":"GET_HEALTH","get_health":{"healthy":true}}']);
  }
});

test('[D2] [D3] [D12] checks come in the order of Mesos', async (t) => {
  const { port } = await master(t);
  const invalid = 'Failed to validate master::Call: ';
  const accept = 'Accept: text/html';
  const notAcceptable = "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";
  const otherType = "Expecting 'Content-Type' of application/json or application/x-protobuf";
  const teardown = '{"type":"TEARDOWN","teardown":{"framework_id":{"value":"x"}}}';
  const metrics = `${invalid}Expecting 'get_metrics' to be present`;
  const cases: [name: string, status: number, text: string, lines: string[], body: string][] = [
    ['no type', 400, "Expecting 'Content-Type' to be present", [accept], '{'],
    ['other type', 415, otherType, ['Content-Type: a/b'], '{'],
    ['no JSON', 400, 'Failed to parse body into JSON: syntax error at line 1 near: ', [JSON_LINE, accept], '{'],
    ['no object', 400, 'Failed to convert JSON into Call protobuf: Expecting a JSON object', [JSON_LINE], '[]'],
    [
      'another body that is wrong',
      400,
      'Failed to convert JSON into Call protobuf: Missing required fields: teardown.framework_id',
      [JSON_LINE, accept],
      '{"type":"GET_HEALTH","teardown":{}}',
    ],
    ['type absent', 400, `${invalid}Expecting 'type' to be present`, [JSON_LINE, accept], '{}'],
    ['type not known', 400, `${invalid}Expecting 'type' to be present`, [JSON_LINE], '{"type":"MAKE_COFFEE"}'],
    ['body absent', 400, metrics, [JSON_LINE, accept], '{"type":"GET_METRICS"}'],
    ['not acceptable', 406, notAcceptable, [JSON_LINE, accept], teardown],
    ['not served', 501, '501 Not Implemented.', [JSON_LINE], '{"type":"UNKNOWN"}'],
  ];
  for (const [name, status, text, lines, body] of cases) {
    const answer = await ask(t, port, 'POST', OPERATOR, lines, body);
    assert.deepEqual([answer.status, answer.body], [status, text], name);
  }
});

test('[D12] every call that needs a body says so', async (t) => {
  const { port } = await master(t);
  const types = `GET_METRICS SET_LOGGING_LEVEL LIST_FILES READ_FILE UPDATE_WEIGHTS RESERVE_RESOURCES UNRESERVE_RESOURCES
    CREATE_VOLUMES DESTROY_VOLUMES GROW_VOLUME SHRINK_VOLUME UPDATE_MAINTENANCE_SCHEDULE START_MAINTENANCE
    STOP_MAINTENANCE DRAIN_AGENT DEACTIVATE_AGENT REACTIVATE_AGENT UPDATE_QUOTA SET_QUOTA REMOVE_QUOTA TEARDOWN
    MARK_AGENT_GONE`;
  for (const type of types.split(/\s+/)) {
    const { status, body } = await operate(t, port, type);
    const text = `Failed to validate master::Call: Expecting '${type.toLowerCase()}' to be present`;
    assert.deepEqual([status, body], [400, text]);
  }
});

test('[D10] [D11] [B105] a master that does not lead sends elsewhere or asks for patience, first of all', async (t) => {
  const election = new FakeElection();
  const { port } = await master(t, { election, openRegistrar: () => new Promise(() => undefined) });
  const paths = [OPERATOR, '/state', '/master/slaves', '/weights', '/teardown?x=1'];
  const askAll = () =>
    Promise.all(paths.map((path) => ask(t, port, path.startsWith('/teardown') ? 'POST' : 'GET', path)));
  for (const none of await askAll()) assert.deepEqual([none.status, none.body], [503, 'No leader elected']);
  election.tell(leaderAt('other', 5052));
  for (const [index, moved] of (await askAll()).entries()) {
    assert.deepEqual([moved.status, moved.headers.location], [307, `//other:5052${paths[index]}`]);
  }
  const redirect = await ask(t, port, 'GET', '/redirect');
  assert.deepEqual([redirect.status, redirect.headers.location], [307, '//other:5052']);
  for (const path of ['/health', '/version', '/metrics/snapshot']) {
    assert.equal((await ask(t, port, 'GET', path)).status, 200, path);
  }
  await election.elect();
  const text = 'Master has not finished recovery';
  for (const early of await askAll()) assert.deepEqual([early.status, early.body], [503, text]);
});

test('who may ask: 401 without a name where one is needed, 403 if an authorizer says no, but 400 before', async (t) => {
  const access = {
    credentials: new Map([['ops', 'secret']]),
    realms: new Set(['readwrite'] as const),
    authorizer: { approves: (_who: unknown, action: string) => action !== 'UPDATE_WEIGHT' },
  };
  const { port } = await master(t, { access });
  const call = (weight: number): string =>
    JSON.stringify({ type: 'UPDATE_WEIGHTS', update_weights: { weight_infos: [{ role: 'a', weight }] } });
  const nobody = await ask(t, port, 'POST', OPERATOR, [JSON_LINE], call(1));
  assert.equal(nobody.status, 401);
  assert.equal(nobody.headers['www-authenticate'], 'Basic realm="mesos-master-readwrite"');
  const line = (pair: string): string => `Authorization: Basic ${Buffer.from(pair).toString('base64')}`;
  assert.equal((await ask(t, port, 'POST', OPERATOR, [JSON_LINE, line('ops:wrong')], call(1))).status, 401);
  assert.equal((await ask(t, port, 'POST', OPERATOR, [JSON_LINE, line('ops:secret')], call(1))).status, 403);
  assert.equal((await ask(t, port, 'POST', OPERATOR, [JSON_LINE, line('ops:secret')], call(0))).status, 400);
  assert.equal((await ask(t, port, 'GET', '/state')).status, 200, 'reading needs no name here');
});
