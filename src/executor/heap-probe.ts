/**
 * How much memory a worker thread uses, asked from outside: the inspector answers from within the thread even while it
 * is in an endless loop. Asking costs the thread a millisecond or so, a collection its full price, so it is done only
 * when the whole process looks too big. (Worker.getHeapStatistics of newer Node has no counterpart in Node 20.)
 */
import { Session } from 'node:inspector';

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
const EXPRESSION = '(({heapUsed, arrayBuffers}) => heapUsed + arrayBuffers)(process.memoryUsage())';

type Answer = { readonly id: number; readonly result?: { readonly result?: { readonly value?: unknown } } };

export function createHeapProbe(): HeapProbe {
  const session = new Session();
  session.connect();
  const sessionOf = new Map<number, string>();
  const waiting = new Map<number, (answer: Answer | null) => void>();
  let nextId = 1;

  session.on('NodeWorker.attachedToWorker', ({ params }: { params: Attached }) => {
    const thread = /\d+/.exec(params.workerInfo.title)?.[0];
    if (thread !== undefined) sessionOf.set(Number(thread), params.sessionId);
  });
  session.on('NodeWorker.detachedFromWorker', ({ params }: { params: { sessionId: string } }) => {
    for (const [thread, id] of sessionOf) if (id === params.sessionId) sessionOf.delete(thread);
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { message: string } }) => {
    const answer = JSON.parse(params.message) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });

  const ask = (threadId: number, method: string, params: object): Promise<Answer | null> => {
    const sessionId = sessionOf.get(threadId);
    if (sessionId === undefined) return Promise.resolve(null);
    const id = nextId++;
    return new Promise((resolve) => {
      const settle = (answer: Answer | null): void => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(settle, ANSWER_MS, null);
      waiting.set(id, settle);
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params }) }, (error) => {
        if (error !== null) settle(null);
      });
    });
  };
  const usedBytes = async (threadId: number): Promise<number | null> => {
    const answer = await ask(threadId, 'Runtime.evaluate', { expression: EXPRESSION, returnByValue: true });
    const value = answer?.result?.result?.value;
    return typeof value === 'number' ? value : null;
  };
  return {
    usedBytes,
    liveBytes: async (threadId) => {
      await ask(threadId, 'HeapProfiler.collectGarbage', {});
      return usedBytes(threadId);
    },
    close: () => session.disconnect(),
  };
}
