/**
 * An agent's core under test: events in, effects out, with the master and executors played by the test. Time stands
 * still unless `advance` moves it, which fires the timers that are set on the way.
 */
import assert from 'node:assert/strict';
import type { LinkId } from '../../../src/base/core.js';
import type { AgentConfig } from '../../../src/agent/core/config.js';
import { createAgent } from '../../../src/agent/core/create.js';
import type { AgentEffect, AgentEvent, LaunchExecutor } from '../../../src/agent/core/events.js';
import { reduceAgent } from '../../../src/agent/core/reduce.js';
import type { AgentState } from '../../../src/agent/core/state.js';
import type { FrameworkInfo } from '../../../src/protocol/framework.js';
import type { AgentEvent as AgentMessage, Message, MessageOf } from '../../../src/protocol/messages.js';
import type { MessageType } from '../../../src/protocol/messages.js';
import type { AgentId, ExecutorId, FrameworkId, TaskId } from '../../../src/protocol/schema.js';
import type { ExecutorInfo, TaskInfo, TaskState, TaskStatus } from '../../../src/protocol/task.js';
import { Resources } from '../../../src/resources/resources.js';

export const AGENT = 'S0' as AgentId;
export const FRAMEWORK = 'F1' as FrameworkId;
export const MASTER_LINK = 1;
export const START_MS = 1_000_000;

export const frameworkId = (id: string): FrameworkId => id as FrameworkId;
export const taskId = (id: string): TaskId => id as TaskId;
export const executorId = (id: string): ExecutorId => id as ExecutorId;
export const uuid = (n: number): Uint8Array => new Uint8Array(16).fill(n & 0xff).with(0, n >> 8);

export function frameworkInfo(id: string = FRAMEWORK, ...capabilities: string[]): FrameworkInfo {
  return {
    user: 'ann',
    name: 'test',
    id: frameworkId(id),
    role: 'dev',
    capabilities: capabilities.map((type) => ({ type })),
  };
}

export function executorInfo(id = 'e1', more: Partial<ExecutorInfo> = {}): ExecutorInfo {
  return { type: 'CUSTOM', executorId: executorId(id), frameworkId: FRAMEWORK, command: { value: './run' }, ...more };
}

export function task(id: string, more: Partial<TaskInfo> = {}): TaskInfo {
  const info = { name: id, taskId: taskId(id), agentId: AGENT, ...more };
  return info.command === undefined ? { executor: executorInfo(), ...info } : info;
}

const CONFIG: AgentConfig = {
  agentInfo: { hostname: 'host', port: 5051 },
  resources: Resources.fromScalars({ cpus: 4, mem: 4096 }),
  version: '1.2.3',
  workDir: '/var/lib/agent',
  endpoint: '10.0.0.1:5051',
  seed: 7,
  startMs: START_MS,
};

export class Harness {
  readonly state: AgentState;
  nowMs = START_MS;
  /** Effects since the last `take`. */
  effects: AgentEffect[] = [];
  readonly timers = new Map<string, number>();
  private links = MASTER_LINK;

  constructor(config: Partial<AgentConfig> = {}) {
    this.state = createAgent({ ...CONFIG, ...config });
  }

  /** An agent that is registered, with its effects so far forgotten. */
  static registered(config: Partial<AgentConfig> = {}): Harness {
    const harness = new Harness(config);
    harness.event({ type: 'MasterDetected', at: harness.nowMs, master: 'm:1' });
    harness.advance(2_000, 'register');
    harness.openMaster();
    harness.fromMaster({ type: 'AGENT_REGISTERED', agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 });
    harness.take();
    return harness;
  }

  event(event: AgentEvent): void {
    const effects: AgentEffect[] = [];
    reduceAgent(this.state, event, effects);
    for (const effect of effects) {
      if (effect.type === 'SetTimer') this.timers.set(effect.timer, effect.atMs);
      if (effect.type === 'ClearTimer') this.timers.delete(effect.timer);
      this.effects.push(effect);
    }
  }

