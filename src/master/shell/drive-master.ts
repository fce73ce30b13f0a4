/**
 * Couples the master's core with its links, its registry, its journal and with operators: what comes in becomes events,
 * effects become what they say.
 */
import type { Link, LinkHandlers } from '../../base/link.js';
import type { LinkId, LogFields, LogLevel } from '../../base/core.js';
import { AGENT_CALLS } from '../../protocol/agent.js';
import type { AgentCall, AgentEvent, MessageType, SchedulerCall, SchedulerEvent } from '../../protocol/messages.js';
import type { OperatorEvent } from '../../protocol/operator.js';
import { snapshotRegistry } from '../../protocol/registry.js';
import { SCHEDULER_CALLS } from '../../protocol/scheduler.js';
import type { Clock } from '../../runner/clock.js';
import { type CoreLinks, createCoreLinks, type MessageLink } from '../../runner/core-links.js';
import { createJournal, type Journal } from '../../runner/journal.js';
import { createGuard, DEFAULT_PROOF_TIMEOUT_MS, type Guard } from '../../transport/link-guard.js';
import { createRunner, type EffectBatch, type PushResult, type Runner } from '../../runner/runner.js';
import type { Registrar } from '../../storage/registrar.js';
import type { MasterConfig } from '../core/config.js';
import type { MasterEffect, MasterEvent, OperatorCall } from '../core/events.js';
import { reduceMaster } from '../core/reduce.js';
import type { MasterState } from '../core/state.js';

export type LogFunction = (level: LogLevel, text: string, fields?: LogFields) => void;

/** What an operator is told: a status as in HTTP, and a line of text. */
export type OperatorAnswer = (status: number, body?: string) => void;

export interface MasterDriverOptions {
  readonly state: MasterState;
  readonly config: MasterConfig;
  readonly clock: Clock;
  readonly journal?: string | undefined;
  readonly version: string;
  /** Secrets of frameworks and agents by principal, on links of our own. */
  readonly credentials?: ReadonlyMap<string, string> | undefined;
  /** How long they may take to prove who they are. */
  readonly authenticationTimeoutMs?: number | undefined;
  readonly log: LogFunction;
  readonly onDefect: (error: unknown) => void;
  /** The core says that the master must end. */
  readonly onExit: (reason: string, code: number) => void;
  /** Asked before anything is done: false, and nothing of it is done. */
  readonly mayAct: () => boolean;
}

/** What of a registrar is needed here. */
export type MasterRegistrar = Pick<Registrar, 'registry' | 'store'> & Partial<Pick<Registrar, 'metrics' | 'close'>>;

export interface MasterDriver {
  /** The master leads, and this keeps its registry: from now on it serves. */
  recover(registrar: MasterRegistrar): void;
  /** A link was opened from outside. */
  accept(link: Link): LinkHandlers;
  /**
   * A link whose messages are written in a form of its own was opened: a stream of the v1 API. `principal` is who
   * opened it; null: he did not have to say.
   */
  open(link: MessageLink, principal: string | null): LinkId;
  /** A message has arrived for a link that was opened so. */
  receive(link: LinkId, message: SchedulerCall): PushResult;
  /** Such a link has ended. */
  gone(link: LinkId, reason: string): void;
  operate(call: OperatorCall, answer: OperatorAnswer): void;
  /** Who is told of what operators who watch are told. */
  onPublish(listener: (event: OperatorEvent) => void): void;
  /** Numbers of messages, events and turns so far, for metrics. */
  counters(): Readonly<Record<string, number>>;
  stop(): void;
}

type Out = SchedulerEvent | AgentEvent;
type Rest = EffectBatch<MasterEffect, Out>['rest'][number];

const TAKES: ReadonlySet<MessageType> = new Set(
  [...Object.keys(SCHEDULER_CALLS), ...Object.keys(AGENT_CALLS)] as MessageType[],
);

