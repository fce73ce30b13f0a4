/**
 * A master, agents and tasks for the core of a job, in virtual time and as unreliable as told: offers are void when the
 * link breaks, statuses come again until they are acknowledged, tasks fail, agents and executors go. It checks what a
 * master checks: offers are used once and not beyond what they hold, executors are counted once, task ids are new.
 */
import assert from 'node:assert/strict';
import { mix32, uniform } from '../../src/base/mix32.js';
import type { SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { AgentId, FrameworkId, OfferId, TaskId } from '../../src/protocol/schema.js';
import type { Reason, TaskInfo, TaskState, TaskStatus } from '../../src/protocol/task.js';
import type { JobEffect, JobEnd, JobInput } from '../../src/framework/core/job-events.js';
import type { JobState } from '../../src/framework/core/job-state.js';
import { reduceJob } from '../../src/framework/core/reduce-job.js';
import { type AgentRun, EXECUTOR_MEM, type FakeAgent, type FakeJob, fakeJob, type RunningTask } from './fake-setup.js';
import type { Tally, Troubles } from './fake-setup.js';

export class FakeCluster {
  readonly state: JobState;
  readonly tally: Tally = {
    offers: 0, accepted: 0, declined: 0, launched: 0, calls: new Map(), merged: 0, pieces: [], most: 0,
  };
  end: JobEnd | null = null;
  nowMs = 1_000_000;
  readonly logs: string[] = [];
  private readonly agents: AgentRun[];
  private readonly timers = new Map<string, number>();
  private readonly agenda: { atMs: number; order: number; act: () => void }[] = [];
  private orders = 0;
  private draws = 0;
  private link = 0;
  private subscribed = false;
  private suppressed = false;
  private everSubscribed = false;
  private readonly offers = new Map<OfferId, OfferMessage>();
  private readonly tasks = new Map<TaskId, RunningTask>();
  private readonly refused = new Map<string, number>();
  private nextOffer = 1;

  constructor(
    config: FakeJob,
    agents: readonly FakeAgent[],
    private readonly troubles: Troubles = {},
    private readonly seed = 1,
  ) {
    this.agents = agents.map((agent) => ({
      ...agent, here: true, usedCpus: 0, usedMem: 0, executor: false, offered: null,
    }));
    this.state = fakeJob(config, seed);
  }

  /** Runs until the job has ended, or for so long. */
  run(limitMs = 3_600_000): JobEnd | null {
    const untilMs = this.nowMs + limitMs;
    this.give({ type: 'Started', at: this.nowMs });
    while (this.end === null && this.nowMs < untilMs) if (!this.step()) break;
    return this.end;
  }

  /** One thing that happens later; false if nothing does. */
  private step(): boolean {
    let timer: [string, number] | null = null;
    for (const entry of this.timers) if (timer === null || entry[1] < timer[1]) timer = entry;
    this.agenda.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    const next = this.agenda[0];
    if (timer === null && next === undefined) return false;
    if (next !== undefined && (timer === null || next.atMs <= timer[1])) {
      this.agenda.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.act();
    } else if (timer !== null) {
      this.timers.delete(timer[0]);
      this.nowMs = Math.max(this.nowMs, timer[1]);
      this.give({ type: 'TimerFired', at: this.nowMs, timer: timer[0] });
    }
    return true;
  }

  private later(ms: number, act: () => void): void {
    this.agenda.push({ atMs: this.nowMs + ms, order: this.orders++, act });
  }

  private chance(share: number | undefined): boolean {
    return share !== undefined && uniform(mix32(this.seed), this.draws++) < share;
  }

  give(event: JobInput): void {
    const effects: JobEffect[] = [];
    reduceJob(this.state, event, effects);
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: JobEffect): void {
    switch (effect.type) {
      case 'SetTimer':
        this.timers.set(effect.timer, effect.atMs);
        break;
      case 'ClearTimer':
        this.timers.delete(effect.timer);
        break;
      case 'ConnectMaster':
        this.later(1, () => this.give({ type: 'MasterLinkOpened', at: this.nowMs, link: ++this.link }));
        break;
      case 'CloseLink':
        if (effect.link === this.link) this.unsubscribe();
        break;
      case 'Send':
        if (effect.link === this.link) this.called(effect.message);
        break;
      case 'TakeResult':
        this.later(1, () => this.merge(effect));
        break;
      case 'JobEnded':
        assert.equal(this.end, null, 'a job ends once');
        this.end = effect.end;
        break;
      case 'Log':
        this.logs.push(effect.text);
        break;
      case 'Notify':
      case 'Stopped':
    }
  }

  private merge({ piece, data, from, to, agentId }: Extract<JobEffect, { type: 'TakeResult' }>): void {
    if (data.length === 0 || this.chance(this.troubles.resultIsBroken)) {
      this.give({ type: 'ResultRefused', at: this.nowMs, piece, reason: 'broken' });
      return;
    }
    assert.deepEqual(JSON.parse(Buffer.from(data).toString()), { from, to });
    this.tally.merged += to - from;
    this.tally.pieces.push({ from, to, agent: agentId, atMs: this.nowMs });
    const speed = this.agents.find((agent) => agent.id === agentId)!.speed;
    this.give({ type: 'ResultTaken', at: this.nowMs, piece, runMs: (to - from) / speed });
  }

  private event(message: SchedulerEvent): void {
    const { link } = this;
    this.later(1, () => {
      if (this.subscribed && link === this.link) this.give({ type: 'MessageReceived', at: this.nowMs, link, message });
    });
  }

  private unsubscribe(): void {
    this.subscribed = false;
    this.offers.clear();
    for (const agent of this.agents) agent.offered = null;
  }

  breakLink(): void {
    const { link } = this;
    if (!this.subscribed) return;
    this.unsubscribe();
    this.later(1, () => this.give({ type: 'LinkClosed', at: this.nowMs, link, reason: 'broken' }));
  }

  private called(call: SchedulerCall): void {
    this.tally.calls.set(call.type, (this.tally.calls.get(call.type) ?? 0) + 1);
    if (call.type === 'SUBSCRIBE') return this.subscribe(call);
    if (!this.subscribed) return; // sent before the other side heard that the link is broken
    switch (call.type) {
      case 'ACCEPT':
        this.accept(call);
        break;
      case 'DECLINE':
        this.tally.declined += call.offerIds.length;
        for (const id of call.offerIds) this.takeBack(id, call.filters?.refuseSeconds ?? 5);
        break;
      case 'SUPPRESS':
        this.suppressed = true;
        break;
      case 'REVIVE':
        this.suppressed = false;
        this.refused.clear();
        this.later(1, () => this.offerAll());
        break;
      case 'ACKNOWLEDGE': {
        const task = this.tasks.get(call.taskId);
        if (task?.pending?.uuid?.[0] === call.uuid[0]) task!.pending = null;
        break;
      }
      case 'KILL': {
        const task = this.tasks.get(call.taskId);
        if (task === undefined) this.status(call.taskId, 'TASK_LOST', undefined, 'REASON_RECONCILIATION');
        else this.endTask(task, 'TASK_KILLED');
        break;
      }
      case 'RECONCILE':
        for (const { taskId, agentId } of call.tasks ?? []) {
          const task = this.tasks.get(taskId);
          if (task === undefined) this.status(taskId, 'TASK_LOST', agentId, 'REASON_RECONCILIATION');
        }
        break;
      case 'TEARDOWN':
        this.tasks.clear();
        break;
      default:
        assert.fail(`unexpected ${call.type}`);
    }
  }

  private subscribe(call: Extract<SchedulerCall, { type: 'SUBSCRIBE' }>): void {
    assert.equal(call.frameworkId, this.everSubscribed ? 'F' : undefined, 'the id comes back');
    this.everSubscribed = true;
    this.subscribed = true;
    this.suppressed = (call.suppressedRoles ?? []).length > 0;
    this.refused.clear();
    this.event({ type: 'SUBSCRIBED', frameworkId: 'F' as FrameworkId, heartbeatIntervalSeconds: 15 });
    for (const { pending } of this.tasks.values()) {
      if (pending !== null) this.event({ type: 'UPDATE', status: pending });
    }
    this.later(2, () => this.offerAll());
    this.beat(this.link);
  }

  private beat(link: number): void {
    this.later(15_000, () => {
      if (!this.subscribed || link !== this.link) return;
      this.event({ type: 'HEARTBEAT' });
      this.beat(link);
    });
  }

  private offerAll(): void {
    if (!this.subscribed || this.suppressed) return;
    const offers: OfferMessage[] = [];
    for (const agent of this.agents) {
      const cpus = agent.cpus - agent.usedCpus;
      const mem = agent.mem - agent.usedMem;
      const key = `${agent.id} ${cpus} ${mem}`;
      if (!agent.here || agent.offered !== null || cpus < 0.01 || mem < 32) continue;
      if ((this.refused.get(key) ?? 0) > this.nowMs) continue;
      agent.offered = `O${this.nextOffer++}` as OfferId;
      const offer: OfferMessage = {
        id: agent.offered,
        frameworkId: 'F' as FrameworkId,
        agentId: agent.id as AgentId,
        hostname: agent.id,
        resources: [
          { name: 'cpus', type: 'SCALAR', scalar: cpus, allocationInfo: { role: '*' } },
          { name: 'mem', type: 'SCALAR', scalar: mem, allocationInfo: { role: '*' } },
        ],
        ...(agent.executor ? { executorIds: ['x' as never] } : {}),
      };
      this.offers.set(offer.id, offer);
      offers.push(offer);
    }
    this.tally.offers += offers.length;
    if (offers.length > 0) this.event({ type: 'OFFERS', offers });
  }

  private agentOf(offer: OfferMessage): AgentRun {
    return this.agents.find((agent) => agent.id === offer.agentId)!;
  }

  private takeBack(id: OfferId, refuseSeconds: number): void {
    const offer = this.offers.get(id);
    if (offer === undefined) return;
    this.offers.delete(id);
    const agent = this.agentOf(offer);
    agent.offered = null;
    const key = `${agent.id} ${agent.cpus - agent.usedCpus} ${agent.mem - agent.usedMem}`;
    this.refused.set(key, this.nowMs + refuseSeconds * 1000);
    this.later(refuseSeconds * 1000 + 1, () => this.offerAll());
  }

  private accept(call: Extract<SchedulerCall, { type: 'ACCEPT' }>): void {
    const [id] = call.offerIds;
    const offer = this.offers.get(id!);
    const infos = call.operations!.flatMap((operation) => operation.launch!.taskInfos);
    assert.ok(infos.length > 0, 'an ACCEPT launches');
    this.tally.accepted++;
    this.tally.launched += infos.length;
    if (offer === undefined || this.chance(this.troubles.offerIsVoid)) {
      if (offer !== undefined) this.takeBack(offer.id, 0);
      for (const { taskId, agentId } of infos) this.status(taskId, 'TASK_LOST', agentId, 'REASON_INVALID_OFFERS');
      return;
    }
    const agent = this.agentOf(offer);
    if (!agent.executor) {
      agent.executor = true;
      agent.usedMem += EXECUTOR_MEM;
    }
    for (const info of infos) this.launch(info, agent);
    assert.ok(agent.usedCpus <= agent.cpus + 1e-9 && agent.usedMem <= agent.mem + 1e-9, 'no more than was offered');
    this.takeBack(offer.id, call.filters?.refuseSeconds ?? 5);
  }

  private launch(info: TaskInfo, agent: AgentRun): void {
    assert.ok(!this.tasks.has(info.taskId), `task id ${info.taskId} is new`);
    assert.equal(info.agentId, agent.id);
    const task: RunningTask = { info, agent, pending: null, ended: false, counted: true };
    this.tasks.set(info.taskId, task);
    for (const { name, scalar } of info.resources!) {
      if (name === 'cpus') agent.usedCpus += scalar!;
      else agent.usedMem += scalar!;
    }
    this.tally.most = Math.max(this.tally.most, [...this.tasks.values()].filter((one) => !one.ended).length);
    const { from, to } = JSON.parse(Buffer.from(info.data!).toString()) as { from: number; to: number };
    const hangs = this.chance(this.troubles.taskHangs) ? 100 : 1;
    this.later(2, () => this.tell(task, 'TASK_RUNNING'));
    const ms = 3 + (hangs * (to - from)) / agent.speed;
    if (this.chance(this.troubles.executorDies)) this.later(ms / 2, () => this.killExecutor(agent));
    if (this.chance(this.troubles.agentGoes)) this.later(ms / 2, () => this.loseAgent(agent));
    if (this.chance(this.troubles.linkBreaks)) this.later(ms / 2, () => this.breakLink());
    const state = this.chance(this.troubles.taskFails) ? 'TASK_FAILED' : 'TASK_FINISHED';
    this.later(ms, () => this.endTask(task, state));
  }

  private endTask(task: RunningTask, state: TaskState, reason?: Reason): void {
    if (task.ended) return;
    task.ended = true;
    this.release(task);
    this.tell(task, state, reason);
    this.later(1, () => this.offerAll());
  }

  private release(task: RunningTask): void {
    if (!task.counted) return;
    task.counted = false;
    for (const { name, scalar } of task.info.resources!) {
      if (name === 'cpus') task.agent.usedCpus -= scalar!;
      else task.agent.usedMem -= scalar!;
    }
  }

  private killExecutor(agent: AgentRun): void {
    if (!agent.executor || !agent.here) return;
    agent.executor = false;
    agent.usedMem -= EXECUTOR_MEM;
    this.event({ type: 'FAILURE', agentId: agent.id as AgentId, executorId: 'x' as never, status: 9 });
    for (const task of this.tasks.values()) {
      if (task.agent === agent) this.endTask(task, 'TASK_FAILED', 'REASON_EXECUTOR_TERMINATED');
    }
  }

  /** It is away for a minute, its tasks are lost. */
  private loseAgent(agent: AgentRun): void {
    if (!agent.here || this.agents.filter((other) => other.here).length === 1) return;
    this.killExecutor(agent);
    agent.here = false;
    if (agent.offered !== null) {
      this.offers.delete(agent.offered);
      this.event({ type: 'RESCIND', offerId: agent.offered });
      agent.offered = null;
    }
    this.event({ type: 'FAILURE', agentId: agent.id as AgentId });
    this.later(60_000, () => {
      agent.here = true;
      this.offerAll();
    });
  }

  /** Tells a status, and again until it is acknowledged. */
  private tell(task: RunningTask, state: TaskState, reason?: Reason): void {
    if (task.ended && state === 'TASK_RUNNING') return;
    const data = state === 'TASK_FINISHED' ? { data: task.info.data! } : {};
    const status: TaskStatus = {
      taskId: task.info.taskId,
      state,
      agentId: task.info.agentId,
      uuid: new Uint8Array(16).fill(this.orders++ % 256),
      ...data,
      ...(reason === undefined ? {} : { reason }),
    };
    task.pending = status;
    this.event({ type: 'UPDATE', status });
    if (this.chance(this.troubles.statusComesTwice)) this.event({ type: 'UPDATE', status });
    this.repeat(task, status);
  }

  private repeat(task: RunningTask, status: TaskStatus): void {
    this.later(10_000, () => {
      if (task.pending !== status || this.end !== null) return;
      this.event({ type: 'UPDATE', status });
      this.repeat(task, status);
    });
  }

  private status(taskId: TaskId, state: TaskState, agentId: AgentId | undefined, reason: Reason): void {
    const status: TaskStatus = { taskId, state, reason, source: 'SOURCE_MASTER' };
    this.event({ type: 'UPDATE', status: agentId === undefined ? status : { ...status, agentId } });
  }
}
