/**
 * An executor as PyMesos makes them: all calls on one kept connection, each tried once; every task runs beside the
 * others. `pi` throws points, sends its estimate, is idle for as long as the second argument says (milliseconds, or the
 * name of a file that must exist), and only then says that it has finished; `words` counts the words of the task's data
 * and sends the counts.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import http from 'node:http';

const { MESOS_AGENT_ENDPOINT = '', MESOS_EXECUTOR_ID, MESOS_FRAMEWORK_ID } = process.env;
const [host, port] = MESOS_AGENT_ENDPOINT.split(':');
const [, , work, idle = ''] = process.argv;
const executorId = { value: MESOS_EXECUTOR_ID };
const frameworkId = { value: MESOS_FRAMEWORK_ID };
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
/** @type {Set<unknown>} */
const connections = new Set();

/** @param {unknown} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}

/** @type {(call: object, options?: http.RequestOptions) => Promise<http.IncomingMessage>} */
function post(call, options = {}) {
  const body = JSON.stringify({ executor_id: executorId, framework_id: frameworkId, ...call });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const to = { host, port, path: '/api/v1/executor', method: 'POST', headers, ...options };
    const request = http.request(to, resolve);
    if (options.agent !== undefined) request.on('socket', (socket) => connections.add(socket));
    request.on('error', reject);
    request.end(body);
  });
}

/** @type {(call: object) => Promise<void>} */
async function send(call) {
  const answer = await post(call, { agent });
  answer.resume();
  if (answer.statusCode !== 202) fail(`${JSON.stringify(call)}: ${answer.statusCode}`);
  if (connections.size > 1) fail('the connection was closed while it was idle');
}

/** @type {(taskId: object, state: string) => Promise<void>} */
function update(taskId, state) {
  const uuid = randomBytes(16).toString('base64');
  const status = { task_id: taskId, state, timestamp: Date.now() / 1000, uuid, source: 'SOURCE_EXECUTOR' };
  return send({ type: 'UPDATE', update: { status } });
}

/** @type {(text: string) => Promise<void>} */
function message(text) {
  return send({ type: 'MESSAGE', message: { data: Buffer.from(text).toString('base64') } });
}

function pi() {
  const points = 200_000;
  let inside = 0;
  for (let i = 0; i < points; i++) if (Math.random() ** 2 + Math.random() ** 2 < 1) inside++;
  return String((4 * inside) / points);
}

/** @type {(data: string) => string} */
function words(data) {
  const counts = new Map();
  for (const word of Buffer.from(data, 'base64').toString().split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  return JSON.stringify([...counts]);
}

/** @type {(task: { task_id: object, data: string }) => Promise<void>} */
async function run({ task_id: taskId, data }) {
  await update(taskId, 'TASK_RUNNING');
  await message(work === 'pi' ? pi() : words(data));
  const isFile = idle.startsWith('/');
  do await new Promise((resolve) => setTimeout(resolve, isFile ? 10 : Number(idle)));
  while (isFile && !existsSync(idle));
  await update(taskId, 'TASK_FINISHED');
}

/** @type {(event: { type: string, [body: string]: any }) => void} */
function received(event) {
  if (event.type === 'SUBSCRIBED') {
    const { executor_info: executor, framework_info: framework } = event['subscribed'];
    const wholes = [executor.executor_id, framework.id, event['subscribed'].agent_info !== undefined];
    if (JSON.stringify(wholes) !== JSON.stringify([executorId, frameworkId, true])) fail(event);
  } else if (event.type === 'LAUNCH') run(event['launch'].task).catch(fail);
  else if (event.type === 'SHUTDOWN') process.exit(0);
}

const subscribe = { unacknowledged_tasks: [], unacknowledged_updates: [] };
const stream = await post({ type: 'SUBSCRIBE', subscribe });
if (stream.statusCode !== 200) fail(stream.statusCode);
let left = '';
stream.setEncoding('latin1');
stream.on('data', (/** @type {string} */ chunk) => {
  left += chunk;
  for (let at = left.indexOf('\n'); at >= 0; at = left.indexOf('\n')) {
    const end = at + 1 + Number(left.slice(0, at));
    if (left.length < end) return;
    received(JSON.parse(left.slice(at + 1, end)));
    left = left.slice(end);
  }
});
stream.on('end', () => fail('the stream has ended'));
