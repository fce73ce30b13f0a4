/** The doors of a master and an agent that are fuzzed, and a client that says whatever it is told to. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { mix32 } from '../../src/base/mix32.js';
import { operatorCallFromV1 } from '../../src/protocol/operator-json.js';
import { callToProtobuf } from '../../src/protocol/protobuf/calls.js';
import { operatorCallToProtobuf } from '../../src/protocol/protobuf/operator.js';
import { callFromV1 } from '../../src/protocol/v1-calls.js';
import type { V1Api } from '../../src/protocol/v1-forms.js';
import { startCluster } from '../agent/shell/cluster.js';
import { known, sleeper, taskOf, TestExecutor } from '../agent/shell/v1/fixtures.js';
import { leaveAll } from '../master/shell/v1/raw-http.js';

export interface Door {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  /** Good calls in both forms, with what else their requests need; none of them opens a stream. */
  readonly calls: readonly Call[];
}

export interface Call {
  readonly type: 'application/json' | 'application/x-protobuf';
  readonly body: Buffer;
}

/** What came back: the status, or why there is none. */
export interface Outcome {
  readonly status: number | 'closed' | 'silent';
  readonly text: string;
}

/** How long an answer may take; the machine may be busy. */
const PATIENCE_MS = 20_000;

/** Whole numbers below `bound`, the same for the same seed. */
export type Dice = (bound: number) => number;

/** Dice of a seed, which is printed; `METE_FUZZ_SEED` sets it. */
export function dice(t: TestContext): Dice {
  const seed = Number(process.env['METE_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`METE_FUZZ_SEED=${seed}`);
  let turn = 0;
  return (bound) => mix32(mix32(seed) ^ turn++) % bound;
}

/** Sends bytes on a connection of its own and gives the first answer's status. */
export async function outcomeOf(port: number, bytes: Buffer | string): Promise<Outcome> {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  const outcome = await new Promise<Outcome>((resolve) => {
    const done = (status: Outcome['status']): void => resolve({ status, text });
    const timer = setTimeout(() => done('silent'), PATIENCE_MS);
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1');
      const head = /^HTTP\/1\.1 (\d+) [^]*?\r\n\r\n/.exec(text);
      if (head !== null) done(Number(head[1]));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      done('closed');
    });
    socket.write(bytes);
  });
  socket.destroy();
  return outcome;
}

export function post(path: string, lines: readonly string[], body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string);
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', ...lines, `Content-Length: ${bytes.length}`];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/** An answer that says something, whatever was asked: no crash, no silence, no fault of ours. */
export function assertClear({ status, text }: Outcome, what: () => string): void {
  assert.ok(typeof status === 'number', `${what()}: ${status}`);
  // 501 is Mesos' answer to calls that are known and not served
  assert.ok(status < 500 || status === 501, `${what()}: ${text.slice(0, 300)}`);
}

/** Many requests, a few at a time. */
export async function eachOf<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await run(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

const json = (call: object): Call => ({ type: 'application/json', body: Buffer.from(JSON.stringify(call)) });
const protobuf = (bytes: Uint8Array): Call => ({ type: 'application/x-protobuf', body: Buffer.from(bytes) });

/** A call in both forms. */
const both = (api: V1Api, call: object): Call[] => [
  json(call),
  protobuf(callToProtobuf(api, callFromV1(api as 'scheduler', call))),
];
const operatorCalls = (call: object): Call[] => [
  json(call),
  protobuf(operatorCallToProtobuf(operatorCallFromV1(call))),
];

export interface Doors {
  readonly doors: readonly Door[];
  /** Nobody has been harmed: both serve, the framework and its executor are still there. */
  readonly assertServing: () => Promise<void>;
}

/** A master and an agent with a framework whose executor has subscribed. */
export async function openDoors(t: TestContext): Promise<Doors> {
  const cluster = await startCluster();
  t.after(() => {
    leaveAll(t);
    return cluster.close();
  });
  const agent = await cluster.addAgent();
  const framework = await cluster.addFramework();
  const launched = framework.launch([taskOf('t', sleeper('ex'))]);
  await launched;
  await known(agent, 'ex');
  const executor = await TestExecutor.subscribe(t, agent, framework, 'ex');
  await executor.next('SUBSCRIBED');
  await executor.next('LAUNCH');
  const { frameworkId } = framework;
  const framed = { framework_id: { value: frameworkId } };
  const ids = { executor_id: { value: 'ex' }, ...framed };
  const [masterPort, agentPort] = [cluster.master.address, agent.address].map((a) => Number(a.split(':').at(-1)));
  const uuid = Buffer.alloc(16, 7).toString('base64');
  const status = { task_id: { value: 't' }, state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR', uuid };
  const offerIds = [{ value: 'o' }];
  const resources = [{ name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 2 }] } }];
  const task = { name: 'x', task_id: { value: 'y' }, agent_id: { value: 'z' }, resources, data: 'AAAA' };
  const operations = [{ type: 'LAUNCH', launch: { task_infos: [task] } }];
  const doors: Door[] = [
    {
      name: 'scheduler API',
      port: masterPort!,
      path: '/api/v1/scheduler',
      calls: [
        ...both('scheduler', { type: 'ACCEPT', ...framed, accept: { offer_ids: offerIds, operations } }),
        ...both('scheduler', { type: 'RECONCILE', ...framed, reconcile: { tasks: [{ task_id: { value: 'a' } }] } }),
      ],
    },
    {
      name: 'operator API',
      port: masterPort!,
      path: '/api/v1',
      calls: [
        ...operatorCalls({ type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 5e9 } } }),
        ...operatorCalls({ type: 'UPDATE_WEIGHTS', update_weights: { weight_infos: [{ role: 'r', weight: 2.5 }] } }),
      ],
    },
    {
      name: 'executor API',
      port: agentPort!,
      path: '/api/v1/executor',
      calls: [
        ...both('executor', { type: 'UPDATE', ...ids, update: { status } }),
        ...both('executor', { type: 'MESSAGE', ...ids, message: { data: 'AAAA' } }),
      ],
    },
    {
      name: 'operator API of agents',
      port: agentPort!,
      path: '/api/v1',
      calls: [
        json({ type: 'LIST_FILES', list_files: { path: '/' } }),
        json({ type: 'GET_METRICS', get_metrics: { timeout: { nanoseconds: 5e9 } } }),
        protobuf(Uint8Array.of(8, 1)),
      ],
    },
  ];
  return {
    doors,
    assertServing: async () => {
      for (const { address } of [cluster.master, agent]) {
        const state = await (await fetch(`http://${address}/state`)).text();
        assert.ok(state.includes(frameworkId));
      }
      framework.send({ type: 'MESSAGE', agentId: await launched, executorId: 'ex' as never, data: Buffer.from('!') });
      let event = await executor.event();
      while (event?.['type'] === 'ACKNOWLEDGED') event = await executor.event();
      assert.deepEqual(event?.['message'], { data: 'IQ==' });
    },
  };
}
