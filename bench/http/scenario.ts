/**
 * Mesos' v1 APIs. OFFERS as frameworks get them: protobuf and JSON against the frames of native links. Large reads of a
 * large master: how long they take, and for how long at most they keep it from its other work. Frameworks over HTTP:
 * what a subscription and a task cost the master.
 */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerPieces } from '../../src/http/json-stream.js';
import { frameRecord, frameText } from '../../src/http/record-io.js';
import type { MasterState } from '../../src/master/core/state.js';
import * as views from '../../src/master/core/views/index.js';
import { answerMessages } from '../../src/master/shell/v1/operator-protobuf.js';
import { formFor } from '../../src/master/shell/v1/scheduler-forms.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { MessageOf } from '../../src/protocol/messages.js';
import { eventFromProtobuf, eventToProtobuf } from '../../src/protocol/protobuf/calls.js';
import type { OfferId } from '../../src/protocol/schema.js';
import { eventFromV1, printEventV1 } from '../../src/protocol/v1-calls.js';
import { offersMessage } from '../codec/messages.js';
import { engineFactory } from '../house/contenders.js';
import { type Metric, ms, problem, us } from '../house/problem.js';
import type { Run } from '../house/run.js';
import { type Form, joinAgent, subscribe, worker } from './clients.js';
import { largeMaster } from './large-master.js';
import { startMasterProcess } from './master-process.js';
import { answered } from './sink.js';

interface Load extends Record<string, number | string> {
  /** What is measured: offers, reads, load. */
  readonly what: string;
  /** Offers in a message, agents of the large master, or frameworks that subscribe. */
  readonly count: number;
  readonly tasks: number;
}

/** Keeps results, so that nothing is left out as unused. */
let kept: unknown;

/** Different messages about the same agents, as a master sends them one after the other. */
const MESSAGES = 50;

const REFINED: ReadonlySet<string> = new Set(['MULTI_ROLE', 'RESERVATION_REFINEMENT']);
const PLAIN: ReadonlySet<string> = new Set();

function offers(run: Run, count: number): void {
  const base = offersMessage(count);
  const messages = Array.from({ length: MESSAGES }, (_, i): MessageOf<'OFFERS'> => {
    return { type: 'OFFERS', offers: base.offers.map((offer) => ({ ...offer, id: `${offer.id}-${i}` as OfferId })) };
  });
  for (const message of messages) {
    assert.deepEqual(decodeFrame(encodeFrame([message])), [message]);
    assert.deepEqual(eventFromProtobuf('scheduler', eventToProtobuf('scheduler', message)), message);
    assert.deepEqual(eventFromV1('scheduler', JSON.parse(printEventV1(message))), message);
  }
  let next = 0;
  const each = (metric: string, write: (message: MessageOf<'OFFERS'>) => unknown): void => {
    run.repeat(metric, () => (kept = write(messages[next++ % MESSAGES]!)));
  };
  const protobuf = (capabilities: ReadonlySet<string>) => (message: MessageOf<'OFFERS'>) =>
    frameRecord(eventToProtobuf('scheduler', formFor(capabilities, message)));
  const json = (capabilities: ReadonlySet<string>) => (message: MessageOf<'OFFERS'>) =>
    frameText(printEventV1(formFor(capabilities, message)));
  each('offers, native', (message) => encodeFrame([message]));
  each('offers, protobuf', protobuf(REFINED));
  each('offers, protobuf, old form', protobuf(PLAIN));
  each('offers, JSON', json(REFINED));
  each('offers, JSON, old form', json(PLAIN));
  run.see('offers', kept === undefined ? 0 : messages.length * count);
}

const READS = ['GET_STATE, JSON', 'GET_STATE, protobuf', '/state', '/tasks', '/metrics/snapshot'] as const;

/** Milliseconds at a time for which a process may be busy before it counts here; the timer's own step. */
const RESOLUTION_MS = 1;

/** Times an answer, and the longest time for which nothing else could be done meanwhile. */
async function read(run: Run, name: (typeof READS)[number], answer: () => Promise<{ bytes: number }>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.reset();
  // The first sample after that counts for nothing.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const startMs = performance.now();
  const { bytes } = await answer();
  run.note(name, performance.now() - startMs);
  await new Promise((resolve) => setTimeout(resolve, 20));
  delay.disable();
  run.note(`${name}: longest pause`, Math.max(0, delay.max / 1e6 - RESOLUTION_MS));
  const isFirst = run.results.length < READS.length - 1;
  if (isFirst && name !== '/metrics/snapshot') run.see(`${name}: bytes`, bytes);
}

function* within(pieces: Iterable<string>): Generator<string> {
  yield '{"type":"GET_STATE","get_state":';
  yield* pieces;
  yield '}';
}

async function reads(run: Run, state: MasterState): Promise<void> {
  const texts = (pieces: () => Iterable<string>) => () => answered((exchange) => answerPieces(exchange, pieces()));
  const messages = () => views.viewStateMessages(state);
  const protobuf = () => answered((exchange) => answerMessages(exchange, 'GET_STATE', Object.values(messages())));
  for (let time = 0; time < 3; time++) {
    await read(run, 'GET_STATE, JSON', texts(() => within(views.printMessages(messages()))));
    await read(run, 'GET_STATE, protobuf', protobuf);
    await read(run, '/state', texts(() => views.printState(state)));
    await read(run, '/tasks', texts(() => views.printTasks(state)));
    await read(run, '/metrics/snapshot', texts(() => [JSON.stringify(views.viewMetrics(state, 0))]));
  }
}

