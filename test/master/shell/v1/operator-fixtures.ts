/** What tests of the operator API say and see, byte by byte over real sockets. */
import type { TestContext } from 'node:test';
import { ask, type Json, JSON_LINE, TestAgent, TestFramework } from './fixtures.js';
import { RawConnection, type RawAnswer, request } from './raw-http.js';

export const OPERATOR = '/api/v1';

/** A call on a connection of its own. */
export function operate(t: TestContext, port: number, type: string, body?: Json): Promise<RawAnswer> {
  const call = body === undefined ? { type } : { type, [type.toLowerCase()]: body };
  return ask(t, port, 'POST', OPERATOR, [JSON_LINE], JSON.stringify(call));
}

/** The body of the response to a read. */
export async function readOut<T = Json>(t: TestContext, port: number, type: string, body?: Json): Promise<T> {
  const answer = await operate(t, port, type, body);
  if (answer.status !== 200) throw new Error(`${type}: ${answer.status} ${answer.body}`);
  const json = JSON.parse(answer.body) as Json;
  if (json.type !== type) throw new Error(`${type} was answered with ${answer.body}`);
  return json[type.toLowerCase()] as T;
}

/** A framework with a task that runs on an agent. */
export async function running(
  t: TestContext,
  port: number,
  info: Json = {},
  task: Json = {},
): Promise<{ agent: TestAgent; framework: TestFramework }> {
  const agent = await TestAgent.join(t, port);
  const whole = { user: 'nobody', name: 'demo', failover_timeout: 100, ...info };
  const framework = await TestFramework.start(t, port, whole);
  const [offer] = await framework.offers();
  const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }];
  const command = { value: 'true' };
  const info1 = { name: 'a task', task_id: { value: 't1' }, agent_id: offer!.agent_id, resources, command, ...task };
  const operations = [{ type: 'LAUNCH', launch: { task_infos: [info1] } }];
  await framework.accepted('ACCEPT', { offer_ids: [offer!.id], operations, filters: { refuse_seconds: 0 } });
  await agent.next('RUN_TASK');
  agent.update(framework.frameworkId as never, 't1', 'TASK_RUNNING');
  await framework.next('UPDATE');
  return { agent, framework };
}

/** A stream of events. */
export class Watching {
  private constructor(
    readonly connection: RawConnection,
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  static async start(t: TestContext, port: number, path = OPERATOR): Promise<Watching> {
    const connection = await RawConnection.open(t, port);
    connection.write(request('POST', path, [JSON_LINE, 'Accept: application/json'], '{"type":"SUBSCRIBE"}'));
    const { status, headers } = await connection.head();
    if (status !== 200) throw new Error(`status ${status}`);
    return new Watching(connection, headers);
  }

  /** The next record, which must be one chunk. */
  async next(): Promise<Json> {
    const chunk = await this.connection.chunk();
    if (chunk === null) return { type: 'END' };
    const text = chunk.toString();
    const end = text.indexOf('\n');
    if (Number(text.slice(0, end)) !== Buffer.byteLength(text) - end - 1) throw new Error(`bad record ${text}`);
    return JSON.parse(text.slice(end + 1)) as Json;
  }
}