  /** The effects since the last time. */
  take(): AgentEffect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  /** Moves time on, firing timers; with `until` only until that timer has fired once. */
  advance(ms: number, until?: string): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(([, atMs]) => atMs <= endMs).sort((a, b) => a[1] - b[1])[0];
      if (due === undefined) break;
      const [timer, atMs] = due;
      this.timers.delete(timer);
      this.nowMs = Math.max(this.nowMs, atMs);
      this.event({ type: 'TimerFired', at: this.nowMs, timer });
      if (timer === until) return;
    }
    this.nowMs = endMs;
  }

  openMaster(link: LinkId = MASTER_LINK): void {
    this.links = Math.max(this.links, link);
    this.event({ type: 'MasterLinkOpened', at: this.nowMs, link });
  }

  fromMaster(message: AgentMessage, link: LinkId = this.state.masterLink ?? MASTER_LINK): void {
    this.event({ type: 'MessageReceived', at: this.nowMs, link, message });
  }

  /** Opens a link and subscribes as an executor. */
  subscribe(id = 'e1', more: Partial<MessageOf<'EXECUTOR_SUBSCRIBE'>> = {}): LinkId {
    const link = ++this.links;
    this.event({ type: 'LinkOpened', at: this.nowMs, link, remote: 'r' });
    const ids = { frameworkId: FRAMEWORK, executorId: executorId(id) };
    const message = { type: 'EXECUTOR_SUBSCRIBE', ...ids, ...more } as const;
    this.event({ type: 'MessageReceived', at: this.nowMs, link, message });
    return link;
  }

  close(link: LinkId): void {
    this.event({ type: 'LinkClosed', at: this.nowMs, link, reason: 'test' });
  }

  run(info: TaskInfo, more: Partial<MessageOf<'RUN_TASK'>> = {}): void {
    this.fromMaster({ type: 'RUN_TASK', frameworkInfo: frameworkInfo(), task: info, ...more });
  }

  update(link: LinkId, id: string, state: TaskState, n: number, more: Partial<TaskStatus> = {}): void {
    const status = { taskId: taskId(id), state, uuid: uuid(n), ...more };
    this.event({ type: 'MessageReceived', at: this.nowMs, link, message: { type: 'EXECUTOR_UPDATE', status } });
  }

  acknowledge(id: string, uuidOf: Uint8Array | number, of: FrameworkId = FRAMEWORK): void {
    const bytes = typeof uuidOf === 'number' ? uuid(uuidOf) : uuidOf;
    this.fromMaster({ type: 'STATUS_UPDATE_ACKNOWLEDGEMENT', frameworkId: of, taskId: taskId(id), uuid: bytes });
  }

  /** The process of the executor ends. */
  exit(id = 'e1', status = 0, more: Partial<Extract<AgentEvent, { type: 'ExecutorExited' }>> = {}): void {
    const { containerId } = this.executor(id);
    this.event({ type: 'ExecutorExited', at: this.nowMs, containerId, status, ...more });
  }

  executor(id = 'e1'): NonNullable<ReturnType<AgentState['containers']['get']>> {
    const found = this.state.frameworks.get(FRAMEWORK)?.executors.get(executorId(id));
    assert.ok(found, `no executor ${id}`);
    return found;
  }

  /** An executor that runs one task; its link. */
  running(id: string, more: Partial<TaskInfo> = {}): LinkId {
    this.run(task(id, more));
    const link = this.subscribe();
    this.take();
    return link;
  }
}

/** The messages of one type among effects, in order. */
export function sent<K extends MessageType>(effects: readonly AgentEffect[], type: K, link?: LinkId): MessageOf<K>[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'Send' || (link !== undefined && effect.link !== link)) return [];
    const message: Message = effect.message;
    return message.type === type ? [message as MessageOf<K>] : [];
  });
}

/** The types of the messages among effects, in order, with those on one link only. */
export function sentTypes(effects: readonly AgentEffect[], link?: LinkId): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'Send' && (link === undefined || effect.link === link) ? [effect.message.type] : [],
  );
}

export function only<K extends AgentEffect['type']>(
  effects: readonly AgentEffect[],
  type: K,
): Extract<AgentEffect, { type: K }>[] {
  return effects.filter((effect): effect is Extract<AgentEffect, { type: K }> => effect.type === type);
}

export function launched(effects: readonly AgentEffect[]): LaunchExecutor {
  const [launch, ...others] = only(effects, 'LaunchExecutor');
  assert.ok(launch);
  assert.equal(others.length, 0);
  return launch;
}

/** Task, state, reason and text of the status updates among effects. */
export function updates(effects: readonly AgentEffect[]): [string, string, string | undefined, string | undefined][] {
  return sent(effects, 'STATUS_UPDATE').map(({ update: { status } }) => [
    status.taskId,
    status.state,
    status.reason,
    status.message,
  ]);
}
