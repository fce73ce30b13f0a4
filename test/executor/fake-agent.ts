/** An agent as executors see it: a listener that hands what it hears to the test, and answers as it is told. */
import type { Link } from '../../src/base/link.js';
import { decodeFrame, encodeFrame } from '../../src/protocol/codec.js';
import type { ExecutorEvent, Message, MessageOf } from '../../src/protocol/messages.js';
import type { ExecutorInfo, TaskStatus } from '../../src/protocol/task.js';
import type { Listener } from '../../src/transport/transport.js';
import { wsTransport } from '../../src/transport/ws-transport.js';

export interface FakeAgent {
  readonly port: number;
  readonly heard: Message[];
  /** Whether updates are acknowledged at once. */
  acknowledges: boolean;
  send(...events: ExecutorEvent[]): void;
  /** The first message that satisfies; waits for it. */
  hear<T extends Message>(is: (message: Message) => message is T): Promise<T>;
  subscribed(times: number): Promise<MessageOf<'EXECUTOR_SUBSCRIBE'>>;
  status(taskId: string, state: TaskStatus['state']): Promise<TaskStatus>;
  /** Ends the link; the executor may come back. */
  hangUp(): void;
  close(): Promise<void>;
}

const SUBSCRIBED = {
  type: 'EXECUTOR_SUBSCRIBED',
  agentInfo: { hostname: 'h' },
} as const;

/** `capabilities`: those of the framework; `type`: what kind of executor it has asked for. */
export async function startFakeAgent(
  port = 0,
  capabilities = ['TASK_KILLING_STATE'],
  type: ExecutorInfo['type'] = 'CUSTOM',
): Promise<FakeAgent> {
  const able = capabilities.map((capability) => ({ type: capability }));
  const frameworkInfo = { user: 'root', name: 'f', capabilities: able };
  const subscribed = { ...SUBSCRIBED, frameworkInfo, executorInfo: { executorId: 'e', type } };
  const heard: Message[] = [];
  let link: Link | null = null;
  let waits: (() => boolean)[] = [];
  const receive = (agent: FakeAgent, message: Message): void => {
    heard.push(message);
    if (message.type === 'EXECUTOR_SUBSCRIBE') agent.send(subscribed as unknown as MessageOf<'EXECUTOR_SUBSCRIBED'>);
    if (message.type !== 'EXECUTOR_UPDATE' || !agent.acknowledges) return;
    const { taskId, uuid } = message.status;
    agent.send({ type: 'ACKNOWLEDGED', taskId, uuid: uuid! });
  };
  const listener: Listener = await wsTransport.listen({
    host: '127.0.0.1',
    port,
    onLink: (opened) => {
      link = opened;
      return {
        frame: (_link, bytes) => {
          for (const message of decodeFrame(bytes)) receive(agent, message);
          waits = waits.filter((wait) => !wait());
        },
        closed: () => undefined,
      };
    },
  });
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const attempt = (): boolean => {
        const found = find();
        if (found !== undefined) resolve(found);
        return found !== undefined;
      };
      if (!attempt()) waits.push(attempt);
    });
  const subscriptions = (): MessageOf<'EXECUTOR_SUBSCRIBE'>[] =>
    heard.filter((message) => message.type === 'EXECUTOR_SUBSCRIBE');
  const agent: FakeAgent = {
    port: listener.port,
    heard,
    acknowledges: true,
    send: (...events) => void link?.send(encodeFrame(events)),
    hear: (is) => until(() => heard.find(is)),
    subscribed: (times) => until(() => subscriptions()[times - 1]),
    status: (taskId, state) =>
      until(() => {
        const updates = heard.filter((message) => message.type === 'EXECUTOR_UPDATE');
        return updates.map(({ status }) => status).find((status) => status.taskId === taskId && status.state === state);
      }),
    hangUp: () => link?.close('hung up'),
    close: () => listener.close(),
  };
  return agent;
}
