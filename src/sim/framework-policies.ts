/**
 * What model frameworks do with offers. greedy: takes all that its tasks need, at once. picky: only large offers, the
 * rest refused for long. holder: keeps offers for a while first, merges those of one agent. churning: short tasks, many
 * killed early, suppresses and revives. manual: nothing by itself.
 */
import type { Resource } from '../protocol/common.js';
import type { OfferMessage } from '../protocol/offer.js';
import type { AgentId, ExecutorId, TaskId } from '../protocol/schema.js';
import type { ExecutorInfo, TaskInfo } from '../protocol/task.js';
import { accept, call, type FrameworkEffects, type FrameworkModelState, type PolicyName } from './framework-state.js';
import { ENDINGS, KILL_MANNERS, planLabels, type TaskPlan } from './task-plan.js';

interface Policy {
  offers(state: FrameworkModelState, at: number, effects: FrameworkEffects): void;
  timer(state: FrameworkModelState, at: number, timer: string, effects: FrameworkEffects): void;
}

export interface Amounts {
  readonly cpus: number;
  readonly mem: number;
}

const EXECUTOR_NEED: Amounts = { cpus: 0.1, mem: 32 };

/** Called when offers have come, and when there is reason to look at them again. */
export function actOnOffers(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  if (state.config.policy === 'manual') return;
  if (!state.launching || state.left <= 0) decline(state, at, [...state.offers.values()], effects);
  else POLICIES[state.config.policy].offers(state, at, effects);
}

/** Called for timers of the policy, and with 'subscribed' at each subscription. */
export function actOnTimer(state: FrameworkModelState, at: number, timer: string, effects: FrameworkEffects): void {
  POLICIES[state.config.policy].timer(state, at, timer, effects);
}

export function amountsOf(resources: readonly Resource[] | undefined): Amounts {
  const sum = (name: string): number =>
    (resources ?? []).reduce((total, { name: own, scalar }) => total + (own === name ? (scalar ?? 0) : 0), 0);
  return { cpus: sum('cpus'), mem: sum('mem') };
}

export function scalars(amounts: Amounts): Resource[] {
  return [
    { name: 'cpus', type: 'SCALAR', scalar: amounts.cpus },
    { name: 'mem', type: 'SCALAR', scalar: amounts.mem },
  ];
}

function decline(
  state: FrameworkModelState,
  at: number,
  offers: readonly OfferMessage[],
  effects: FrameworkEffects,
  refuseSeconds?: number,
): void {
  if (offers.length === 0) return;
  const filters = refuseSeconds === undefined ? {} : { filters: { refuseSeconds } };
  call(state, at, { type: 'DECLINE', offerIds: offers.map((offer) => offer.id), ...filters }, effects);
}

/** As many tasks as fit into the offers of one agent and the backlog has. */
function fill(
  state: FrameworkModelState,
  at: number,
  offers: readonly OfferMessage[],
  effects: FrameworkEffects,
): void {
  const { dice } = state;
  const { agentId } = offers[0]!;
  const room = offers.map((offer) => amountsOf(offer.resources)).reduce(add);
  const shared = dice.chance(0.5);
  let left = shared ? subtract(room, EXECUTOR_NEED) : room;
  const tasks: TaskInfo[] = [];
  for (let wanted = dice.whole(1, 4); wanted > 0 && state.left > 0; wanted--) {
    const need: Amounts = { cpus: dice.whole(1, 4) / 2, mem: dice.whole(1, 8) * 64 };
    if (need.cpus > left.cpus || need.mem > left.mem) continue;
    left = subtract(left, need);
    state.left--;
    tasks.push(makeTask(state, agentId, need, shared, state.launched + tasks.length));
  }
  if (tasks.length === 0) decline(state, at, offers, effects);
  else call(state, at, accept(offers, tasks, dice.chance(0.5) ? dice.whole(0, 10) : undefined), effects);
}

