/**
 * A custom executor as strangers write them: HTTP by hand, nothing of mete. It subscribes, tells that its task runs,
 * says nothing for as long as the task's data says (in milliseconds), then sends messages and at once the last update,
 * all calls on one connection that is kept. Whatever goes wrong ends it with status 1.
 */
import http from 'node:http';

const { MESOS_AGENT_ENDPOINT = '', MESOS_EXECUTOR_ID, MESOS_FRAMEWORK_ID } = process.env;
const { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: token } = process.env;
const who = token === undefined ? {} : { authorization: `Bearer ${token}` };
const [host, port] = MESOS_AGENT_ENDPOINT.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ids = { executor_id: { value: MESOS_EXECUTOR_ID }, framework_id: { value: MESOS_FRAMEWORK_ID } };
const sockets = new Set();

/** @type {(call: object, more?: http.RequestOptions) => Promise<http.IncomingMessage>} */
function post(call, more) {
  const body = JSON.stringify({ ...ids, ...call });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...who };
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path: '/api/v1/executor', method: 'POST', headers, ...more }, resolve);
    request.on('socket', (socket) => more?.agent && sockets.add(socket));
    request.on('error', reject);
    request.end(body);
  });
}

/** @param {unknown} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}

/** @type {(type: string, fields: object) => Promise<void>} */
async function call(type, fields) {
  const answer = await post({ type, ...fields }, { agent });
  answer.resume();
  if (answer.statusCode !== 202) fail(`${type}: ${answer.statusCode}`);
}

/** @type {(taskId: object, state: string, data?: string) => Promise<void>} */
function update(taskId, state, data) {
  const uuid = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const status = { task_id: taskId, state, source: 'SOURCE_EXECUTOR', uuid, timestamp: Date.now() / 1000 };
  return call('UPDATE', { update: { status: { ...status, ...(data === undefined ? {} : { data }) } } });
}

/** @param {{ task_id: object, data: string }} task */
async function run({ task_id: taskId, data }) {
  await update(taskId, 'TASK_RUNNING');
  const idleMs = Number(Buffer.from(data, 'base64').toString());
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  for (const text of ['one', 'two', 'three']) await call('MESSAGE', { message: { data: btoa(text) } });
  await update(taskId, 'TASK_FINISHED', btoa(`connections: ${sockets.size}`));
}

const stream = await post({ type: 'SUBSCRIBE', subscribe: {} });
if (stream.statusCode !== 200) fail(stream.statusCode);
let left = '';
stream.setEncoding('latin1');
stream.on('data', (/** @type {string} */ chunk) => {
  left += chunk;
  for (let at = left.indexOf('\n'); at >= 0; at = left.indexOf('\n')) {
    const length = Number(left.slice(0, at));
    if (left.length < at + 1 + length) return;
    const event = JSON.parse(left.slice(at + 1, at + 1 + length));
    left = left.slice(at + 1 + length);
    console.log(event.type);
    if (event.type === 'LAUNCH') run(event.launch.task).catch((error) => fail(error));
    if (event.type === 'SHUTDOWN') process.exit(0);
  }
});
stream.on('end', () => fail('the stream has ended'));
