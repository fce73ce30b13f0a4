/**
 * How much memory a worker thread uses, asked from outside: the inspector answers from within the thread even while it
 * is in an endless loop. Asking costs the thread a millisecond or so, a collection its full price, so it is done only
 * when the whole process looks too big. (Worker.getHeapStatistics of newer Node has no counterpart in Node 20.)
 */
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pause } from './retry.js';

interface Attached {
  readonly sessionId: string;
  readonly workerInfo: { readonly title: string };
}

export interface HeapProbe {
  /** Bytes of heap and array buffers of a thread, with garbage first collected; null if it gives no answer in time. */
  liveBytes(threadId: number): Promise<number | null>;
  /** The same without collecting. */
  usedBytes(threadId: number): Promise<number | null>;
  close(): void;
}

const ANSWER_MS = 2000;
/** What workers keep their collector under; see `offerCollector`. */
const COLLECTOR = 'mete.collectGarbage';
const USED = '(({heapUsed, arrayBuffers}) => heapUsed + arrayBuffers)(process.memoryUsage())';
const LIVE = `(globalThis[Symbol.for('${COLLECTOR}')](), ${USED})`;

/**
 * Called in a worker thread when it starts, so that it can be asked to collect its garbage. (The inspector's own
 * HeapProfiler.collectGarbage would wait until the thread is idle.)
 */
export function offerCollector(): void {
  setFlagsFromString('--expose-gc');
  const value: unknown = runInNewContext('gc');
  Object.defineProperty(globalThis, Symbol.for(COLLECTOR), { value });
}

type Answer = { readonly id: number; readonly result?: { readonly result?: { readonly value?: unknown } } };

/** Between two looks whether the answer is there. */
const LOOK_MS = 2;

/**
 * Node hands over messages of workers by interrupting whatever code of ours or its own runs at that moment, be it in
 * the middle of putting a timer into its queue. So what listens to them only notes what came, and touches nothing that
 * others use: no timers, no promises. Whoever has asked looks for the answer from time to time.
 */
export function createHeapProbe(): HeapProbe {
  const session = new Session();
  session.connect();
  const sessionOf = new Map<number, string>();
  const awaited = new Set<number>();
  const answers = new Map<number, unknown>();
  let nextId = 1;

  session.on('NodeWorker.attachedToWorker', ({ params }: { params: Attached }) => {
    const thread = /\d+/.exec(params.workerInfo.title)?.[0];
    if (thread !== undefined) sessionOf.set(Number(thread), params.sessionId);
  });
  session.on('NodeWorker.detachedFromWorker', ({ params }: { params: { sessionId: string } }) => {
    for (const [thread, id] of sessionOf) if (id === params.sessionId) sessionOf.delete(thread);
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { message: string } }) => {
    const { id, result } = JSON.parse(params.message) as Answer;
    if (awaited.has(id)) answers.set(id, result?.result?.value);
  });
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });

  const ask = async (threadId: number, expression: string): Promise<number | null> => {
    const sessionId = sessionOf.get(threadId);
    if (sessionId === undefined) return null;
    const id = nextId++;
    const params = { expression, returnByValue: true };
    const message = JSON.stringify({ id, method: 'Runtime.evaluate', params });
    awaited.add(id);
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message }, (error) => {
      if (error !== null) answers.set(id, null);
    });
    const endMs = performance.now() + ANSWER_MS;
    do await pause(LOOK_MS);
    while (!answers.has(id) && performance.now() < endMs);
    const value = answers.get(id);
    awaited.delete(id);
    answers.delete(id);
    return typeof value === 'number' ? value : null;
  };
  return {
    usedBytes: (threadId) => ask(threadId, USED),
    liveBytes: (threadId) => ask(threadId, LIVE),
    close: () => session.disconnect(),
  };
}
