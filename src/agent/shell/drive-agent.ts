/**
 * Couples the agent's core with its links, its executors and the master: what comes in becomes events, effects become
 * what they say.
 */
import type { Link, LinkHandlers } from '../../base/link.js';
import type { LinkId, LogFields, LogLevel } from '../../base/core.js';
import { AGENT_EVENTS } from '../../protocol/agent.js';
import { EXECUTOR_CALLS } from '../../protocol/executor.js';
import type { AgentInfo } from '../../protocol/framework.js';
import type { AgentCall, AgentEvent as AgentMessage, ExecutorCall, ExecutorEvent } from '../../protocol/messages.js';
import type { MessageType } from '../../protocol/messages.js';
import type { Clock } from '../../runner/clock.js';
import { createCoreLinks, type CoreLinks, type MessageLink } from '../../runner/core-links.js';
import { createRunner, type EffectBatch, type PushResult } from '../../runner/runner.js';
import { LINK_PATH, type Transport, type TransportLimits } from '../../transport/transport.js';
import { createFetcher } from '../../containers/fetcher.js';
import type { AgentEffect, AgentEvent } from '../core/events.js';
import { reduceAgent } from '../core/reduce.js';
import type { AgentState } from '../core/state.js';
import { createExecutors, type Executors } from './executors.js';
import type { WorkDir } from './work-dir.js';

export type LogFunction = (level: LogLevel, text: string, fields?: LogFields) => void;

export interface AgentDriverOptions {
  readonly state: AgentState;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly limits?: Partial<TransportLimits>;
  readonly workDir: WorkDir;
  readonly log: LogFunction;
  /** A master has taken the agent in as this; called before anything that follows from it is done. */
  readonly onRegistered: (info: AgentInfo) => void;
  /** The core is done: nothing of it runs any more. */
  readonly onExit: (exit: Exit) => void;
  readonly onDefect: (error: unknown) => void;
}

/** How the core has ended. */
export type Exit = Omit<Extract<AgentEffect, { type: 'Exit' }>, 'type'>;

export interface AgentDriver {
  /** A link was opened from outside, by an executor. */
  accept(link: Link): LinkHandlers;
  /** A link whose messages are written in a form of its own was opened: a stream of the v1 API. */
  open(link: MessageLink): LinkId;
  /** A message has arrived for the link of an executor. */
  receive(link: LinkId, message: ExecutorCall): PushResult;
  /** A link that was opened so has ended. */
  gone(link: LinkId, reason: string): void;
  /** The leading master is there, or there is none. */
  detected(master: string | null): void;
  shutDown(unregister: boolean): void;
  readonly executors: Executors;
  counters(): Readonly<Record<string, number>>;
  stop(): void;
}

type Out = AgentCall | ExecutorEvent;

const TAKES: ReadonlySet<MessageType> = new Set(
  [...Object.keys(AGENT_EVENTS), ...Object.keys(EXECUTOR_CALLS)] as MessageType[],
);

/** Opens links to masters; an attempt that is overtaken by another comes to nothing. */
function createConnector(
  { transport, limits, log }: AgentDriverOptions,
  links: CoreLinks<AgentMessage | ExecutorCall>,
  opened: (link: LinkId, master: string) => void,
): (master: string) => Promise<void> {
  let attempts = 0;
  return async (master) => {
    const attempt = ++attempts;
    const { id, handlers } = links.reserve();
    const url = `ws://${master}${LINK_PATH}`;
    try {
      const link = await transport.connect({ url, handlers, ...(limits === undefined ? {} : { limits }) });
      links.opened(id, link);
      if (attempt === attempts) opened(id, master);
      else link.close('another attempt has taken its place');
    } catch (error) {
      log('warn', 'the master cannot be reached', { master, error: (error as Error).message });
    }
  };
}

/** Tells when a master has taken the agent in, once for each form of it. */
function registrationWatch({ state, onRegistered }: AgentDriverOptions): () => void {
  let known: AgentInfo | null = null;
  return () => {
    if (state.phase !== 'RUNNING' || state.info === known) return;
    known = state.info;
    onRegistered(known);
  };
}

function openLink(links: CoreLinks<AgentMessage | ExecutorCall>, link: Link): { id: LinkId; handlers: LinkHandlers } {
  const { id, handlers } = links.reserve();
  links.opened(id, link);
  return { id, handlers };
}

export function driveAgent(options: AgentDriverOptions): AgentDriver {
  const { state, clock, log } = options;
  const watch = registrationWatch(options);
  const performOne = (effect: EffectBatch<AgentEffect, Out>['rest'][number]): void => {
    switch (effect.type) {
      case 'CloseLink':
        return links.close(effect.link, effect.reason);
      case 'Log':
        return log(effect.level, effect.text, effect.fields);
      case 'ConnectMaster':
        return void connect(effect.address);
      case 'LaunchExecutor':
        return executors.launch(effect);
      case 'DestroyExecutor':
        return executors.destroy(effect.containerId);
      case 'Exit':
        return options.onExit(effect);
    }
  };

  const runner = createRunner<AgentState, AgentEvent, AgentEffect, Out>({
    core: { reduce: reduceAgent },
    state,
    clock,
    perform: ({ sends, rest }) => {
      watch();
      for (const { link, messages } of sends) links.send(link, messages);
      rest.forEach(performOne);
    },
    onDefect: options.onDefect,
  });
  const links = createCoreLinks<AgentMessage | ExecutorCall>({
    accepts: TAKES,
    now: () => runner.now(),
    push: (event) => runner.push(event),
    onRefused: (link, remote, error) => log('warn', `link closed: ${error.message}`, { link, remote }),
  });
  const connect = createConnector(options, links, (link, master) => {
    runner.push({ type: 'MasterLinkOpened', at: runner.now(), link, master });
  });
  const executors = createExecutors({
    workDir: options.workDir,
    fetcher: createFetcher(options.workDir.fetchDirectory),
    switchUser: state.config.switchUser,
    push: (event) => void runner.push(event),
    now: () => runner.now(),
    isLinked: (containerId) => (state.containers.get(containerId)?.link ?? null) !== null,
  });

  return {
    executors,
    accept: (link) => {
      const { id, handlers } = openLink(links, link);
      runner.push({ type: 'LinkOpened', at: runner.now(), link: id, remote: link.remote });
      return handlers;
    },
    open: (link) => links.openMessageLink(link),
    receive: (link, message) => runner.push({ type: 'MessageReceived', at: runner.now(), link, message }),
    gone: (link, reason) => links.gone(link, reason),
    detected: (master) => void runner.push({ type: 'MasterDetected', at: runner.now(), master }),
    shutDown: (unregister) => void runner.push({ type: 'ShutdownRequested', at: runner.now(), unregister }),
    counters: () => ({ ...links.counters, links: links.count, ...runner.counters, waiting: runner.waiting }),
    stop: () => {
      links.closeAll('the agent ends');
      runner.stop();
    },
  };
}