function makeTask(state: FrameworkModelState, agentId: AgentId, need: Amounts, shared: boolean, n: number): TaskInfo {
  const { name } = state.config;
  return {
    name: `${name}-${n}`,
    taskId: `${name}-${n}` as TaskId,
    agentId,
    resources: scalars(need),
    labels: planLabels(rollPlan(state)),
    ...(shared ? { executor: sharedExecutor(name) } : { command: { value: 'sleep' } }),
  };
}

/** The one executor of a framework on each agent. */
export function sharedExecutor(name: string): ExecutorInfo {
  return {
    executorId: `${name}-x` as ExecutorId,
    type: 'CUSTOM',
    name: `executor of ${name}`,
    command: { shell: false, value: 'mete', arguments: ['mete', 'executor'] },
    resources: scalars(EXECUTOR_NEED),
  };
}

function rollPlan(state: FrameworkModelState): TaskPlan {
  const { dice } = state;
  const end = dice.chance(0.7) ? 'finish' : dice.pick(ENDINGS);
  const kill = dice.chance(0.7) ? 'obey' : dice.pick(KILL_MANNERS);
  return { forMs: dice.chance(0.2) ? 0 : dice.whole(1, 20_000), end, kill };
}

function byAgent(state: FrameworkModelState): OfferMessage[][] {
  const groups = new Map<string, OfferMessage[]>();
  for (const offer of state.offers.values()) {
    const key = `${offer.agentId} ${offer.allocationInfo?.role ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [offer]);
    else group.push(offer);
  }
  return [...groups.values()];
}

function fillAll(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  for (const offers of byAgent(state)) fill(state, at, offers, effects);
}

function add(a: Amounts, b: Amounts): Amounts {
  return { cpus: a.cpus + b.cpus, mem: a.mem + b.mem };
}

function subtract(a: Amounts, b: Amounts): Amounts {
  return { cpus: a.cpus - b.cpus, mem: a.mem - b.mem };
}

/** Some of the tasks that were just launched are killed early, some of them before they can run. */
function planKills(state: FrameworkModelState, at: number, effects: FrameworkEffects): void {
  const { dice } = state;
  for (const book of state.tasks.values()) {
    if (book.launchedMs !== at || !dice.chance(0.5)) continue;
    effects.push({ type: 'SetTimer', timer: `kill ${book.id}`, atMs: at + dice.whole(0, 3000) });
  }
}

function killOne(state: FrameworkModelState, at: number, timer: string, effects: FrameworkEffects): void {
  const book = state.tasks.get(timer.slice('kill '.length) as TaskId);
  if (book === undefined) return;
  const named = state.dice.chance(0.5) ? { agentId: book.agentId } : {};
  call(state, at, { type: 'KILL', taskId: book.id, ...named }, effects);
}

const idle = (): void => undefined;

const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  manual: { offers: idle, timer: idle },
  greedy: { offers: fillAll, timer: idle },
  picky: {
    offers(state, at, effects) {
      for (const offers of byAgent(state)) {
        const room = offers.map((offer) => amountsOf(offer.resources)).reduce(add);
        if (room.cpus >= 2) fill(state, at, offers, effects);
        else decline(state, at, offers, effects, state.dice.whole(5, 60));
      }
    },
    timer: idle,
  },
  holder: {
    offers(state, at, effects) {
      effects.push({ type: 'SetTimer', timer: 'held', atMs: at + state.dice.whole(100, 30_000) });
    },
    timer(state, at, timer, effects) {
      if (timer === 'held') fillAll(state, at, effects);
    },
  },
  churning: {
    offers(state, at, effects) {
      fillAll(state, at, effects);
      planKills(state, at, effects);
    },
    timer(state, at, timer, effects) {
      if (timer.startsWith('kill ')) {
        killOne(state, at, timer, effects);
        return;
      }
      if (timer === 'mood') call(state, at, { type: state.dice.chance(0.5) ? 'SUPPRESS' : 'REVIVE' }, effects);
      if (state.launching) effects.push({ type: 'SetTimer', timer: 'mood', atMs: at + state.dice.whole(1000, 20_000) });
    },
  },
};
