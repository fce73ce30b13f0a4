/** The scheduler core by itself: subscribing and coming back, silence, calls, the ledger of tasks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchedulerEffect, SchedulerInput } from '../../src/framework/core/events.js';
import { reduceScheduler } from '../../src/framework/core/reduce-scheduler.js';
import { createScheduler } from '../../src/framework/core/scheduler-state.js';
import type { SchedulerConfig, SchedulerState } from '../../src/framework/core/scheduler-state.js';
import type { SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import type { OfferMessage } from '../../src/protocol/offer.js';
import type { TaskInfo } from '../../src/protocol/task.js';

const INFO = { user: 'nobody', name: 'test', roles: ['r', 's'], failoverTimeoutSeconds: 60 };

type Typed<T extends SchedulerEffect['type']> = Extract<SchedulerEffect, { type: T }>;

/** A scheduler with its clock and timers. */
class Bench {
  readonly state: SchedulerState;
  nowMs = 1000;
  effects: SchedulerEffect[] = [];
  readonly timers = new Map<string, number>();

  constructor(config: Partial<SchedulerConfig> = {}) {
    this.state = createScheduler({ frameworkInfo: INFO, masters: ['m1:1', 'm2:2'], seed: 1, ...config });
  }

  give(event: SchedulerInput): this {
    this.effects = [];
    reduceScheduler(this.state, event, this.effects);
    for (const effect of this.effects) {
      if (effect.type === 'SetTimer') this.timers.set(effect.timer, effect.atMs);
      if (effect.type === 'ClearTimer') this.timers.delete(effect.timer);
    }
    return this;
  }

  hear(message: SchedulerEvent): this {
    return this.give({ type: 'MessageReceived', at: this.nowMs, link: this.state.link!, message });
  }

  /** Lets time pass to a timer and fires it. */
  fire(timer: string): this {
    this.nowMs = this.timers.get(timer)!;
    this.timers.delete(timer);
    return this.give({ type: 'TimerFired', at: this.nowMs, timer });
  }

  of<T extends SchedulerEffect['type']>(type: T): Typed<T>[] {
    return this.effects.filter((effect): effect is Typed<T> => effect.type === type);
  }

  sent(): SchedulerCall[] {
    return this.of('Send').map((effect) => effect.message);
  }

  notices(): string[] {
    return this.of('Notify').map((effect) => effect.notice.type);
  }

  subscribe(link = 1): this {
    if (this.state.phase === 'DISCONNECTED') this.give({ type: 'Started', at: this.nowMs });
    this.give({ type: 'MasterLinkOpened', at: this.nowMs, link });
    return this.hear({ type: 'SUBSCRIBED', frameworkId: 'F' as never, heartbeatIntervalSeconds: 15 });
  }
}

const TASK = { name: 't', taskId: 't1', agentId: 'a1' } as unknown as TaskInfo;
const OFFER = { id: 'O1', frameworkId: 'F', agentId: 'a1', hostname: 'h', resources: [] } as unknown as OfferMessage;

function launch(bench: Bench): void {
  const operations = [{ type: 'LAUNCH', launch: { taskInfos: [TASK] } }];
  const call = { type: 'ACCEPT', offerIds: ['O1'], operations } as unknown as SchedulerCall;
  bench.hear({ type: 'OFFERS', offers: [OFFER] });
  bench.give({ type: 'CallMade', at: bench.nowMs, call });
}

test('it connects, subscribes and hears that it is', () => {
  const bench = new Bench().give({ type: 'Started', at: 1000 });
  assert.deepEqual(bench.of('ConnectMaster').map((effect) => effect.address), ['m1:1']);
  bench.give({ type: 'MasterLinkOpened', at: 1000, link: 7 });
  assert.deepEqual(bench.sent(), [{ type: 'SUBSCRIBE', frameworkInfo: INFO }]);
  bench.hear({ type: 'SUBSCRIBED', frameworkId: 'F' as never, heartbeatIntervalSeconds: 15 });
  assert.deepEqual(bench.notices(), ['SUBSCRIBED']);
  assert.equal(bench.timers.get('heartbeat'), 1000 + 75_000);
});

test('a lost link: offers are void, it comes back after a pause with the same id in both places', () => {
  const bench = new Bench().subscribe();
  launch(bench);
  bench.hear({ type: 'OFFERS', offers: [{ ...OFFER, id: 'O2' as never }] });
  bench.give({ type: 'LinkClosed', at: 2000, link: 1, reason: 'gone' });
  assert.deepEqual(bench.notices(), ['DISCONNECTED']);
  assert.equal(bench.state.offers.size, 0);
  assert.ok(bench.timers.get('connect')! <= 2500);
  bench.fire('connect').give({ type: 'MasterLinkOpened', at: bench.nowMs, link: 2 });
  assert.deepEqual(bench.sent(), [{ type: 'SUBSCRIBE', frameworkId: 'F', frameworkInfo: { ...INFO, id: 'F' } }]);
  bench.hear({ type: 'SUBSCRIBED', frameworkId: 'F' as never });
  // What is known of tasks is asked for at once.
  assert.deepEqual(bench.sent(), [{ type: 'RECONCILE', tasks: [{ taskId: 't1', agentId: 'a1' }] }]);
});

