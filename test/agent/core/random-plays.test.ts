/**
 * Random lives of an agent: a master and executors that do anything in any order. After each event the state is sound;
 * in the end every task that was ever given to the agent has had an end that was told to the master, and nothing is
 * left.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LinkId } from '../../../src/base/core.js';
import type { AgentEffect, AgentEvent } from '../../../src/agent/core/events.js';
import type { MessageOf } from '../../../src/protocol/messages.js';
import type { ContainerId, FrameworkId } from '../../../src/protocol/schema.js';
import { isTerminal, type TaskState } from '../../../src/protocol/task.js';
import { AGENT, executorId, executorInfo, frameworkId, frameworkInfo, Harness, task, taskId, uuid } from './harness.js';
import { checkInvariants } from './invariants.js';

type Step = readonly [kind: string, a: number, b: number];

const KINDS = [
  ...['run', 'run', 'run', 'group', 'command', 'kill', 'subscribe', 'subscribe', 'update', 'update', 'update'],
  ...['update', 'acknowledge', 'acknowledge', 'acknowledge', 'exit', 'fail', 'started', 'linkLost', 'masterLost'],
  ...['master', 'register', 'register', 'ping', 'pass', 'shutdownExecutor', 'shutdownFramework', 'frameworkUpdate'],
  ...['bytes', 'reconcile', 'silence'],
];

const STATES: readonly TaskState[] = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED'];

class Play {
  readonly agent = new Harness({
    maxCompletedFrameworks: 2,
    maxCompletedExecutorsPerFramework: 2,
    maxCompletedTasksPerExecutor: 3,
    executorRegistrationTimeoutMs: 30_000,
  });
  readonly processes = new Set<ContainerId>();
  readonly links: LinkId[] = [];
  /** Updates that reached the master and are not acknowledged, and the ends of tasks, by framework and task. */
  inbox: MessageOf<'STATUS_UPDATE'>['update'][] = [];
  readonly ends = new Map<string, Set<string>>();
  readonly given = new Set<string>();
  readonly shutdown = new Set<FrameworkId>();
  private made = 0;
  private nextLink = 100;

  /** Takes note of what the agent did since the last time. */
  observe(): void {
    checkInvariants(this.agent.state);
    for (const effect of this.agent.take()) this.observeEffect(effect);
  }

  private observeEffect(effect: AgentEffect): void {
    if (effect.type === 'LaunchExecutor') {
      assert.ok(!this.processes.has(effect.containerId));
      this.processes.add(effect.containerId);
    }
    if (effect.type !== 'Send' || effect.message.type !== 'STATUS_UPDATE') return;
    const { update } = effect.message;
    const key = `${update.frameworkId}/${update.status.taskId}`;
    this.inbox.push(update);
    if (!isTerminal(update.status.state)) return;
    const ends = this.ends.get(key) ?? new Set();
    this.ends.set(key, ends.add(String(update.uuid)));
  }

  step([kind, a, b]: Step): void {
    const { agent } = this;
    const of = frameworkId(`F${a % 2}`);
    const id = executorId(`e${b % 2}`);
    const info = frameworkInfo(of, ...(a % 2 === 0 ? ['PARTITION_AWARE'] : []));
    const link = this.links[a % Math.max(1, this.links.length)];
    const container = [...this.processes][b % Math.max(1, this.processes.size)];
    const event = (made: AgentEvent): void => agent.event(made);
    const at = agent.nowMs;
    switch (kind) {
      case 'run':
      case 'command': {
        const own = kind === 'run' ? { executor: executorInfo(id, { frameworkId: of }) } : { command: { value: 'x' } };
        const more = b % 3 === 0 ? {} : { launchExecutor: b % 3 === 1 };
        this.give(of, [`${++this.made}`]);
        agent.run(task(`${this.made}`, own), { frameworkInfo: info, ...more });
        return;
      }
      case 'group': {
        const ids = [`${++this.made}`, `${++this.made}`];
        this.give(of, ids);
        const executor = executorInfo(id, { frameworkId: of });
        const taskGroup = { tasks: ids.map((name) => task(name, { executor })) };
        return agent.fromMaster({ type: 'RUN_TASK_GROUP', frameworkInfo: info, executor, taskGroup });
      }
      case 'kill':
        return agent.fromMaster({ type: 'KILL_TASK', frameworkId: of, taskId: taskId(`${1 + (b % (this.made + 1))}`) });
      case 'subscribe': {
        const executor = agent.state.frameworks.get(of)?.executors.get(id);
        const unacknowledgedTasks = b % 3 === 0 ? [...(executor?.launched.values() ?? [])].map((one) => one.info) : [];
        this.links.push(++this.nextLink);
        const message = { type: 'EXECUTOR_SUBSCRIBE', frameworkId: of, executorId: id, unacknowledgedTasks } as const;
        return event({ type: 'MessageReceived', at, link: this.nextLink, message });
      }
      case 'update':
        return this.update(link, a, b);
      case 'acknowledge':
        return this.acknowledge(a, b % 4 === 0);
      case 'exit':
        if (container === undefined) return;
        this.processes.delete(container);
        return event({ type: 'ExecutorExited', at, containerId: container, status: b });
      case 'fail':
        if (container === undefined || b % 4 !== 0) return;
        this.processes.delete(container);
        return event({ type: 'ExecutorFailedToStart', at, containerId: container, message: 'no' });
      case 'started':
        if (container === undefined) return;
        return event({ type: 'ExecutorStarted', at, containerId: container, pid: b });
      case 'linkLost':
        return agent.close(link ?? 0);
      case 'masterLost':
        return agent.close(agent.state.masterLink ?? 0);
      case 'master':
        return event({ type: 'MasterDetected', at, master: b % 4 === 0 ? null : `m${b % 4}:1` });
      case 'register':
        return this.register();
      case 'ping':
        return agent.fromMaster({ type: 'PING', connected: b % 8 !== 0 });
      case 'pass':
        return agent.advance(b * 300);
      case 'silence':
        return b % 5 === 0 ? agent.advance(80_000) : undefined;
      case 'shutdownExecutor':
        return agent.fromMaster({ type: 'SHUTDOWN_EXECUTOR', frameworkId: of, executorId: id });
      case 'shutdownFramework':
        if (b % 6 !== 0) return;
        if (agent.state.phase === 'RUNNING') this.shutdown.add(of);
        return agent.fromMaster({ type: 'SHUTDOWN_FRAMEWORK', frameworkId: of });
      case 'frameworkUpdate':
        return agent.fromMaster({ type: 'UPDATE_FRAMEWORK_INFO', frameworkInfo: info });
      case 'bytes':
        agent.fromMaster({ type: 'FRAMEWORK_TO_EXECUTOR', frameworkId: of, executorId: id, data: uuid(1) });
        if (link === undefined) return;
        return event({ type: 'MessageReceived', at, link, message: { type: 'EXECUTOR_SEND', data: uuid(2) } });
      default:
        return this.reconcile(of, b);
    }
  }

  private give(of: FrameworkId, ids: string[]): void {
    const { phase, masterLink, frameworks, info } = this.agent.state;
    const taken = masterLink !== null && (phase === 'RUNNING' || phase === 'DISCONNECTED') && info.id !== undefined;
    if (!taken || frameworks.get(of)?.terminating === true) return;
    for (const id of ids) this.given.add(`${of}/${id}`);
  }

  private update(link: LinkId | undefined, a: number, b: number): void {
    const executor = link === undefined ? undefined : this.agent.state.links.get(link);
    const launched = [...(executor?.launched.keys() ?? [])];
    if (link === undefined || launched.length === 0) return;
    this.agent.update(link, launched[a % launched.length]!, STATES[b % STATES.length]!, ++this.made);
  }

  private acknowledge(n: number, keep: boolean): void {
    const update = this.inbox[n % Math.max(1, this.inbox.length)];
    if (update === undefined) return;
    if (!keep) this.inbox = this.inbox.filter((other) => other !== update);
    this.agent.acknowledge(update.status.taskId, update.uuid!, update.frameworkId);
  }

  register(): void {
    const { agent } = this;
    if (agent.state.phase !== 'DISCONNECTED' || agent.state.master === null) return;
    if (agent.state.masterLink === null) agent.openMaster(++this.nextLink);
    const type = agent.state.info.id === undefined ? 'AGENT_REGISTERED' : 'AGENT_REREGISTERED';
    agent.fromMaster({ type, agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 });
  }

  private reconcile(of: FrameworkId, b: number): void {
    if (this.agent.state.info.id === undefined) return;
    const tasks = [{ taskId: taskId(`${1 + (b % (this.made + 1))}`) }];
    const reconciliations = [{ frameworkId: of, tasks }];
    const common = { agentId: AGENT, masterId: 'M', totalPingTimeoutSeconds: 75 };
    this.agent.fromMaster({ type: 'AGENT_REREGISTERED', ...common, reconciliations });
  }

  /** The master is there, all executors end, all is acknowledged: the agent must come to rest. */
  settle(): void {
    const { agent } = this;
    agent.event({ type: 'MasterDetected', at: agent.nowMs, master: 'm9:1' });
    this.register();
    this.observe();
    for (const containerId of this.processes) {
      agent.event({ type: 'ExecutorExited', at: agent.nowMs, containerId, status: 0 });
      this.observe();
    }
    for (let i = 0; i < 10_000 && this.inbox.length > 0; i++) {
      this.acknowledge(0, false);
      this.observe();
    }
  }
}

test('random lives of an agent: always sound, every task ends once, and in the end nothing is left', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat({ max: 60 }), fc.nat({ max: 60 })), {
    minLength: 20,
    maxLength: 150,
  });
  let ends = 0;
  fc.assert(
    fc.property(steps, (list) => {
      const play = new Play();
      for (const step of [['master', 0, 1], ['register', 0, 0], ...list] as Step[]) {
        play.step(step);
        play.observe();
      }
      play.settle();
      const { state } = play.agent;
      assert.equal(state.frameworks.size, 0);
      assert.equal(state.streams.byFramework.size, 0);
      assert.deepEqual([state.containers.size, state.links.size], [0, 0]);
      for (const key of play.given) {
        if (play.shutdown.has(frameworkId(key.slice(0, 2)))) continue;
        assert.ok(play.ends.has(key), `task ${key} has no end`);
      }
      ends += play.ends.size;
    }),
    { numRuns: 400 },
  );
  assert.ok(ends > 1_000);
});