/** Frameworks that subscribe at once, one after the other. */
async function subscriptions(run: Run, count: number): Promise<void> {
  const master = await startMasterProcess();
  try {
    const beforeMs = await master.cpuMs();
    const onFailure = (error: Error): never => {
      throw error;
    };
    const all = Array.from({ length: count }, (_, i) => {
      const onEvent = (): void => undefined;
      return subscribe({ port: master.port, name: `framework ${i}`, form: 'json', onEvent, onFailure });
    });
    const frameworks = await Promise.all(all);
    run.note('subscription', ((await master.cpuMs()) - beforeMs) / count);
    run.see('subscribed', new Set(frameworks.map(({ id }) => id)).size);
    for (const framework of frameworks) framework.close();
  } finally {
    master.close();
  }
}

const FORMS: readonly Form[] = ['json', 'protobuf'];
const FRAMEWORKS = 4;
const AGENTS = 4;
const TASKS_PER_OFFER = 50;

/** Tasks that are launched, end at once and are acknowledged, each by a call of its own. */
async function tasks(run: Run, form: Form, count: number): Promise<void> {
  const master = await startMasterProcess();
  const open: { close(): void }[] = [];
  try {
    for (let i = 0; i < AGENTS; i++) open.push(await joinAgent(master.port, i));
    const beforeMs = await master.cpuMs();
    let left = count;
    let ended = 0;
    await new Promise<void>((resolve, reject) => {
      const take = (): number => {
        const taken = Math.min(TASKS_PER_OFFER, left);
        left -= taken;
        return taken;
      };
      const onEvent = worker(take, () => {
        if (++ended === count) resolve();
      });
      for (let i = 0; i < FRAMEWORKS; i++) {
        subscribe({ port: master.port, name: `f${i}`, form, onEvent, onFailure: reject }).then(
          (framework) => open.push(framework),
          reject,
        );
      }
    });
    run.note(`task, ${form}`, ((await master.cpuMs()) - beforeMs) / count);
    run.see(`tasks that ended, ${form}`, ended);
  } finally {
    for (const one of open) one.close();
    master.close();
  }
}

const ENGINE = engineFactory('typescript');

const READ_METRICS: Readonly<Record<string, Metric>> = Object.fromEntries(
  READS.flatMap((name) => [
    [name, ms('from the call to the last byte')],
    [`${name}: longest pause`, ms('the longest time for which nothing else was done')],
  ]),
);

export default problem<Load>({
  name: 'http',
  title: "Mesos' v1 APIs: offers in their forms, large reads, frameworks over HTTP",
  shape:
    'OFFERS of whole agents in the forms of native links, protobuf and JSON; reads of a master with many agents and ' +
    'tasks; frameworks that subscribe over HTTP, and tasks that end as soon as they start.',
  parameters: { what: 'what is measured', count: 'offers, agents or frameworks', tasks: 'tasks' },
  metrics: {
    'offers, native': us('an OFFERS as a frame of a native link'),
    'offers, protobuf': us('the same as a record of the v1 API, in protobuf'),
    'offers, protobuf, old form': us('the same for a framework of one role'),
    'offers, JSON': us('the same as a record of the v1 API, in JSON'),
    'offers, JSON, old form': us('the same for a framework of one role'),
    ...READ_METRICS,
    subscription: ms("CPU of the master for a framework's subscription"),
    'task, json': us('CPU of the master for a task of a framework that speaks JSON'),
    'task, protobuf': us('CPU of the master for a task of a framework that speaks protobuf'),
  },
  scales: {
    tiny: [
      { name: 'offers', size: { what: 'offers', count: 2, tasks: 0 } },
      { name: 'reads', size: { what: 'reads', count: 4, tasks: 20 } },
      { name: 'subscribe', size: { what: 'subscribe', count: 4, tasks: 0 } },
      { name: 'tasks', size: { what: 'tasks', count: 4, tasks: 20 } },
    ],
    quick: [
      { name: 'offers', size: { what: 'offers', count: 100, tasks: 0 } },
      { name: 'reads', size: { what: 'reads', count: 1000, tasks: 10_000 } },
      { name: 'subscribe', size: { what: 'subscribe', count: 200, tasks: 0 } },
      { name: 'tasks', size: { what: 'tasks', count: 4, tasks: 5000 } },
    ],
    default: [
      { name: 'offers', size: { what: 'offers', count: 100, tasks: 0 } },
      { name: 'reads', size: { what: 'reads', count: 10_000, tasks: 100_000 } },
      { name: 'subscribe', size: { what: 'subscribe', count: 1000, tasks: 0 } },
      { name: 'tasks', size: { what: 'tasks', count: 4, tasks: 30_000 } },
    ],
  },
  contenders: {
    typescript: async (run, { what, count, tasks: many }) => {
      if (what === 'offers') offers(run, count);
      else if (what === 'subscribe') await subscriptions(run, count);
      else if (what === 'tasks') for (const form of FORMS) await tasks(run, form, many);
      else await reads(run, largeMaster({ agents: count, tasks: many, frameworks: 20, engine: ENGINE }));
      },
  },
});