export function driveMaster(options: MasterDriverOptions): MasterDriver {
  const { state, clock, log } = options;
  const calls = { next: 1, answers: new Map<number, OperatorAnswer>() };
  const listeners: ((event: OperatorEvent) => void)[] = [];
  let registrar: MasterRegistrar | null = null;
  const perform = (batch: EffectBatch<MasterEffect, Out>): void => {
    if (!options.mayAct()) return;
    for (const { link, messages } of batch.sends) links.send(link, messages);
    for (const effect of batch.rest) performOne(effect);
  };
  const performOne = (effect: Rest): void => {
    switch (effect.type) {
      case 'CloseLink':
        return links.close(effect.link, effect.reason);
      case 'Log':
        return log(effect.level, effect.text, effect.fields);
      case 'StoreRegistry':
        return registrar!.store(effect.operations, (ok) =>
          runner.push({ type: 'RegistryStored', at: runner.now(), store: effect.store, ok }),
        );
      case 'Exit':
        return options.onExit(effect.reason, effect.code);
      case 'Publish':
        return listeners.forEach((listener) => listener(effect.event));
      case 'AnswerOperator':
        calls.answers.get(effect.request)?.(effect.status, effect.body);
        calls.answers.delete(effect.request);
    }
  };
  const runner = createRunner<MasterState, MasterEvent, MasterEffect, Out>({
    core: { reduce: reduceMaster },
    state,
    clock,
    perform,
    onDefect: options.onDefect,
    ...journalOf(options),
  });
  const links = createCoreLinks<SchedulerCall | AgentCall>({
    accepts: TAKES,
    now: () => runner.now(),
    push: (event) => runner.push(event),
    onRefused: (link, remote, error) => log('warn', `link closed: ${error.message}`, { link, remote }),
  });
  return {
    ...doors(options, links, runner),
    recover(given) {
      registrar = given;
      const registry = snapshotRegistry(given.registry);
      runner.push({ type: 'RegistryRecovered', at: runner.now(), registry });
    },
    receive: (link, message) => runner.push({ type: 'MessageReceived', at: runner.now(), link, message }),
    gone: (link, reason) => links.gone(link, reason),
    operate(call, answer) {
      const request = calls.next++;
      calls.answers.set(request, answer);
      runner.push({ type: 'OperatorCalled', at: runner.now(), request, call });
    },
    onPublish: (listener) => void listeners.push(listener),
    counters: () => ({
      ...prefixed('links', { open: links.count, ...links.counters }),
      ...prefixed('runner', { waiting: runner.waiting, ...runner.counters }),
      ...registrar?.metrics?.(),
    }),
    stop: () => runner.stop(),
  };
}

/** Where links come in, of both kinds. */
function doors(
  options: MasterDriverOptions,
  links: CoreLinks<SchedulerCall | AgentCall>,
  runner: Runner<MasterState, MasterEvent>,
): Pick<MasterDriver, 'accept' | 'open'> {
  const guard = guardOf(options);
  const opened = (link: LinkId, { remote }: { readonly remote: string }): void =>
    void runner.push({ type: 'LinkOpened', at: runner.now(), link, remote });
  const authenticated = (link: LinkId, principal: string | null): void =>
    void runner.push({ type: 'LinkAuthenticated', at: runner.now(), link, principal });
  return {
    accept(link) {
      const { id, handlers } = links.reserve();
      links.opened(id, link);
      opened(id, link);
      return guard(handlers, (subject) => authenticated(id, typeof subject === 'string' ? subject : null));
    },
    open(link, principal) {
      const id = links.openMessageLink(link);
      opened(id, link);
      authenticated(id, principal);
      return id;
    },
  };
}

function guardOf({ credentials = new Map(), authenticationTimeoutMs, log }: MasterDriverOptions): Guard {
  return createGuard({
    credentials,
    timeoutMs: authenticationTimeoutMs ?? DEFAULT_PROOF_TIMEOUT_MS,
    onRefused: (remote, reason) => log('warn', 'authentication failed', { remote, reason }),
  });
}

function prefixed(prefix: string, counters: object): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).map(([name, value]) => [`${prefix}/${name}`, value as number]));
}

/** A journal that `mete replay` can play again, if one is wanted; its header has what of the configuration is data. */
function journalOf({ journal: path, state, config, version }: MasterDriverOptions): { journal?: Journal<MasterEvent> } {
  if (path === undefined) return {};
  const { engine: _engine, stopwatch: _stopwatch, ...allocator } = config.allocator;
  const journal = createJournal<MasterEvent>({
    path,
    header: {
      program: version,
      core: 'master',
      engine: state.allocator.engineName,
      config: { ...config, allocator },
      seed: config.allocator.seed ?? 0,
    },
  });
  return { journal };
}
