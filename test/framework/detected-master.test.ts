/** A scheduler core that is told of the leading master: it follows, comes back with its id, and asks until answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SchedulerEffect, SchedulerInput } from '../../src/framework/core/events.js';
import { reduceScheduler } from '../../src/framework/core/reduce-scheduler.js';
import { createScheduler, type SchedulerState, TIMERS } from '../../src/framework/core/scheduler-state.js';
import type { SchedulerCall, SchedulerEvent } from '../../src/protocol/messages.js';
import type { TaskInfo, TaskStatus } from '../../src/protocol/task.js';

const INFO = { user: 'nobody', name: 'test', roles: ['r'], failoverTimeoutSeconds: 60 };

class Bench {
  readonly state: SchedulerState = createScheduler({ frameworkInfo: INFO, masters: [], seed: 1 });
  readonly timers = new Map<string, number>();
  effects: SchedulerEffect[] = [];
  nowMs = 1000;

  give(event: SchedulerInput): this {
    this.effects = [];
    reduceScheduler(this.state, event, this.effects);
    for (const effect of this.effects) {
      if (effect.type === 'SetTimer') this.timers.set(effect.timer, effect.atMs);
      if (effect.type === 'ClearTimer') this.timers.delete(effect.timer);
    }
    return this;
  }

  detect(master: string | null): this {
    return this.give({ type: 'MasterDetected', at: this.nowMs, master });
  }

  opened(link: number, master: string): this {
    return this.give({ type: 'MasterLinkOpened', at: this.nowMs, link, master });
  }

  fire(timer: string): this {
    this.nowMs = this.timers.get(timer)!;
    this.timers.delete(timer);
    return this.give({ type: 'TimerFired', at: this.nowMs, timer });
  }

  hear(message: SchedulerEvent): this {
    return this.give({ type: 'MessageReceived', at: this.nowMs, link: this.state.link!, message });
  }

  sent(): SchedulerCall[] {
    return this.effects.flatMap((effect) => (effect.type === 'Send' ? [effect.message] : []));
  }

  connects(): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'ConnectMaster' ? [effect.address] : []));
  }

  notices(): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'Notify' ? [effect.notice.type] : []));
  }
}

const SUBSCRIBED = { type: 'SUBSCRIBED', frameworkId: 'F', heartbeatIntervalSeconds: 15 } as unknown as SchedulerEvent;

function subscribed(): Bench {
  const bench = new Bench().give({ type: 'Started', at: 1000 });
  assert.deepEqual([bench.connects(), bench.timers.size], [[], 0], 'nobody leads: it waits to be told');
  bench.detect('m1:1').fire(TIMERS.connect);
  assert.deepEqual(bench.connects(), ['m1:1']);
  return bench.opened(1, 'm1:1').hear(SUBSCRIBED);
}

test('[E18] [B47] a new leader: the old link is closed, it subscribes there with its id', () => {
  const bench = subscribed();
  bench.detect('m1:1');
  assert.deepEqual([bench.state.phase, bench.effects], ['SUBSCRIBED', []]);
  bench.detect('m2:1');
  assert.deepEqual(bench.notices(), ['DISCONNECTED']);
  assert.ok(bench.effects.some((effect) => effect.type === 'CloseLink' && effect.link === 1));
  bench.fire(TIMERS.connect);
  assert.deepEqual(bench.connects(), ['m2:1']);
  const [call] = bench.opened(2, 'm2:1').sent();
  assert.ok(call?.type === 'SUBSCRIBE' && call.frameworkId === 'F');
});

test('no leader: it is disconnected and waits, without trying anything', () => {
  const bench = subscribed();
  bench.detect(null);
  assert.deepEqual([bench.notices(), bench.state.phase], [['DISCONNECTED'], 'DISCONNECTED']);
  assert.deepEqual([...bench.timers.keys()], []);
  bench.detect('m1:1').fire(TIMERS.connect);
  assert.deepEqual(bench.connects(), ['m1:1']);
});

test('a link to a former leader that opens late is closed', () => {
  const bench = new Bench().detect('m1:1').fire(TIMERS.connect).detect('m2:1').opened(1, 'm1:1');
  assert.deepEqual(bench.sent(), []);
  assert.ok(bench.effects.some((effect) => effect.type === 'CloseLink' && effect.reason === 'not the leading master'));
});

test('a leader that cannot be reached is tried again, after pauses that double', () => {
  const bench = new Bench().detect('m1:1');
  const pauses: number[] = [];
  for (let i = 0; i < 4; i++) {
    bench.fire(TIMERS.connect).give({ type: 'MasterUnreachable', at: bench.nowMs, reason: 'refused' });
    pauses.push(bench.state.backoffMs);
  }
  assert.deepEqual(pauses, [2000, 4000, 8000, 16_000]);
});

test('after a new subscription it asks for its tasks again until it has heard of each', () => {
  const bench = subscribed();
  const tasks = ['t1', 't2'].map((taskId) => ({ name: 't', taskId, agentId: 'a1' })) as unknown as TaskInfo[];
  const operations = [{ type: 'LAUNCH' as const, launch: { taskInfos: tasks } }];
  bench.nowMs += 1;
  bench.give({ type: 'CallMade', at: bench.nowMs, call: { type: 'ACCEPT', offerIds: [], operations } });
  bench.nowMs += 1;
  bench.detect('m2:1').fire(TIMERS.connect).opened(2, 'm2:1').hear(SUBSCRIBED);
  const asked = (): string[] =>
    bench.sent().flatMap((call) => (call.type === 'RECONCILE' ? (call.tasks ?? []).map(({ taskId }) => taskId) : []));
  assert.deepEqual(asked(), ['t1', 't2']);
  const began = bench.nowMs;
  assert.deepEqual(bench.fire(TIMERS.silent) && asked(), ['t1', 't2']);
  const status = { taskId: 't1', state: 'TASK_RUNNING', agentId: 'a1' } as unknown as TaskStatus;
  bench.hear({ type: 'UPDATE', status });
  assert.deepEqual(bench.fire(TIMERS.silent) && asked(), ['t2']);
  assert.deepEqual(bench.fire(TIMERS.silent) && asked(), ['t2']);
  assert.equal(bench.nowMs - began, 1000 + 2000 + 4000);
});
