/**
 * Couples the agent's core with its links, its executors and the master: what comes in becomes events, effects become
 * what they say.
 */
import type { Link, LinkHandlers } from '../../base/link.js';
import type { LinkId, LogFields, LogLevel } from '../../base/core.js';
import { AGENT_EVENTS } from '../../protocol/agent.js';
import { EXECUTOR_CALLS } from '../../protocol/executor.js';
import type { AgentCall, AgentEvent as AgentMessage, ExecutorCall, ExecutorEvent } from '../../protocol/messages.js';
import type { MessageType } from '../../protocol/messages.js';
import type { ContainerId } from '../../protocol/schema.js';
import type { Clock } from '../../runner/clock.js';
import { createCoreLinks, type CoreLinks, type LinkEvent, type MessageLink } from '../../runner/core-links.js';
import { createRunner, type EffectBatch, type PushResult } from '../../runner/runner.js';
import { LINK_PATH, type Transport, type TransportLimits } from '../../transport/transport.js';
import { createFetcher } from '../../containers/fetcher.js';
import type { AgentStore } from '../../storage/agent-store.js';
import type { AgentEffect, AgentEvent } from '../core/events.js';
import { reduceAgent } from '../core/reduce.js';
import type { AgentState } from '../core/state.js';
import { createExecutorProof, type ExecutorProof } from './executor-proof.js';
import { createExecutors, type Executors, type Leftovers } from './executors.js';
import { createOutputGate, type OutputGate } from './output-gate.js';
import type { WorkDir } from './work-dir.js';


export type LogFunction = (level: LogLevel, text: string, fields?: LogFields) => void;

export interface AgentDriverOptions {
  readonly state: AgentState;
  readonly clock: Clock;
  /** By which links to the master are opened. */
  readonly transport: Transport;
  readonly limits?: Partial<TransportLimits>;
  /** The key of the tokens that executors must show; absent: they need none. */
  readonly tokenKey?: Uint8Array | undefined;
  readonly workDir: WorkDir;
  readonly log: LogFunction;
  readonly store: AgentStore;
  /** The store failed: nothing that depends on it is done, and nothing follows. */
  readonly onStoreFailure: (error: unknown) => void;
  /** Called before each step of a turn, for tests that stop there. */
  readonly onStep?: ((step: string) => void) | undefined;
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
  /** The first call: what a former run has left of its executors, or that there was none. */
  recover(leftovers: Leftovers): void;
  shutDown(how: StopMode): void;
  readonly executors: Executors;
  counters(): Readonly<Record<string, number>>;
  stop(): void;
}

/** How an agent is stopped: its executors wait for it, or end with it, and it may leave its master for good. */
export type StopMode = 'leave' | 'end' | 'unregister';

type Out = AgentCall | ExecutorEvent;
type Turn = EffectBatch<AgentEffect, Out>;

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

function openLink(links: CoreLinks<AgentMessage | ExecutorCall>, link: Link): { id: LinkId; handlers: LinkHandlers } {
  const { id, handlers } = links.reserve();
  links.opened(id, link);
  return { id, handlers };
}

function proofOf({ state, tokenKey, log }: AgentDriverOptions): ExecutorProof | null {
  if (tokenKey === undefined) return null;
  const refused = (remote: string, reason: string): void => log('warn', 'authentication failed', { remote, reason });
  return createExecutorProof(state, tokenKey, refused);
}

type Incoming = LinkEvent<AgentMessage | ExecutorCall>;

/** Stops calls of executors that are not who they say they are, and ends their links. */
function checked(
  proof: ExecutorProof,
  push: (event: Incoming) => PushResult,
  close: (link: LinkId, reason: string) => void,
): (event: Incoming) => PushResult {
  return (event) => {
    const refusal = event.type === 'MessageReceived' ? proof.refusal(event.link, event.message as ExecutorCall) : null;
    if (refusal === null || event.type !== 'MessageReceived') return push(event);
    close(event.link, refusal);
    return 'accepted';
  };
}