test('a master that cannot be reached, or does not answer: the next one, after longer and longer pauses', () => {
  const bench = new Bench({ backoffMs: 100, backoffMaxMs: 1000 }).give({ type: 'Started', at: 1000 });
  const addresses = [];
  for (let i = 0; i < 12; i++) {
    addresses.push(...bench.of('ConnectMaster').map((effect) => effect.address));
    if (i % 2 === 0) bench.give({ type: 'MasterUnreachable', at: bench.nowMs, reason: 'refused' });
    else bench.fire('subscribe');
    assert.ok(bench.timers.get('connect')! - bench.nowMs <= Math.min(1000, 100 * 2 ** i));
    bench.fire('connect');
  }
  assert.deepEqual(addresses.slice(0, 4), ['m1:1', 'm2:2', 'm1:1', 'm2:2']);
});

test('five missed heartbeats end the link; anything heard in between keeps it', () => {
  const bench = new Bench().subscribe();
  bench.nowMs += 60_000;
  bench.hear({ type: 'HEARTBEAT' });
  assert.deepEqual(bench.notices(), []);
  bench.fire('heartbeat');
  assert.equal(bench.state.phase, 'SUBSCRIBED');
  bench.fire('heartbeat');
  assert.equal(bench.state.phase, 'DISCONNECTED');
  assert.equal(bench.of('CloseLink').length, 1);
  assert.deepEqual(bench.notices(), ['DISCONNECTED']);
});

test('tasks not heard of for a minute are asked for, others not; terminal ones are forgotten', () => {
  const bench = new Bench().subscribe().fire('silent-tasks');
  launch(bench);
  bench.nowMs += 30_000;
  bench.hear({ type: 'UPDATE', status: { taskId: TASK.taskId, state: 'TASK_RUNNING' } });
  bench.fire('silent-tasks');
  assert.deepEqual(bench.sent(), []);
  bench.fire('silent-tasks');
  assert.deepEqual(bench.sent(), [{ type: 'RECONCILE', tasks: [{ taskId: 't1', agentId: 'a1' }] }]);
  bench.hear({ type: 'UPDATE', status: { taskId: TASK.taskId, state: 'TASK_FINISHED' } });
  bench.fire('silent-tasks');
  assert.deepEqual(bench.sent(), []);
  bench.timers.set('reconcile-all', bench.nowMs + 1);
  bench.fire('reconcile-all');
  assert.deepEqual(bench.sent(), [{ type: 'RECONCILE' }]);
});

test('suppressed roles stay so over a new subscription, and over a time without one', () => {
  const bench = new Bench().subscribe();
  bench.give({ type: 'CallMade', at: 1000, call: { type: 'SUPPRESS', roles: ['s'] } });
  assert.deepEqual(bench.sent(), [{ type: 'SUPPRESS', roles: ['s'] }]);
  bench.give({ type: 'LinkClosed', at: 2000, link: 1, reason: 'gone' });
  bench.give({ type: 'CallMade', at: 2000, call: { type: 'SUPPRESS' } });
  assert.deepEqual(bench.sent(), []);
  bench.fire('connect').give({ type: 'MasterLinkOpened', at: bench.nowMs, link: 2 });
  assert.deepEqual((bench.sent()[0] as { suppressedRoles?: string[] }).suppressedRoles, ['r', 's']);
});

test('an ERROR of the master ends it, told once; a stop tears down or fails over', () => {
  const refused = new Bench().subscribe().hear({ type: 'ERROR', message: 'Framework failed over' });
  assert.deepEqual(refused.of('Stopped'), [{ type: 'Stopped', error: 'Framework failed over' }]);
  assert.deepEqual(refused.sent(), []);
  refused.give({ type: 'StopRequested', at: 1, failover: false });
  assert.deepEqual(refused.effects, []);
  const done = new Bench().subscribe().give({ type: 'StopRequested', at: 1, failover: false });
  assert.deepEqual(done.sent(), [{ type: 'TEARDOWN' }]);
  const left = new Bench().subscribe().give({ type: 'StopRequested', at: 1, failover: true });
  assert.deepEqual(left.sent(), []);
  assert.equal(left.of('CloseLink').length, 1);
});

test('what comes before SUBSCRIBED, or over an old link, is not believed', () => {
  const bench = new Bench().give({ type: 'Started', at: 1 }).give({ type: 'MasterLinkOpened', at: 1, link: 1 });
  bench.hear({ type: 'OFFERS', offers: [OFFER] });
  assert.equal(bench.state.offers.size, 0);
  const old = new Bench().subscribe(1);
  old.give({ type: 'LinkClosed', at: 2, link: 1, reason: 'gone' }).fire('connect').subscribe(2);
  old.give({ type: 'MessageReceived', at: 3, link: 1, message: { type: 'ERROR', message: 'no' } });
  assert.equal(old.state.phase, 'SUBSCRIBED');
});