/** Performs turns when what they wrote down is on disk. */
function createTurnGate(
  { store, onStep, onStoreFailure, onDefect }: AgentDriverOptions,
  send: (link: LinkId, messages: readonly Out[]) => void,
  performOne: (effect: Turn['rest'][number]) => void,
): OutputGate<Turn> {
  return createOutputGate<Turn>({
    writesOf: ({ rest }) => rest.filter((effect) => effect.type === 'Checkpoint'),
    commit: async (writes) => {
      onStep?.('commit');
      await store.commit(writes);
    },
    perform: ({ sends, rest }) => {
      for (const { link, messages } of sends) {
        onStep?.(`send ${messages[0]?.type ?? ''}`);
        send(link, messages);
      }
      for (const effect of rest) {
        if (effect.type === 'Checkpoint') continue;
        onStep?.(effect.type);
        performOne(effect);
      }
    },
    onFailure: onStoreFailure,
    onDefect,
  });
}

/** Takes over executors of a former run that live, and tells of those that do not. */
function report(
  { alive, gone }: Leftovers,
  state: AgentState,
  executors: Executors,
  push: (event: Omit<Extract<AgentEvent, { type: 'ExecutorExited' }>, 'at'>) => void,
): void {
  for (const found of alive) {
    const known = state.containers.get(found.containerId as ContainerId)?.pid ?? null;
    executors.adopt(found, known === null);
  }
  for (const exited of gone) push({ type: 'ExecutorExited', status: -1, ...exited });
}

export function driveAgent(options: AgentDriverOptions): AgentDriver {
  const { state, clock, log } = options;
  const proof = proofOf(options);
  const perform = (effect: Turn['rest'][number]): void => {
    if (effect.type === 'CloseLink') links.close(effect.link, effect.reason);
    else if (effect.type === 'Log') log(effect.level, effect.text, effect.fields);
    else if (effect.type === 'ConnectMaster') void connect(effect.address);
    else if (effect.type === 'LaunchExecutor') executors.launch(effect);
    else if (effect.type === 'DestroyExecutor') executors.destroy(effect.containerId);
    else if (effect.type === 'Exit') options.onExit(effect);
  };
  const gate = createTurnGate(options, (link, messages) => links.send(link, messages), perform);
  const runner = createRunner<AgentState, AgentEvent, AgentEffect, Out>({
    core: { reduce: reduceAgent },
    state,
    clock,
    perform: (turn) => gate.pass(turn),
    onDefect: options.onDefect,
  });
  const push = (event: Incoming): PushResult => runner.push(event);
  const guarded = proof === null ? push : checked(proof, push, (link, reason) => links.close(link, reason));
  const links = createCoreLinks<AgentMessage | ExecutorCall>({
    accepts: TAKES,
    now: () => runner.now(),
    push: guarded,
    onRefused: (link, remote, error) => log('warn', `link closed: ${error.message}`, { link, remote }),
  });
  const connect = createConnector(options, links, (link, master) =>
    runner.push({ type: 'MasterLinkOpened', at: runner.now(), link, master }));
  const fetcher = createFetcher(options.workDir.fetchDirectory);
  const executors = createExecutors({
    workDir: options.workDir,
    fetcher,
    switchUser: state.config.switchUser,
    environment: (effect) => proof?.environment(effect) ?? {},
    push: (event) => void runner.push(event),
    now: () => runner.now(),
    isLinked: (containerId) => (state.containers.get(containerId)?.link ?? null) !== null,
  });

  return {
    executors,
    accept: (link) => {
      const { id, handlers } = openLink(links, link);
      runner.push({ type: 'LinkOpened', at: runner.now(), link: id, remote: link.remote });
      return proof === null ? handlers : proof.guard(id, handlers);
    },
    open: (link) => links.openMessageLink(link),
    receive: (link, message) => runner.push({ type: 'MessageReceived', at: runner.now(), link, message }),
    gone: (link, reason) => links.gone(link, reason),
    detected: (master) => void runner.push({ type: 'MasterDetected', at: runner.now(), master }),
    recover: (leftovers) => {
      runner.push({ type: 'RecoveryBegan', at: runner.now() });
      report(leftovers, state, executors, (event) => void runner.push({ ...event, at: runner.now() }));
    },
    shutDown: (how) => {
      const unregister = how === 'unregister';
      runner.push({ type: 'ShutdownRequested', at: runner.now(), unregister, keepExecutors: how === 'leave' });
    },
    counters: () => {
      const own = { links: links.count, waiting: runner.waiting };
      return { ...links.counters, ...runner.counters, ...own, ...fetcher.figures() };
    },
    stop() {
      gate.close();
      links.closeAll('the agent ends');
      runner.stop();
    },
  };
}
